#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <thread>

#include "cli_support.hpp"
#include "support/comes_about.hpp"
#include "support/fake_runtime.hpp"
#include "support/stand_in_model.hpp"

// `peel folder`, the real program.
namespace peel::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

/// With a small network: light is the subject to it.
class CliFolder : public Cli {
 protected:
  CliFolder() { write_stand_in(outside_ / "net.onnx", {.height = 320, .width = 320, .scale = 12, .shift = -6}); }

  Command folder_command(std::vector<std::string> arguments) {
    const std::vector<std::string> first{"folder", "-m", (outside_ / "net.onnx").string()};
    arguments.insert(arguments.begin(), first.begin(), first.end());
    return command(std::move(arguments));
  }
  Outcome folder(std::vector<std::string> arguments) { return run(folder_command(std::move(arguments))); }

  /// The lines of --json: one for each picture, by its input, and the summary.
  struct Lines {
    std::map<std::string, json> pictures;
    json summary;
  };
  static Lines lines_of(const std::string& out) {
    Lines lines;
    std::istringstream stream(out);
    for (std::string line; std::getline(stream, line);) {
      json object = json::parse(line);
      if (object.contains("summary")) {
        lines.summary = object["summary"];
      } else {
        EXPECT_FALSE(lines.pictures.contains(object["input"])) << line;
        lines.pictures[object["input"]] = object;
      }
    }
    return lines;
  }

  void write_pictures(int count, int width = 64) const {
    for (int i = 0; i < count; ++i) write_picture(fmt::format("in/p{}.png", i), width);
  }
  static void wait_for(const std::function<bool()>& true_at_last) { ASSERT_TRUE(comes_about(true_at_last)); }
  std::size_t count_in(const std::string& sub) const { return fs::exists(at(sub)) ? files(sub).size() : 0; }
};

TEST_F(CliFolder, EveryPictureUnderItsNameInItsSubfolder) {
  write_picture("in/a.jpg");
  write_picture("in/b.png");
  write_picture("in/sub folder/ü.webp");
  write("in/notes.txt", "x");
  const Outcome outcome = folder({"in", "out", "--recursive"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("3 pictures in "));
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(files("out"), ElementsAre("a.png", "b.png", "sub folder"));
  EXPECT_THAT(files("out/sub folder"), ElementsAre("ü.png"));
  EXPECT_EQ(load_image(at("out/a.png")).format(), PixelFormat::rgba8);
  // Without --recursive, with rembg's letter, and as JPEG, which has no transparency.
  EXPECT_EQ(run(command({"p", "in", "flat", "-m", (outside_ / "net.onnx").string(), "--format", "jpeg"})).status, 0);
  EXPECT_THAT(files("flat"), ElementsAre("a.jpg", "b.jpg"));
}

TEST_F(CliFolder, OutputsAreThoseOfRemove) {
  write_picture("in/a.png", 200, 150);
  const std::vector<std::string> options{"--crop=3", "--background", "#204060", "-ppm"};
  std::vector<std::string> arguments{"in", "out"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  EXPECT_EQ(folder(arguments).status, 0);
  arguments = {"remove", "in/a.png", "-o", "one.png", "-m", (outside_ / "net.onnx").string()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  EXPECT_EQ(peel(arguments).status, 0);
  EXPECT_EQ(read_text(at("out/a.png")), read_text(at("one.png")));
}

TEST_F(CliFolder, NoTwoPicturesShareAnOutput) {
  for (const char* name : {"in/a.jpg", "in/a.png", "in/a.webp", "in/b.jpg"}) write_picture(name);
  EXPECT_EQ(folder({"in", "out"}).status, 0);
  EXPECT_THAT(files("out"), ElementsAre("a.jpg.png", "a.png.png", "a.webp.png", "b.png"));
}

TEST_F(CliFolder, OneBadPictureIsReportedAndTheOthersAreDone) {
  write_pictures(5);
  write("in/bad.jpg", "\xff\xd8\xff\xe0 not a picture");
  const Outcome outcome = folder({"in", "out", "--json"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("failed: in/bad.jpg"));
  EXPECT_THAT(outcome.err, HasSubstr("5 pictures in "));
  const Lines lines = lines_of(outcome.out);
  EXPECT_EQ(lines.pictures.size(), 6U);
  EXPECT_EQ(lines.pictures.at("in/bad.jpg")["error"]["exit_status"], 3);
  EXPECT_EQ(lines.pictures.at("in/p3.png")["output"], "out/p3.png");
  EXPECT_GT(lines.pictures.at("in/p3.png")["timings_ms"]["total"], 0);
  EXPECT_EQ(lines.summary["done"], 5);
  EXPECT_EQ(lines.summary["failed"], 1);
  EXPECT_GT(lines.summary["peak_memory_bytes"], 10'000'000);
  EXPECT_THAT(files("out"), ElementsAre("p0.png", "p1.png", "p2.png", "p3.png", "p4.png"));
}

TEST_F(CliFolder, PartsAreTheWholeUnderTheSameNames) {
  write_pictures(12);
  write_picture("in/p3.jpg");  // its output wants another name, in whichever part it is
  std::size_t done = 0;
  for (const char* part : {"--shard=0/3", "--shard=1/3", "--shard=2/3"}) {
    const Outcome outcome = folder({"in", "parts", part, "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    done += lines_of(outcome.out).pictures.size();
  }
  EXPECT_EQ(done, 13U);
  EXPECT_EQ(folder({"in", "whole"}).status, 0);
  EXPECT_EQ(files("parts"), files("whole"));
}

TEST_F(CliFolder, AListSaysWhichPicturesAreTaken) {
  write_pictures(4);
  write("list", "p2.png\np9.png\n./p0.png\n");
  const Outcome outcome = folder({"in", "out", "--manifest", "list", "--json"});
  EXPECT_EQ(outcome.status, 1);
  const Lines lines = lines_of(outcome.out);
  EXPECT_EQ(lines.pictures.size(), 3U);
  EXPECT_TRUE(lines.pictures.at("in/p9.png").contains("error"));
  EXPECT_THAT(files("out"), ElementsAre("p0.png", "p2.png"));
  write("list", "../other.png\n");
  EXPECT_EQ(folder({"in", "out", "--manifest", "list"}).status, 2);
  EXPECT_EQ(folder({"in", "out", "--watch", "--shard=0/2"}).status, 2);
}

TEST_F(CliFolder, WhatIsThereIsSkippedOnRequest) {
  write_pictures(3);
  write("out/p1.png", "kept");
  const Lines lines = lines_of(folder({"in", "out", "--skip-existing", "--json"}).out);
  EXPECT_EQ(lines.pictures.size(), 2U);
  EXPECT_EQ(lines.summary["skipped"], 1);
  EXPECT_EQ(read_text(at("out/p1.png")), "kept");
  const Outcome nothing = folder({"in", "out", "--skip-existing", "-m", "no-model-is-needed.onnx"});
  EXPECT_EQ(nothing.status, 0) << nothing.err;
  EXPECT_EQ(folder({"in", "out"}).status, 0);
  EXPECT_NE(read_text(at("out/p1.png")), "kept");
}

TEST_F(CliFolder, PatternsChoose) {
  for (const char* name : {"in/a.jpg", "in/b.png", "in/thumbs/c.jpg", "in/d-small.jpg"}) write_picture(name);
  EXPECT_EQ(folder({"in", "out", "-r", "--include", "*.JPG", "--exclude", "thumbs/*", "--exclude", "*-small*"}).status,
            0);
  EXPECT_THAT(files("out"), ElementsAre("a.png"));
}

TEST_F(CliFolder, InputsAreDeletedWhenTheirOutputsAreThere) {
  write_pictures(3);
  write("in/bad.png", "x");
  EXPECT_EQ(folder({"in", "out", "--delete-input"}).status, 1);
  EXPECT_THAT(files("in"), ElementsAre("bad.png"));
  EXPECT_THAT(files("out"), ElementsAre("p0.png", "p1.png", "p2.png"));
  // A camera counts from the beginning again: what was made before stays.
  const std::string before = read_text(at("out/p0.png"));
  write_picture("in/p0.png", 100);
  EXPECT_EQ(folder({"in", "out", "--delete-input", "--exclude", "bad*"}).status, 0);
  EXPECT_EQ(read_text(at("out/p0.png")), before);
  EXPECT_EQ(load_image(at("out/p0.png.png")).width(), 100);
}

TEST_F(CliFolder, TwoAtOnceShareThePicturesTheyDelete) {
  write_pictures(40, 300);
  Process one(folder_command({"in", "out", "--delete-input", "--json"}));
  Process two(folder_command({"in", "out", "--delete-input", "--json"}));
  const Outcome first = one.wait();
  const Outcome second = two.wait();
  for (const Outcome& each : {first, second}) {
    EXPECT_EQ(each.status, 0) << each.err;
    EXPECT_THAT(each.err, Not(HasSubstr("not deleted")));
  }
  std::set<std::string> whole;
  for (int i = 0; i < 40; ++i) whole.insert(fmt::format("p{}.png", i));
  EXPECT_THAT(files("in"), IsEmpty());
  EXPECT_THAT(files("out"), ::testing::UnorderedElementsAreArray(whole));
  const json a = lines_of(first.out).summary;
  const json b = lines_of(second.out).summary;
  EXPECT_EQ(a["done"].get<int>() + b["done"].get<int>(), 40);
}

TEST_F(CliFolder, AnInputStaysWhereItsOutputCannotBeWritten) {
  write_pictures(1);
  fs::create_directories(at("out/p0.png"));  // a folder where the output would be
  EXPECT_EQ(folder({"in", "out", "--skip-existing"}).status, 0);
  EXPECT_EQ(folder({"in", "out"}).status, 1);
  EXPECT_THAT(files("in"), ElementsAre("p0.png"));
}

TEST_F(CliFolder, MistakesHaveTheirStatus) {
  write_pictures(1);
  EXPECT_EQ(folder({"in"}).status, 2);
  EXPECT_EQ(folder({"in", "in"}).status, 2);
  EXPECT_EQ(folder({"in", "in/../in"}).status, 2);
  EXPECT_EQ(folder({"in", "out", "--jobs", "-1"}).status, 2);
  EXPECT_EQ(folder({"in", "out", "--memory", "much"}).status, 2);
  EXPECT_EQ(folder({"none", "out"}).status, 3);
  EXPECT_EQ(folder({"in/p0.png", "out"}).status, 3);
  fs::create_directories(at("empty"));
  EXPECT_EQ(folder({"empty", "out"}).status, 3);
  EXPECT_EQ(folder({"in", "/proc/out"}).status, 6);
  EXPECT_EQ(folder({"in", "out", "-m", "none.onnx"}).status, 4);
  EXPECT_EQ(folder({"in", "out", "--device", "cuda", "--require"}).status, 5);
  EXPECT_THAT(files("in"), ElementsAre("p0.png"));
}

TEST_F(CliFolder, CtrlCFinishesWhatIsInHandAndASecondRunTheRest) {
  constexpr std::size_t ALL = 40;
  write_pictures(ALL);
  const fs::path hold = outside_ / "hold";
  write_text(hold, "");
  Command held = folder_command({"in", "out", "--json", "--jobs", "2"});
  for (const auto& variable : held_runtime_environment(hold, outside_ / "log")) held.environment.push_back(variable);
  Process process(held);
  wait_for([&] { return fs::exists(outside_ / "log"); });
  kill(process.pid(), SIGINT);
  wait_for([&] { return process.said().find("stopping") != std::string::npos; });
  fs::remove(hold);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.signal, SIGINT);
  const std::vector<std::string> done = files("out");
  EXPECT_THAT(done, Each(Not(StartsWith("."))));
  const Lines lines = lines_of(outcome.out);
  EXPECT_EQ(lines.summary["done"], done.size());
  EXPECT_EQ(lines.summary["interrupted"], true);
  EXPECT_GE(done.size(), 1U);
  EXPECT_LT(done.size(), ALL);
  const Lines rest = lines_of(folder({"in", "out", "--json", "--skip-existing"}).out);
  EXPECT_EQ(rest.summary["skipped"], done.size());
  EXPECT_EQ(rest.summary["done"], ALL - done.size());
}

TEST_F(CliFolder, KilledItLeavesNoBrokenFileUnderAFinalName) {
  write_pictures(60, 900);
  for (int i = 1; i <= 3; ++i) {
    Process process(folder_command({"in", "out", "--skip-existing"}));
    const std::size_t before = count_in("out");
    wait_for([&] { return count_in("out") > before + static_cast<std::size_t>(i); });
    kill(process.pid(), SIGKILL);
    EXPECT_EQ(process.wait().signal, SIGKILL);
    for (const std::string& name : files("out")) {
      if (name.starts_with('.')) continue;
      EXPECT_EQ(load_image(at("out/" + name)).width(), 900) << name;
    }
  }
  EXPECT_EQ(folder({"in", "out", "--skip-existing"}).status, 0);
  std::set<std::string> whole;
  for (const std::string& name : files("out")) {
    if (!name.starts_with('.')) whole.insert(name);
  }
  EXPECT_EQ(whole.size(), 60U);
}

TEST_F(CliFolder, FullDisksAreReportedForEveryPicture) {
  write_pictures(2);
  fs::create_directories(at("out"));
  fs::create_symlink("/dev/full", at("out/p0.png"));
  const Outcome outcome = folder({"in", "out"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("No space left on device"));
  EXPECT_THAT(files("out"), ElementsAre("p0.png", "p1.png"));
}

class CliWatch : public CliFolder {
 protected:
  CliWatch() { fs::create_directories(at("in")); }

  void start(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"in", "out", "--watch", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_ = std::make_unique<Process>(folder_command(arguments));
  }
  Lines stop(int status) {
    write("in/stop.txt", "");
    const Outcome outcome = process_->wait();
    EXPECT_EQ(outcome.status, status) << outcome.err;
    return lines_of(outcome.out);  // a picture done twice fails there
  }
  std::unique_ptr<Process> process_;
};

TEST_F(CliWatch, TwoHundredInBurstsSlowBrokenAndRenamedEachExactlyOnce) {
  write_picture("one.png");
  const std::string png = read_text(at("one.png"));
  start({"--recursive"});
  std::set<std::string> good;
  std::vector<std::pair<std::ofstream, std::size_t>> slow;
  int number = 0;
  for (int burst = 0; burst < 10; ++burst) {
    for (int i = 0; i < 20; ++i, ++number) {
      const std::string name = fmt::format("in/{}p{}.png", number % 11 == 0 ? "sub/" : "", number);
      fs::create_directories(at(name).parent_path());
      if (number % 10 == 3) {
        write(name, png.substr(0, png.size() / 2));  // cut short
        continue;
      }
      good.insert(name);
      if (number % 10 == 5) {
        std::ofstream stream(at(name), std::ios::binary);
        stream << png.substr(0, 100) << std::flush;
        slow.emplace_back(std::move(stream), 100);
      } else if (number % 10 == 7) {
        write("elsewhere.png", png);
        fs::rename(at("elsewhere.png"), at(name));
      } else {
        write(name, png);
      }
    }
    for (auto& [stream, written] : slow) {
      stream << png.substr(written, 40) << std::flush;
      written += 40;
    }
    std::this_thread::sleep_for(100ms);
  }
  for (auto& [stream, written] : slow) stream << png.substr(std::min(written, png.size()));
  slow.clear();
  wait_for([&] { return count_in("out") + count_in("out/sub") >= good.size(); });
  const Lines lines = stop(1);
  std::set<std::string> done;
  for (const auto& [input, object] : lines.pictures) {
    if (!object.contains("error")) done.insert(input);
  }
  EXPECT_EQ(done, good);
  EXPECT_EQ(lines.summary["failed"], 20);
  EXPECT_EQ(lines.pictures.size(), 200U);
}

TEST_F(CliWatch, WhatCameBeforeTheStopFileIsDoneAndDeleted) {
  write_pictures(4);
  start({"--delete-input"});
  wait_for([&] { return count_in("in") == 0; });
  write_picture("in/late.png");
  const Lines lines = stop(0);
  EXPECT_EQ(lines.summary["done"], 5);
  EXPECT_THAT(files("in"), ElementsAre("stop.txt"));
  EXPECT_EQ(count_in("out"), 5U);
}

TEST_F(CliWatch, ASlowUploadIsOnePictureUnderItsOwnName) {
  write_picture("one.png");
  const std::string png = read_text(at("one.png"));
  Command slow = folder_command({"in", "out", "--watch", "--delete-input", "--json"});
  slow.output = at("lines");
  process_ = std::make_unique<Process>(slow);
  const auto failures = [&] {
    const std::string lines = read_text(at("lines"));
    return std::count(lines.begin(), lines.end(), '\n');
  };
  // A writer that comes back for each part: it looks complete in between.
  for (int part = 0; part < 3; ++part) {
    const std::size_t begin = png.size() * static_cast<std::size_t>(part) / 3;
    const std::size_t end = png.size() * static_cast<std::size_t>(part + 1) / 3;
    std::ofstream(at("in/slow.png"), std::ios::binary | std::ios::app) << png.substr(begin, end - begin);
    wait_for([&] { return failures() > part; });
  }
  wait_for([&] { return count_in("in") == 0; });
  write("in/stop.txt", "");
  const Outcome outcome = process_->wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(files("out"), ElementsAre("slow.png"));
  std::istringstream lines(read_text(at("lines")));
  json last;
  for (std::string line; std::getline(lines, line);) last = json::parse(line);
  EXPECT_EQ(last["summary"]["done"], 1);
  EXPECT_EQ(last["summary"]["failed"], 0);
  EXPECT_THAT(outcome.err, HasSubstr("1 picture in "));
}

TEST_F(CliWatch, AnInterruptEndsIt) {
  start();
  write_picture("in/a.png");
  wait_for([&] { return count_in("out") == 1; });
  kill(process_->pid(), SIGTERM);
  EXPECT_EQ(process_->wait().signal, SIGTERM);
}

}  // namespace
}  // namespace peel::test
