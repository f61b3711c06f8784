#include "quantization/prepare.hpp"

#include <fmt/format.h>
#include <onnx/version_converter/convert.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/file.hpp"
#include "inference/graph.hpp"
#include "inference/runtime.hpp"
#include "peel/error.hpp"
#include "quantization/scratch_folder.hpp"

namespace peel::quantization {
namespace {

Error refused(const std::filesystem::path& file, std::string_view why) {
  return Error(ErrorCode::model, fmt::format("{} cannot be quantised: {}", file.string(), why),
               "give a float model: a convolutional network with one picture as its input");
}

// Before anything else, since the basic optimisations would fold such a graph's operators into something else.
void refuse_quantised(const onnx::ModelProto& model, const std::filesystem::path& file) {
  static constexpr std::array QUANTISED{"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger",
                                        "MatMulInteger",  "QLinearConv",      "QLinearMatMul"};
  for (const auto& node : model.graph().node()) {
    if (std::ranges::find(QUANTISED, node.op_type()) != QUANTISED.end()) {
      throw refused(file, fmt::format("it is quantised already (its operator {})", node.op_type()));
    }
  }
}

void fix_sizes(onnx::GraphProto& graph, const ModelInfo& layout) {
  if (graph.input_size() != 1) return;  // said later, by the runtime's view of it
  auto* const shape = graph.mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  if (shape->dim_size() != 4) return;
  const std::array<int, 4> sizes{1, 3, layout.input_height, layout.input_width};
  for (int i = 0; i < 4; ++i) {
    const int size = sizes[static_cast<std::size_t>(i)];
    if (shape->dim(i).dim_value() <= 0 && size > 0) shape->mutable_dim(i)->set_dim_value(size);
  }
  // What is written of the output may speak of the open size.
  auto* const result = graph.mutable_output(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  for (auto& size : *result->mutable_dim()) size.Clear();
}

// Has the runtime read the graph. Throws Error(model) for what it refuses.
void load(const onnx::ModelProto& model, const std::filesystem::path& file, Ort::SessionOptions& options) {
  const Runtime& runtime = open_runtime();
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
  options.SetIntraOpNumThreads(1);
  options.AddConfigEntry("session.disable_prepacking", "1");  // it is never run
  const std::string bytes = model.SerializeAsString();
  try {
    const Ort::Session session(runtime.env, bytes.data(), bytes.size(), options);
  } catch (const Ort::Exception& error) {
    throw refused(file, readable(error));
  }
}

void raise_opset(onnx::ModelProto& model, const std::filesystem::path& file) {
  for (const auto& used : model.opset_import()) {
    if (!used.domain().empty() && used.domain() != "ai.onnx") continue;
    if (used.version() >= OPSET) return;
    if (used.version() < 7) throw refused(file, fmt::format("its opset {} is older than 7", used.version()));
  }
  // The converter crashes on graphs that are not sound, such as one that names a value nobody makes. ONNX's own checker
  // would refuse nodes out of order as well, which is no fault to the runtime.
  Ort::SessionOptions as_it_is;
  as_it_is.SetGraphOptimizationLevel(ORT_DISABLE_ALL);
  load(model, file, as_it_is);
  try {
    model = onnx::version_conversion::ConvertVersion(model, OPSET);
  } catch (const std::exception& error) {
    const std::string_view reason = error.what();
    throw refused(file,
                  fmt::format("it cannot be brought to opset {}: {}", OPSET, reason.substr(0, reason.find('\n'))));
  }
}

std::string folded(const onnx::ModelProto& model, const std::filesystem::path& file) {
  const ScratchFolder scratch;
  const auto result = scratch.path() / "folded.onnx";
  Ort::SessionOptions options;
  options.SetGraphOptimizationLevel(ORT_ENABLE_BASIC);
  options.SetOptimizedModelFilePath(result.c_str());
  load(model, file, options);
  const auto read = read_file(result, std::uint64_t{1} << 31, ErrorCode::model);
  return {reinterpret_cast<const char*>(read.data()), read.size()};
}

// The runtime takes a bias of any size, and reads beyond it.
void check_convolutions(const onnx::GraphProto& graph, const std::filesystem::path& file) {
  std::unordered_map<std::string_view, const onnx::TensorProto*> weights;
  for (const auto& tensor : graph.initializer()) weights.emplace(tensor.name(), &tensor);
  for (const auto& node : graph.node()) {
    const auto weight = node.op_type() == "Conv" ? weights.find(node.input(1)) : weights.end();
    if (weight == weights.end()) continue;
    const auto& shape = weight->second->dims();
    const auto bias = node.input_size() > 2 ? weights.find(node.input(2)) : weights.end();
    const bool sound =
        shape.size() > 1 && std::ranges::all_of(shape, [](auto size) { return size > 0; }) &&
        (bias == weights.end() || (bias->second->dims_size() == 1 && bias->second->dims(0) == weight->second->dims(0)));
    if (!sound) throw refused(file, fmt::format("the weights of its convolution {} do not fit", node.name()));
  }
}

// The runtime names every domain that anything in the process has registered.
void keep_used_domains(onnx::ModelProto& model) {
  const auto name = [](const std::string& domain) { return domain == "ai.onnx" ? std::string() : domain; };
  std::map<std::string, std::int64_t> versions;
  for (const auto& import : model.opset_import()) versions.emplace(name(import.domain()), import.version());
  std::set<std::string> used;
  for (const auto& node : model.graph().node()) used.insert(name(node.domain()));
  model.clear_opset_import();
  for (const auto& domain : used) {
    auto* const import = model.add_opset_import();
    import->set_domain(domain);
    import->set_version(versions[domain]);
  }
}

// The runtime gives nodes and weights made by folding any name, and weights any order.
void put_in_order(onnx::GraphProto& graph) {
  std::ranges::sort(*graph.mutable_initializer(), {}, &onnx::TensorProto::name);
  graph.clear_value_info();
  graph.clear_doc_string();
  std::unordered_set<std::string> names;
  for (auto& node : *graph.mutable_node()) {
    if (node.name().empty() || !names.insert(node.name()).second) {
      node.set_name(fmt::format("{}_{}", node.op_type(), node.output(0)));
      names.insert(node.name());
    }
  }
}

}  // namespace

onnx::ModelProto prepare(std::span<const std::byte> onnx_file, const std::filesystem::path& file,
                         const ModelInfo& layout) {
  open_runtime();  // first: without it not even empty options can be made
  const PreparedGraph pruned = prepare_graph(onnx_file, file.string());
  onnx::ModelProto model;
  model.ParseFromString(pruned.model);
  refuse_quantised(model, file);
  fix_sizes(*model.mutable_graph(), layout);
  raise_opset(model, file);
  if (!model.ParseFromString(folded(model, file))) throw refused(file, "the runtime's copy of it cannot be read");
  put_in_order(*model.mutable_graph());
  keep_used_domains(model);
  check_convolutions(model.graph(), file);
  return model;
}

}  // namespace peel::quantization
