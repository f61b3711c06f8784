#pragma once

#include <span>
#include <string_view>

namespace peel::server {

/// A file of the web page, as it lies in this folder and travels inside the program.
struct PageFile {
  std::string_view path;          ///< where it is served: "/" or "/page/NAME"
  std::string_view content_type;  ///< as for HTTP, with charset
  std::string_view content;
  std::string_view etag;  ///< quoted, and another for every other content
};

std::span<const PageFile> page_files();

}  // namespace peel::server
