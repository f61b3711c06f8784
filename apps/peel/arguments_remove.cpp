#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

constexpr const char* DESCRIPTION =
    R"(Take the background off pictures.
IN is a picture, a folder (the pictures in it, not in its subfolders) or - for standard input, which is also read where no IN is given and standard input is not a terminal. Pictures are JPEG, PNG, WebP, TIFF, GIF, HEIC, AVIF, JPEG XL, JPEG 2000, BMP or Netpbm, told by their content.
The result keeps the picture's own pixels, bit depth, colour profile and resolution. Without -o it goes to standard output where that is not a terminal, else (and with --json) to IN's name with .out.png beside it. An output that exists is replaced; an input never is.)";

constexpr const char* FOOTER = R"(Examples:
  peel remove photo.jpg -o cutout.png
      a transparent PNG; the model is fetched the first time
  peel remove photo.jpg -o page.jpg --background white --crop=20
      on white, cut to the subject with 20 pixels around it
  peel remove *.jpg -o cutouts/ --format webp
      many pictures into a folder, the model loaded once
  peel remove photo.jpg -o mask.png -om -m isnet-general-use
      the mask alone, by the model for general use
  peel remove photo.jpg -o cutout.png --largest --fill-holes --offset -1
      one piece without holes, its outline a pixel further in
  peel remove photo.jpg -o cutout.png --mask mask.png --feather 3
      by a mask of your own, softened; no model is used
  peel remove person.jpg -o shirt.png -m u2net_cloth_seg --category upper
      clothes alone; without --category all of them
  peel remove photo.jpg -o cup.png -m sam --prompt point:640,410
      what is at a place of the picture; box:X,Y,X,Y for what is in a rectangle
  curl -s https://example.org/photo.jpg | peel remove > cutout.png
      from standard input to standard output
  peel remove photo.jpg --json | jq .timings_ms
      how long each stage took

With --json the object holds input, output, width, height (of the output), subject (false: nothing stands out in the
picture), mask (with --mask: its name; model is "none" then), model, provider, precision, batch, fallbacks (what was wanted and did not run, and why), shares (how many of the
model's operators run where; empty: all on the CPU), crop (the box kept, where --crop was given) and timings_ms. There, total is the time from opening the input to the finished output; session, the
start of the model, runs beside the first decoding and is not part of it. Several inputs give {"results": [...],
"failed": N}, where a picture that failed has "error" in place of the rest.)";

constexpr const char* GROUP = "What to make";

}  // namespace

void define_removal(CLI::App& app, RemoveArguments& target) {
  add_optional_value(
      app, "--crop", "0", "MARGIN",
      [&target](const std::string& text) { target.crop_margin = parse_int("--crop", text, 0, 1'000'000); },
      "cut to the subject, with a margin of so many pixels")
      ->group(GROUP);
  app.add_flag("--compat", target.compat, "rembg's exact arithmetic, also where peel does better")->group(GROUP);
}

void define_cutout(CLI::App& app, CutoutArguments& target, const std::string& background) {
  const std::string group = GROUP;
  const auto kind = [&target](RemoveOptions::Kind value) { return [&target, value] { target.kind = value; }; };
  CLI::Option* mask =
      app.add_flag_callback("--only-mask", kind(RemoveOptions::Kind::mask), "the mask itself: 8-bit grey");
  CLI::Option* put_alpha = app.add_flag_callback("--putalpha", kind(RemoveOptions::Kind::put_alpha),
                                                 "keep every pixel's colour, also where it is transparent");
  mask->group(group);
  put_alpha->group(group)->excludes(mask);
  app.add_option_function<std::array<std::string, 4>>(
         "--bgcolor",
         [&target](const std::array<std::string, 4>& values) {
           auto& rgba = target.background_rgba.emplace();
           for (std::size_t i = 0; i < 4; ++i) {
             rgba[i] = static_cast<std::uint8_t>(parse_int("--bgcolor", values[i], 0, 255));
           }
         },
         "lay a colour under the cut-out: red, green, blue, alpha, each 0 to 255")
      ->type_name("R G B A")
      ->group(group);
  app.add_option("--background", target.background, background)
      ->type_name("COLOUR|FILE")
      ->group(group)
      ->excludes("--bgcolor");
  define_cleaning(app, target);
  define_edges(app, target);
}

CLI::App& define_remove(CLI::App& root, RemoveArguments& target) {
  CLI::App& app = *root.add_subcommand("remove", DESCRIPTION);
  app.alias("i");
  app.footer(FOOTER);
  app.add_option("IN", target.inputs, "pictures, folders, or -; with i, a second name is the output, as with rembg")
      ->type_name("FILE");
  define_files(app, target, "where to write: a file, a folder (several inputs), or - for standard output", "png");
  define_cutout(app, target,
                "lay a colour (white, #ff8800, 255,136,0) or a picture under the cut-out; JPEG gets white without it");
  define_removal(app, target);
  define_network(
      app, target,
      "a name (peel models list), an .onnx file, or auto: the first of silueta, isnet-general-use and u2netp "
      "that is installed, else silueta is fetched");
  define_batch(app, target, NETWORK_GROUP);
  define_given_mask(app, target);
  define_trimap(app, target);
  define_selection(app, target, target);
  return app;
}

}  // namespace peel::cli
