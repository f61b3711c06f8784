#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <string>
#include <vector>

#include "inference/session.hpp"
#include "mask/mask.hpp"
#include "peel/models.hpp"
#include "quantization/calibration.hpp"
#include "quantization/plan.hpp"

namespace peel::quantization {

/// A network's answers on a few inputs, to tell forms of it apart in little time.
class Probe {
 public:
  Probe(const std::filesystem::path& float_model, OutputKind output, std::vector<Tensor> inputs, int threads);

  /// Of each input, the mean squared difference from the float network's mask, in levels of 255, at the network's own
  /// size. Rounding errors of different layers are independent, so these add up. Throws Error(model).
  std::vector<double> errors(const std::filesystem::path& quantised) const;

 private:
  OutputKind output_;
  std::vector<Tensor> inputs_;
  std::vector<Mask> masks_;
  int threads_;
};

/// A quantised convolution: what giving it back to float is worth, and what it costs.
struct LayerWorth {
  std::string node;
  double gain = 0;             ///< see gain_of(), for it alone in float
  double multiplications = 0;  ///< for one picture: stands for the milliseconds that float costs more
};

/// The plan's convolutions with nothing gained yet.
std::vector<LayerWorth> convolutions(const onnx::GraphProto& graph, const QuantizationPlan& plan,
                                     const Statistics& statistics);

/// What part of the errors goes away: mean over the inputs, so that one hard picture does not decide for all.
double gain_of(const std::vector<double>& before, const std::vector<double>& after);

/// The best first: those that gain most for what they cost. Those that gain nothing are left out.
void sort_by_worth(std::vector<LayerWorth>& layers);

/// Whether `text` fits `pattern`, as a shell has it: `*`, `?`, `[...]`.
bool fits(const std::string& pattern, const std::string& text);

}  // namespace peel::quantization
