#include "access/key_text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace hvac::access {
namespace {

constexpr std::string_view kPrefix = "hvt_";
constexpr std::size_t kIdDigits = 8;
constexpr std::size_t kSecretDigits = 48;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::uint64_t kMostMemory = 256 * 1024 * 1024;

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Result<std::string> random_hex(std::size_t bytes) {
  std::string random(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) != 1) {
    return fail(ErrorCode::unavailable, "the system gives no random numbers");
  }
  return hex(random);
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<KeyText> make_key_text() {
  const auto random = random_hex((kIdDigits + kSecretDigits) / 2);
  if (!random) return fail(random.error());
  const std::string id = random->substr(0, kIdDigits);
  return KeyText{id, std::string(kPrefix) + id + "_" + random->substr(kIdDigits)};
}

std::string_view id_of(std::string_view key) {
  if (key.size() != kPrefix.size() + kIdDigits + 1 + kSecretDigits) return {};
  if (!key.starts_with(kPrefix) || key[kPrefix.size() + kIdDigits] != '_') return {};
  const std::string_view id = key.substr(kPrefix.size(), kIdDigits);
  return is_hex(id) && is_hex(key.substr(kPrefix.size() + kIdDigits + 1)) ? id : std::string_view();
}

Result<std::string> make_salt() { return random_hex(kSaltBytes); }

Result<std::string> hash_key(std::string_view key, std::string_view salt, const ScryptCost& cost) {
  std::string hash(kHashBytes, '\0');
  const int done =
      EVP_PBE_scrypt(key.data(), key.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                     salt.size(), cost.n, cost.r, cost.p, kMostMemory,
                     reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  if (done != 1) return fail(ErrorCode::unavailable, "a key cannot be hashed: scrypt failed");
  return hex(hash);
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

struct Fingerprinter::Context {
  EVP_MD* method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* state = EVP_MD_CTX_new();
  ~Context() {
    EVP_MD_CTX_free(state);
    EVP_MD_free(method);
  }
};

void Fingerprinter::Free::operator()(Context* context) const { delete context; }

Fingerprinter::Fingerprinter() : context_(new Context) {
  if (context_->method == nullptr || context_->state == nullptr) {
    throw std::logic_error("SHA-256 is not available from OpenSSL");
  }
}

Fingerprinter::Digest Fingerprinter::digest(std::string_view text) {
  Digest digest{};
  EVP_DigestInit_ex2(context_->state, context_->method, nullptr);
  EVP_DigestUpdate(context_->state, text.data(), text.size());
  EVP_DigestFinal_ex(context_->state, digest.data(), nullptr);
  return digest;
}

}  // namespace hvac::access
