#include "mask/mask_pieces.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "image/image_data.hpp"

// Pieces are labelled by runs, not by pixels: a usual mask has a few runs in a row, where a label for each pixel of a
// picture of 100 megapixels would be 400 MB.
namespace peel {
namespace {

constexpr std::uint64_t EIGHT_TIMES_255 = ~std::uint64_t{0};

const std::uint8_t* mask_row(const Image& mask, int y) {
  return reinterpret_cast<const std::uint8_t*>(mask.data()) + y * mask.stride();
}

/// Pixels of a row, [begin, end), that belong to one piece.
struct Run {
  int begin;
  int end;
  std::uint32_t piece;
};

struct Piece {
  std::uint64_t coverage = 0;  ///< of all its pixels together, 255 for each that is fully covered
  bool at_edge = false;        ///< touches the picture's edge
};

/// Where the pixels from `x` on stop being `inside` (or outside). Nearly all of a mask is 0 or 255 and is passed by
/// eight pixels at a time; `inside` takes one of the two in and leaves the other out.
template <typename Inside>
int end_of_same(const std::uint8_t* line, int x, int width, bool in, Inside inside) {
  const std::uint64_t same = inside(0) == in ? 0 : EIGHT_TIMES_255;
  while (x < width) {
    if (x + 8 <= width) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, line + x, 8);
      if (eight == same) {
        x += 8;
        continue;
      }
    }
    if (inside(line[x]) != in) break;
    ++x;
  }
  return x;
}

/// What hangs together, by sides and, where `corners`, by corners.
class Pieces {
 public:
  /// `coverage` tells how much of a pixel of that value belongs to a piece, 0 to 255.
  template <typename Inside, typename Coverage>
  Pieces(const Image& mask, bool corners, Inside inside, Coverage coverage) : corners_(corners) {
    rows_.reserve(static_cast<std::size_t>(mask.height()) + 1);
    for (int y = 0; y < mask.height(); ++y) {
      const std::size_t above = rows_.empty() ? 0 : rows_.back();
      rows_.push_back(runs_.size());
      const std::uint8_t* const line = mask_row(mask, y);
      for (int x = end_of_same(line, 0, mask.width(), false, inside); x < mask.width();) {
        const int end = end_of_same(line, x, mask.width(), true, inside);
        add({x, end, 0}, above);
        Piece& piece = pieces_[runs_.back().piece];
        piece.coverage += std::accumulate(
            line + x, line + end, std::uint64_t{0},
            [&](std::uint64_t sum, std::uint8_t value) { return sum + static_cast<std::uint64_t>(coverage(value)); });
        piece.at_edge |= x == 0 || end == mask.width() || y == 0 || y == mask.height() - 1;
        x = end_of_same(line, end, mask.width(), false, inside);
      }
    }
    rows_.push_back(runs_.size());
    gather();
  }

  /// Those that are no longer anyone's part are empty.
  const std::vector<Piece>& all() const { return pieces_; }

  template <typename Body>
  void for_each_run(Body body) const {
    for (std::size_t y = 0; y + 1 < rows_.size(); ++y) {
      for (std::size_t i = rows_[y]; i < rows_[y + 1]; ++i) body(static_cast<int>(y), runs_[i]);
    }
  }

 private:
  /// Joined with the runs of the row above that it touches; those begin at `above` and come from left to right.
  void add(Run run, std::size_t above) {
    const int reach = corners_ ? 1 : 0;
    const std::size_t end_above = rows_.back();
    // Runs that end before this one begins end before all that follow.
    if (runs_.size() == end_above) next_above_ = above;
    while (next_above_ < end_above && runs_[next_above_].end + reach <= run.begin) ++next_above_;
    bool joined = false;
    for (std::size_t i = next_above_; i < end_above && runs_[i].begin < run.end + reach; ++i) {
      const std::uint32_t other = root(runs_[i].piece);
      if (!joined) {
        run.piece = other;
      } else if (const std::uint32_t mine = root(run.piece); mine != other) {
        // The older stays: pieces are numbered as they come from the top.
        parents_[std::max(mine, other)] = std::min(mine, other);
      }
      joined = true;
    }
    if (!joined) {
      run.piece = static_cast<std::uint32_t>(pieces_.size());
      pieces_.emplace_back();
      parents_.push_back(run.piece);
    }
    runs_.push_back(run);
  }

  std::uint32_t root(std::uint32_t piece) {
    while (parents_[piece] != piece) {
      parents_[piece] = parents_[parents_[piece]];
      piece = parents_[piece];
    }
    return piece;
  }

  /// What was joined becomes one.
  void gather() {
    for (Run& run : runs_) run.piece = root(run.piece);
    for (std::uint32_t i = 0; i < pieces_.size(); ++i) {
      if (const std::uint32_t whole = root(i); whole != i) {
        pieces_[whole].coverage += pieces_[i].coverage;
        pieces_[whole].at_edge |= pieces_[i].at_edge;
        pieces_[i] = {};
      }
    }
  }

  bool corners_;
  std::vector<Run> runs_;
  std::vector<std::size_t> rows_;  ///< the first run of each row, and one more
  std::size_t next_above_ = 0;
  std::vector<Piece> pieces_;
  std::vector<std::uint32_t> parents_;
};

struct Place {
  int x;
  int y;
};

/// Ways from pixel to pixel, corners too, over a mask and what is made of it.
class Walk {
 public:
  Walk(const Image& mask, Image::Data& out)
      : width_(mask.width()), height_(mask.height()), in_(mask_row(mask, 0)), out_(out.row<std::uint8_t>(0)) {}

 protected:
  /// step(value, what is made of it, place) for each neighbour.
  template <typename Step>
  void for_neighbours(Place of, Step step) {
    const int first = std::max(0, of.x - 1);
    const int last = std::min(width_ - 1, of.x + 1);
    for (int y = std::max(0, of.y - 1); y <= std::min(height_ - 1, of.y + 1); ++y) {
      for (int x = first; x <= last; ++x) step(in_[index({x, y})], out_[index({x, y})], Place{x, y});
    }
  }

  /// visit(place) for the pixels of a run but those in the midst of others that are all 0 or all 255 like them.
  template <typename Visit>
  void for_edges(int y, const Run& run, Visit visit) const {
    for (int x = run.begin; x < run.end; ++x) {
      if (x > 0 && x + 7 <= width_ && uniform({x - 1, y})) {
        x += 5;
      } else {
        visit(Place{x, y});
      }
    }
  }

  std::uint8_t value(Place place) const { return in_[index(place)]; }
  std::uint8_t made(Place place) const { return out_[index(place)]; }

 private:
  std::ptrdiff_t index(Place place) const { return static_cast<std::ptrdiff_t>(place.y) * width_ + place.x; }

  /// Eight pixels from this one on and those above and below.
  bool uniform(Place place) const {
    const auto eight = [&](int y) {
      std::uint64_t values = 0;
      std::memcpy(&values, in_ + index({place.x, y}), 8);
      return values;
    };
    const std::uint64_t first = eight(place.y);
    return (first == 0 || first == EIGHT_TIMES_255) && eight(std::max(0, place.y - 1)) == first &&
           eight(std::min(height_ - 1, place.y + 1)) == first;
  }

  int width_;
  int height_;
  const std::uint8_t* in_;  ///< packed, as all of Image's pixels are
  std::uint8_t* out_;
};

/// Shares out what is fainter than a piece: every value goes with the piece that the highest way leads to, a way being
/// as high as its lowest value. So two pieces part where the values between them are least. It is a watershed, flooded
/// from the brightest down.
class FaintShares : Walk {
 public:
  using Walk::Walk;

  /// The faint values around a run of a piece. Those of pieces that stay first: of two ways alike theirs is taken.
  void add(int y, const Run& run, bool stays) {
    for_edges(y, run, [&](Place place) { take_neighbours(place, stays, PIECE_LEVEL - 1); });
  }

  void run() {
    std::vector<Place> now;
    for (int level = PIECE_LEVEL - 1; level > 0; --level) {
      std::vector<Place>& next = reached_[static_cast<std::size_t>(level)];
      while (!next.empty()) {
        now.swap(next);
        next.clear();
        for (const Place& place : now) {
          take_neighbours(place, made(place) != GONE, level);
        }
      }
      std::vector<Place>().swap(next);
    }
  }

  /// Where a faint value was that goes with a piece. No faint value is like it.
  static constexpr std::uint8_t GONE = 255;

 private:
  void take_neighbours(Place place, bool stays, int level) {
    for_neighbours(place, [&](std::uint8_t there, std::uint8_t& result, Place place_there) {
      if (there == 0 || there >= PIECE_LEVEL || result != 0) return;
      result = stays ? there : GONE;
      reached_[static_cast<std::size_t>(std::min<int>(there, level))].push_back(place_there);
    });
  }

  std::array<std::vector<Place>, PIECE_LEVEL> reached_;  ///< by the height of the way there
};

/// Fills what leads up from a hole without falling: its soft rim.
class Rim : Walk {
 public:
  using Walk::Walk;

  void add(int y, const Run& hole) {
    for_edges(y, hole, [&](Place place) { fill_neighbours(place); });
  }

  void run() {
    std::vector<Place> now;
    while (!next_.empty()) {
      now.swap(next_);
      next_.clear();
      for (const Place& place : now) fill_neighbours(place);
    }
  }

 private:
  void fill_neighbours(Place place) {
    const std::uint8_t here = value(place);
    for_neighbours(place, [&](std::uint8_t there, std::uint8_t& result, Place place_there) {
      if (there < HOLE_LEVEL || there < here || result == 255) return;
      result = 255;
      next_.push_back(place_there);
    });
  }

  std::vector<Place> next_;
};

/// In parts of 255, as Piece::coverage.
double coverage_of(const MaskArea& area, const Image& mask) {
  const double pixels = static_cast<double>(mask.width()) * mask.height();
  return 255 * (area.percent ? area.amount / 100 * pixels : area.amount);
}

}  // namespace

Image without_islands(const Image& mask, const MaskArea& least, bool largest) {
  const Pieces pieces(
      mask, true, [](std::uint8_t value) { return value >= PIECE_LEVEL; }, [](std::uint8_t value) { return value; });
  const double limit = coverage_of(least, mask);
  std::vector<bool> stays(pieces.all().size());
  for (std::size_t i = 0; i < stays.size(); ++i) stays[i] = static_cast<double>(pieces.all()[i].coverage) >= limit;
  if (largest && !stays.empty()) {
    const auto first = pieces.all().begin();
    const auto most = std::ranges::max_element(pieces.all(), {}, &Piece::coverage) - first;
    for (std::size_t i = 0; i < stays.size(); ++i) stays[i] = stays[i] && static_cast<std::ptrdiff_t>(i) == most;
  }

  auto out = std::make_shared<Image::Data>(mask.width(), mask.height(), PixelFormat::gray8);
  std::memset(out->pixels.data(), 0, out->pixels.size());
  pieces.for_each_run([&](int y, const Run& run) {
    if (!stays[run.piece]) return;
    std::memcpy(out->row<std::uint8_t>(y) + run.begin, mask_row(mask, y) + run.begin,
                static_cast<std::size_t>(run.end - run.begin));
  });
  FaintShares faint(mask, *out);
  for (const bool staying : {true, false}) {
    pieces.for_each_run([&](int y, const Run& run) {
      if (stays[run.piece] == staying) faint.add(y, run, staying);
    });
  }
  faint.run();
  for (int y = 0; y < mask.height(); ++y) {
    const std::uint8_t* const line = mask_row(mask, y);
    std::uint8_t* const to = out->row<std::uint8_t>(y);
    const int width = mask.width();
    for (int x = 0; x < width; ++x) to[x] = line[x] < PIECE_LEVEL && to[x] == FaintShares::GONE ? 0 : to[x];
  }
  return Image(std::move(out));
}

Image without_holes(const Image& mask, const MaskArea& below) {
  const Pieces pieces(
      mask, false, [](std::uint8_t value) { return value < HOLE_LEVEL; },
      [](std::uint8_t value) { return 255 - value; });
  const double limit = coverage_of(below, mask);
  const auto filled = [&](const Run& run) {
    const Piece& piece = pieces.all()[run.piece];
    return !piece.at_edge && static_cast<double>(piece.coverage) < limit;
  };
  auto out = std::make_shared<Image::Data>(mask.width(), mask.height(), PixelFormat::gray8);
  std::memcpy(out->pixels.data(), mask.data(), out->pixels.size());
  Rim rim(mask, *out);
  pieces.for_each_run([&](int y, const Run& run) {
    if (!filled(run)) return;
    std::memset(out->row<std::uint8_t>(y) + run.begin, 255, static_cast<std::size_t>(run.end - run.begin));
    rim.add(y, run);
  });
  rim.run();
  return Image(std::move(out));
}

}  // namespace peel
