#include <gtest/gtest.h>

#include "peel/remover.hpp"
#include "support/error_of.hpp"

namespace peel {
namespace {

testing::AssertionResult is(const char* text, int red, int green, int blue, int alpha) {
  const Color c = parse_color(text);
  if (c.red == red && c.green == green && c.blue == blue && c.alpha == alpha) return testing::AssertionSuccess();
  return testing::AssertionFailure() << text << " is " << int{c.red} << "," << int{c.green} << "," << int{c.blue} << ","
                                     << int{c.alpha};
}

TEST(Color, IsReadInEveryForm) {
  EXPECT_TRUE(is("white", 255, 255, 255, 255));
  EXPECT_TRUE(is("rebeccapurple", 0x66, 0x33, 0x99, 255));
  EXPECT_TRUE(is("green", 0, 128, 0, 255));
  EXPECT_TRUE(is("transparent", 0, 0, 0, 0));
  EXPECT_TRUE(is("#f80", 255, 0x88, 0, 255));
  EXPECT_TRUE(is("#ff8000", 255, 128, 0, 255));
  EXPECT_TRUE(is("#ff800040", 255, 128, 0, 64));
  EXPECT_TRUE(is("1,2,3", 1, 2, 3, 255));
  EXPECT_TRUE(is("1, 2, 3, 4", 1, 2, 3, 4));
}

TEST(Color, RefusesWhatIsNone) {
  for (const char* text : {"", "whit", "#12", "#gggggg", "1,2", "1,2,3,4,5", "256,0,0", "-1,0,0", "1,,2", "1,2,3,"}) {
    EXPECT_THROW(parse_color(text), Error) << text;
  }
  EXPECT_THROW(parse_color({"red\0blue", 8}), Error);
}

TEST(Color, IsQuotedInOneLine) {
  EXPECT_EQ(test::error_of([] { parse_color("re\nd"); }).message(), R"("re\nd" is no colour)");
}

}  // namespace
}  // namespace peel
