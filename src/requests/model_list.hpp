#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "peel/models.hpp"
#include "peel/quantized_model.hpp"

// What is told of models that are, or could be, installed.
namespace peel::requests {

std::string_view word(ModelState state);
std::string_view word(Int8State state);

/// Bytes of the installed files, else of the first source that tells; 0: not known.
std::uint64_t size_of(const ModelStore& store, const ModelInfo& model);

/// What `list` tells of a model's INT8 form.
struct Int8Form {
  Int8State state = Int8State::missing;
  std::filesystem::path path;
  std::optional<QuantizedModel> record;  ///< nothing where none speaks of this file

  /// Speed and masks are those of the form that was kept, the last that was measured.
  const FormMeasures* measures() const {
    return record && !record->measures.empty() ? &record->measures.back() : nullptr;
  }
};

Int8Form int8_form(const ModelStore& store, const ModelInfo& model);

/// One of the "models" of `peel models list --json`.
nlohmann::ordered_json model_json(const ModelStore& store, const ModelInfo& model);

/// What `peel models list --json` prints.
nlohmann::ordered_json models_json(const ModelStore& store, bool commercial_only);

}  // namespace peel::requests
