#include "document/edge_lines.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace peel::document {
namespace {

constexpr int HALF = 2;             // the working copy is halved once more: lines are long, and noise is what it loses
constexpr int DIRECTIONS = 240;     // of the full turn, 1.5 degrees each: an edge and its negative are two lines
constexpr int SPREAD = 2;           // directions to either side an edge point votes for
constexpr float FAINTEST = 2.0f;    // change of level from one pixel to the next but one
constexpr float FULL_VOTE = 10.0f;  // where more counts no more
constexpr double NEAR_LINE = 1.3;   // pixels
constexpr double SAME_WAY = 0.985;  // cosine of 10 degrees: of an edge point's gradient with its line's normal
constexpr int SHORTEST_RUN = 5;     // points in a row; print makes shorter ones
constexpr int LONGEST_GAP = 3;

struct EdgePixel {
  float x, y;    ///< centre
  float nx, ny;  ///< unit gradient, to the brighter side
  float weight;
  int direction;
  bool used = false;
};

/// One channel of the halved picture.
struct HalvedChannel {
  int width = 0;
  int height = 0;
  std::vector<std::int16_t> values;
  const std::int16_t* row(int y) const { return values.data() + static_cast<std::ptrdiff_t>(y) * width; }
};

std::array<HalvedChannel, 3> halved(const WorkingCopy& picture) {
  std::array<HalvedChannel, 3> planes;
  const int width = picture.width / HALF;
  const int height = picture.height / HALF;
  for (std::size_t c = 0; c < 3; ++c) {
    planes[c].width = width;
    planes[c].height = height;
    planes[c].values.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (int y = 0; y < height; ++y) {
      const std::uint8_t* upper = picture.at(0, HALF * y) + c;
      const std::uint8_t* lower = picture.at(0, HALF * y + 1) + c;
      std::int16_t* to = planes[c].values.data() + static_cast<std::ptrdiff_t>(y) * width;
      for (int x = 0; x < width; ++x) {
        to[x] = static_cast<std::int16_t>(upper[6 * x] + upper[6 * x + 3] + lower[6 * x] + lower[6 * x + 3]);
      }
    }
  }
  return planes;
}

struct Gradients {
  int width = 0;
  int height = 0;
  std::vector<float> dx, dy, size;
};

// The channel that changes most: paper and table may differ in hue alone. Values are four times the level.
Gradients gradients_of(const std::array<HalvedChannel, 3>& planes) {
  Gradients g{planes[0].width, planes[0].height, {}, {}, {}};
  const std::size_t count = planes[0].values.size();
  g.dx.assign(count, 0);
  g.dy.assign(count, 0);
  g.size.assign(count, 0);
  constexpr float SCALE = 1.0f / 16;  // of Sobel's weights (1, 2, 1), and the sum of four pixels
  for (const HalvedChannel& plane : planes) {
    for (int y = 1; y + 1 < g.height; ++y) {
      const std::int16_t* a = plane.row(y - 1);
      const std::int16_t* b = plane.row(y);
      const std::int16_t* c = plane.row(y + 1);
      const std::size_t base = static_cast<std::size_t>(y) * static_cast<std::size_t>(g.width);
      for (int x = 1; x + 1 < g.width; ++x) {
        const auto dx =
            static_cast<float>(a[x + 1] + 2 * b[x + 1] + c[x + 1] - a[x - 1] - 2 * b[x - 1] - c[x - 1]) * SCALE;
        const auto dy = static_cast<float>(c[x - 1] + 2 * c[x] + c[x + 1] - a[x - 1] - 2 * a[x] - a[x + 1]) * SCALE;
        const float square = dx * dx + dy * dy;
        const std::size_t i = base + static_cast<std::size_t>(x);
        if (square > g.size[i]) {
          g.size[i] = square;
          g.dx[i] = dx;
          g.dy[i] = dy;
        }
      }
    }
  }
  return g;
}

int direction_of(float nx, float ny) {
  const float turn = std::atan2(ny, nx) * static_cast<float>(0.5 * std::numbers::inv_pi);
  return static_cast<int>((turn + 1) * DIRECTIONS + 0.5f) % DIRECTIONS;
}

/// Pixels whose gradient is the largest of the three across the edge (Canny's thinning).
std::vector<EdgePixel> edge_pixels(const Gradients& g) {
  std::vector<EdgePixel> pixels;
  pixels.reserve(g.size.size() / 16);
  for (int y = 2; y + 2 < g.height; ++y) {
    for (int x = 2; x + 2 < g.width; ++x) {
      const std::ptrdiff_t i = static_cast<std::ptrdiff_t>(y) * g.width + x;
      const auto at = static_cast<std::size_t>(i);
      const float square = g.size[at];
      if (square < FAINTEST * FAINTEST) continue;
      const float dx = g.dx[at];
      const float dy = g.dy[at];
      const int step_x = std::abs(dx) > 0.4142f * std::abs(dy) ? (dx > 0 ? 1 : -1) : 0;
      const int step_y = std::abs(dy) > 0.4142f * std::abs(dx) ? (dy > 0 ? 1 : -1) : 0;
      const std::ptrdiff_t across = static_cast<std::ptrdiff_t>(step_y) * g.width + step_x;
      if (square < g.size[static_cast<std::size_t>(i - across)] ||
          square <= g.size[static_cast<std::size_t>(i + across)]) {
        continue;
      }
      const float size = std::sqrt(square);
      pixels.push_back({static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f, dx / size, dy / size,
                        std::min(1.0f, size / FULL_VOTE), direction_of(dx, dy)});
    }
  }
  return pixels;
}

/// Votes by direction of the normal and distance along it.
class Accumulator {
 public:
  Accumulator(int width, int height)
      : reach_(static_cast<int>(std::ceil(std::hypot(width, height))) + 2),
        stride_(static_cast<std::size_t>(2 * reach_ + 1)),
        votes_(stride_ * DIRECTIONS, 0) {
    for (std::size_t k = 0; k < DIRECTIONS; ++k) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(k) / DIRECTIONS;
      normals_[k] = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
    }
  }

  void vote(const EdgePixel& p, float sign) {
    for (int k = p.direction - SPREAD; k <= p.direction + SPREAD; ++k) {
      const auto direction = static_cast<std::size_t>((k + DIRECTIONS) % DIRECTIONS);
      const float d = p.x * normals_[direction].first + p.y * normals_[direction].second;
      votes_[direction * stride_ + static_cast<std::size_t>(static_cast<int>(d + static_cast<float>(reach_) + 0.5f))] +=
          sign * p.weight;
      stale_[direction] = true;
    }
  }

  Line best() {
    for (std::size_t k = 0; k < DIRECTIONS; ++k) {
      if (!stale_[k]) continue;
      const auto row = votes_.begin() + static_cast<std::ptrdiff_t>(k * stride_);
      best_[k] =
          static_cast<std::size_t>(std::max_element(row, row + static_cast<std::ptrdiff_t>(stride_)) - votes_.begin());
      stale_[k] = false;
    }
    const std::size_t most = *std::max_element(best_.begin(), best_.end(),
                                               [&](std::size_t a, std::size_t b) { return votes_[a] < votes_[b]; });
    const auto [x, y] = normals_[most / stride_];
    return {{x, y}, static_cast<double>(most % stride_) - reach_};
  }

 private:
  int reach_;
  std::size_t stride_;
  std::vector<float> votes_;
  std::array<std::pair<float, float>, DIRECTIONS> normals_{};
  std::array<std::size_t, DIRECTIONS> best_{};  ///< of each direction the cell with most votes
  std::array<bool, DIRECTIONS> stale_{};        ///< it may be another since
};

bool lies_on(const EdgePixel& p, const Line& line) {
  return std::abs(line.distance_to({p.x, p.y})) <= NEAR_LINE && p.nx * line.normal.x + p.ny * line.normal.y >= SAME_WAY;
}

/// The line of least squares through the pixels on it (total, by the principal axis of their scatter).
Line through(const std::vector<EdgePixel*>& pixels, const Line& before) {
  double sum = 0;
  Point mean;
  for (const EdgePixel* p : pixels) {
    sum += p->weight;
    mean = mean + p->weight * Point{p->x, p->y};
  }
  mean = (1 / sum) * mean;
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (const EdgePixel* p : pixels) {
    const Point from = Point{p->x, p->y} - mean;
    xx += p->weight * from.x * from.x;
    xy += p->weight * from.x * from.y;
    yy += p->weight * from.y * from.y;
  }
  const double angle = 0.5 * std::atan2(2 * xy, xx - yy);
  Point normal{-std::sin(angle), std::cos(angle)};
  if (dot(normal, before.normal) < 0) normal = -1.0 * normal;
  return {normal, dot(normal, mean)};
}

std::vector<EdgePixel*> pixels_on(std::vector<EdgePixel>& pixels, const Line& line) {
  std::vector<EdgePixel*> on;
  for (EdgePixel& p : pixels) {
    if (!p.used && lies_on(p, line)) on.push_back(&p);
  }
  return on;
}

/// Where along the line there is edge: runs of points, small gaps closed, short runs left out.
void measure(EdgeLine& edge, const std::vector<EdgePixel*>& pixels) {
  const Point direction = edge.direction();
  std::vector<int> places;
  places.reserve(pixels.size());
  for (const EdgePixel* p : pixels) places.push_back(static_cast<int>(std::floor(dot(direction, {p->x, p->y}))));
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  edge.begin = places.front();
  edge.covered.assign(static_cast<std::size_t>(places.back() - places.front()) + 2, 0);
  edge.votes = 0;
  for (std::size_t first = 0; first < places.size();) {
    std::size_t last = first;
    while (last + 1 < places.size() && places[last + 1] - places[last] <= LONGEST_GAP) ++last;
    const int run = places[last] - places[first] + 1;
    if (run >= SHORTEST_RUN) {
      for (int place = places[first]; place <= places[last]; ++place) {
        edge.covered[static_cast<std::size_t>(place - places.front()) + 1] = 1;
      }
      edge.votes += run;
    }
    first = last + 1;
  }
  for (std::size_t i = 1; i < edge.covered.size(); ++i) edge.covered[i] += edge.covered[i - 1];
}

EdgeLine in_working_copy(EdgeLine edge) {
  edge.line.d *= HALF;
  edge.begin *= HALF;
  edge.step = HALF;
  edge.votes *= HALF;
  return edge;
}

}  // namespace

double EdgeLine::coverage(double from, double to) const noexcept {
  if (to < from) std::swap(from, to);
  const auto up_to = [&](double place) {
    const double i = std::clamp((place - begin) / step, 0.0, static_cast<double>(covered.size() - 1));
    return static_cast<double>(covered[static_cast<std::size_t>(i)]);
  };
  return std::min(1.0, step * (up_to(to) - up_to(from)) / std::max(to - from, 1e-9));
}

std::vector<EdgeLine> edge_lines(const WorkingCopy& picture, std::size_t most) {
  if (picture.width < 8 * HALF || picture.height < 8 * HALF) return {};
  const auto planes = halved(picture);
  std::vector<EdgePixel> pixels = edge_pixels(gradients_of(planes));
  Accumulator accumulator(planes[0].width, planes[0].height);
  for (const EdgePixel& p : pixels) accumulator.vote(p, 1);

  const double least = 0.06 * std::min(planes[0].width, planes[0].height);
  std::vector<EdgeLine> lines;
  lines.reserve(most);
  for (std::size_t round = 0; round < most; ++round) {
    EdgeLine edge;
    edge.line = accumulator.best();
    std::vector<EdgePixel*> on = pixels_on(pixels, edge.line);
    if (static_cast<double>(on.size()) < least) break;
    edge.line = through(on, edge.line);
    std::vector<EdgePixel*> closer = pixels_on(pixels, edge.line);
    if (!closer.empty()) on = std::move(closer);
    for (EdgePixel* p : on) {
      p->used = true;
      accumulator.vote(*p, -1);
    }
    measure(edge, on);
    if (edge.votes >= least) lines.push_back(in_working_copy(std::move(edge)));
  }
  return lines;
}

}  // namespace peel::document
