// Removal that is watched, ended early, or written into the caller's memory; the settings by their old names.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "image/compose.hpp"
#include "peel/color.hpp"
#include "peel/file.hpp"
#include "peel/remover.hpp"
#include "scenes/hair_scene.hpp"
#include "support/error_of.hpp"
#include "support/matting_planes.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Controlled : public testing::Test {
 protected:
  Controlled() {
    test::write_stand_in(folder_ / "net.onnx", {.scale = -6, .shift = -3});  // hair is dark
    settings_.model_name = (folder_ / "net.onnx").string();
    settings_.model_folder = folder_.path();
    settings_.device = Device::cpu;
    options_.alpha_matting = true;
  }

  static const Image& picture() {
    static const scenes::HairScene drawn = scenes::hair_scene(240, 200, 60);
    return drawn.picture;
  }

  /// What `work` tells; it is stopped at that step, none being 0.
  template <typename Work>
  std::vector<std::string> steps_of(const Work& work, std::size_t stopped_at = 0) const {
    std::vector<std::string> steps;
    std::stop_source source;
    const auto note = [&](const Progress& progress) {
      steps.push_back(std::string(progress.what) + " " + std::to_string(progress.done) + "/" +
                      std::to_string(progress.total));
      if (steps.size() == stopped_at) source.request_stop();
    };
    const Control control{source.get_token(), note};
    if (stopped_at == 0) {
      work(control);
    } else {
      EXPECT_THROW(work(control), Cancelled) << stopped_at;
      EXPECT_EQ(steps.size(), stopped_at) << "it went on";
    }
    return steps;
  }

  test::TemporaryFolder folder_;
  Settings settings_;
  RemoveOptions options_;
};

TEST_F(Controlled, EveryStepIsToldAndMayBeTheLast) {
  const BackgroundRemover remover(settings_);
  const auto png = encode(picture());
  const auto remove = [&](const Control& control) { remover.remove(png, options_, {}, control); };
  EXPECT_THAT(steps_of(remove),
              ElementsAre("decoding 0/1", "network 0/1", "mask 0/1", "matting 0/1", "colors 0/1", "composing 0/1"));
  for (std::size_t i = 1; i <= 6; ++i) steps_of(remove, i);
  // It can be used again.
  EXPECT_TRUE(remover.remove(picture(), options_).subject);
}

TEST_F(Controlled, OfSeveralPicturesEachIsTold) {
  const BackgroundRemover remover(settings_);
  const std::vector<Image> pictures(2, picture());
  const auto remove = [&](const Control& control) { remover.remove(pictures, {}, control); };
  EXPECT_THAT(steps_of(remove),
              ElementsAre("network 0/2", "network 1/2", "mask 0/2", "composing 0/2", "mask 1/2", "composing 1/2"));
  for (std::size_t i = 1; i <= 6; ++i) steps_of(remove, i);
}

TEST_F(Controlled, MattingAndColoursEndByThemselves) {
  std::stop_source source;
  const BackgroundRemover remover(settings_);
  const Mask mask = remover.see(picture());
  const Result whole = finish(picture(), mask, options_);
  const Image trimap = make_trimap(whole.mask, options_.matting);
  EXPECT_TRUE(estimate_alpha(picture(), trimap, false, 1, source.get_token()).solved);
  source.request_stop();
  EXPECT_THROW(estimate_alpha(picture(), trimap, false, 1, source.get_token()), Cancelled);
  EXPECT_THROW(estimate_foreground(picture(), whole.mask, 1, source.get_token()), Cancelled);
  EXPECT_THROW(finish_trimap(picture(), trimap, {}, 1, {source.get_token(), {}}), Cancelled);
}

TEST_F(Controlled, TheResultGoesIntoTheCallersMemory) {
  const BackgroundRemover remover(settings_);
  const int width = picture().width();
  const int height = picture().height();
  const std::ptrdiff_t stride = 4 * width + 12;
  for (const auto& change : std::vector<std::function<void(RemoveOptions&)>>{
           [](RemoveOptions&) {}, [](RemoveOptions& o) { o.alpha_matting = true; },
           [](RemoveOptions& o) { o.kind = Finish::Kind::put_alpha; }, [](RemoveOptions& o) { o.compat = true; },
           [](RemoveOptions& o) {
             o.compat = true;
             o.background = Color{1, 2, 3, 255};
           },
           [](RemoveOptions& o) { o.background = WHITE; }, [](RemoveOptions& o) { o.background = picture(); },
           [](RemoveOptions& o) { o.kind = Finish::Kind::mask; }}) {
    RemoveOptions options;
    change(options);
    const Result wanted = remover.remove(picture(), options);
    std::vector<std::uint8_t> room(static_cast<std::size_t>(stride * height), 77);
    // From bottom to top, blue first.
    options.into = PixelBuffer{room.data() + (height - 1) * stride, width, height, -stride, PixelFormat::bgra8};
    const Result got = remover.remove(picture(), options);
    EXPECT_TRUE(got.image.empty());
    EXPECT_EQ(test::samples(got.mask), test::samples(wanted.mask));
    const Image rgba = as_rgba(wanted.image);
    bool same = true;
    for (int y = 0; y < height; ++y) {
      const auto* const is = room.data() + (height - 1 - y) * stride;
      const auto* const was = reinterpret_cast<const std::uint8_t*>(rgba.data() + y * rgba.stride());
      for (int i = 0; i < 4 * width; ++i) same = same && is[i] == was[i % 4 == 3 ? i : i / 4 * 4 + 2 - i % 4];
      for (std::ptrdiff_t i = 4 * width; i < stride; ++i) same = same && is[i] == 77;
    }
    EXPECT_TRUE(same);
  }
}

TEST_F(Controlled, WhatDoesNotFitIntoThatMemoryIsSaid) {
  const BackgroundRemover remover(settings_);
  const int width = picture().width();
  const int height = picture().height();
  std::vector<std::uint8_t> room(static_cast<std::size_t>(4 * width * height));
  RemoveOptions options;
  options.into = PixelBuffer{room.data(), width, height, 4 * width, PixelFormat::rgba8};
  const auto refusal = [&](const auto& call) {
    const Error error = test::error_of(call);
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return std::string(error.what());
  };
  const std::vector<Image> two(2, picture());
  EXPECT_THAT(refusal([&] { remover.remove(two, options); }), HasSubstr("several pictures"));
  options.crop_margin = 3;
  EXPECT_THAT(refusal([&] { remover.remove(picture(), options); }), HasSubstr("cropped"));
  options.crop_margin.reset();
  options.into->width -= 1;
  EXPECT_THAT(refusal([&] { remover.remove(picture(), options); }), HasSubstr("a buffer of 239 x 200 pixels"));
  options.into->width += 1;
  options.into->format = PixelFormat::rgb8;
  EXPECT_THAT(refusal([&] { remover.remove(picture(), options); }), HasSubstr("background"));
  EXPECT_THAT(room, testing::Each(0));
}

TEST(BasicSettings, SayTheSameAsTheSettingsTheyStandFor) {
  const BasicSettings usual;
  EXPECT_EQ(usual.settings().device, Device::automatic);
  EXPECT_EQ(usual.settings().precision, Precision::automatic);
  EXPECT_TRUE(usual.settings().use_tensorrt);
  EXPECT_EQ(usual.settings().max_size, Settings{}.max_size);
  EXPECT_FALSE(usual.options().alpha_matting);
  const BasicSettings others{"u2netp", 512, true, false, false, true};
  EXPECT_EQ(others.settings().model_name, "u2netp");
  EXPECT_EQ(others.settings().max_size, 512);
  EXPECT_EQ(others.settings().device, Device::cpu);
  EXPECT_EQ(others.settings().precision, Precision::int8);
  EXPECT_FALSE(others.settings().use_tensorrt);
  EXPECT_TRUE(others.options().alpha_matting);
}

}  // namespace
}  // namespace peel
