#pragma once

#include <httplib.h>

#include <cstdint>

#include "pool/memory_budget.hpp"
#include "server/form.hpp"

namespace peel::server {

/// What a body may be.
struct FormLimits {
  std::uint64_t bytes = 50ull << 20;  ///< of the whole body
  std::size_t field_bytes = 65'536;   ///< of one field that is no file
  std::size_t parts = 64;
};

/// The query alone.
Form read_query(const httplib::Request& request);

/// The query and the body, whatever its kind; a body that is a picture itself is the file `file`. A field with the
/// bytes of a file (image_file_b64) may be as large as one. What is read is counted in `share`. Throws ApiError: 400
/// for a body that is cut short or is not what it says, 413, 415, 503 where all clients together send too much.
Form read_form(const httplib::Request& request, const httplib::ContentReader& reader, const FormLimits& limits,
               MemoryBudget::Share& share);

}  // namespace peel::server
