#include "inference/openvino.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "base/log.hpp"
#include "inference/session.hpp"
#include "inference/warm_up.hpp"
#include "support/error_of.hpp"
#include "support/random_network.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

using testing::HasSubstr;

constexpr Candidate OPENVINO{Device::cpu, Arithmetic::fp32, Engine::openvino};
constexpr Candidate ONNXRUNTIME{Device::cpu, Arithmetic::fp32, Engine::onnxruntime};

class OpenVinoTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!openvino_file()) GTEST_SKIP() << "OpenVINO is not installed";
  }
  Session open(std::vector<Candidate> candidates, const std::string& key = "", int threads = 1, int runs = 1,
               int batch = 1) const {
    SessionOptions options;
    options.candidates = std::move(candidates);
    options.sha256 = key;
    options.threads = threads;
    options.runs = runs;
    options.batch = batch;
    return Session(file_, options);
  }
  std::vector<std::filesystem::path> kept() const {
    std::vector<std::filesystem::path> files;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / ".peel", none)) {
      if (entry.path().extension() == ".ov") files.push_back(entry.path());
    }
    return files;
  }
  /// How far the two engines are apart on the test pattern, of a result between 0 and 1.
  float apart(int batch = 1) const {
    const Session ours = open({OPENVINO}, "", 1, 1, batch);
    const Session theirs = open({ONNXRUNTIME}, "", 1, 1, batch);
    const Tensor pattern = test_pattern(theirs.input_shape());
    EXPECT_EQ(ours.engine(), Engine::openvino);
    EXPECT_EQ(ours.run(pattern).shape, theirs.run(pattern).shape);
    return difference(ours.run(pattern), theirs.run(pattern));
  }

  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "net.onnx";
  static constexpr const char* KEY = "0123456789abcdef0123456789abcdef";
  static constexpr float ROUNDING = 1e-4f;  // a fortieth of a level of 255
};

/// Of which the process is new to OpenVINO: what is done in it is done by a child.
class OpenVinoInAChild : public OpenVinoTest {
 protected:
  /// True where `action` returned true in a process made by fork().
  template <typename Action>
  static bool in_child(const Action& action) {
    const pid_t child = ::fork();
    if (child == 0) {
      bool good = false;
      try {
        good = action();
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
      }
      std::_Exit(good ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
};

// First of all suites that open OpenVINO: the parent has not, when it forks.
TEST_F(OpenVinoInAChild, ObeysACapOnItsInstructions) {
  test::write_stand_in(file_, {.resize = true});
  for (const char* cap : {"AVX", "AVX2", "AVX512_CORE"}) {
    EXPECT_TRUE(in_child([&] {
      ::setenv("ONEDNN_MAX_CPU_ISA", cap, 1);
      const bool right = apart() < ROUNDING;
      open({OPENVINO}, KEY);
      std::string name = cap;
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
      return right && std::ranges::any_of(kept(), [&](const auto& file) {
               return file.filename().string().find(name) != std::string::npos;
             });
    })) << cap;
  }
}

TEST_F(OpenVinoInAChild, IsNotTakenWhereItComputesWrongly) {
  test::write_stand_in(file_, {});
  EXPECT_TRUE(in_child([&] {
    ::setenv("ONEDNN_MAX_CPU_ISA", "SSE41", 1);
    const Session session = open({OPENVINO, ONNXRUNTIME});
    return session.engine() == Engine::onnxruntime && session.skipped()[0].reason.find("AVX") != std::string::npos;
  }));
}

TEST_F(OpenVinoInAChild, IsReplacedWhereItIsNotInstalled) {
  test::write_stand_in(file_, {});
  EXPECT_TRUE(in_child([&] {
    ::setenv("PEEL_HELPERS", folder_.path().c_str(), 1);
    const Session session = open({OPENVINO, ONNXRUNTIME});
    const bool told = session.skipped().size() == 1 && session.skipped()[0].name == "openvino" &&
                      session.skipped()[0].reason.find("not installed") != std::string::npos;
    return session.engine() == Engine::onnxruntime && told;
  }));
  test::write_text(folder_ / "peel-openvino.so", "no library");
  EXPECT_TRUE(in_child([&] {
    ::setenv("PEEL_HELPERS", folder_.path().c_str(), 1);
    const Error error = test::error_of([&] { open({OPENVINO}); });
    return error.code() == ErrorCode::device && error.message().find("cannot be opened") != std::string::npos;
  }));
}

TEST_F(OpenVinoInAChild, MayBeUsedOnBothSidesOfAFork) {
  test::write_stand_in(file_, {.resize = true});
  EXPECT_TRUE(in_child([&] { return apart() < ROUNDING; }));
  EXPECT_LT(apart(), ROUNDING);
}

TEST_F(OpenVinoTest, ComputesWhatOnnxRuntimeDoes) {
  for (const bool half : {false, true}) {
    for (const int batch : {1, 3}) {
      test::write_stand_in(file_, {.scale = 4.0f, .shift = -2.0f, .side_outputs = 2, .half = half, .resize = true});
      EXPECT_LT(apart(batch), ROUNDING) << half << ' ' << batch;
    }
  }
}

TEST_F(OpenVinoTest, AgreesWithOnnxRuntimeOnRandomNetworks) {
  const unsigned graphs = test::all_pictures() ? 200 : 12;
  for (unsigned seed = 0; seed < graphs; ++seed) {
    std::mt19937 random(seed);
    std::ofstream(file_, std::ios::binary)
        << test::random_network([&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); });
    EXPECT_LT(apart(), ROUNDING) << "seed " << seed;
  }
}

TEST_F(OpenVinoTest, KeepsWhatItCompiled) {
  test::write_stand_in(file_, {.resize = true});
  const Tensor pattern = test_pattern({1, 3, 32, 32});
  const Tensor plain = open({OPENVINO}).run(pattern);
  EXPECT_TRUE(kept().empty());
  EXPECT_EQ(open({OPENVINO}, KEY).run(pattern).values, plain.values);
  ASSERT_EQ(kept().size(), 1u);
  const auto written = std::filesystem::last_write_time(kept()[0]);
  EXPECT_EQ(open({OPENVINO}, KEY).run(pattern).values, plain.values);
  EXPECT_EQ(std::filesystem::last_write_time(kept()[0]), written) << "made a second time";
  for (const auto size : {std::uintmax_t{0}, std::filesystem::file_size(kept()[0]) / 2}) {
    std::filesystem::resize_file(kept()[0], size);
    EXPECT_EQ(open({OPENVINO}, KEY).run(pattern).values, plain.values) << "damaged";
    ASSERT_EQ(kept().size(), 1u);
    EXPECT_GT(std::filesystem::file_size(kept()[0]), size);
  }
  open({ONNXRUNTIME}, KEY);
  EXPECT_EQ(kept().size(), 1u) << "the engines leave each other's files alone";
  open({OPENVINO}, "fedcba9876543210");
  ASSERT_EQ(kept().size(), 1u) << "that of another content goes";
  EXPECT_THAT(kept()[0].filename().string(), testing::StartsWith("net-fedcba9876543210-"));
}

TEST_F(OpenVinoTest, SaysWhyItDoesNotTakeANetwork) {
  test::write_stand_in(file_, {.height = 0, .width = 0});
  const Session session = open({OPENVINO, ONNXRUNTIME});
  EXPECT_EQ(session.engine(), Engine::onnxruntime);
  ASSERT_EQ(session.skipped().size(), 1u);
  EXPECT_EQ(session.skipped()[0].name, "openvino");
  EXPECT_THAT(session.skipped()[0].reason, HasSubstr("is open"));
  const Error alone = test::error_of([&] { open({OPENVINO}); });
  EXPECT_EQ(alone.code(), ErrorCode::device);
  EXPECT_THAT(alone.what(), HasSubstr("openvino: "));

  // A file that is no network is nobody's.
  test::write_text(file_, "no model");
  EXPECT_EQ(test::error_of([&] { open({OPENVINO, ONNXRUNTIME}); }).code(), ErrorCode::model);
}

TEST_F(OpenVinoTest, RefusesATensorOfAnotherShape) {
  test::write_stand_in(file_, {});
  const Session session = open({OPENVINO});
  EXPECT_EQ(test::error_of([&] { session.run(test_pattern({1, 3, 31, 32})); }).code(), ErrorCode::model);
}

TEST(OpenVinoWords, AreOneLineWithoutItsSourceFiles) {
  EXPECT_EQ(readable(std::runtime_error("Exception from src/inference/src/cpp/core.cpp:117:\n"
                                        "Exception from src/plugins/intel_cpu/src/config.cpp:505:\n"
                                        "NotFound: Unsupported property X by CPU plugin.\n\n\n\n")),
            "NotFound: Unsupported property X by CPU plugin");
  EXPECT_EQ(readable(std::runtime_error("Check 'a == b' failed at src/a.cpp:1:\nThis is why.")), "This is why");
  EXPECT_EQ(readable(std::runtime_error("")), "it does not say why");
}

/// Nanoseconds each of the process's threads has computed, by the kernel's own count.
std::map<std::string, double> computed() {
  std::map<std::string, double> times;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    double time = 0;
    std::ifstream(task.path() / "schedstat") >> time;
    times[task.path().filename().string()] = time;
  }
  return times;
}

TEST_F(OpenVinoTest, KeepsToItsThreadsHoweverManyCall) {
  test::write_stand_in(file_, {.height = 256, .width = 256, .resize = true});
  struct Budget {
    int threads, runs;
  };
  for (const auto& [threads, runs] : {Budget{1, 1}, {2, 1}, {1, 2}}) {
    const Session session = open({OPENVINO}, "", threads, runs);
    const Tensor pattern = test_pattern(session.input_shape());
    const Tensor right = session.run(pattern);
    const auto before = computed();
    {
      std::vector<std::jthread> callers;
      for (int caller = 0; caller < 8; ++caller) {
        callers.emplace_back([&] {
          for (int i = 0; i < 25; ++i) EXPECT_EQ(session.run(pattern).values, right.values);
        });
      }
    }
    // Callers are gone by now, and were not there before.
    double all = 0;
    std::vector<double> shares;
    for (const auto& [task, time] : computed()) {
      if (!before.contains(task)) continue;
      shares.push_back(time - before.at(task));
      all += shares.back();
    }
    if (all == 0) GTEST_SKIP() << "the kernel does not count";
    const auto busy = std::ranges::count_if(shares, [&](double share) { return share > all / 20; });
    EXPECT_GE(busy, 1);
    EXPECT_LE(busy, threads * runs) << threads << " threads, " << runs << " runs";
  }
}

/// Bytes of the process in memory.
double resident() {
  double pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

TEST_F(OpenVinoTest, TakesNoMoreMemoryRunByRun) {
  test::write_stand_in(file_, {.height = 64, .width = 64, .resize = true});
  const Session session = open({OPENVINO}, "", 2, 2);
  const Tensor pattern = test_pattern(session.input_shape());
  const auto run = [&](int count) {
    for (int i = 0; i < count; ++i) session.run(pattern);
  };
  run(200);
  const double before = resident();
  run(test::all_pictures() ? 10000 : 1000);
  EXPECT_LT(resident() - before, 4e6);
}

TEST_F(OpenVinoTest, TwoModelsInOneProcess) {
  test::write_stand_in(file_, {.scale = 2.0f});
  const Session first = open({OPENVINO});
  test::write_stand_in(file_, {.height = 64, .width = 64, .scale = -2.0f});
  const Session second = open({OPENVINO});
  const float bright = first.run(test_pattern(first.input_shape())).values[16 * 32 + 16];
  const float dark = second.run(test_pattern(second.input_shape())).values[32 * 64 + 32];
  EXPECT_GT(bright, 0.9f);
  EXPECT_LT(dark, 0.1f);
}

}  // namespace
}  // namespace peel
