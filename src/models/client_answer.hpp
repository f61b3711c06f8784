#pragma once

#include <string>
#include <vector>

namespace peel {

/// What the client of a package registry prints to standard output. Started without a shell, in a process group of its
/// own so that a time-out ends what it has started too. Throws Error(model) where it is not installed (naming
/// `variable`, which would have told the same), does not start, or does not answer for half a minute.
std::string ask_client(const std::vector<std::string>& command, const std::string& client, const std::string& variable);

}  // namespace peel
