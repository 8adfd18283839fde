#include <array>

#include "api/pages.h"

// The assembler reads the files: a compiler would need minutes for the same bytes in an array.
#define HVAC_EMBED(symbol, file)                              \
  __asm__(                                                    \
      ".section .rodata\n"                                    \
      ".global hvac_page_" #symbol "\nhvac_page_" #symbol     \
      ":\n"                                                   \
      ".incbin \"" HVAC_PAGES "/" file                        \
      ".gz\"\n"                                               \
      ".global hvac_page_" #symbol "_end\nhvac_page_" #symbol \
      "_end:\n"                                               \
      ".byte 0\n.previous\n");                                \
  extern "C" const char hvac_page_##symbol[];                 \
  extern "C" const char hvac_page_##symbol##_end[];

HVAC_EMBED(index, "index.html")
HVAC_EMBED(start, "start.js")
HVAC_EMBED(style, "swagger-ui.css")
HVAC_EMBED(bundle, "swagger-ui-bundle.js")
HVAC_EMBED(icon, "favicon-32x32.png")
HVAC_EMBED(openapi, "openapi.json")

namespace hvac::api {
namespace {

std::string_view bytes(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::span<const Page> pages() {
  static const std::array<Page, 6> kPages = {{
      {"/docs", "text/html; charset=utf-8", bytes(hvac_page_index, hvac_page_index_end)},
      {"/docs/start.js", "text/javascript; charset=utf-8",
       bytes(hvac_page_start, hvac_page_start_end)},
      {"/docs/swagger-ui.css", "text/css; charset=utf-8",
       bytes(hvac_page_style, hvac_page_style_end)},
      {"/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8",
       bytes(hvac_page_bundle, hvac_page_bundle_end)},
      {"/docs/favicon-32x32.png", "image/png", bytes(hvac_page_icon, hvac_page_icon_end)},
      {"/openapi.json", "application/json", bytes(hvac_page_openapi, hvac_page_openapi_end)},
  }};
  return kPages;
}

}  // namespace hvac::api
