#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/result.h"
#include "store/dictionary.h"
#include "store/engine.h"
#include "store/levels.h"

namespace hvac::store {

/// Which minutes and hours are to be folded into rollups, and folding them a little with each
/// commit. The marks in the tables are the truth; this is their queue. Belongs to the writer.
class Folding {
 public:
  /// Takes the queue from the marks. To be called first, and after a transaction that failed.
  [[nodiscard]] Result<void> restart(Reader& reader);

  /// Rows with these keys (sorted) were added: marks their minutes.
  [[nodiscard]] Result<void> mark(Writer& writer, Stream stream, const std::vector<Key>& rows);

  /// Folds minutes and hours that are over for their asset, oldest mark first, until about `budget`
  /// entries were read. Returns how many were.
  [[nodiscard]] Result<std::int64_t> fold_finished(Writer& writer, const Dictionary& dictionary,
                                                   Stream stream, std::int64_t budget);

  /// The same for all that lie before `end_ms`, over or not.
  [[nodiscard]] Result<std::int64_t> fold_before(Writer& writer, const Dictionary& dictionary,
                                                 Stream stream, std::int64_t end_ms,
                                                 std::int64_t budget);

 private:
  enum class Width : std::uint8_t { minute, hour };
  using Queues = std::array<std::deque<Key>, 2>;  // By Width.

  template <class Ready>
  Result<std::int64_t> fold_ready(Writer& writer, const Dictionary& dictionary, Stream stream,
                                  std::int64_t budget, const Ready& ready);
  Result<std::int64_t> fold(Writer& writer, const Dictionary& dictionary, Stream stream,
                            Width width, Key key);
  Result<void> add_marks(Writer& writer, Stream stream, Width width, std::vector<Key> keys);
  void saw(Key key);

  std::array<Queues, kStreamCount> queues_;
  std::vector<std::int64_t> newest_ms_;  // By asset.
};

}  // namespace hvac::store
