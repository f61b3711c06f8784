#include "matting/mask_pieces.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "image/image_data.hpp"

// Pieces are labelled by runs, not by pixels: a picture of 100 megapixels has some ten thousand runs, where a label for
// each pixel would be 400 MB.
namespace peel {
namespace {

constexpr std::uint64_t EIGHT_TIMES_255 = ~std::uint64_t{0};

const std::uint8_t* row(const Image& mask, int y) {
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
      const std::uint8_t* const line = row(mask, y);
      for (int x = end_of_same(line, 0, mask.width(), false, inside); x < mask.width();) {
        const int end = end_of_same(line, x, mask.width(), true, inside);
        add({x, end, 0}, above);
        Piece& piece = pieces_[runs_.back().piece];
        piece.coverage += std::accumulate(line + x, line + end, std::uint64_t{0},
                                          [&](std::uint64_t sum, std::uint8_t value) { return sum + coverage(value); });
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

/// Goes on from chosen pixels to neighbours that `passes` lets it: passes(value here, value there). What it reaches
/// gets its `settled(value)` in `out`, which differs from what stood there before.
template <typename Passes, typename Settled>
class Spread {
 public:
  Spread(const Image& mask, Image::Data& out, Passes passes, Settled settled)
      : width_(mask.width()),
        height_(mask.height()),
        in_(row(mask, 0)),
        out_(out.row<std::uint8_t>(0)),
        passes_(passes),
        settled_(settled) {}

  /// The pixels of a run are places to start from.
  void add(int y, int begin, int end) {
    for (int x = begin; x < end; ++x) {
      if (x > 0 && x + 7 <= width_ && uniform(x - 1, y)) {
        x += 5;
      } else {
        visit(x, y);
      }
    }
  }

  void run() {
    std::vector<Place> now;
    while (!next_.empty()) {
      now.swap(next_);
      next_.clear();
      for (const Place& place : now) visit(place.x, place.y);
    }
  }

 private:
  struct Place {
    int x;
    int y;
  };

  std::ptrdiff_t place(int x, int y) const { return static_cast<std::ptrdiff_t>(y) * width_ + x; }

  /// Eight pixels from `x` on and those above and below are all 0 or all 255: nothing leads from one to another.
  bool uniform(int x, int y) const {
    const auto eight = [&](int v) {
      std::uint64_t values = 0;
      std::memcpy(&values, in_ + place(x, v), 8);
      return values;
    };
    const std::uint64_t first = eight(y);
    return (first == 0 || first == EIGHT_TIMES_255) && eight(std::max(0, y - 1)) == first &&
           eight(std::min(height_ - 1, y + 1)) == first;
  }

  void visit(int x, int y) {
    const std::uint8_t here = in_[place(x, y)];
    const int first = std::max(0, x - 1);
    const int last = std::min(width_ - 1, x + 1);
    for (int v = std::max(0, y - 1); v <= std::min(height_ - 1, y + 1); ++v) {
      for (int u = first; u <= last; ++u) {
        const std::uint8_t there = in_[place(u, v)];
        if (!passes_(here, there)) continue;
        std::uint8_t& to = out_[place(u, v)];
        if (to == settled_(there)) continue;
        to = settled_(there);
        next_.push_back({u, v});
      }
    }
  }

  int width_;
  int height_;
  const std::uint8_t* in_;  ///< packed, as all of Image's pixels are
  std::uint8_t* out_;
  Passes passes_;
  Settled settled_;
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
    std::memcpy(out->row<std::uint8_t>(y) + run.begin, row(mask, y) + run.begin,
                static_cast<std::size_t>(run.end - run.begin));
  });
  Spread fading(
      mask, *out,
      [](std::uint8_t here, std::uint8_t there) { return there > 0 && there < PIECE_LEVEL && there <= here; },
      [](std::uint8_t value) { return value; });
  pieces.for_each_run([&](int y, const Run& run) {
    if (stays[run.piece]) fading.add(y, run.begin, run.end);
  });
  fading.run();
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
  Spread rim(
      mask, *out,
      [](std::uint8_t here, std::uint8_t there) { return there >= HOLE_LEVEL && there < 255 && there >= here; },
      [](std::uint8_t) { return std::uint8_t{255}; });
  pieces.for_each_run([&](int y, const Run& run) {
    if (!filled(run)) return;
    std::memset(out->row<std::uint8_t>(y) + run.begin, 255, static_cast<std::size_t>(run.end - run.begin));
    rim.add(y, run.begin, run.end);
  });
  rim.run();
  return Image(std::move(out));
}

}  // namespace peel
