#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

constexpr const char* DESCRIPTION =
    R"(Make the INT8 form of a model, where that pays.
Calibrates the model on the pictures of a folder (not its subfolders), writes it in INT8, and judges it against FP32 on other pictures of that folder. Layers that INT8 harms most stay in float. What is not faster than FP32, or whose masks differ too much, is not kept: the exit status is 1 then, and an INT8 form that was there before stays as it was.
The result stands beside the model as NAME_int8.onnx, with NAME_int8.json about how it was made; --precision int8 takes it. It is a derived work of the model, under the model's licence.)";

constexpr const char* FOOTER = R"(Examples:
  peel quantize isnet-general-use --calibration photos
      beside the model, for this machine's CPU
  peel quantize isnet-general-use --calibration sod/images --truth sod/masks --samples 200
      judged against ground truth too: masks named as their pictures
  peel quantize ./mine.onnx --calibration photos --method entropy --keep-float Resize --keep-float 'head*'
      one method alone; every Resize and what is named head... stays in float
  peel quantize u2net --calibration photos --target tensorrt -o u2net_trt_int8.onnx
      for TensorRT, under another name
  peel remove photo.jpg -o cutout.png -m isnet-general-use --precision int8
      use it

Take pictures of the kind that the model will see, some dozens. Three quarters of them, 64 at the most, are for
calibration, the rest to judge by; of fewer than 32 more are to judge by, up to half. The table has, for FP32 and each form tried: ms, the median time of a run; the speed-up of that; mean IoU with
FP32's masks, and least IoU, the worst of the pictures that FP32 itself is sure about; difference, the mean from FP32's
masks in levels of 255; MAE and max F, against ground truth.

With --json the object holds accepted, reason (why it was not), file (null where none was kept), seconds, notes and model:
how the INT8 form was made and what was measured, as in NAME_int8.json.)";

}  // namespace

CLI::App& define_quantize(CLI::App& root, QuantizeArguments& target) {
  CLI::App& app = *root.add_subcommand("quantize", DESCRIPTION);
  app.footer(FOOTER);
  app.add_option("MODEL", target.model, "a name (peel models list), an .onnx file, or auto: what peel remove takes")
      ->type_name("MODEL|FILE")
      ->required();
  const std::string files = "Files";
  app.add_option("--calibration", target.calibration_folder, "the folder of the pictures")
      ->type_name("FOLDER")
      ->group(files);
  app.add_option("--truth", target.truth_folder, "ground truth: masks named as their pictures (dog.jpg, dog.png)")
      ->type_name("FOLDER")
      ->group(files);
  add_int(app, "--samples", target.samples, 8, 100'000, "how many pictures of the folder to take at the most (64)")
      ->group(files);
  app.add_option("-o,--output", target.output, "the INT8 model; else NAME_int8.onnx beside the model")
      ->type_name("FILE")
      ->group(files);
  const std::string how = "How to quantise";
  add_choice(app, "--method", target.method,
             Choices<CalibrationMethod>{{"auto", CalibrationMethod::automatic},
                                        {"minmax", CalibrationMethod::minmax},
                                        {"percentile", CalibrationMethod::percentile},
                                        {"entropy", CalibrationMethod::entropy}},
             "how the range of values is found: all that occurred, all but the outermost, or what loses least "
             "information; auto: the best of these")
      ->group(how);
  add_choice(app, "--target", target.target,
             Choices<QuantizationTarget>{{"cpu", QuantizationTarget::cpu}, {"tensorrt", QuantizationTarget::tensorrt}},
             "where it is to run fast; what is for TensorRT runs on a CPU as well")
      ->group(how);
  app.add_option("--keep-float", target.keep_float,
                 "operators that stay in float, by name or kind; patterns as in a shell (*, ?, [...]); may be given "
                 "several times")
      ->type_name("PATTERN")
      ->group(how)
      // One value each time: the word after it may be the model.
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--keep-anyway", target.keep_anyway,
               "keep one that is not good enough too, as NAME_int8_refused.onnx, which nothing takes by itself")
      ->group(how);
  add_int(app, "--threads", target.threads, 0, 1024, "0: every core")->group(how);
  app.add_flag("--offline", target.offline, "never use the network")->group(how);
  return app;
}

}  // namespace peel::cli
