#include "commands/cutout_options.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <variant>

#include "commands/picture_files.hpp"
#include "peel/error.hpp"

namespace peel::cli {

RemoveOptions cutout_options(const CutoutArguments& arguments, const DecodeOptions& decode) {
  RemoveOptions options;
  options.kind = arguments.kind;
  options.post_process_mask = arguments.post_process_mask;
  options.cleaning = arguments.cleaning;
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

RemoveOptions removal_options(const RemoveArguments& arguments) {
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
    options.background = Color{255, 255, 255, 255};
  }
}

}  // namespace peel::cli
