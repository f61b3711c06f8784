#pragma once

#include <string>
#include <vector>

#include "peel/remover.hpp"

namespace peel {

/// A mask that is ready to be used, and the colours that go with it.
struct Edges {
  Image mask;     ///< gray8, as large as the picture
  Image picture;  ///< with the foreground's colours, where they were asked for
  bool matted = false;
  std::vector<std::string> notes;  ///< what could not be done as it was asked for
};

/// Alpha matting and foreground colours, as far as `options` asks for them. `mask`: gray8, as large as the picture.
Edges edges(const Image& picture, const Image& mask, const RemoveOptions& options, int threads);

}  // namespace peel
