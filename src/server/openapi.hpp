#pragma once

namespace peel::server {

/// The description of the API, as OpenAPI 3.1 has it: src/server/openapi.json.
const char* openapi_json();

}  // namespace peel::server
