#pragma once

namespace peel {

/// Milliseconds by stage; 0 for what a call did not do.
struct Timings {
  double decode = 0, preprocess = 0, inference = 0, postprocess = 0, encode = 0, total = 0;
};

}  // namespace peel
