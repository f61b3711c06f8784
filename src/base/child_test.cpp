#include "base/child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>

#include "peel/error.hpp"
#include "support/comes_about.hpp"
#include "support/error_of.hpp"

namespace peel {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

Child shell(const std::string& script) {
  return Child({"/bin/sh", "-c", script});
}

TEST(Child, IsTalkedToInLines) {
  Child child({"/bin/cat"});
  for (const char* line : {"one", "", "two words"}) {
    ASSERT_TRUE(child.write_line(line));
    EXPECT_EQ(child.read_line(test::PATIENCE), line);
  }
  EXPECT_THAT(child.finish(test::PATIENCE), IsEmpty());
  EXPECT_EQ(child.read_line(test::PATIENCE), std::nullopt);
}

TEST(Child, ACrashIsToldWithItsLastWords) {
  EXPECT_THAT(shell("echo first >&2; echo out of luck >&2; kill -SEGV $$").finish(test::PATIENCE),
              testing::AllOf(HasSubstr("signal 11"), HasSubstr(": out of luck"), Not(HasSubstr("first"))));
  EXPECT_EQ(shell("exit 3").finish(test::PATIENCE), "exit status 3");
  EXPECT_THAT(Child({"/no/such/program"}).finish(test::PATIENCE), HasSubstr("exit status 127"));
}

TEST(Child, IsGivenUpInTheEnd) {
  Child deaf = shell("exec sleep 100");
  EXPECT_EQ(deaf.read_line(20ms), std::nullopt);
  EXPECT_THAT(deaf.finish(20ms), HasSubstr("no answer within"));
  Child paused({"/bin/cat"});
  paused.pause();
  paused.write_line("x");
  EXPECT_EQ(paused.read_line(50ms), std::nullopt);
  paused.resume();
  EXPECT_EQ(paused.read_line(test::PATIENCE), "x");
  paused.pause();
  EXPECT_THAT(paused.finish(test::PATIENCE), IsEmpty());
}

TEST(Child, OneThatIsGoneIsNoSignal) {
  Child gone = shell("exit 0");
  EXPECT_EQ(gone.read_line(test::PATIENCE), std::nullopt);
  // Its ends of the pipes are closed one after the other.
  EXPECT_TRUE(test::comes_about([&] { return !gone.write_line("anybody?"); }));
}

TEST(HelperProgram, SaysWhichFileIsMissing) {
  const Error error = test::error_of([] { helper_program("peel-none"); });
  EXPECT_EQ(error.code(), ErrorCode::internal);
  EXPECT_THAT(error.what(), HasSubstr("peel-none"));
}

}  // namespace
}  // namespace peel
