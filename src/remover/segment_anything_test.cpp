#include "remover/segment_anything.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "support/error_of.hpp"
#include "support/stand_in_segment_anything.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using Kind = Prompt::Kind;

constexpr int WIDTH = 192;
constexpr int HEIGHT = 128;

class SegmentAnythingTest : public testing::Test {
 protected:
  SegmentAnythingTest() {
    test::write_stand_in(folder_.path(), "small", {});
    settings_.model_name = (folder_ / "small.encoder.onnx").string();
    settings_.model_folder = folder_.path();
    settings_.device = Device::cpu;
  }
  Result mask(const std::vector<Prompt>& prompts, bool compat = false) const {
    RemoveOptions options;
    options.kind = RemoveOptions::Kind::mask;
    options.prompts = prompts;
    options.compat = compat;
    return BackgroundRemover(settings_).remove(picture_, options);
  }
  static int at(const Image& mask, int x, int y) { return std::to_integer<int>(mask.data()[y * mask.stride() + x]); }
  std::string refusal(const RemoveOptions& options) const {
    const BackgroundRemover remover(settings_);
    const Error error = test::error_of([&] { remover.remove(picture_, options); });
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.what();
  }

  test::TemporaryFolder folder_;
  Settings settings_;
  std::vector<std::uint8_t> black_ = std::vector<std::uint8_t>(std::size_t{3} * WIDTH * HEIGHT);
  // Twice the stand-in's input.
  Image picture_ = Image::from_pixels({black_.data(), WIDTH, HEIGHT, std::ptrdiff_t{3} * WIDTH, PixelFormat::rgb8});
};

TEST_F(SegmentAnythingTest, CutsOutWhatAPointShows) {
  const BackgroundRemover remover(settings_);
  const SessionInfo& session = remover.session();
  EXPECT_EQ(session.provider, "cpu");
  EXPECT_EQ(session.input_width, 96);
  EXPECT_EQ(session.input_height, 64);
  EXPECT_EQ(session.output, OutputKind::prompted);
  EXPECT_THAT(session.fallbacks, testing::IsEmpty());

  const Result result = mask({{Kind::subject, 40, 60}});
  EXPECT_TRUE(result.subject);
  EXPECT_GT(result.timings.inference, 0);
  EXPECT_EQ(result.mask.width(), WIDTH);
  // On black the stand-in's logits are -4 + min(8, 12 - distance): 4 within 4 pixels of its input, 0 at 8.
  const auto level = [](double logit) { return 255 / (1 + std::exp(-logit)); };
  EXPECT_NEAR(at(result.mask, 40, 60), level(4), 2);
  EXPECT_NEAR(at(result.mask, 40 + 20, 60), level(-2), 8);  // 10 pixels of the input away
  EXPECT_NEAR(at(result.mask, 40, 60 - 13), level(1), 10);
  EXPECT_NEAR(at(result.mask, 150, 100), level(-4), 2);
}

TEST_F(SegmentAnythingTest, WithoutAPromptTheMiddleIsCutOut) {
  for (const bool compat : {false, true}) {
    const Result result = mask({}, compat);
    EXPECT_GT(at(result.mask, WIDTH / 2, HEIGHT / 2), 240);
    EXPECT_LT(at(result.mask, 10, 10), 10);
    const Result same = mask({{Kind::subject, WIDTH / 2, HEIGHT / 2}}, compat);
    EXPECT_EQ(std::memcmp(result.mask.data(), same.mask.data(), same.mask.size_bytes()), 0);
  }
}

TEST_F(SegmentAnythingTest, CompatIsHardAndBitForBit) {
  const Image result = mask({{Kind::subject, 40, 60}}, true).mask;
  for (int y = 0; y < HEIGHT; ++y) {
    for (int x = 0; x < WIDTH; ++x) {
      // Above 0 nearer than 8 pixels of the input, 16 of the picture; distances between samples are as at them here.
      ASSERT_EQ(at(result, x, y), std::abs(x - 40) + std::abs(y - 60) < 16 ? 255 : 0) << x << ',' << y;
    }
  }
}

TEST_F(SegmentAnythingTest, TheEncoderSeesThePicture) {
  std::vector<std::uint8_t> half = black_;
  for (std::size_t i = 0; i < half.size(); ++i) half[i] = i / 3 % WIDTH < WIDTH / 2 ? 255 : 0;
  picture_ = Image::from_pixels({half.data(), WIDTH, HEIGHT, std::ptrdiff_t{3} * WIDTH, PixelFormat::rgb8});
  // The point on the background takes its place out of what is bright, the one on the dark half is added to it.
  const Result result = mask({{Kind::background, 30, 30}, {Kind::subject, 150, 100}});
  EXPECT_LT(at(result.mask, 30, 30), 10);
  EXPECT_GT(at(result.mask, 30, 100), 240);
  EXPECT_GT(at(result.mask, 150, 100), 240);
  EXPECT_LT(at(result.mask, 150, 30), 10);
}

TEST_F(SegmentAnythingTest, BoxesAreLookedForOneByOne) {
  const std::vector<Prompt> prompts{{Kind::box, 40, 40, 20, 20}, {Kind::box, 140, 60, 170, 100}};
  for (const bool compat : {false, true}) {
    const Image found = mask(prompts, compat).mask;
    for (const auto& [x, y] : {std::pair(20, 20), {40, 40}, {140, 60}, {170, 100}}) {
      EXPECT_GT(at(found, x, y), 240) << x << ',' << y;
    }
    EXPECT_LT(at(found, 100, 20), 10);
  }
}

TEST_F(SegmentAnythingTest, MakesEveryKindOfResult) {
  const BackgroundRemover remover(settings_);
  RemoveOptions options;
  options.prompts = {{Kind::subject, 40, 60}};
  options.crop_margin = 0;
  const Result cropped = remover.remove(picture_, options);
  ASSERT_TRUE(cropped.crop);
  EXPECT_LT(cropped.crop->width, 60);
  EXPECT_EQ(cropped.image.format(), PixelFormat::rgba8);

  const Mask seen = remover.see(picture_, options.look());
  EXPECT_EQ(seen.image.width(), 96);
  const Result applied = finish(picture_, seen, options);
  EXPECT_EQ(std::memcmp(applied.mask.data(), cropped.mask.data(), cropped.mask.size_bytes()), 0);
}

TEST_F(SegmentAnythingTest, ByNameItsFilesLieInTheStore) {
  test::StandInSegmentAnything large;
  large.width = 1024;
  large.height = 684;
  large.reach = 100;
  large.open_size = true;
  test::write_stand_in(folder_.path(), "sam_vit_b_01ec64", large);
  settings_.model_name = "sam";
  settings_.fetch.offline = true;
  const BackgroundRemover remover(settings_);
  EXPECT_EQ(remover.session().model, "sam");
  EXPECT_EQ(remover.session().input_width, 1024) << "the size the encoder leaves open is rembg's";
  EXPECT_EQ(remover.session().input_height, 684);
  // 128 rows onto 684, 192 columns onto 1026: the picture is 1024 wide.
  const Image found = mask({{Kind::subject, 40, 60}}, true).mask;
  EXPECT_EQ(at(found, 40, 60), 255);
  EXPECT_EQ(at(found, 40 + 17, 60), 255);  // less than 96 pixels of the input away
  EXPECT_EQ(at(found, 40 + 19, 60), 0);    // more

  std::filesystem::remove(folder_ / "sam_vit_b_01ec64.decoder.onnx");
  EXPECT_THAT(test::error_of([&] { const BackgroundRemover without(settings_); }).message(),
              HasSubstr("sam_vit_b_01ec64.decoder.onnx"));
}

TEST_F(SegmentAnythingTest, SaysWhatItDoesNot) {
  settings_.device = Device::automatic;
  settings_.precision = Precision::int8;
  settings_.batch = 4;
  const BackgroundRemover remover(settings_);
  const auto& fallbacks = remover.session().fallbacks;
  EXPECT_THAT(fallbacks, Contains(Field(&Fallback::provider, "cuda")));
  EXPECT_THAT(fallbacks, Contains(Field(&Fallback::reason, HasSubstr("NAME.encoder.quant.onnx"))));
  EXPECT_THAT(fallbacks, Contains(Field(&Fallback::provider, "batch")));
  const std::array pictures{picture_, picture_};
  EXPECT_EQ(remover.remove(pictures).size(), 2u);

  settings_.device = Device::cuda;
  settings_.require_device = true;
  EXPECT_EQ(test::error_of([&] { const BackgroundRemover cuda(settings_); }).code(), ErrorCode::device);
}

TEST_F(SegmentAnythingTest, RefusesWhatMakesNoSense) {
  RemoveOptions options;
  options.prompts = {{Kind::subject, WIDTH + 1, 5}};
  EXPECT_THAT(refusal(options), HasSubstr("outside the picture"));
  options.prompts = {{Kind::background, 5, 5}};
  EXPECT_THAT(refusal(options), HasSubstr("background"));
  options.prompts.clear();
  options.category = RemoveOptions::Category::upper;
  EXPECT_THAT(refusal(options), HasSubstr("categories of clothes"));
}

TEST_F(SegmentAnythingTest, OtherFilesAreNoSuchPair) {
  const auto refusal = [&](const char* encoder, const char* decoder) {
    const Error error = test::error_of(
        [&] { const SegmentAnything network(folder_ / encoder, folder_ / decoder, find_model("sam"), 1); });
    EXPECT_EQ(error.code(), ErrorCode::model);
    return std::string(error.what());
  };
  EXPECT_THAT(refusal("small.encoder.onnx", "small.encoder.onnx"), HasSubstr("no output \"masks\""));
  EXPECT_THAT(refusal("small.decoder.onnx", "small.decoder.onnx"), HasSubstr("one input"));
  test::write_text(folder_ / "text.encoder.onnx", "no graph");
  EXPECT_THAT(refusal("text.encoder.onnx", "small.decoder.onnx"), HasSubstr("ONNX Runtime refuses it"));

  settings_.model_name = (folder_ / "text.encoder.onnx").string();
  EXPECT_THAT(test::error_of([&] { const BackgroundRemover alone(settings_); }).message(),
              HasSubstr("text.decoder.onnx: no such model file"));
  EXPECT_EQ(decoder_of("models/a.encoder.quant.onnx"), "models/a.decoder.quant.onnx");
  EXPECT_THROW(decoder_of("models/a.onnx"), Error);
}

}  // namespace
}  // namespace peel
