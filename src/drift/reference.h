#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "drift/rows.h"

/// How the telemetry of an asset drifts away from what it used to be. Pure functions of values.
namespace hvac::drift {

/// Values of one tag, summed up.
struct Moments {
  std::uint64_t n = 0;
  double mean = 0.0;
  double m2 = 0.0;  ///< Sum of squared distances from the mean.
  double low = 0.0;
  double high = 0.0;

  void add(double value);
  void add(const Moments& more);
  double sd() const;  ///< Of the values themselves, not an estimate of where they come from.
};

/// A piece of the reference: neighbouring rows of one mode. Kept so that the reference can be drawn
/// anew with its correlation in time.
struct Chunk {
  Moments moments;
  std::vector<std::uint32_t> bins;
};

/// What one tag did in one mode: where its values lie, and chunk by chunk how that moved.
///
/// `cuts` divide the line into `cuts.size() + 1` cells (cuts[i - 1], cuts[i]]; each cell belongs to
/// a bin. Bins are the deciles with open outer ends, a value that makes up two deciles or more in a
/// bin of its own; a tag of few values has a bin for each and one for all others.
struct TagReference {
  Moments moments;
  bool by_value = false;
  std::vector<double> cuts;
  std::vector<std::uint8_t> bin_of_cell;
  std::vector<std::uint64_t> cells;  ///< Values in each.
  std::size_t bins = 0;
  double fence_low = 0.0;   ///< Values below it ...
  double fence_high = 0.0;  ///< ... and above it lie beyond the reference.
  std::vector<Chunk> chunks;

  std::size_t cell_of(double value) const;
  std::vector<std::uint64_t> bin_counts(std::span<const std::uint64_t> cell_counts) const;
};

struct ModeReference {
  std::string name;
  std::uint64_t rows = 0;
  std::uint64_t recordings = 0;    ///< That the rows are of; 0: not known.
  std::vector<TagReference> tags;  ///< In the order of Reference::tags.
};

/// What telemetry is compared with. A value; a few hundred kilobytes, whatever it was made from.
struct Reference {
  std::vector<std::string> tags;
  std::vector<ModeReference> modes;  ///< Those with enough rows, and all rows together last.
  std::string source;                ///< Where the rows come from, for people.
  std::string created;               ///< ISO 8601, UTC; empty: when its bundle was.
  std::string model_version;         ///< Of the model that served when it was made; may be empty.

  /// What rows of that mode are compared with: their own mode; all rows when it is unknown or the
  /// reference knows no modes; else nothing.
  const ModeReference* of_mode(std::string_view name) const;
};

/// A mode with fewer rows, and a tag with fewer values, says too little to compare with.
inline constexpr std::uint64_t kLeastReference = 100;

/// Into how many pieces the rows of a mode are divided.
inline constexpr std::size_t kChunks = 64;

/// A tag of at most this many different values is compared value by value.
inline constexpr std::size_t kFewValues = 12;

/// Errors: rejected when there are fewer than kLeastReference rows.
[[nodiscard]] Result<Reference> make_reference(const Rows& rows);

/// As JSON text; `parse_reference` reads it back, equal up to nine digits of its numbers.
std::string reference_text(const Reference& reference);

/// Errors: corrupt, saying what is wrong.
[[nodiscard]] Result<Reference> parse_reference(std::string_view text);

}  // namespace hvac::drift
