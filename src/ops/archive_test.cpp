#include "ops/archive.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <random>

#include "base/files.h"
#include "base/hash.h"
#include "store/testing.h"

namespace hvac::ops {
namespace {

std::string random_bytes(std::size_t size) {
  std::mt19937_64 random{7};
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

class Archives : public testing::Test {
 protected:
  Secret secret() const { return {"0123456789abcdef0123456789abcdef", "key"}; }

  // Of `size` bytes in one member, and a small one.
  void write(std::size_t size, const std::optional<Secret>& key) {
    auto archive = ArchiveWriter::create(file_, key);
    ASSERT_TRUE(archive) << archive.error().message;
    ASSERT_TRUE(archive->add("a/big", random_bytes(size)));
    ASSERT_TRUE(archive->add("b", "small", 0600));
    const auto done = archive->commit();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->sha256, sha256_file(file_).value());
  }

  Result<std::map<std::string, std::string>> read(const std::optional<Secret>& key) {
    std::map<std::string, std::string> found;
    const auto done = read_archive(file_, key, [&](const Member& member) -> Result<ByteSink> {
      std::string& bytes = found[member.path];
      return ByteSink([&bytes](std::string_view piece) -> Result<void> {
        bytes += piece;
        return {};
      });
    });
    if (!done) return fail(done.error());
    return found;
  }

  store::ScratchFolder scratch_;
  std::filesystem::path file_ = scratch_.path() / "a.tar.zst";
};

TEST_F(Archives, GiveBackWhatWasPutIn) {
  for (const std::size_t size : {0UL, 1UL, 65535UL, 65536UL, 65537UL, 1000000UL}) {
    for (const auto& key : {std::optional<Secret>(), std::optional(secret())}) {
      write(size, key);
      const auto found = read(key);
      ASSERT_TRUE(found) << found.error().message;
      EXPECT_EQ(found->at("a/big"), random_bytes(size));
      EXPECT_EQ(found->at("b"), "small");
    }
  }
  struct stat info{};
  ASSERT_EQ(::stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

// Rejection: an encrypted archive with any bit flipped or any end cut off. Plain ones are caught by
// the hash that the catalogue keeps.
TEST_F(Archives, NoticeEveryChangeOfAnEncryptedOne) {
  write(200'000, secret());
  const std::string whole = read_file(file_).value();
  std::mt19937_64 random{3};
  for (int i = 0; i < 100; ++i) {
    std::string changed = whole;
    changed[random() % whole.size()] ^= static_cast<char>(1U << (random() % 8));
    ASSERT_TRUE(write_file_atomically(file_, changed));
    EXPECT_FALSE(read(secret()));
    ASSERT_TRUE(write_file_atomically(file_, whole.substr(0, random() % whole.size())));
    EXPECT_FALSE(read(secret()));
  }
}

TEST_F(Archives, NoticeChunksThatAreMissingOrSwapped) {
  write(400'000, secret());
  const std::string whole = read_file(file_).value();
  constexpr std::size_t kHeader = 40;
  constexpr std::size_t kChunk = 65536 + 16;
  const std::string first = whole.substr(kHeader, kChunk);
  const std::string second = whole.substr(kHeader + kChunk, kChunk);
  const std::string rest = whole.substr(kHeader + 2 * kChunk);
  for (const std::string& changed :
       {first + rest, second + first + rest, first + second, first + second + second + rest}) {
    ASSERT_TRUE(write_file_atomically(file_, whole.substr(0, kHeader) + changed));
    EXPECT_EQ(read(secret()).error().code, ErrorCode::corrupt);
  }
}

TEST_F(Archives, RefuseAnotherKeyAndNoKey) {
  write(100, secret());
  EXPECT_EQ(read(std::nullopt).error().code, ErrorCode::invalid_argument);
  Secret other = secret();
  other.bytes += "x";
  EXPECT_EQ(read(other).error().code, ErrorCode::invalid_argument);
}

TEST_F(Archives, LeaveNothingWhenNotCommitted) {
  {
    auto archive = ArchiveWriter::create(file_, std::nullopt);
    ASSERT_TRUE(archive->add("a", "b"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

TEST(Paths, StayBelowTheirFolder) {
  EXPECT_TRUE(stays_below("models/v1/model.json"));
  for (const char* path : {"", "/etc/passwd", "../x", "a/../b", "./a", "a//", "a/."}) {
    EXPECT_FALSE(stays_below(path)) << path;
  }
}

TEST(KeyFiles, MustBeLongAndPrivate) {
  const store::ScratchFolder scratch;
  const auto file = scratch.path() / "key";
  ASSERT_TRUE(write_file_atomically(file, std::string(31, 'k') + "\n", Readers::owner));
  EXPECT_EQ(read_secret(file).error().code, ErrorCode::invalid_argument);
  ASSERT_TRUE(write_file_atomically(file, std::string(32, 'k') + "\n"));
  EXPECT_EQ(read_secret(file).error().code, ErrorCode::invalid_argument);
  ASSERT_TRUE(write_file_atomically(file, std::string(32, 'k') + "\n", Readers::owner));
  EXPECT_EQ(read_secret(file)->bytes, std::string(32, 'k'));
}

}  // namespace
}  // namespace hvac::ops
