#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "devices/cli_device_support.hpp"
#include "support/fake_runtime.hpp"

// The program on machines that have, by pretence, an NVIDIA GPU (support/fake_runtime/), and on this one.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class CliOnFakeGpu : public CliOnDevice {
 protected:
  static Environment machine(const std::string& behaviour = "", const std::string& driver = "") {
    Environment environment = fake_runtime_environment();
    environment.emplace_back("PEEL_FAKE", behaviour);
    environment.emplace_back("PEEL_FAKE_CUDA", driver);
    return environment;
  }

  /// The fake machine, with another file in the place of the CUDA provider's library, or with none.
  Environment machine_with_provider(const std::filesystem::path& library) {
    const auto folder = outside_ / "runtime";
    std::filesystem::create_directories(folder);
    const auto runtime = folder / "libonnxruntime_fake.so";
    std::filesystem::copy_file(fake_runtime_folder() / "libonnxruntime_fake.so", runtime);
    if (!library.empty()) std::filesystem::copy_file(library, folder / "libonnxruntime_providers_cuda.so");
    Environment environment = machine();
    environment.emplace_back("PEEL_ONNXRUNTIME", runtime.string());
    return environment;
  }

  json info(const Environment& environment) {
    const Outcome outcome = on(environment, {"info", "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.err << " signal " << outcome.signal;
    EXPECT_THAT(outcome.err, IsEmpty());
    return json::parse(outcome.out);
  }
};

TEST_F(CliOnFakeGpu, InfoShowsTheGpu) {
  const json cuda = provider_of(info(machine()), "cuda");
  EXPECT_EQ(cuda["usable"], true);
  EXPECT_EQ(cuda["reason"], nullptr);
  EXPECT_EQ(cuda["advice"], nullptr);
  ASSERT_EQ(cuda["hardware"].size(), 1u);
  EXPECT_EQ(cuda["hardware"][0]["name"], "Fake GPU");
  EXPECT_EQ(cuda["hardware"][0]["memory_bytes"], 8LL << 30);
  EXPECT_EQ(cuda["hardware"][0]["compute_capability"], "9.0");
  EXPECT_EQ(cuda["hardware"][0]["driver"], "13.0");
  EXPECT_EQ(cuda["hardware"][0]["software"], false);
  const std::string text = on(machine(), {"info"}).out;
  EXPECT_THAT(text, HasSubstr("GPU           used: Fake GPU, through tensorrt\n"));
  EXPECT_THAT(text, HasSubstr("Fake GPU, 8590 MB, compute capability 9.0, driver for CUDA 13.0\n"));
}

TEST_F(CliOnFakeGpu, InfoFindsWhatIsWrongWithTheMachine) {
  const auto cuda = [this](const Environment& environment) { return provider_of(info(environment), "cuda"); };
  const auto reason = [](const json& provider) { return provider["reason"].get<std::string>(); };
  const auto advice = [](const json& provider) { return provider["advice"].get<std::string>(); };

  const json no_device = cuda(machine("", "no-device"));
  EXPECT_EQ(no_device["usable"], false);
  EXPECT_THAT(reason(no_device), HasSubstr("no NVIDIA GPU"));
  const json old_driver = cuda(machine("", "old-driver"));
  EXPECT_THAT(reason(old_driver), AllOf(HasSubstr("12.2"), HasSubstr("CUDA 13")));
  EXPECT_THAT(advice(old_driver), HasSubstr("driver"));
  const json absent = cuda(machine("cuda=absent"));
  EXPECT_EQ(absent["compiled"], false);
  EXPECT_THAT(reason(absent), HasSubstr("built without CUDAExecutionProvider"));
}

TEST_F(CliOnFakeGpu, InfoNamesTheLibraryThatIsMissing) {
  const json broken = provider_of(
      info(machine_with_provider(fake_runtime_folder() / "broken/libonnxruntime_providers_cuda.so")), "cuda");
  EXPECT_EQ(broken["usable"], false);
  EXPECT_THAT(broken["reason"].get<std::string>(), HasSubstr("libpeel_absent.so"));
}

TEST_F(CliOnFakeGpu, InfoMissesTheProviderBesideTheRuntime) {
  const json missing = provider_of(info(machine_with_provider("")), "cuda");
  EXPECT_EQ(missing["usable"], false);
  EXPECT_THAT(missing["reason"].get<std::string>(), HasSubstr("libonnxruntime_providers_cuda.so is missing"));
  EXPECT_THAT(missing["advice"].get<std::string>(), HasSubstr("scripts/setup.sh --gpu"));
}

TEST_F(CliOnFakeGpu, InfoSurvivesWhatCrashesAndFails) {
  for (const char* behaviour : {"append-crashes", "run-crashes"}) {
    const json told = info(machine(behaviour));
    for (const char* name : {"tensorrt", "cuda"}) {
      const json provider = provider_of(told, name);
      EXPECT_EQ(provider["usable"], false) << behaviour;
      EXPECT_THAT(provider["reason"].get<std::string>(), HasSubstr("signal 6")) << behaviour;
    }
    EXPECT_EQ(provider_of(told, "cpu")["usable"], true);
  }
  for (const auto& [behaviour, reason] : {std::pair{"create-fails", "out of memory"}, {"wrong-output", ""}}) {
    const json cuda = provider_of(info(machine(behaviour)), "cuda");
    EXPECT_EQ(cuda["usable"], false) << behaviour;
    EXPECT_THAT(cuda["reason"].get<std::string>(), AllOf(HasSubstr(reason), Not(IsEmpty())));
    EXPECT_THAT(cuda["advice"].get<std::string>(), HasSubstr("driver"));
  }
}

TEST_F(CliOnFakeGpu, RemoveTellsWhereTheOperatorsRan) {
  const Outcome whole = remove_on(machine(), "whole", {"--json", "--device", "cuda"});
  ASSERT_EQ(whole.status, 0) << whole.err;
  const json all = json::parse(whole.out);
  EXPECT_EQ(all["provider"], "cuda");
  EXPECT_EQ(all["batch"], 1);
  EXPECT_EQ(all["fallbacks"], json::array());
  ASSERT_EQ(all["shares"].size(), 1u);
  EXPECT_EQ(all["shares"][0]["provider"], "cuda");
  EXPECT_THAT(whole.err, Not(HasSubstr("operators")));

  const Outcome part = remove_on(machine("takes-part"), "part", {"--json", "--device", "cuda"});
  ASSERT_EQ(part.status, 0) << part.err;
  const json shares = json::parse(part.out)["shares"];
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_EQ(shares[0]["provider"], "cuda");
  EXPECT_EQ(shares[1]["provider"], "cpu");
  EXPECT_EQ(shares[0]["operators"].get<int>() + shares[1]["operators"].get<int>(), 3);
  EXPECT_THAT(part.err, HasSubstr("of the model's 3 operators"));
  EXPECT_EQ(pixels_of(at("part.png")), pixels_of(at("whole.png")));
}

TEST_F(CliOnFakeGpu, RemoveFallsBackInOrderEachWithItsReason) {
  const Outcome outcome = remove_on(machine("tensorrt=create-fails,cuda=append-fails"), "out", {"--json", "-v"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["provider"], "cpu");
  EXPECT_EQ(object["shares"], json::array());
  ASSERT_GE(object["fallbacks"].size(), 2u);
  EXPECT_EQ(object["fallbacks"][0]["provider"], "tensorrt");
  EXPECT_THAT(object["fallbacks"][0]["reason"].get<std::string>(), HasSubstr("out of memory"));
  EXPECT_EQ(object["fallbacks"][1]["provider"], "cuda");
  EXPECT_THAT(object["fallbacks"][1]["reason"].get<std::string>(), HasSubstr("told to fail when it is appended"));
  ASSERT_EQ(remove_on(machine(), "cpu", {"--device", "cpu"}).status, 0);
  EXPECT_EQ(pixels_of(at("out.png")), pixels_of(at("cpu.png")));
}

TEST_F(CliOnFakeGpu, RemoveSurvivesADriverThatCrashes) {
  for (const char* behaviour : {"append-crashes", "run-crashes"}) {
    const Outcome outcome = remove_on(machine(behaviour), "out", {"--json"});
    ASSERT_EQ(outcome.status, 0) << behaviour << ' ' << outcome.err;
    const json object = json::parse(outcome.out);
    EXPECT_EQ(object["provider"], "cpu");
    for (const std::size_t index : {0U, 1U}) {
      EXPECT_THAT(object["fallbacks"][index]["reason"].get<std::string>(), HasSubstr("signal 6")) << behaviour;
    }
  }
}

TEST_F(CliOnFakeGpu, RequireIsStatus5WithTheReason) {
  for (const char* behaviour : {"append-fails", "create-fails", "run-fails", "wrong-output", "takes-nothing"}) {
    const Outcome outcome = remove_on(machine(behaviour), "out", {"--device", "cuda", "--require"});
    EXPECT_EQ(outcome.status, 5) << behaviour;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("peel: "), HasSubstr("cuda")));
    EXPECT_FALSE(std::filesystem::exists(at("out.png")));
  }
  EXPECT_EQ(remove_on(machine(), "out", {"--device", "cuda", "--require"}).status, 0);
}

TEST_F(CliOnFakeGpu, BatchesOfAFolderGoOnPastABadPicture) {
  for (const char* name : {"a", "b", "d", "e"}) write_picture(std::string("in/") + name + ".png", 48, 64);
  write("in/c.png", "no picture");
  const Outcome outcome =
      on(machine(), {"remove", "-m", "./net.onnx", "in", "-o", "out/", "--json", "--device", "cuda", "--batch", "2"});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["failed"], 1);
  std::vector<std::string> inputs;
  for (const json& result : object["results"]) inputs.push_back(result["input"]);
  EXPECT_THAT(inputs, ElementsAre("in/a.png", "in/b.png", "in/c.png", "in/d.png", "in/e.png"));
  EXPECT_EQ(object["results"][0]["batch"], 2);
  EXPECT_EQ(object["results"][2]["error"]["code"], "input");
  EXPECT_THAT(files("out"), ElementsAre("a.png", "b.png", "d.png", "e.png"));
  const auto& times = object["results"][0]["timings_ms"];
  EXPECT_GE(times["total"].get<double>(), times["decode"].get<double>() + times["inference"].get<double>());

  // One picture does not wait for a second.
  const Outcome one = remove_on(machine(), "one", {"--json", "--device", "cuda", "--batch", "8"});
  EXPECT_EQ(json::parse(one.out)["batch"], 1);
}

TEST_F(CliOnFakeGpu, AFolderGoesThroughInBatches) {
  for (int i = 0; i < 7; ++i) write_picture(fmt::format("in/p{}.png", i), 40 + 10 * i);
  write("in/broken.png", "no picture");
  const Outcome many = on(machine(), {"folder", "-m", "./net.onnx", "in", "out", "--json", "--device", "cuda",
                                      "--batch", "3", "--require"});
  EXPECT_EQ(many.status, 1) << many.err;
  EXPECT_THAT(many.out, HasSubstr(R"("provider":"cuda","engine":"onnxruntime","precision":"fp32","batch":3)"));
  EXPECT_THAT(many.out, HasSubstr(R"("done":7,"failed":1)"));
  for (int i = 0; i < 7; ++i) {
    const std::string name = fmt::format("p{}.png", i);
    EXPECT_EQ(on({}, {"remove", "-m", "./net.onnx", "in/" + name, "-o", "one.png", "--device", "cpu"}).status, 0);
    EXPECT_EQ(pixels_of(at("out/" + name)), pixels_of(at("one.png"))) << name;
  }
}

TEST_F(CliOnFakeGpu, WarmBuildsTheEngineAhead) {
  Environment environment = machine();
  environment.emplace_back("PEEL_FAKE_LOG", (outside_ / "runtime.log").string());
  const Outcome warm = on(environment, {"models", "warm", "./net.onnx", "--device", "tensorrt", "--json"});
  ASSERT_EQ(warm.status, 0) << warm.err;
  const json model = json::parse(warm.out)["models"][0];
  EXPECT_EQ(model["model"], "./net.onnx");
  EXPECT_EQ(model["provider"], "tensorrt");
  EXPECT_EQ(model["precision"], "fp16");
  EXPECT_GT(model["first_start_ms"].get<double>(), 0);
  EXPECT_GT(model["next_start_ms"].get<double>(), 0);
  const auto built = [&] {
    const std::string log = read_text(outside_ / "runtime.log");
    int count = 0;
    for (auto found = log.find("built in"); found != log.npos; found = log.find("built in", found + 1)) ++count;
    return count;
  };
  EXPECT_EQ(built(), 1);
  ASSERT_EQ(remove_on(environment, "out", {"--device", "tensorrt", "--require"}).status, 0);
  EXPECT_EQ(built(), 1);

  const Outcome text = on(machine(), {"models", "warm", "./net.onnx", "--device", "cpu"});
  EXPECT_THAT(text.out, StartsWith("./net.onnx: ready on cpu (onnxruntime, fp32, batch 1); this start took "));
  const Outcome failed = on(machine("tensorrt=run-fails"), {"models", "warm", "./net.onnx", "--device", "tensorrt"});
  EXPECT_EQ(failed.status, 5);
  EXPECT_THAT(failed.err, HasSubstr("CUDNN_STATUS_INTERNAL_ERROR"));
}

/// The real provider libraries that scripts/setup.sh --gpu installs, on a machine without a GPU.
class CliWithRealProviders : public CliOnDevice {
 protected:
  void SetUp() override {
    CliOnDevice::SetUp();
    const Outcome outcome = peel({"info", "--json"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    info_ = json::parse(outcome.out);
    const std::filesystem::path runtime = info_["onnxruntime"]["library"].get<std::string>();
    for (const char* library : {"libonnxruntime_providers_cuda.so", "libonnxruntime_providers_tensorrt.so"}) {
      if (!std::filesystem::exists(runtime.parent_path() / library)) {
        GTEST_SKIP() << library << " is not beside " << runtime << ": scripts/setup.sh --gpu installs it";
      }
    }
    if (provider_of(info_, "cuda")["usable"] == true) GTEST_SKIP() << "this machine has an NVIDIA GPU";
    EXPECT_THAT(outcome.err, IsEmpty());
  }
  json info_;
};

TEST_F(CliWithRealProviders, WithoutAGpuTheReasonIsTheFirstLibraryThatIsMissing) {
  EXPECT_THAT(provider_of(info_, "cuda")["reason"].get<std::string>(), HasSubstr("libcuda.so.1"));
  EXPECT_THAT(provider_of(info_, "tensorrt")["reason"].get<std::string>(), HasSubstr("libnvinfer.so.10"));

  const Outcome automatic = remove_on({}, "auto", {"--json"});
  ASSERT_EQ(automatic.status, 0) << automatic.err;
  EXPECT_EQ(automatic.err, "in.png -> auto.png\n");
  const json object = json::parse(automatic.out);
  ASSERT_GE(object["fallbacks"].size(), 2u);
  EXPECT_EQ(object["fallbacks"][0]["provider"], "tensorrt");
  EXPECT_EQ(object["fallbacks"][1]["provider"], "cuda");

  const Outcome required = remove_on({}, "cuda", {"--device", "cuda", "--require"});
  EXPECT_EQ(required.status, 5);
  EXPECT_THAT(required.err, AllOf(StartsWith("peel: "), HasSubstr("libcuda.so.1")));
  EXPECT_EQ(std::count(required.err.begin(), required.err.end(), '\n'), 1) << required.err;
}

}  // namespace
}  // namespace peel::test
