#include "commands/frame_files.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/comes_about.hpp"
#include "support/error_of.hpp"

namespace peel::cli {
namespace {

using testing::HasSubstr;

constexpr int WIDTH = 5;
constexpr int HEIGHT = 3;
constexpr std::size_t FRAME_BYTES = 3 * WIDTH * HEIGHT;

class FrameReaderTest : public testing::Test {
 protected:
  static std::array<int, 2> new_pipe() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    return ends;
  }
  ~FrameReaderTest() override {
    end();
    close(ends_[0]);
  }
  void send(std::size_t count, char value) const {
    const std::string bytes(count, value);
    ASSERT_EQ(write(ends_[1], bytes.data(), count), static_cast<ssize_t>(count));
  }
  void end() {
    if (ends_[1] >= 0) close(std::exchange(ends_[1], -1));
  }
  std::optional<Image> next() { return reader_.next({}); }
  /// All that was sent so far has been taken.
  bool is_read() const {
    return test::comes_about([this] {
      int left = 0;
      return ioctl(ends_[0], FIONREAD, &left) == 0 && left == 0;
    });
  }

  std::array<int, 2> ends_ = new_pipe();
  FrameReader reader_{ends_[0], WIDTH, HEIGHT};
};

TEST_F(FrameReaderTest, FramesComeInPiecesOfAnySize) {
  std::jthread writer([this] {
    send(7, 'a');
    EXPECT_TRUE(is_read());
    send(FRAME_BYTES - 7, 'a');
    send(FRAME_BYTES, 'b');
    end();
  });
  const auto a = next();
  const auto b = next();
  EXPECT_FALSE(next());
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->format(), PixelFormat::rgb8);
  EXPECT_EQ(a->width(), WIDTH);
  ASSERT_EQ(a->size_bytes(), FRAME_BYTES);
  EXPECT_EQ(std::to_integer<char>(a->data()[FRAME_BYTES - 1]), 'a') << "a frame is its own, whatever is read later";
  EXPECT_EQ(std::to_integer<char>(b->data()[0]), 'b');
}

TEST_F(FrameReaderTest, AFrameCutShortIsAnErrorWithNumbers) {
  send(2 * FRAME_BYTES + 10, 'x');
  end();
  EXPECT_TRUE(next());
  EXPECT_TRUE(next());
  const Error error = test::error_of([&] { next(); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_EQ(error.message(), "standard input ends 10 bytes into frame 2, which has 45; 2 frames were whole");
  EXPECT_THAT(error.hint(), HasSubstr("-s 5x3"));
}

TEST_F(FrameReaderTest, AStopEndsTheWaiting) {
  send(10, 'x');
  std::stop_source stop;
  std::jthread stopping([&] {
    EXPECT_TRUE(is_read());
    stop.request_stop();
  });
  EXPECT_FALSE(reader_.next(stop.get_token()));
}

TEST(FrameReader, WhatCannotBeReadIsAnError) {
  const int folder = open("/", O_RDONLY);
  FrameReader reader(folder, WIDTH, HEIGHT);
  EXPECT_EQ(test::error_of([&] { reader.next({}); }).message(), "standard input: Is a directory");
  close(folder);
}

TEST(NumberedName, IsAsPrintfMakesIt) {
  EXPECT_EQ(NumberedName("a/out-%05u.png").at(12), "a/out-00012.png");
  EXPECT_EQ(NumberedName("out-%03d.png").at(1234), "out-1234.png");
  EXPECT_EQ(NumberedName("%u").at(0), "0");
  EXPECT_EQ(NumberedName("100%%-%4u-5%%").at(7), "100%-0007-5%");
  EXPECT_EQ(NumberedName("{}%u{x}").at(18'446'744'073'709'551'615U), "{}18446744073709551615{x}");
}

TEST(NumberedName, NeedsOnePlaceForTheNumber) {
  for (const char* pattern :
       {"", "out.png", "out-%%.png", "%u-%u.png", "%s.png", "%", "%5", "out-%-5u.png", "%099u", "%x", "%5%"}) {
    const Error error = test::error_of([&] { NumberedName{pattern}; });
    EXPECT_EQ(error.code(), ErrorCode::usage) << pattern;
    EXPECT_THAT(error.message(), HasSubstr("one place for the frame's number"));
  }
}

}  // namespace
}  // namespace peel::cli
