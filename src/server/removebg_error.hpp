#pragma once

#include <string>

#include "server/api_error.hpp"

namespace peel::server {

/// The same error as clients of remove.bg know it. Statuses are 400, 402, 403, 429 or of the 500s; codes are that API's
/// where it has one ("auth_failed", "rate_limit_exceeded", "file_too_large", "resolution_too_high",
/// "invalid_file_type", "failed_to_read_image", "failed_image_download", "invalid_image_url"; "invalid_NAME" for a
/// parameter), else peel's own. `parameter` "bg_image_url" makes a failed download one of the background.
ApiError as_removebg_error(const ApiError& error);

/// {"errors":[{"title":MESSAGE,"code":CODE,"detail":HINT}]}, without `detail` where there is no hint. To be sent with
/// the status of as_removebg_error(), through which it goes.
std::string removebg_error_json(const ApiError& error);

}  // namespace peel::server
