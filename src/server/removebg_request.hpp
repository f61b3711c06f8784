#pragma once

#include "options/removebg.hpp"
#include "server/form.hpp"

namespace peel::server {

using options::Length;
using options::RemovebgRequest;

/// Reads a form; empty fields count as not given, parameters with other names are not looked at. Files are moved out of
/// the form, not copied. Throws ApiError of status 400: code "missing_source", "multiple_sources",
/// "multiple_bg_sources", or "invalid_NAME" for a value of that parameter. format=zip is refused so too.
RemovebgRequest parse_removebg(Form& form);

}  // namespace peel::server
