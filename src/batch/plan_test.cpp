#include "batch/plan.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>

#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

using ::testing::ElementsAre;

constexpr std::uint64_t MUCH = std::uint64_t{1} << 40;

TEST(Plan, EveryCoreHasAThreadInEverySplit) {
  EXPECT_THAT(possible_splits(1, 0, MUCH), ElementsAre(Split{1, 1}));
  EXPECT_THAT(possible_splits(2, 0, MUCH), ElementsAre(Split{2, 1}, Split{1, 2}));
  EXPECT_THAT(possible_splits(8, 0, MUCH), ElementsAre(Split{8, 1}, Split{4, 2}, Split{2, 4}, Split{1, 8}));
  EXPECT_THAT(possible_splits(6, 0, MUCH), ElementsAre(Split{6, 1}, Split{3, 2}, Split{1, 4}, Split{1, 6}));
}

TEST(Plan, SplitsThatWouldTakeTooMuchMemoryAreNone) {
  EXPECT_THAT(possible_splits(8, 100, 450), ElementsAre(Split{4, 2}, Split{2, 4}, Split{1, 8}));
  EXPECT_THAT(possible_splits(8, 100, 1), ElementsAre(Split{1, 8})) << "one must be left";
}

TEST(Plan, TheFastestSplitAndOfEqualOnesTheSmallest) {
  const std::vector<Split> splits = possible_splits(8, 0, MUCH);
  const auto with = [&](std::map<int, double> rates) {
    return fastest(splits, [rates](const Split& split) { return rates.at(split.jobs); });
  };
  EXPECT_EQ(with({{8, 10}, {4, 9}, {2, 5}, {1, 4}}), (Split{8, 1}));
  EXPECT_EQ(with({{8, 10}, {4, 9.8}, {2, 5}, {1, 4}}), (Split{4, 2}));
  EXPECT_EQ(with({{8, 1}, {4, 2}, {2, 3}, {1, 4}}), (Split{1, 8}));
}

TEST(Plan, WhatAPictureTakes) {
  EXPECT_EQ(picture_memory(500, std::nullopt), 500U);
  // Colours 3, mask 1, cut-out 4, its file 2.
  EXPECT_EQ(picture_memory(500, PictureHeader{1000, 100, 3}), 500U + 100'000U * 10);
  // Matting: 10 a pixel, and 150 for each of a tenth of them, but for no more than three million.
  EXPECT_EQ(picture_memory(500, PictureHeader{1000, 100, 3}, true), 500U + 100'000U * (10 + 10 + 15));
  EXPECT_EQ(picture_memory(0, PictureHeader{10000, 10000, 3}, true), 100'000'000U * 20ULL + 450'000'000U);
  EXPECT_GT(picture_memory(0, PictureHeader{0x3FFF, 0x3FFF, 8}), std::uint64_t{5} << 30) << "no overflow";
}

TEST(Plan, WhatWasFoundIsRememberedAndRubbishIsNot) {
  const test::TemporaryFolder cache;
  setenv("XDG_CACHE_HOME", cache.path().c_str(), 1);
  const RememberedSplit remembered("a model on a machine");
  EXPECT_FALSE(remembered.get());
  remembered.set({3, 2});
  EXPECT_EQ(RememberedSplit("a model on a machine").get(), (Split{3, 2}));
  EXPECT_FALSE(RememberedSplit("another model").get());
  const auto folder = cache / "peel/splits";
  for (const char* rubbish : {"", "x", "0 4", "4", "-1 1"}) {
    test::write_text(folder / test::names_in(folder).front(), rubbish);
    EXPECT_FALSE(remembered.get()) << rubbish;
  }
  unsetenv("XDG_CACHE_HOME");
}

}  // namespace
}  // namespace peel
