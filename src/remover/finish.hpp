#pragma once

#include "peel/remover.hpp"

namespace peel {

/// What is wrong with a call whatever the network sees. `several_classes`: its masks are of several classes, each of
/// which gets a cut-out of its own. Throws Error(usage).
void check_finish(const Finish& options, bool several_classes);
void check_picture(const Image& picture);

/// Whether the masks of such a model are of several classes.
bool sees_several_classes(const SessionInfo& session, const Look& look);

}  // namespace peel
