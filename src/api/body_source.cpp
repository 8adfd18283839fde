#include "api/body_source.h"

#include <utility>

namespace hvac::api {

bool EventQueue::push(std::string_view events) {
  const std::lock_guard lock(mutex_);
  if (closed_ || ended_) return false;
  if (pending_.size() + events.size() > most_bytes_) {
    closed_ = true;
    pending_ = {};
  } else {
    pending_ += events;
  }
  if (wake_) wake_();
  return !closed_;
}

void EventQueue::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  if (wake_) wake_();
}

BodySource::State EventQueue::next(std::string& piece) {
  const std::lock_guard lock(mutex_);
  piece += pending_;
  pending_.clear();
  return ended_ || closed_ ? State::ended : State::waiting;
}

void EventQueue::listen(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void EventQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  pending_ = {};
  wake_ = nullptr;
}

void append_event(std::string& text, std::string_view event, std::uint64_t id,
                  std::string_view data) {
  text += "event: ";
  text += event;
  text += "\nid: ";
  text += std::to_string(id);
  for (;;) {
    const std::size_t end = data.find('\n');
    text += "\ndata: ";
    text += data.substr(0, end);
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + 1);
  }
  text += "\n\n";
}

void write_events(std::shared_ptr<EventQueue> queue, Response& response) {
  response.content_type = "text/event-stream";
  response.source = std::move(queue);
}

}  // namespace hvac::api
