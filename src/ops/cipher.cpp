#include "ops/cipher.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

#include "base/files.h"

namespace hvac::ops {
namespace {

constexpr std::string_view kMagic = "HVACENC1";
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kCheckBytes = 16;  // Tells a wrong secret from damage.
constexpr std::size_t kHeaderBytes = kMagic.size() + kSaltBytes + kCheckBytes;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kChunkBytes = 64 << 10;
constexpr std::size_t kLeastSecret = 32;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL without AES or HKDF is a broken installation, not an input.
void require(int answer, const char* what) {
  if (answer <= 0) throw std::logic_error(std::string("OpenSSL: ") + what);
}

// The key and behind it the bytes that prove that the secret is the right one.
std::string derive(const Secret& secret, std::string_view salt) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr), &EVP_PKEY_CTX_free);
  constexpr std::string_view kPurpose = "hvac-twin backup";
  std::string derived(kKeyBytes + kCheckBytes, '\0');
  std::size_t size = derived.size();
  require(EVP_PKEY_derive_init(context.get()), "HKDF");
  require(EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()), "HKDF");
  require(EVP_PKEY_CTX_set1_hkdf_salt(context.get(), bytes_of(salt), static_cast<int>(salt.size())),
          "HKDF");
  require(EVP_PKEY_CTX_set1_hkdf_key(context.get(), bytes_of(std::string_view(secret.bytes)),
                                     static_cast<int>(secret.bytes.size())),
          "HKDF");
  require(EVP_PKEY_CTX_add1_hkdf_info(context.get(), bytes_of(kPurpose),
                                      static_cast<int>(kPurpose.size())),
          "HKDF");
  require(EVP_PKEY_derive(context.get(), bytes_of(derived), &size), "HKDF");
  return derived;
}

// The number of the chunk and whether it is the last. The key is used for one stream only.
std::array<unsigned char, 12> nonce_of(std::uint64_t number, bool last) {
  std::array<unsigned char, 12> nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[i] = static_cast<unsigned char>(number >> (8 * i));
  nonce[8] = last ? 1 : 0;
  return nonce;
}

// The plain text of a sealed chunk; false when it is not the chunk of that number and place.
bool open_chunk(const std::string& key, std::uint64_t number, bool last, std::string_view sealed,
                std::string& plain) {
  if (sealed.size() < kTagBytes) return false;
  const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  const auto nonce = nonce_of(number, last);
  const std::string_view body = sealed.substr(0, sealed.size() - kTagBytes);
  std::string tag(sealed.substr(body.size()));
  plain.resize(body.size());
  int size = 0;
  require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                             bytes_of(std::string_view(key)), nonce.data()),
          "AES-256-GCM");
  if (EVP_DecryptUpdate(context.get(), bytes_of(plain), &size, bytes_of(body),
                        static_cast<int>(body.size())) != 1) {
    return false;
  }
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagBytes), tag.data());
  unsigned char rest[16];
  return EVP_DecryptFinal_ex(context.get(), rest, &size) == 1;
}

}  // namespace

Result<Secret> read_secret(const std::filesystem::path& file) {
  auto bytes = read_file(file);
  if (!bytes) return fail(bytes.error());
  while (!bytes->empty() && (bytes->back() == '\n' || bytes->back() == '\r')) bytes->pop_back();
  if (bytes->size() < kLeastSecret) {
    return fail(ErrorCode::invalid_argument,
                file.string() + ": a key of " + std::to_string(bytes->size()) +
                    " characters is too short, it needs at least 32; `openssl rand -hex 32` makes "
                    "one");
  }
  struct stat info{};
  if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 077U) != 0) {
    return fail(ErrorCode::invalid_argument,
                file.string() + ": others than its owner may read the key; `chmod 600` it");
  }
  return Secret{std::move(*bytes), file.string()};
}

bool is_encrypted(std::string_view begin) { return begin.starts_with(kMagic); }

Encryptor::Encryptor(std::string key, ByteSink to) : key_(std::move(key)), to_(std::move(to)) {}

Result<Encryptor> Encryptor::begin(const Secret& secret, ByteSink to) {
  std::string salt(kSaltBytes, '\0');
  require(RAND_bytes(bytes_of(salt), static_cast<int>(salt.size())), "random numbers");
  const std::string derived = derive(secret, salt);
  const std::string header = std::string(kMagic) + salt + derived.substr(kKeyBytes);
  if (auto written = to(header); !written) return fail(written.error());
  return Encryptor(derived.substr(0, kKeyBytes), std::move(to));
}

Result<void> Encryptor::write(std::string_view bytes) {
  pending_ += bytes;
  std::size_t done = 0;
  for (; pending_.size() - done > kChunkBytes; done += kChunkBytes) {
    const auto chunk = std::string_view(pending_).substr(done, kChunkBytes);
    if (auto sealed = seal(chunk, false); !sealed) return sealed;
  }
  pending_.erase(0, done);
  return {};
}

Result<void> Encryptor::finish() { return seal(pending_, true); }

Result<void> Encryptor::seal(std::string_view chunk, bool last) {
  const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  const auto nonce = nonce_of(number_++, last);
  std::string sealed(chunk.size() + kTagBytes, '\0');
  int size = 0;
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                             bytes_of(std::string_view(key_)), nonce.data()),
          "AES-256-GCM");
  require(EVP_EncryptUpdate(context.get(), bytes_of(sealed), &size, bytes_of(chunk),
                            static_cast<int>(chunk.size())),
          "AES-256-GCM");
  require(EVP_EncryptFinal_ex(context.get(), bytes_of(sealed) + size, &size), "AES-256-GCM");
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes),
                              sealed.data() + chunk.size()),
          "AES-256-GCM");
  return to_(sealed);
}

Decryptor::Decryptor(std::string key, ByteSource from)
    : key_(std::move(key)), from_(std::move(from)) {}

Result<Decryptor> Decryptor::begin(const Secret& secret, ByteSource from) {
  Decryptor stream("", std::move(from));
  const auto header = stream.read_up_to(kHeaderBytes);
  if (!header) return fail(header.error());
  if (header->size() < kHeaderBytes || !is_encrypted(*header)) {
    return fail(ErrorCode::corrupt, "is no encrypted backup");
  }
  const std::string derived = derive(secret, header->substr(kMagic.size(), kSaltBytes));
  if (derived.substr(kKeyBytes) != header->substr(kMagic.size() + kSaltBytes)) {
    return fail(ErrorCode::invalid_argument,
                "the key in " + secret.file + " is not the one it was encrypted with");
  }
  stream.key_ = derived.substr(0, kKeyBytes);
  return stream;
}

Result<std::string> Decryptor::read_up_to(std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const auto got = from_(bytes.data() + have, size - have);
    if (!got) return fail(got.error());
    if (*got == 0) break;
    have += *got;
  }
  bytes.resize(have);
  return bytes;
}

Result<std::string_view> Decryptor::next() {
  if (ended_) return std::string_view();
  constexpr std::size_t kSealed = kChunkBytes + kTagBytes;
  if (number_ == 0) {
    auto first = read_up_to(kSealed);
    if (!first) return fail(first.error());
    ahead_ = std::move(*first);
  }
  auto following = ahead_.size() < kSealed ? Result<std::string>() : read_up_to(kSealed);
  if (!following) return fail(following.error());
  const bool last = following->empty();
  if (!open_chunk(key_, number_, last, ahead_, plain_)) {
    return fail(ErrorCode::corrupt, "encrypted chunk " + std::to_string(number_) +
                                        " was changed, is missing or is not in its place");
  }
  ++number_;
  ended_ = last;
  ahead_ = std::move(*following);
  return std::string_view(plain_);
}

}  // namespace hvac::ops
