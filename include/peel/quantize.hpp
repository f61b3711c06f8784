#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "peel/control.hpp"
#include "peel/export.hpp"
#include "peel/models.hpp"
#include "peel/quantized_model.hpp"

namespace peel {

/// How the range of values that bytes stand for is found.
enum class CalibrationMethod {
  automatic,   ///< all of the others are tried; the one whose masks agree best with FP32's is taken
  minmax,      ///< everything that occurred
  percentile,  ///< all but the outermost values; several levels are tried
  entropy,     ///< what loses least information (Kullback-Leibler)
};

/// Where the INT8 model is to run fast.
enum class QuantizationTarget {
  cpu,       ///< uint8 activations, any zero point
  tensorrt,  ///< int8 activations, symmetric: what TensorRT takes; runs on a CPU as well
};

/// What is to be quantised, and what it must come up to.
struct QuantizeOptions {
  std::string model = "auto";         ///< a name of the manifest, the path of an .onnx file, or "auto"
  std::filesystem::path calibration;  ///< folder of pictures (not searched in depth)
  /// Ground truth for the same pictures, by stem; empty: none.
  std::filesystem::path truth;
  /// Pictures taken of the folder at the most, 8 and more: three quarters to calibrate with (64 at the most), the rest
  /// to judge by. Of fewer than 32 more are to judge by, up to half.
  int samples = 64;
  CalibrationMethod method = CalibrationMethod::automatic;
  QuantizationTarget target = QuantizationTarget::cpu;
  /// Operators that stay in float, by name or by kind ("Resize"); patterns as a shell has them.
  std::vector<std::string> keep_float;
  std::optional<std::filesystem::path> output;  ///< an .onnx file; default: NAME_int8.onnx beside the model
  /// A form that is not accepted is written too, under a name that nothing takes by itself: "_refused" in front of the
  /// ending of `output`. To use it all the same, rename it.
  bool keep_anyway = false;
  std::optional<std::filesystem::path> model_folder;
  FetchOptions fetch = fetch_options_from_environment();
  int threads = 0;  ///< 0: see Settings::threads

  // The bar, on pictures that were not calibrated with.
  double least_mean_iou = 0.985;  ///< with FP32's masks, over all pictures
  /// Of any picture FP32 itself is sure about: its subject (0.5 and more) is at least 1 % of the picture, and pixels
  /// between 0.1 and 0.9 are fewer than half as many as the subject's.
  double least_iou = 0.93;
  double most_mae = 0.002;     ///< worse than FP32's, where there is ground truth
  double least_speedup = 1.0;  ///< must be exceeded; not asked for where the target is not this machine's CPU
};

/// What came of it.
struct QuantizeResult {
  bool accepted = false;
  std::string reason;              ///< why it was not accepted; else empty
  std::filesystem::path file;      ///< the INT8 model, where accepted or kept anyway; else empty
  QuantizedModel model;            ///< what was measured, in either case
  std::vector<std::string> notes;  ///< what the user should know: reduced range and why, operators left in float
  double seconds = 0;
};

/// Makes the INT8 form of a model: calibrates on a folder of pictures with the preprocessing remove() uses, writes the
/// graph in QDQ form, and judges it against FP32 on other pictures of the folder. Layers that cost most are given back
/// to float until the bar is met. What does not meet it, or is not faster, is not kept: `accepted` is false then, and
/// nothing is under the `_int8` name that was not there before. The same where FP32 sees a subject in none of the
/// pictures it is judged by: its masks tell nothing then. The same model and pictures give the same bytes on the same
/// machine, as long as the same form wins. Progress is in pictures. Throws Cancelled, of which nothing is left,
/// Error(usage), Error(model) for a graph that is not convolutional, cannot be read or gives values that are no
/// numbers, Error(input) where the folder has too few pictures that can be read, Error(output).
PEEL_API QuantizeResult quantize(const QuantizeOptions& options, const Control& control = {});

}  // namespace peel
