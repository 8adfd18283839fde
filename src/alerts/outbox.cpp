#include "alerts/outbox.h"

#include <algorithm>
#include <boost/json.hpp>
#include <unordered_set>

#include "alerts/record.h"
#include "base/files.h"
#include "base/json.h"

namespace hvac::alerts {
namespace {

namespace json = boost::json;

constexpr std::size_t kRemembered = 1000;  ///< Keys of what went out.

const json::array* list(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

}  // namespace

Result<Outbox> Outbox::open(std::filesystem::path file, std::size_t most) {
  Outbox box(std::move(file), most);
  const auto text = read_file(box.file_);
  if (!text && text.error().code == ErrorCode::not_found) return box;
  if (!text) return fail(text.error());
  const auto corrupt = [&](const std::string& what) {
    return fail(ErrorCode::corrupt, box.file_.string() + ": " + what);
  };
  const auto document = parse_json(*text);
  if (!document) return corrupt(document.error().message);
  const json::object* object = document->if_object();
  const json::array* waiting = object == nullptr ? nullptr : list(*object, "waiting");
  const json::array* gone = object == nullptr ? nullptr : list(*object, "gone");
  if (waiting == nullptr || gone == nullptr) return corrupt("no list of waiting messages");
  for (const json::value& value : *waiting) {
    auto message = message_from(value);
    if (!message) return corrupt(message.error().message);
    box.waiting_.push_back(std::move(*message));
  }
  for (const json::value& value : *gone) {
    if (value.is_string()) box.gone_.emplace_back(value.get_string());
  }
  const json::value* beyond = object->if_contains("beyond");
  if (beyond != nullptr && beyond->is_int64() && beyond->get_int64() > 0) {
    box.beyond_ = static_cast<std::uint64_t>(beyond->get_int64());
  }
  return box;
}

Result<void> Outbox::write() const {
  json::array waiting;
  for (const Message& message : waiting_) waiting.push_back(json_of(message));
  return write_file_atomically(file_,
                               json_text({{"waiting", std::move(waiting)},
                                          {"beyond", beyond_},
                                          {"gone", json::array(gone_.begin(), gone_.end())}}));
}

Result<void> Outbox::add(std::span<const Message> messages) {
  std::unordered_set<std::string> known(gone_.begin(), gone_.end());
  for (const Message& message : waiting_) known.insert(message.key);
  for (const Message& message : messages) {
    if (!known.insert(message.key).second) continue;
    if (waiting_.size() >= most_) {
      ++beyond_;
    } else {
      waiting_.push_back(message);
    }
  }
  return write();
}

Result<void> Outbox::remove(std::size_t count, std::uint64_t counted) {
  for (std::size_t i = 0; i < count && !waiting_.empty(); ++i) {
    gone_.push_back(std::move(waiting_.front().key));
    waiting_.pop_front();
  }
  while (gone_.size() > kRemembered) gone_.pop_front();
  beyond_ -= std::min(beyond_, counted);
  return write();
}

}  // namespace hvac::alerts
