#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "base/edit_distance.hpp"
#include "base/file.hpp"
#include "base/lock.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/words.hpp"
#include "options/limits.hpp"
#include "peel/file.hpp"
#include "peel/image.hpp"
#include "support/error_of.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::size_t entries(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(EditDistance, CountsLettersPutInTakenOutReplacedAndSwapped) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("silueta", "siluetta"), 1U);
  EXPECT_EQ(edit_distance("silueta", "isluetsa"), 2U);
  EXPECT_EQ(edit_distance("siluela", "silueal"), 1U);
}

TEST(Error, JoinsMessageAndHint) {
  const Error error(ErrorCode::input, "a.jpg: cut short", "copy it again");
  EXPECT_STREQ(error.what(), "a.jpg: cut short; copy it again");
  EXPECT_STREQ(Error(ErrorCode::input, "a.jpg: cut short").what(), "a.jpg: cut short");
}

TEST(Log, GoesToTheSinkOnly) {
  std::vector<std::string> seen;
  set_log_sink([&](LogLevel, std::string_view text) { seen.emplace_back(text); });
  log(LogLevel::info, "{} and {}", 1, 2);
  set_log_sink({});
  log(LogLevel::info, "dropped");
  EXPECT_THAT(seen, testing::ElementsAre("1 and 2"));
}

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (const int threads : {1, 2, 7}) {
    std::vector<std::atomic<int>> visits(1000);
    parallel_for(0, 1000, 3, threads, [&](std::int64_t first, std::int64_t last) {
      for (; first < last; ++first) ++visits[static_cast<std::size_t>(first)];
    });
    for (const auto& count : visits) ASSERT_EQ(count, 1);
  }
}

TEST(ParallelFor, ThrowsOn) {
  EXPECT_THROW(parallel_for(0, 100, 1, 4,
                            [](std::int64_t first, std::int64_t) {
                              if (first >= 50) throw std::runtime_error("x");
                            }),
               std::runtime_error);
}

TEST(Threads, AreAsManyAsHelp) {
  EXPECT_EQ(checked_threads(0), 0);
  EXPECT_EQ(checked_threads(1), 1);
  std::string said;
  set_log_sink([&](LogLevel level, std::string_view text) {
    if (level == LogLevel::warning) said = text;
  });
  EXPECT_EQ(checked_threads(options::MOST_THREADS), std::min(options::MOST_THREADS, available_cores()));
  set_log_sink({});
  EXPECT_THAT(said, testing::HasSubstr("1024 threads on "));
  for (const int absurd : {-1, options::MOST_THREADS + 1, 100'000}) {
    EXPECT_EQ(test::error_of([&] { checked_threads(absurd); }).code(), ErrorCode::usage);
  }
  EXPECT_LE(thread_count(100'000), 4 * available_cores());
}

TEST(Words, GoWithTheirNumbers) {
  EXPECT_EQ(counted(0, "picture"), "0 pictures");
  EXPECT_EQ(counted(1, "picture"), "1 picture");
  EXPECT_EQ(counted(2, "picture"), "2 pictures");
  EXPECT_EQ(byte_size(852'000'000), "852 MB");
  EXPECT_EQ(byte_size(15'600'000'000), "15.6 GB");
}

TEST(AtomicFile, AppearsOnlyOnCommit) {
  const test::TemporaryFolder folder;
  write_file(folder / "a", as_bytes("old"));
  {
    AtomicFile file(folder / "a", ErrorCode::output);
    file.write(as_bytes("half of the new"));
    EXPECT_EQ(test::read_text(folder / "a"), "old");
  }
  EXPECT_EQ(test::read_text(folder / "a"), "old");
  EXPECT_EQ(entries(folder.path()), 1u);
  write_file(folder / "a", as_bytes("new"));
  EXPECT_EQ(test::read_text(folder / "a"), "new");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(AtomicFile, FollowsASymbolicLinkAndKeepsTheMode) {
  const test::TemporaryFolder folder;
  write_file(folder / "real", as_bytes("old"));
  ::chmod((folder / "real").c_str(), 0640);
  std::filesystem::create_symlink("real", folder / "link");
  write_file(folder / "link", as_bytes("new"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(test::read_text(folder / "real"), "new");
  struct stat info {};
  ASSERT_EQ(::stat((folder / "real").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST(AtomicFile, FollowsALinkToWhatIsNotThereYet) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "sub");
  std::filesystem::create_symlink("sub/new", folder / "link");
  std::filesystem::create_symlink("link", folder / "link to link");
  write_file(folder / "link to link", as_bytes("new"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link to link"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(test::read_text(folder / "sub/new"), "new");
}

TEST(AtomicFile, KeepsWhatCameWhileItWasWritten) {
  const test::TemporaryFolder folder;
  AtomicFile file(folder / "a", ErrorCode::output, AtomicFile::Existing::kept);
  file.write(as_bytes("mine"));
  write_file(folder / "a", as_bytes("another's"));
  const Error error = test::error_of([&] { file.commit(); });
  EXPECT_EQ(error.code(), ErrorCode::output);
  EXPECT_THAT(error.hint(), testing::HasSubstr("kept"));
  EXPECT_EQ(test::read_text(folder / "a"), "another's");
  AtomicFile free(folder / "b", ErrorCode::output, AtomicFile::Existing::kept);
  free.write(as_bytes("mine"));
  free.commit();
  EXPECT_EQ(test::read_text(folder / "b"), "mine");
}

TEST(AtomicFile, SaysWhatIsWrong) {
  const test::TemporaryFolder folder;
  const Error error = test::error_of([&] { write_file(folder / "no" / "where.png", as_bytes("x")); });
  EXPECT_EQ(error.code(), ErrorCode::output);
  EXPECT_THAT(error.what(), testing::HasSubstr("where.png"));
  EXPECT_THAT(error.what(), testing::HasSubstr("create it first"));
  EXPECT_THROW(write_file(folder.path(), as_bytes("x")), Error);
}

TEST(AtomicFile, FullDiskLeavesNothing) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const Error error = test::error_of([] { write_file("/dev/full", as_bytes("x")); });
  EXPECT_EQ(error.code(), ErrorCode::output);
  EXPECT_THAT(error.hint(), testing::HasSubstr("free some space"));
}

TEST(AtomicFile, WhatAKilledProcessLeftIsRemovedInTime) {
  const test::TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    AtomicFile file(folder / "cut.out.png", ErrorCode::output);
    file.write(as_bytes("half"));
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  AtomicFile own(folder / "own.png", ErrorCode::output);
  for (const char* name : {".x.tmp", ".a.1-b.tmp", "a.999999999-1.tmp", ".vimrc", ".a.-1.tmp"}) {
    test::write_text(folder / name, "x");
  }
  ASSERT_EQ(test::names_in(folder.path()).size(), 7U);
  remove_abandoned_files(folder.path());
  EXPECT_EQ(test::names_in(folder.path()).size(), 7U) << "it may be another machine's that is at work";
  for (const std::string& name : test::names_in(folder.path())) {
    const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(2);
    std::filesystem::last_write_time(folder / name, long_ago);
  }
  remove_abandoned_files(folder.path());
  EXPECT_EQ(test::names_in(folder.path()).size(), 6U);
  own.commit();
  EXPECT_TRUE(std::filesystem::exists(folder / "own.png"));
  remove_abandoned_files(folder / "none");
}

TEST(ScratchFile, KeepsBytesWithoutAName) {
  const test::TemporaryFolder folder;
  ScratchFile scratch(folder / "a", ErrorCode::output);
  EXPECT_EQ(scratch.append(as_bytes("first")), 0u);
  EXPECT_EQ(scratch.append(as_bytes("second")), 5u);
  EXPECT_EQ(entries(folder.path()), 0u);
  std::array<std::byte, 6> second{};
  scratch.read(5, second);
  EXPECT_TRUE(std::ranges::equal(second, as_bytes("second")));
  const Error past_the_end = test::error_of([&] { scratch.read(6, second); });
  EXPECT_EQ(past_the_end.code(), ErrorCode::output);
  EXPECT_THAT(past_the_end.message(), testing::HasSubstr((folder / "a").string()));
}

TEST(ScratchFile, LiesInAFolderThatCanBeWritten) {
  const test::TemporaryFolder folder;
  const Error error = test::error_of([&] { ScratchFile(folder / "no" / "where.pdf", ErrorCode::output); });
  EXPECT_EQ(error.code(), ErrorCode::output);
  EXPECT_THAT(error.what(), testing::HasSubstr("where.pdf"));
  ScratchFile for_a_device("/dev/null", ErrorCode::output);
  EXPECT_EQ(for_a_device.append(as_bytes("x")), 0u);
}

TEST(UserCacheFolder, IsNobodysForAUserWithoutAHome) {
  const auto with = [](const char* cache, const char* home) {
    ::setenv("XDG_CACHE_HOME", cache, 1);
    ::setenv("HOME", home, 1);
    return user_cache_folder();
  };
  const char* const old_home = ::getenv("HOME");
  const std::string home = old_home ? old_home : "";
  EXPECT_EQ(with("/x", "/h"), "/x/peel");
  EXPECT_EQ(with("x", "/h"), "/h/.cache/peel");
  EXPECT_EQ(with("", ""), std::nullopt);
  ::unsetenv("XDG_CACHE_HOME");
  ::setenv("HOME", home.c_str(), 1);
}

TEST(FileLock, HoldsBetweenProcessesAndEndsWithOne) {
  const test::TemporaryFolder folder;
  const auto file = folder / "lock";
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const FileLock held(file, [] {});
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  bool waited = false;
  const FileLock lock(file, [&] {
    waited = true;
    ::kill(child, SIGKILL);
  });
  EXPECT_TRUE(waited);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(ReadFile, HoldsTheLimitAndNamesTheFile) {
  const test::TemporaryFolder folder;
  write_file(folder / "ten", as_bytes("0123456789"));
  EXPECT_EQ(read_file(folder / "ten", 10, ErrorCode::input).size(), 10u);
  EXPECT_THROW(read_file(folder / "ten", 9, ErrorCode::input), Error);
  EXPECT_THROW(read_file("/dev/zero", 1 << 20, ErrorCode::input), Error);
  EXPECT_THROW(read_file(folder.path(), 10, ErrorCode::input), Error);
  EXPECT_THROW(read_file(folder / "none", 10, ErrorCode::input), Error);
  EXPECT_TRUE(read_file("/dev/null", 10, ErrorCode::input).empty());
}

}  // namespace
}  // namespace peel
