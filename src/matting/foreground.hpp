#pragma once

#include "peel/image.hpp"

namespace peel {

/// The picture with the colours of its foreground: where `alpha` (gray8, as large as the picture) is neither 0 nor 255,
/// what the background contributes is taken out. Format, profile and all else are the picture's.
///
/// Multi-level estimation of foreground and background colours: Germer, Uelwer, Conrad, Harmeling 2020, "Fast
/// Multi-Level Foreground Estimation" (arXiv 2006.14970), with the constants of pymatting. Only near partly transparent
/// pixels, whose number time and memory (about 50 bytes each) go with: elsewhere the answer is known.
Image foreground_colors(const Image& picture, const Image& alpha, int threads);

}  // namespace peel
