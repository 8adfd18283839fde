#include "trees/predict/parallel.h"

#include <algorithm>
#include <thread>
#include <vector>

namespace hvac::trees {

void predict_batch_on(std::size_t threads, const Engine& engine, std::span<const float> rows,
                      std::size_t n, std::span<double> out) {
  constexpr std::size_t kBlock = 64;  // What the vector engines take at a time.
  const std::size_t blocks = (n + kBlock - 1) / kBlock;
  const std::size_t workers = std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(blocks, 1));
  const auto part = [&](std::size_t worker) {
    const std::size_t begin = std::min(n, blocks * worker / workers * kBlock);
    const std::size_t end = std::min(n, blocks * (worker + 1) / workers * kBlock);
    engine.predict_batch(rows.subspan(begin * engine.features(), (end - begin) * engine.features()),
                         end - begin,
                         out.subspan(begin * engine.outputs(), (end - begin) * engine.outputs()));
  };
  std::vector<std::jthread> others;
  for (std::size_t worker = 1; worker < workers; ++worker) others.emplace_back(part, worker);
  part(0);
}

}  // namespace hvac::trees
