#pragma once

#include <span>
#include <string_view>

#include "api/http.h"

namespace hvac::api {

/// A file inside the program, compressed.
struct Page {
  std::string_view path;  ///< Where the server shows it; of an index.html, its folder.
  std::string_view content_type;
  std::string_view tag;  ///< Changes with the content.
  bool immutable;        ///< Its name has a hash of its content in it.
  std::string_view gzip;
  std::string_view brotli;
};

/// The description of the API: /docs, what it consists of, and /openapi.json.
std::span<const Page> docs_pages();

/// The dashboard, from "/" on. Empty in a build without it.
std::span<const Page> dashboard_pages();

/// The page of that path, if there is one. A slash at the end is of no account.
const Page* find_page(std::span<const Page> pages, std::string_view path);

/// Answers with `page`: compressed when the client takes that, 304 when it has it already. `policy`
/// is its Content-Security-Policy.
void write_page(const Page& page, std::string_view policy, const Request& request,
                Response& response);

}  // namespace hvac::api
