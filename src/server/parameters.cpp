#include "server/parameters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "peel/error.hpp"
#include "server/api_error.hpp"
#include "server/client_json.hpp"
#include "server/text.hpp"

namespace peel::server {
namespace {

using nlohmann::json;

/// What of a client's text stands in an answer: enough to know it by.
std::string in_quotes(std::string_view text) {
  return json(text.substr(0, 60)).dump(-1, ' ', true, json::error_handler_t::replace);
}

template <typename T>
T word(const Form& form, std::string_view name, const std::vector<std::pair<std::string_view, T>>& words, T usual) {
  const std::string text = Parameters(form).text(name);
  if (text.empty()) return usual;
  std::vector<std::string_view> known;
  for (const auto& [key, value] : words) {
    if (text == key) return value;
    known.push_back(key);
  }
  throw bad_parameter(std::string(name), fmt::format("{} is not one of {}", in_quotes(text), fmt::join(known, ", ")));
}

// As peel's own options and MaskCleaning allow.
constexpr int MOST_EROSION = 1000;
constexpr double MOST_PIXELS = 500;
constexpr int MOST_MARGIN = 100'000;
constexpr std::size_t MOST_PROMPTS = 64;

void take_matting(const Form& form, RemoveOptions& options) {
  const Parameters given(form);
  options.alpha_matting = given.flag("a");
  options.matting.foreground_threshold = given.integer("af", 0, 255).value_or(options.matting.foreground_threshold);
  options.matting.background_threshold = given.integer("ab", 0, 255).value_or(options.matting.background_threshold);
  if (given.text("ae") == "auto") {
    options.matting.erosion.reset();
  } else if (const auto size = given.integer("ae", 0, MOST_EROSION)) {
    options.matting.erosion = *size;
  }
  options.refine = given.flag("refine");
  options.decontaminate = given.flag("decontaminate");
}

void take_cleaning(const Form& form, RemoveOptions& options) {
  const Parameters given(form);
  MaskCleaning& cleaning = options.cleaning;
  options.post_process_mask = given.flag("ppm");
  cleaning.threshold = given.integer("threshold", 0, 255);
  cleaning.least_area = given.area("min_area").value_or(MaskArea{});
  cleaning.largest = given.flag("largest");
  const std::string holes = given.text("fill_holes");
  const bool only_whether =
      holes.empty() || holes.find_first_of("0123456789") == std::string::npos || holes == "1" || holes == "0";
  if (!only_whether) {
    cleaning.fill_holes = given.area("fill_holes");
  } else if (given.flag("fill_holes")) {
    cleaning.fill_holes = MaskArea{100, true};
  }
  cleaning.offset = given.real("offset", -MOST_PIXELS, MOST_PIXELS).value_or(0);
  cleaning.feather = given.real("feather", 0, MOST_PIXELS).value_or(0);
  cleaning.invert = given.flag("invert");
}

Color color(std::string_view name, const std::string& text) {
  try {
    return parse_color(text);
  } catch (const Error&) {
    throw bad_parameter(std::string(name), in_quotes(text) + " is not a colour",
                        "write white, #ff8800 or 255,136,0,255");
  }
}

void take_background(const Form& form, RemoveOptions& options) {
  for (const char* name : {"bgc", "background"}) {
    const std::string text = Parameters(form).text(name);
    if (text.empty() || text == "transparent") continue;
    const Color given = color(name, text);
    // rembg lays it under in any case; nothing comes of this one.
    if (given.alpha > 0) options.background = given;
  }
}

RemoveOptions::Category category(const std::string& name, const std::string& text) {
  using Category = RemoveOptions::Category;
  constexpr std::array words{std::pair("all", Category::all), std::pair("upper", Category::upper),
                             std::pair("lower", Category::lower), std::pair("full", Category::full)};
  for (const auto& [known, value] : words) {
    if (text == known) return value;
  }
  throw bad_parameter(name, in_quotes(text) + " is not one of all, upper, lower, full");
}

/// Of rembg's sam_prompt: [{"type": "point", "data": [X, Y], "label": 1}, {"type": "rectangle", "data": [X, Y, X, Y]}].
Prompt prompt(const json& mark) {
  using Kind = Prompt::Kind;
  const auto refuse = [] {
    return bad_parameter("extras", "sam_prompt: a mark is not understood",
                         R"(write {"type":"point","data":[X,Y],"label":1} or {"type":"rectangle","data":[X,Y,X,Y]})");
  };
  if (!mark.is_object() || !mark.contains("type") || !mark.contains("data") || !mark["data"].is_array()) throw refuse();
  const bool box = mark["type"] == "rectangle";
  if (!box && mark["type"] != "point") throw refuse();
  const json label = mark.value("label", json(1));
  if (label != 0 && label != 1) throw refuse();
  std::array<double, 4> numbers{};
  const json& data = mark["data"];
  if (data.size() != (box ? 4U : 2U)) throw refuse();
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!data[i].is_number()) throw refuse();
    numbers[i] = data[i].get<double>();
  }
  const Kind kind = box ? Kind::box : label == 1 ? Kind::subject : Kind::background;
  return {kind, numbers[0], numbers[1], numbers[2], numbers[3]};
}

json parse_json(const std::string& name, const std::string& text) {
  json value = parse_client_json(text);
  if (value.is_discarded()) throw bad_parameter(name, "this is not JSON");
  return value;
}

void take_prompts(const json& value, RemoveOptions& options) {
  const json marks = value.is_string() ? parse_json("extras", value.get<std::string>()) : value;
  if (!marks.is_array() || marks.size() > MOST_PROMPTS) {
    throw bad_parameter("extras", fmt::format("sam_prompt is not a list of {} marks at the most", MOST_PROMPTS));
  }
  for (const json& mark : marks) options.prompts.push_back(prompt(mark));
}

void take_extras(const Form& form, RemoveOptions& options) {
  const std::string text = Parameters(form).text("extras");
  if (text.empty()) return;
  const json extras = parse_json("extras", text);
  if (!extras.is_object()) throw bad_parameter("extras", "this is not a JSON object");
  for (const auto& [key, value] : extras.items()) {
    if (key == "putalpha") {
      if (!value.is_boolean()) throw bad_parameter("extras", "putalpha is neither true nor false");
      if (value.get<bool>()) options.kind = RemoveOptions::Kind::put_alpha;
    } else if (key == "cc" || key == "cloth_category") {
      options.category = category("extras", value.is_string() ? value.get<std::string>() : value.dump());
    } else if (key == "sam_prompt") {
      take_prompts(value, options);
    } else if (key == "model_path") {
      throw bad_parameter("extras", "model_path: a request names a model, never a file",
                          "whoever runs the server can offer it: peel serve --model FILE.onnx");
    } else {
      throw bad_parameter("extras", in_quotes(key) + " is not understood");
    }
  }
}

}  // namespace

std::string Parameters::text(std::string_view name) const {
  const std::string* found = form_.field(name);
  return found ? *found : std::string();
}

bool Parameters::flag(std::string_view name, bool usual) const {
  const std::string given = lower(text(name));
  if (given.empty()) return usual;
  for (const char* yes : {"true", "1", "yes", "on", "y", "t"}) {
    if (given == yes) return true;
  }
  for (const char* no : {"false", "0", "no", "off", "n", "f"}) {
    if (given == no) return false;
  }
  throw bad_parameter(std::string(name), in_quotes(given) + " is neither true nor false");
}

std::optional<int> Parameters::integer(std::string_view name, int least, int most) const {
  const std::string given = text(name);
  if (given.empty()) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error != std::errc() || end != given.data() + given.size() || value < least || value > most) {
    throw bad_parameter(std::string(name),
                        fmt::format("{} is not a whole number from {} to {}", in_quotes(given), least, most));
  }
  return value;
}

std::optional<double> Parameters::real(std::string_view name, double least, double most) const {
  const std::string given = text(name);
  if (given.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error != std::errc() || end != given.data() + given.size() || !(value >= least && value <= most)) {
    throw bad_parameter(std::string(name),
                        fmt::format("{} is not a number from {} to {}", in_quotes(given), least, most));
  }
  return value;
}

std::optional<MaskArea> Parameters::area(std::string_view name) const {
  std::string given = text(name);
  if (given.empty()) return std::nullopt;
  const bool percent = given.ends_with('%');
  if (percent) given.pop_back();
  double value = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error != std::errc() || end != given.data() + given.size() || !(value >= 0 && value <= (percent ? 100 : 1e12))) {
    throw bad_parameter(std::string(name), "this is not an area", "write 200 for pixels, or 0.5%");
  }
  return MaskArea{value, percent};
}

const char* content_type(FileFormat format) {
  switch (format) {
    case FileFormat::png:
      return "image/png";
    case FileFormat::webp:
      return "image/webp";
    case FileFormat::jpeg:
      return "image/jpeg";
    case FileFormat::tiff:
      return "image/tiff";
    case FileFormat::avif:
      return "image/avif";
    case FileFormat::jxl:
      return "image/jxl";
  }
  return "application/octet-stream";
}

namespace {

/// Of what is preferred alike the first of these is taken; a wildcard stands for PNG.
constexpr std::array PREFERENCE{FileFormat::png, FileFormat::webp, FileFormat::jpeg,
                                FileFormat::jxl, FileFormat::avif, FileFormat::tiff};

FileFormat accepted(std::string_view accept) {
  FileFormat best = FileFormat::png;
  double best_weight = 0;
  for (const FileFormat format : PREFERENCE) {
    std::string_view rest = accept;
    while (!rest.empty()) {
      const std::string_view range = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), range.size() + 1));
      const auto first = range.find_first_not_of(' ');
      if (first == std::string_view::npos) continue;
      const std::string_view type = range.substr(first, range.find_first_of("; ", first) - first);
      const bool wild = format == FileFormat::png && (type == "*/*" || type == "image/*");
      if (!wild && type != content_type(format)) continue;
      double weight = 1;
      if (const auto q = range.find("q="); q != std::string_view::npos)
        weight = std::atof(std::string(range.substr(q + 2)).c_str());
      if (weight > best_weight) {
        best = format;
        best_weight = weight;
      }
    }
  }
  return best;
}

}  // namespace

OutputRequest parse_output(const Form& form, std::string_view accept) {
  const Parameters given(form);
  OutputRequest output;
  const std::string format = given.text("format");
  if (format.empty() || format == "auto") {
    output.format = accepted(accept);
  } else if (const auto known = format_from_word(format)) {
    output.format = *known;
  } else {
    throw bad_parameter("format", in_quotes(format) + " is not one of png, webp, jpeg, tiff, avif, jxl");
  }
  output.encoding.format = output.format;
  output.encoding.quality = given.integer("quality", 1, 100);
  output.encoding.effort =
      word<Effort>(form, "effort", {{"fast", Effort::fast}, {"balanced", Effort::balanced}, {"small", Effort::small}},
                   Effort::balanced);
  return output;
}

RemoveRequest parse_remove(const Form& form, std::string_view accept) {
  const Parameters given(form);
  RemoveRequest request;
  RemoveOptions& options = request.options;
  request.model = given.text("model");
  request.output = parse_output(form, accept);
  take_matting(form, options);
  take_cleaning(form, options);
  take_background(form, options);
  if (given.flag("putalpha")) options.kind = RemoveOptions::Kind::put_alpha;
  if (const std::string text = given.text("category"); !text.empty()) options.category = category("category", text);
  take_extras(form, options);
  // As with rembg the mask alone wins.
  if (given.flag("om")) options.kind = RemoveOptions::Kind::mask;
  if (const std::string* margin = form.field("crop"); margin && *margin != "false") {
    options.crop_margin = *margin == "true" ? 0 : given.integer("crop", 0, MOST_MARGIN).value_or(0);
  }
  options.compat = given.flag("compat");
  if (request.output.format == FileFormat::jpeg && options.kind != RemoveOptions::Kind::mask &&
      std::holds_alternative<std::monostate>(options.background)) {
    options.background = WHITE;
  }
  return request;
}

ScanRequest parse_scan(const Form& form, std::string_view accept) {
  const Parameters given(form);
  ScanRequest request;
  request.model = given.text("model");
  request.output = parse_output(form, accept);
  ScanOptions& options = request.options;
  if (const std::string page = given.text("page"); !page.empty()) {
    try {
      options.shape = parse_page_shape(page);
    } catch (const Error& error) {
      throw bad_parameter("page", in_quotes(page) + " is not the shape of a page", error.hint());
    }
  }
  options.enhance = word<Enhance>(
      form, "enhance", {{"none", Enhance::none}, {"contrast", Enhance::contrast}, {"bw", Enhance::bw}}, Enhance::none);
  options.least_confidence = given.real("confidence", 0, 1).value_or(options.least_confidence);
  if (const std::string text = given.text("corners"); !text.empty()) {
    const json corners = parse_json("corners", text);
    const auto is_point = [](const json& point) {
      return point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number();
    };
    if (!corners.is_array() || corners.size() != 4 || !std::ranges::all_of(corners, is_point)) {
      throw bad_parameter("corners", "these are not four corners",
                          "write [[x,y],[x,y],[x,y],[x,y]]: top left, top right, bottom right, bottom left");
    }
    Corners& places = options.corners.emplace();
    for (std::size_t i = 0; i < 4; ++i) places[i] = {corners[i][0].get<double>(), corners[i][1].get<double>()};
  }
  const std::string only = given.text("only");
  if (!only.empty() && only != "corners") throw bad_parameter("only", in_quotes(only) + " is not corners");
  request.only_corners = !only.empty();
  if (const std::string text = given.text("background"); !text.empty()) options.background = color("background", text);
  if (request.output.format == FileFormat::jpeg && !options.background) options.background = WHITE;
  return request;
}

}  // namespace peel::server
