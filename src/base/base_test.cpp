#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <limits>
#include <optional>

#include "base/archive.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/number.h"
#include "base/toml.h"

namespace hvac {
namespace {

TEST(Number, ReadsTheWholeTextOrNothing) {
  EXPECT_EQ(parse_number("23.5"), 23.5);
  EXPECT_EQ(parse_number("+4"), 4.0);
  EXPECT_EQ(parse_number("-1e3"), -1000.0);
  for (const char* wrong : {"", " 1", "1 ", "1,5", "abc", "1.2.3", "--1"}) {
    EXPECT_FALSE(parse_number(wrong)) << wrong;
  }
}

// Property: the shortest text reads back as the same bits.
TEST(Number, TextRoundTrips) {
  for (const double value : {0.1, -0.0, 1e-7, 65535.0, 1.0 / 3.0, 5e-324, 1.7976931348623157e308}) {
    EXPECT_EQ(parse_number(number_text(value)), value) << value;
  }
}

// Golden: FIPS 180-2 test vectors.
TEST(Hash, Sha256MatchesTheStandard) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Toml, NamesFileAndLineOfWhatIsWrong) {
  const auto message = [](std::string_view text) {
    const auto table = parse_toml(text, "f.toml");
    return table ? std::string() : table.error().message;
  };
  EXPECT_EQ(message("a = 1\n# \xff\n"), "f.toml:2: is not text in UTF-8");
  EXPECT_EQ(message("a = 1\nb = \n").substr(0, 10), "f.toml:2: ");
  // What the parser itself would not survive.
  EXPECT_NE(message("[[ [270\n"), "");
  EXPECT_NE(message("a \xcb\xa7 = 1\n"), "");
}

TEST(Toml, KeepsWhatIsNotAscii) {
  const auto table = parse_toml("name = \"K\xc3\xbchler 1\"  # \xc2\xb0\n", "f.toml");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ((*table)["name"].value<std::string>(), "K\xc3\xbchler 1");
}

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "hvac_atomic_test" / "b.txt";
  std::filesystem::remove_all(path.parent_path());
  {
    auto dropped = AtomicFile::create(path);
    ASSERT_TRUE(dropped && dropped->write("half"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(path.parent_path()));
  auto kept = AtomicFile::create(path);
  ASSERT_TRUE(kept && kept->write("a") && kept->write("b") && kept->commit());
  EXPECT_EQ(read_file(path), "ab");
  std::filesystem::remove_all(path.parent_path());
}

TEST(Files, WriteIsReadBackAndLeavesNoTemporaryFile) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "hvac_files_test";
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(write_file_atomically(folder / "deep" / "a.txt", "first"));
  ASSERT_TRUE(write_file_atomically(folder / "deep" / "a.txt", "second"));
  EXPECT_EQ(read_file(folder / "deep" / "a.txt").value(), "second");
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder / "deep")) {
    ++entries;
  }
  EXPECT_EQ(entries, 1u);
  EXPECT_EQ(sha256_file(folder / "deep" / "a.txt").value(), sha256("second"));
  std::filesystem::remove_all(folder);
}

TEST(Files, RejectionNamesThePath) {
  const auto missing = read_file("/nonexistent/file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find("/nonexistent/file"), std::string::npos);
  EXPECT_FALSE(write_file_atomically("/proc/nowhere/file", "x"));
}

TEST(Json, WritesDoublesForPeople) {
  boost::json::object object;
  object["t"] = 23.5;
  object["n"] = std::numeric_limits<double>::quiet_NaN();
  object["i"] = 3;
  object["list"] = boost::json::array{1.5, 2.0};
  EXPECT_EQ(json_text(object), R"({"t":23.5,"n":null,"i":3,"list":[1.5,2]})");
  EXPECT_EQ(json_text(object, JsonLayout::pretty),
            "{\n  \"t\": 23.5,\n  \"n\": null,\n  \"i\": 3,\n  \"list\": [1.5, 2]\n}\n");
}

TEST(Json, RejectionNamesThePosition) {
  for (const char* wrong : {"{\"a\":}", "[1,2", "{} x", "", "nan"}) {
    const auto parsed = parse_json(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_NE(parsed.error().message.find("byte"), std::string::npos);
  }
  EXPECT_FALSE(parse_json(std::string(100, '[')));
}

struct Kept {
  int number = 0;
  std::optional<double> maybe{};
  std::array<std::string, 2> words{};
  TimePoint time{};

  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.number, self.maybe, self.words, self.time);
  }
};

TEST(Archive, ReadsWhatItWroteAndRefusesWhatWasCutOrChanged) {
  const Kept kept{-7, 0.1, {"a", ""}, TimePoint{std::chrono::milliseconds{5}}};
  ArchiveWriter writer;
  writer(kept);
  const std::string sealed = seal("kept", 3, writer.bytes());
  const auto body = unseal(sealed, "kept", 3);
  ASSERT_TRUE(body) << body.error().message;
  Kept read;
  ArchiveReader reader(*body);
  reader(read);
  EXPECT_TRUE(reader.good() && reader.at_end());
  EXPECT_EQ(read.number, kept.number);
  EXPECT_EQ(read.maybe, kept.maybe);
  EXPECT_EQ(read.words, kept.words);
  EXPECT_EQ(read.time, kept.time);

  for (std::size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_FALSE(unseal(sealed.substr(0, length), "kept", 3));
    ArchiveReader cut(std::string_view(writer.bytes()).substr(0, length));
    if (length >= writer.bytes().size()) continue;
    cut(read);
    EXPECT_FALSE(cut.good()) << length;
  }
  for (std::size_t place = 0; place < sealed.size(); ++place) {
    std::string changed = sealed;
    changed[place] ^= 4;
    EXPECT_FALSE(unseal(changed, "kept", 3));
  }
  EXPECT_FALSE(unseal(sealed, "kept", 4));
}

}  // namespace
}  // namespace hvac
