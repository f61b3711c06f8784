#pragma once

#include <span>
#include <vector>

#include "mask/mask.hpp"
#include "peel/prompt.hpp"

// What goes into Segment Anything and what is made of what comes out. Nothing here runs a network.
namespace peel {

/// Where a picture lies in the encoder's input: at its top left, in its own proportions, as large as fits.
struct PromptedLayout {
  int picture_width = 0;
  int picture_height = 0;
  int input_width = 0;
  int input_height = 0;
  double scale = 1;    ///< pixels of the input for one of the picture
  int used_width = 0;  ///< pixels of the input that show the picture
  int used_height = 0;
};
PromptedLayout prompted_layout(int picture_width, int picture_height, int input_width, int input_height);

/// The encoder's input: height x width x 3, 0 to 255; the network takes mean and deviation off by itself. The picture's
/// antialiased copy in sRGB on the colour that is the network's zero, as these networks were trained. `compat`:
/// rembg's, single samples between four pixels, on black, colours as in the file.
Tensor prompted_input(const Image& picture, const PromptedLayout& layout, bool compat, int threads);

/// The prompts for a picture of that size: a default where there are none, boxes cut to the picture, their corners in
/// order. Throws Error(usage); see RemoveOptions::prompts.
std::vector<Prompt> prompts_for(std::span<const Prompt> prompts, int width, int height);

/// Prompts in groups that the decoder takes one at a time: it was trained with no more than one box. Each box with the
/// points in it, the smallest box that holds a point being its own; points on the subject in no box are a group of
/// their own; points on the background in no box go with every group.
std::vector<std::vector<Prompt>> prompt_groups(const std::vector<Prompt>& prompts);

/// What the decoder takes of a group, 1 x N x 2 and 1 x N. A group without a box is padded with a point that is none
/// (label -1), as in training; `compat` pads always, as rembg does.
struct PromptTensors {
  Tensor coordinates;
  Tensor labels;
};
PromptTensors prompt_tensors(std::span<const Prompt> group, const PromptedLayout& layout, bool compat);

/// A decoder's output: 1 x N x input height x input width logits, and how good it thinks each of the N is (may be
/// empty).
struct DecodedMasks {
  Tensor logits;
  std::vector<float> quality;
};

/// The mask out of what the decoder gave for each group. Of several masks of a group the one of the best quality, or
/// all where nothing is known of that; of several groups what any of them has. The part of the input that shows the
/// picture, logits through a sigmoid: an outline as soft as the network is unsure, brought up to the picture's size as
/// every other mask. `compat`: logits brought to the picture's size between four samples, 255 where any mask of any
/// group is above 0. Throws Error(model) for another shape.
Mask prompted_mask(std::span<const DecodedMasks> groups, const PromptedLayout& layout, bool compat, int threads);

}  // namespace peel
