#pragma once

#include <string>

#include "server/api_error.hpp"

namespace peel::server {

/// {"detail": TEXT, "code": WORD, "hint": TEXT, "request_id": ID}; for a parameter "detail" is FastAPI's, and so
/// rembg's:
/// [{"loc": ["body" or "query", NAME], "msg": TEXT, "type": "value_error"}].
std::string error_json(const ApiError& error, const std::string& request_id);

}  // namespace peel::server
