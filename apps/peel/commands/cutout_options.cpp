#include "commands/cutout_options.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <variant>

#include "commands/network_settings.hpp"
#include "commands/picture_files.hpp"
#include "peel/error.hpp"
#include "peel/models.hpp"

namespace peel::cli {

RemoveOptions cutout_options(const CutoutArguments& arguments, const DecodeOptions& decode) {
  RemoveOptions options;
  options.kind = arguments.kind;
  options.post_process_mask = arguments.post_process_mask;
  options.cleaning = arguments.cleaning;
  options.refine = arguments.refine;
  options.alpha_matting = arguments.alpha_matting;
  options.matting = arguments.matting;
  options.decontaminate = arguments.decontaminate;
  options.category = arguments.category;
  options.prompts = arguments.prompts;
  if (const auto& rgba = arguments.background_rgba) {
    options.background = Color{(*rgba)[0], (*rgba)[1], (*rgba)[2], (*rgba)[3]};
  } else if (!arguments.background.empty()) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(arguments.background, ignored)) {
      options.background = load_image(arguments.background, decode);
    } else {
      try {
        options.background = parse_color(arguments.background);
      } catch (const Error&) {
        throw Error(ErrorCode::usage, fmt::format("--background {}: neither a file nor a colour", arguments.background),
                    "write white, #ff8800, 255,136,0 or the name of a picture");
      }
    }
  }
  return options;
}

void check_selection(const CutoutArguments& cutout, const NetworkArguments& network) {
  if (is_model_path(network.model)) return;
  const bool automatic = network.model == "auto";
  const OutputKind output = automatic ? OutputKind::probability : find_model(network.model).output;
  const std::string name = automatic ? "the usual model" : network.model;
  if (!cutout.prompts.empty() && output != OutputKind::prompted) {
    throw Error(ErrorCode::usage, fmt::format("{} takes no prompts: it finds what stands out by itself", name),
                "prompts are for -m sam");
  }
  if (cutout.category != RemoveOptions::Category::all && output != OutputKind::classes) {
    throw Error(ErrorCode::usage, fmt::format("{} knows no categories of clothes", name),
                "--category is for -m u2net_cloth_seg");
  }
}

RemoveOptions removal_options(const RemoveArguments& arguments) {
  check_selection(arguments, arguments);
  RemoveOptions options = cutout_options(arguments, removal_decoding(arguments));
  options.crop_margin = arguments.crop_margin;
  options.compat = arguments.compat;
  return options;
}

DecodeOptions removal_decoding(const RemoveArguments& arguments) {
  DecodeOptions options = decode_options(arguments);
  options.pillow_cmyk = arguments.compat;
  return options;
}

void lay_ground_for(FileFormat format, RemoveOptions& options) {
  const bool bare = std::holds_alternative<std::monostate>(options.background);
  if (format == FileFormat::jpeg && bare && options.kind != RemoveOptions::Kind::mask) {
    options.background = WHITE;
  }
}

}  // namespace peel::cli
