// Any bytes become a graph with one output in which nothing is left to do, or Error(model).

#include "inference/graph.hpp"

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <span>

#include "fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace peel;
  PreparedGraph prepared;
  const auto file = std::as_bytes(std::span(data, size));
  if (!fuzz::accepts(ErrorCode::model, [&] { prepared = prepare_graph(file, "model"); })) return 0;
  onnx::ModelProto model;
  fuzz::require(model.ParseFromString(prepared.model), "still an ONNX file");
  fuzz::require(model.graph().output_size() == 1, "one output is left");
  for (const auto& tensor : model.graph().initializer()) {
    fuzz::require(tensor.data_type() != onnx::TensorProto::FLOAT16, "weights are widened");
  }
  if (model.graph().node_size() == 0) return 0;  // nothing made the first output: refused the second time
  const PreparedGraph again = prepare_graph(std::as_bytes(std::span(prepared.model)), "model");
  fuzz::require(again.outputs_removed == 0 && again.nodes_removed == 0 && !again.widened, "nothing is left to do");
  return 0;
}
