#include <algorithm>

#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

constexpr const char* DESCRIPTION =
    R"(Find the fastest settings for this machine.
Takes pictures out of a folder (not its subfolders) through every configuration that can run here - model, device, precision, threads, batch - in turns, and measures time, memory and how alike the masks are to those of CPU FP32. A configuration that cannot run is listed with the reason.
Into the output folder: report.html, summary.json, summary.csv, peel.toml (the recommendation, for --config) and the cut-outs in a folder for each configuration. Ctrl-C ends it after the picture at hand, with a report of what was measured; the program then ends by that signal (130 in a shell).)";

constexpr const char* FOOTER = R"(Examples:
  peel bench --input-dir photos --output-dir bench
      ten pictures, every usual configuration of the model that is used where none is named; where
      only one can run, one thread and the installed models beside it
  peel bench -i photos -o bench --models u2netp,isnet-general-use --threads 1,2
      two models, each with one thread and with two
  peel bench -i photos -o bench --configs cuda,tensorrt --batch 1,8
      GPU configurations alone, beside the baseline, picture by picture and in batches
  peel bench -i sod/images -o bench --masks sod/masks --num-samples 100
      against ground truth too: masks named as their pictures
  peel bench -i photos -o bench --save
      the recommendation becomes this user's setting
  peel remove photo.jpg -o cutout.png --config bench/peel.toml
      use it once

A time is that of one picture from file to PNG, the model loaded. The usual configurations are CPU FP32 (the baseline),
CPU INT8, CUDA FP32 and FP16, TensorRT FP16 and INT8. Recommended is the fastest of the first model whose speed-up lies
above 1.05 with its whole 95 % interval and whose masks have a mean IoU of at least 0.98 with the baseline's.)";

/// Words between commas, none of them empty.
std::vector<std::string> split(std::string_view option, const std::string& text) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    if (words.back().empty()) {
      throw UsageError(fmt::format("{} {}: there is nothing between two commas", option, text),
                       "write the words with a comma between each two");
    }
    begin = end + 1;
  }
  return words;
}

void add_numbers(CLI::App& app, const std::string& name, std::vector<int>& target, int most,
                 const std::string& description, const std::string& group) {
  add_value(
      app, name, "N,...",
      [=, &target](const std::string& text) {
        target.clear();
        for (const std::string& word : split(name, text)) target.push_back(parse_int(name, word, 1, most));
      },
      description)
      ->group(group);
}

}  // namespace

CLI::App& define_bench(CLI::App& root, BenchArguments& target) {
  CLI::App& app = *root.add_subcommand("bench", DESCRIPTION);
  app.footer(FOOTER);
  const std::string files = "Files";
  app.add_option("-i,--input-dir", target.input_folder, "the folder of the pictures")
      ->type_name("FOLDER")
      ->group(files);
  app.add_option("-o,--output-dir", target.output_folder, "the folder for reports and cut-outs; made where missing")
      ->type_name("FOLDER")
      ->group(files);
  app.add_option("--masks", target.masks_folder, "ground truth: masks named as their pictures (dog.jpg, dog.png)")
      ->type_name("FOLDER")
      ->group(files);
  add_int(app, "--num-samples", target.samples, 1, 100'000,
          "how many pictures, taken evenly from the sorted names (10)")
      ->group(files);
  const std::string what = "What to compare";
  add_value(
      app, "--models", "MODEL,...", [&](const std::string& text) { target.models = split("--models", text); },
      "names or .onnx files; settings are recommended for the first (auto)")
      ->group(what);
  add_value(
      app, "--configs", "NAME,...", [&](const std::string& text) { target.configurations = split("--configs", text); },
      "of cpu, cuda, tensorrt, webgpu, openvino, fp32, fp16, int8: only these; or exactly one: tensorrt-fp32")
      ->group(what);
  add_numbers(app, "--threads", target.threads, 1024, "numbers of threads; the first is the baseline's (one a core)",
              what);
  add_numbers(app, "--batch", target.batches, 64, "pictures the model takes at a time (1)", what);
  add_int(app, "--rounds", target.rounds, 1, 100'000,
          "how often each picture is measured (3, and more for fewer than ten pictures)")
      ->group(what);
  app.add_flag("--offline", target.offline, "never use the network")->group(what);
  app.add_flag("--save", target.save, "write the recommendation into the user's config too")->group(files);
  return app;
}

}  // namespace peel::cli
