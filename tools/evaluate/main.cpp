// peel-evaluate: a model's masks against ground truth, and against another program's masks of the same pictures.
//
//   peel-evaluate --model u2netp --images DIR --truth DIR [--reference DIR] [--compat]
//
// Pictures, truth and reference masks belong together by their file's stem. Prints a line for each set and, with a
// reference, the pictures that differ most.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "measures/measures.hpp"
#include "peel/peel.hpp"

namespace {

using peel::Salience;
namespace fs = std::filesystem;

std::map<std::string, fs::path> by_stem(const fs::path& folder) {
  std::map<std::string, fs::path> files;
  if (folder.empty()) return files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().stem().string()] = entry.path();
  }
  return files;
}

int evaluate(const std::map<std::string, std::string>& options) {
  const auto get = [&](const char* name) {
    const auto found = options.find(name);
    return found == options.end() ? std::string() : found->second;
  };
  peel::Settings settings;
  if (!get("model").empty()) settings.model_name = get("model");
  const peel::BackgroundRemover remover(settings);
  peel::RemoveOptions remove;
  remove.kind = peel::RemoveOptions::Kind::mask;
  remove.compat = options.contains("compat");

  const auto truths = by_stem(get("truth"));
  const auto references = by_stem(get("reference"));
  Salience ours;
  Salience theirs;
  double mean_difference = 0;
  std::vector<std::pair<double, std::string>> differences;
  for (const auto& [stem, file] : by_stem(get("images"))) {
    const auto result = remover.remove(file, remove);
    if (const auto truth = truths.find(stem); truth != truths.end()) {
      const auto wanted = peel::load_image(truth->second);
      ours.add(result.mask, wanted);
      if (const auto other = references.find(stem); other != references.end()) {
        theirs.add(peel::load_image(other->second), wanted);
      }
    }
    if (const auto other = references.find(stem); other != references.end()) {
      const auto apart = peel::difference(result.mask, peel::load_image(other->second));
      mean_difference += apart.mean;
      differences.emplace_back(apart.mean, stem);
    }
  }
  std::printf("%-10s %8s %8s %8s\n", "masks of", "pictures", "MAE", "max F");
  std::printf("%-10s %8zu %8.5f %8.5f\n", "peel", ours.count(), ours.mae(), ours.max_f());
  if (theirs.count())
    std::printf("%-10s %8zu %8.5f %8.5f\n", "reference", theirs.count(), theirs.mae(), theirs.max_f());
  if (!differences.empty()) {
    std::ranges::sort(differences, std::greater<>());
    std::printf("mean difference from the reference: %.4f of 255 over %zu pictures; the largest:\n",
                mean_difference / static_cast<double>(differences.size()), differences.size());
    for (std::size_t i = 0; i < std::min<std::size_t>(5, differences.size()); ++i) {
      std::printf("  %8.4f %s\n", differences[i].first, differences[i].second.c_str());
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options;
  for (int i = 1; i < argc; ++i) {
    const bool flag = std::strcmp(argv[i], "--compat") == 0;
    if (std::strncmp(argv[i], "--", 2) != 0 || (!flag && i + 1 >= argc)) {
      std::fprintf(stderr, "usage: peel-evaluate --images DIR --truth DIR [--model M] [--reference DIR] [--compat]\n");
      return 2;
    }
    options[argv[i] + 2] = flag ? "" : argv[i + 1];
    i += flag ? 0 : 1;
  }
  try {
    return evaluate(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "peel-evaluate: %s\n", error.what());
    return 7;
  }
}
