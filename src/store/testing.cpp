#include <arpa/inet.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "store/postgres_server.h"

// libpqxx 6.4 does not free the answer of a connection that broke; some kilobytes per broken one.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx"; }

namespace hvac::store {
namespace {

std::string reason_absent;

// The folder with the programs of the newest installed version, if any.
std::string find_programs() {
  std::string newest;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const std::string programs = (version.path() / "bin").string();
    if (std::filesystem::exists(programs + "/initdb") && programs > newest) newest = programs;
  }
  return newest;
}

int free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(probe);
  return ntohs(address.sin_port);
}

}  // namespace

PostgresServer* PostgresServer::shared() {
  static const std::unique_ptr<PostgresServer> server = []() -> std::unique_ptr<PostgresServer> {
    const std::string programs = find_programs();
    if (programs.empty()) {
      reason_absent = "PostgreSQL is not installed (package postgresql)";
      return nullptr;
    }
    std::unique_ptr<PostgresServer> made(new PostgresServer);
    if (made->initialise(programs) && made->start()) return made;
    reason_absent = "a PostgreSQL server could not be started with " + programs;
    return nullptr;
  }();
  return server.get();
}

const std::string& PostgresServer::why_absent() { return reason_absent; }

// The server refuses to run as root: then it runs as the user the package made, or nobody.
bool PostgresServer::initialise(const std::string& programs) {
  programs_ = programs;
  port_ = free_port();
  if (::geteuid() == 0) {
    const passwd* other = ::getpwnam("postgres");
    if (other == nullptr) other = ::getpwnam("nobody");
    if (other == nullptr) return false;
    user_ = other->pw_uid;
    if (::chown(scratch_.path().c_str(), other->pw_uid, other->pw_gid) != 0) return false;
  }
  return run("initdb --auth=trust --username=twin --no-sync --locale=C -E UTF8 -D data") == 0;
}

int PostgresServer::run(const std::string& command) const {
  const std::string prefix =
      user_ == 0 ? "" : fmt::format("setpriv --reuid={} --clear-groups ", user_);
  return std::system(fmt::format("cd {} && {}{}/{} >>log 2>&1", scratch_.path().string(), prefix,
                                 programs_, command)
                         .c_str());
}

bool PostgresServer::start() {
  return run(fmt::format("pg_ctl start -w -t 60 -D data -l {}/server.log -o '-p {} -h 127.0.0.1 -k "
                         "{}'",
                         scratch_.path().string(), port_, scratch_.path().string())) == 0;
}

bool PostgresServer::kill() { return run("pg_ctl stop -w -m immediate -D data") == 0; }

PostgresServer::~PostgresServer() { kill(); }

std::string PostgresServer::new_database() {
  const std::string name = fmt::format("twin{}", ++databases_);
  run(fmt::format("createdb -h 127.0.0.1 -p {} -U twin {}", port_, name));
  return fmt::format("host=127.0.0.1 port={} user=twin dbname={}", port_, name);
}

}  // namespace hvac::store
