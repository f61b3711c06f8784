#include "models/model_files.hpp"

#include <algorithm>

namespace peel {

std::vector<ModelInfo> by_file(const ModelInfo& model) {
  std::vector<ModelInfo> files;
  for (const ModelSource& source : model.sources) {
    if (source.file.empty()) return {model};
    auto known = std::ranges::find(files, source.file, &ModelInfo::file);
    if (known == files.end()) {
      files.push_back(model);
      files.back().file = source.file;
      files.back().sources.clear();
      known = files.end() - 1;
    }
    known->sources.push_back(source);
  }
  if (files.empty()) return {model};
  return files;
}

bool has_hash(const ModelInfo& model) {
  return std::ranges::any_of(model.sources,
                             [](const ModelSource& source) { return !source.sha256.empty() || !source.md5.empty(); });
}

}  // namespace peel
