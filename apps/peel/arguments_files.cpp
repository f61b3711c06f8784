#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {

void define_output(CLI::App& app, OutputArguments& target, const std::string& where, const std::string& usual_format,
                   bool* pdf) {
  app.add_option("-o,--output", target.output, where)->type_name("FILE")->group("Files");
  define_format(app, target, "else by the ending of the output's name, else " + usual_format, pdf);
}

void define_format(CLI::App& app, OutputArguments& target, const std::string& otherwise, bool* pdf) {
  const std::string group = "Files";
  // No format of a picture: a PDF.
  Choices<std::optional<FileFormat>> formats{{"png", FileFormat::png},   {"webp", FileFormat::webp},
                                             {"jpeg", FileFormat::jpeg}, {"tiff", FileFormat::tiff},
                                             {"avif", FileFormat::avif}, {"jxl", FileFormat::jxl}};
  if (pdf != nullptr) formats.emplace_back("pdf", std::nullopt);
  add_word<std::optional<FileFormat>>(
      app, "--format", formats,
      [&target, pdf](const std::optional<FileFormat>& format) {
        target.format = format;
        if (pdf != nullptr) *pdf = !format;
      },
      otherwise)
      ->group(group);
  add_int(app, "--quality", target.quality, 1, 100,
          "1 to 100 for JPEG, WebP, AVIF and JPEG XL; 100: lossless where that exists")
      ->group(group);
  add_choice(app, "--effort", target.effort,
             Choices<Effort>{{"fast", Effort::fast}, {"balanced", Effort::balanced}, {"small", Effort::small}},
             "time to spend on a smaller file")
      ->group(group);
}

void define_files(CLI::App& app, FileArguments& target, const std::string& where, const std::string& usual_format,
                  bool* pdf) {
  define_output(app, target, where, usual_format, pdf);
  add_value(
      app, "--pages", "N",
      [&target](const std::string& text) {
        target.pages = text == "all" ? 0 : parse_int("--pages", text, 1, 1 << 24, "a page's number from 1, or all");
      },
      std::string("a page or frame of files with several, from 1, or all; default ") +
          (pdf != nullptr ? "all pages of TIFF and HEIF, the first frame of animations" : "the first"))
      ->group("Files");
  define_limits(app, target);
}

void define_limits(CLI::App& app, FileArguments& target) {
  const std::string group = "Files";
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

}  // namespace peel::cli
