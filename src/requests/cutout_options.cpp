#include "requests/cutout_options.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <system_error>
#include <variant>

#include "options/choices.hpp"
#include "peel/error.hpp"
#include "peel/models.hpp"

namespace peel::requests {
namespace {

using options::Files;
using options::Given;

/// That the model is one for the prompts and the category that were given, as far as its name tells: before it is
/// fetched.
void check_selection(const RemoveOptions& options, const std::string& model) {
  if (is_model_path(model)) return;
  const bool automatic = model == "auto";
  const OutputKind output = automatic ? OutputKind::probability : find_model(model).output;
  const std::string name = automatic ? "the usual model" : model;
  if (!options.prompts.empty() && output != OutputKind::prompted) {
    throw Error(ErrorCode::usage, fmt::format("{} takes no prompts: it finds what stands out by itself", name),
                "prompts are for -m sam");
  }
  if (options.category != RemoveOptions::Category::all && output != OutputKind::classes) {
    throw Error(ErrorCode::usage, fmt::format("{} knows no categories of clothes", name),
                "--category is for -m u2net_cloth_seg");
  }
}

}  // namespace

RemoveOptions cutout_options(const Given& given, const DecodeOptions& decode) {
  check_selection(given.make<RemoveOptions>(), given.make<Settings>().model_name);
  return picture_options(given, decode);
}

RemoveOptions picture_options(const Given& given, const DecodeOptions& decode) {
  RemoveOptions options = given.make<RemoveOptions>();
  const Files files = given.make<Files>();
  std::error_code ignored;
  if (!files.rembg_background.empty()) {
    options.background = parse_color(files.rembg_background);
  } else if (std::filesystem::is_regular_file(files.background, ignored)) {
    options.background = load_image(files.background, decode);
  } else if (!files.background.empty()) {
    options.background = given_color(files.background, "neither a file nor a colour",
                                     "write white, #ff8800, 255,136,0 or the name of a picture");
  }
  return options;
}

Color given_color(const std::string& text, const char* why, const char* hint) {
  try {
    return parse_color(text);
  } catch (const Error&) {
    throw Error(ErrorCode::usage, fmt::format("--background {}: {}", text, why), hint);
  }
}

DecodeOptions decode_options(const Given& given) {
  return {.limits = given.make<DecodeLimits>()};
}

DecodeOptions removal_decoding(const Given& given) {
  DecodeOptions options = decode_options(given);
  options.pillow_cmyk = given.has("compat");
  return options;
}

void lay_ground_for(FileFormat format, RemoveOptions& options) {
  if (format != FileFormat::jpeg || options.kind == RemoveOptions::Kind::mask) return;
  if (const auto* const color = std::get_if<Color>(&options.background)) {
    const auto over_white = [color](std::uint8_t level) {
      return static_cast<std::uint8_t>((level * color->alpha + 255 * (255 - color->alpha) + 127) / 255);
    };
    options.background = Color{over_white(color->red), over_white(color->green), over_white(color->blue), 255};
  } else if (const auto* const ground = std::get_if<Image>(&options.background)) {
    if (!has_alpha(ground->format())) return;
    const std::uint8_t all = 255;
    Finish on_white;
    on_white.background = WHITE;
    const Mask whole(Image::from_pixels({&all, 1, 1, 1, PixelFormat::gray8}));
    options.background = finish(*ground, whole, on_white).image;
  } else {
    options.background = WHITE;
  }
}

}  // namespace peel::requests
