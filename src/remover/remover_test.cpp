#include "peel/remover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "base/parallel.hpp"
#include "peel/file.hpp"
#include "peel/quantized_model.hpp"
#include "support/error_of.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

using testing::HasSubstr;

// A bright square on black, the subject as the stand-in network sees it.
constexpr int SIDE = 64;
std::vector<std::uint8_t> square(int channel_count) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < SIDE; ++y) {
    for (int x = 0; x < SIDE; ++x) {
      const bool inside = x >= 16 && x < 48 && y >= 16 && y < 48;
      for (int c = 0; c < channel_count; ++c) {
        pixels.push_back(c == 3 ? 255 : static_cast<std::uint8_t>(inside ? 200 - 50 * c : 0));
      }
    }
  }
  return pixels;
}
const std::uint8_t* pixel(const Image& image, int x, int y) {
  return reinterpret_cast<const std::uint8_t*>(image.data()) + y * image.stride() + x * channels(image.format());
}

class RemoverTest : public testing::Test {
 protected:
  RemoverTest() {
    test::StandIn model;
    model.scale = 12.0f;
    model.shift = -6.0f;
    model.side_outputs = 2;
    test::write_stand_in(file_, model);
    settings_.model_name = file_.string();
    settings_.model_folder = folder_.path();
    settings_.device = Device::cpu;
  }
  std::string error_of(const Settings& settings, ErrorCode code) {
    const Error error = test::error_of([&] { const BackgroundRemover remover(settings); });
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }

  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "stand-in.onnx";
  Settings settings_;
  std::vector<std::uint8_t> rgb_ = square(3);
  PixelView view_{rgb_.data(), SIDE, SIDE, 3 * SIDE, PixelFormat::rgb8};
};

TEST_F(RemoverTest, CutsOutWithTheOriginalColours) {
  const BackgroundRemover remover(settings_);
  const Result result = remover.remove(view_);
  EXPECT_TRUE(result.subject);
  EXPECT_EQ(result.image.format(), PixelFormat::rgba8);
  EXPECT_EQ(result.mask.format(), PixelFormat::gray8);
  EXPECT_EQ(result.image.width(), SIDE);
  const auto* const middle = pixel(result.image, 32, 32);
  EXPECT_THAT(std::vector(middle, middle + 3), testing::ElementsAre(200, 150, 100));
  EXPECT_GE(middle[3], 253);
  EXPECT_EQ(pixel(result.image, 2, 2)[3], 0);
  EXPECT_GT(result.timings.inference, 0);
  EXPECT_GE(result.timings.total, result.timings.inference);
  EXPECT_EQ(remover.session().provider, "cpu");
  EXPECT_EQ(remover.session().precision, "fp32");
  EXPECT_THAT(remover.session().fallbacks, testing::IsEmpty());
}

TEST_F(RemoverTest, TakesBgrAndStride) {
  const BackgroundRemover remover(settings_);
  std::vector<std::uint8_t> bgr(static_cast<std::size_t>(SIDE) * 256, 77);  // rows 256 bytes apart
  for (int y = 0; y < SIDE; ++y) {
    for (int i = 0; i < 3 * SIDE; ++i) {
      bgr[static_cast<std::size_t>(y * 256 + i)] = rgb_[static_cast<std::size_t>(y * 3 * SIDE + i / 3 * 3 + 2 - i % 3)];
    }
  }
  const Result want = remover.remove(view_);
  const Result got = remover.remove(PixelView{bgr.data(), SIDE, SIDE, 256, PixelFormat::bgr8});
  EXPECT_EQ(std::memcmp(got.image.data(), want.image.data(), want.image.size_bytes()), 0);
}

TEST_F(RemoverTest, ReadsFilesAndBytesAlike) {
  const BackgroundRemover remover(settings_);
  const auto png = encode(Image::from_pixels(view_));
  write_file(folder_ / "a.png", png);
  const Result from_bytes = remover.remove(png);
  const Result from_file = remover.remove(folder_ / "a.png");
  EXPECT_EQ(std::memcmp(from_file.image.data(), from_bytes.image.data(), from_bytes.image.size_bytes()), 0);
  EXPECT_GT(from_file.timings.decode, 0);
  EXPECT_THROW(remover.remove(folder_ / "none.png"), Error);
}

TEST_F(RemoverTest, MakesEveryKind) {
  const BackgroundRemover remover(settings_);
  RemoveOptions options;
  options.kind = RemoveOptions::Kind::mask;
  EXPECT_EQ(remover.remove(view_, options).image.format(), PixelFormat::gray8);

  options = {};
  options.kind = RemoveOptions::Kind::put_alpha;
  const Result put = remover.remove(view_, options);
  EXPECT_EQ(pixel(put.image, 32, 32)[0], 200);
  EXPECT_EQ(pixel(put.image, 2, 2)[3], 0);

  options = {};
  options.background = Color{0, 255, 0, 255};
  const Result green = remover.remove(view_, options);
  EXPECT_EQ(green.image.format(), PixelFormat::rgb8);
  EXPECT_EQ(pixel(green.image, 2, 2)[1], 255);
  EXPECT_NEAR(pixel(green.image, 32, 32)[0], 200, 2);

  options = {};
  options.crop_margin = 4;
  const Result cropped = remover.remove(view_, options);
  ASSERT_TRUE(cropped.crop);
  EXPECT_LT(cropped.image.width(), SIDE);
  EXPECT_EQ(cropped.image.width(), cropped.crop->width);
  EXPECT_EQ(cropped.mask.width(), SIDE);
  EXPECT_EQ(pixel(cropped.image, 32 - cropped.crop->left, 32 - cropped.crop->top)[0], 200);

  options = {};
  options.post_process_mask = true;
  const Result binary = remover.remove(view_, options);
  for (std::size_t i = 0; i < binary.mask.size_bytes(); ++i) {
    const auto value = std::to_integer<int>(binary.mask.data()[i]);
    ASSERT_TRUE(value == 0 || value == 255);
  }

  options = {};
  options.compat = true;
  const Result compat = remover.remove(view_, options);
  EXPECT_EQ(compat.image.format(), PixelFormat::rgba8);
  for (int x = 0; x < SIDE; ++x) {  // colours are multiplied: never above alpha's share
    EXPECT_LE(pixel(compat.image, x, 32)[0], pixel(compat.image, x, 32)[3]);
  }
}

TEST_F(RemoverTest, ABlankPictureHasNoSubject) {
  const BackgroundRemover remover(settings_);
  const std::vector<std::uint8_t> black(3 * SIDE * SIDE, 0);
  const PixelView view{black.data(), SIDE, SIDE, 3 * SIDE, PixelFormat::rgb8};
  const Result result = remover.remove(view);
  EXPECT_FALSE(result.subject);
  RemoveOptions options;
  options.crop_margin = 0;
  EXPECT_FALSE(remover.remove(view, options).crop);
}

TEST_F(RemoverTest, OnePixelIsAPicture) {
  const BackgroundRemover remover(settings_);
  const std::uint8_t one[3] = {255, 255, 255};
  const Result result = remover.remove(PixelView{one, 1, 1, 3, PixelFormat::rgb8});
  EXPECT_EQ(result.image.width(), 1);
  EXPECT_EQ(result.image.height(), 1);
}

TEST_F(RemoverTest, OpenSizesFollowThePictureUpToMaxSize) {
  test::StandIn model;
  model.height = model.width = 0;
  model.scale = 12.0f;
  model.shift = -6.0f;
  test::write_stand_in(file_, model);
  settings_.max_size = 40;  // 64 x 64 is reduced to 32 x 32, the nearest multiple of 32
  const Result small = BackgroundRemover(settings_).remove(view_);
  settings_.max_size = 64;
  const Result whole = BackgroundRemover(settings_).remove(view_);
  EXPECT_EQ(whole.image.width(), SIDE);
  EXPECT_EQ(small.image.width(), SIDE);
  // At full size the edge is as sharp as the picture's; through 32 x 32 it is spread over more pixels.
  EXPECT_EQ(pixel(whole.mask, 15, 32)[0], 0);
  EXPECT_EQ(pixel(whole.mask, 16, 32)[0], 255);
  EXPECT_NE(std::memcmp(small.mask.data(), whole.mask.data(), whole.mask.size_bytes()), 0);
}

TEST_F(RemoverTest, Int8IsTakenWhereThereIsOne) {
  settings_.precision = Precision::int8;
  const BackgroundRemover without(settings_);
  EXPECT_EQ(without.session().precision, "fp32");
  ASSERT_EQ(without.session().fallbacks.size(), 1u);
  EXPECT_EQ(without.session().fallbacks[0].provider, "int8");
  EXPECT_THAT(without.session().fallbacks[0].reason,
              testing::AllOf(HasSubstr("stand-in_int8.onnx"), HasSubstr("`peel quantize " + file_.string())));

  std::filesystem::copy_file(file_, folder_ / "stand-in_int8.onnx");
  const BackgroundRemover with(settings_);
  EXPECT_EQ(with.session().precision, "int8");
  EXPECT_THAT(with.session().file, HasSubstr("stand-in_int8.onnx"));
  EXPECT_THAT(with.session().fallbacks, testing::IsEmpty());
}

TEST_F(RemoverTest, APrecisionThatIsRequiredIsNotReplaced) {
  settings_.require_device = true;
  settings_.precision = Precision::int8;
  EXPECT_THAT(error_of(settings_, ErrorCode::device),
              testing::AllOf(HasSubstr("in INT8: there is no "), HasSubstr("stand-in_int8.onnx")));
  settings_.precision = Precision::fp16;
  EXPECT_THAT(error_of(settings_, ErrorCode::device), HasSubstr("a CPU computes in fp32"));
  settings_.precision = Precision::int8;
  std::filesystem::copy_file(file_, folder_ / "stand-in_int8.onnx");
  EXPECT_EQ(BackgroundRemover(settings_).session().precision, "int8");
}

TEST_F(RemoverTest, AStaleInt8IsNotTaken) {
  const auto int8 = int8_path(file_);
  std::filesystem::copy_file(file_, int8);
  const ModelStore store(folder_.path());
  QuantizedModel record;
  record.source_sha256 = store.sha256(file_);
  record.sha256 = store.sha256(int8);
  test::write_text(folder_ / "stand-in_int8.json", to_json(record));
  settings_.precision = Precision::int8;
  EXPECT_EQ(BackgroundRemover(settings_).session().precision, "int8");

  test::StandIn other;
  other.scale = 10.0f;
  test::write_stand_in(file_, other);
  const BackgroundRemover stale(settings_);
  EXPECT_EQ(stale.session().precision, "fp32");
  ASSERT_EQ(stale.session().fallbacks.size(), 1u);
  EXPECT_EQ(stale.session().fallbacks[0].provider, "int8");
  EXPECT_EQ(stale.session().fallbacks[0].reason,
            int8.string() +
                " was made from another stand-in.onnx than the one there now; make it again with `peel "
                "quantize " +
                file_.string() + "`");

  test::write_stand_in(int8, other);  // the record is of another file: this one is the user's own
  const BackgroundRemover own(settings_);
  EXPECT_EQ(own.session().precision, "int8");
  EXPECT_THAT(own.session().fallbacks, testing::IsEmpty());
}

TEST_F(RemoverTest, SaysWhatIsWrong) {
  Settings settings = settings_;
  settings.model_name = "siluetta";
  settings.fetch.offline = true;
  EXPECT_THAT(error_of(settings, ErrorCode::model), HasSubstr("silueta"));
  settings.model_name = "silueta";
  EXPECT_THAT(error_of(settings, ErrorCode::model), HasSubstr("silueta"));
  settings.model_name = (folder_ / "none.onnx").string();
  EXPECT_THAT(error_of(settings, ErrorCode::model), HasSubstr("no such model file"));
  settings.model_name = "sam";
  EXPECT_THAT(error_of(settings, ErrorCode::model), HasSubstr("sam_vit_b_01ec64.encoder.onnx"));
  settings.model_name = "u2net_custom";
  EXPECT_THAT(error_of(settings, ErrorCode::model), HasSubstr("u2net_custom.onnx"));

  settings = settings_;
  settings.max_size = 0;
  EXPECT_THAT(error_of(settings, ErrorCode::usage), HasSubstr("max_size"));
  settings = settings_;
  settings.model_name = "/dev/zero";
  EXPECT_THAT(error_of(settings, ErrorCode::model), HasSubstr("not a file"));
  settings = settings_;
  settings.custom_layout = custom_model(file_);
  settings.custom_layout->std[1] = 0;
  EXPECT_THAT(error_of(settings, ErrorCode::usage), HasSubstr("std"));
  settings.custom_layout = custom_model(file_);
  settings.custom_layout->input_width = 1 << 30;
  EXPECT_THAT(error_of(settings, ErrorCode::usage), HasSubstr("input of"));

  const BackgroundRemover remover(settings_);
  EXPECT_THROW(remover.remove(Image()), Error);
  EXPECT_THROW(remover.remove(PixelView{}), Error);
  RemoveOptions options;
  options.crop_margin = -1;
  EXPECT_THROW(remover.remove(view_, options), Error);
}

TEST_F(RemoverTest, ADeviceThatIsRequiredIsNotReplaced) {
  const auto statuses = probe_providers();
  if (statuses.front().usable) GTEST_SKIP() << "TensorRT works here";
  settings_.device = Device::tensorrt;
  const BackgroundRemover fallen_back(settings_);
  EXPECT_EQ(fallen_back.session().provider, "cpu");
  ASSERT_EQ(fallen_back.session().fallbacks.size(), 1u);
  EXPECT_EQ(fallen_back.session().fallbacks[0].provider, "tensorrt");
  settings_.require_device = true;
  EXPECT_THAT(error_of(settings_, ErrorCode::device), HasSubstr("tensorrt: "));
}

/// Levels of 255 between two masks, the greatest.
int apart(const Image& a, const Image& b) {
  int greatest = 0;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) {
    greatest = std::max(greatest, std::abs(static_cast<int>(a.data()[i]) - static_cast<int>(b.data()[i])));
  }
  return greatest;
}

TEST_F(RemoverTest, TheEnginesGiveTheSameMask) {
  settings_.engine = Engine::onnxruntime;
  const BackgroundRemover onnxruntime(settings_);
  EXPECT_EQ(onnxruntime.session().engine, "onnxruntime");
  EXPECT_EQ(onnxruntime.session().engine_version, runtime_info().version);
  settings_.engine = Engine::openvino;
  settings_.device = Device::automatic;
  const BackgroundRemover openvino(settings_);
  EXPECT_EQ(openvino.session().provider, "cpu") << "it is for the CPU";
  if (openvino.session().engine != "openvino") GTEST_SKIP() << "OpenVINO is not installed";
  EXPECT_EQ(openvino.session().engine_version, openvino_info().version);
  EXPECT_THAT(openvino.session().fallbacks, testing::IsEmpty());
  EXPECT_LE(apart(openvino.remove(view_).mask, onnxruntime.remove(view_).mask), 1);
  RemoveOptions compat;
  compat.compat = true;
  EXPECT_EQ(apart(openvino.remove(view_, compat).mask, onnxruntime.remove(view_, compat).mask), 0)
      << "rembg's bytes are ONNX Runtime's";
}

TEST_F(RemoverTest, AnEngineThatIsRequiredIsNotReplaced) {
  test::write_stand_in(file_, {.height = 0, .width = 0});  // OpenVINO compiles for fixed sizes
  settings_.engine = Engine::openvino;
  const BackgroundRemover fallen_back(settings_);
  EXPECT_EQ(fallen_back.session().engine, "onnxruntime");
  ASSERT_EQ(fallen_back.session().fallbacks.size(), 1u);
  EXPECT_EQ(fallen_back.session().fallbacks[0].provider, "openvino");
  settings_.require_device = true;
  EXPECT_THAT(error_of(settings_, ErrorCode::device), HasSubstr("openvino: "));
  settings_.engine = Engine::automatic;
  EXPECT_EQ(BackgroundRemover(settings_).session().engine, "onnxruntime") << "none was named";
}

TEST_F(RemoverTest, OpenVinoIsNotForAGpu) {
  settings_.engine = Engine::openvino;
  settings_.device = Device::cuda;
  const BackgroundRemover fallen_back(settings_);
  ASSERT_FALSE(fallen_back.session().fallbacks.empty());
  EXPECT_EQ(fallen_back.session().fallbacks[0].provider, "openvino");
  settings_.require_device = true;
  EXPECT_THAT(error_of(settings_, ErrorCode::device), HasSubstr("it computes on the CPU"));
}

TEST_F(RemoverTest, WhatIsMeasuredIsTakenFromThenOn) {
  const EngineChoice choice = measure_engines(settings_);
  const std::string measured = choice.engine == Engine::openvino ? "openvino" : "onnxruntime";
  EXPECT_EQ(BackgroundRemover(settings_).session().engine, measured) << choice.reason;
  EXPECT_THAT(choice.reason, testing::AnyOf(HasSubstr("measured: "), HasSubstr("OpenVINO")));
  settings_.model_name = (folder_ / "none.onnx").string();
  EXPECT_EQ(test::error_of([&] { measure_engines(settings_); }).code(), ErrorCode::model);
}

TEST_F(RemoverTest, OneThatWasMovedFromSaysSo) {
  BackgroundRemover remover(settings_);
  const BackgroundRemover other = std::move(remover);
  // NOLINTNEXTLINE(bugprone-use-after-move): that is what is tried
  EXPECT_EQ(test::error_of([&] { remover.remove(view_); }).code(), ErrorCode::usage);
  EXPECT_EQ(remover.session().provider, "");
  EXPECT_TRUE(other.remove(view_).subject);
}

TEST_F(RemoverTest, ThreadsAreNoMoreThanHelp) {
  settings_.threads = 1024;
  const BackgroundRemover remover(settings_);
  EXPECT_EQ(remover.session().threads, std::min(1024, available_cores()));
  for (const int absurd : {-1, 1025, 100'000}) {
    settings_.threads = absurd;
    EXPECT_THAT(error_of(settings_, ErrorCode::usage), HasSubstr("threads are outside 0 to 1024"));
  }
}

TEST_F(RemoverTest, WorksFromSeveralThreads) {
  const BackgroundRemover remover(settings_);
  const Result alone = remover.remove(view_);
  std::vector<Result> results(6);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = remover.remove(view_); });
  }
  for (const auto& result : results) {
    EXPECT_EQ(std::memcmp(result.image.data(), alone.image.data(), alone.image.size_bytes()), 0);
  }
}

TEST_F(RemoverTest, SeenAndThenFinishedItIsAsRemoved) {
  const BackgroundRemover remover(settings_);
  const Image picture = Image::from_pixels(view_);
  RemoveOptions options;
  options.background = Color{0, 0, 255, 128};
  options.crop_margin = 3;
  const Result whole = remover.remove(picture, options);
  const Mask mask = remover.see(picture, options.look());
  EXPECT_LT(mask.image.width(), SIDE);
  EXPECT_TRUE(mask.classes.empty());
  EXPECT_GT(mask.timings.inference, 0);
  const Result applied = finish(picture, mask, options);
  EXPECT_EQ(applied.timings.inference, mask.timings.inference);
  EXPECT_TRUE(applied.subject);
  ASSERT_EQ(applied.image.width(), whole.image.width());
  ASSERT_EQ(applied.image.height(), whole.image.height());
  for (int y = 0; y < whole.image.height(); ++y) {
    ASSERT_EQ(std::memcmp(pixel(applied.image, 0, y), pixel(whole.image, 0, y),
                          static_cast<std::size_t>(whole.image.width()) * 4),
              0)
        << y;
  }
  const std::vector<std::uint8_t> black(4, 0);
  EXPECT_FALSE(finish(picture, Mask(Image::from_pixels({black.data(), 2, 2, 2, PixelFormat::gray8}))).subject);
  EXPECT_EQ(test::error_of([&] { finish(picture, Mask()); }).code(), ErrorCode::usage);
  EXPECT_EQ(test::error_of([&] { finish(Image(), mask); }).code(), ErrorCode::usage);
}

TEST_F(RemoverTest, SubjectAndCropAreThoseOfTheCleanedMask) {
  const Image picture = Image::from_pixels(view_);
  // A square and a speck to its right.
  std::vector<std::uint8_t> values(std::size_t{SIDE} * SIDE, 0);
  for (std::size_t y = 20; y < 30; ++y)
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(y * SIDE + 10), 10, 255);
  values[25 * SIDE + 60] = 255;
  const Image mask = Image::from_pixels({values.data(), SIDE, SIDE, SIDE, PixelFormat::gray8});
  RemoveOptions options;
  options.crop_margin = 0;
  EXPECT_EQ(finish(picture, Mask(mask), options).crop.value().width, 51);
  options.cleaning.least_area = {2};
  const Result cleaned = finish(picture, Mask(mask), options);
  EXPECT_TRUE(cleaned.subject);
  EXPECT_EQ(cleaned.crop.value().width, 10);
  EXPECT_EQ(cleaned.image.width(), 10);
  EXPECT_EQ(*pixel(cleaned.mask, 60, 25), 0);
  options.cleaning.least_area = {50, true};
  EXPECT_FALSE(finish(picture, Mask(mask), options).subject);
  options.cleaning = {.invert = true};
  const Result inverted = finish(picture, Mask(mask), options);
  EXPECT_TRUE(inverted.subject);
  EXPECT_EQ(inverted.crop.value().width, SIDE);
  EXPECT_EQ(*pixel(inverted.mask, 15, 25), 0);
  // rembg's -ppm comes first: a blur that leaves two levels.
  options = {};
  options.post_process_mask = true;
  options.cleaning.offset = 2;
  const Result both = finish(picture, Mask(mask), options);
  options.cleaning = {};
  const Image smoothed = finish(picture, Mask(mask), options).mask;
  const Image wanted = clean_mask(smoothed, {.offset = 2});
  EXPECT_EQ(std::memcmp(both.mask.data(), wanted.data(), wanted.size_bytes()), 0);
}

}  // namespace
}  // namespace peel
