#include "inference/named_network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/error_of.hpp"
#include "support/graph_text.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class NamedNetworkTest : public testing::Test {
 protected:
  NamedNetworkTest() {
    std::ofstream(file_, std::ios::binary) << test::graph_from_text(R"(
<ir_version: 7, opset_import: ["" : 13]>
two (float[1, N] a, float[1, N] b, float[1] times) => (float[1, N] sum, float[1, N] scaled, int64[2] size) {
  sum = Add (a, b)
  scaled = Mul (sum, times)
  size = Shape (a)
})");
  }

  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "two.onnx";
};

TEST_F(NamedNetworkTest, RunsByNames) {
  const NamedNetwork network(file_, 1);
  ASSERT_EQ(network.inputs().size(), 3U);
  EXPECT_EQ(network.inputs()[1].name, "b");
  EXPECT_THAT(network.inputs()[1].shape, ElementsAre(1, -1));
  EXPECT_EQ(network.outputs()[1].name, "scaled");
  EXPECT_TRUE(network.has_output("size"));
  EXPECT_FALSE(network.has_output("a"));

  const Tensor a{{1, 3}, {1, 2, 3}};
  const Tensor b{{1, 3}, {10, 20, 30}};
  const Tensor times{{1}, {2}};
  const auto results = network.run({{"times", &times}, {"b", &b}, {"a", &a}}, {"scaled", "sum"});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_THAT(results[0].values, ElementsAre(22, 44, 66));
  EXPECT_THAT(results[1].values, ElementsAre(11, 22, 33));
  EXPECT_THAT(results[1].shape, ElementsAre(1, 3));
}

TEST_F(NamedNetworkTest, WhatDoesNotFitIsTheModelsFault) {
  const NamedNetwork network(file_, 1);
  const Tensor one{{1, 1}, {1}};
  const Tensor flat{{1}, {1}};
  const auto refusal = [&](const NamedNetwork::Inputs& inputs, const char* output) {
    const Error error = test::error_of([&] { network.run(inputs, {output}); });
    EXPECT_EQ(error.code(), ErrorCode::model) << error.what();
    return error.message();
  };
  EXPECT_THAT(refusal({{"a", &one}, {"b", &one}}, "sum"), HasSubstr("an input \"times\""));           // one is missing
  EXPECT_THAT(refusal({{"a", &one}, {"c", &one}, {"times", &flat}}, "sum"), HasSubstr("two.onnx"));   // no such input
  EXPECT_THAT(refusal({{"a", &flat}, {"b", &one}, {"times", &flat}}, "sum"), HasSubstr("two.onnx"));  // another rank
  EXPECT_THAT(refusal({{"a", &one}, {"b", &one}, {"times", &flat}}, "size"), HasSubstr("size is not float32"));
  test::write_text(folder_ / "text.onnx", "no graph");
  EXPECT_THAT(test::error_of([&] { const NamedNetwork none(folder_ / "text.onnx", 1); }).message(),
              HasSubstr("ONNX Runtime refuses it"));
}

}  // namespace
}  // namespace peel
