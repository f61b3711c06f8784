#include "peel/quantize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/commands.hpp"
#include "commands/interrupt.hpp"
#include "report.hpp"
#include "requests/result_json.hpp"

namespace peel::cli {
namespace {

void print_measures(const std::vector<FormMeasures>& measures) {
  std::size_t width = 4;
  for (const FormMeasures& m : measures) width = std::max(width, m.form.size());
  const auto row = [width](std::string_view form, std::string_view milliseconds, std::string_view speedup,
                           std::string_view mean_iou, std::string_view least_iou, std::string_view difference,
                           std::string_view mae, std::string_view max_f) {
    answer("{:<{}}  {:>8}  {:>8}  {:>8}  {:>9}  {:>10}  {:>7}  {:>7}\n", form, width, milliseconds, speedup, mean_iou,
           least_iou, difference, mae, max_f);
  };
  const auto measured = [](const std::optional<double>& value) { return value ? fmt::format("{:.4f}", *value) : "-"; };
  row("form", "ms", "speed-up", "mean IoU", "least IoU", "difference", "MAE", "max F");
  for (const FormMeasures& m : measures) {
    row(printable(m.form), fmt::format("{:.1f}", m.milliseconds), fmt::format("{:.2f}x", m.speedup),
        measured(m.mean_iou), measured(m.least_iou), fmt::format("{:.2f}", m.mean_difference), measured(m.mae),
        measured(m.max_f));
  }
}

void print_as_text(const QuantizeResult& result) {
  if (!result.model.measures.empty()) print_measures(result.model.measures);
  if (!result.notes.empty()) answer("\n");
  for (const std::string& note : result.notes) answer("{}.\n", printable(note));
  // A line of its own, the last one: for scripts.
  if (!result.file.empty()) answer("\n{}\n", printable(result.file.string()));
}

}  // namespace

int run_quantize(const Given& given, Console& console) {
  // A first signal ends the work, not the program: nothing temporary stays, and then it ends by that signal.
  const DeferInterrupt both_files;
  QuantizeOptions options = given.make<QuantizeOptions>();
  options.fetch.control = console.fetch_control();
  QuantizeResult result;
  try {
    result = quantize(options, console.control());
  } catch (const Cancelled&) {
    console.end_progress();
    console.warn("interrupted: nothing was kept");
    return 1;
  }
  console.end_progress();
  if (console.json()) {
    print_json(requests::quantized_json(result));
  } else {
    print_as_text(result);
  }
  if (result.accepted) return 0;
  if (result.file.empty()) {
    console.error(fmt::format("{}: no INT8 form was kept: {}", options.model, result.reason), "");
  } else {
    console.error(
        fmt::format("{}: not good enough, and kept under a name that nothing takes: {}", options.model, result.reason),
        "renamed to NAME_int8.onnx beside the model it is used");
  }
  return 1;
}

}  // namespace peel::cli
