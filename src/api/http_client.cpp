#include "api/http_client.h"

#include <curl/curl.h>

#include <array>
#include <memory>

namespace hvac::api {
namespace {

constexpr std::size_t kMostBytes = 8 * 1024 * 1024;  // Of an answer.

struct Free {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, Free>;

bool is_http_address(const std::string& url) {
  const std::unique_ptr<CURLU, Free> parts(curl_url());
  if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return false;
  char* scheme = nullptr;
  if (curl_url_get(parts.get(), CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) return false;
  const std::string name(scheme);
  curl_free(scheme);
  return name == "http" || name == "https";
}

void add(Headers& headers, const std::string& line) {
  headers.reset(curl_slist_append(headers.release(), line.c_str()));
}

std::size_t take(char* bytes, std::size_t, std::size_t count, void* user) {
  std::string& body = *static_cast<std::string*>(user);
  if (body.size() + count > kMostBytes) return 0;  // libcurl then ends the exchange.
  body.append(bytes, count);
  return count;
}

/// A GET, or a POST of `body`.
Result<HttpAnswer> exchange(std::string_view address, const std::string* body,
                            std::chrono::milliseconds timeout, const HttpIdentity& identity) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(ready);
  const std::string url(address);
  if (!is_http_address(url)) {
    return fail(ErrorCode::invalid_argument,
                "\"" + url + "\" is no address such as http://127.0.0.1:8000");
  }
  HttpAnswer answer;
  Headers headers;
  if (!identity.key.empty()) add(headers, "X-API-Key: " + identity.key);
  std::array<char, CURL_ERROR_SIZE> error{};
  const std::unique_ptr<CURL, Free> handle(curl_easy_init());
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(handle.get(), option, value);
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROXY, "");  // It asks this program, nobody in between.
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));  // Or newer.
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  set(CURLOPT_ERRORBUFFER, error.data());
  set(CURLOPT_WRITEFUNCTION, &take);
  set(CURLOPT_WRITEDATA, &answer.body);
  if (!identity.authority.empty()) set(CURLOPT_CAINFO, identity.authority.c_str());
  if (body != nullptr) {
    add(headers, "Content-Type: application/json");
    add(headers, "Expect:");
    set(CURLOPT_POSTFIELDS, body->c_str());
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
  }
  set(CURLOPT_HTTPHEADER, headers.get());
  const CURLcode result = curl_easy_perform(handle.get());
  if (result == CURLE_OPERATION_TIMEDOUT) {
    return fail(ErrorCode::timed_out,
                url + ": no answer within " + std::to_string(timeout.count()) + " ms");
  }
  if (result != CURLE_OK) {
    return fail(ErrorCode::unavailable,
                url + ": " + (error[0] != '\0' ? error.data() : curl_easy_strerror(result)));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace

Result<HttpAnswer> http_get(std::string_view url, std::chrono::milliseconds timeout,
                            const HttpIdentity& identity) {
  return exchange(url, nullptr, timeout, identity);
}

Result<HttpAnswer> http_post(std::string_view url, const std::string& body,
                             std::chrono::milliseconds timeout, const HttpIdentity& identity) {
  return exchange(url, &body, timeout, identity);
}

}  // namespace hvac::api
