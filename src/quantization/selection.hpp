#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "quantization/calibration.hpp"
#include "quantization/plan.hpp"

namespace peel::quantization {

/// A quantised convolution: what INT8 costs there, and what float would.
struct LayerCost {
  std::string node;
  double noise = 0;            ///< noise-to-signal ratio it adds to what its inputs have already
  double multiplications = 0;  ///< for one picture
};

/// Convolutions of the plan, the dearest first: those that add most noise for each multiplication, which stands for the
/// milliseconds that giving them back to float costs.
std::vector<LayerCost> layers_by_cost(const onnx::GraphProto& graph, const Plan& plan, const Statistics& statistics,
                                      const std::vector<TensorNoise>& noise);

/// Whether `text` fits `pattern`, in which * stands for any text.
bool fits(const std::string& pattern, const std::string& text);

}  // namespace peel::quantization
