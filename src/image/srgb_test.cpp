#include "image/srgb.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "support/pictures.hpp"

namespace peel {
namespace {

std::vector<std::uint8_t> colours() {
  std::vector<std::uint8_t> out;
  std::mt19937 random(2);
  for (int i = 0; i < 3000; ++i) out.push_back(static_cast<std::uint8_t>(random()));
  return out;
}

TEST(IsSrgb, TellsProfilesApart) {
  EXPECT_TRUE(is_srgb({}));
  EXPECT_TRUE(is_srgb(test::srgb_profile()));
  EXPECT_FALSE(is_srgb(test::wide_gamut_profile()));
  EXPECT_FALSE(is_srgb(test::gray_profile(1.0)));
}

TEST(ReadsLikeSrgb, NearSpacesDoAndFarOnesDoNot) {
  EXPECT_TRUE(reads_like_srgb({}));
  EXPECT_TRUE(reads_like_srgb(test::srgb_profile()));
  EXPECT_TRUE(reads_like_srgb(test::wide_gamut_profile()));  // Adobe RGB
  EXPECT_TRUE(reads_like_srgb(test::gray_profile(2.2)));
  EXPECT_FALSE(reads_like_srgb(test::gray_profile(1.0)));
}

TEST(ProfileToSrgb, LeavesSrgbExactlyAsItIs) {
  const auto before = colours();
  auto after = before;
  profile_to_srgb(after, test::srgb_profile());
  EXPECT_EQ(after, before);
  profile_to_srgb(after, {});
  EXPECT_EQ(after, before);
}

TEST(ProfileToSrgb, ConvertsAWiderSpace) {
  // Adobe RGB (0, 255, 0) is greener than sRGB can show; a neutral stays neutral; a muted colour gains saturation.
  std::vector<std::uint8_t> pixels{0, 255, 0, 128, 128, 128, 150, 100, 100};
  profile_to_srgb(pixels, test::wide_gamut_profile());
  EXPECT_EQ(pixels[1], 255);
  EXPECT_NEAR(pixels[3], 128, 2);
  EXPECT_NEAR(pixels[4], 128, 2);
  EXPECT_NEAR(pixels[5], 128, 2);
  EXPECT_NEAR(pixels[6], 163, 5);
  EXPECT_NEAR(pixels[7], 99, 4);
}

TEST(SrgbToProfile, IsTheWayBack) {
  std::vector<std::uint8_t> pixels{255, 136, 0, 255, 255, 255, 0, 0, 0, 20, 120, 200};
  const auto before = pixels;
  srgb_to_profile(pixels, test::wide_gamut_profile());
  EXPECT_NE(pixels, before);
  EXPECT_EQ(std::vector(pixels.begin() + 3, pixels.begin() + 9), std::vector(before.begin() + 3, before.begin() + 9));
  profile_to_srgb(pixels, test::wide_gamut_profile());
  for (std::size_t i = 0; i < pixels.size(); ++i) EXPECT_NEAR(pixels[i], before[i], 2) << i;
  srgb_to_profile(pixels = before, test::gray_profile(1.0));
  EXPECT_EQ(pixels, before);
}

TEST(ProfileToSrgb, ReadsAGrayProfilesLevelFromTheFirstSample) {
  std::vector<std::uint8_t> pixels{0, 0, 0, 55, 55, 55, 255, 255, 255};
  profile_to_srgb(pixels, test::gray_profile(1.0));
  EXPECT_EQ(pixels[0], 0);
  EXPECT_NEAR(pixels[3], 128, 3);  // 55 of 255 of the light
  EXPECT_EQ(pixels[3], pixels[5]);
  EXPECT_EQ(pixels[6], 255);
}

TEST(ProfileFits, OnlySoundProfilesOfThePixelsOwnSpace) {
  EXPECT_TRUE(profile_fits(test::wide_gamut_profile(), PixelFormat::rgba16));
  EXPECT_FALSE(profile_fits(test::wide_gamut_profile(), PixelFormat::gray8));
  EXPECT_TRUE(profile_fits(test::gray_profile(2.2), PixelFormat::gray_alpha8));
  EXPECT_FALSE(profile_fits(test::gray_profile(2.2), PixelFormat::rgb8));
  EXPECT_FALSE(profile_fits({}, PixelFormat::rgb8));
}

TEST(ProfileFits, DamagedProfilesAreRefusedOrHarmless) {
  const auto sound = test::wide_gamut_profile();
  auto pixels = colours();
  std::mt19937 random(4);
  for (int round = 0; round < 300; ++round) {
    auto damaged = sound;
    damaged.resize(random() % (sound.size() + 1));
    if (!damaged.empty()) damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    if (damaged.size() < 128) {
      EXPECT_FALSE(profile_fits(damaged, PixelFormat::rgb8));
    }
    profile_to_srgb(pixels, damaged);
  }
  const std::vector<std::byte> text(1000, std::byte{'x'});
  EXPECT_FALSE(profile_fits(text, PixelFormat::rgb8));
}

TEST(ProfileToSrgb, IsSafeFromSeveralThreads) {
  const auto profile = test::wide_gamut_profile();
  auto expected = colours();
  profile_to_srgb(expected, profile);
  std::vector<std::vector<std::uint8_t>> results(4, colours());
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back([&result, &profile] { profile_to_srgb(result, profile); });
    }
  }
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

}  // namespace
}  // namespace peel
