#pragma once

#include "peel/image.hpp"

namespace peel::scenes {

/// A ball with hair before a background, drawn: of nothing photographed are foreground and alpha known.
struct HairScene {
  Image picture;     ///< rgb8
  Image foreground;  ///< rgb8: its colours everywhere, also where it is not
  Image alpha;       ///< gray8, the true one
  Image mask;        ///< gray8: the same as a network of 320 x 320 pixels would see it
};

/// `hairs`: how many. Everything scales with the picture but the grain of its colours, which is a pixel.
HairScene hair_scene(int width, int height, int hairs = 400, unsigned seed = 1);

}  // namespace peel::scenes
