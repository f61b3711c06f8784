#pragma once

#include <string>

#include "commands/console.hpp"
#include "peel/image.hpp"

namespace peel::cli {

/// The mask of --mask, or the trimap of --trimap, read once for all pictures.
class GivenMask {
 public:
  /// Throws Error(input).
  GivenMask(const std::string& file, const DecodeOptions& decode);

  const Image& image() const { return mask_; }

  /// Says where the mask has other proportions than a picture it is stretched over.
  void check_proportions(const std::string& input, const Image& picture, Console& console) const;

 private:
  std::string file_;
  Image mask_;
};

}  // namespace peel::cli
