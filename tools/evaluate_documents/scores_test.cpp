#include "scores.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/geometry.hpp"

namespace peel::evaluation {
namespace {

constexpr Corners PAGE{{{100, 100}, {500, 120}, {520, 700}, {80, 680}}};

TEST(Scores, TheTruthScoresBestWhicheverCornerIsFirst) {
  Corners turned = PAGE;
  std::rotate(turned.begin(), turned.begin() + 1, turned.end());
  for (const Corners& found : {PAGE, turned}) {
    const Score one = score(found, PAGE, 600, 800);
    EXPECT_NEAR(one.iou, 1, 1e-9);
    EXPECT_NEAR(one.page_iou, 1, 1e-9);
    EXPECT_NEAR(one.corner_error, 0, 1e-9);
    EXPECT_EQ(one.wanted, PageStatus::found);
  }
}

TEST(Scores, AShiftCostsWhatItIs) {
  Corners shifted = PAGE;
  for (Point& p : shifted) p.x += 10;
  const Score one = score(shifted, PAGE, 600, 800);
  EXPECT_NEAR(one.corner_error, 1, 1e-9) << "10 pixels of a diagonal of 1000";
  EXPECT_LT(one.iou, 0.97);
  EXPECT_GT(one.iou, 0.94);
}

TEST(Scores, WhatIsNoQuadrilateralScoresNothing) {
  const Corners crossed{{{100, 100}, {520, 700}, {500, 120}, {80, 680}}};
  EXPECT_EQ(score(crossed, PAGE, 600, 800).iou, 0);
  EXPECT_EQ(score(std::nullopt, PAGE, 600, 800).iou, 0);
  EXPECT_EQ(score(std::nullopt, PAGE, 600, 800).corner_error, 100);
}

TEST(Scores, TheWantedStatusFollowsFromTheTruth) {
  EXPECT_EQ(score(std::nullopt, std::nullopt, 600, 800).wanted, PageStatus::not_found);
  EXPECT_EQ(score(PAGE, PAGE, 450, 800).wanted, PageStatus::partial);
}

TEST(Scores, ThePairedIntervalHoldsTheDifference) {
  std::vector<std::pair<double, double>> pairs;
  for (int i = 0; i < 40; ++i) {
    const double first = 0.9 + 0.002 * (i % 7);
    pairs.emplace_back(first, first + 0.01 + 0.001 * (i % 3));
  }
  const Interval interval = paired_interval(pairs);
  EXPECT_GT(interval.low, 0.0105);
  EXPECT_LT(interval.high, 0.0115);
}

TEST(Scores, ASummaryCountsPagesAlone) {
  std::vector<Score> scores(3);
  scores[0].iou = 0.95;
  scores[0].wanted = PageStatus::found;
  scores[1].iou = 0.85;
  scores[1].wanted = PageStatus::partial;
  const Summary summary = summarise(scores);
  EXPECT_EQ(summary.pictures, 2);
  EXPECT_NEAR(summary.iou, 0.9, 1e-9);
  EXPECT_NEAR(summary.below, 0.5, 1e-9);
}

}  // namespace
}  // namespace peel::evaluation
