#include "matting/stencil_kernels.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "matting/stencil_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peel::stencil {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::ScalableTag<float> D;

/// Reads and writes whole vectors.
struct Whole {
  HWY_INLINE hn::Vec<decltype(D)> load(const float* from) const { return hn::LoadU(D, from); }
  HWY_INLINE void store(hn::Vec<decltype(D)> value, float* to) const { hn::StoreU(value, D, to); }
};

/// Reads and writes the first `count` floats of one, the rest being 0; but memory must be there to be read.
struct Rest {
  std::size_t count;
  HWY_INLINE hn::Vec<decltype(D)> load(const float* from) const {
    return hn::IfThenElseZero(hn::FirstN(D, count), hn::LoadU(D, from));
  }
  HWY_INLINE void store(hn::Vec<decltype(D)> value, float* to) const {
#if HWY_TARGET <= HWY_AVX2 && HWY_ARCH_X86
    hn::BlendedStore(value, hn::FirstN(D, count), D, to);
#else
    // Elsewhere such a store writes what is behind as well, which may be another thread's.
    HWY_ALIGN float buffer[hn::MaxLanes(D)];
    hn::Store(value, D, buffer);
    for (std::size_t i = 0; i < count; ++i) to[i] = buffer[i];
#endif
  }
};

// Calls body(memory, i) for whole vectors, then for what is left over: runs are a few vectors long, so the rest must
// not be done one by one.
template <typename Body>
HWY_INLINE void ForVectors(std::size_t count, const Body& body) {
  const std::size_t lanes = hn::Lanes(D);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) body(Whole{}, i);
  if (i < count) body(Rest{count - i}, i);
}

// Calls body(memory, i, product) for the vectors of a run, `i` being where they are in vectors of the matrix.
template <int radius, typename Body>
HWY_INLINE void ForProducts(const Place& place, const float* coefficients, const float* x, const Body& body) {
  const float* const own = coefficients + place.coefficients[0];
  const float* const own_x = x + place.x[2];
  ForVectors(place.count, [&](auto memory, std::size_t i) HWY_ATTR {
    // Two sums, so that one multiplication need not wait for the one before.
    auto sum = hn::Mul(hn::LoadU(D, own + i), hn::LoadU(D, own_x + i));
    auto other = hn::Zero(D);
    const auto add = [&](const float* from, const float* with, const float* back, const float* back_with) HWY_ATTR {
      sum = hn::MulAdd(hn::LoadU(D, from + i), hn::LoadU(D, with + i), sum);
      other = hn::MulAdd(hn::LoadU(D, back + i), hn::LoadU(D, back_with + i), other);
    };
    for (int dx = 1; dx <= radius; ++dx) {
      const float* const right = own + dx * place.stride[0];
      add(right, own_x + dx, right - dx, own_x - dx);
    }
    for (int dy = 1; dy <= radius; ++dy) {
      const auto row = static_cast<std::size_t>(dy);
      const float* const below = x + place.x[2 + row];
      const float* const above = x + place.x[2 - row];
      const float* const theirs = coefficients + place.coefficients[row];
      for (int dx = -radius; dx <= radius; ++dx) {
        const std::ptrdiff_t k = radius + 1 + (dy - 1) * (2 * radius + 1) + dx + radius;
        add(own + k * place.stride[0], below + dx, theirs + k * place.stride[row] - dx, above - dx);
      }
    }
    body(memory, static_cast<std::size_t>(place.x[2]) + i, hn::Add(sum, other));
  });
}

template <typename Body>
HWY_INLINE void ForProducts(const Runs& runs, const float* x, const Body& body) {
  for (const Place& place : runs.places) {
    if (runs.radius == 2) {
      ForProducts<2>(place, runs.coefficients, x, body);
    } else {
      ForProducts<1>(place, runs.coefficients, x, body);
    }
  }
}

void Multiply(const Runs& runs, const float* x, float* out) {
  ForProducts(runs, x, [&](auto memory, std::size_t i, auto product) HWY_ATTR { memory.store(product, out + i); });
}

void Residual(const Runs& runs, const float* right, const float* x, float* out) {
  ForProducts(runs, x, [&](auto memory, std::size_t i, auto product) HWY_ATTR {
    memory.store(hn::Sub(hn::LoadU(D, right + i), product), out + i);
  });
}

void Chebyshev(const Runs& runs, const Step& step, const float* x, float* out) {
  const auto momentum = hn::Set(D, step.momentum);
  const auto gain = hn::Set(D, step.gain);
  ForProducts(runs, x, [&](auto memory, std::size_t i, auto product) HWY_ATTR {
    const auto residual = hn::Mul(hn::Sub(hn::LoadU(D, step.right + i), product), hn::LoadU(D, step.inverse + i));
    const auto moved = hn::MulAdd(momentum, hn::LoadU(D, step.change + i), hn::Mul(gain, residual));
    memory.store(moved, step.change + i);
    memory.store(hn::Add(hn::LoadU(D, x + i), moved), out + i);
  });
}

double Dot(const float* a, const float* b, std::size_t count) {
  constexpr std::size_t BLOCK = 1024;
  double total = 0;
  for (std::size_t first = 0; first < count; first += BLOCK) {
    auto sum = hn::Zero(D);
    ForVectors(std::min(BLOCK, count - first), [&](auto memory, std::size_t i) HWY_ATTR {
      sum = hn::MulAdd(memory.load(a + first + i), memory.load(b + first + i), sum);
    });
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(D, sum)));
  }
  return total;
}

void Advance(float length, const float* direction, const float* product, std::size_t count, float* x, float* residual) {
  const auto step = hn::Set(D, length);
  ForVectors(count, [&](auto memory, std::size_t i) HWY_ATTR {
    memory.store(hn::MulAdd(step, memory.load(direction + i), memory.load(x + i)), x + i);
    memory.store(hn::NegMulAdd(step, memory.load(product + i), memory.load(residual + i)), residual + i);
  });
}

void Turn(const float* correction, float share, std::size_t count, float* direction) {
  const auto part = hn::Set(D, share);
  ForVectors(count, [&](auto memory, std::size_t i) HWY_ATTR {
    memory.store(hn::MulAdd(part, memory.load(direction + i), memory.load(correction + i)), direction + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace peel::stencil
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peel::stencil {

HWY_EXPORT(Multiply);
HWY_EXPORT(Residual);
HWY_EXPORT(Chebyshev);
HWY_EXPORT(Dot);
HWY_EXPORT(Advance);
HWY_EXPORT(Turn);

void multiply(const Runs& runs, const float* x, float* out) {
  HWY_DYNAMIC_DISPATCH(Multiply)(runs, x, out);
}

void residual(const Runs& runs, const float* right, const float* x, float* out) {
  HWY_DYNAMIC_DISPATCH(Residual)(runs, right, x, out);
}

void chebyshev(const Runs& runs, const Step& step, const float* x, float* out) {
  HWY_DYNAMIC_DISPATCH(Chebyshev)(runs, step, x, out);
}

double dot(const float* a, const float* b, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(Dot)(a, b, count);
}

void advance(float length, const float* direction, const float* product, std::size_t count, float* x, float* residual) {
  HWY_DYNAMIC_DISPATCH(Advance)(length, direction, product, count, x, residual);
}

void turn(const float* correction, float share, std::size_t count, float* direction) {
  HWY_DYNAMIC_DISPATCH(Turn)(correction, share, count, direction);
}

}  // namespace peel::stencil
#endif
