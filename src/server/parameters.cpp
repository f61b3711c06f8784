#include "server/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "options/choices.hpp"
#include "peel/error.hpp"
#include "server/api_error.hpp"
#include "server/text.hpp"

namespace peel::server {
namespace {

using nlohmann::json;
using options::Files;
using options::Given;
using options::Option;
using options::Refused;

constexpr std::size_t MOST_PROMPTS = 64;

/// What of a client's text stands in an answer: enough to know it by.
std::string in_quotes(std::string_view text) {
  return json(text.substr(0, 60)).dump(-1, ' ', true, json::error_handler_t::replace);
}

ApiError refusal(const std::string& name, std::string_view text, const Refused& refused) {
  const std::string_view why = refused.what();
  const bool is = why.starts_with("not ") || why.starts_with("neither ");
  return bad_parameter(name,
                       fmt::format("{}{}{}{}{}", refused.key, refused.key.empty() ? "" : " ",
                                   in_quotes(refused.text.empty() ? text : refused.text), is ? " is " : ": ", why),
                       refused.hint);
}

/// What an option with a value that may be left out was given: true, false, or a value. 1 and 0 are whether; of whole
/// numbers they are values.
void take_optional(const Option& option, std::string_view text, options::Places place, Given& given) {
  const bool number = option.kind == options::Kind::integer;
  // rembg's clients write nothing for a false flag; `crop` alone has always been one without a margin.
  if (text.empty() && !number) return;
  const auto truth = number && (text == "0" || text == "1") ? std::nullopt : options::parse_truth(text, true);
  if (truth == false) return;
  given.add_text(option, truth || text.empty() ? option.without : text, place, true);
}

std::optional<Color> form_color(const std::string& name, const std::string& text) {
  if (text.empty() || text == "transparent") return std::nullopt;
  try {
    const Color given = parse_color(text);
    // rembg lays it under in any case; nothing comes of this one.
    return given.alpha > 0 ? std::optional(given) : std::nullopt;
  } catch (const Error&) {
    throw bad_parameter(name, in_quotes(text) + " is not a colour", "write white, #ff8800 or 255,136,0,255");
  }
}

/// `background` wins over rembg's. JPEG, which has no transparency, gets white.
std::optional<Color> ground(const Files& files, FileFormat format) {
  const auto rembgs = form_color("bgc", files.rembg_background);
  const auto own = form_color("background", files.background);
  if (own || rembgs) return own ? own : rembgs;
  return format == FileFormat::jpeg ? std::optional(WHITE) : std::nullopt;
}

}  // namespace

Given read_options(const Form& form, options::Places place) {
  return read_options(form, place, refusal);
}

Given read_options(const Form& form, options::Places place, const Refusal& refuse) {
  Given given;
  for (const Option* option : options::options_of(place)) {
    const bool nameless = *option->name == '\0';
    // Files, and what is read in ways of its own.
    const bool sets_nothing = std::holds_alternative<std::monostate>(option->set);
    if (nameless || (sets_nothing && option->kind != options::Kind::extras)) continue;
    for (const std::string& name : options::form_names(*option)) {
      const std::string* const field = form.field(name);
      if (!field) continue;
      const std::string_view text = trimmed(*field, " \t\r\n");
      try {
        if (option->without) {
          take_optional(*option, text, place, given);
        } else if (!text.empty()) {
          given.add_text(*option, text, place, true);
        }
      } catch (const Refused& refused) {
        throw refuse(name, text, refused);
      }
    }
  }
  return given;
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

OutputRequest output_of(const Given& given, std::string_view accept) {
  OutputRequest output;
  output.format = given.make<Files>().format.value_or(accepted(accept));
  output.encoding = given.make<EncodeOptions>();
  output.encoding.format = output.format;
  return output;
}

}  // namespace

RemoveRequest parse_remove(const Form& form, std::string_view accept) {
  const Given given = read_options(form, options::API_REMOVE);
  RemoveRequest request{given.make<options::ApiChoices>().model, given.make<RemoveOptions>(), output_of(given, accept)};
  RemoveOptions& options = request.options;
  if (options.prompts.size() > MOST_PROMPTS) {
    throw bad_parameter("extras", fmt::format("sam_prompt has more than {} marks", MOST_PROMPTS));
  }
  const bool mask = options.kind == RemoveOptions::Kind::mask;
  if (const auto under = ground(given.make<Files>(), mask ? FileFormat::png : request.output.format)) {
    options.background = *under;
  }
  return request;
}

ScanRequest parse_scan(const Form& form, std::string_view accept) {
  const Given given = read_options(form, options::API_SCAN);
  const auto choices = given.make<options::ApiChoices>();
  ScanRequest request{choices.model, given.make<ScanOptions>(), choices.only_corners, output_of(given, accept)};
  const std::string page = given.make<options::ScanChoices>().page;
  try {
    request.options.shape = parse_page_shape(page);
  } catch (const Error& error) {
    throw bad_parameter("page", in_quotes(page) + " is not the shape of a page", error.hint());
  }
  request.options.background = ground(given.make<Files>(), request.output.format);
  return request;
}

}  // namespace peel::server
