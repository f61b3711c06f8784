#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

constexpr const char* DESCRIPTION =
    R"(Take the background off pictures.
IN is a picture, a folder (the pictures in it, not in its subfolders) or - for standard input, which is also read where no IN is given and standard input is not a terminal. Pictures are JPEG, PNG, WebP, TIFF, GIF, HEIC, AVIF, JPEG XL or BMP, told by their content.
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
  curl -s https://example.org/photo.jpg | peel remove > cutout.png
      from standard input to standard output
  peel remove photo.jpg --json | jq .timings_ms
      how long each stage took

With --json the object holds input, output, width, height (of the output), subject (false: nothing stands out in the
picture), model, provider, precision, batch, fallbacks (what was wanted and did not run, and why), shares (how many of the
model's operators run where; empty: all on the CPU), crop (the box kept, where --crop was given) and timings_ms. There, total is the time from opening the input to the finished output; session, the
start of the model, runs beside the first decoding and is not part of it. Several inputs give {"results": [...],
"failed": N}, where a picture that failed has "error" in place of the rest.)";

void define_outputs(CLI::App& app, RemoveArguments& target) {
  const std::string group = "What to make";
  const auto kind = [&target](RemoveOptions::Kind value) { return [&target, value] { target.kind = value; }; };
  CLI::Option* mask =
      app.add_flag_callback("--only-mask", kind(RemoveOptions::Kind::mask), "the mask itself: 8-bit grey");
  CLI::Option* put_alpha = app.add_flag_callback("--putalpha", kind(RemoveOptions::Kind::put_alpha),
                                                 "keep every pixel's colour, also where it is transparent");
  mask->group(group);
  put_alpha->group(group)->excludes(mask);
  app.add_flag("--post-process-mask", target.post_process_mask, "smooth the mask's outline; makes it black and white")
      ->group(group);
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
  app.add_option("--background", target.background,
                 "lay a colour (white, #ff8800, 255,136,0) or a picture under the cut-out; JPEG gets white without it")
      ->type_name("COLOUR|FILE")
      ->group(group)
      ->excludes("--bgcolor");
  const auto margin = [](const std::string& text) { return parse_int("--crop", text, 0, 1'000'000); };
  app.add_flag_function(
         "--crop{0}",
         [&app, &target, margin](std::int64_t) {
           target.crop_margin = margin(app.get_option("--crop")->results().back());
         },
         "cut to the subject, with a margin of so many pixels")
      // Before CLI11 makes a number of the text itself, with a message of its own.
      ->check([margin](const std::string& text) { return margin(text), std::string(); }, "")
      ->type_name("[=MARGIN]")
      ->group(group);
  app.add_flag("--compat", target.compat, "rembg's exact arithmetic, also where peel does better")->group(group);
}

void define_files(CLI::App& app, RemoveArguments& target) {
  const std::string group = "Files";
  app.add_option("-o,--output", target.output,
                 "where to write: a file, a folder (several inputs), or - for standard output")
      ->type_name("FILE")
      ->group(group);
  add_choice(app, "--format", target.format,
             Choices<FileFormat>{{"png", FileFormat::png},
                                 {"webp", FileFormat::webp},
                                 {"jpeg", FileFormat::jpeg},
                                 {"tiff", FileFormat::tiff},
                                 {"avif", FileFormat::avif},
                                 {"jxl", FileFormat::jxl}},
             "else by the ending of the output's name, else png")
      ->group(group);
  add_int(app, "--quality", target.quality, 1, 100,
          "1 to 100 for JPEG, WebP, AVIF and JPEG XL; 100: lossless where that exists")
      ->group(group);
  add_choice(app, "--effort", target.effort,
             Choices<Effort>{{"fast", Effort::fast}, {"balanced", Effort::balanced}, {"small", Effort::small}},
             "time to spend on a smaller file")
      ->group(group);
  add_value(
      app, "--max-pixels", "N",
      [&target](const std::string& text) { target.max_pixels = parse_size("--max-pixels", text, 1000); },
      "refuse larger pictures (width times height; K, M, G: thousands); default 268M")
      ->group(group);
  add_value(
      app, "--max-bytes", "N",
      [&target](const std::string& text) { target.max_bytes = parse_size("--max-bytes", text, 1024); },
      "refuse larger files (K, M, G: powers of 1024); default 1G")
      ->group(group);
}

void define_model(CLI::App& app, RemoveArguments& target) {
  const std::string group = "Model and device";
  app.add_option(
         "-m,--model", target.model,
         "a name (peel models list), an .onnx file, or auto: the first of silueta, isnet-general-use and u2netp "
         "that is installed, else silueta is fetched")
      ->type_name("MODEL|FILE")
      ->group(group);
  define_device(app, target, group);
  app.add_flag("--require", target.require_device,
               "fail where the device cannot be used, instead of going on with the CPU")
      ->group(group);
  add_int(app, "--threads", target.threads, 0, 1024, "0: every core")->group(group);
  add_int(app, "--max-size", target.max_size, 1, 16384,
          "longest side of the copy a model with a free input size sees (640); never changes the output's size")
      ->group(group);
  app.add_flag("--offline", target.offline, "never use the network")->group(group);
}

void define_layout(CLI::App& app, RemoveArguments& target) {
  const std::string group = "Layout of a model given as FILE";
  LayoutArguments& layout = target.layout;
  add_value(
      app, "--input-size", "N|WxH",
      [&](const std::string& text) { layout.input_size = parse_input_size("--input-size", text); },
      "size of the model's input; else read from the file")
      ->group(group);
  add_value(
      app, "--mean", "R,G,B", [&](const std::string& text) { layout.mean = parse_three("--mean", text); },
      "taken off the colours, which are 0 to 1 (0.485,0.456,0.406)")
      ->group(group);
  add_value(
      app, "--std", "R,G,B", [&](const std::string& text) { layout.std = parse_three("--std", text); },
      "then divided by (0.229,0.224,0.225)")
      ->group(group);
  add_choice(app, "--output-kind", layout.output_kind,
             Choices<OutputKind>{{"probability", OutputKind::probability}, {"logits", OutputKind::logits}},
             "logits: a sigmoid is applied to the output")
      ->group(group);
}

}  // namespace

CLI::App& define_remove(CLI::App& root, RemoveArguments& target) {
  CLI::App& app = *root.add_subcommand("remove", DESCRIPTION);
  app.alias("i");
  app.footer(FOOTER);
  app.add_option("IN", target.inputs, "pictures, folders, or -; with i, a second name is the output, as with rembg")
      ->type_name("FILE");
  define_files(app, target);
  define_outputs(app, target);
  define_model(app, target);
  define_layout(app, target);
  return app;
}

}  // namespace peel::cli
