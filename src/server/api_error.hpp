#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace peel::server {

/// A request that is not done as asked for, and what its client is told. `status` is HTTP's; `code` is one of the words
/// of docs/server.md, for programs ("too_many_pixels"); `message` and `hint` are for a person and one line each.
struct ApiError : std::runtime_error {
  ApiError(int http_status, std::string error_code, const std::string& message, std::string what_to_do = {})
      : std::runtime_error(message), status(http_status), code(std::move(error_code)), hint(std::move(what_to_do)) {}

  int status;
  std::string code;
  std::string hint;
  std::string parameter;           ///< the one that is at fault; empty: none
  bool in_query = false;           ///< where it stands: in the query, else in the body
  std::optional<int> retry_after;  ///< seconds
};

/// 422 for a parameter, as FastAPI (and so rembg) has it.
inline ApiError bad_parameter(std::string name, const std::string& message, std::string hint = {}) {
  ApiError error(422, "invalid_parameter", name + ": " + message, std::move(hint));
  error.parameter = std::move(name);
  return error;
}

/// 503: of all clients together.
inline ApiError too_much_at_a_time() {
  ApiError error(503, "overloaded", "too much is being uploaded at a time", "try again later");
  error.retry_after = 2;
  return error;
}

}  // namespace peel::server
