#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "devices/cli_device_support.hpp"

// WebGPU for real: on SwiftShader, the Vulkan driver in software that comes with Chromium. It is slow and right, so a
// small network shows that the way to any maker's GPU is open.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Where distributions put it; empty where it is not.
std::filesystem::path software_driver() {
  if (const char* given = std::getenv("PEEL_TEST_VULKAN_DRIVER"); given && *given) return given;
  for (const char* file :
       {"/usr/lib/chromium/vk_swiftshader_icd.json", "/usr/lib64/chromium-browser/vk_swiftshader_icd.json",
        "/opt/google/chrome/vk_swiftshader_icd.json"}) {
    if (std::filesystem::exists(file)) return file;
  }
  return {};
}

class WebGpu : public CliOnDevice {
 protected:
  void SetUp() override {
    CliOnDevice::SetUp();
    if (software_driver().empty()) {
      GTEST_SKIP() << "no vk_swiftshader_icd.json: install chromium, or name one in PEEL_TEST_VULKAN_DRIVER";
    }
    const json runtime = json::parse(on(machine(), {"info", "--json"}).out);
    const json webgpu = provider_of(runtime, "webgpu");
    if (webgpu["compiled"] == false) GTEST_SKIP() << "this ONNX Runtime has no WebGPU";
    if (webgpu["usable"] == false && webgpu["reason"].get<std::string>().find("libvulkan.so.1") != std::string::npos) {
      GTEST_SKIP() << webgpu["reason"];
    }
    ASSERT_EQ(webgpu["usable"], true) << webgpu;
    EXPECT_EQ(webgpu["hardware"][0]["software"], true) << webgpu;
  }

  static Environment machine() {
    const std::string driver = software_driver().string();
    return {{"VK_ICD_FILENAMES", driver}, {"VK_DRIVER_FILES", driver}};
  }
};

TEST_F(WebGpu, GivesTheMaskOfTheCpu) {
  const Outcome gpu = remove_on(machine(), "gpu", {"--only-mask", "--device", "webgpu", "--require", "--json"});
  ASSERT_EQ(gpu.status, 0) << gpu.err;
  EXPECT_THAT(gpu.err, Not(HasSubstr("Warning")));  // Dawn's own messages
  const json object = json::parse(gpu.out);
  EXPECT_EQ(object["provider"], "webgpu");
  EXPECT_EQ(object["fallbacks"], json::array());
  EXPECT_EQ(object["shares"][0]["provider"], "webgpu");
  ASSERT_EQ(remove_on(machine(), "cpu", {"--only-mask", "--device", "cpu"}).status, 0);
  const std::string mask = pixels_of(at("gpu.png"));
  const std::string expected = pixels_of(at("cpu.png"));
  ASSERT_EQ(mask.size(), expected.size());
  for (std::size_t i = 0; i < mask.size(); ++i) {
    ASSERT_NEAR(static_cast<unsigned char>(mask[i]), static_cast<unsigned char>(expected[i]), 1) << "pixel " << i;
  }
}

TEST_F(WebGpu, WithoutADriverTheReasonIsPlainAndTheRuntimeIsSilent) {
  const Environment none{{"VK_ICD_FILENAMES", "/nonexistent.json"}, {"VK_DRIVER_FILES", "/nonexistent.json"}};
  const Outcome required = remove_on(none, "out", {"--device", "webgpu", "--require"});
  EXPECT_EQ(required.status, 5);
  EXPECT_THAT(required.err, HasSubstr("webgpu"));
  EXPECT_EQ(std::count(required.err.begin(), required.err.end(), '\n'), 1) << required.err;
  const json webgpu = provider_of(json::parse(on(none, {"info", "--json"}).out), "webgpu");
  EXPECT_EQ(webgpu["usable"], false);
  EXPECT_THAT(webgpu["advice"].get<std::string>(), HasSubstr("driver"));
}

}  // namespace
}  // namespace peel::test
