#pragma once

#include <string_view>

#include "base/result.h"
#include "store/dictionary.h"
#include "store/engine.h"

namespace hvac::store {

/// Whether every entry of a table makes sense, one after the other in order of their keys.
class EntryCheck {
 public:
  explicit EntryCheck(Table table) : table_(table) {}

  /// Errors: corrupt, naming the entry and what is wrong.
  [[nodiscard]] Result<void> push(const Dictionary& dictionary, const Entry& entry);

 private:
  bool makes_sense(const Dictionary& dictionary, const Entry& entry);
  bool continues_chain(const Entry& entry);

  Table table_;
  std::string last_hash_;
  Key last_number_ = 0;
};

}  // namespace hvac::store
