#include <gmock/gmock.h>
#include <signal.h>

#include "cli_support.hpp"
#include "support/comes_about.hpp"
#include "support/stand_in_model.hpp"

// `peel bench` and `--config`, the real program with a network of one convolution.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class CliBench : public Cli {
 protected:
  void SetUp() override {
    write_stand_in(model(), {});
    for (const char* name : {"in/a.png", "in/b.jpg", "in/c.png", "in/d.png", "in/e.png"}) write_picture(name);
    write("in/notes.txt", "no picture");
    write_picture("in/sub/f.png");
  }

  std::string model() const { return at("net.onnx").string(); }

  Command bench_command(std::vector<std::string> more) {
    std::vector<std::string> arguments{"bench",     "-i",       "in",       "-o", "out",       "--models", model(),
                                       "--configs", "cpu-fp32", "--rounds", "1",  "--threads", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return command(std::move(arguments));
  }
  Outcome bench(std::vector<std::string> more) { return run(bench_command(std::move(more))); }
};

TEST_F(CliBench, WritesReportsAndCutouts) {
  const Outcome outcome = bench({"--threads", "1,2", "--num-samples", "3"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(files("out"), ElementsAre("net-cpu-fp32-1t", "net-cpu-fp32-2t", "peel.toml", "report.html", "summary.csv",
                                        "summary.json"));
  // Spread evenly over the names, the ends too; not out of the subfolder.
  EXPECT_THAT(files("out/net-cpu-fp32-2t"), ElementsAre("a.png", "c.png", "e.png", "masks"));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("net-cpu-fp32-1t"), HasSubstr("speed-up"), HasSubstr("Use --model"),
                                 HasSubstr("Report: out/report.html")));
  const json summary = json::parse(read_text(at("out/summary.json")));
  EXPECT_EQ(summary["schema"], 1);
  EXPECT_THAT(summary["configurations"], SizeIs(2));
  EXPECT_THAT(summary["configurations"][0]["samples"], SizeIs(3));
  EXPECT_THAT(read_text(at("out/report.html")), HasSubstr("data:image/webp"));

  // What it recommends, `remove` takes.
  const Outcome used = peel({"remove", "in/a.png", "-o", "a.png", "--config", "out/peel.toml", "--json", "-v"});
  ASSERT_EQ(used.status, 0) << used.err;
  EXPECT_EQ(json::parse(used.out)["model"], model());
  EXPECT_THAT(used.err, HasSubstr("settings from out/peel.toml"));
}

TEST_F(CliBench, WhereNothingIsSaidThereIsSomethingToCompare) {
  for (const char* name : {"u2netp", "silueta"}) {
    std::filesystem::create_directories(store());
    write_stand_in(store() / (std::string(name) + ".onnx"), {.height = 320, .width = 320});
  }
  Command made = command({"bench", "-i", "in", "-o", "out", "--rounds", "1", "--num-samples", "1"});
  made.environment.emplace_back("MODEL_CHECKSUM_DISABLED", "1");
  const Outcome outcome = run(made);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("to be measured, 1 round of 1 picture each: silueta-cpu-fp32-"),
                                 HasSubstr("u2netp-cpu-fp32-1t"), HasSubstr("cannot run here: ")));
  EXPECT_THAT(outcome.out, HasSubstr("1 sample of each configuration tell little"));
  EXPECT_GE(json::parse(read_text(at("out/summary.json")))["configurations"].size(), 2U);
}

TEST_F(CliBench, QuietItPrintsNothing) {
  const Outcome outcome = bench({"-q"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out + outcome.err, "");
  EXPECT_THAT(files("out"), Contains("report.html"));
}

TEST_F(CliBench, JsonIsTheSummary) {
  const Outcome outcome = bench({"--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, read_text(at("out/summary.json")));
}

TEST_F(CliBench, SavesTheRecommendationForThisUser) {
  write_text(user_config(), "# mine\n[remove]\nthreads = 7\neffort = \"small\"\n");
  const Outcome outcome = bench({"--save"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("saved to " + user_config().string()));
  // Five samples: no number of threads is kept that they found.
  EXPECT_EQ(read_text(user_config()),
            "# mine\n[remove]\nmodel = \"" + model() + "\"\nprecision = \"fp32\"\nthreads = 7\neffort = \"small\"\n");
  const Outcome used = peel({"remove", "in/a.png", "-o", "a.png", "--json", "-v"});
  EXPECT_EQ(json::parse(used.out)["model"], model());
  EXPECT_THAT(used.err, HasSubstr("settings from " + user_config().string()));
  const Outcome without = peel({"remove", "in/a.png", "-o", "a.png", "--no-config", "-m", "none.onnx"});
  EXPECT_THAT(without.err, Not(HasSubstr("settings from")));
}

TEST_F(CliBench, AMistakeInTheConfigIsAUsageError) {
  write_text(user_config(), "[remove]\nthreads = \"many\"\n");
  const Outcome outcome = peel({"remove", "in/a.png", "-o", "a.png"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr(user_config().string() + ":2: threads many: not a whole number"));
  EXPECT_EQ(peel({"remove", "in/a.png", "-o", "a.png", "--config", "none.toml"}).status, 2);
  EXPECT_EQ(peel({"info"}).status, 0);
}

TEST_F(CliBench, AnInterruptLeavesAValidPartialReport) {
  Process process(bench_command({"--rounds", "10000", "--threads", "1,2"}));
  // Until the first pictures are measured.
  EXPECT_TRUE(comes_about([&] { return std::filesystem::exists(at("out/net-cpu-fp32-2t/b.png")); }));
  kill(process.pid(), SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.signal, SIGINT);
  EXPECT_THAT(outcome.err, HasSubstr("interrupted"));
  EXPECT_THAT(outcome.out, HasSubstr("Report: out/report.html"));
  const json summary = json::parse(read_text(at("out/summary.json")));
  EXPECT_EQ(summary["interrupted"], true);
  ASSERT_THAT(summary["configurations"], SizeIs(2));
  for (const json& configuration : summary["configurations"]) {
    EXPECT_FALSE(configuration["samples"].empty());
    EXPECT_GT(configuration["time_ms"]["median"], 0);
  }
  EXPECT_THAT(read_text(at("out/report.html")), AllOf(HasSubstr("Interrupted"), HasSubstr("</html>")));
  EXPECT_FALSE(read_text(at("out/summary.csv")).empty());
}

TEST_F(CliBench, FailuresHaveTheStatusOfTheirKind) {
  EXPECT_EQ(peel({"bench", "-o", "out"}).status, 2);
  EXPECT_EQ(peel({"bench", "-i", "in"}).status, 2);
  EXPECT_EQ(bench({"--configs", "gpu"}).status, 2);
  EXPECT_EQ(bench({"-i", "none"}).status, 3);
  std::filesystem::create_directories(at("empty"));
  EXPECT_EQ(bench({"-i", "empty"}).status, 3);
  EXPECT_EQ(bench({"--masks", "none"}).status, 3);
  EXPECT_EQ(bench({"--models", "none.onnx"}).status, 4);
  const Outcome unknown = bench({"--models", "u2net"});  // not installed, and the network is not used
  EXPECT_EQ(unknown.status, 4);
  EXPECT_THAT(unknown.err, HasSubstr("; "));
  EXPECT_EQ(bench({"-o", "/proc/out"}).status, 6);
  write("file", "");
  EXPECT_EQ(bench({"-o", "file"}).status, 6);
}

TEST_F(CliBench, PicturesThatCannotBeReadAreLeftOutAndListed) {
  write("in/broken.jpg", "no picture");
  const Outcome outcome = bench({});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("left out: in/broken.jpg"));
  const json summary = json::parse(read_text(at("out/summary.json")));
  EXPECT_THAT(summary["pictures"], SizeIs(6));
  EXPECT_THAT(summary["configurations"][0]["samples"], SizeIs(5));
}

}  // namespace
}  // namespace peel::test
