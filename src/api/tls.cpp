#include "api/tls.h"

#include <boost/asio/ssl/context.hpp>
#include <string>
#include <utility>

#include "base/files.h"
#include "base/hash.h"

namespace hvac::api {
namespace {

namespace ssl = boost::asio::ssl;

Result<std::shared_ptr<ssl::context>> make_context(const TlsFiles& files,
                                                   const std::string& certificate,
                                                   const std::string& key) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  boost::system::error_code error;
  const auto failed = [&](const std::filesystem::path& file) {
    return fail(ErrorCode::invalid_argument, file.string() + ": " + error.message());
  };
  // A key with a pass phrase would wait for somebody to type it.
  context->set_password_callback([](std::size_t, auto) { return std::string(); }, error);
  context->use_certificate_chain(boost::asio::buffer(certificate), error);
  if (error) return failed(files.certificate);
  context->use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
  if (error) return failed(files.key);
  if (SSL_CTX_check_private_key(native) != 1) {
    return fail(ErrorCode::invalid_argument,
                files.key.string() + " is not the key of " + files.certificate.string());
  }
  return context;
}

}  // namespace

struct Tls::State {
  std::string seen;  ///< Fingerprints of the files when they were last looked at.
  std::shared_ptr<ssl::context> context;
};

Tls::Tls(TlsFiles files) : files_(std::move(files)), state_(std::make_unique<State>()) {}
Tls::~Tls() = default;

Result<std::shared_ptr<Tls>> Tls::load(TlsFiles files) {
  std::shared_ptr<Tls> tls(new Tls(std::move(files)));
  if (auto loaded = tls->refresh(); !loaded) return fail(loaded.error());
  return tls;
}

std::shared_ptr<ssl::context> Tls::context() const {
  return state_.with([](const std::unique_ptr<State>& state) { return state->context; });
}

// The two files are small and renewed one after the other: by content, not by time, it is certain
// that what is in service is what lies there.
Result<bool> Tls::refresh() {
  const auto certificate = read_file(files_.certificate);
  const auto key = read_file(files_.key);
  for (const auto* file : {&certificate, &key}) {
    if (!*file) return fail(ErrorCode::invalid_argument, file->error().message);
  }
  std::string seen = sha256(*certificate) + sha256(*key);
  return state_.with([&](std::unique_ptr<State>& state) -> Result<bool> {
    if (seen == state->seen) return false;
    state->seen = std::move(seen);
    auto context = make_context(files_, *certificate, *key);
    if (!context) return fail(context.error());
    state->context = std::move(*context);
    return true;
  });
}

}  // namespace hvac::api
