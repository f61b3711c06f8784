#include "server/removebg_request.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "models/base64.hpp"
#include "peel/error.hpp"
#include "server/api_error.hpp"
#include "server/parameters.hpp"
#include "server/text.hpp"

namespace peel::server {
namespace {

constexpr std::string_view FORM_SPACE = " \t\r\n";
constexpr double MAX_MARGIN_PIXELS = 500;
constexpr double MAX_MARGIN_PERCENT = 50;
constexpr double MAX_PIXELS = 1e6;  // of a side, and so of a coordinate

ApiError error_400(std::string code, const std::string& title, std::string detail, std::string parameter) {
  ApiError error(400, std::move(code), title, std::move(detail));
  error.parameter = std::move(parameter);
  return error;
}

ApiError invalid(const char* name, std::string detail) {
  return error_400(fmt::format("invalid_{}", name), fmt::format("Invalid {} parameter given", name), std::move(detail),
                   name);
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  while (!(text = trimmed(text, FORM_SPACE)).empty()) {
    const auto end = text.find_first_of(FORM_SPACE);
    result.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end);
  }
  return result;
}

/// The value of a field; empty where it is not given.
std::string_view value_of(const Form& form, std::string_view name) {
  const auto* field = form.field(name);
  return field ? trimmed(*field, FORM_SPACE) : std::string_view();
}

/// Moves the bytes of a file out of the form; a client may also send them as a plain field.
std::string take_file(Form& form, std::string_view name) {
  if (FormFile* file = form.file(name)) return std::move(file->bytes);
  const auto field = form.fields.find(name);
  return field == form.fields.end() ? std::string() : std::move(field->second);
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  // Of words it knows inf and nan.
  if (error != std::errc() || rest != end || !std::isfinite(value) || value < 0 || std::signbit(value)) return {};
  return value;
}

/// "30px", "10%"; without a unit pixels are meant.
std::optional<Length> length(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  if (!percent && text.ends_with("px")) text.remove_suffix(2);
  const auto amount = number(text);
  if (!amount || *amount > MAX_PIXELS) return std::nullopt;
  return Length{*amount, percent};
}

/// "10%" as 0.1.
std::optional<double> fraction(std::string_view text) {
  const auto value = length(text);
  if (!value || !value->percent || value->amount > 100) return std::nullopt;
  return value->amount / 100;
}

void read_source(Form& form, RemovebgRequest& request) {
  request.image = take_file(form, "image_file");
  request.image_url = value_of(form, "image_url");
  auto encoded = value_of(form, "image_file_b64");
  const int given = (request.image.empty() ? 0 : 1) + (request.image_url.empty() ? 0 : 1) + (encoded.empty() ? 0 : 1);
  constexpr const char* sources =
      "Please provide the source image in the image_url, image_file or image_file_b64 parameter";
  if (given == 0) throw error_400("missing_source", "No image given", sources, "image_file");
  if (given > 1) throw error_400("multiple_sources", "Multiple image sources given", sources, "image_file");
  if (encoded.empty()) return;
  if (lower(encoded.substr(0, 5)) == "data:") {
    const auto comma = encoded.find(',');
    if (comma == encoded.npos || !lower(encoded.substr(0, comma)).ends_with(";base64")) {
      throw invalid("image_file_b64", "A data URL of it holds base64: data:image/png;base64,...");
    }
    encoded.remove_prefix(comma + 1);
  }
  // Of a body of 50 MB it is nearly all: moved, not copied.
  const auto in_front = static_cast<std::size_t>(encoded.data() - form.field("image_file_b64")->data());
  std::string text = std::move(form.fields.extract("image_file_b64").mapped());
  text.erase(0, in_front);
  auto bytes = decode_base64(std::move(text));
  if (!bytes || bytes->empty()) throw invalid("image_file_b64", "It is no base64");
  request.image = std::move(*bytes);
}

void read_roi(const Form& form, RemovebgRequest& request) {
  const auto text = value_of(form, "roi");
  if (text.empty()) return;
  const auto parts = words(text);
  const auto wrong = [] { return invalid("roi", "It is x1 y1 x2 y2, each in px or %: 10% 0% 90% 1200px"); };
  if (parts.size() != 4) throw wrong();
  for (std::size_t i = 0; i < 4; ++i) {
    const auto side = length(parts[i]);
    if (!side) throw wrong();
    request.roi[i] = *side;
  }
}

void read_crop_margin(const Form& form, RemovebgRequest& request) {
  const auto parts = words(value_of(form, "crop_margin"));
  if (parts.empty()) return;
  const auto wrong = [] {
    return invalid("crop_margin", "It is one to four values, in px to 500 or in % to 50: 10% or 30px 0 30px 0");
  };
  if (parts.size() > 4) throw wrong();
  std::array<Length, 4> given;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto margin = length(parts[i]);
    if (!margin || margin->amount > (margin->percent ? MAX_MARGIN_PERCENT : MAX_MARGIN_PIXELS)) throw wrong();
    given[i] = *margin;
  }
  // As CSS has it: right is top unless given, bottom top, left right.
  const std::size_t right = parts.size() > 1 ? 1 : 0;
  request.crop_margin = {given[0], given[right], given[parts.size() > 2 ? 2 : 0], given[parts.size() > 3 ? 3 : right]};
}

void read_place(const Form& form, RemovebgRequest& request) {
  const auto scale = lower(value_of(form, "scale"));
  if (!scale.empty() && scale != "original") {
    request.scale = fraction(scale);
    if (!request.scale || *request.scale < 0.1) throw invalid("scale", "It is original, or 10% to 100%");
    request.position = RemovebgRequest::Position{};
  }
  const auto position = lower(value_of(form, "position"));
  if (position == "original") {
    request.position.reset();
  } else if (position == "center") {
    request.position = RemovebgRequest::Position{};
  } else if (!position.empty()) {
    const auto parts = words(position);
    const auto wrong = [] { return invalid("position", "It is original, center, or one or two values of 0% to 100%"); };
    if (parts.size() > 2) throw wrong();
    const auto x = fraction(parts.front());
    const auto y = fraction(parts.back());
    if (!x || !y) throw wrong();
    request.position = {*x, *y};
  }
  if (request.crop && request.scale) request.ignored.emplace_back("scale");
  if (request.crop && !position.empty() && position != "original") request.ignored.emplace_back("position");
}

std::optional<Color> read_color(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto wrong = [] { return invalid("bg_color", "It is a hex code of 3, 4, 6 or 8 digits or a colour's name"); };
  auto digits = text;
  if (digits.front() == '#') digits.remove_prefix(1);
  const bool is_hex = digits.find_first_not_of("0123456789abcdefABCDEF") == digits.npos;
  const auto count = digits.size();
  std::string color(text);
  if (is_hex && (count == 3 || count == 4)) {
    color.assign(1, '#');
    for (const char c : digits) color.append(2, c);
  } else if (is_hex && (count == 6 || count == 8)) {
    color.assign(1, '#').append(digits);
  } else if (text.find_first_of("#,") != text.npos) {
    throw wrong();  // other notations that parse_color() takes are none of this API's
  }
  try {
    return parse_color(color);
  } catch (const Error&) {
    throw wrong();
  }
}

void read_background(Form& form, RemovebgRequest& request) {
  request.bg_color = read_color(value_of(form, "bg_color"));
  request.bg_image_url = value_of(form, "bg_image_url");
  request.bg_image = take_file(form, "bg_image_file");
  const int given =
      (request.bg_color ? 1 : 0) + (request.bg_image_url.empty() ? 0 : 1) + (request.bg_image.empty() ? 0 : 1);
  if (given > 1) {
    throw error_400("multiple_bg_sources", "Multiple background sources given",
                    "Please provide either the bg_color, the bg_image_url or the bg_image_file parameter", "bg_color");
  }
}

// There is no shadow to add yet.
void read_shadow(const Form& form, RemovebgRequest& request) {
  for (const char* name : {"shadow_type", "shadow_opacity", "shadow_method"}) {
    const auto value = lower(value_of(form, name));
    if (!value.empty() && value != "none") request.ignored.emplace_back(name);
  }
}

ApiError removebg_refusal(const std::string& name, std::string_view, const options::Refused& refused) {
  if (refused.meant.empty()) return invalid(name.c_str(), "It is true or false");
  return invalid(name.c_str(), fmt::format("It is one of {}", fmt::join(refused.meant, ", ")));
}

}  // namespace

RemovebgRequest parse_removebg(Form& form) {
  if (lower(value_of(form, "format")) == "zip") {
    throw invalid("format", "This server makes no zip; ask for png, and for the mask with channels=alpha");
  }
  auto request = read_options(form, options::API_REMOVEBG, removebg_refusal).make<RemovebgRequest>();
  read_roi(form, request);
  read_crop_margin(form, request);
  read_place(form, request);
  read_shadow(form, request);
  read_background(form, request);
  read_source(form, request);
  return request;
}

}  // namespace peel::server
