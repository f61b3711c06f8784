#include "report.hpp"

#include <gtest/gtest.h>

namespace peel::cli {
namespace {

TEST(Printable, LeavesTextAndShowsControlCharacters) {
  EXPECT_EQ(printable("Käse 写真.jpg"), "Käse 写真.jpg");
  EXPECT_EQ(printable("a\nb\t\033[31mc\x7f"), "a\\x0ab\\x09\\x1b[31mc\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\\x9b2J");
  EXPECT_EQ(printable("\xc2"), "\xc2");
}

TEST(Wrap, KeepsWordsAndLineEnds) {
  EXPECT_EQ(wrap("one two three", 9, 2), "one two\n  three");
  EXPECT_EQ(wrap("one\ntwo", 80, 4), "one\n    two");
  EXPECT_EQ(wrap("averyverylongword", 5, 0), "averyverylongword");
}

TEST(WriteText, ThrowsNothingWhereTheStreamIsFull) {
  std::FILE* const full = std::fopen("/dev/full", "w");
  if (!full) GTEST_SKIP() << "no /dev/full";
  std::setbuf(full, nullptr);
  write_text(full, "text");
  EXPECT_NE(std::ferror(full), 0);
  std::fclose(full);
}

}  // namespace
}  // namespace peel::cli
