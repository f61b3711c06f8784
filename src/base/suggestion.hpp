#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace peel {

/// The candidate nearest to a mistyped word, or "" where none is near enough to have been meant.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean NEAREST?", or `otherwise`.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         const std::string& otherwise = {});

}  // namespace peel
