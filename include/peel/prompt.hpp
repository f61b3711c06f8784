#pragma once

namespace peel {

/// Something shown to Segment Anything (the model `sam`), in pixels of the upright picture, from its top left.
struct Prompt {
  enum class Kind {
    subject,     ///< a point on what is to stay
    background,  ///< a point on what is to go
    box,         ///< a rectangle around what is to stay
  } kind = Kind::subject;
  double x = 0, y = 0;           ///< the point, or a corner of the box
  double right = 0, bottom = 0;  ///< the corner across; in any order

  bool operator==(const Prompt&) const = default;
};

/// Clothes, for a network that tells them apart.
enum class Category {
  all,
  upper,  ///< of the upper body: shirt, jacket
  lower,  ///< of the lower body: trousers, skirt
  full,   ///< in one piece: dress, coat
};

}  // namespace peel
