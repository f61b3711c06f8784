#include "commands/file_state.hpp"

#include <gtest/gtest.h>

#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel::cli {
namespace {

TEST(FileClaim, IsOneProcesssAtATime) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "a.png", "x");
  {
    const auto first = FileClaim::take(folder / "a.png");
    ASSERT_TRUE(first);
    EXPECT_FALSE(FileClaim::take(folder / "a.png"));
  }
  EXPECT_TRUE(FileClaim::take(folder / "a.png"));
  EXPECT_FALSE(FileClaim::take(folder / "gone.png"));
}

TEST(FileState, IsThatOfTheFileAndNotOfItsName) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "a.png", "x");
  const auto before = file_state(folder / "a.png");
  ASSERT_TRUE(before);
  EXPECT_EQ(file_state(folder / "a.png"), before);
  test::write_text(folder / "b.png", "x");
  std::filesystem::rename(folder / "b.png", folder / "a.png");
  EXPECT_NE(file_state(folder / "a.png"), before);
  EXPECT_FALSE(file_state(folder.path()));
}

}  // namespace
}  // namespace peel::cli
