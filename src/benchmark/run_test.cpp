#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "base/child.hpp"
#include "peel/benchmark.hpp"
#include "peel/file.hpp"
#include "support/error_of.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

// Whole benchmarks, with worker processes and a network of one convolution.
namespace peel {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Benchmarks : public ::testing::Test {
 protected:
  void SetUp() override {
    test::write_stand_in(folder_ / "net.onnx", {});
    for (const char* name : {"a.png", "b.png", "c.png"}) options_.pictures.push_back(picture(name));
    options_.output_folder = folder_ / "out";
    options_.models = {(folder_ / "net.onnx").string()};
    options_.configurations = {"cpu-fp32"};
    options_.threads = {1};
    options_.rounds = 2;
  }
  void TearDown() override { unsetenv("PEEL_HELPERS"); }

  fs::path picture(const std::string& name) const {
    std::vector<std::uint8_t> rgb;
    for (int y = 0; y < 40; ++y) {
      for (int x = 0; x < 50; ++x) {
        const bool inside = (x - 25) * (x - 25) + (y - 20) * (y - 20) < 150 + 20 * name.front();
        rgb.insert(rgb.end(), 3, inside ? std::uint8_t{230} : std::uint8_t{20});
      }
    }
    write_file(folder_ / name, encode(Image::from_pixels({rgb.data(), 50, 40, 150, PixelFormat::rgb8})));
    return folder_ / name;
  }

  /// A worker of its own: a shell script around the real one, $WORKER, which has read the first line into $line.
  void wrap_worker(const std::string& script) const {
    const auto real = helper_program("peel-bench-worker");
    const fs::path wrapper = folder_ / "helpers/peel-bench-worker";
    test::write_text(wrapper, "#!/bin/sh\nWORKER='" + real.string() + "'\nread -r line\n" + script +
                                  "\n{ printf '%s\\n' \"$line\"; cat; } | \"$WORKER\"\n");
    fs::permissions(wrapper, fs::perms::owner_all);
    setenv("PEEL_HELPERS", wrapper.parent_path().c_str(), 1);
  }

  test::TemporaryFolder folder_;
  BenchmarkOptions options_;
};

TEST_F(Benchmarks, MeasureEveryPictureInEveryConfiguration) {
  test::StandIn other;  // an "INT8" form whose masks differ a little
  other.shift = 0.02f;
  test::write_stand_in(folder_ / "net_int8.onnx", other);
  fs::create_directories(folder_ / "truth");
  for (const char* name : {"a.png", "b.png"}) fs::copy_file(folder_ / name, folder_ / "truth" / name);
  options_.configurations = {"cpu", "cuda-fp32"};
  options_.masks_folder = folder_ / "truth";
  test::write_text(folder_ / "broken.jpg", "no picture");
  options_.pictures.push_back(folder_ / "broken.jpg");
  std::vector<std::string> steps;
  const ProgressCallback progress_shown = [&](const Progress& progress) {
    EXPECT_LE(progress.done, progress.total);
    if (steps.empty() || steps.back() != progress.what) steps.emplace_back(progress.what);
  };
  const BenchmarkSummary summary = run_benchmark(options_, {{}, progress_shown});

  ASSERT_THAT(summary.measurements, SizeIs(2));
  EXPECT_FALSE(summary.interrupted);
  EXPECT_EQ(summary.turns, 6U);
  EXPECT_THAT(summary.pictures[3].error, HasSubstr("broken.jpg"));
  const BenchmarkMeasurement& baseline = summary.measurements[0];
  const BenchmarkMeasurement& int8 = summary.measurements[1];
  EXPECT_EQ(baseline.configuration.name, "net-cpu-fp32-1t");
  EXPECT_EQ(int8.configuration.name, "net-cpu-int8-1t");
  for (const BenchmarkMeasurement& m : summary.measurements) {
    ASSERT_THAT(m.samples, SizeIs(6));
    for (const BenchmarkSample& sample : m.samples) {
      const Timings& t = sample.timings;
      EXPECT_GT(t.inference, 0);
      EXPECT_GT(t.encode, 0);
      EXPECT_GE(t.total * 1.0001, t.decode + t.preprocess + t.inference + t.postprocess + t.encode);
    }
    EXPECT_GT(m.time.median, 0);
    EXPECT_LE(m.time.median_interval.low, m.time.median);
    EXPECT_GE(m.time.median_interval.high, m.time.median);
    EXPECT_GT(m.load_ms, 0);
    EXPECT_GT(m.first_load_ms, 0);
    EXPECT_GT(m.first_picture_ms, 0);
    EXPECT_GT(m.peak_memory_bytes, 10'000'000U);
    EXPECT_GT(m.pictures_per_second, 0);
    EXPECT_EQ(m.truth.value().pictures, 2U);
    for (const char* name : {"a.png", "b.png", "c.png"}) {
      const Image cutout = load_image(options_.output_folder / m.configuration.name / name);
      EXPECT_EQ(cutout.format(), PixelFormat::rgba8);
      EXPECT_EQ(cutout.width(), 50);
      EXPECT_EQ(load_image(options_.output_folder / m.configuration.name / "masks" / name).format(),
                PixelFormat::gray8);
    }
  }
  EXPECT_DOUBLE_EQ(baseline.speedup.value(), 1);
  EXPECT_DOUBLE_EQ(baseline.fidelity.value().mean.iou, 1);
  EXPECT_DOUBLE_EQ(baseline.fidelity.value().mean.mae, 0);
  EXPECT_GT(int8.speedup.value(), 0);
  EXPECT_THAT(int8.fidelity.value().pictures, SizeIs(3));
  EXPECT_EQ(int8.session.precision, "int8");
  EXPECT_FALSE(summary.recommendation.configuration.empty());
  EXPECT_THAT(steps, ::testing::Contains("measuring"));

  write_benchmark(summary);
  const std::string html = test::read_text(options_.output_folder / "report.html");
  EXPECT_THAT(html, HasSubstr("data:image/webp;base64,"));
  for (const char* file : {"summary.json", "summary.csv", "peel.toml"}) {
    EXPECT_FALSE(test::read_text(options_.output_folder / file).empty()) << file;
  }
}

TEST_F(Benchmarks, WhatCannotRunIsListedWithItsReason) {
  options_.configurations = {"cpu-int8", "cpu-fp16"};
  const BenchmarkSummary summary = run_benchmark(options_);
  EXPECT_THAT(summary.measurements, SizeIs(1));
  ASSERT_THAT(summary.skipped, SizeIs(2));
  EXPECT_EQ(summary.skipped[0].configurations.at(0).name, "net-cpu-int8-1t");
  EXPECT_THAT(summary.skipped[0].reason, HasSubstr("net_int8.onnx"));
  EXPECT_EQ(summary.skipped[1].configurations.at(0).name, "net-cpu-fp16-1t");
  EXPECT_THAT(summary.skipped[1].reason, HasSubstr("fp32"));
}

TEST_F(Benchmarks, BatchesTakeTheSamePicturesAsSingleRuns) {
  options_.batches = {1, 2};
  options_.rounds = 1;
  const BenchmarkSummary summary = run_benchmark(options_);
  ASSERT_THAT(summary.measurements, SizeIs(2));
  EXPECT_EQ(summary.measurements[1].configuration.name, "net-cpu-fp32-1t-b2");
  std::vector<std::vector<std::size_t>> pictures;
  for (const auto& m : summary.measurements) {
    auto& list = pictures.emplace_back();
    for (const BenchmarkSample& sample : m.samples) list.push_back(sample.picture);
  }
  // Two turns of two: the last is filled up with the first picture.
  EXPECT_THAT(pictures[0], ElementsAre(0, 1, 2, 0));
  EXPECT_EQ(pictures[0], pictures[1]);
  EXPECT_DOUBLE_EQ(summary.measurements[1].fidelity.value().mean.iou, 1);
}

TEST_F(Benchmarks, ACrashEndsItsConfigurationAlone) {
  options_.threads = {1, 2};
  wrap_worker(R"(case $line in *'"threads":2'*) echo 'the driver gave up' >&2; kill -SEGV $$;; esac)");
  const BenchmarkSummary summary = run_benchmark(options_);
  ASSERT_THAT(summary.measurements, SizeIs(1));
  EXPECT_EQ(summary.measurements[0].configuration.threads, 1);
  ASSERT_THAT(summary.skipped, SizeIs(1));
  EXPECT_THAT(summary.skipped[0].reason, AllOf(HasSubstr("signal 11"), HasSubstr("the driver gave up")));
}

TEST_F(Benchmarks, ACrashInTheMiddleTakesItsSamplesAlong) {
  options_.threads = {1, 2};
  // Three answers (start, two warm-up runs) and one sample, then its output ends.
  wrap_worker(R"(case $line in *'"threads":2'*)
    { printf '%s\n' "$line"; cat; } | "$WORKER" | {
      for i in 1 2 3 4; do read -r answer; echo "$answer"; done
      kill -SEGV $$
    };;
  esac)");
  const BenchmarkSummary summary = run_benchmark(options_);
  ASSERT_THAT(summary.measurements, SizeIs(1));
  EXPECT_THAT(summary.measurements[0].samples, SizeIs(6));
  ASSERT_THAT(summary.skipped, SizeIs(1));
  EXPECT_THAT(summary.skipped[0].reason, HasSubstr("failed after 1 pictures"));
}

TEST_F(Benchmarks, StoppedInTheMiddleTheyKeepWhatTheyHave) {
  options_.threads = {1, 2};
  options_.rounds = 1000;
  std::stop_source source;
  const ProgressCallback stop_in_the_middle = [&](const Progress& p) {
    if (p.what == "measuring" && p.done >= 5) source.request_stop();
  };
  const BenchmarkSummary summary = run_benchmark(options_, {source.get_token(), stop_in_the_middle});
  EXPECT_TRUE(summary.interrupted);
  ASSERT_THAT(summary.measurements, SizeIs(2));
  EXPECT_THAT(summary.measurements[0].samples, SizeIs(3));
  EXPECT_THAT(summary.measurements[1].samples, SizeIs(2));
  EXPECT_EQ(summary.turns, 2U);
  EXPECT_TRUE(summary.measurements[1].speedup.has_value());
  EXPECT_THAT(summary.measurements[1].fidelity.value().pictures, SizeIs(2));
  write_benchmark(summary);
  EXPECT_THAT(test::read_text(options_.output_folder / "report.html"), HasSubstr("Interrupted"));
}

TEST_F(Benchmarks, StoppedBeforeTheFirstSampleNothingIsMeasured) {
  std::stop_source source;
  source.request_stop();
  const BenchmarkSummary summary = run_benchmark(options_, {source.get_token(), {}});
  EXPECT_TRUE(summary.interrupted);
  EXPECT_THAT(summary.measurements, IsEmpty());
  EXPECT_THAT(summary.skipped.at(0).reason, HasSubstr("interrupted"));
  EXPECT_EQ(summary.recommendation.configuration, "");
  write_benchmark(summary);
  EXPECT_TRUE(fs::exists(options_.output_folder / "summary.json"));
}

TEST_F(Benchmarks, OptionsThatMakeNoSenseAreRefused) {
  const auto code_with = [&](auto&& change) {
    BenchmarkOptions options = options_;
    change(options);
    return error_of([&] { run_benchmark(options); }).code();
  };
  EXPECT_EQ(code_with([](auto& o) { o.configurations = {"gpu"}; }), ErrorCode::usage);
  EXPECT_EQ(code_with([](auto& o) { o.batches = {65}; }), ErrorCode::usage);
  EXPECT_EQ(code_with([](auto& o) { o.threads = {0}; }), ErrorCode::usage);
  EXPECT_EQ(code_with([](auto& o) { o.models = {}; }), ErrorCode::usage);
  EXPECT_EQ(code_with([](auto& o) { o.output_folder = ""; }), ErrorCode::usage);
  EXPECT_EQ(code_with([](auto& o) { o.output_folder = "/proc/none"; }), ErrorCode::output);
  EXPECT_EQ(code_with([](auto& o) { o.pictures = {}; }), ErrorCode::input);
  EXPECT_EQ(code_with([](auto& o) { o.pictures = {"/none.png"}; }), ErrorCode::input);
  EXPECT_EQ(code_with([](auto& o) { o.models = {"/none.onnx"}; }), ErrorCode::model);
}

TEST_F(Benchmarks, AModelThatCannotBeLoadedIsTheError) {
  test::write_text(folder_ / "net.onnx", "no network");
  EXPECT_EQ(error_of([&] { run_benchmark(options_); }).code(), ErrorCode::model);
}

}  // namespace
}  // namespace peel
