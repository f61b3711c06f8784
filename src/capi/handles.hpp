#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "options/option.hpp"
#include "peel/batch.hpp"
#include "peel/control.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"
#include "peel/image.hpp"
#include "peel/peel.h"
#include "peel/remover.hpp"

// What stands behind the handles of peel.h.

struct peel_error {
  peel_code code;
  std::string message;
  std::string hint;
};

struct peel_bytes {
  std::vector<std::byte> bytes;  ///< a picture, or
  std::string text;
};

struct peel_settings {
  peel::options::Places task = 0;
  peel::options::Given given;
  std::optional<peel::Image> background;
  std::optional<peel::Image> mask;
};

struct peel_control {
  std::stop_source source;
  peel_progress progress = nullptr;
  void* user = nullptr;
};

struct peel_picture {
  peel::Image image;
};

struct peel_result {
  peel::Image picture;
  peel::Image mask;
  std::string description;  ///< JSON
};

struct peel_remover {
  peel_settings settings;
  peel::BackgroundRemover remover;
};

struct peel_scanner {
  peel_settings settings;
  peel::DocumentScanner scanner;
};

struct peel_batch {
  peel_settings settings;
  peel::BatchRemover remover;
};

namespace peel::capi {

/// Tells what is being thrown, where the caller asked to be told and was told nothing yet.
peel_code tell(peel_error** error) noexcept;

/// What `call` returns; where it throws, `failed`. Nothing is thrown through a function of C.
template <typename Returned, typename Call>
Returned guarded(peel_error** error, Returned failed, const Call& call) noexcept {
  try {
    return call();
  } catch (...) {
    tell(error);
    return failed;
  }
}
/// The same of a function that returns a code.
template <typename Call>
peel_code guarded_code(peel_error** error, const Call& call) noexcept {
  try {
    call();
    return PEEL_OK;
  } catch (...) {
    return tell(error);
  }
}

/// Throws Error(usage) for null.
template <typename Handle>
Handle& needed(Handle* handle, const char* what) {
  if (!handle) {
    throw Error(ErrorCode::usage, std::string("no ") + what + " given: NULL", "look at the error of the call before");
  }
  return *handle;
}
std::string needed_text(const char* text, const char* what);

peel_bytes* new_text(std::string text);
peel_bytes* new_text(const nlohmann::ordered_json& json);

/// What a call is watched by; null: nothing.
Control control_of(peel_control* control);

PixelView view_of(const peel_pixels& pixels);
PixelBuffer buffer_of(const peel_room& room);
ByteView profile_of(const peel_pixels& pixels);
/// Null for an empty one.
peel_picture* new_picture(Image image);

/// Of `given`, or where that is null of `usual`. Throws Error(usage) for those of another task than `tasks`.
const peel_settings& settings_for(const peel_settings* given, const peel_settings& usual, options::Places tasks);
/// Those of a handle; null: none are set.
peel_settings own_settings(const peel_settings* given, options::Places task);

Settings network_settings(const peel_settings& settings, peel_control* control);
DecodeOptions decoding_of(const peel_settings* settings);
RemoveOptions removal_of(const peel_settings& settings);
ScanOptions scan_of(const peel_settings& settings);

peel_result* new_result(Result result);
/// What a remover runs on.
nlohmann::ordered_json session_json(const SessionInfo& session);
/// What a call says of a cut-out.
nlohmann::ordered_json cutout_json(bool subject, const std::optional<Box>& crop, std::span<const std::string> notes,
                                   const Timings& timings);

}  // namespace peel::capi
