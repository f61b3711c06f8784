#pragma once

#include <filesystem>

#include "peel/document.hpp"

namespace peel::evaluation {

/// Pictures with what was found drawn on them, each beside its flat page, for a person to look at.
class ContactSheet {
 public:
  void add(const Image& picture, const Image& mask);
  /// A JPEG; several where it would be too tall, numbered from the second on.
  void write(const std::filesystem::path& file) const;

 private:
  struct Cell {
    Image chosen;
    Image page;
  };
  std::vector<Cell> cells_;
};

}  // namespace peel::evaluation
