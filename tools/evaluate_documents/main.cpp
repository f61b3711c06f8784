// peel-eval-docs: corners of pages that methods find, against ground truth.
//
//   peel-eval-docs --images DIR --corners FILE.json --model NAME [--method full,sides,...] [--masks DIR]
//                  [--json FILE] [--sheet FILE.jpg]
//   peel-eval-docs --compare FIRST.json SECOND.json
//
// FILE.json: {"picture.jpg": [[x, y], ...], ...}, the four corners in pixels of the upright picture, null for a picture
// without a page. Methods: see methods.hpp. --masks keeps the model's masks in a folder, so that it need not run again.
// --json keeps every picture's scores, for --compare: the difference of two versions with its interval.

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "contact_sheet.hpp"
#include "methods.hpp"
#include "peel/file.hpp"
#include "peel/peel.hpp"
#include "scores.hpp"

namespace {

using namespace peel::evaluation;
namespace fs = std::filesystem;
using Json = nlohmann::json;

Json read_json(const fs::path& file) {
  std::ifstream stream(file);
  if (!stream) throw peel::Error(peel::ErrorCode::input, fmt::format("{}: cannot be read", file.string()));
  return Json::parse(stream);
}

/// Masks at the network's size, from a folder where they were made before.
class Masks {
 public:
  Masks(std::string model, fs::path folder) : model_(std::move(model)), folder_(std::move(folder)) {
    if (!folder_.empty()) fs::create_directories(folder_);
  }
  peel::Image of(const peel::Image& picture, const std::string& name) {
    const fs::path kept = folder_.empty() ? fs::path() : folder_ / (name + ".png");
    if (!kept.empty() && fs::exists(kept)) return peel::load_image(kept);
    if (!remover_) {
      peel::Settings settings;
      settings.model_name = model_;
      remover_ = std::make_unique<peel::BackgroundRemover>(settings);
    }
    peel::Image mask = remover_->see(picture).image;
    if (!kept.empty()) peel::write_file(kept, peel::encode(mask));
    return mask;
  }

 private:
  std::string model_;
  fs::path folder_;
  std::unique_ptr<peel::BackgroundRemover> remover_;
};

std::optional<peel::Corners> corners_from(const Json& json) {
  if (json.is_null()) return std::nullopt;
  peel::Corners corners;
  for (std::size_t i = 0; i < 4; ++i) corners[i] = {json.at(i).at(0), json.at(i).at(1)};
  return corners;
}

void print(const Method& method, const std::vector<Score>& scores) {
  const Summary s = summarise(scores);
  std::printf("%-32s %6.4f [%.4f, %.4f]  %6.4f  %5.1f %%  %6.3f  %6.3f  %6.1f  %6.1f\n", method.what.c_str(), s.iou,
              s.iou_interval.low, s.iou_interval.high, s.page_iou, 100 * s.below, s.corner_error, s.median_corner_error,
              s.p50, s.p95);
  std::map<std::pair<std::string_view, std::string_view>, int> confusion;
  for (const Score& one : scores) ++confusion[{peel::word_for(one.wanted), peel::word_for(one.status)}];
  for (const auto& [pair, count] : confusion) {
    if (pair.first != pair.second)
      std::printf("    %d %s said to be %s\n", count, pair.first.data(), pair.second.data());
  }
  for (const Score& one : scores) {
    if (one.wanted != peel::PageStatus::not_found && one.iou < 0.9) {
      std::printf("    %s: IoU %.3f, confidence %.2f\n", one.picture.c_str(), one.iou, one.confidence);
    }
  }
}

Json to_json(const std::vector<Score>& scores) {
  Json all = Json::object();
  for (const Score& one : scores) {
    all[one.picture] = {{"iou", one.iou},
                        {"page_iou", one.page_iou},
                        {"corner_error", one.corner_error},
                        {"status", peel::word_for(one.status)},
                        {"wanted", peel::word_for(one.wanted)},
                        {"confidence", one.confidence},
                        {"milliseconds", one.milliseconds}};
  }
  return all;
}

int evaluate(const std::map<std::string, std::string>& options) {
  const auto get = [&](const char* name, const char* otherwise = "") {
    const auto found = options.find(name);
    return found == options.end() ? std::string(otherwise) : found->second;
  };
  std::vector<Method> methods;
  std::istringstream words(get("method", "full"));
  for (std::string word; std::getline(words, word, ',');) methods.push_back(method_of(word));
  const fs::path images = get("images");
  const Json truths = read_json(get("corners"));
  Masks masks(get("model", "auto"), get("masks"));
  const bool needs_mask = std::any_of(methods.begin(), methods.end(), [](const Method& m) { return m.needs_mask; });

  std::map<std::string, std::vector<Score>> scores;
  ContactSheet sheet;
  for (const auto& [name, json] : truths.items()) {
    const peel::Image picture = peel::load_image(images / name);
    const peel::Image mask = needs_mask ? masks.of(picture, name) : peel::Image();
    const auto truth = corners_from(json);
    for (const Method& method : methods) {
      const auto start = std::chrono::steady_clock::now();
      const Answer answer = method.find(picture, mask);
      const auto time = std::chrono::steady_clock::now() - start;
      Score one = score(answer.corners, truth, picture.width(), picture.height());
      one.picture = name;
      one.status = answer.status;
      one.confidence = answer.confidence;
      one.milliseconds = std::chrono::duration<double, std::milli>(time).count();
      scores[method.name].push_back(std::move(one));
    }
    if (options.contains("sheet")) sheet.add(picture, mask);
  }
  std::printf("%-32s %-24s  %-6s  %-7s  %-6s  %-6s  %-6s  %-6s\n", "method", "IoU [95 %]", "page", "< 0.9", "error %",
              "median", "p50 ms", "p95 ms");
  Json all = Json::object();
  for (const Method& method : methods) {
    print(method, scores[method.name]);
    all[method.name] = to_json(scores[method.name]);
  }
  if (options.contains("json")) std::ofstream(get("json")) << all.dump(1) << '\n';
  if (options.contains("sheet")) sheet.write(get("sheet"));
  return 0;
}

int compare(const fs::path& first_file, const fs::path& second_file) {
  const Json first = read_json(first_file);
  const Json second = read_json(second_file);
  for (const auto& [method, pictures] : second.items()) {
    if (!first.contains(method)) continue;
    for (const char* measure : {"iou", "page_iou", "corner_error"}) {
      std::vector<std::pair<double, double>> pairs;
      double sum = 0;
      for (const auto& [name, scores] : pictures.items()) {
        if (!first[method].contains(name) || scores["wanted"] == "not_found") continue;
        pairs.emplace_back(first[method][name][measure], scores[measure]);
        sum += pairs.back().second - pairs.back().first;
      }
      const Interval interval = paired_interval(pairs);
      std::printf("%-10s %-14s %+.5f  95 %%: %+.5f to %+.5f  (%zu pictures)\n", method.c_str(), measure,
                  sum / static_cast<double>(std::max<std::size_t>(1, pairs.size())), interval.low, interval.high,
                  pairs.size());
    }
  }
  return 0;
}

int usage() {
  std::fprintf(stderr,
               "usage: peel-eval-docs --images DIR --corners FILE --model NAME [--method LIST] [--masks DIR] "
               "[--json FILE] [--sheet FILE.jpg]\n"
               "       peel-eval-docs --compare FIRST.json SECOND.json\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[0] == "--compare") return compare(arguments[1], arguments[2]);
  std::map<std::string, std::string> options;
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    if (!arguments[i].starts_with("--")) return usage();
    options[arguments[i].substr(2)] = arguments[i + 1];
  }
  if (arguments.size() % 2 != 0 || !options.contains("images") || !options.contains("corners")) return usage();
  return evaluate(options);
} catch (const std::exception& error) {
  std::fprintf(stderr, "peel-eval-docs: %s\n", error.what());
  return 1;
}
