#include "server/removebg_error.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace peel::server {
namespace {

struct Translation {
  std::string_view code;
  int status;
  std::string_view theirs;
};

constexpr Translation TRANSLATIONS[] = {
    {"unauthorized", 403, "auth_failed"},           {"overloaded", 429, "rate_limit_exceeded"},
    {"too_large", 400, "file_too_large"},           {"too_many_pixels", 400, "resolution_too_high"},
    {"not_a_picture", 400, "invalid_file_type"},    {"damaged_picture", 400, "failed_to_read_image"},
    {"bad_url", 400, "invalid_image_url"},          {"forbidden_address", 400, "failed_image_download"},
    {"fetch_failed", 400, "failed_image_download"}, {"url_fetch_off", 400, "failed_image_download"},
};

}  // namespace

ApiError as_removebg_error(const ApiError& error) {
  ApiError theirs = error;
  for (const Translation& one : TRANSLATIONS) {
    if (error.code != one.code) continue;
    theirs.status = one.status;
    theirs.code = one.theirs;
  }
  if (error.code == "invalid_parameter" && !error.parameter.empty()) {
    theirs.status = 400;
    theirs.code = "invalid_" + error.parameter;
  }
  if (error.parameter == "bg_image_url") {
    if (theirs.code == "invalid_image_url") theirs.code = "invalid_bg_image_url";
    if (theirs.code == "failed_image_download") theirs.code = "failed_bg_download";
  }
  // It knows no other of the 400s; what is left is the request's fault in one way or another.
  const bool known = theirs.status == 402 || theirs.status == 403 || theirs.status == 429;
  if (theirs.status >= 400 && theirs.status < 500 && !known) theirs.status = 400;
  return theirs;
}

std::string removebg_error_json(const ApiError& error) {
  const ApiError theirs = as_removebg_error(error);
  nlohmann::ordered_json one = {{"title", theirs.what()}, {"code", theirs.code}};
  if (!theirs.hint.empty()) one["detail"] = theirs.hint;
  nlohmann::ordered_json answer;
  answer["errors"] = nlohmann::ordered_json::array({one});
  // A client's text may stand in a message, and need not be UTF-8.
  return answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace peel::server
