#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace peel::load {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// What is sent, made before the clock starts: the client shares the machine with the server, so it should cost little.
struct Requests {
  std::string content_type;
  std::vector<std::string> bodies;  ///< of a picture each
};

/// A multipart body for every file in the folder but hidden ones, in the order of their names. Throws Error(input).
Requests read_requests(const std::filesystem::path& folder, const Fields& fields);

/// The address with /api/remove where it has no path. Throws Error(usage).
std::string address_of(const std::string& url);

}  // namespace peel::load
