#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "peel/document.hpp"
#include "peel/image.hpp"
#include "peel/remover.hpp"
#include "server/form.hpp"

namespace peel::server {

/// The fields of a form as values. All throw ApiError 422 naming the field; an empty text is as if it was not given.
class Parameters {
 public:
  explicit Parameters(const Form& form) : form_(form) {}

  std::string text(std::string_view name) const;
  /// true, 1, yes, on and their opposites.
  bool flag(std::string_view name, bool usual = false) const;
  std::optional<int> integer(std::string_view name, int least, int most) const;
  std::optional<double> real(std::string_view name, double least, double most) const;
  /// "N" pixels or "N%".
  std::optional<MaskArea> area(std::string_view name) const;

 private:
  const Form& form_;
};

/// The format of an answer and how it is encoded.
struct OutputRequest {
  FileFormat format = FileFormat::png;
  EncodeOptions encoding;
};
/// `format`, `quality` and `effort`. Without `format` what `accept`, a header, prefers of what can be written; else
/// PNG.
OutputRequest parse_output(const Form& form, std::string_view accept);
const char* content_type(FileFormat format);

/// What POST and GET /api/remove take: rembg's model, a, af, ab, ae, om, ppm, bgc and extras, and peel's own.
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
