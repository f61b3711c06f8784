#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "peel/error.hpp"
#include "peel/log.hpp"
#include "peel/remover.hpp"
#include "support/error_of.hpp"
#include "support/fake_runtime.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

// Which device the library chooses and what it does when one fails, on a machine that has TensorRT and CUDA by
// pretence: support/fake_runtime/.
namespace peel::test {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Devices : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { enter_fake_machine(); }

  void SetUp() override {
    write_stand_in(model(), {.height = 32, .width = 32, .scale = 8.0f, .shift = -4.0f});
    setenv("PEEL_FAKE_LOG", runtime_log().c_str(), 1);
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    pretend("");
    set_log_sink([this](LogLevel, std::string_view text) {
      const std::scoped_lock lock(mutex_);
      messages_.emplace_back(text);
    });
  }
  void TearDown() override { set_log_sink({}); }

  /// How the fake devices behave from now on: see support/fake_runtime/fake_devices.hpp.
  static void pretend(const std::string& behaviour) { setenv("PEEL_FAKE", behaviour.c_str(), 1); }

  std::filesystem::path model() const { return folder_ / "net.onnx"; }
  std::filesystem::path runtime_log() const { return folder_ / "runtime.log"; }

  Settings settings() const {
    Settings settings;
    settings.model_name = model();
    return settings;
  }

  /// What reached the runtime's devices, line by line.
  std::vector<std::string> seen_by_runtime() const {
    std::vector<std::string> lines;
    std::istringstream text(std::filesystem::exists(runtime_log()) ? read_text(runtime_log()) : "");
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
  long runs(const std::string& device) const { return std::ranges::count(seen_by_runtime(), "run " + device); }

  static Image picture(int seed = 0) {
    std::vector<unsigned char> pixels;
    for (int y = 0; y < 24; ++y) {
      for (int x = 0; x < 32; ++x) {
        const bool inside = (x - 16) * (x - 16) + (y - 12) * (y - 12) < 60;
        for (int c = 0; c < 3; ++c) pixels.push_back(static_cast<unsigned char>(inside ? 200 + seed : 20 + x));
      }
    }
    return Image::from_pixels({pixels.data(), 32, 24, 96, PixelFormat::rgb8});
  }

  static std::vector<unsigned char> mask_of(const Result& result) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(result.mask.data());
    return {bytes, bytes + result.mask.width() * result.mask.height()};
  }
  std::vector<unsigned char> cpu_mask(const Image& image) const {
    Settings cpu = settings();
    cpu.device = Device::cpu;
    return mask_of(BackgroundRemover(cpu).remove(image));
  }

  static std::vector<std::string> names(const std::vector<Fallback>& fallbacks) {
    std::vector<std::string> result;
    for (const Fallback& fallback : fallbacks) result.push_back(fallback.provider);
    return result;
  }

  TemporaryFolder folder_;
  std::mutex mutex_;
  std::vector<std::string> messages_;
};

TEST_F(Devices, TheFastestIsTakenAndGivesTheSameMask) {
  const BackgroundRemover remover(settings());
  EXPECT_EQ(remover.session().provider, "tensorrt");
  EXPECT_THAT(remover.session().fallbacks, IsEmpty());
  ASSERT_EQ(remover.session().shares.size(), 1u);
  EXPECT_EQ(remover.session().shares[0].provider, "tensorrt");
  EXPECT_GT(remover.session().shares[0].operators, 0);
  const Result result = remover.remove(picture());
  EXPECT_TRUE(result.subject);
  EXPECT_EQ(mask_of(result), cpu_mask(picture()));
}

TEST_F(Devices, SwitchesOfTheSettingsLeaveDevicesOut) {
  Settings no_tensorrt = settings();
  no_tensorrt.use_tensorrt = false;
  EXPECT_EQ(BackgroundRemover(no_tensorrt).session().provider, "cuda");
  EXPECT_THAT(seen_by_runtime(), Not(Contains(HasSubstr("tensorrt"))));

  BasicSettings by_name;
  by_name.use_gpu = false;
  Settings no_gpu = no_tensorrt;
  no_gpu.device = by_name.settings().device;
  std::filesystem::remove(runtime_log());
  const BackgroundRemover on_cpu(no_gpu);
  EXPECT_EQ(on_cpu.session().provider, "cpu");
  EXPECT_THAT(on_cpu.session().fallbacks, IsEmpty());
  EXPECT_THAT(on_cpu.session().shares, IsEmpty());
  EXPECT_THAT(seen_by_runtime(), IsEmpty());
}

TEST_F(Devices, ANamedDeviceIsTheOnlyOneTried) {
  Settings named = settings();
  named.device = Device::cuda;
  EXPECT_EQ(BackgroundRemover(named).session().provider, "cuda");
  pretend("cuda=create-fails");
  const BackgroundRemover fallen(named);
  EXPECT_EQ(fallen.session().provider, "cpu");
  EXPECT_THAT(names(fallen.session().fallbacks), ElementsAre("cuda"));
  EXPECT_THAT(seen_by_runtime(), Not(Contains(HasSubstr("tensorrt"))));
}

/// A way for every device to fail, and what its reason must say.
struct Failure {
  const char* behaviour;
  const char* reason;
};
void PrintTo(const Failure& failure, std::ostream* out) {
  *out << failure.behaviour;
}
/// The small network that is tried in a process of its own is compared with the CPU, the model only looked at.
auto says(const char* reason) {
  return AnyOf(HasSubstr(reason), HasSubstr("its numbers differ from the CPU's"));
}
class EveryFailure : public Devices, public ::testing::WithParamInterface<Failure> {};

TEST_P(EveryFailure, EndsOnTheCpuWithTheReasonOfEachDevice) {
  // Tried and found good in a process of its own, which is not done again: what follows fails in this one.
  for (const Device device : {Device::tensorrt, Device::cuda}) {
    Settings good = settings();
    good.device = device;
    good.require_device = true;
    BackgroundRemover{good};
  }
  messages_.clear();
  pretend(GetParam().behaviour);
  const BackgroundRemover remover(settings());
  EXPECT_EQ(remover.session().provider, "cpu");
  const auto& fallbacks = remover.session().fallbacks;
  ASSERT_GE(fallbacks.size(), 2u);
  EXPECT_EQ(fallbacks[0].provider, "tensorrt");
  EXPECT_EQ(fallbacks[1].provider, "cuda");
  for (const Fallback& fallback : {fallbacks[0], fallbacks[1]}) {
    EXPECT_THAT(fallback.reason, HasSubstr(GetParam().reason));
    EXPECT_THAT(fallback.reason,
                AllOf(Not(HasSubstr("\n")), Not(HasSubstr("onnxruntime_src")), Not(HasSubstr("hostname"))));
    const auto told = std::ranges::count_if(messages_, [&](const std::string& message) {
      return message.starts_with(fallback.provider) && message.find(fallback.reason) != message.npos;
    });
    EXPECT_EQ(told, 1) << fallback.provider << " must be told of once";
  }
  EXPECT_EQ(mask_of(remover.remove(picture())), cpu_mask(picture()));
}

TEST_P(EveryFailure, IsFoundInAProcessOfItsOwn) {
  pretend(GetParam().behaviour);
  const BackgroundRemover remover(settings());
  EXPECT_EQ(remover.session().provider, "cpu");
  EXPECT_THAT(remover.session().fallbacks, Each(Field(&Fallback::reason, says(GetParam().reason))));
  EXPECT_THAT(seen_by_runtime(), Not(Contains(HasSubstr("append webgpu"))));
}

TEST_P(EveryFailure, IsAnErrorWhereTheDeviceIsRequired) {
  pretend(GetParam().behaviour);
  Settings required = settings();
  required.device = Device::cuda;
  required.require_device = true;
  const Error error = error_of([&] { BackgroundRemover remover(required); });
  EXPECT_EQ(error.code(), ErrorCode::device);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("cuda"), says(GetParam().reason)));
}

INSTANTIATE_TEST_SUITE_P(
    Devices, EveryFailure,
    ::testing::Values(Failure{"append-fails", "was told to fail when it is appended"},
                      Failure{"create-fails", "out of memory"}, Failure{"run-fails", "CUDNN_STATUS_INTERNAL_ERROR"},
                      Failure{"wrong-output", "its first result is wrong: no numbers"},
                      Failure{"constant-output", "its first result is wrong: the same value everywhere"},
                      Failure{"takes-nothing", "it takes none of the network's"}),
    [](const auto& tested) {
      std::string name = tested.param.behaviour;
      std::erase(name, '-');
      return name;
    });

TEST_F(Devices, OneThatFailsLeavesTheNext) {
  pretend("tensorrt=run-fails");
  const BackgroundRemover remover(settings());
  EXPECT_EQ(remover.session().provider, "cuda");
  EXPECT_THAT(names(remover.session().fallbacks), ElementsAre("tensorrt"));
}

TEST_F(Devices, ADeviceThatRunsAPartOfTheGraphSaysSo) {
  pretend("takes-part");
  Settings cuda = settings();
  cuda.device = Device::cuda;
  const BackgroundRemover remover(cuda);
  EXPECT_EQ(remover.session().provider, "cuda");
  const auto& shares = remover.session().shares;
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_EQ(shares[0].provider, "cuda");
  EXPECT_EQ(shares[1].provider, "cpu");
  EXPECT_EQ(shares[0].operators + shares[1].operators, 3);  // Conv, Sigmoid, Identity
}

TEST_F(Devices, AFailureAfterTheStartIsAnErrorOfTheDevice) {
  Settings cuda = settings();
  cuda.device = Device::cuda;
  const BackgroundRemover remover(cuda);
  pretend("run-fails");
  const Error error = error_of([&] { remover.remove(picture()); });
  EXPECT_EQ(error.code(), ErrorCode::device);
  EXPECT_THAT(error.message(), HasSubstr("CUDNN_STATUS_INTERNAL_ERROR"));
  pretend("");
  EXPECT_EQ(mask_of(remover.remove(picture())), cpu_mask(picture()));
}

TEST_F(Devices, PicturesGoThroughTheNetworkInBatches) {
  Settings batches = settings();
  batches.device = Device::cuda;
  batches.batch = 2;
  const BackgroundRemover remover(batches);
  EXPECT_EQ(remover.session().provider, "cuda");
  EXPECT_EQ(remover.session().batch, 2);
  const auto before = runs("cuda");
  std::vector<Image> pictures;
  for (int seed = 0; seed < 5; ++seed) pictures.push_back(picture(10 * seed));
  const std::vector<Result> results = remover.remove(pictures);
  EXPECT_EQ(runs("cuda") - before, 3);
  ASSERT_EQ(results.size(), pictures.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) EXPECT_EQ(mask_of(results[i]), cpu_mask(pictures[i])) << i;
}

TEST_F(Devices, HalfPrecisionIsForGpus) {
  Settings half = settings();
  half.precision = Precision::fp16;
  half.device = Device::cuda;
  const BackgroundRemover on_gpu(half);
  EXPECT_EQ(on_gpu.session().provider, "cuda");
  EXPECT_EQ(on_gpu.session().precision, "fp16");
  const auto exact = cpu_mask(picture());
  const auto mask = mask_of(on_gpu.remove(picture()));
  for (std::size_t i = 0; i < mask.size(); ++i) EXPECT_NEAR(mask[i], exact[i], 1) << i;

  half.device = Device::cpu;
  const BackgroundRemover on_cpu(half);
  EXPECT_EQ(on_cpu.session().precision, "fp32");
  EXPECT_THAT(on_cpu.session().fallbacks, ElementsAre(Field(&Fallback::provider, "fp16")));
}

TEST_F(Devices, TensorRtBuildsAnEngineOnceForWhatItDependsOn) {
  Settings tensorrt = settings();
  tensorrt.device = Device::tensorrt;
  const auto engines = [&](const char* what) {
    return std::ranges::count_if(seen_by_runtime(), [&](const std::string& line) { return line.starts_with(what); });
  };
  ASSERT_EQ(BackgroundRemover(tensorrt).session().provider, "tensorrt");
  EXPECT_EQ(engines("engine built in"), 1);
  BackgroundRemover{tensorrt};
  EXPECT_EQ(engines("engine built in"), 1);
  EXPECT_GE(engines("engine read from"), 1);
  // Another precision, another batch: another engine.
  tensorrt.precision = Precision::fp32;
  BackgroundRemover{tensorrt};
  EXPECT_EQ(engines("engine built in"), 2);
  tensorrt.batch = 4;
  BackgroundRemover{tensorrt};
  EXPECT_EQ(engines("engine built in"), 3);
  // Another network under the same name, too.
  write_stand_in(model(), {.height = 32, .width = 32, .scale = 4.0f, .shift = -2.0f});
  BackgroundRemover{tensorrt};
  EXPECT_EQ(engines("engine built in"), 4);
}

}  // namespace
}  // namespace peel::test
