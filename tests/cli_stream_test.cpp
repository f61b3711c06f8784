#include <gmock/gmock.h>
#include <pty.h>
#include <signal.h>
#include <sys/stat.h>

#include "cli_support.hpp"
#include "support/comes_about.hpp"
#include "support/stand_in_model.hpp"

// `peel stream`, the real program with a small network.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int FRAME_WIDTH = 64;
constexpr int FRAME_HEIGHT = 48;
constexpr std::size_t PIXELS = FRAME_WIDTH * FRAME_HEIGHT;

/// A white square that moves with the number on black, and a grey one beside it of that level.
std::string frame(int number, int level = 120) {
  std::string pixels;
  for (int y = 0; y < FRAME_HEIGHT; ++y) {
    for (int x = 0; x < FRAME_WIDTH; ++x) {
      const int left = number % 30;
      const bool white = x >= left && x < left + 16 && y >= 4 && y < 20;
      const bool gray = x >= 40 && x < 60 && y >= 26 && y < 46;
      for (int c = 0; c < 3; ++c) {
        const int value = white ? 255 - c : gray ? level + c : 0;
        pixels += static_cast<char>(static_cast<unsigned char>(value));
      }
    }
  }
  return pixels;
}

std::string frames(int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += frame(i);
  return all;
}

std::string raw(const Image& image) {
  return {reinterpret_cast<const char*>(image.data()), image.size_bytes()};
}

class CliStream : public Cli {
 protected:
  void SetUp() override {
    StandIn model;
    model.scale = 12.0F;
    model.shift = -6.0F;
    write_stand_in(model_, model);
  }

  /// `peel stream WIDTH HEIGHT ARGUMENTS...` with these bytes on its standard input.
  Command stream_command(std::vector<std::string> arguments, const std::string& input) {
    arguments.insert(arguments.begin(), {"stream", std::to_string(FRAME_WIDTH), std::to_string(FRAME_HEIGHT), "-m",
                                         model_.string(), "--device", "cpu"});
    Command result = command(std::move(arguments));
    write_text(outside_ / "in.rgb", input);
    result.input = outside_ / "in.rgb";
    return result;
  }
  Outcome stream(std::vector<std::string> arguments, const std::string& input) {
    return run(stream_command(std::move(arguments), input));
  }

  /// What `peel remove` makes of the frame.
  std::string removed(const std::string& pixels, std::vector<std::string> arguments) {
    const auto picture = outside_ / "frame.png";
    const auto result = outside_ / "removed.png";
    write_image(picture,
                Image::from_pixels({pixels.data(), FRAME_WIDTH, FRAME_HEIGHT, 3 * FRAME_WIDTH, PixelFormat::rgb8}));
    arguments.insert(arguments.begin(), {"remove", picture.string(), "-o", result.string(), "-m", model_.string(),
                                         "--device", "cpu", "--quiet"});
    const Outcome outcome = peel(std::move(arguments));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return raw(load_image(result));
  }

  std::filesystem::path model_ = outside_ / "stand-in.onnx";
};

TEST_F(CliStream, FramesAreWhatRemoveMakesOfThem) {
  write_picture("ground.png", 100, 40);
  const std::vector<std::vector<std::string>> kinds{{},
                                                    {"-om"},
                                                    {"--putalpha"},
                                                    {"-ppm"},
                                                    {"--background", "red"},
                                                    {"-bgc", "0", "0", "255", "128"},
                                                    {"--background", at("ground.png").string()}};
  for (const auto& kind : kinds) {
    const Outcome outcome = stream(kind, frames(2));
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, removed(frame(0), kind) + removed(frame(1), kind))
        << (kind.empty() ? "cut-out" : kind.front());
    EXPECT_THAT(outcome.err, HasSubstr("2 frames in "));
  }
  EXPECT_EQ(stream({"--quiet"}, frames(1)).err, "");
  EXPECT_EQ(stream({"--background", "white"}, frames(2)).out.size(), 2 * PIXELS * 3) << "opaque: rgb24";
}

TEST_F(CliStream, ManyAtATimeStayInOrder) {
  const Outcome one = stream({"--jobs", "1", "--threads", "1"}, frames(30));
  ASSERT_EQ(one.out.size(), 30 * PIXELS * 4) << one.err;
  EXPECT_NE(one.out.substr(0, PIXELS * 4), one.out.substr(PIXELS * 4, PIXELS * 4)) << "the frames differ";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--jobs", "3"}, {"--jobs", "3", "--threads", "2"}, {"--batch", "4"}}) {
    const Outcome several = stream(arguments, frames(30));
    ASSERT_EQ(several.status, 0) << several.err;
    EXPECT_TRUE(several.out == one.out) << arguments[0];
  }
}

TEST_F(CliStream, EachFrameIsAFile) {
  const Outcome outcome = stream({"-o", "made/out-%03u.png"}, frames(3));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(files("made"), ElementsAre("out-000.png", "out-001.png", "out-002.png"));
  EXPECT_EQ(raw(load_image(at("made/out-002.png"))), removed(frame(2), {}));

  ASSERT_EQ(stream({"-o", "%u.webp"}, frames(1)).status, 0);
  EXPECT_EQ(load_image(at("0.webp")).source_format(), "webp");
  ASSERT_EQ(stream({"-o", "%u.jpg", "--quality", "95"}, frames(1)).status, 0);
  const Image page = load_image(at("0.jpg"));
  EXPECT_GT(std::to_integer<int>(page.data()[page.size_bytes() - 1]), 240) << "white under a JPEG";
  ASSERT_EQ(stream({"-o", "frame%u", "--format", "tiff"}, frames(1)).status, 0);
  EXPECT_EQ(load_image(at("frame0")).source_format(), "tiff");
}

TEST_F(CliStream, RembgsCommandLine) {
  Command command = stream_command({"-om", "-o", "out-%d.png"}, frames(2));
  command.arguments[1] = "b";
  ASSERT_EQ(run(command).status, 0);
  EXPECT_THAT(files(), ElementsAre("out-0.png", "out-1.png"));
  EXPECT_EQ(load_image(at("out-0.png")).format(), PixelFormat::gray8);
}

TEST_F(CliStream, JsonHasTheShapeOfTheContract) {
  const Outcome outcome = stream({"-o", "%u.png", "--json", "--jobs", "2", "--smooth"}, frames(4));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["frames"], 4);
  EXPECT_EQ(object["width"], FRAME_WIDTH);
  EXPECT_EQ(object["height"], FRAME_HEIGHT);
  EXPECT_EQ(object["output"], "%u.png");
  EXPECT_EQ(object["model"], model_.string());
  EXPECT_EQ(object["provider"], "cpu");
  EXPECT_EQ(object["precision"], "fp32");
  EXPECT_EQ(object["batch"], 1);
  EXPECT_THAT(object["fallbacks"], IsEmpty());
  EXPECT_THAT(object["shares"], IsEmpty());
  EXPECT_EQ(object["jobs"], 2);
  EXPECT_GE(object["threads"], 1);
  EXPECT_GT(object["seconds"], 0);
  EXPECT_NEAR(object["frames_per_second"].get<double>() * object["seconds"].get<double>(), 4, 1e-6);
  for (const char* stage : {"inference", "smooth", "postprocess", "encode", "write", "session"}) {
    EXPECT_GT(object["timings_ms"][stage].get<double>(), 0) << stage;
  }
}

TEST_F(CliStream, SmoothingKeepsSomeOfTheMaskBefore) {
  const std::string input = frame(0, 120) + frame(0, 140);
  const std::size_t gray = 36 * FRAME_WIDTH + 50;
  const auto level = [&](const std::string& masks, std::size_t number) {
    return static_cast<unsigned char>(masks[number * PIXELS + gray]);
  };
  const std::string plain = stream({"-om"}, input).out;
  const std::string smooth = stream({"-om", "--smooth=0.8"}, input).out;
  ASSERT_EQ(smooth.size(), 2 * PIXELS);
  EXPECT_EQ(smooth.substr(0, PIXELS), plain.substr(0, PIXELS)) << "nothing before the first";
  ASSERT_GT(level(plain, 1), level(plain, 0) + 20);
  EXPECT_LT(level(smooth, 1), level(plain, 1) - 10);
  EXPECT_GT(level(smooth, 1), level(plain, 0));
  EXPECT_TRUE(stream({"-om", "--smooth=0"}, input).out == plain);
  EXPECT_TRUE(stream({"-om", "--smooth=0.8", "--jobs", "3"}, input).out == smooth);
}

TEST_F(CliStream, ALastFrameCutShortIsStatus3AfterThoseBefore) {
  const Outcome outcome = stream({}, frames(3) + std::string(100, 'x'));
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.out.size(), 3 * PIXELS * 4);
  EXPECT_THAT(outcome.err, HasSubstr("ends 100 bytes into frame 3, which has 9216; 3 frames were whole"));
  EXPECT_EQ(stream({"-o", "%u.png"}, frame(0).substr(1)).status, 3);
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(CliStream, NoFrameAtAllIsStatus3) {
  const Outcome outcome = stream({}, "");
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.err, HasSubstr("standard input holds no frame"));
}

TEST_F(CliStream, AReaderThatGoesAwayIsStatus6) {
  // More than a pipe can hold.
  Command command = stream_command({}, frames(150));
  std::string line = "set -o pipefail; \"$0\" \"$@\" | true";
  command.arguments.insert(command.arguments.begin(), {"/bin/bash", "-c", line});
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 6);
  EXPECT_THAT(outcome.err, HasSubstr("standard output: Broken pipe"));
}

TEST_F(CliStream, FramesThatCannotBeWrittenAreStatus6) {
  Command full = stream_command({}, frames(2));
  full.output = "/dev/full";
  EXPECT_EQ(run(full).status, 6);
  EXPECT_EQ(stream({"-o", "/proc/none/%u.png"}, frames(1)).status, 6);

  std::filesystem::create_directory(at("2.png"));
  const Outcome outcome = stream({"-o", "%u.png", "--jobs", "3"}, frames(6));
  EXPECT_EQ(outcome.status, 6) << outcome.err;
  EXPECT_THAT(files(), ElementsAre("0.png", "1.png", "2.png"));
  EXPECT_TRUE(std::filesystem::is_directory(at("2.png")));
}

TEST_F(CliStream, AnInputIsNeverWrittenOver) {
  write_picture("1.png");
  const std::string before = read_text(at("1.png"));
  const Outcome outcome = stream({"-o", "%u.png", "--background", "1.png"}, frames(3));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("1.png is read"));
  EXPECT_EQ(read_text(at("1.png")), before);
}

TEST_F(CliStream, InterruptWritesWhatIsInHandAndEndsBySignal) {
  ASSERT_EQ(mkfifo((outside_ / "frames").c_str(), 0600), 0);
  const int input = open((outside_ / "frames").c_str(), O_RDWR);
  ASSERT_GE(input, 0);
  for (const int signal_number : {SIGINT, SIGTERM}) {
    const std::string folder = std::to_string(signal_number);
    Command command = stream_command({"-o", folder + "/%02u.png", "--jobs", "3"}, "");
    command.input = outside_ / "frames";
    Process process(command);
    // The last is not whole: without a signal it would be waited for.
    const std::string bytes = frames(6) + std::string(1000, 'x');
    ASSERT_EQ(::write(input, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    ASSERT_TRUE(comes_about([&] { return std::filesystem::exists(at(folder + "/00.png")); }));
    kill(process.pid(), signal_number);
    const Outcome outcome = process.wait();
    EXPECT_EQ(outcome.signal, signal_number) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("stopping when this step is done"));
    const std::vector<std::string> names = files(folder);
    ASSERT_FALSE(names.empty());
    for (std::size_t i = 0; i < names.size(); ++i) {
      EXPECT_EQ(names[i], "0" + std::to_string(i) + ".png") << "none is left out, no other file is left";
      EXPECT_EQ(load_image(at(folder) / names[i]).width(), FRAME_WIDTH);
    }
    // What the first did not take is not for the second.
    fcntl(input, F_SETFL, O_NONBLOCK);
    std::string rest(1 << 16, ' ');
    while (read(input, rest.data(), rest.size()) > 0) {
    }
    fcntl(input, F_SETFL, 0);
  }
  close(input);
}

TEST_F(CliStream, MistakesAreStatus2) {
  const auto mistake = [&](std::vector<std::string> arguments) {
    const Outcome outcome = stream(std::move(arguments), frames(1));
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    return outcome.err;
  };
  EXPECT_THAT(mistake({"--json"}), HasSubstr("-o out-%05u.png"));
  EXPECT_THAT(mistake({"-o", "out.png"}), HasSubstr("one place for the frame's number"));
  EXPECT_THAT(mistake({"--format", "png"}), HasSubstr("frames on standard output are raw"));
  EXPECT_THAT(mistake({"--background", "blurple"}), HasSubstr("neither a file nor a colour"));
  EXPECT_THAT(mistake({"--smooth=1"}), HasSubstr("--smooth 1: not a number from 0 to 0.99"));
  EXPECT_THAT(peel({"stream", "0", "48"}).err, HasSubstr("WIDTH 0: not a whole number from 1 to 16384"));
  EXPECT_EQ(peel({"stream", "64"}).status, 2);
}

TEST_F(CliStream, RawFramesNeitherComeFromATerminalNorGoToOne) {
  int primary = -1, replica = -1;
  std::array<char, 256> name{};
  ASSERT_EQ(openpty(&primary, &replica, name.data(), nullptr, nullptr), 0);
  Command command = stream_command({}, frames(1));
  command.output = name.data();
  const Outcome shown = run(command);
  EXPECT_EQ(shown.status, 2);
  EXPECT_THAT(shown.err, HasSubstr("a terminal cannot show raw frames"));
  command.output.clear();
  command.input = name.data();
  const Outcome typed = run(command);
  EXPECT_EQ(typed.status, 2);
  EXPECT_THAT(typed.err, HasSubstr("a terminal"));
  close(primary);
  close(replica);
}

TEST_F(CliStream, FramesGoFromFfmpegToFfmpeg) {
  if (std::system("command -v ffmpeg > /dev/null 2>&1") != 0) GTEST_SKIP() << "ffmpeg is not installed";
  Command command = this->command({});
  // Without loss, so that what comes out at the end is what peel gave.
  command.arguments = {"/bin/bash", "-c", R"(set -e -o pipefail
ffmpeg -v error -f lavfi -i testsrc=size=64x48:rate=5:duration=2 -c:v ffv1 in.mkv < /dev/null
ffmpeg -v error -i in.mkv -f rawvideo -pix_fmt rgb24 - < /dev/null > in.rgb
ffmpeg -v error -i in.mkv -f rawvideo -pix_fmt rgb24 - < /dev/null |
  "$0" stream 64 48 -q -m "$1" --device cpu --smooth | tee peel.rgba |
  ffmpeg -v error -f rawvideo -pix_fmt rgba -s 64x48 -r 5 -i - -c:v ffv1 -pix_fmt bgra out.mkv
ffmpeg -v error -i out.mkv -f rawvideo -pix_fmt rgba - < /dev/null > out.rgba)",
                       PEEL_PROGRAM, model_.string()};
  const Outcome outcome = run(command);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string out = read_text(at("out.rgba"));
  EXPECT_EQ(out.size(), 10 * PIXELS * 4);
  EXPECT_TRUE(out == read_text(at("peel.rgba")));
  EXPECT_TRUE(out == stream({"--smooth"}, read_text(at("in.rgb"))).out);
}

}  // namespace
}  // namespace peel::test
