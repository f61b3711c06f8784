#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

// Numbers with their words, for people.
namespace peel {

/// "1 picture", "2 pictures".
inline std::string counted(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

/// Of memory and of files, in powers of ten: "852 MB", "15.6 GB".
inline std::string byte_size(std::uint64_t bytes) {
  const double mega = static_cast<double>(bytes) / 1e6;
  return mega < 10'000 ? fmt::format("{:.0f} MB", mega) : fmt::format("{:.1f} GB", mega / 1000);
}

}  // namespace peel
