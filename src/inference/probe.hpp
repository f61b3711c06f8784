#pragma once

#include <string>

#include "inference/provider.hpp"
#include "peel/providers.hpp"

namespace peel {

/// What the program peel-probe finds out about one provider, in this process: requirements, hardware, and a small
/// network run on it and on the CPU. What it prints, as one line of JSON.
std::string probe_here(const Provider& provider);

/// Tries a provider in a process of its own before it is used in this one. A success is remembered in the user's cache
/// for as long as runtime, provider and driver stay the same. `software` false: WebGPU on a processor that plays a GPU
/// is refused. Throws Error(device) with the reason.
void check_apart(const Provider& provider, bool software);

}  // namespace peel
