#include "inference/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "peel/error.hpp"

namespace peel {
namespace {

TEST(Runtime, SaysWhatItIs) {
  const RuntimeInfo info = runtime_info();
  EXPECT_THAT(info.version, testing::StartsWith("1."));
  EXPECT_THAT(info.library, testing::StartsWith("/"));
}

TEST(Runtime, ReadableDropsTheRuntimesOwnWords) {
  EXPECT_EQ(readable(Ort::Exception("/a/b.cc:1778 T f(x) [ONNXRuntimeError] : 1 : FAIL : Failed to load library "
                                    "libX.so with error: libX.so: cannot open shared object file: No such file\n",
                                    ORT_FAIL)),
            "libX.so: cannot open shared object file: No such file");
  EXPECT_EQ(readable(Ort::Exception("[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Got invalid dimensions.", ORT_FAIL)),
            "Got invalid dimensions");
  EXPECT_EQ(
      readable(Ort::Exception("/src/webgpu_context.cc:100 f()::<lambda()> a.status == 1 was false. Failed to get an "
                              "adapter: No supported adapters",
                              ORT_FAIL)),
      "Failed to get an adapter: No supported adapters");
  EXPECT_EQ(
      readable(Ort::Exception("/src/cuda_call.cc:154 T f(int) [with E = cudaError] /src/cuda_call.cc:146 T f(int) "
                              "CUDA failure 36: API call is not supported in the installed CUDA driver ; GPU=-1 ; "
                              "hostname=here ; file=/src/x.cc ; line=345 ; expr=cudaSetDevice(info_.device_id);",
                              ORT_FAIL)),
      "CUDA failure 36: API call is not supported in the installed CUDA driver");
  EXPECT_EQ(readable(Ort::Exception("plain", ORT_FAIL)), "plain");
}

TEST(Requirements, AreToldWithWhatToInstall) {
  for (const auto& candidate : providers()) {
    try {
      check_requirements(candidate, true);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::device);
      EXPECT_THAT(error.message(), testing::Not(testing::IsEmpty())) << candidate.name;
      EXPECT_THAT(error.hint(), testing::Not(testing::IsEmpty())) << candidate.name;
    }
  }
}

TEST(Probe, EveryProviderHasAnAnswer) {
  const auto statuses = probe_providers();
  ASSERT_EQ(statuses.size(), providers().size());
  for (const auto& status : statuses) {
    EXPECT_NE(status.usable, !status.reason.empty()) << status.name;
    EXPECT_THAT(status.reason, testing::Not(testing::HasSubstr("\n")));
  }
  EXPECT_EQ(statuses.back().name, "cpu");
  EXPECT_TRUE(statuses.back().compiled);
  EXPECT_TRUE(statuses.back().usable);
}

TEST(Cpu, HasCores) {
  const CpuInfo info = cpu_info();
  EXPECT_GE(info.cores, 1);
  EXPECT_GE(info.cores, info.physical_cores);
  EXPECT_GE(info.physical_cores, 1);
}

}  // namespace
}  // namespace peel
