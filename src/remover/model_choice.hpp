#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "peel/remover.hpp"

namespace peel {

/// The file a remover loads, and why it is not a better one.
struct ModelChoice {
  ModelInfo info;
  std::string name;  ///< as shown: the manifest's name, or the path
  std::filesystem::path file;
  std::filesystem::path decoder;  ///< of a prompted model, whose encoder `file` is; else empty
  bool int8 = false;              ///< it is the quantised form
  std::vector<Fallback> fallbacks;
};

/// What the model that Settings ask for is fed and gives. Fetches nothing. Throws Error(model).
ModelInfo model_layout(const Settings& settings, const ModelStore& store);

/// What Settings ask for: the model by name, path or "auto", its INT8 form (FILE_int8.onnx beside it) where that is
/// wanted. Fetches what is missing. Throws Error(model) or Error(usage).
ModelChoice choose_model(const Settings& settings, const ModelStore& store);

}  // namespace peel
