#include "mqtt/testing.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <utility>

namespace hvac::mqtt::testing {
namespace {

namespace fs = std::filesystem;
constexpr const char* kBroker = "/usr/sbin/mosquitto";

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool listens(std::uint16_t port) {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(port);
  const bool yes = ::connect(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(s);
  return yes;
}

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "hvac-mqtt-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  return name;
}

// Runs a program to its end, silently; true when it succeeds.
bool run(std::vector<std::string> words, const fs::path& folder) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int null = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
    if (::chdir(folder.c_str()) != 0) ::_exit(127);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

}  // namespace

bool broker_installed() { return fs::exists(kBroker); }

std::uint16_t free_port() {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  ::bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address);
  socklen_t size = sizeof address;
  ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(s);
  return ntohs(address.sin_port);
}

bool eventually(const std::function<bool()>& done) {
  constexpr int kTries = 6000;
  for (int i = 0; i < kTries; ++i) {
    if (done()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return done();
}

TemporaryFolder::TemporaryFolder() : path(new_folder()) {}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

bool make_certificates(const fs::path& folder) {
  write(folder / "names.cnf", "subjectAltName=DNS:localhost\n");
  const std::vector<std::string> authority = {
      "openssl", "req",  "-x509",  "-newkey", "rsa:2048", "-nodes", "-keyout",
      "ca.key",  "-out", "ca.pem", "-days",   "2",        "-subj",  "/CN=Test authority"};
  const std::vector<std::string> request = {"openssl",    "req",     "-newkey",      "rsa:2048",
                                            "-nodes",     "-keyout", "server.key",   "-out",
                                            "server.csr", "-subj",   "/CN=localhost"};
  const std::vector<std::string> sign = {
      "openssl",  "x509",       "-req",   "-in",    "server.csr",
      "-CA",      "ca.pem",     "-CAkey", "ca.key", "-CAcreateserial",
      "-out",     "server.pem", "-days",  "2",      "-extfile",
      "names.cnf"};
  return run(authority, folder) && run(request, folder) && run(sign, folder);
}

Broker::Broker(BrokerOptions options) : options_(std::move(options)), port_(free_port()) {
  const std::string folder = folder_.path.string() + "/";
  std::string text = "listener " + std::to_string(port_) + " 127.0.0.1\n";
  if (options_.tls) {
    make_certificates(folder_.path);
    text += "certfile " + folder + "server.pem\nkeyfile " + folder + "server.key\n";
  }
  text += options_.user.empty() ? "allow_anonymous true\n" : "allow_anonymous false\n";
  if (!options_.user.empty()) {
    const std::string passwords = folder + "passwords";
    write(passwords, "");
    run({"mosquitto_passwd", "-b", passwords, options_.user, options_.password}, folder_.path);
    text += "password_file " + passwords + "\n";
  }
  if (::geteuid() == 0) text += "user root\n";
  text += "persistence true\npersistence_location " + folder +
          "\nautosave_interval 1\nmax_queued_messages 0\n"
          "set_tcp_nodelay true\n";
  for (const std::string& line : options_.lines) text += line + "\n";
  write(folder + "broker.conf", text);
  start();
}

Broker::~Broker() { stop(SIGTERM); }

bool Broker::start() {
  const std::string configuration = (folder_.path / "broker.conf").string();
  process_ = ::fork();
  if (process_ == 0) {
    const int log =
        ::open((folder_.path / "broker.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, STDERR_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::execl(kBroker, "mosquitto", "-c", configuration.c_str(), nullptr);
    ::_exit(127);
  }
  return eventually([this] { return listens(port_); });
}

void Broker::stop(int signal) {
  if (process_ <= 0) return;
  ::kill(process_, signal);
  ::waitpid(std::exchange(process_, -1), nullptr, 0);
}

ClientOptions Broker::client(const std::string& client_id) const {
  ClientOptions options;
  options.address = {options_.tls ? "localhost" : "127.0.0.1", port_, options_.user,
                     options_.password, options_.tls};
  if (options_.tls) options.tls.authority = folder_.path / "ca.pem";
  options.client_id = client_id;
  options.backoff = {std::chrono::milliseconds(20), std::chrono::milliseconds(200)};
  return options;
}

std::string Broker::url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }

}  // namespace hvac::mqtt::testing
