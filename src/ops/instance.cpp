#include "ops/instance.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/file_lock.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/json.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& home) { return home / "run"; }

// What numbers of processes are to be understood in: containers that share an instance have one
// each, and in each the program is number 1.
std::string numbering() {
  std::error_code unknown;
  std::string name = fs::read_symlink("/proc/self/ns/pid", unknown).string();  // "pid:[4026531836]"
  std::erase_if(name, [](char c) { return c < '0' || c > '9'; });
  return name;
}

std::string names(const std::vector<RunningProgram>& programs) {
  std::string text;
  for (const RunningProgram& program : programs) {
    text += fmt::format("{}{}{}{}", text.empty() ? "" : ", ", process_text(program),
                        program.url.empty() ? "" : " at ", program.url);
  }
  return text.empty() ? "a program that has not said who it is" : text;
}

Result<RunningProgram> read_note(const fs::path& file) {
  const auto bytes = read_file(file);
  if (!bytes) return fail(bytes.error());
  const auto document = parse_json(*bytes);
  const boost::json::object* object = document ? document->if_object() : nullptr;
  if (object == nullptr) return fail(ErrorCode::corrupt, file.string() + ": no JSON object");
  const auto word = [&](const char* key) {
    const boost::json::value* value = object->if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  const boost::json::value* pid = object->if_contains("pid");
  if (pid == nullptr || !pid->is_int64()) {
    return fail(ErrorCode::corrupt, file.string() + ": names no process");
  }
  const bool here = word("numbering").empty() || word("numbering") == numbering();
  return RunningProgram{here ? static_cast<pid_t>(pid->get_int64()) : 0, word("url"),
                        word("dashboard_url"), word("roles"), word("started")};
}

}  // namespace

std::string process_text(const RunningProgram& program) {
  if (program.pid == 0) return "a process of another container";
  return fmt::format("process {}", program.pid);
}

InstanceUse::InstanceUse(fs::path folder, Descriptor shared)
    : folder_(std::move(folder)), shared_(std::move(shared)) {}

InstanceUse::~InstanceUse() {
  std::error_code ignored;
  if (noted_.open()) fs::remove(note_, ignored);
}

Result<InstanceUse> InstanceUse::begin(const fs::path& home) {
  const fs::path folder = folder_of(home);
  if (auto made = make_folder(folder); !made) return fail(made.error());
  auto shared = try_share_file(folder / "lock");
  if (!shared) {
    if (shared.error().code != ErrorCode::conflict) return fail(shared.error());
    return fail(ErrorCode::conflict, home.string() + ": is being restored; try again afterwards");
  }
  return InstanceUse(folder, std::move(*shared));
}

Result<void> InstanceUse::announce(const std::string& url, const std::string& dashboard_url,
                                   const std::string& roles) {
  note_ = folder_ / fmt::format("{}-{}.json", numbering(), ::getpid());
  const boost::json::object note = {{"pid", ::getpid()}, {"numbering", numbering()},
                                    {"url", url},        {"dashboard_url", dashboard_url},
                                    {"roles", roles},    {"started", iso_text(system_clock()())}};
  if (auto written = write_file_atomically(note_, json_text(note)); !written) return written;
  auto noted = try_lock_file(note_);
  if (!noted) return fail(noted.error());
  noted_ = std::move(*noted);
  return {};
}

std::vector<RunningProgram> running_programs(const fs::path& home) {
  std::vector<RunningProgram> programs;
  std::error_code error;
  for (fs::directory_iterator it(folder_of(home), error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() != ".json") continue;
    if (try_lock_file(it->path())) {  // Nobody holds it: what a killed program left behind.
      std::error_code ignored;
      fs::remove(it->path(), ignored);
      continue;
    }
    if (auto program = read_note(it->path())) programs.push_back(std::move(*program));
  }
  // Another container's address may mean something else here.
  const auto rank = [](const RunningProgram& program) {
    return std::pair(program.pid == 0, program.url.empty());
  };
  std::stable_sort(
      programs.begin(), programs.end(),
      [&](const RunningProgram& a, const RunningProgram& b) { return rank(a) < rank(b); });
  return programs;
}

std::string api_url(const fs::path& home) {
  for (const RunningProgram& program : running_programs(home)) {
    if (program.pid != 0 && !program.url.empty()) return program.url;
  }
  return "";
}

Result<Descriptor> claim_instance(const fs::path& home) {
  if (auto made = make_folder(folder_of(home)); !made) return fail(made.error());
  auto claimed = try_lock_file(folder_of(home) / "lock");
  if (claimed || claimed.error().code != ErrorCode::conflict) return claimed;
  return fail(ErrorCode::conflict, home.string() + ": is in use by " +
                                       names(running_programs(home)) +
                                       "; stop it first, or let it be stopped by --stop");
}

Result<Descriptor> stop_and_claim_instance(const fs::path& home, std::chrono::seconds patience) {
  for (const RunningProgram& program : running_programs(home)) {
    if (program.pid > 1 && program.pid != ::getpid()) ::kill(program.pid, SIGTERM);
  }
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto claimed = claim_instance(home);
    if (claimed || claimed.error().code != ErrorCode::conflict) return claimed;
    if (std::chrono::steady_clock::now() >= end) {
      return fail(ErrorCode::timed_out,
                  fmt::format("{}: still in use by {} after {} s", home.string(),
                              names(running_programs(home)), patience.count()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace hvac::ops
