// Any bytes become a graph that can be quantised as far as its plan says, or Error(model).

#include <cstdint>
#include <span>

#include "fuzz/require.hpp"
#include "peel/models.hpp"
#include "quantization/channel_classes.hpp"
#include "quantization/plan.hpp"
#include "quantization/prepare.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace peel;
  onnx::ModelProto model;
  const auto file = std::as_bytes(std::span(data, size));
  if (!fuzz::accepts(ErrorCode::model, [&] { model = quantization::prepare(file, "model", ModelInfo{}); })) return 0;
  const auto plan = quantization::make_plan(model.graph(), [](const onnx::NodeProto& /*node*/) { return false; });
  for (const auto& [tensor, number] : plan.scale_of) fuzz::require(number < plan.scales, "scales are numbered");
  const quantization::ChannelClasses classes(model.graph());
  for (const auto& node : model.graph().node()) {
    const auto* const channels = classes.of(node.output(0));
    if (channels == nullptr) continue;
    for (const std::size_t number : *channels) fuzz::require(number < classes.count(), "classes are numbered");
  }
  return 0;
}
