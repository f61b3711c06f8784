#include <cstring>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "capi/handles.hpp"
#include "options/result_json.hpp"
#include "peel/log.hpp"
#include "peel/version.hpp"

static_assert(PEEL_USAGE == static_cast<int>(peel::ErrorCode::usage) &&
              PEEL_INPUT == static_cast<int>(peel::ErrorCode::input) &&
              PEEL_MODEL == static_cast<int>(peel::ErrorCode::model) &&
              PEEL_DEVICE == static_cast<int>(peel::ErrorCode::device) &&
              PEEL_OUTPUT == static_cast<int>(peel::ErrorCode::output) &&
              PEEL_INTERNAL == static_cast<int>(peel::ErrorCode::internal) &&
              PEEL_CANCELLED == static_cast<int>(peel::ErrorCode::cancelled));
static_assert(PEEL_DEBUG == static_cast<int>(peel::LogLevel::debug) &&
              PEEL_WARNING == static_cast<int>(peel::LogLevel::warning));

namespace peel::capi {
namespace {

peel_code give(peel_error** error, peel_code code, const char* message, const char* hint) noexcept {
  if (!error || *error) return code;
  try {
    *error = new peel_error{code, message, hint};
  } catch (const std::bad_alloc&) {
    // The code alone tells it then.
  }
  return code;
}

}  // namespace

peel_code tell(peel_error** error) noexcept {
  try {
    throw;
  } catch (const Error& thrown) {
    return give(error, static_cast<peel_code>(thrown.code()), thrown.message().c_str(), thrown.hint().c_str());
  } catch (const std::bad_alloc&) {
    return give(error, PEEL_NO_MEMORY, "not enough memory", "take fewer pictures at a time, or smaller ones");
  } catch (const std::exception& thrown) {
    return give(error, PEEL_INTERNAL, thrown.what(), "");
  } catch (...) {
    return give(error, PEEL_INTERNAL, "an unknown exception", "");
  }
}

std::string needed_text(const char* text, const char* what) {
  return &needed(text, what);
}

peel_bytes* new_text(std::string text) {
  return new peel_bytes{{}, std::move(text)};
}

peel_bytes* new_text(const nlohmann::ordered_json& json) {
  return new_text(dump(json));
}

}  // namespace peel::capi

const char* peel_version() {
  return PEEL_VERSION;
}

int32_t peel_abi() {
  return PEEL_ABI;
}

peel_code peel_error_code(const peel_error* error) {
  return error ? error->code : PEEL_OK;
}
const char* peel_error_message(const peel_error* error) {
  return error ? error->message.c_str() : "";
}
const char* peel_error_hint(const peel_error* error) {
  return error ? error->hint.c_str() : "";
}
void peel_error_free(peel_error* error) {
  delete error;
}

const void* peel_bytes_data(const peel_bytes* bytes) {
  if (!bytes) return nullptr;
  return bytes->bytes.empty() ? static_cast<const void*>(bytes->text.c_str()) : bytes->bytes.data();
}
size_t peel_bytes_size(const peel_bytes* bytes) {
  if (!bytes) return 0;
  return bytes->bytes.empty() ? bytes->text.size() : bytes->bytes.size();
}
void peel_bytes_free(peel_bytes* bytes) {
  delete bytes;
}

void peel_set_log(peel_log log, void* user) {
  if (!log) return peel::set_log_sink({});
  peel::set_log_sink([log, user](peel::LogLevel level, std::string_view message) {
    log(user, static_cast<peel_level>(level), std::string(message).c_str());
  });
}
