// Every model of the manifest that is one network: fed and read as rembg does it. The networks are stand-ins under the
// real ones' file names, so what is tested is size, order of colours, mean, deviation and what the output means.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <tuple>

#include "peel/error.hpp"
#include "peel/remover.hpp"
#include "support/error_of.hpp"
#include "support/graph_text.hpp"
#include "support/noise.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

using Three = std::array<double, 3>;
constexpr Three IMAGENET_MEAN{0.485, 0.456, 0.406};
constexpr Three IMAGENET_STD{0.229, 0.224, 0.225};
constexpr Three HALVES{0.5, 0.5, 0.5};
constexpr Three ONES{1, 1, 1};

struct Known {
  const char* name;
  const char* file;
  int size;
  Three mean, std;
  OutputKind output;
};
void PrintTo(const Known& known, std::ostream* out) {
  *out << known.name;
}

constexpr auto PROBABILITY = OutputKind::probability;
constexpr auto LOGITS = OutputKind::logits;
// What rembg's sessions say.
const std::array MODELS{
    Known{"u2net", "u2net", 320, IMAGENET_MEAN, IMAGENET_STD, PROBABILITY},
    Known{"u2netp", "u2netp", 320, IMAGENET_MEAN, IMAGENET_STD, PROBABILITY},
    Known{"u2net_human_seg", "u2net_human_seg", 320, IMAGENET_MEAN, IMAGENET_STD, PROBABILITY},
    Known{"u2net_cloth_seg", "u2net_cloth_seg", 768, IMAGENET_MEAN, IMAGENET_STD, OutputKind::classes},
    Known{"silueta", "silueta", 320, IMAGENET_MEAN, IMAGENET_STD, PROBABILITY},
    Known{"isnet-general-use", "isnet-general-use", 1024, HALVES, ONES, PROBABILITY},
    Known{"isnet-anime", "isnet-anime", 1024, IMAGENET_MEAN, ONES, PROBABILITY},
    Known{"birefnet-general", "birefnet-general", 1024, IMAGENET_MEAN, IMAGENET_STD, LOGITS},
    Known{"birefnet-general-lite", "birefnet-general-lite", 1024, IMAGENET_MEAN, IMAGENET_STD, LOGITS},
    Known{"birefnet-portrait", "birefnet-portrait", 1024, IMAGENET_MEAN, IMAGENET_STD, LOGITS},
    Known{"birefnet-dis", "birefnet-dis", 1024, IMAGENET_MEAN, IMAGENET_STD, LOGITS},
    Known{"birefnet-hrsod", "birefnet-hrsod", 1024, IMAGENET_MEAN, IMAGENET_STD, LOGITS},
    Known{"birefnet-cod", "birefnet-cod", 1024, IMAGENET_MEAN, IMAGENET_STD, LOGITS},
    Known{"birefnet-massive", "birefnet-massive", 1024, IMAGENET_MEAN, IMAGENET_STD, LOGITS},
    Known{"bria-rmbg", "bria-rmbg", 1024, IMAGENET_MEAN, IMAGENET_STD, PROBABILITY},
    Known{"u2net_custom", "u2net_custom", 320, IMAGENET_MEAN, IMAGENET_STD, PROBABILITY},
    Known{"dis_custom", "dis_custom", 1024, HALVES, ONES, PROBABILITY},
    Known{"ben_custom", "ben_custom", 1024, HALVES, ONES, PROBABILITY},
};

// Of each colour something else, so that an exchange of two is noticed.
constexpr Three WEIGHTS{0.25, 0.5, -1};

/// Of a network that leaves its size open. Stretching takes any straight line out of a result: the curve of the sigmoid
/// is what shows mean and deviation.
std::string network(OutputKind output) {
  const char* last = output == OutputKind::probability ? "Sigmoid" : "Identity";
  const char* weights = output == OutputKind::classes ? "float[4, 3, 1, 1] {0, 0, 0, 0.25, 0.5, -1, 1, 0, 0, 0, -1, 0}"
                                                      : "float[1, 3, 1, 1] {0.25, 0.5, -1}";
  return test::graph_from_text(fmt::format(R"(
<ir_version: 7, opset_import: ["" : 13]>
stand_in (float[1, 3, H, W] picture) => (float[1, {}, H, W] map) {{
  weights = Constant <value = {}> ()
  sum = Conv (picture, weights)
  map = {} (sum)
}})",
                                           output == OutputKind::classes ? 4 : 1, weights, last));
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

/// A picture of the network's own size, so that nothing is resampled, and not of full brightness.
const std::vector<std::uint8_t>& picture_of(int size) {
  static std::map<int, std::vector<std::uint8_t>> drawn;
  auto& pixels = drawn[size];
  if (pixels.empty()) {
    pixels = test::noise(std::size_t{3} * static_cast<std::size_t>(size) * static_cast<std::size_t>(size), 7);
    for (auto& sample : pixels) sample = static_cast<std::uint8_t>(sample * 200 / 255);
  }
  return pixels;
}

std::vector<double> computed(const Known& known, const std::vector<std::uint8_t>& pixels) {
  const double brightest = *std::ranges::max_element(pixels);
  std::vector<double> result;
  for (std::size_t i = 0; i < pixels.size(); i += 3) {
    Three x{};
    for (std::size_t c = 0; c < 3; ++c) x[c] = (pixels[i + c] / brightest - known.mean[c]) / known.std[c];
    const double sum = WEIGHTS[0] * x[0] + WEIGHTS[1] * x[1] + WEIGHTS[2] * x[2];
    if (known.output != OutputKind::classes) {
      result.push_back(sigmoid(sum));
    } else {
      const double clothing = std::exp(sum) + std::exp(x[0]) + std::exp(-x[1]);
      result.push_back(255 * clothing / (clothing + 1));
    }
  }
  if (known.output != OutputKind::classes) {
    const auto [least, greatest] = std::ranges::minmax(result);
    for (double& value : result) value = std::floor(255 * (value - least) / (greatest - least));
  }
  return result;
}

/// Many networks are fed alike, and a million pixels take a second under a sanitizer.
const std::vector<double>& expected(const Known& known, const std::vector<std::uint8_t>& pixels) {
  static std::map<std::tuple<int, Three, Three, OutputKind>, std::vector<double>> seen;
  auto& mask = seen[{known.size, known.mean, known.std, known.output}];
  if (mask.empty()) mask = computed(known, pixels);
  return mask;
}

class Models : public testing::TestWithParam<Known> {
 protected:
  Models() { ::setenv("MODEL_CHECKSUM_DISABLED", "1", 1); }
  ~Models() override { ::unsetenv("MODEL_CHECKSUM_DISABLED"); }
  Settings settings() const {
    std::ofstream(folder_ / (std::string(GetParam().file) + ".onnx"), std::ios::binary) << network(GetParam().output);
    Settings settings;
    settings.model_name = GetParam().name;
    settings.model_folder = folder_.path();
    settings.device = Device::cpu;
    settings.fetch.offline = true;
    return settings;
  }
  static void expect_session(const BackgroundRemover& remover, const std::string& shown) {
    EXPECT_EQ(remover.session().model, shown);
    EXPECT_EQ(remover.session().output, GetParam().output);
    EXPECT_EQ(remover.session().input_width, GetParam().size);
    EXPECT_EQ(remover.session().input_height, GetParam().size);
  }
  void expect_masks_of(const Settings& settings, const std::string& shown) const {
    const Known& known = GetParam();
    const BackgroundRemover remover(settings);
    expect_session(remover, shown);
    const auto& pixels = picture_of(known.size);
    RemoveOptions options;
    options.kind = RemoveOptions::Kind::mask;
    const Result result = remover.remove(
        {pixels.data(), known.size, known.size, std::ptrdiff_t{3} * known.size, PixelFormat::rgb8}, options);
    const auto& wanted = expected(known, pixels);
    ASSERT_EQ(result.mask.size_bytes(), wanted.size());
    double largest = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      largest = std::max(largest, std::abs(std::to_integer<int>(result.mask.data()[i]) - wanted[i]));
    }
    EXPECT_LE(largest, 1.01);
  }
  test::TemporaryFolder folder_;
};

TEST_P(Models, IsFedAndReadAsRembgDoes) {
  expect_masks_of(settings(), GetParam().name);
}

TEST_P(Models, ByPathItsNameTellsTheLayout) {
  Settings by_path = settings();
  by_path.model_name = (folder_ / (std::string(GetParam().file) + ".onnx")).string();
  // BiRefNet's many are one layout under many names: of which a picture of the first tells as much as one of each.
  if (std::string_view(GetParam().name).starts_with("birefnet-") &&
      GetParam().name != std::string_view("birefnet-general")) {
    expect_session(BackgroundRemover(by_path), by_path.model_name);
  } else {
    expect_masks_of(by_path, by_path.model_name);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Models, testing::ValuesIn(MODELS), [](const auto& tested) {
  std::string name = tested.param.name;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(ModelTable, HoldsEveryModelThatIsOneNetwork) {
  std::set<std::string> known;
  std::set<std::string> tested;
  for (const ModelInfo& model : known_models()) {
    if (model.output != OutputKind::prompted) known.insert(model.name);
  }
  for (const Known& model : MODELS) tested.insert(model.name);
  EXPECT_EQ(known, tested);
}

class Clothes : public testing::Test {
 protected:
  Clothes() {
    std::ofstream(folder_ / "u2net_cloth_seg.onnx", std::ios::binary) << network(OutputKind::classes);
    settings_.model_name = (folder_ / "u2net_cloth_seg.onnx").string();
    settings_.model_folder = folder_.path();
    settings_.device = Device::cpu;
  }
  static int at(const Image& image, int x, int y, int channel = 0) {
    return std::to_integer<int>(image.data()[y * image.stride() + x * channels(image.format()) + channel]);
  }

  static constexpr int WIDTH = 90;
  static constexpr int HEIGHT = 40;
  test::TemporaryFolder folder_;
  Settings settings_;
  // Three stripes: upper, lower, full.
  std::vector<std::uint8_t> pixels_ = [] {
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < WIDTH * HEIGHT; ++i) {
      const int third = i % WIDTH * 3 / WIDTH;
      // By the stand-in's weights what is green and not blue is `upper`, red `lower`, what has no green `full`.
      const std::array<std::array<std::uint8_t, 3>, 3> colours{{{40, 255, 0}, {255, 0, 255}, {0, 0, 255}}};
      for (const std::uint8_t sample : colours[static_cast<std::size_t>(third)]) pixels.push_back(sample);
    }
    return pixels;
  }();
  PixelView view_{pixels_.data(), WIDTH, HEIGHT, std::ptrdiff_t{3} * WIDTH, PixelFormat::rgb8};
};

TEST_F(Clothes, ACategoryIsOneOfThreeAndWithoutOneAllStay) {
  const BackgroundRemover remover(settings_);
  RemoveOptions options;
  options.kind = RemoveOptions::Kind::mask;
  for (const bool compat : {false, true}) {
    options.compat = compat;
    for (int category = 1; category <= 3; ++category) {
      options.category = static_cast<RemoveOptions::Category>(category);
      const Result result = remover.remove(view_, options);
      EXPECT_TRUE(result.subject);
      ASSERT_EQ(result.mask.height(), HEIGHT);
      for (int third = 0; third < 3; ++third) {
        const int value = at(result.mask, third * 30 + 15, 20);
        if (third + 1 == category) {
          EXPECT_GT(value, 200) << compat << category << third;
        } else {
          EXPECT_EQ(value, 0) << compat << category << third;
        }
      }
    }
  }
  options.compat = false;
  options.category = RemoveOptions::Category::all;
  const Result all = remover.remove(view_, options);
  ASSERT_EQ(all.mask.height(), HEIGHT);
  for (int third = 0; third < 3; ++third) EXPECT_GT(at(all.mask, third * 30 + 15, 20), 200) << third;
}

TEST_F(Clothes, CompatPutsThreeCutOutsBelowEachOther) {
  const BackgroundRemover remover(settings_);
  RemoveOptions options;
  options.compat = true;
  const Result all = remover.remove(view_, options);
  ASSERT_EQ(all.image.height(), 3 * HEIGHT);
  ASSERT_EQ(all.mask.height(), 3 * HEIGHT);
  const Mask seen = remover.see(Image::from_pixels(view_), options.look());
  ASSERT_EQ(seen.classes.size(), 3U);
  EXPECT_EQ(seen.classes[1].name, "lower");
  EXPECT_EQ(seen.image.height(), HEIGHT);
  EXPECT_EQ(all.image.format(), PixelFormat::rgba8);
  for (int part = 0; part < 3; ++part) {
    options.category = static_cast<RemoveOptions::Category>(part + 1);
    const Result one = remover.remove(view_, options);
    for (int y = 0; y < HEIGHT; ++y) {
      for (int x = 0; x < WIDTH; ++x) {
        ASSERT_EQ(at(all.mask, x, part * HEIGHT + y), at(one.mask, x, y));
        for (int c = 0; c < 4; ++c) ASSERT_EQ(at(all.image, x, part * HEIGHT + y, c), at(one.image, x, y, c));
      }
    }
  }
  options.category = RemoveOptions::Category::all;
  options.kind = RemoveOptions::Kind::mask;
  const Image masks = remover.remove(view_, options).image;
  EXPECT_EQ(masks.format(), PixelFormat::rgba8) << "rembg pastes masks on such a canvas too";
  EXPECT_EQ(at(masks, 15, 20, 0), 255);
  EXPECT_EQ(at(masks, 15, HEIGHT + 20, 0), 0);
  EXPECT_EQ(at(masks, 15, HEIGHT + 20, 3), 255);
  options.crop_margin = 0;
  EXPECT_EQ(test::error_of([&] { remover.remove(view_, options); }).code(), ErrorCode::usage);
}

TEST_F(Clothes, OthersTakeNeitherCategoriesNorPrompts) {
  std::ofstream(folder_ / "plain.onnx", std::ios::binary) << network(PROBABILITY);
  settings_.model_name = (folder_ / "plain.onnx").string();
  const BackgroundRemover remover(settings_);
  RemoveOptions options;
  options.category = RemoveOptions::Category::full;
  EXPECT_THAT(test::error_of([&] { remover.remove(view_, options); }).hint(), testing::HasSubstr("u2net_cloth_seg"));
  options.category = RemoveOptions::Category::all;
  options.prompts = {{Prompt::Kind::subject, 1, 1}};
  const Error error = test::error_of([&] { remover.remove(view_, options); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_THAT(error.message(), testing::HasSubstr("takes no prompts"));
}

}  // namespace
}  // namespace peel
