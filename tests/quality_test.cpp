// Masks on real pictures: against rembg's own, and against ground truth.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "measures/measures.hpp"
#include "peel/peel.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

using peel::difference;
using peel::Salience;

std::map<std::string, std::filesystem::path> by_stem(const std::filesystem::path& folder) {
  std::map<std::string, std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files[entry.path().stem().string()] = entry.path();
  return files;
}

// The small model from the test data; the good one only where set-up has installed it.
std::string model_file(const std::string& name) {
  if (name == "u2netp") return (test::data_folder() / "models" / "u2netp.onnx").string();
  return ModelStore().present(find_model(name)) ? name : std::string();
}

class Quality : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    PEEL_NEEDS_DATA();
    model_ = model_file(GetParam());
    if (model_.empty()) GTEST_SKIP() << GetParam() << " is not installed";
    settings_.model_name = model_;
    settings_.device = Device::cpu;
  }

  std::filesystem::path data_ = test::data_folder() / "data";
  std::string model_;
  Settings settings_;
};

// Every third picture and the two large ones, unless $PEEL_TEST_ALL asks for all.
//
// The bars: a mean difference from rembg's mask of 1 level of 255 on any picture and 0.5 over all; against ground truth
// a mean absolute error within 0.001 and a greatest F-measure within 0.002 of rembg's.
TEST_P(Quality, MasksEqualRembgs) {
  const BackgroundRemover remover(settings_);
  auto pictures = by_stem(data_ / "sod" / "images");
  pictures.merge(by_stem(data_ / "photos"));
  const auto truths = by_stem(data_ / "sod" / "masks");
  double total = 0;
  int count = 0;
  Salience ours;
  Salience theirs;
  int place = 0;
  for (const auto& [stem, file] : by_stem(data_ / "rembg" / GetParam())) {
    if (!test::all_pictures() && place++ % 3 != 0 && truths.contains(stem)) continue;
    const auto picture = pictures.find(stem);
    ASSERT_NE(picture, pictures.end()) << stem;
    const Result result = remover.remove(picture->second);
    const Image reference = load_image(file);
    const double mean = difference(result.mask, reference).mean;
    EXPECT_LE(mean, 1.0) << stem;
    total += mean;
    ++count;
    if (const auto truth = truths.find(stem); truth != truths.end()) {
      const Image wanted = load_image(truth->second);
      ours.add(result.mask, wanted);
      theirs.add(reference, wanted);
    }
  }
  ASSERT_GT(count, 10);
  EXPECT_LE(total / count, 0.5);
  EXPECT_NEAR(ours.mae(), theirs.mae(), 0.001);
  EXPECT_NEAR(ours.max_f(), theirs.max_f(), 0.002);
  std::printf(
      "%s: %d pictures, mean difference from rembg %.4f of 255; MAE %.5f (rembg %.5f), max F %.5f (rembg %.5f)\n",
      GetParam(), count, total / count, ours.mae(), theirs.mae(), ours.max_f(), theirs.max_f());
}
INSTANTIATE_TEST_SUITE_P(Models, Quality, testing::Values("u2netp", "isnet-general-use"),
                         [](const auto& tested) { return std::string(tested.param).substr(0, tested.index ? 5 : 6); });

// rembg's cut-outs were made with the small model.
TEST(Compat, CutoutsEqualRembgs) {
  PEEL_NEEDS_DATA();
  const auto data = test::data_folder() / "data";
  Settings settings;
  settings.model_name = model_file("u2netp");
  const BackgroundRemover remover(settings);
  RemoveOptions options;
  options.compat = true;
  const auto pictures = by_stem(data / "sod" / "images");
  int count = 0;
  for (const auto& [stem, file] : by_stem(data / "rembg" / "cutouts")) {
    const Result result = remover.remove(pictures.at(stem), options);
    const Image reference = load_image(file);
    ASSERT_EQ(result.image.format(), reference.format()) << stem;
    ASSERT_EQ(result.image.size_bytes(), reference.size_bytes()) << stem;
    int largest = 0;
    for (std::size_t i = 0; i < reference.size_bytes(); ++i) {
      const int d = std::to_integer<int>(result.image.data()[i]) - std::to_integer<int>(reference.data()[i]);
      largest = std::max(largest, std::abs(d));
    }
    EXPECT_LE(largest, 2) << stem;
    ++count;
  }
  EXPECT_GT(count, 3);
}

}  // namespace
}  // namespace peel
