#pragma once

#include <string>

namespace peel::server {

/// The description of the API, as OpenAPI 3.1 has it: what can be given, from the catalogue of options.
std::string openapi_json();

}  // namespace peel::server
