#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

void define_layout(CLI::App& app, LayoutArguments& target) {
  const std::string group = LAYOUT_GROUP;
  add_value(
      app, "--input-size", "N|WxH",
      [&](const std::string& text) { target.input_size = parse_input_size("--input-size", text); },
      "size of the model's input; else read from the file")
      ->group(group);
  add_value(
      app, "--mean", "R,G,B", [&](const std::string& text) { target.mean = parse_three("--mean", text); },
      "taken off the colours, which are 0 to 1 (0.485,0.456,0.406)")
      ->group(group);
  add_value(
      app, "--std", "R,G,B", [&](const std::string& text) { target.std = parse_three("--std", text); },
      "then divided by (0.229,0.224,0.225)")
      ->group(group);
  add_choice(app, "--output-kind", target.output_kind,
             Choices<OutputKind>{{"probability", OutputKind::probability}, {"logits", OutputKind::logits}},
             "logits: a sigmoid is applied to the output")
      ->group(group);
}

}  // namespace

void define_device(CLI::App& app, DeviceArguments& target, const std::string& group) {
  add_choice(app, "--device", target.device,
             Choices<Device>{{"auto", Device::automatic},
                             {"cpu", Device::cpu},
                             {"cuda", Device::cuda},
                             {"tensorrt", Device::tensorrt},
                             {"webgpu", Device::webgpu},
                             {"openvino", Device::openvino}},
             "where the model runs; auto: the fastest that works (peel info shows them)")
      ->group(group);
  add_choice(app, "--precision", target.precision,
             Choices<Precision>{{"auto", Precision::automatic},
                                {"fp32", Precision::fp32},
                                {"fp16", Precision::fp16},
                                {"int8", Precision::int8}},
             "of the arithmetic; fp16 is for GPUs, int8 needs NAME_int8.onnx beside the model (peel quantize)")
      ->group(group);
}

void define_batch(CLI::App& app, DeviceArguments& target, const std::string& group) {
  add_int(app, "--batch", target.batch, 1, 64, "pictures the model takes at a time: pays on a GPU, for many pictures")
      ->group(group);
}

void define_network(CLI::App& app, NetworkArguments& target, const std::string& which_model,
                    const std::string& threads) {
  const std::string group = NETWORK_GROUP;
  app.add_option("-m,--model", target.model, which_model)->type_name("MODEL|FILE")->group(group);
  define_device(app, target, group);
  app.add_flag("--require", target.require_device,
               "fail where the device or the precision cannot be had, instead of going on with another")
      ->group(group);
  add_int(app, "--threads", target.threads, 0, 1024, threads)->group(group);
  add_int(app, "--max-size", target.max_size, 1, 16384,
          "longest side of the copy a model with a free input size sees (640); never changes the output's size")
      ->group(group);
  app.add_flag("--offline", target.offline, "never use the network")->group(group);
  define_layout(app, target.layout);
}

}  // namespace peel::cli
