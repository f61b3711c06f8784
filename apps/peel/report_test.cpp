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
