#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.h"
#include "telemetry/judge.h"
#include "telemetry/profile.h"
#include "telemetry/sample.h"

namespace hvac::api {

/// The fields that a prediction cannot do without: those of the operations manual's request.
inline constexpr std::array<telemetry::InputTag, 6> kRequiredInputs = {
    telemetry::InputTag::UCWIT, telemetry::InputTag::UCAIT, telemetry::InputTag::UCWF,
    telemetry::InputTag::UCAIH, telemetry::InputTag::AMBT,  telemetry::InputTag::UCTSP};

/// Most instants in one batch.
inline constexpr std::size_t kMaxBatchRows = 10'000;

/// What a client sent about one instant, judged. Refers to the parser that made it.
struct SentInstant {
  telemetry::Sample sample;
  std::span<const double> values;               ///< By tag of the profile, NaN where not sent.
  std::span<const telemetry::Quality> quality;  ///< By tag of the profile.
};

/// Reads the JSON body of a prediction straight into a Sample: a flat object of tag and number,
/// or an array of such objects. Does not allocate for a valid body after the first. One thread.
class PredictBody {
 public:
  explicit PredictBody(std::shared_ptr<const telemetry::AssetProfile> profile);
  ~PredictBody();
  PredictBody(PredictBody&&) noexcept;

  using Visit = std::function<void(const SentInstant&)>;

  /// Reads one object and shows it to `visit`. Returns what is wrong with it, if anything: then
  /// `visit` was not called. Wrong are: bad JSON, an unknown tag (the nearest is suggested), a
  /// value that is no number, out of its range, or given twice, and a missing required tag.
  std::optional<Problem> read_one(std::string_view json, const Visit& visit);

  /// The same for an array; when something is wrong, the problem names the row, and `visit` may
  /// have been called for the rows before it.
  std::optional<Problem> read_many(std::string_view json, const Visit& visit);

  /// The same checks for values that came otherwise: one per tag of the profile, in the site's
  /// units, NaN where missing.
  std::optional<Problem> judge(std::span<double> values, const Visit& visit);

  /// The problem of a name that is no tag, with the nearest that is.
  Problem unknown_tag(std::string_view name) const;

  const telemetry::AssetProfile& profile() const;

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace hvac::api
