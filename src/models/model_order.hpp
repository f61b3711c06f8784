#pragma once

#include <span>

#include "peel/models.hpp"

namespace peel {

/// What "auto" stands for: the first of these that is present.
inline constexpr const char* AUTO_ORDER[] = {"silueta", "isnet-general-use", "u2netp"};
/// And for paper: isnet-general-use comes last, as it misses white pages on white tables.
inline constexpr const char* AUTO_ORDER_FOR_PAPER[] = {"silueta", "u2netp", "isnet-general-use"};

/// The first that is present; where none is, the first of all, to be fetched.
const ModelInfo& first_present(const ModelStore& store, std::span<const char* const> names);

}  // namespace peel
