#include "inference/profile.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

class ProfileTest : public testing::Test {
 protected:
  std::vector<std::pair<std::string, int>> count(const std::string& text, std::string_view first) {
    test::write_text(folder_ / "run.json", text);
    std::vector<std::pair<std::string, int>> result;
    for (const auto& item : count_operators(folder_ / "run.json", first))
      result.emplace_back(item.provider, item.operators);
    return result;
  }
  test::TemporaryFolder folder_;
};

std::string event(const std::string& name, const std::string& provider, const std::string& kind = "Conv") {
  return R"({"cat":"Node","name":")" + name + R"(","dur":5,"args":{"op_name":")" + kind + R"(","provider":")" +
         provider + R"("}})";
}

TEST_F(ProfileTest, CountsNodesByProviderTheDeviceFirst) {
  using Pair = std::pair<std::string, int>;
  const std::string cpu = "CPUExecutionProvider", cuda = "CUDAExecutionProvider";
  const std::string text = fmt::format(R"([{},{},{},{},{},{},{{"cat":"Session","name":"model_run","args":{{}}}}])",
                                       event("a_kernel_time", cuda), event("a_kernel_time", cuda),
                                       event("b_kernel_time", cpu), event("c_kernel_time", cpu),
                                       event("m_kernel_time", cpu, "MemcpyToHost"), event("d_fence_before", cpu));
  EXPECT_THAT(count(text, cuda), testing::ElementsAre(Pair("cuda", 1), Pair("cpu", 2)));
  EXPECT_THAT(count(text, cpu), testing::ElementsAre(Pair("cpu", 2), Pair("cuda", 1)));
  EXPECT_THAT(count(fmt::format("[{}]", event("x_kernel_time", "OtherExecutionProvider")), cpu),
              testing::ElementsAre(Pair("OtherExecutionProvider", 1)));
}

TEST_F(ProfileTest, WhatIsNoProfileCountsNothing) {
  for (const char* text : {"", "no profile", "{}", "[1, 2]", R"([{"cat":"Node","name":"a_kernel_time","args":3}])"}) {
    EXPECT_THAT(count(text, "CPUExecutionProvider"), testing::IsEmpty()) << text;
  }
  EXPECT_TRUE(count_operators(folder_ / "none.json", "CPUExecutionProvider").empty());
}

}  // namespace
}  // namespace peel
