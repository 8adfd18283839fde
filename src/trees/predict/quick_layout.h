#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "trees/predict/forest.h"
#include "trees/predict/quick.h"

namespace hvac::trees {

/// An array that starts on a boundary of 64 bytes and never grows. Zeroes at first.
template <class T>
class AlignedArray {
 public:
  explicit AlignedArray(std::size_t size)
      : size_(size), data_(static_cast<T*>(::operator new[](bytes(size), kAlignment))) {
    std::uninitialized_value_construct_n(data_.get(), size);
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(T* data) const { ::operator delete[](data, kAlignment); }
  };
  static std::size_t bytes(std::size_t size) { return std::max<std::size_t>(size, 1) * sizeof(T); }

  std::size_t size_;
  std::unique_ptr<T[], Free> data_;
};

/// Some outputs of a forest in the layout of the vector engines. A resource; immutable.
struct QuickLayout {
  std::vector<Column> columns;       ///< What the ranks are of, at most 64.
  bool plain;                        ///< Every column is a feature itself: rows need no preparing.
  std::vector<std::size_t> outputs;  ///< Which outputs of the forest, in this order.
  std::vector<quick::RankColumn> rank_columns;
  AlignedArray<float> tables;
  std::vector<quick::Group> groups;
  AlignedArray<std::uint8_t> steps;
  AlignedArray<float> group_leaves;
  std::vector<quick::BatchSlot> slots;
  std::vector<quick::BatchTree> trees;
  std::vector<quick::BatchStep> batch_steps;
  AlignedArray<float> tree_leaves;

  quick::View view() const;
};

/// The layout of all outputs together, or of each alone where together they have more thresholds
/// of a column than a byte can rank. Empty when some output does not fit: more than 32 leaves in a
/// tree, 64 columns, or 255 thresholds of a column.
std::vector<QuickLayout> make_quick_layouts(const Forest& forest);

}  // namespace hvac::trees
