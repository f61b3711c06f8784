#include "quantization/prepare.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <set>
#include <span>
#include <string>

#include "quantization/calibration.hpp"
#include "quantization/equalise.hpp"
#include "quantization/observe.hpp"
#include "quantization/rewrite.hpp"
#include "support/error_of.hpp"
#include "support/quantize_test.hpp"

namespace peel::quantization {
namespace {

using peel::test::error_of;
using test::SmallNetwork;

onnx::ModelProto prepared(const std::string& file) {
  return prepare(std::as_bytes(std::span(file)), "net.onnx", custom_model("net.onnx"));
}

QuantizationPlan plan_of(const onnx::ModelProto& model) {
  return make_plan(model.graph(), [](const auto& /*node*/) { return false; });
}

TEST(Prepare, BringsOldFilesToAnOpsetWithScalesPerChannel) {
  const auto model = prepared(peel::test::stand_in_model({.side_outputs = 2, .half = true, .resize = true}));
  EXPECT_EQ(model.graph().output_size(), 1);
  ASSERT_EQ(model.opset_import_size(), 1) << "of domains that are used";
  EXPECT_EQ(model.opset_import(0).domain(), "");
  EXPECT_GE(model.opset_import(0).version(), OPSET);
  int casts = 0;
  for (const auto& node : model.graph().node()) casts += node.op_type() == "Cast" ? 1 : 0;
  EXPECT_EQ(casts, 1) << "but for the one that gives the output its name";
  EXPECT_FALSE(plan_of(model).quantised.empty());
}

TEST(Prepare, GivesTheSameBytesAndUniqueNames) {
  const std::string file = SmallNetwork().model().SerializeAsString();
  const auto model = prepared(file);
  // The runtime has heard of one more domain then.
  const ObservedNetwork observed(model, {"pooled"}, 1);
  EXPECT_EQ(model.SerializeAsString(), prepared(file).SerializeAsString());
  std::set<std::string> names;
  for (const auto& node : model.graph().node()) EXPECT_TRUE(names.insert(node.name()).second) << node.name();
}

TEST(Prepare, FixesAnOpenSizeWhereTheLayoutHasOne) {
  const std::string file = peel::test::stand_in_model({.height = 0, .width = 0});
  ModelInfo layout = custom_model("net.onnx");
  const auto height_of = [&] {
    const auto model = prepare(std::as_bytes(std::span(file)), "net.onnx", layout);
    return model.graph().input(0).type().tensor_type().shape().dim(2).dim_value();
  };
  EXPECT_EQ(height_of(), 0);
  layout.input_height = layout.input_width = 96;
  EXPECT_EQ(height_of(), 96);
}

TEST(Prepare, RefusesAnOpsetThatCannotBeRaised) {
  auto model = SmallNetwork().model();
  model.mutable_opset_import(0)->set_version(6);
  EXPECT_THAT(error_of([&] { prepared(model.SerializeAsString()); }).what(), testing::HasSubstr("older than 7"));
}

TEST(Prepare, RefusesABiasThatDoesNotFit) {
  auto model = SmallNetwork().model();
  for (auto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (tensor.name() != "second_b") continue;
    tensor.clear_dims();
    tensor.add_dims(1);
    tensor.add_dims(0);
    tensor.clear_raw_data();
  }
  EXPECT_THAT(error_of([&] { prepared(model.SerializeAsString()); }).what(), testing::HasSubstr("convolution second"));
}

// Files as a broken disk or a bad tool leaves them: either refused in words or a model that can be worked with.
class Damage : public testing::Test {
 protected:
  std::uint32_t random() { return state_ = state_ * 1664525u + 1013904223u; }
  std::size_t below(std::size_t end) { return (random() >> 8) % end; }

  std::string damaged(std::string bytes) {
    const std::size_t kind = below(4);
    if (kind == 0) return bytes.substr(0, below(bytes.size()));
    if (kind == 1) return bytes.erase(below(bytes.size()), 1 + below(16));
    for (std::size_t flips = 1 + below(4); flips > 0; --flips) {
      char& byte = bytes[below(bytes.size())];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1u << below(8)));
    }
    return bytes;
  }

  /// How many of `count` damaged copies could be worked with.
  int usable(const std::string& good, int count) {
    int survivors = 0;
    for (int i = 0; i < count; ++i) {
      const std::string bytes = damaged(good);
      SCOPED_TRACE(i);
      try {
        work_with(prepared(bytes));
        ++survivors;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::model) << error.what();
      }
    }
    return survivors;
  }

  static void work_with(const onnx::ModelProto& model) {
    const QuantizationPlan plan = plan_of(model);
    std::vector<std::string> tensors;
    for (const auto& [tensor, number] : plan.scale_of) {
      EXPECT_LT(number, plan.scales);
      tensors.push_back(tensor);
    }
    const auto& shape = model.graph().input(0).type().tensor_type().shape();
    Tensor input;
    std::size_t count = 1;
    for (const auto& size : shape.dim()) {
      input.shape.push_back(size.dim_value() > 0 ? size.dim_value() : 16);
      count *= static_cast<std::size_t>(input.shape.back());
      if (count > 1 << 20) return;
    }
    input.values.resize(count, 0.5f);
    const auto look = [&](const onnx::ModelProto& at, Observed what) {
      const auto input_of = [&](std::size_t /*index*/) { return input; };
      const Statistics seen = calibrate(at, tensors, what, 1, input_of, 1, [](std::size_t /*done*/) {});
      EXPECT_EQ(seen.size(), tensors.size());
      return seen;
    };
    const auto equalised = equalise(model, plan, look(model, Observed::channels));
    const auto numbers =
        numbers_for(plan, look(equalised, Observed::everything), {}, Activations::unsigned_asymmetric, 8);
    const auto written = rewrite(equalised, plan, numbers);
    EXPECT_GE(written.graph().node_size(), model.graph().node_size() - static_cast<int>(plan.folded_relus.size()));
  }

 private:
  std::uint32_t state_ = 1;
};

TEST_F(Damage, IsRefusedOrDoesNoHarm) {
  const int survivors = usable(SmallNetwork().model().SerializeAsString(), 300);
  EXPECT_GT(survivors, 2);
  EXPECT_LT(survivors, 290);
}

TEST_F(Damage, OfFilesThatAreConvertedIsRefusedOrDoesNoHarm) {
  const int survivors = usable(peel::test::stand_in_model({.side_outputs = 1, .half = true, .resize = true}), 300);
  EXPECT_GT(survivors, 2);
  EXPECT_LT(survivors, 290);
}

}  // namespace
}  // namespace peel::quantization
