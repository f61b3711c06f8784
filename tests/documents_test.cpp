// Corners of pages on real photographs, against ground truth.

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/geometry.hpp"
#include "peel/peel.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

struct Bars {
  const char* model;
  double mean;         // intersection over union, all pictures
  double photographs;  // without those that a computer made up
  int below;           // pictures below 0.9, at most
};

void PrintTo(const Bars& bars, std::ostream* to) {
  *to << bars.model;
}

class Documents : public testing::TestWithParam<Bars> {};

TEST_P(Documents, CornersAreThoseOfThePage) {
  PEEL_NEEDS_DATA();
  const auto folder = test::data_folder() / "data" / "docs";
  if (!std::filesystem::exists(folder / "corners.json")) GTEST_SKIP() << "no documents among the test data";
  const auto& [model, mean_bar, photograph_bar, below_bar] = GetParam();
  Settings settings;
  settings.device = Device::cpu;
  settings.model_name = model;
  if (settings.model_name == "u2netp") {
    settings.model_name = (test::data_folder() / "models" / "u2netp.onnx").string();
  } else if (!ModelStore().present(find_model(model))) {
    GTEST_SKIP() << model << " is not installed";
  }
  const DocumentScanner scanner(settings);
  double sum = 0;
  double photograph_sum = 0;
  int count = 0;
  int photographs = 0;
  int below = 0;
  const auto truths = nlohmann::json::parse(std::ifstream(folder / "corners.json"));
  for (const auto& [name, wanted] : truths.items()) {
    Corners truth;
    for (std::size_t i = 0; i < 4; ++i) truth[i] = {wanted[i][0], wanted[i][1]};
    const Image picture = load_image(folder / "images" / name);
    const ScanResult result = scanner.scan(picture);
    // What was not taken for a page counts as nothing found, however good the guess.
    const bool taken = result.status == PageStatus::found || result.status == PageStatus::partial;
    const double iou = taken ? peel::iou(result.page.corners, truth) : 0;
    const double width = picture.width();
    const double height = picture.height();
    const Corners frame{{{0, 0}, {width, 0}, {width, height}, {0, height}}};
    const bool leaves_picture = peel::area(peel::clip(truth, frame)) < 0.995 * peel::area(truth);
    EXPECT_EQ(result.status, leaves_picture ? PageStatus::partial : PageStatus::found) << name << ": " << result.reason;
    sum += iou;
    ++count;
    below += iou < 0.9 ? 1 : 0;
    if (name.starts_with("flatcv")) continue;
    photograph_sum += iou;
    ++photographs;
  }
  ASSERT_GE(photographs, 14);
  std::printf("%s: %d pictures, mean IoU %.4f, of photographs %.4f, %d below 0.9\n", model, count, sum / count,
              photograph_sum / photographs, below);
  EXPECT_GE(sum / count, mean_bar);
  EXPECT_GE(photograph_sum / photographs, photograph_bar);
  EXPECT_LE(below, below_bar);
}

// What went wrong once: something printed on the page was taken for the page.
struct Fault {
  const char* file;
  bool may_be_missed;  ///< not_found is right too; else the whole picture is the page
};

void PrintTo(const Fault& fault, std::ostream* to) {
  *to << fault.file;
}

class Faults : public testing::TestWithParam<Fault> {};

TEST_P(Faults, NothingPrintedIsTakenForThePage) {
  PEEL_NEEDS_DATA();
  const auto file = test::data_folder() / "data" / "faults" / GetParam().file;
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "not among the test data";
  for (const std::string& model : {std::string("none"), (test::data_folder() / "models" / "u2netp.onnx").string()}) {
    Settings settings;
    settings.device = Device::cpu;
    settings.model_name = model;
    const ScanResult result = DocumentScanner(settings).scan(file);
    if (GetParam().may_be_missed) {
      const double size = std::abs(area(result.page.corners));
      EXPECT_TRUE(result.status == PageStatus::not_found ||
                  (result.status == PageStatus::found && size > 0.2 * 1600 * 1400))
          << model << ": " << word_for(result.status) << ", a card of " << size << " pixels";
      continue;
    }
    const bool overflows = std::string_view(GetParam().file).starts_with("close");
    EXPECT_TRUE(result.status == PageStatus::already_cropped || (overflows && result.status == PageStatus::partial))
        << model << ": " << word_for(result.status);
    if (result.image.empty()) continue;
    const Image picture = load_image(file);
    EXPECT_GE(static_cast<double>(result.image.width()) * result.image.height(),
              0.9 * picture.width() * picture.height())
        << model;
  }
}

INSTANTIATE_TEST_SUITE_P(Pictures, Faults,
                         testing::Values(Fault{"letter_with_box.png", false}, Fault{"flat_full_text.png", false},
                                         Fault{"flat_short_letter.png", false}, Fault{"flat_table.png", false},
                                         Fault{"flat_one_line.png", false}, Fault{"close_table.jpg", false},
                                         Fault{"close_box.jpg", false}, Fault{"card_green_on_green.jpg", true},
                                         Fault{"grey_box.png", false}, Fault{"table_colours.jpg", false}),
                         [](const auto& tested) {
                           const std::string_view file = tested.param.file;
                           return std::string(file.substr(0, file.find('.')));
                         });

INSTANTIATE_TEST_SUITE_P(Models, Documents,
                         testing::Values(Bars{"u2netp", 0.985, 0.99, 0}, Bars{"isnet-general-use", 0.97, 0.97, 1}),
                         [](const auto& tested) { return std::string(tested.param.model).substr(0, 5); });

}  // namespace
}  // namespace peel
