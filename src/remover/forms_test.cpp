// Other forms of a real network against the plain one: rounded to half precision, and in batches.

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "image/resample.hpp"
#include "inference/graph.hpp"
#include "inference/runtime.hpp"
#include "inference/session.hpp"
#include "mask/mask.hpp"
#include "mask/network_input.hpp"
#include "peel/models.hpp"
#include "peel/remover.hpp"
#include "support/levels.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

constexpr std::size_t PICTURES = 3;

class Forms : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    PEEL_NEEDS_DATA();
    model_ = find_model(GetParam());
    const ModelStore store;
    file_ = store.present(model_) ? store.path(model_) : test::data_folder() / "models" / model_.file;
    if (!std::filesystem::exists(file_)) GTEST_SKIP() << GetParam() << " is not installed";
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(test::data_folder() / "data" / "sod" / "images")) {
      files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (std::size_t i = 0; i < PICTURES; ++i) pictures_.push_back(load_image(files[i * files.size() / PICTURES]));
  }

  // The network's masks by a graph of the test's own making.
  std::vector<Mask> masks(const std::string& graph) const {
    const Runtime& runtime = open_runtime();
    Ort::SessionOptions options;
    options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
    Ort::Session session(runtime.env, graph.data(), graph.size(), options);
    const Ort::AllocatorWithDefaultOptions allocator;
    const auto in = session.GetInputNameAllocated(0, allocator);
    const auto out = session.GetOutputNameAllocated(0, allocator);
    const char* const inputs = in.get();
    const char* const outputs = out.get();
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    std::vector<Mask> result;
    for (const auto& picture : pictures_) {
      const auto small = resample_rgb(picture.view(), model_.input_width, model_.input_height, 0);
      Tensor input = network_input(small, model_.input_width, model_.input_height, model_.mean, model_.std);
      const auto value = Ort::Value::CreateTensor<float>(memory, input.values.data(), input.values.size(),
                                                         input.shape.data(), input.shape.size());
      const auto results = session.Run(Ort::RunOptions{nullptr}, &inputs, &value, 1, &outputs, 1);
      const auto info = results.front().GetTensorTypeAndShapeInfo();
      const float* const values = results.front().GetTensorData<float>();
      result.push_back(
          saliency_to_mask({info.GetShape(), {values, values + info.GetElementCount()}}, model_.output, false));
    }
    return result;
  }

  static double mean_difference(const Mask& a, const Mask& b) {
    const auto of_a = test::levels(a.image);
    const auto of_b = test::levels(b.image);
    double sum = 0;
    for (std::size_t i = 0; i < of_a.size(); ++i) sum += std::abs(of_a[i] - of_b[i]);
    return sum / static_cast<double>(of_a.size());
  }

  ModelInfo model_;
  std::filesystem::path file_;
  std::vector<Image> pictures_;
};

// The single-precision graph with every weight and every result rounded to half, as a GPU's half precision would (sums
// are kept in single there). ONNX Runtime on a CPU would compute a half-precision graph in single.
std::string rounded(const std::string& graph) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(graph));
  const std::set<std::string> rounds{"Conv", "Relu", "Add", "Sigmoid", "Resize"};
  onnx::GraphProto whole = model.graph();
  whole.clear_node();
  const auto cast = [&](const std::string& input, const std::string& output, int type) {
    auto* const node = whole.add_node();
    node->set_op_type("Cast");
    node->add_input(input);
    node->add_output(output);
    auto* const to = node->add_attribute();
    to->set_name("to");
    to->set_type(onnx::AttributeProto::INT);
    to->set_i(type);
  };
  for (onnx::NodeProto node : model.graph().node()) {
    const bool touched = rounds.contains(node.op_type());
    const std::string output = node.output(0);
    if (node.op_type() == "Conv") {
      for (int i = 1; i < node.input_size(); ++i) {
        const std::string name = node.input(i) + "_of_" + output;
        cast(node.input(i), name + "_half", onnx::TensorProto::FLOAT16);
        cast(name + "_half", name, onnx::TensorProto::FLOAT);
        node.set_input(i, name);
      }
    }
    if (touched) node.set_output(0, output + "_exact");
    *whole.add_node() = node;
    if (touched) {
      cast(output + "_exact", output + "_half", onnx::TensorProto::FLOAT16);
      cast(output + "_half", output, onnx::TensorProto::FLOAT);
    }
  }
  *model.mutable_graph() = std::move(whole);
  return model.SerializeAsString();
}

// Bars in levels of 255: half precision has 11 bits, a network of a hundred layers loses some of them.
TEST_P(Forms, HalfGivesTheSameMasks) {
  const auto prepared = prepare_graph(MappedFile(file_).bytes(), file_.string());
  const auto single = masks(prepared.model);
  const auto half = masks(rounded(prepared.model));
  double total = 0;
  for (std::size_t i = 0; i < PICTURES; ++i) {
    const double apart = mean_difference(single[i], half[i]);
    EXPECT_LT(apart, 1.0) << "picture " << i;
    total += apart;
  }
  std::printf("%s: fp16 masks differ from fp32 by %.4f of 255\n", GetParam(), total / PICTURES);
  EXPECT_LT(total / PICTURES, 0.5);
  EXPECT_GT(total, 0.0) << "nothing was rounded";
}

TEST_P(Forms, ABatchGivesTheSameMasks) {
  Settings settings;
  settings.model_name = file_.string();
  settings.device = Device::cpu;
  const BackgroundRemover single(settings);
  settings.batch = 2;  // the last of its runs is not full
  const BackgroundRemover batched(settings);
  RemoveOptions options;
  options.kind = RemoveOptions::Kind::mask;
  const auto results = batched.remove(pictures_, options);
  ASSERT_EQ(results.size(), PICTURES);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Image alone = single.remove(pictures_[i], options).mask;
    ASSERT_EQ(alone.size_bytes(), results[i].mask.size_bytes());
    int largest = 0;
    for (std::size_t k = 0; k < alone.size_bytes(); ++k) {
      largest = std::max(
          largest, std::abs(std::to_integer<int>(alone.data()[k]) - std::to_integer<int>(results[i].mask.data()[k])));
    }
    EXPECT_LE(largest, 1) << "picture " << i;
    EXPECT_GT(results[i].timings.inference, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Forms, testing::Values("u2netp", "isnet-general-use"),
                         [](const auto& tested) { return std::string(tested.param).substr(0, tested.index ? 5 : 6); });

}  // namespace
}  // namespace peel
