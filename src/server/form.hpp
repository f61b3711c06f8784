#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace peel::server {

/// A file of a form. `filename` is what the client calls it: shown in messages, never opened.
struct FormFile {
  std::string field;
  std::string filename;
  std::string content_type;
  std::string bytes;
};

/// What came with a request: the fields of its query, and those and the files of its body (multipart/form-data,
/// application/x-www-form-urlencoded, or the members of a JSON object as text). Where a name comes twice the first
/// counts.
struct Form {
  std::map<std::string, std::string, std::less<>> fields;
  std::vector<FormFile> files;

  /// Null where it was not given; an empty text is given.
  const std::string* field(std::string_view name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? nullptr : &found->second;
  }
  FormFile* file(std::string_view name) {
    for (FormFile& file : files) {
      if (file.field == name) return &file;
    }
    return nullptr;
  }
};

}  // namespace peel::server
