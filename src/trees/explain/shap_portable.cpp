#include "trees/explain/shap_pass_loops.h"

namespace hvac::trees::shap {

void pass_portable(const Tree& tree, const Points& points, const std::uint16_t* ranks,
                   const Scratch& scratch, double* phi) {
  run_any(tree, points, ranks, scratch, phi);
}

}  // namespace hvac::trees::shap
