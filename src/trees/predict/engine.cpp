#include "trees/predict/engine.h"

#include <fmt/format.h>

#include <utility>

#include "trees/predict/kernel.h"

namespace hvac::trees {

struct Engine::Impl {
  std::unique_ptr<const Kernel> single;
  std::unique_ptr<const Kernel> batch;  ///< Null: `single` does both.
  std::string_view name;
  std::size_t features = 0;
  std::size_t outputs = 0;
};

namespace {

Result<void> check_cpu(EngineKind kind) {
  if (kind == EngineKind::avx512 && !cpu_has_avx512()) {
    return fail(ErrorCode::unavailable, "this CPU has no AVX-512 with VBMI");
  }
  if (kind == EngineKind::avx2 && !cpu_has_avx2()) {
    return fail(ErrorCode::unavailable, "this CPU has no AVX2");
  }
  return {};
}

}  // namespace

// The fastest kernels of `kind` that take the forest; none when no fast one does.
void Engine::choose(const Forest& forest, EngineKind kind, Impl& impl) {
  const bool any = kind == EngineKind::automatic;
  if (kind == EngineKind::avx512 || (any && cpu_has_avx512())) {
    impl.single = make_avx512_kernel(forest);
    impl.name = "avx512";
  }
  if (impl.single != nullptr) return;
  impl.single = make_walk_kernel(forest);
  impl.name = "portable";
  if (kind == EngineKind::avx2 || (any && cpu_has_avx2())) {
    impl.batch = make_avx2_kernel(forest);
    if (impl.batch != nullptr) impl.name = "avx2";
  }
}

Engine::Engine(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Result<Engine> Engine::make(std::span<const Ensemble> ensembles, EngineKind kind) {
  if (auto ok = check_ensembles(ensembles); !ok) return fail(ok.error());
  if (auto ok = check_cpu(kind); !ok) return fail(ok.error());
  auto impl = std::make_unique<Impl>();
  impl->features = ensembles.front().feature_count();
  impl->outputs = ensembles.size();
  auto forest = kind == EngineKind::reference ? std::nullopt : make_forest(ensembles);
  if (forest && fits_float(*forest)) {
    centre_leaves(*forest);
    choose(*forest, kind, *impl);
  }
  if (impl->single == nullptr) {
    impl->single = make_reference_kernel(ensembles);
    impl->name = "reference";
  }
  return Engine(std::move(impl));
}

void Engine::predict(std::span<const float> row, std::span<double> out) const {
  impl_->single->predict(row.data(), out.data());
}

void Engine::predict_batch(std::span<const float> rows, std::size_t n,
                           std::span<double> out) const {
  const Kernel& kernel = impl_->batch != nullptr ? *impl_->batch : *impl_->single;
  kernel.predict_batch(rows.data(), n, out.data());
}

std::size_t Engine::features() const { return impl_->features; }
std::size_t Engine::outputs() const { return impl_->outputs; }
std::string_view Engine::kind_name() const { return impl_->name; }

}  // namespace hvac::trees
