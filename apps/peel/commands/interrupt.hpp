#pragma once

#include <stop_token>

namespace peel::cli {

/// From here on SIGINT and SIGTERM end the program at once, as ever, except while a DeferInterrupt lives: then after
/// it.
void handle_interrupts();

/// While one lives a file is being written under a temporary name, which a program that ends at once would leave
/// behind. A second signal ends it nevertheless. May be used on several threads.
class DeferInterrupt {
 public:
  DeferInterrupt();
  DeferInterrupt(const DeferInterrupt&) = delete;
  DeferInterrupt& operator=(const DeferInterrupt&) = delete;
  ~DeferInterrupt();
};

/// Whether a signal waits: for a step that can be ended early and leave something whole.
bool interrupted();

/// The same for the library, whose work it ends: requested when a signal comes that is deferred.
std::stop_token interruption();

/// Ends the program if a signal waits. For the parts of a deferred step that may be cut off after all.
void end_if_interrupted();

}  // namespace peel::cli
