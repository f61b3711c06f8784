#include "commands/folder_pictures.hpp"

#include <gmock/gmock.h>

#include "support/error_of.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

TEST(PictureFilter, TakesWhatEndsAsPicturesDoAndIsNotHidden) {
  const PictureFilter filter({}, {});
  EXPECT_TRUE(filter.takes("a/b.JPG"));
  EXPECT_FALSE(filter.takes("a/b.txt"));
  EXPECT_FALSE(filter.takes("a/.b.jpg"));
  EXPECT_FALSE(filter.takes(".thumbs/b.jpg"));
}

TEST(PictureFilter, PatternsAreForNamesOrForTheWholeWay) {
  const PictureFilter filter({"*.jpg", "raw/*"}, {"thumb*", "old/*"});
  EXPECT_TRUE(filter.takes("deep/a.JPG"));
  EXPECT_TRUE(filter.takes("raw/without-an-ending"));
  EXPECT_FALSE(filter.takes("a.png"));
  EXPECT_FALSE(filter.takes("deep/thumb-1.jpg"));
  EXPECT_FALSE(filter.takes("old/a.jpg"));
  EXPECT_TRUE(filter.takes("older/old.jpg"));
}

TEST(PicturesBelow, SortedWithOrWithoutSubfoldersAndWithoutTheOutputs) {
  const test::TemporaryFolder folder;
  for (const char* name : {"b.png", "a.jpg", "sub/c.png", "sub/deep/d.png", ".hidden/e.png", "out/f.png", "x.txt"}) {
    test::write_text(folder / name, "x");
  }
  fs::create_directory_symlink(folder.path(), folder / "sub/circle");
  const PictureFilter filter({}, {});
  EXPECT_THAT(pictures_below(folder.path(), false, filter, folder / "out"), ElementsAre("a.jpg", "b.png"));
  EXPECT_THAT(pictures_below(folder.path(), true, filter, folder / "out"),
              ElementsAre("a.jpg", "b.png", "sub/c.png", "sub/deep/d.png"));
  EXPECT_EQ(test::error_of([&] { pictures_below(folder / "none", true, filter, "out"); }).code(), ErrorCode::input);
}

TEST(OutputNames, KeepTheWayAndChangeTheEnding) {
  OutputNames names("out", ".png", false);
  EXPECT_EQ(names.name_for("a.jpg"), "out/a.png");
  EXPECT_EQ(names.name_for("sub/a.tar.jpg"), "out/sub/a.tar.png");
  EXPECT_EQ(names.name_for("a.jpg"), "out/a.png") << "a new version of the same picture";
}

TEST(OutputNames, WhoWouldShareAnOutputGetsTheWholeName) {
  OutputNames names("out", ".png", false);
  names.expect({"a.jpg", "a.png", "b.jpg", "s/a.jpg", "a.jpg.webp"});
  EXPECT_EQ(names.name_for("a.jpg"), "out/a.jpg.png");
  EXPECT_EQ(names.name_for("a.png"), "out/a.png.png");
  EXPECT_EQ(names.name_for("b.jpg"), "out/b.png");
  EXPECT_EQ(names.name_for("s/a.jpg"), "out/s/a.png");
  // Its usual name is the whole name of another.
  EXPECT_EQ(names.name_for("a.jpg.webp"), "out/a.jpg.webp.png");
}

TEST(OutputNames, WhoComesLaterDoesNotTakeAName) {
  OutputNames names("out", ".png", false);
  EXPECT_EQ(names.name_for("a.jpg"), "out/a.png");
  EXPECT_EQ(names.name_for("a.webp"), "out/a.webp.png");
}

TEST(OutputNames, PagesHaveTheirNumberAndNoOthersName) {
  OutputNames names("out", ".png", false);
  names.expect({"s/a-2.jpg", "s/a.tif", "b.tif", "b.jpg"});
  EXPECT_EQ(names.name_for("s/a-2.jpg"), "out/s/a-2.png");
  EXPECT_EQ(names.name_for("s/a.tif", "-1"), "out/s/a-1.png");
  EXPECT_EQ(names.name_for("s/a.tif", "-2"), "out/s/a.tif-2.png");
  EXPECT_EQ(names.name_for("s/a.tif", "-1"), "out/s/a-1.png") << "a new version of the same picture";
  EXPECT_EQ(names.usual_name("s/a.tif", "-2"), "out/s/a-2.png");
  // Another picture's stem is the same.
  EXPECT_EQ(names.name_for("b.tif", "-01"), "out/b.tif-01.png");
}

TEST(OutputNames, WhatIsThereIsNotReplacedWhereInputsAreDeleted) {
  const test::TemporaryFolder out;
  test::write_text(out / "a.png", "x");
  test::write_text(out / "a.jpg.png", "x");
  OutputNames names(out.path(), ".png", true);
  EXPECT_EQ(names.name_for("a.jpg"), out / "a-2.png");
  EXPECT_EQ(names.name_for("a.jpg"), out / "a-3.png") << "the next of that name";
  EXPECT_EQ(names.name_for("b.jpg"), out / "b.png");
}

TEST(OutputNames, OneThatWasNotWrittenIsFreeAgain) {
  const test::TemporaryFolder out;
  OutputNames names(out.path(), ".png", true);
  EXPECT_EQ(names.name_for("slow.jpg"), out / "slow.png");
  names.take_back(out / "slow.png");
  EXPECT_EQ(names.name_for("slow.jpg"), out / "slow.png");
}

TEST(OutputNames, ThatOfAnUnfinishedPictureMayBeReplacedByTheWholeOne) {
  const test::TemporaryFolder out;
  OutputNames names(out.path(), ".png", true);
  const auto output = names.name_for("slow.jpg");
  EXPECT_FALSE(names.may_replace(output));
  test::write_text(output, "half");
  names.expect_again(output);
  EXPECT_EQ(names.name_for("other/slow.jpg"), out / "other/slow.png");
  EXPECT_EQ(names.name_for("slow.webp"), out / "slow.webp.png");
  EXPECT_EQ(names.name_for("slow.jpg"), output);
  EXPECT_TRUE(names.may_replace(output));
  // A try in between that came to nothing takes nothing away.
  names.take_back(output);
  EXPECT_EQ(names.name_for("slow.jpg"), output);
  test::write_text(output, "the whole, or another program's");
  EXPECT_FALSE(names.may_replace(output));
  EXPECT_NE(names.name_for("slow.jpg"), output);
}

}  // namespace
}  // namespace peel::cli
