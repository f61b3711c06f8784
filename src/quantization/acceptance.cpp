#include "quantization/acceptance.hpp"

#include <fmt/format.h>

namespace peel::quantization {

std::string why_refused(const FormMeasures& measures, const FormMeasures& fp32, const QuantizeOptions& options) {
  if (measures.mean_iou < options.least_mean_iou) {
    return fmt::format("the mean IoU of its masks with FP32's is {:.4f}, below {:.4f}", measures.mean_iou,
                       options.least_mean_iou);
  }
  if (measures.least_iou < options.least_iou) {
    return fmt::format("the IoU with FP32's mask of a picture FP32 is sure about is {:.4f}, below {:.4f}",
                       measures.least_iou, options.least_iou);
  }
  if (measures.mae && fp32.mae && *measures.mae - *fp32.mae > options.most_mae) {
    return fmt::format("its error against ground truth is {:.4f}, more than {:.4f} above FP32's {:.4f}", *measures.mae,
                       options.most_mae, *fp32.mae);
  }
  if (options.target == QuantizationTarget::cpu && measures.speedup <= options.least_speedup) {
    return fmt::format("it is not faster here: {:.2f} times FP32's speed, where more than {:.2f} is asked for",
                       measures.speedup, options.least_speedup);
  }
  return {};
}

bool is_clearly_near(const FormMeasures& tuned, const QuantizeOptions& options) {
  const auto spared = [](double bar) { return 1 - (1 - bar) * 0.6; };
  return tuned.mean_iou >= spared(options.least_mean_iou) && tuned.least_iou >= spared(options.least_iou);
}

}  // namespace peel::quantization
