#include <gtest/gtest.h>

#include <set>

#include "peel/document.hpp"
#include "support/error_of.hpp"

namespace peel {
namespace {

const int USAGE = static_cast<int>(ErrorCode::usage);

TEST(PageStatus, EachHasAWordOfItsOwn) {
  const std::set<std::string_view> words{word_for(PageStatus::found), word_for(PageStatus::not_found),
                                         word_for(PageStatus::partial), word_for(PageStatus::already_cropped)};
  EXPECT_EQ(words, (std::set<std::string_view>{"already_cropped", "found", "not_found", "partial"}));
}

TEST(PageFormats, AreUprightAndFoundByTheirNames) {
  ASSERT_FALSE(page_formats().empty());
  for (const PageFormat& format : page_formats()) {
    EXPECT_LT(format.width_mm, format.height_mm) << format.name;
    const PageShape shape = parse_page_shape(format.name);
    EXPECT_EQ(shape.kind, PageShape::Kind::forced);
    EXPECT_EQ(shape.width_mm, format.width_mm);
    EXPECT_EQ(shape.height_mm, format.height_mm);
  }
}

TEST(ParsePageShape, WordsAndSizes) {
  EXPECT_EQ(parse_page_shape("auto").kind, PageShape::Kind::automatic);
  EXPECT_EQ(parse_page_shape("none").kind, PageShape::Kind::none);
  EXPECT_EQ(parse_page_shape("A4").height_mm, 297);
  for (const char* text : {"80x200.5", "200.5X80"}) {
    const PageShape shape = parse_page_shape(text);
    EXPECT_EQ(shape.kind, PageShape::Kind::forced);
    EXPECT_EQ(shape.width_mm, 80) << text;
    EXPECT_EQ(shape.height_mm, 200.5) << text;
  }
}

TEST(ParsePageShape, RefusesAllElse) {
  for (const char* text : {"", "a4x", "x", "80x", "x80", "80", "80x-1", "80x0", "nanx80", "infx80", "80x1e9", "80x20x3",
                           " 80x200", "80 x 200", "80x200mm", "0x50x80"}) {
    EXPECT_EQ(test::error_code([&] { parse_page_shape(text); }), USAGE) << text;
  }
  EXPECT_EQ(test::error_of([] { parse_page_shape("b7"); }).message(), "\"b7\" is no shape of a page");
}

}  // namespace
}  // namespace peel
