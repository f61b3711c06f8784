#include "commands/progress_bar.hpp"

#include <gtest/gtest.h>

namespace peel::cli {
namespace {

TEST(ProgressBar, LineOfADownload) {
  EXPECT_EQ(ProgressBar::line("downloading x", 25'000'000, 100'000'000, ProgressUnit::bytes, 2.5e6, 80),
            "downloading x  [######--------------------]  25.0/100.0 MB  2.5 MB/s  0:30 left");
  EXPECT_EQ(ProgressBar::line("downloading x", 25'000'000, 0, ProgressUnit::bytes, 0, 80), "downloading x  25.0 MB");
}

TEST(ProgressBar, LineOfPictures) {
  EXPECT_EQ(ProgressBar::line("work", 1, 4, ProgressUnit::pictures, 0, 40), "work  [######--------------------]  1/4");
  EXPECT_EQ(ProgressBar::line("work", 1, 61, ProgressUnit::pictures, 0.25, 40), "work  1/61  4.0 s each  4:00 left");
  EXPECT_EQ(ProgressBar::line("work", 5, 10, ProgressUnit::pictures, 2.5, 40), "work  5/10  2.5/s  0:02 left");
  EXPECT_EQ(ProgressBar::line("watching", 7, 0, ProgressUnit::pictures, 0, 40), "watching  7...");
}

TEST(ProgressBar, LineOfFramesWithoutAKnownEnd) {
  EXPECT_EQ(ProgressBar::line("work", 120, 0, ProgressUnit::frames, 12.34, 40), "work  120 frames  12.3/s");
  EXPECT_EQ(ProgressBar::line("work", 1, 0, ProgressUnit::frames, 0, 40), "work  1 frames");
}

TEST(ProgressLog, SaysNothingOfWhatIsQuickAndALineNowAndThenOfWhatIsNot) {
  using namespace std::chrono_literals;
  const ProgressLog::Clock::time_point begin;
  ProgressLog log(begin);
  EXPECT_EQ(log.update("masks", 0, 8, ProgressUnit::pictures, begin + 1s), "");
  EXPECT_EQ(log.update("masks", 7, 8, ProgressUnit::pictures, begin + 9s), "");
  EXPECT_EQ(log.update("judging", 0, 40, ProgressUnit::pictures, begin + 9s), "");
  EXPECT_EQ(log.update("judging", 4, 40, ProgressUnit::pictures, begin + 11s), "peel: judging  4/40  2.0/s  0:18 left");
  EXPECT_EQ(log.update("judging", 9, 40, ProgressUnit::pictures, begin + 20s), "");
  EXPECT_EQ(log.update("judging", 28, 40, ProgressUnit::pictures, begin + 23s),
            "peel: judging  28/40  2.0/s  0:06 left");
}

TEST(ProgressBar, NeverAsWideAsTheTerminal) {
  for (std::size_t columns = 2; columns < 130; ++columns) {
    const auto line = ProgressBar::line("downloading a model", 5'000'000, 4'000'000, ProgressUnit::bytes, 1e6, columns);
    EXPECT_LT(line.size(), columns);
  }
}

}  // namespace
}  // namespace peel::cli
