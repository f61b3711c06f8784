#include "commands/folder_watch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <vector>

#include "support/error_of.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Watch : public testing::Test {
 protected:
  void watch(bool recursive = false) {
    watch_ = std::make_unique<FolderWatch>(folder_.path(), recursive, PictureFilter({}, {}), folder_ / "out");
  }
  /// What is given out until nothing came for so long.
  std::vector<std::string> given(std::chrono::milliseconds quiet = 900ms) {
    std::vector<std::string> names;
    auto last = std::chrono::steady_clock::now();
    while (const auto next = watch_->next([&] { return std::chrono::steady_clock::now() - last > quiet; })) {
      names.push_back(next->string());
      last = std::chrono::steady_clock::now();
    }
    return names;
  }
  void write(const std::string& name, const std::string& text = "x") { test::write_text(folder_ / name, text); }

  test::TemporaryFolder folder_;
  std::unique_ptr<FolderWatch> watch_;
};

TEST_F(Watch, GivesWhatIsThereAndWhatComesOnce) {
  write("there.png");
  write("notes.txt");
  watch();
  write("new.png");
  write(".hidden.png");
  fs::rename(folder_ / "new.png", folder_ / "renamed.png");
  EXPECT_THAT(given(), UnorderedElementsAre("there.png", "renamed.png"));
  EXPECT_THAT(given(), IsEmpty());
  write("there.png", "another version");
  EXPECT_THAT(given(), ElementsAre("there.png"));
  // Opened for writing, and nothing written.
  close(open((folder_ / "there.png").c_str(), O_WRONLY));
  EXPECT_THAT(given(), IsEmpty());
}

TEST_F(Watch, WaitsForAWriterHoweverSlow) {
  watch();
  const int fd = open((folder_ / "slow.png").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_EQ(::write(fd, "half", 4), 4);
  EXPECT_THAT(given(1500ms), IsEmpty());
  ASSERT_EQ(::write(fd, "rest", 4), 4);
  close(fd);
  EXPECT_THAT(given(), ElementsAre("slow.png"));
}

TEST_F(Watch, AFileMayBeOpenAlreadyWhenItBegins) {
  const int fd = open((folder_ / "early.png").c_str(), O_WRONLY | O_CREAT, 0600);
  watch();
  EXPECT_THAT(given(), IsEmpty());
  close(fd);
  EXPECT_THAT(given(), ElementsAre("early.png"));
}

TEST_F(Watch, SubfoldersThatComeAreWatchedWithWhatIsInThem) {
  write("sub/a.png");
  watch(true);
  write("new/deep/b.png");
  write("out/c.png");
  EXPECT_THAT(given(), UnorderedElementsAre("sub/a.png", "new/deep/b.png"));
  fs::rename(folder_ / "sub", folder_ / "moved");
  write("moved/d.png");
  EXPECT_THAT(given(), UnorderedElementsAre("moved/a.png", "moved/d.png"));
}

TEST_F(Watch, WithoutRecursiveSubfoldersAreLeftAlone) {
  watch();
  write("sub/a.png");
  EXPECT_THAT(given(), IsEmpty());
}

TEST_F(Watch, AStopFileEndsItAfterWhatCameBefore) {
  write("stop.txt");
  watch();
  EXPECT_THAT(given(), IsEmpty()) << "an earlier run's";
  for (int i = 0; i < 20; ++i) write(fmt::format("p{}.png", i));
  write("stop.txt");
  std::size_t count = 0;
  while (watch_->next([] { return false; })) ++count;
  EXPECT_EQ(count, 20U);
}

TEST_F(Watch, AFolderThatGoesAwayIsAnError) {
  watch();
  fs::remove_all(folder_.path());
  EXPECT_EQ(test::error_of([&] { watch_->next([] { return false; }); }).code(), ErrorCode::input);
  EXPECT_EQ(test::error_of([&] { FolderWatch("/none", false, PictureFilter({}, {}), "out"); }).code(),
            ErrorCode::input);
}

}  // namespace
}  // namespace peel::cli
