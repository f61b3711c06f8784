#include "server/form_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "server/api_error.hpp"
#include "server/client_json.hpp"
#include "server/multipart.hpp"

namespace peel::server {
namespace {

using nlohmann::json;

bool is_large_field(std::string_view name) {
  return name == "image_file_b64";
}

ApiError too_large(std::uint64_t limit) {
  return {413, "too_large", fmt::format("the request is larger than {} MB", limit >> 20),
          "send a smaller file, or raise --max-bytes"};
}

/// Takes the pieces of a body as they come. What is wrong is kept, as httplib does not let it through.
class Collector {
 public:
  Collector(const FormLimits& limits, ByteBudget::Share& share, Form& form)
      : limits_(limits), share_(share), form_(form) {}

  bool grow(std::size_t count) {
    if (share_.bytes() + count > limits_.bytes) return fail(too_large(limits_.bytes));
    if (share_.grow(count)) return true;
    ApiError error(503, "overloaded", "too much is being uploaded at a time", "try again later");
    error.retry_after = 2;
    return fail(error);
  }

  bool begin(const PartHead& part) {
    if (++parts_ > limits_.parts)
      return fail(ApiError(400, "bad_form", fmt::format("a form of more than {} parts", limits_.parts)));
    is_file_ =
        part.has_filename || part.content_type.starts_with("image/") || part.content_type == "application/octet-stream";
    name_ = part.name;
    if (is_file_) {
      form_.files.push_back({part.name, part.filename, part.content_type, {}});
    } else {
      // Where a name comes twice the first counts.
      const auto [place, is_new] = form_.fields.try_emplace(part.name);
      field_ = is_new ? &place->second : &ignored_;
    }
    return true;
  }

  bool add(const char* bytes, std::size_t count) {
    if (is_file_) {
      form_.files.back().bytes.append(bytes, count);
    } else {
      field_->append(bytes, count);
      if (!is_large_field(name_) && field_->size() > limits_.field_bytes) return fail(field_too_large());
    }
    return true;
  }

  bool add_raw(const char* bytes, std::size_t count) {
    if (!grow(count)) return false;
    raw_.append(bytes, count);
    return true;
  }

  std::string& raw() { return raw_; }
  const std::optional<ApiError>& error() const { return error_; }

 private:
  ApiError field_too_large() const {
    return {413, "too_large", fmt::format("a field is larger than {} kB", limits_.field_bytes >> 10),
            "pictures are sent as files"};
  }
  bool fail(const ApiError& error) {
    error_ = error;
    return false;
  }

  const FormLimits& limits_;
  ByteBudget::Share& share_;
  Form& form_;
  std::size_t parts_ = 0;
  bool is_file_ = false;
  std::string name_;
  std::string* field_ = &ignored_;
  std::string ignored_;
  std::string raw_;
  std::optional<ApiError> error_;
};

void take_json(const std::string& text, const FormLimits& limits, Form& form) {
  const json object = parse_client_json(text);
  if (!object.is_object()) throw ApiError(400, "bad_form", "the body is not a JSON object, or one of too much");
  if (object.size() > limits.parts)
    throw ApiError(400, "bad_form", fmt::format("a JSON object of more than {} members", limits.parts));
  for (const auto& [name, value] : object.items()) {
    std::string plain = value.is_string() ? value.get<std::string>() : value.is_null() ? std::string() : value.dump();
    form.fields.try_emplace(name, std::move(plain));
  }
}

void take_urlencoded(const std::string& text, const FormLimits& limits, Form& form) {
  // Told before it is parted: each field takes twenty times its text.
  if (static_cast<std::size_t>(std::ranges::count(text, '&')) >= limits.parts)
    throw ApiError(400, "bad_form", fmt::format("a form of more than {} fields", limits.parts));
  httplib::Params parameters;
  httplib::detail::parse_query_text(text, parameters);
  for (auto& [name, value] : parameters) form.fields.try_emplace(name, value);
}

}  // namespace

Form read_query(const httplib::Request& request) {
  Form form;
  for (const auto& [name, value] : request.params) form.fields.try_emplace(name, value);
  return form;
}

Form read_form(const httplib::Request& request, const std::string& content_type, const httplib::ContentReader& reader,
               const FormLimits& limits, ByteBudget::Share& share) {
  // What the body says comes first, as it is what the client wrote on purpose.
  Form form;
  Collector collector(limits, share, form);
  const std::string boundary = multipart_boundary(content_type);
  const bool multipart = !boundary.empty() || content_type.starts_with("multipart/");
  if (multipart && boundary.empty()) throw ApiError(400, "bad_form", "this is no multipart/form-data with a boundary");
  MultipartReader parts(
      boundary, [&](const PartHead& part) { return collector.begin(part); },
      [&](const char* bytes, std::size_t count) { return collector.add(bytes, count); });
  bool complete = reader([&](const char* bytes, std::size_t count) {
    return multipart ? collector.grow(count) && parts.feed(bytes, count) : collector.add_raw(bytes, count);
  });
  complete = complete && (!multipart || parts.complete());
  if (collector.error()) throw *collector.error();
  if (!complete)
    throw ApiError(400, "bad_form", "the body is cut short or is not what its Content-Type says");
  if (multipart) {
    // Done.
  } else if (content_type.starts_with("application/json")) {
    take_json(collector.raw(), limits, form);
  } else if (content_type.starts_with("application/x-www-form-urlencoded")) {
    take_urlencoded(collector.raw(), limits, form);
  } else if (content_type.starts_with("image/") || content_type.starts_with("application/octet-stream")) {
    form.files.push_back({"file", "", content_type, std::move(collector.raw())});
  } else if (!collector.raw().empty()) {
    throw ApiError(415, "bad_form", "the body's Content-Type is not known",
                   "send multipart/form-data, or the picture itself as image/...");
  }
  for (auto& [name, value] : read_query(request).fields) form.fields.try_emplace(name, value);
  return form;
}

}  // namespace peel::server
