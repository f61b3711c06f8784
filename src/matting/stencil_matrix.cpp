#include "matting/stencil_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/parallel.hpp"

namespace peel {
namespace {

constexpr std::size_t MIDDLE = 2;  // of a Place's rows
constexpr std::size_t PIXELS_WORTH_A_THREAD = 1 << 14;

std::vector<StencilMatrix::Offset> half_of_neighbours(int radius) {
  std::vector<StencilMatrix::Offset> offsets;
  for (int dx = 0; dx <= radius; ++dx) offsets.push_back({0, dx});
  for (int dy = 1; dy <= radius; ++dy) {
    for (int dx = -radius; dx <= radius; ++dx) offsets.push_back({dy, dx});
  }
  return offsets;
}

}  // namespace

StencilMatrix::StencilMatrix(Region region, int radius)
    : radius_(radius),
      region_(std::move(region)),
      hull_(region_.dilated(radius)),
      offsets_(half_of_neighbours(radius)),
      size_((hull_.size() / stencil::READ_BEYOND + 2) * stencil::READ_BEYOND) {
  // Behind the coefficients as many zeros as the longest run needs of a row that is not there.
  const std::size_t used = offsets_.size() * hull_.size();
  const auto width = static_cast<std::size_t>(region_.width()) + 2 * static_cast<std::size_t>(radius);
  coefficients_.resize(used + width + stencil::READ_BEYOND);
  const auto zeros = static_cast<std::ptrdiff_t>(used) + radius;

  places_.reserve(region_.runs().size());
  for (const Run& run : region_.runs()) {
    stencil::Place& place = places_.emplace_back();
    place.count = static_cast<std::size_t>(run.length());
    const Run& own = *hull_.find(run.y, run.begin);
    place.x.fill(static_cast<std::ptrdiff_t>(own.at) + run.begin - own.begin);
    place.coefficients.fill(zeros);
    place.stride.fill(0);
    for (int dy = -radius; dy <= radius; ++dy) {
      const Run* const near = hull_.find(run.y + dy, run.begin);
      if (!near) continue;  // above or below the picture
      const auto first = static_cast<std::ptrdiff_t>(near->at);
      place.x[MIDDLE + static_cast<std::size_t>(dy)] = first + run.begin - near->begin;
      if (dy > 0) continue;
      const auto row = static_cast<std::size_t>(-dy);
      place.coefficients[row] = static_cast<std::ptrdiff_t>(offsets_.size()) * first + run.begin - near->begin;
      place.stride[row] = near->length();
    }
  }
}

void StencilMatrix::for_runs(int threads, const std::function<void(const stencil::Runs&)>& body) const {
  const std::size_t runs = places_.size();
  const std::size_t grain = 1 + PIXELS_WORTH_A_THREAD * runs / std::max<std::size_t>(1, region_.size());
  parallel_for(0, static_cast<std::int64_t>(runs), static_cast<std::int64_t>(grain), threads,
               [&](std::int64_t begin, std::int64_t end) {
                 const auto some =
                     std::span(places_).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
                 body({some, coefficients_.data(), radius_});
               });
}

void StencilMatrix::multiply(std::span<const float> x, std::span<float> out, int threads) const {
  for_runs(threads, [&](const stencil::Runs& runs) { stencil::multiply(runs, x.data(), out.data()); });
}

void StencilMatrix::residual(std::span<const float> right, std::span<const float> x, std::span<float> out,
                             int threads) const {
  for_runs(threads, [&](const stencil::Runs& runs) { stencil::residual(runs, right.data(), x.data(), out.data()); });
}

// Steps follow one another two rows apart, so that a row's coefficients are read from memory once for all of them: this
// is what the time goes into. Bands of rows are done by threads, each step two rows less at both ends than the one
// before, as it needs the neighbours' last one; what is left between two bands is done after them (Wonnacott 2000:
// "Achieving Scalable Locality with Time Skewing"). A pixel's two newest values are all that is needed, so two vectors
// do. The same bits whatever the number of threads.
void StencilMatrix::chebyshev(std::span<const stencil::Step> steps, std::span<float> x, std::span<float> other,
                              int threads) const {
  const auto count = static_cast<int>(steps.size());
  const int reach = 2;  // no less than radius_
  const auto advance = [&](int step, int y) {
    const auto runs = region_.row(y);
    if (runs.empty()) return;
    const auto first = static_cast<std::size_t>(runs.data() - region_.runs().data());
    const auto from = step % 2 == 0 ? x : other;
    const auto to = step % 2 == 0 ? other : x;
    stencil::chebyshev({std::span(places_).subspan(first, runs.size()), coefficients_.data(), radius_},
                       steps[static_cast<std::size_t>(step)], from.data(), to.data());
  };

  const std::vector<int> ends = bands(2 * reach * count + 1, threads);
  const auto bands_count = static_cast<std::int64_t>(ends.size()) - 1;
  const int height = region_.height();
  parallel_for(0, bands_count, 1, threads, [&](std::int64_t first, std::int64_t last) {
    for (auto band = static_cast<std::size_t>(first); band < static_cast<std::size_t>(last); ++band) {
      const int top = ends[band];
      const int bottom = ends[band + 1];
      for (int y = top; y < bottom + reach * count; ++y) {
        for (int step = 0; step < count; ++step) {
          const int row = y - reach * step;
          const int begin = top == 0 ? 0 : top + reach * step;
          const int end = bottom == height ? height : bottom - reach * step;
          if (row >= begin && row < end) advance(step, row);
        }
      }
    }
  });
  parallel_for(1, bands_count, 1, threads, [&](std::int64_t first, std::int64_t last) {
    for (auto band = static_cast<std::size_t>(first); band < static_cast<std::size_t>(last); ++band) {
      for (int step = 1; step < count; ++step) {
        for (int y = ends[band] - reach * step; y < ends[band] + reach * step; ++y) advance(step, y);
      }
    }
  });
}

std::vector<int> StencilMatrix::bands(int least_rows, int threads) const {
  const int height = region_.height();
  const std::size_t wanted =
      std::min<std::size_t>(static_cast<std::size_t>(thread_count(threads)), region_.size() / PIXELS_WORTH_A_THREAD);
  std::vector<int> ends{0};
  std::size_t passed = 0;
  for (int y = 0; y < height && ends.size() < wanted; ++y) {
    for (const Run& run : region_.row(y)) passed += static_cast<std::size_t>(run.length());
    const bool full = passed >= region_.size() * ends.size() / wanted;
    if (full && y + 1 - ends.back() >= least_rows && height - y - 1 >= least_rows) ends.push_back(y + 1);
  }
  ends.push_back(height);
  return ends;
}

std::vector<float> StencilMatrix::inverse_row_sums(int threads) const {
  std::vector<float> result(size());
  for_runs(threads, [&](const stencil::Runs& runs) {
    std::vector<float> sums;
    for (const stencil::Place& place : runs.places) {
      sums.assign(place.count, 0.0f);
      const auto add = [&](std::ptrdiff_t from) {
        const float* const values = coefficients_.data() + from;
        for (std::size_t i = 0; i < place.count; ++i) sums[i] += std::abs(values[i]);
      };
      for (std::size_t k = 0; k < offsets_.size(); ++k) {
        const auto offset = static_cast<std::ptrdiff_t>(k);
        add(place.coefficients[0] + offset * place.stride[0]);
        const auto row = static_cast<std::size_t>(offsets_[k].dy);
        if (k > 0) add(place.coefficients[row] + offset * place.stride[row] - offsets_[k].dx);
      }
      float* const out = result.data() + place.x[MIDDLE];
      for (std::size_t i = 0; i < place.count; ++i) out[i] = sums[i] > 0 ? 1 / sums[i] : 0;
    }
  });
  return result;
}

StencilMatrix StencilMatrix::coarsened(int threads) const {
  StencilMatrix coarse(region_.halved(), 1);
  // A row of the coarse grid at a time, to which two of the fine one add.
  parallel_for(0, coarse.region_.height(), 16, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto y = static_cast<int>(2 * begin); y < std::min(region_.height(), static_cast<int>(2 * end)); ++y) {
      for (const Run& run : region_.row(y)) add_run(run, coarse);
    }
  });
  return coarse;
}

void StencilMatrix::add_run(const Run& run, StencilMatrix& coarse) const {
  const Run& from = *hull_.find(run.y, run.begin);
  const int row = run.y >> 1;
  const Run* to = coarse.hull_.find(row, run.begin >> 1);
  for (std::size_t k = 0; k < offsets_.size(); ++k) {
    const auto [dy, dx] = offsets_[k];
    const float* const values = coefficients(from, static_cast<int>(k)) - from.begin;
    const int down = ((run.y + dy) >> 1) - row;
    for (int x = run.begin; x < run.end; ++x) {
      const float value = values[x];
      if (value == 0) continue;
      int aggregate = x >> 1;
      int across = ((x + dx) >> 1) - aggregate;
      float times = 1;
      if (down == 0 && across < 0) {  // kept by the left one of the two
        aggregate += across;
        across = -across;
      } else if (down == 0 && across == 0 && k > 0) {
        times = 2;  // both directions meet in one aggregate
      }
      if (aggregate < to->begin || aggregate >= to->end) to = coarse.hull_.find(row, aggregate);
      coarse.coefficients(*to, coarse.index(down, across))[aggregate - to->begin] += times * value;
    }
  }
}

}  // namespace peel
