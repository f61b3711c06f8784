#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {

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
  add_int(app, "--batch", target.batch, 1, 64, "pictures the model takes at a time: pays on a GPU, for many pictures")
      ->group(group);
}

}  // namespace peel::cli
