#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

constexpr const char* GROUP = "Mask, in this order";

// As MaskCleaning's.
constexpr double MOST_PIXELS = 500;

}  // namespace

void define_cleaning(CLI::App& app, CutoutArguments& target) {
  MaskCleaning& cleaning = target.cleaning;
  app.add_flag("--post-process-mask", target.post_process_mask, "smooth the mask's outline; makes it black and white")
      ->group(GROUP);
  add_int(app, "--threshold", cleaning.threshold, 0, 255, "what is at least N of 255 becomes 255, the rest 0")
      ->group(GROUP);
  add_value(
      app, "--min-area", "AREA",
      [&cleaning](const std::string& text) { cleaning.least_area = parse_area("--min-area", text); },
      "drop islands smaller than so many pixels (200), or percent of the picture (0.5%)")
      ->group(GROUP);
  app.add_flag("--largest", cleaning.largest, "keep the largest piece alone")->group(GROUP);
  add_optional_value(
      app, "--fill-holes", "100%", "AREA",
      [&cleaning](const std::string& text) { cleaning.fill_holes = parse_area("--fill-holes", text); },
      "fill holes in the subject: all, or those smaller than AREA")
      ->group(GROUP);
  add_value(
      app, "--offset", "PX",
      [&cleaning](const std::string& text) {
        cleaning.offset = parse_real("--offset", text, -MOST_PIXELS, MOST_PIXELS);
      },
      "grow the subject by so many pixels, or shrink it (-1.5)")
      ->group(GROUP);
  add_value(
      app, "--feather", "PX",
      [&cleaning](const std::string& text) { cleaning.feather = parse_real("--feather", text, 0, MOST_PIXELS); },
      "soften the outline that far to either side")
      ->group(GROUP);
  app.add_flag("--invert", cleaning.invert, "keep the background instead of the subject")->group(GROUP);
}

void exclude_network(CLI::App& app, CLI::Option& instead) {
  for (CLI::Option* option : app.get_options()) {
    const std::string& group = option->get_group();
    const bool of_network = group == NETWORK_GROUP || group == LAYOUT_GROUP;
    if (of_network && !option->check_lname("threads")) instead.excludes(option);
  }
}

void define_given_mask(CLI::App& app, RemoveArguments& target) {
  CLI::Option* mask = app.add_option("--mask", target.mask,
                                     "a mask of your own for the pictures, and no model: a grey picture, or the alpha "
                                     "of a cut-out; stretched to the picture's size");
  mask->type_name("FILE")->group("Files");
  exclude_network(app, *mask);
}

}  // namespace peel::cli
