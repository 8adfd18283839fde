#include "ops/manifest.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <exception>

#include "base/hash.h"
#include "base/iso_time.h"
#include "base/json.h"

namespace hvac::ops {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, kBackupKinds> kKindNames = {"daily", "weekly", "full",
                                                                   "increment"};

json::array files_json(const std::vector<StoredFile>& files, const std::string& own) {
  json::array list;
  for (const StoredFile& file : files) {
    json::object one = {{"path", file.path},
                        {"size", file.size},
                        {"mode", file.mode},
                        {"sha256", file.sha256},
                        {"modified_ns", file.modified_ns}};
    if (file.in != own) one["in"] = file.in;
    list.push_back(std::move(one));
  }
  return list;
}

// What is not there has its default: earlier formats had fewer keys.
template <class T>
void read(const json::object& object, const char* key, T& place) {
  if (const json::value* value = object.if_contains(key)) place = json::value_to<T>(*value);
}

std::vector<StoredFile> read_files(const json::object& object, const char* key,
                                   const std::string& own) {
  std::vector<StoredFile> files;
  const json::value* list = object.if_contains(key);
  if (list == nullptr) return files;
  for (const json::value& value : list->as_array()) {
    const json::object& one = value.as_object();
    StoredFile file;
    file.path = json::value_to<std::string>(one.at("path"));
    file.size = one.at("size").to_number<std::uint64_t>();
    file.sha256 = json::value_to<std::string>(one.at("sha256"));
    file.in = own;
    read(one, "mode", file.mode);
    read(one, "modified_ns", file.modified_ns);
    read(one, "in", file.in);
    files.push_back(std::move(file));
  }
  return files;
}

// The shape of both documents; `what` reads its keys and may throw.
template <class Read>
Result<void> read_document(std::string_view text, const std::string& file, const Read& what) {
  const auto document = parse_json(text);
  if (!document || !document->is_object()) {
    return fail(ErrorCode::corrupt, file + ": no JSON object");
  }
  const json::object& object = document->get_object();
  try {
    const auto format = object.at("format").to_number<int>();
    if (format > kBackupFormat) {
      return fail(
          ErrorCode::conflict,
          fmt::format("{}: written by a newer program: its format is {}, this program knows "
                      "formats up to {}",
                      file, format, kBackupFormat));
    }
    if (format < 1) return fail(ErrorCode::corrupt, fmt::format("{}: format {}", file, format));
    return what(object);
  } catch (const std::exception& error) {  // Boost.JSON's accessors throw on another shape.
    return fail(ErrorCode::corrupt, file + ": has another shape: " + error.what());
  }
}

BackupKind kind_in(const json::object& object) {
  const auto kind = parse_kind(json::value_to<std::string>(object.at("kind")));
  if (!kind) throw std::runtime_error("unknown kind");
  return *kind;
}

TimePoint time_in(const json::object& object) {
  return TimePoint(std::chrono::milliseconds(object.at("created_ms").to_number<std::int64_t>()));
}

}  // namespace

std::string_view name(BackupKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::optional<BackupKind> parse_kind(std::string_view text) {
  const auto place = std::find(kKindNames.begin(), kKindNames.end(), text);
  if (place == kKindNames.end()) return std::nullopt;
  return static_cast<BackupKind>(place - kKindNames.begin());
}

std::string stamp(TimePoint time) {
  std::string text = iso_text(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string new_timeline() {
  unsigned char bytes[8];
  if (::getentropy(bytes, sizeof bytes) != 0) throw std::logic_error("no random numbers");
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::string manifest_text(const Manifest& manifest) {
  const store::RecordCounts& counts = manifest.counts;
  return json_text(json::object{{"format", manifest.format},
                                {"id", manifest.id},
                                {"kind", name(manifest.kind)},
                                {"created", iso_text(manifest.created)},
                                {"created_ms", manifest.created.time_since_epoch().count()},
                                {"program", manifest.program},
                                {"parent", manifest.parent},
                                {"store", manifest.store},
                                {"commit", manifest.commit},
                                {"timeline", manifest.timeline},
                                {"counts",
                                 {{"samples", counts.samples},
                                  {"outcomes", counts.outcomes},
                                  {"findings", counts.findings},
                                  {"alerts", counts.alerts},
                                  {"drift_reports", counts.drift_reports},
                                  {"audit", counts.audit}}},
                                {"model", manifest.prediction.model},
                                {"prediction_digest", manifest.prediction.digest},
                                {"files", files_json(manifest.files, manifest.id)},
                                {"members", files_json(manifest.members, manifest.id)}},
                   JsonLayout::pretty);
}

Result<Manifest> parse_manifest(std::string_view text, const std::string& file) {
  Manifest manifest;
  const auto done = read_document(text, file, [&](const json::object& object) -> Result<void> {
    manifest.format = object.at("format").to_number<int>();
    manifest.id = json::value_to<std::string>(object.at("id"));
    manifest.kind = kind_in(object);
    manifest.created = time_in(object);
    read(object, "program", manifest.program);
    read(object, "parent", manifest.parent);
    read(object, "commit", manifest.commit);
    read(object, "timeline", manifest.timeline);
    read(object, "model", manifest.prediction.model);
    read(object, "prediction_digest", manifest.prediction.digest);
    manifest.files = read_files(object, "files", manifest.id);
    manifest.members = read_files(object, "members", manifest.id);
    const bool has_database =
        std::any_of(manifest.files.begin(), manifest.files.end(),
                    [](const StoredFile& f) { return f.path == "data/telemetry.db"; });
    manifest.store = has_database ? "sqlite" : "none";  // What format 1 did not say.
    read(object, "store", manifest.store);
    if (const json::value* counts = object.if_contains("counts")) {
      const json::object& of = counts->as_object();
      read(of, "samples", manifest.counts.samples);
      read(of, "outcomes", manifest.counts.outcomes);
      read(of, "findings", manifest.counts.findings);
      read(of, "alerts", manifest.counts.alerts);
      read(of, "drift_reports", manifest.counts.drift_reports);
      read(of, "audit", manifest.counts.audit);
    }
    return {};
  });
  if (!done) return fail(done.error());
  return manifest;
}

std::string card_text(const Card& card) {
  json::object object = {{"format", card.format},
                         {"id", card.id},
                         {"kind", name(card.kind)},
                         {"created", iso_text(card.created)},
                         {"created_ms", card.created.time_since_epoch().count()},
                         {"parent", card.parent},
                         {"program", card.program},
                         {"store", card.store},
                         {"commit", card.commit},
                         {"model", card.model},
                         {"encrypted", card.encrypted},
                         {"files", card.files},
                         {"bytes", card.bytes},
                         {"size", card.size},
                         {"sha256", card.sha256}};
  object["card_sha256"] = sha256(json_text(object));
  return json_text(object, JsonLayout::pretty);
}

Result<Card> parse_card(std::string_view text, const std::string& file) {
  Card card;
  const auto done = read_document(text, file, [&](const json::object& object) -> Result<void> {
    json::object without = object;
    without.erase("card_sha256");
    if (json::value_to<std::string>(object.at("card_sha256")) != sha256(json_text(without))) {
      return fail(ErrorCode::corrupt, file + ": was changed: its hash of itself is another");
    }
    card.format = object.at("format").to_number<int>();
    card.id = json::value_to<std::string>(object.at("id"));
    card.kind = kind_in(object);
    card.created = time_in(object);
    read(object, "parent", card.parent);
    read(object, "program", card.program);
    read(object, "store", card.store);
    read(object, "commit", card.commit);
    read(object, "model", card.model);
    read(object, "encrypted", card.encrypted);
    read(object, "files", card.files);
    read(object, "bytes", card.bytes);
    read(object, "size", card.size);
    read(object, "sha256", card.sha256);
    return {};
  });
  if (!done) return fail(done.error());
  return card;
}

}  // namespace hvac::ops
