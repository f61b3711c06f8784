#include "base/suggestion.hpp"

#include <algorithm>

#include "base/edit_distance.hpp"

namespace peel {
std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  // More than a third of the letters wrong is another word, not a slip.
  std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         const std::string& otherwise) {
  const std::string found = nearest(word, candidates);
  return found.empty() ? otherwise : "did you mean " + found + "?";
}

}  // namespace peel
