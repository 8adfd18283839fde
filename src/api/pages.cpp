#include "api/pages.h"

#include <fmt/format.h>

#include <boost/beast/zlib/inflate_stream.hpp>
#include <stdexcept>
#include <string>

#include "base/hash.h"

namespace hvac::api {
namespace {

namespace zlib = boost::beast::zlib;

// Only this server's own files, nothing inside the page, nobody's frame; the user interface draws
// its icons from data: addresses.
constexpr std::string_view kPageHeaders =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' "
    "'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action "
    "'none'; frame-ancestors 'none'\r\n"
    "Cache-Control: no-cache\r\nVary: Accept-Encoding\r\n";

// For the rare client that does not take gzip. What `gzip -n` writes: ten bytes before the data,
// eight after them (RFC 1952).
std::string inflated(std::string_view gzip) {
  constexpr std::size_t kHeader = 10;
  constexpr std::size_t kTrailer = 8;
  std::string text;
  std::string piece(64 * 1024, '\0');
  zlib::inflate_stream stream;
  zlib::z_params params;
  params.next_in = gzip.data() + kHeader;
  params.avail_in = gzip.size() - kHeader - kTrailer;
  for (;;) {
    params.next_out = piece.data();
    params.avail_out = piece.size();
    boost::beast::error_code error;
    stream.write(params, zlib::Flush::none, error);
    text.append(piece.data(), piece.size() - params.avail_out);
    if (error == zlib::error::end_of_stream) return text;
    if (error) throw std::logic_error("an embedded page is no gzip: " + error.message());
  }
}

}  // namespace

bool write_page(const Request& request, Response& response) {
  if (request.path == "/") {
    response.status = 302;
    response.headers = "Location: /docs\r\n";
    return true;
  }
  for (const Page& page : pages()) {
    if (page.path != request.path) continue;
    const std::string tag = fmt::format("\"{:016x}\"", fingerprint(page.gzip));
    response.headers = kPageHeaders;
    response.headers += "ETag: " + tag + "\r\n";
    if (request.if_none_match.find(tag) != std::string_view::npos) {
      response.status = 304;
      return true;
    }
    response.content_type = page.content_type;
    if (request.accept_encoding.find("gzip") != std::string_view::npos) {
      response.headers += "Content-Encoding: gzip\r\n";
      response.body = page.gzip;
    } else {
      response.body = inflated(page.gzip);
    }
    return true;
  }
  return false;
}

}  // namespace hvac::api
