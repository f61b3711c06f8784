#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "peel/document.hpp"

namespace peel::evaluation {

struct Answer {
  std::optional<Corners> corners;  ///< the best guess, sure or not
  PageStatus status = PageStatus::not_found;
  double confidence = 0;
};

/// One way from a picture and its mask to corners, on one thread.
struct Method {
  std::string name;
  std::string what;
  bool needs_mask = true;
  std::function<Answer(const Image& picture, const Image& mask)> find;
};

/// "extreme": the mask's points farthest out along the diagonals. "polygon": hull of its largest contour, and
/// Douglas and Peucker's algorithm until four corners are left. "sides": the mask's quadrilateral, its sides followed
/// at full resolution. "full": find_page() with mask. "edges": find_page() without. "network=FILE.onnx": a network that
/// gives eight coordinates, 0 to 1, for a picture of 224 x 224 normalised as ImageNet's. Throws Error(usage, model).
Method method_of(const std::string& word);

}  // namespace peel::evaluation
