#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "options/option.hpp"
#include "peel/document.hpp"
#include "peel/image.hpp"
#include "peel/remover.hpp"
#include "server/api_error.hpp"
#include "server/form.hpp"

namespace peel::server {

/// The error for a field that holds what its option does not take.
using Refusal = std::function<ApiError(const std::string& name, std::string_view text, const options::Refused&)>;

/// What a form says of the options of a place. Capitals of words and flags, and blanks around values, do not matter; an
/// empty text is as if it was not given (but for an option whose value may be left out, if that is a number). Throws
/// ApiError, 422 where `refuse` is left out.
options::Given read_options(const Form& form, options::Places place);
options::Given read_options(const Form& form, options::Places place, const Refusal& refuse);

/// The format of an answer and how it is encoded: without `format` what the Accept header prefers of what can be
/// written, else PNG.
struct OutputRequest {
  FileFormat format = FileFormat::png;
  EncodeOptions encoding;
};
const char* content_type(FileFormat format);

/// What POST and GET /api/remove take: rembg's parameters and peel's own.
struct RemoveRequest {
  std::string model;  ///< empty: the usual one
  RemoveOptions options;
  OutputRequest output;
};
RemoveRequest parse_remove(const Form& form, std::string_view accept);

/// What POST /api/scan takes.
struct ScanRequest {
  std::string model;
  ScanOptions options;
  bool only_corners = false;
  OutputRequest output;
};
ScanRequest parse_scan(const Form& form, std::string_view accept);

}  // namespace peel::server
