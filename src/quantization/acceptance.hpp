#pragma once

#include <string>

#include "peel/quantize.hpp"
#include "peel/quantized_model.hpp"

namespace peel::quantization {

/// Why a form is not accepted, for the user; empty where it is. `fp32`: measured on the same pictures.
std::string why_refused(const FormMeasures& measures, const FormMeasures& fp32, const QuantizeOptions& options);

/// Whether a form's masks are so near to FP32's that no layer need be given back for their sake: nearer than the bar
/// asks, since `tuned` is of pictures that were calibrated on, and of others a few hard ones more or less move the mean
/// by 0.005.
bool is_clearly_near(const FormMeasures& tuned, const QuantizeOptions& options);

}  // namespace peel::quantization
