#pragma once

namespace peel::evaluation {

/// Prints how much of the old background is seen around cut-outs of a drawn picture with hair, laid on other grounds: a
/// line for each way to a cut-out.
void print_fringes();

}  // namespace peel::evaluation
