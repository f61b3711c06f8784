#pragma once

#include <span>

#include "mask/mask.hpp"
#include "peel/remover.hpp"

namespace peel {

/// What is wrong with a call whatever the network says. Throws Error(usage).
void check(std::span<const Image> pictures, const RemoveOptions& options);

/// All that comes after the network: `small` is its mask. Fills in all of `result` but what went before.
void complete(const Image& picture, const SmallMask& small, const RemoveOptions& options, int threads, Result& result);

/// is_subject() of a mask (gray8).
bool holds_subject(const Image& mask);

}  // namespace peel
