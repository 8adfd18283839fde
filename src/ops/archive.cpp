#include "ops/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/descriptor.h"
#include "base/files.h"
#include "base/hash.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 256 << 10;
// Fast and still a third of the size; a computer on board has other things to do.
constexpr const char* kLevel = "3";

struct WriterEnd {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct ReaderEnd {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct EntryEnd {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

std::string reason_of(archive* a) {
  const char* text = archive_error_string(a);
  return text == nullptr ? "unknown failure" : text;
}

}  // namespace

bool stays_below(std::string_view path) {
  const fs::path given(path);
  if (path.empty() || given.is_absolute() || path.find('\0') != std::string_view::npos)
    return false;
  for (const fs::path& part : given) {
    if (part == ".." || part == "." || part.empty()) return false;
  }
  return true;
}

// libarchive's callbacks run inside its calls; what fails in them is kept here and told afterwards.
struct ArchiveWriter::Inside {
  std::optional<AtomicFile> file;
  std::optional<Encryptor> encryptor;
  Sha256 hash;
  std::uint64_t size = 0;
  std::optional<Error> failure;
  fs::path path;
  std::unique_ptr<archive, WriterEnd> writer;  // Ends before what it writes to.

  Result<void> to_disk(std::string_view bytes) {
    hash.add(bytes);
    size += bytes.size();
    return file->write(bytes);
  }

  static la_ssize_t write_callback(archive*, void* self, const void* buffer, std::size_t length) {
    auto& inside = *static_cast<Inside*>(self);
    const std::string_view bytes(static_cast<const char*>(buffer), length);
    const auto done = inside.encryptor ? inside.encryptor->write(bytes) : inside.to_disk(bytes);
    if (done) return static_cast<la_ssize_t>(length);
    inside.failure = done.error();
    return -1;
  }

  tl::unexpected<Error> failed() {
    if (failure) return fail(*failure);
    return fail(ErrorCode::unavailable, path.string() + ": " + reason_of(writer.get()));
  }

  Result<void> header(const Member& member) {
    const std::unique_ptr<archive_entry, EntryEnd> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), member.path.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.size));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), static_cast<mode_t>(member.mode));
    if (archive_write_header(writer.get(), entry.get()) != ARCHIVE_OK) return failed();
    return {};
  }

  Result<void> data(std::string_view bytes) {
    while (!bytes.empty()) {
      const la_ssize_t n = archive_write_data(writer.get(), bytes.data(), bytes.size());
      if (n <= 0) return failed();
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }
};

ArchiveWriter::ArchiveWriter(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
ArchiveWriter::~ArchiveWriter() = default;
ArchiveWriter::ArchiveWriter(ArchiveWriter&&) noexcept = default;
ArchiveWriter& ArchiveWriter::operator=(ArchiveWriter&&) noexcept = default;

Result<ArchiveWriter> ArchiveWriter::create(const fs::path& path,
                                            const std::optional<Secret>& secret) {
  auto inside = std::make_unique<Inside>();
  inside->path = path;
  auto file = AtomicFile::create(path, Readers::owner);
  if (!file) return fail(file.error());
  inside->file = std::move(*file);
  if (secret) {
    auto encryptor = Encryptor::begin(
        *secret, [to = inside.get()](std::string_view bytes) { return to->to_disk(bytes); });
    if (!encryptor) return fail(encryptor.error());
    inside->encryptor = std::move(*encryptor);
  }
  inside->writer.reset(archive_write_new());
  archive* writer = inside->writer.get();
  archive_write_set_format_pax_restricted(writer);
  archive_write_add_filter_zstd(writer);
  archive_write_set_filter_option(writer, "zstd", "compression-level", kLevel);
  archive_write_set_bytes_in_last_block(writer, 1);  // No padding.
  if (archive_write_open2(writer, inside.get(), nullptr, &Inside::write_callback, nullptr,
                          nullptr) != ARCHIVE_OK) {
    return inside->failed();
  }
  return ArchiveWriter(std::move(inside));
}

Result<Member> ArchiveWriter::add(std::string path, std::string_view bytes, std::uint32_t mode) {
  Member member{std::move(path), bytes.size(), mode, sha256(bytes)};
  if (auto begun = inside_->header(member); !begun) return fail(begun.error());
  if (auto written = inside_->data(bytes); !written) return fail(written.error());
  return member;
}

Result<Member> ArchiveWriter::add_file(std::string path, const fs::path& source) {
  const Descriptor file(::open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info{};
  if (!file.open() || ::fstat(file.get(), &info) != 0) {
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                source.string() + ": cannot open: " + std::strerror(errno));
  }
  Member member{std::move(path), static_cast<std::uint64_t>(info.st_size), info.st_mode & 07777U,
                ""};
  if (auto begun = inside_->header(member); !begun) return fail(begun.error());
  Sha256 hash;
  std::string buffer(kBlock, '\0');
  for (std::uint64_t left = member.size; left > 0;) {
    const ssize_t n = ::read(file.get(), buffer.data(), std::min<std::uint64_t>(left, kBlock));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return fail(ErrorCode::unavailable,
                  source.string() + ": cannot read: " + std::strerror(errno));
    }
    if (n == 0) {
      return fail(ErrorCode::unavailable, source.string() + ": was cut off while it was read");
    }
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    hash.add(bytes);
    if (auto written = inside_->data(bytes); !written) return fail(written.error());
    left -= static_cast<std::uint64_t>(n);
  }
  member.sha256 = hash.finish();
  return member;
}

Result<ArchiveFile> ArchiveWriter::commit() {
  if (archive_write_close(inside_->writer.get()) != ARCHIVE_OK) return inside_->failed();
  if (inside_->encryptor) {
    if (auto ended = inside_->encryptor->finish(); !ended) return fail(ended.error());
  }
  if (auto kept = inside_->file->commit(); !kept) return fail(kept.error());
  return ArchiveFile{inside_->size, inside_->hash.finish()};
}

namespace {

// The bytes of an archive, decrypted.
class Input {
 public:
  static Result<std::unique_ptr<Input>> open(const fs::path& path,
                                             const std::optional<Secret>& secret) {
    auto input = std::make_unique<Input>();
    input->path_ = path;
    input->file_ = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!input->file_.open()) {
      return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                  path.string() + ": cannot open: " + std::strerror(errno));
    }
    std::array<char, 8> begin{};
    const ssize_t n = ::pread(input->file_.get(), begin.data(), begin.size(), 0);
    if (n == static_cast<ssize_t>(begin.size()) && is_encrypted({begin.data(), begin.size()})) {
      if (!secret) {
        return fail(ErrorCode::invalid_argument,
                    path.string() + ": is encrypted; name its key with --encrypt-key-file");
      }
      auto decryptor = Decryptor::begin(
          *secret, [raw = input.get()](char* to, std::size_t size) { return raw->read(to, size); });
      if (!decryptor) {
        return fail(decryptor.error().code, path.string() + ": " + decryptor.error().message);
      }
      input->decryptor_ = std::move(*decryptor);
    }
    return input;
  }

  Result<std::string_view> next() {
    if (decryptor_) {
      auto chunk = decryptor_->next();
      if (!chunk) return fail(chunk.error().code, path_.string() + ": " + chunk.error().message);
      return chunk;
    }
    const auto n = read(buffer_.data(), buffer_.size());
    if (!n) return fail(n.error());
    return std::string_view(buffer_.data(), *n);
  }

  static la_ssize_t read_callback(archive*, void* self, const void** buffer) {
    auto& input = *static_cast<Input*>(self);
    const auto bytes = input.next();
    if (!bytes) {
      input.failure_ = bytes.error();
      return -1;
    }
    *buffer = bytes->data();
    return static_cast<la_ssize_t>(bytes->size());
  }

  const std::optional<Error>& failure() const { return failure_; }

 private:
  Result<std::size_t> read(char* to, std::size_t size) {
    for (;;) {
      const ssize_t n = ::read(file_.get(), to, size);
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno == EINTR) continue;
      return fail(ErrorCode::unavailable,
                  path_.string() + ": cannot read: " + std::strerror(errno));
    }
  }

  fs::path path_;
  Descriptor file_;
  std::optional<Decryptor> decryptor_;
  std::string buffer_ = std::string(kBlock, '\0');
  std::optional<Error> failure_;
};

Result<void> read_member(archive* reader, const ByteSink& sink,
                         const std::function<tl::unexpected<Error>()>& broken) {
  std::string buffer(kBlock, '\0');
  for (;;) {
    const la_ssize_t n = archive_read_data(reader, buffer.data(), buffer.size());
    if (n < 0) return broken();
    if (n == 0) return {};
    if (!sink) continue;
    if (auto taken = sink({buffer.data(), static_cast<std::size_t>(n)}); !taken) return taken;
  }
}

}  // namespace

Result<void> read_archive(const fs::path& path, const std::optional<Secret>& secret,
                          const MemberBegin& begin) {
  const auto input = Input::open(path, secret);
  if (!input) return fail(input.error());
  const std::unique_ptr<archive, ReaderEnd> reader(archive_read_new());
  archive* a = reader.get();
  const auto broken = [&]() -> tl::unexpected<Error> {
    if ((*input)->failure()) return fail(*(*input)->failure());
    return fail(ErrorCode::corrupt, path.string() + ": damaged: " + reason_of(a));
  };
  archive_read_support_filter_zstd(a);
  archive_read_support_filter_gzip(a);
  archive_read_support_format_tar(a);
  if (archive_read_open2(a, input->get(), nullptr, &Input::read_callback, nullptr, nullptr) !=
      ARCHIVE_OK) {
    return broken();
  }
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(a, &entry);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK) return broken();
    const char* name = archive_entry_pathname(entry);
    if (archive_entry_filetype(entry) == AE_IFDIR) continue;
    if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG || !stays_below(name) ||
        archive_entry_hardlink(entry) != nullptr) {
      return fail(ErrorCode::corrupt, path.string() + ": holds \"" + (name == nullptr ? "" : name) +
                                          "\", which is no file below its folder");
    }
    const Member member{name, static_cast<std::uint64_t>(archive_entry_size(entry)),
                        archive_entry_perm(entry), ""};
    const auto sink = begin(member);
    if (!sink) return fail(sink.error());
    if (auto done = read_member(a, *sink, broken); !done) return done;
  }
  // What follows the last member is read too: an encrypted stream proves that it is whole.
  for (;;) {
    const auto rest = (*input)->next();
    if (!rest) return fail(rest.error());
    if (rest->empty()) return {};
  }
}

}  // namespace hvac::ops
