#include "commands/picture_folder.hpp"

#include <gmock/gmock.h>

#include "support/error_of.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel::cli {
namespace {

using ::testing::ElementsAre;

TEST(PictureFolder, HoldsWhatEndsAsPicturesDo) {
  const test::TemporaryFolder folder;
  for (const char* name : {"b.JPG", "a.png", "notes.txt", ".hidden.png", "sub/c.png", "movie.mp4"}) {
    test::write_text(folder / name, "x");
  }
  EXPECT_THAT(pictures_in(folder.path()), ElementsAre((folder / "a.png").string(), (folder / "b.JPG").string()));
  EXPECT_EQ(test::error_of([&] { pictures_in(folder / "none"); }).code(), ErrorCode::input);
}

TEST(PictureFolder, ASampleIsSpreadEvenlyAndTakesBothEnds) {
  const std::vector<std::string> files{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  EXPECT_THAT(evenly_spread(files, 4), ElementsAre("0", "3", "6", "9"));
  EXPECT_THAT(evenly_spread(files, 1), ElementsAre("0"));
  EXPECT_EQ(evenly_spread(files, 10), files);
  EXPECT_EQ(evenly_spread(files, 50), files);
}

}  // namespace
}  // namespace peel::cli
