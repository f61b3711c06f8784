#pragma once

#include <span>

#include "peel/remover.hpp"

namespace peel {

/// What is wrong with a call whatever the network sees. `several_classes`: its masks are of several classes, each of
/// which gets a cut-out of its own. Throws Error(usage).
void check_finish(const Finish& options, bool several_classes);
void check_picture(const Image& picture);
/// Whether the result goes into the caller's memory, if it shall, as far as that is known before it is there. Throws
/// Error(usage).
void check_into(const Finish& options, std::span<const Image> pictures);

/// Whether the masks of such a model are of several classes.
bool sees_several_classes(const SessionInfo& session, const Look& look);

}  // namespace peel
