#include "ingest/disk_buffer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <string>
#include <utility>

#include "base/files.h"
#include "base/hash.h"
#include "base/number.h"

namespace hvac::ingest {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kSuffix = ".readings";
constexpr std::size_t kHeader = 2 * sizeof(std::uint32_t);  // length, CRC-32
constexpr std::uint32_t kGreatestRecord = 1 << 20;

// The machine's own byte order: the files never leave it.
template <class T>
void put(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

template <class T>
bool take(std::string_view& in, T& value) {
  if (in.size() < sizeof value) return false;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return true;
}

void put_record(std::string& out, const RawReading& reading) {
  const std::size_t begin = out.size();
  out.append(kHeader, '\0');
  put(out, static_cast<std::uint16_t>(reading.asset.value.size()));
  out += reading.asset.value;
  put(out, static_cast<std::int64_t>(reading.time.time_since_epoch().count()));
  put(out, static_cast<std::uint16_t>(reading.values.size()));
  for (const double value : reading.values) put(out, value);
  const std::string_view body = std::string_view(out).substr(begin + kHeader);
  const auto length = static_cast<std::uint32_t>(body.size());
  const std::uint32_t crc = crc32(body);
  std::memcpy(out.data() + begin, &length, sizeof length);
  std::memcpy(out.data() + begin + sizeof length, &crc, sizeof crc);
}

// Takes the record at the front of `in`; false when there is no whole and sound one.
bool take_record(std::string_view& in, RawReading& reading) {
  std::uint32_t length = 0, crc = 0;
  std::string_view rest = in;
  if (!take(rest, length) || !take(rest, crc)) return false;
  if (length > kGreatestRecord || length > rest.size()) return false;
  std::string_view body = rest.substr(0, length);
  if (crc32(body) != crc) return false;
  std::uint16_t name = 0, count = 0;
  std::int64_t time = 0;
  if (!take(body, name) || name > body.size()) return false;
  reading.asset.value = body.substr(0, name);
  body.remove_prefix(name);
  if (!take(body, time) || !take(body, count)) return false;
  reading.time = TimePoint(std::chrono::milliseconds(time));
  reading.values.resize(count);
  for (double& value : reading.values) {
    if (!take(body, value)) return false;
  }
  in = rest.substr(length);
  return body.empty();
}

struct Segment {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
};

}  // namespace

struct DiskBuffer::State {
  explicit State(DiskBufferOptions chosen) : options(std::move(chosen)) {}
  ~State() {
    if (fd >= 0) ::close(fd);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  fs::path path_of(std::uint64_t number) const {
    return options.folder / fmt::format("{:012}{}", number, kSuffix);
  }
  tl::unexpected<Error> broken(std::uint64_t number, const char* what) const {
    return fail(ErrorCode::unavailable,
                path_of(number).string() + ": " + what + ": " + std::strerror(errno));
  }

  Result<void> find_segments() {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(options.folder, error)) {
      const auto number = parse_number(entry.path().stem().string());
      if (entry.path().extension() != kSuffix || !number) continue;
      segments.push_back({static_cast<std::uint64_t>(*number), entry.file_size(error)});
    }
    if (error) {
      return fail(ErrorCode::unavailable, options.folder.string() + ": " + error.message());
    }
    std::ranges::sort(segments, {}, &Segment::number);
    for (const Segment& segment : segments) total += segment.bytes;
    next = segments.empty() ? 1 : segments.back().number + 1;
    return {};
  }

  Result<void> begin_segment() {
    fd = ::open(path_of(next).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return broken(next, "cannot create");
    segments.push_back({next++, 0});
    return sync_folder(options.folder);
  }

  // No more is written to the last file.
  void seal() {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }

  Result<void> write(std::string_view bytes) {
    Segment& last = segments.back();
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return broken(last.number, "cannot write");
      last.bytes += static_cast<std::uint64_t>(n);
      total += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fdatasync(fd) != 0) return broken(last.number, "cannot sync");
    return {};
  }

  Result<void> drop_first() {
    const Segment first = segments.front();
    loaded = false;
    segments.pop_front();
    total -= first.bytes;
    std::error_code error;
    fs::remove(path_of(first.number), error);
    if (error)
      return fail(ErrorCode::unavailable, path_of(first.number).string() + ": " + error.message());
    return {};
  }

  Result<void> load_first() {
    if (segments.size() == 1) seal();
    Result<std::string> bytes = read_file(path_of(segments.front().number));
    if (!bytes) return fail(ErrorCode::unavailable, bytes.error().message);
    content = std::move(*bytes);
    position = given = 0;
    loaded = true;
    return {};
  }

  DiskBufferOptions options;
  std::deque<Segment> segments;  // oldest first
  std::uint64_t total = 0;       // bytes of all
  std::uint64_t next = 1;        // number of the next file
  std::uint64_t damaged = 0;
  int fd = -1;  // the last segment, while it is written
  std::string scratch;
  bool loaded = false;  // `content` is the first segment
  std::string content;
  std::size_t position = 0;  // in `content`: what is forgotten
  std::size_t given = 0;     // what `read` gave
};

DiskBuffer::DiskBuffer(std::unique_ptr<State> state) : state_(std::move(state)) {}
DiskBuffer::~DiskBuffer() = default;
DiskBuffer::DiskBuffer(DiskBuffer&&) noexcept = default;
DiskBuffer& DiskBuffer::operator=(DiskBuffer&&) noexcept = default;

Result<DiskBuffer> DiskBuffer::open(const DiskBufferOptions& options) {
  if (auto made = make_folder(options.folder); !made) return fail(made.error());
  auto state = std::make_unique<State>(options);
  if (auto found = state->find_segments(); !found) return fail(found.error());
  return DiskBuffer(std::move(state));
}

bool DiskBuffer::empty() const { return state_->segments.empty(); }
std::uint64_t DiskBuffer::bytes() const { return state_->total; }
std::uint64_t DiskBuffer::damaged() const { return state_->damaged; }

Result<void> DiskBuffer::append(std::span<const RawReading> readings) {
  State& s = *state_;
  if (readings.empty()) return {};
  s.scratch.clear();
  for (const RawReading& reading : readings) put_record(s.scratch, reading);
  if (s.total + s.scratch.size() > s.options.most_bytes) {
    return fail(ErrorCode::unavailable,
                fmt::format("buffer {} is full: {} bytes wait, the most is {}",
                            s.options.folder.string(), s.total, s.options.most_bytes));
  }
  if (s.fd >= 0 && s.segments.back().bytes >= s.options.segment_bytes) s.seal();
  if (s.fd < 0) {
    if (auto begun = s.begin_segment(); !begun) {
      s.seal();
      return begun;
    }
  }
  if (auto written = s.write(s.scratch); !written) {
    s.seal();  // What is cut off ends this file; a reader stops there.
    return written;
  }
  return {};
}

Result<void> DiskBuffer::read(std::size_t most, std::vector<RawReading>& into) {
  State& s = *state_;
  std::size_t count = 0;
  if (!s.segments.empty()) {
    if (!s.loaded) {
      if (auto done = s.load_first(); !done) return done;
    }
    std::string_view rest = std::string_view(s.content).substr(s.position);
    for (; count < most && !rest.empty(); ++count) {
      if (into.size() <= count) into.emplace_back();
      if (take_record(rest, into[count])) continue;
      ++s.damaged;
      s.content.resize(s.content.size() - rest.size());
      rest = {};
      break;
    }
    s.given = s.content.size() - rest.size();
  }
  into.resize(count);
  return {};
}

Result<void> DiskBuffer::forget() {
  State& s = *state_;
  if (!s.loaded) return {};
  s.position = s.given;
  if (s.position < s.content.size()) return {};
  return s.drop_first();
}

}  // namespace hvac::ingest
