#include "drift/window.h"

#include <algorithm>
#include <cmath>

namespace hvac::drift {
namespace {

void count(const TagReference& reference, double value, Tally& tally) {
  if (!std::isfinite(value)) return;
  tally.moments.add(value);
  if (!tally.cells.empty()) ++tally.cells[reference.cell_of(value)];
}

void see_recording(std::uint32_t recording, ModeWindow& mode) {
  if (mode.recordings == 0 || mode.recording != recording) ++mode.recordings;
  mode.recording = recording;
}

}  // namespace

Window::Window(std::shared_ptr<const Reference> reference) : reference_(std::move(reference)) {}

std::size_t Window::mode_index(std::string_view name) {
  for (std::size_t i = 0; i < modes_.size(); ++i) {
    if (modes_[i].name == name) return i;
  }
  ModeWindow mode{std::string(name), reference_->of_mode(name), 0, 0, 0, {}};
  if (mode.reference != nullptr) {
    for (const TagReference& tag : mode.reference->tags) {
      mode.tags.push_back({{}, std::vector<std::uint64_t>(tag.cells.size(), 0)});
    }
  }
  modes_.push_back(std::move(mode));
  return modes_.size() - 1;
}

void Window::push(std::string_view mode_name, std::uint32_t recording,
                  std::span<const double> values) {
  ModeWindow& mode = modes_[mode_index(mode_name)];
  ++mode.rows;
  see_recording(recording, mode);
  for (std::size_t tag = 0; tag < mode.tags.size(); ++tag) {
    count(mode.reference->tags[tag], values[tag], mode.tags[tag]);
  }
}

void Window::add(const Rows& rows) {
  std::vector<std::size_t> index;
  for (const std::string& mode : rows.modes) index.push_back(mode_index(mode));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    ModeWindow& mode = modes_[index[rows.mode[row]]];
    ++mode.rows;
    if (!rows.recording.empty()) see_recording(rows.recording[row], mode);
  }
  for (std::size_t tag = 0; tag < reference_->tags.size(); ++tag) {
    const auto found = std::find(rows.tags.begin(), rows.tags.end(), reference_->tags[tag]);
    if (found == rows.tags.end()) continue;
    const std::vector<double>& column =
        rows.columns[static_cast<std::size_t>(found - rows.tags.begin())];
    for (std::size_t row = 0; row < rows.size(); ++row) {
      ModeWindow& mode = modes_[index[rows.mode[row]]];
      if (mode.reference != nullptr) {
        count(mode.reference->tags[tag], column[row], mode.tags[tag]);
      }
    }
  }
}

std::uint64_t Window::rows() const {
  std::uint64_t sum = 0;
  for (const ModeWindow& mode : modes_) sum += mode.rows;
  return sum;
}

}  // namespace hvac::drift
