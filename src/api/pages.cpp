#include "api/pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/zlib/inflate_stream.hpp>
#include <iterator>
#include <stdexcept>
#include <string>

namespace hvac::api {
namespace {

namespace zlib = boost::beast::zlib;

// For the rare client that takes nothing compressed. A gzip without names has ten bytes before the
// data and eight after them (RFC 1952).
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

// Whether "gzip, br;q=0.5, *;q=0" and the like take that encoding (RFC 9110, 12.5.3); what is not
// named is not taken.
bool accepts(std::string_view accept_encoding, std::string_view encoding) {
  while (!accept_encoding.empty()) {
    const std::size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    std::string_view item = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    while (item.starts_with(' ')) item.remove_prefix(1);
    if (!item.starts_with(encoding)) continue;
    const std::string_view weight = item.substr(encoding.size());
    if (weight.empty()) return true;
    if (weight.front() != ';' && weight.front() != ' ') continue;
    const std::size_t q = weight.find("q=");
    return q == std::string_view::npos ||
           weight.find_first_of("123456789", q) != std::string_view::npos;
  }
  return false;
}

}  // namespace

const Page* find_page(std::span<const Page> pages, std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto found =
      std::find_if(pages.begin(), pages.end(), [&](const Page& page) { return page.path == path; });
  return found == pages.end() ? nullptr : &*found;
}

void write_page(const Page& page, std::string_view policy, const Request& request,
                Response& response) {
  fmt::format_to(std::back_inserter(response.headers),
                 "Content-Security-Policy: {}\r\nCache-Control: {}\r\nVary: Accept-Encoding\r\n"
                 "ETag: \"{}\"\r\n",
                 policy, page.immutable ? "public, max-age=31536000, immutable" : "no-cache",
                 page.tag);
  if (request.if_none_match.find(page.tag) != std::string_view::npos) {
    response.status = 304;
    return;
  }
  response.content_type = page.content_type;
  if (accepts(request.accept_encoding, "br")) {
    response.headers += "Content-Encoding: br\r\n";
    response.body = page.brotli;
  } else if (accepts(request.accept_encoding, "gzip")) {
    response.headers += "Content-Encoding: gzip\r\n";
    response.body = page.gzip;
  } else {
    response.body = inflated(page.gzip);
  }
}

}  // namespace hvac::api
