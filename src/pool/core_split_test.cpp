#include "pool/core_split.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>

#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

using ::testing::ElementsAre;

constexpr std::uint64_t MUCH = std::uint64_t{1} << 40;

TEST(CoreSplit, WhatIsNotGivenFollowsFromWhatIs) {
  EXPECT_EQ(share_cores(8, 0, 0), (CoreSplit{8, 1}));
  EXPECT_EQ(share_cores(8, 2, 0), (CoreSplit{2, 4}));
  EXPECT_EQ(share_cores(8, 0, 3), (CoreSplit{2, 3}));
  EXPECT_EQ(share_cores(8, 0, 9), (CoreSplit{1, 9}));
  EXPECT_EQ(share_cores(2, 5, 0), (CoreSplit{5, 1}));
  EXPECT_EQ(share_cores(2, 5, 4), (CoreSplit{5, 4}));
}

TEST(CoreSplit, MorePicturesAreInHandThanInTheNetwork) {
  EXPECT_EQ(pictures_in_hand(1, true, 1), 2);
  EXPECT_EQ(pictures_in_hand(4, true, 1), 6);
  EXPECT_GE(pictures_in_hand(1, false, 8), 17) << "one batch computed, one on its way";
}

TEST(CoreSplit, EveryCoreHasAThreadInEverySplit) {
  EXPECT_THAT(possible_splits(1, 0, MUCH), ElementsAre(CoreSplit{1, 1}));
  EXPECT_THAT(possible_splits(2, 0, MUCH), ElementsAre(CoreSplit{2, 1}, CoreSplit{1, 2}));
  EXPECT_THAT(possible_splits(8, 0, MUCH),
              ElementsAre(CoreSplit{8, 1}, CoreSplit{4, 2}, CoreSplit{2, 4}, CoreSplit{1, 8}));
  EXPECT_THAT(possible_splits(6, 0, MUCH),
              ElementsAre(CoreSplit{6, 1}, CoreSplit{3, 2}, CoreSplit{1, 4}, CoreSplit{1, 6}));
}

TEST(CoreSplit, SplitsThatWouldTakeTooMuchMemoryAreNone) {
  EXPECT_THAT(possible_splits(8, 100, 450), ElementsAre(CoreSplit{4, 2}, CoreSplit{2, 4}, CoreSplit{1, 8}));
  EXPECT_THAT(possible_splits(8, 100, 1), ElementsAre(CoreSplit{1, 8})) << "one must be left";
}

TEST(CoreSplit, TheFastestSplitAndOfEqualOnesTheSmallest) {
  const std::vector<CoreSplit> splits = possible_splits(8, 0, MUCH);
  const auto with = [&](std::map<int, double> rates) {
    return fastest(splits, [rates](const CoreSplit& split) { return rates.at(split.jobs); });
  };
  EXPECT_EQ(with({{8, 10}, {4, 9}, {2, 5}, {1, 4}}), (CoreSplit{8, 1}));
  EXPECT_EQ(with({{8, 10}, {4, 9.8}, {2, 5}, {1, 4}}), (CoreSplit{4, 2}));
  EXPECT_EQ(with({{8, 1}, {4, 2}, {2, 3}, {1, 4}}), (CoreSplit{1, 8}));
}

TEST(CoreSplit, WhatWasFoundIsRememberedAndRubbishIsNot) {
  const test::TemporaryFolder cache;
  setenv("XDG_CACHE_HOME", cache.path().c_str(), 1);
  const RememberedSplit remembered("a model on a machine");
  EXPECT_FALSE(remembered.get());
  remembered.set({3, 2});
  EXPECT_EQ(RememberedSplit("a model on a machine").get(), (CoreSplit{3, 2}));
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
