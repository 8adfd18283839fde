#pragma once

namespace hvac::twin {

/// Two-sided cumulative sum of a standardised residual: grows while the cooler stays on one side of
/// the prediction by more than what is usual. A value.
/// Source: Page (1954); Montgomery, Statistical Quality Control, ch. 9 (tabular CUSUM).
struct Cusum {
  double above = 0.0;  ///< In standard deviations.
  double below = 0.0;

  /// Allowance: a bias of this many standard deviations is not followed. Recordings of one healthy
  /// cooler differ by about one.
  static constexpr double kAllowance = 1.5;
  /// Above this the departure is real: a bias of three standard deviations is, after 27 samples.
  /// What a healthy cooler's slow swings, which no model follows, pile up stays below.
  static constexpr double kLimit = 40.0;

  /// Adds one residual in standard deviations; 0 where nothing can be said.
  void push(double standardised);
  bool high() const { return above > kLimit; }
  bool low() const { return below > kLimit; }

  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.above, self.below);
  }
};

}  // namespace hvac::twin
