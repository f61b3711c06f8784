#include "server/error_json.hpp"

#include <nlohmann/json.hpp>

namespace peel::server {

std::string error_json(const ApiError& error, const std::string& request_id) {
  using nlohmann::ordered_json;
  ordered_json object;
  if (error.parameter.empty()) {
    object["detail"] = error.what();
  } else {
    object["detail"] = {{{"loc", {error.in_query ? "query" : "body", error.parameter}},
                         {"msg", error.what()},
                         {"type", "value_error"}}};
  }
  object["code"] = error.code;
  if (!error.hint.empty()) object["hint"] = error.hint;
  if (!request_id.empty()) object["request_id"] = request_id;
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace peel::server
