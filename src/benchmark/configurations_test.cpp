#include "benchmark/configurations.hpp"

#include <gmock/gmock.h>

#include "benchmark/nvidia_smi.hpp"
#include "benchmark/protocol.hpp"
#include "support/error_of.hpp"

namespace peel::benchmark {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(const std::vector<std::string>& words, const std::vector<int>& threads = {4},
                               const std::vector<int>& batches = {1}) {
  std::vector<std::string> list;
  for (const auto& each : configurations_of("net", "net", words, threads, batches)) list.push_back(each.name);
  return list;
}

TEST(Configurations, TheUsualSetBeginsWithTheBaseline) {
  EXPECT_THAT(names({}),
              ElementsAre("net-cpu-fp32-4t", "net-cpu-int8-4t", "net-openvino-cpu-fp32-4t", "net-cuda-fp32-4t",
                          "net-cuda-fp16-4t", "net-tensorrt-fp16-4t", "net-tensorrt-int8-4t"));
  const auto list = configurations_of("/x/net.onnx", "net", {}, {4}, {1});
  EXPECT_EQ(list[2].engine, Engine::openvino);
  EXPECT_EQ(list[4].model, "/x/net.onnx");
  EXPECT_EQ(list[4].device, Device::cuda);
  EXPECT_EQ(list[4].engine, Engine::onnxruntime);
  EXPECT_EQ(list[4].precision, Precision::fp16);
  EXPECT_EQ(list[4].threads, 4);
}

TEST(Configurations, WordsNarrowItDownOrAddToIt) {
  EXPECT_THAT(names({"cpu"}), ElementsAre("net-cpu-fp32-4t", "net-cpu-int8-4t"));
  EXPECT_THAT(names({"fp16"}), ElementsAre("net-cpu-fp32-4t", "net-cuda-fp16-4t", "net-tensorrt-fp16-4t"));
  EXPECT_THAT(names({"cuda", "tensorrt", "fp16"}),
              ElementsAre("net-cpu-fp32-4t", "net-cuda-fp16-4t", "net-tensorrt-fp16-4t"));
  EXPECT_THAT(names({"webgpu"}), ElementsAre("net-cpu-fp32-4t", "net-webgpu-fp32-4t"));
  EXPECT_THAT(names({"tensorrt-fp32"}), ElementsAre("net-cpu-fp32-4t", "net-tensorrt-fp32-4t"));
  EXPECT_THAT(names({"openvino"}),
              ElementsAre("net-cpu-fp32-4t", "net-openvino-cpu-fp32-4t", "net-openvino-cpu-int8-4t"));
  EXPECT_THAT(names({"openvino-fp32"}), ElementsAre("net-cpu-fp32-4t", "net-openvino-cpu-fp32-4t"));
  EXPECT_THAT(names({"fp32"}), ElementsAre("net-cpu-fp32-4t", "net-openvino-cpu-fp32-4t", "net-cuda-fp32-4t"));
  EXPECT_THAT(names({"cpu-fp32"}), ElementsAre("net-cpu-fp32-4t"));
  for (const char* wrong : {"gpu", "cuda-", "-fp16", "fp16-cuda", ""}) {
    EXPECT_EQ(test::error_of([&] { names({wrong}); }).code(), ErrorCode::usage) << wrong;
  }
}

TEST(Configurations, ThreadsAndBatchesMultiply) {
  EXPECT_THAT(names({"cpu-fp32"}, {2, 1}, {8, 1}),
              ElementsAre("net-cpu-fp32-2t", "net-cpu-fp32-2t-b8", "net-cpu-fp32-1t-b8", "net-cpu-fp32-1t"));
  EXPECT_THAT(names({"cuda-fp16"}, {2, 1}, {8}),
              ElementsAre("net-cpu-fp32-2t", "net-cpu-fp32-2t-b8", "net-cpu-fp32-1t-b8", "net-cuda-fp16-2t-b8"))
      << "a GPU's network does not depend on the threads";
}

TEST(Configurations, NamesCanBeFolders) {
  EXPECT_EQ(plain_name("/models/My net (2).onnx"), "My_net__2_");
  EXPECT_EQ(plain_name("u2netp"), "u2netp");
  EXPECT_EQ(plain_name("./.onnx"), "model");
  EXPECT_EQ(plain_name("..onnx"), "model.");
  std::vector<std::string> taken;
  EXPECT_EQ(unique_name("a", taken), "a");
  EXPECT_EQ(unique_name("a", taken), "a-2");
  EXPECT_EQ(unique_name("a", taken), "a-3");
  EXPECT_EQ(unique_name("a-2", taken), "a-2-2");
}

TEST(Protocol, NamesOfAnyBytesArrive) {
  const std::string odd = "/tmp/\xff\xfe 100% \"quoted\"\nline \xe6\x97\xa5.png";
  const std::string line = to_line(RunOrder{{{odd, "", odd + "x"}, {"b", "c", "d"}}});
  EXPECT_EQ(line.find('\n'), line.npos);
  const RunOrder order = read_run_order(line);
  ASSERT_EQ(order.pictures.size(), 2U);
  EXPECT_EQ(order.pictures[0].file, odd);
  EXPECT_EQ(order.pictures[0].cutout, "");
  EXPECT_EQ(order.pictures[0].mask, odd + "x");
  EXPECT_EQ(order.pictures[1].mask, "d");
}

TEST(Protocol, OrdersAndReportsArriveWhole) {
  const StartOrder order =
      read_start_order(to_line(StartOrder{"m", "/f", Device::webgpu, Precision::fp16, 3, 8, Engine::openvino}));
  EXPECT_EQ(order.model, "m");
  EXPECT_EQ(order.model_folder, "/f");
  EXPECT_EQ(order.device, Device::webgpu);
  EXPECT_EQ(order.precision, Precision::fp16);
  EXPECT_EQ(order.threads, 3);
  EXPECT_EQ(order.batch, 8);

  StartReport start{17, 2.5, {}};
  start.session.provider = "cuda";
  start.session.fallbacks = {{"tensorrt", "not\xff there"}};
  start.session.shares = {{"cuda", 90}, {"cpu", 2}};
  const auto started = std::get<StartReport>(read_start_report(to_line(start)));
  EXPECT_EQ(started.process, 17);
  EXPECT_EQ(started.session.provider, "cuda");
  EXPECT_THAT(started.session.fallbacks.at(0).reason, HasSubstr("there"));
  EXPECT_EQ(started.session.shares.at(1).operators, 2);

  const auto run = std::get<RunReport>(read_run_report(to_line(RunReport{{Timings{1, 2, 3, 4, 5, 15}}, 1u << 20})));
  EXPECT_EQ(run.timings.at(0).encode, 5);
  EXPECT_EQ(run.peak_memory_bytes, 1u << 20);

  const auto failed = std::get<Failure>(read_run_report(to_line(Failure{ErrorCode::device, "why", "what to do"})));
  EXPECT_EQ(failed.code, ErrorCode::device);
  EXPECT_EQ(failed.hint, "what to do");
  for (const char* line :
       {"", "{}", "[]", "hello", R"({"pictures": 3})", R"({"pictures":[{"file":"%f","cutout":"","mask":""}]})"}) {
    EXPECT_ANY_THROW(read_run_order(line)) << line;
    EXPECT_ANY_THROW(read_run_report(line)) << line;
  }
}

TEST(NvidiaSmi, SumsAProcessOverItsDevices) {
  EXPECT_EQ(memory_in("12, 560\n1234, 100\n12, 40\n", 12), std::uint64_t{600} << 20);
  EXPECT_EQ(memory_in("12, [N/A]\n", 12), std::nullopt);
  EXPECT_EQ(memory_in("No running processes found\n", 12), std::nullopt);
  EXPECT_EQ(memory_in("", 12), std::nullopt);
}

}  // namespace
}  // namespace peel::benchmark
