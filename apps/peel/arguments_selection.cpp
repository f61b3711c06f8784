// What is to stay, where the model can be told: clothes of a category, what prompts show; and rembg's way of saying it.

#include <nlohmann/json.hpp>

#include "arguments.hpp"
#include "option_values.hpp"
#include "prompt_values.hpp"

namespace peel::cli {
namespace {

using nlohmann::json;

constexpr const char* GROUP = "What to make";
constexpr const char* USUAL_SEGMENT_ANYTHING = "sam_vit_b_01ec64";

/// rembg's extras, one function for each key.
class Extras {
 public:
  Extras(CutoutArguments& cutout, NetworkArguments& network) : cutout_(cutout), network_(network) {}

  void apply(const std::string& text) {
    const json extras = json::parse(text, nullptr, false);
    if (!extras.is_object()) {
      throw UsageError(fmt::format("--extras {}: not a JSON object", text),
                       R"(write for example '{"putalpha": true}')");
    }
    for (const auto& [key, value] : extras.items()) apply(key, value);
  }

 private:
  void apply(const std::string& key, const json& value) {
    const std::string name = "--extras " + key;
    if (key == "putalpha") {
      // As with rembg the mask alone wins.
      if (truth(name, value) && cutout_.kind == RemoveOptions::Kind::cutout) {
        cutout_.kind = RemoveOptions::Kind::put_alpha;
      }
    } else if (key == "cc" || key == "cloth_category") {
      cutout_.category = parse_category(name, word(name, value));
    } else if (key == "sam_prompt") {
      cutout_.prompts = parse_prompts(name, value.is_string() ? value.get<std::string>() : value.dump());
    } else if (key == "model_path") {
      network_.model_path = word(name, value);
    } else if (key == "sam_model") {
      if (word(name, value) != USUAL_SEGMENT_ANYTHING) refuse_other_segment_anything(name, value);
    } else if (key == "sam_quant") {
      if (truth(name, value)) refuse_other_segment_anything(name, value);
    } else {
      throw UsageError(fmt::format("{}: not understood", name),
                       did_you_mean(key, KEYS, fmt::format("known are {}", fmt::join(KEYS, ", "))));
    }
  }

  static bool truth(const std::string& name, const json& value) {
    if (!value.is_boolean()) throw UsageError(fmt::format("{} {}: neither true nor false", name, value.dump()));
    return value.get<bool>();
  }
  static std::string word(const std::string& name, const json& value) {
    if (!value.is_string()) throw UsageError(fmt::format("{} {}: no text", name, value.dump()));
    return value.get<std::string>();
  }
  [[noreturn]] static void refuse_other_segment_anything(const std::string& name, const json& value) {
    throw UsageError(fmt::format("{} {}: peel fetches {} alone", name, value.dump(), USUAL_SEGMENT_ANYTHING),
                     "of others name the file, beside which its decoder stands: -m FOLDER/NAME.encoder.onnx");
  }

  inline static const std::vector<std::string> KEYS{"putalpha",   "model_path", "cc",       "cloth_category",
                                                    "sam_prompt", "sam_model",  "sam_quant"};
  CutoutArguments& cutout_;
  NetworkArguments& network_;
};

}  // namespace

void define_selection(CLI::App& app, CutoutArguments& cutout, NetworkArguments& network) {
  add_value(
      app, "--category", "upper|lower|full",
      [&cutout](const std::string& text) { cutout.category = parse_category("--category", text); },
      "with -m u2net_cloth_seg: clothes of the upper body, the lower body or in one piece alone; without, all of them "
      "in "
      "one (with --compat three cut-outs, one below the other)")
      ->group(GROUP);
  app.add_option_function<std::vector<std::string>>(
         "--prompt",
         [&cutout](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             const auto prompts = parse_prompts("--prompt", text);
             cutout.prompts.insert(cutout.prompts.end(), prompts.begin(), prompts.end());
           }
         },
         "with -m sam: point:X,Y on what is to stay, background:X,Y on what is not, box:X,Y,X,Y around what is; in "
         "pixels of the upright picture; may be given several times (the picture's middle)")
      ->type_name("PROMPT")
      ->group(GROUP)
      // One value each time: the word after it may be a picture.
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  // Last of all options: what it says depends on what others said.
  add_value(
      app, "-x,--extras", "JSON", [&](const std::string& text) { Extras(cutout, network).apply(text); },
      "rembg's extras: putalpha, cc (the category), sam_prompt, model_path (of u2net_custom, dis_custom or ben_custom)")
      ->group(GROUP);
}

}  // namespace peel::cli
