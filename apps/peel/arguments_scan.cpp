#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

constexpr const char* DESCRIPTION =
    R"(Flatten the page on a photograph: found, straightened, in its true shape.
IN is a picture, a folder (the pictures in it, not in its subfolders) or - for standard input, which is also read where no IN is given and standard input is not a terminal. Pictures are JPEG, PNG, WebP, TIFF, GIF, HEIC, AVIF, JPEG XL or BMP, told by their content. A page is anything flat with four straight sides: paper, a card, a receipt, a whiteboard.
The page is taken from the picture's own pixels in one step and keeps their bit depth and colour profile. Without -o it goes to standard output where that is not a terminal, else (and with --json) to IN's name with .scan.jpg beside it, .scan.png for a page in black and white. A picture in which no page is surely seen gives none: the exit status is 3 for a single picture and 1 for several.)";

constexpr const char* FOOTER = R"(Examples:
  peel scan photo.jpg -o page.jpg
      the page, in the shape that its perspective tells
  peel scan photos -o pages.pdf --enhance bw
      every photograph of a folder, one PDF in black on white
  peel scan *.jpg -o pages/ --page a4 --enhance contrast
      known to be A4; light evened out, paper white
  peel scan photo.jpg -o page.jpg --debug why
      what was seen, as pictures in the folder why
  peel scan photo.jpg -o page.jpg --corners 310,120,1650,140,1700,2020,260,1990
      the corners by hand; no model is run
  cat photo.jpg | peel scan --format pdf > page.pdf
      from standard input to standard output

With --json the object holds input, output, status, corners ([[x, y], ...], clockwise from the page's top left, in pixels
of the upright picture), confidence (0 to 1), clipped (a side lies outside the picture), aspect_ratio (width by height, as
used), aspect_measured, aspect_uncertainty, aspect_method, page_format, width, height (of the page), others (further pages
in the picture), reason, the model and what it ran on as with remove, and timings_ms. The statuses are found, partial (a
page that is not whole in the picture), already_cropped (the page fills the picture, which is written as it is) and
not_found, which has "error" too. Several inputs give {"results": [...], "failed": N}.)";

void define_page(CLI::App& app, ScanArguments& target) {
  const std::string group = "The page";
  app.add_option("--page", target.page,
                 "its shape: auto measures it and takes a known format where that agrees; none only measures; fit, too, "
                 "and takes its size on paper from its pixels and resolution; else a format, or its size in millimetres")
      ->type_name("auto|none|fit|a4|letter|legal|card|WxH")
      ->group(group);
  app.add_option("--paper", target.paper,
                 "sheets of that size in a PDF, each page as large as it is in the middle of one (as large as the page)")
      ->type_name("a4|letter|legal|WxH")
      ->group(group);
  add_choice(app, "--enhance", target.enhance,
             Choices<Enhance>{{"none", Enhance::none}, {"contrast", Enhance::contrast}, {"bw", Enhance::bw}},
             "contrast: light evened out, paper white, colours kept; bw: black on white")
      ->group(group);
  add_value(
      app, "--corners", "X,Y,X,Y,X,Y,X,Y",
      [&target](const std::string& text) { target.corners = parse_corners("--corners", text); },
      "of the page in pixels of the upright picture: top left, top right, bottom right, bottom left; nothing is looked "
      "for then. For one picture")
      ->group(group);
  add_value(
      app, "--min-confidence", "N",
      [&target](const std::string& text) { target.least_confidence = parse_real("--min-confidence", text, 0, 1); },
      fmt::format("a page less sure than this, 0 to 1, counts as not found ({})", target.least_confidence))
      ->group(group);
  app.add_option("--debug", target.debug_folder,
                 "put what was seen of each picture there: NAME-mask.png, -candidates.png, -chosen.png and -page.png")
      ->type_name("FOLDER")
      ->group(group);
}

}  // namespace

CLI::App& define_scan(CLI::App& root, ScanArguments& target) {
  CLI::App& app = *root.add_subcommand("scan", DESCRIPTION);
  app.footer(FOOTER);
  app.add_option("IN", target.inputs, "photographs, folders, or -")->type_name("FILE");
  define_files(app, target,
               "where to write: a file, a folder (several inputs), one .pdf for all, or - for standard output",
               "jpeg, png in black and white", &target.pdf);
  define_page(app, target);
  define_network(
      app, target,
      "a name (peel models list), an .onnx file, none (edges alone), or auto: the first of silueta, u2netp and "
      "isnet-general-use that is installed, else silueta is fetched");
  return app;
}

}  // namespace peel::cli
