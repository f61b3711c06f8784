#include "server/form_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "options/client_json.hpp"
#include "server/api_error.hpp"
#include "server/multipart.hpp"
#include "server/text.hpp"

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
  Collector(const FormLimits& limits, MemoryBudget::Share& share, Form& form)
      : limits_(limits), share_(share), form_(form) {}

  bool begin(const MultipartReader::Part& part) {
    if (++parts_ > limits_.parts)
      return fail(ApiError(400, "bad_form", fmt::format("a form of more than {} parts", limits_.parts)));
    const std::string type = lower(part.content_type);
    is_file_ = !part.filename.empty() || type.starts_with("image/") || type == "application/octet-stream";
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

  bool add(std::string_view bytes) {
    if (!grow(bytes.size())) return false;
    if (is_file_) {
      form_.files.back().bytes += bytes;
    } else {
      *field_ += bytes;
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
  bool grow(std::size_t count) {
    if (share_.bytes() + count > limits_.bytes) return fail(too_large(limits_.bytes));
    return share_.grow(count) || fail(too_much_at_a_time());
  }
  ApiError field_too_large() const {
    return {413, "too_large", fmt::format("a field is larger than {} kB", limits_.field_bytes >> 10),
            "pictures are sent as files"};
  }
  bool fail(const ApiError& error) {
    error_ = error;
    return false;
  }

  const FormLimits& limits_;
  MemoryBudget::Share& share_;
  Form& form_;
  std::size_t parts_ = 0;
  bool is_file_ = false;
  std::string name_;
  std::string* field_ = &ignored_;
  std::string ignored_;
  std::string raw_;
  std::optional<ApiError> error_;
};

/// Counted for as long as it lives, on top of what is counted of the body: a second copy of what is in it.
class Copy {
 public:
  Copy(MemoryBudget::Share& share, std::size_t bytes) : share_(share), bytes_(bytes) {
    if (share_.grow(bytes_)) return;
    share_.shrink(bytes_);
    throw too_much_at_a_time();
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() { share_.shrink(bytes_); }

 private:
  MemoryBudget::Share& share_;
  std::size_t bytes_;
};

void take_json(std::string text, const FormLimits& limits, MemoryBudget::Share& share, Form& form) {
  const Copy parsed(share, text.size());
  json object = options::parse_client_json(text);
  text = {};
  if (!object.is_object()) throw ApiError(400, "bad_form", "the body is not a JSON object, or one of too much");
  if (object.size() > limits.parts)
    throw ApiError(400, "bad_form", fmt::format("a JSON object of more than {} members", limits.parts));
  for (auto& [name, value] : object.get_ref<json::object_t&>()) {
    std::string plain = value.is_string() ? std::move(value.get_ref<std::string&>())
                        : value.is_null() ? std::string()
                                          : value.dump();
    form.fields.try_emplace(name, std::move(plain));
  }
}

void take_urlencoded(const std::string& text, const FormLimits& limits, MemoryBudget::Share& share, Form& form) {
  // Told before it is parted: each field takes twenty times its text.
  if (static_cast<std::size_t>(std::ranges::count(text, '&')) >= limits.parts)
    throw ApiError(400, "bad_form", fmt::format("a form of more than {} fields", limits.parts));
  const Copy parted(share, text.size());
  httplib::Params parameters;
  httplib::detail::parse_query_text(text, parameters);
  for (auto& [name, value] : parameters) form.fields.try_emplace(name, std::move(value));
}

}  // namespace

Form read_query(const httplib::Request& request) {
  Form form;
  for (const auto& [name, value] : request.params) form.fields.try_emplace(name, value);
  return form;
}

Form read_form(const httplib::Request& request, const httplib::ContentReader& reader, const FormLimits& limits,
               MemoryBudget::Share& share) {
  // What the body says comes first, as it is what the client wrote on purpose.
  Form form;
  Collector collector(limits, share, form);
  const std::string as_sent = request.get_header_value("Content-Type");
  const std::string type = lower(as_sent);
  const bool multipart = is_multipart(type);
  const auto boundary = boundary_of(as_sent);
  if (multipart && !boundary) throw ApiError(400, "bad_form", "multipart/form-data without a boundary");
  // By it httplib would part the body itself; see MultipartReader.
  const_cast<httplib::Request&>(request).headers.erase("Content-Type");
  MultipartReader parts(boundary.value_or(""), {[&](const auto& part) { return collector.begin(part); },
                                                [&](std::string_view bytes) { return collector.add(bytes); }});
  const bool came = reader([&](const char* bytes, std::size_t count) {
    return multipart ? parts.take({bytes, count}) : collector.add_raw(bytes, count);
  });
  if (collector.error()) throw *collector.error();
  if (!came || (multipart && !parts.complete()))
    throw ApiError(400, "bad_form", "the body is cut short or is not what its Content-Type says");
  if (multipart) {
    // Done.
  } else if (type.starts_with("application/json")) {
    take_json(std::move(collector.raw()), limits, share, form);
  } else if (type.starts_with("application/x-www-form-urlencoded")) {
    take_urlencoded(collector.raw(), limits, share, form);
  } else if (type.starts_with("image/") || type.starts_with("application/octet-stream")) {
    form.files.push_back({"file", "", type, std::move(collector.raw())});
  } else if (!collector.raw().empty()) {
    throw ApiError(415, "bad_form", "the body's Content-Type is not known",
                   "send multipart/form-data, or the picture itself as image/...");
  }
  for (auto& [name, value] : read_query(request).fields) form.fields.try_emplace(name, value);
  return form;
}

}  // namespace peel::server
