#pragma once

#include <optional>
#include <vector>

#include "document/edge_lines.hpp"
#include "document/ground.hpp"
#include "document/judge.hpp"
#include "document/mask_region.hpp"
#include "document/paper.hpp"
#include "document/refine.hpp"
#include "document/working_copy.hpp"
#include "peel/document.hpp"

namespace peel::document {

enum class Origin { mask, lines };

/// A quadrilateral in pixels of the working copy, and what speaks for it.
struct Candidate {
  FittedPage page;
  Evidence evidence;
  Ground ground;
  Origin origin = Origin::mask;
};

/// The steps of find_page(), one by one, for what shows or measures them. Keeps a reference to the picture.
class Search {
 public:
  Search(const Image& picture, const Image& mask, int threads);

  void try_mask();   ///< quadrilaterals of the mask's parts
  void try_lines();  ///< quadrilaterals of straight edges

  const WorkingCopy& copy() const noexcept { return copy_; }
  const std::vector<MaskRegion>& regions() const noexcept { return regions_; }  ///< in the working copy's pixels
  const std::vector<EdgeLine>& lines() const noexcept { return lines_; }
  const std::vector<Candidate>& candidates() const noexcept { return candidates_; }

  PageSearch result(double least_confidence, const PageShape& shape = {}) const;

  /// A candidate's page at the picture's full resolution, in its pixels.
  FittedPage fine(const FittedPage& page) const;

 private:
  ProfileSearch coarse() const;
  void judge(const FittedPage& page, Origin origin);
  const PaperMap& paper() const;
  bool is_printed(const Candidate& candidate) const;
  bool is_likely_print(const Candidate& candidate) const;
  bool is_among_words(const Candidate& candidate) const;
  bool is_on_a_card(const Candidate& candidate, const Candidate& card) const;
  std::vector<Candidate> sheets() const;
  std::optional<PageStatus> status_of_whole(const Candidate* candidate, bool some_printed) const;

  const Image& picture_;
  WorkingCopy copy_;
  bool has_mask_;
  double mask_share_ = 0;
  std::vector<MaskRegion> regions_;
  std::vector<EdgeLine> lines_;
  std::vector<Candidate> candidates_;
  mutable std::optional<PaperMap> paper_;  ///< made when it is asked for: most photographs can do without
};

}  // namespace peel::document
