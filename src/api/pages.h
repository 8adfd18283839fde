#pragma once

#include <span>
#include <string_view>

#include "api/http.h"

namespace hvac::api {

/// A file inside the program, compressed with gzip.
struct Page {
  std::string_view path;  ///< Where the server shows it.
  std::string_view content_type;
  std::string_view gzip;
};

/// All of them.
std::span<const Page> pages();

/// Answers with the page at `request.path`, or shows the way to /docs from "/". Compressed when
/// the client takes that; 304 when it has the page already. Returns false for any other path.
bool write_page(const Request& request, Response& response);

}  // namespace hvac::api
