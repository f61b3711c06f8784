// What is made of a mask's edge: matting, refinement, colours. On a drawn scene of which the truth is known.

#include "remover/finish.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mask/cutout.hpp"
#include "scenes/hair_scene.hpp"
#include "support/error_of.hpp"
#include "support/matting_planes.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

using test::samples;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const scenes::HairScene& hair() {
  static const scenes::HairScene drawn = scenes::hair_scene(240, 200, 60);
  return drawn;
}

Image plain(int width, int height, double value) {
  return test::painted(PixelFormat::gray8, width, height, [&](int, int, int) { return value; });
}

RemoveOptions matting(int erosion = 6) {
  RemoveOptions options;
  options.alpha_matting = true;
  options.matting.erosion = erosion;
  return options;
}

TEST(Complete, MattingIsItsPublicParts) {
  const Result result = finish(hair().picture, Mask(hair().mask), matting());
  const Image trimap = make_trimap(hair().mask, matting().matting);
  const AlphaEstimate estimate = estimate_alpha(hair().picture, trimap);
  ASSERT_TRUE(estimate.solved);
  EXPECT_EQ(samples(result.mask), samples(estimate.alpha));
  const Image colors = estimate_foreground(hair().picture, estimate.alpha);
  EXPECT_EQ(samples(result.image), samples(cut_out(colors, estimate.alpha, 0)));
  EXPECT_NE(samples(result.image), samples(cut_out(hair().picture, estimate.alpha, 0)));
  EXPECT_TRUE(result.subject);
  EXPECT_THAT(result.notes, IsEmpty());

  const Result by_trimap = finish_trimap(hair().picture, trimap);
  EXPECT_EQ(samples(by_trimap.image), samples(result.image));
  EXPECT_EQ(samples(by_trimap.mask), samples(result.mask));
  EXPECT_THAT(by_trimap.notes, IsEmpty());
}

TEST(Complete, EveryMattingOptionCounts) {
  const auto mask = samples(finish(hair().picture, Mask(hair().mask), matting()).mask);
  EXPECT_NE(samples(finish(hair().picture, Mask(hair().mask), matting(12)).mask), mask);
  RemoveOptions options = matting();
  options.matting.foreground_threshold = 128;
  EXPECT_NE(samples(finish(hair().picture, Mask(hair().mask), options).mask), mask);
  options = matting();
  options.matting.background_threshold = 128;
  EXPECT_NE(samples(finish(hair().picture, Mask(hair().mask), options).mask), mask);
  options = matting();
  options.matting.exact = true;
  EXPECT_NE(samples(finish(hair().picture, Mask(hair().mask), options).mask), mask);
  for (const int wrong : {-1, 1001}) {
    const Error error = test::error_of([&] { finish(hair().picture, Mask(hair().mask), matting(wrong)); });
    EXPECT_EQ(error.code(), ErrorCode::usage);
  }
}

TEST(Complete, MattingComesAfterTheCleaning) {
  RemoveOptions options = matting();
  options.cleaning.offset = -3;
  options.cleaning.invert = true;
  const Image cleaned = clean_mask(hair().mask, options.cleaning);
  EXPECT_EQ(samples(finish(hair().picture, Mask(hair().mask), options).mask),
            samples(finish(hair().picture, Mask(cleaned), matting()).mask));
  options = matting();
  options.refine = true;
  EXPECT_EQ(samples(finish(hair().picture, Mask(hair().mask), options).mask),
            samples(finish(hair().picture, Mask(refine_mask(hair().picture, hair().mask)), matting()).mask));
}

TEST(Complete, RefiningComesFirst) {
  RemoveOptions options;
  options.refine = true;
  const Image refined = refine_mask(hair().picture, hair().mask);
  const Result result = finish(hair().picture, Mask(hair().mask), options);
  EXPECT_EQ(samples(result.mask), samples(refined));
  EXPECT_EQ(samples(result.image), samples(cut_out(hair().picture, refined, 0)));
  options.cleaning.threshold = 128;
  EXPECT_EQ(samples(finish(hair().picture, Mask(hair().mask), options).mask),
            samples(clean_mask(refined, options.cleaning)));
}

TEST(Complete, ColoursAreCleanedWhereThatIsAskedFor) {
  const Image& picture = hair().picture;
  const Image& mask = hair().mask;
  const Image colors = estimate_foreground(picture, mask);
  RemoveOptions options;
  EXPECT_EQ(samples(finish(picture, Mask(mask), options).image), samples(cut_out(picture, mask, 0)));
  options.decontaminate = true;
  EXPECT_EQ(samples(finish(picture, Mask(mask), options).image), samples(cut_out(colors, mask, 0)));
  options.kind = RemoveOptions::Kind::put_alpha;
  EXPECT_EQ(samples(finish(picture, Mask(mask), options).image), samples(put_alpha(colors, mask, 0)));

  // put_alpha keeps every colour, also with matting, unless it is asked not to.
  options = matting();
  options.kind = RemoveOptions::Kind::put_alpha;
  const Result kept = finish(picture, Mask(mask), options);
  EXPECT_EQ(samples(kept.image), samples(put_alpha(picture, kept.mask, 0)));
  options.decontaminate = true;
  EXPECT_EQ(samples(finish(picture, Mask(mask), options).image),
            samples(put_alpha(estimate_foreground(picture, kept.mask), kept.mask, 0)));
}

TEST(Complete, RembgsBytesWithMattingAreExactAndStraight) {
  RemoveOptions exact = matting();
  exact.matting.exact = true;
  RemoveOptions compat = matting();
  compat.compat = true;
  const Result result = finish(hair().picture, Mask(hair().mask), compat);
  EXPECT_EQ(samples(result.image), samples(finish(hair().picture, Mask(hair().mask), exact).image));
  const Image trimap = make_trimap(hair().mask, compat.matting);
  EXPECT_EQ(samples(finish_trimap(hair().picture, trimap, compat).image), samples(result.image));
  // Without, colours are multiplied.
  compat.alpha_matting = false;
  EXPECT_EQ(samples(finish(hair().picture, Mask(hair().mask), compat).image),
            samples(compat_cut_out(hair().picture, hair().mask, 0)));
}

TEST(Complete, WithNothingToSolveTheNotesSayWhatIsDoneInstead) {
  const Image& picture = hair().picture;
  const Image faint = plain(picture.width(), picture.height(), 0.4);
  Result result = finish(picture, Mask(faint), matting());
  EXPECT_THAT(result.notes, ElementsAre("no alpha matting: nothing is certain to be foreground or background; the mask "
                                        "is drawn to the picture's edges instead"));
  EXPECT_EQ(samples(result.mask), samples(refine_mask(picture, faint)));
  EXPECT_FALSE(result.subject);
  // Once is enough, and rembg takes the mask.
  for (const bool compat : {false, true}) {
    RemoveOptions options = matting();
    options.compat = compat;
    options.refine = !compat;
    result = finish(picture, Mask(faint), options);
    ASSERT_EQ(result.notes.size(), 1U);
    EXPECT_THAT(result.notes[0], HasSubstr("the mask is taken as it is instead"));
    EXPECT_EQ(samples(result.mask), samples(compat ? faint : refine_mask(picture, faint)));
    if (compat) {
      EXPECT_EQ(samples(result.image), samples(compat_cut_out(picture, faint, 0)));
    }
  }
  result = finish_trimap(picture, faint);
  EXPECT_THAT(result.notes, ElementsAre("no alpha matting: nothing is certain to be foreground or background; the "
                                        "trimap is taken as the mask"));
  EXPECT_EQ(samples(result.mask), samples(faint));
}

TEST(Complete, OfATrimapOnlyWhatBelongsToItCounts) {
  const Image trimap = make_trimap(hair().mask, matting().matting);
  const auto alone = samples(finish_trimap(hair().picture, trimap).image);
  RemoveOptions options = matting(100);
  options.refine = true;
  options.matting.foreground_threshold = 1;
  EXPECT_EQ(samples(finish_trimap(hair().picture, trimap, options).image), alone);

  options = {};
  options.cleaning.invert = true;
  options.crop_margin = 2;
  options.kind = RemoveOptions::Kind::mask;
  const Result inverted = finish_trimap(hair().picture, trimap, options);
  EXPECT_EQ(samples(inverted.mask), samples(clean_mask(finish_trimap(hair().picture, trimap).mask, options.cleaning)));
  ASSERT_TRUE(inverted.crop);
  EXPECT_EQ(inverted.image.format(), PixelFormat::gray8);
  EXPECT_GT(inverted.timings.postprocess, 0);
  EXPECT_GE(inverted.timings.total, inverted.timings.postprocess);

  EXPECT_EQ(test::error_code([&] { finish_trimap(hair().picture, hair().picture); }),
            static_cast<int>(ErrorCode::usage));
  EXPECT_EQ(test::error_code([&] { finish_trimap(hair().picture, Image()); }), static_cast<int>(ErrorCode::usage));
  EXPECT_EQ(test::error_code([&] { finish_trimap(Image(), trimap); }), static_cast<int>(ErrorCode::usage));
}

TEST(Complete, MattingOfAPictureIsThatOfItsMask) {
  const test::TemporaryFolder folder;
  const auto file = folder / "stand-in.onnx";
  test::write_stand_in(file, {.scale = -6, .shift = -3});  // hair is dark
  Settings settings;
  settings.model_name = file.string();
  settings.model_folder = folder.path();
  settings.device = Device::cpu;
  const BackgroundRemover remover(settings);
  RemoveOptions options;
  options.alpha_matting = true;
  const Result wanted = finish(hair().picture, remover.see(hair().picture), options);
  ASSERT_THAT(wanted.notes, IsEmpty());
  const Result got = remover.remove(hair().picture, options);
  EXPECT_EQ(samples(got.image), samples(wanted.image));
  EXPECT_EQ(samples(got.mask), samples(wanted.mask));
  EXPECT_NE(samples(got.mask), samples(remover.remove(hair().picture).mask));
}

}  // namespace
}  // namespace peel
