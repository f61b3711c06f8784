#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "peel/export.hpp"
#include "peel/models.hpp"

namespace peel {

/// What was measured of one form of a network, on pictures it was not calibrated on. All of it are finite numbers.
struct FormMeasures {
  std::string form;             ///< "fp32", or what it was quantised by: "entropy", "minmax, 3 in float" ...
  double milliseconds = 0;      ///< median of a run of the network, in turns with the others
  double speedup = 1;           ///< of FP32's median by this one's
  double mean_iou = 1;          ///< with FP32's masks, both cut at 0.5, over all pictures
  double least_iou = 1;         ///< the worst of the pictures FP32 itself is sure about; 1 where there is none
  double mean_difference = 0;   ///< from FP32's masks, in levels of 255
  std::optional<double> mae;    ///< from ground truth, 0 to 1; nothing where there was none
  std::optional<double> max_f;  ///< F-measure against ground truth
};

/// How an INT8 model came to be: the JSON file beside it (NAME_int8.onnx has NAME_int8.json).
struct QuantizedModel {
  std::string source;         ///< name or path of the model it was made from
  std::string source_sha256;  ///< of that file then
  std::string sha256;         ///< of the INT8 file
  std::string method;         ///< "minmax", "percentile 99.999", "entropy"
  std::string target;         ///< "cpu" or "tensorrt"
  int weight_bits = 8;        ///< 7 where the CPU it was made on adds products in 16 bits
  int calibration_pictures = 0;
  std::string calibration_sha256;       ///< over the calibration pictures' bytes, in order
  int proof_pictures = 0;               ///< pictures the measures are of
  std::vector<std::string> kept_float;  ///< operators that were given back to float, by name
  std::vector<FormMeasures> measures;   ///< FP32 first, then what was tried; the file's own last
  std::string licence;                  ///< the source's: a quantised form is a derived work
  std::string licence_note;
  std::string made_by;  ///< "peel VERSION, ONNX Runtime VERSION"
  std::string cpu;      ///< where the times were taken
};

/// The path of a model's INT8 form: NAME_int8.onnx beside it.
PEEL_API std::filesystem::path int8_path(const std::filesystem::path& model);

/// The JSON file of an INT8 model. Nothing where there is none or it cannot be read: the file is then the user's own.
PEEL_API std::optional<QuantizedModel> read_quantized_model(const std::filesystem::path& int8_file);

/// As JSON text, the same for the same contents.
PEEL_API std::string to_json(const QuantizedModel& model);

/// What there is of a model's INT8 form.
enum class Int8State {
  missing,
  ready,     ///< its record fits it and the model beside it, or that model is no longer there
  stale,     ///< made from another file than the model beside it: not to be used
  unproven,  ///< no record speaks of this file: the user's own, used as it is
};

/// `model`: the path of the FP32 model. Hashes both files where there is a record, unless the store remembers them.
/// Throws Error(model) for a file that cannot be read.
PEEL_API Int8State int8_state(const ModelStore& store, const std::filesystem::path& model);

}  // namespace peel
