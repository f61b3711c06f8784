#pragma once

#include "peel/image.hpp"

namespace peel::evaluation {

/// How far an alpha is from the true one.
struct Scores {
  double absolute = 0;    ///< sum of absolute differences, in thousands (SAD)
  double square = 0;      ///< mean of squared differences, in thousandths (MSE)
  double gradient = 0;    ///< sum of squared differences of gradient magnitude, in thousands
  double boundary_f = 0;  ///< F-measure of the outlines at one half

  Scores& operator+=(const Scores& other);
  Scores operator/(double count) const;
};

/// The measures of alphamatting.com (Rhemann et al. 2009, "A Perceptually Motivated Online Benchmark for Image
/// Matting") over the whole picture, the gradient by Gaussian derivatives with sigma 1.4; and how much of one outline
/// lies within 0.3 % of the picture's diagonal of the other. Both gray8, of one size.
Scores compare(const Image& alpha, const Image& truth);

}  // namespace peel::evaluation
