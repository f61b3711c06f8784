#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

constexpr const char* GROUP = "Edges";
constexpr int MOST_EROSION = 1000;  // as MattingOptions'

}  // namespace

void define_edges(CLI::App& app, CutoutArguments& target) {
  MattingOptions& matting = target.matting;
  app.add_flag("--refine", target.refine, "draw the mask's edge to the picture's edges; quick")->group(GROUP);
  app.add_flag("-a,--alpha-matting", target.alpha_matting,
               "solve for the edge, hair and fur too, and take the background out of its colours; slower")
      ->group(GROUP);
  add_int(app, "--alpha-matting-foreground-threshold", matting.foreground_threshold, 0, 255,
          "of the mask: more than N is foreground (240)")
      ->group(GROUP);
  add_int(app, "--alpha-matting-background-threshold", matting.background_threshold, 0, 255,
          "less than N is background (10)")
      ->group(GROUP);
  add_value(
      app, "--alpha-matting-erode-size,--erode", "N|auto",
      [&matting](const std::string& text) {
        matting.erosion.reset();
        if (text != "auto") matting.erosion = parse_int("--erode", text, 0, MOST_EROSION, "write a number, or auto");
      },
      "what is solved for: so many pixels on both sides of the edge, less or more (10); auto: by the picture's size")
      ->group(GROUP);
  app.add_flag("--alpha-matting-exact", matting.exact, "solve as far as rembg does, not only as far as can be seen")
      ->group(GROUP);
  app.add_flag("--decontaminate", target.decontaminate,
               "take the background out of the edge's colours, whatever the mask is from")
      ->group(GROUP);
}

void define_trimap(CLI::App& app, RemoveArguments& target) {
  CLI::Option* trimap = app.add_option("--trimap", target.trimap,
                                       "solve for the grey parts of a picture that is white where the subject is and "
                                       "black where it is not, and use no model");
  trimap->type_name("FILE")->group("Files");
  exclude_network(app, *trimap);
  for (const char* const other : {"--mask", "--alpha-matting", "--refine"}) trimap->excludes(other);
}

}  // namespace peel::cli
