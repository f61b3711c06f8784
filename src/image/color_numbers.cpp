#include "image/color_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>

#include "image/lcms.hpp"
#include "image/srgb.hpp"

namespace peel {
namespace {

using Curve = ColorNumbers::Curve;

constexpr std::size_t CURVE_ENTRIES = 4096;  // PQ's steps of 12 bits are about the least the eye can tell apart
constexpr double PQ_PEAK = 10000;            // cd/m2
constexpr double MASTER_PEAK = 1000;         // what nearly all pictures in PQ are made on; HLG's own nominal peak
constexpr double SCREEN_WHITE = 203;         // BT.2408: of diffuse white

// SMPTE ST 2084.
constexpr double M1 = 2610.0 / 16384, M2 = 2523.0 / 32;
constexpr double C1 = 3424.0 / 4096, C2 = 2413.0 / 128, C3 = 2392.0 / 128;

double pq_to_light(double sample) {
  const double root = std::pow(sample, 1 / M2);
  return PQ_PEAK * std::pow(std::max(root - C1, 0.0) / (C2 - C3 * root), 1 / M1);
}

double light_to_pq(double light) {
  const double power = std::pow(light / PQ_PEAK, M1);
  return std::pow((C1 + C2 * power) / (1 + C3 * power), M2);
}

// ARIB STD-B67, and the exponent its system has for a peak of 1000 cd/m2.
double hlg_to_light(double sample) {
  constexpr double A = 0.17883277, B = 1 - 4 * A;
  const double c = 0.5 - A * std::log(4 * A);
  const double scene = sample <= 0.5 ? sample * sample / 3 : (std::exp((sample - c) / A) + B) / 12;
  return MASTER_PEAK * std::pow(scene, 1.2);
}

// The roll-off of BT.2390 (its EETF): PQ samples as they are up to a knee, a Hermite spline from there to white.
double rolled_off(double light) {
  const double peak = light_to_pq(MASTER_PEAK);
  const double white = light_to_pq(SCREEN_WHITE) / peak;
  const double knee = 1.5 * white - 0.5;
  double sample = std::min(light_to_pq(light) / peak, 1.0);
  if (sample > knee) {
    const double t = (sample - knee) / (1 - knee);
    const double t2 = t * t;
    const double t3 = t2 * t;
    sample = (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (-2 * t3 + 3 * t2) * white;
  }
  return pq_to_light(sample * peak) / SCREEN_WHITE;
}

struct FreeCurve {
  void operator()(cmsToneCurve* curve) const noexcept { cmsFreeToneCurve(curve); }
};
using ToneCurve = std::unique_ptr<cmsToneCurve, FreeCurve>;

ToneCurve tone_curve(cmsContext context, const ColorNumbers& color) {
  switch (color.curve) {
    case Curve::power:
      return ToneCurve(cmsBuildGamma(context, color.exponent));
    case Curve::srgb: {
      const cmsFloat64Number parameters[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
      return ToneCurve(cmsBuildParametricToneCurve(context, 4, parameters));
    }
    case Curve::pq:
    case Curve::hlg:
      break;
  }
  std::vector<std::uint16_t> table(CURVE_ENTRIES);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double sample = static_cast<double>(i) / static_cast<double>(table.size() - 1);
    const double light = color.curve == Curve::pq ? pq_to_light(sample) : hlg_to_light(sample);
    table[i] = static_cast<std::uint16_t>(std::lround(std::clamp(rolled_off(light), 0.0, 1.0) * 65535));
  }
  return ToneCurve(cmsBuildTabulatedToneCurve16(context, CURVE_ENTRIES, table.data()));
}

std::optional<ColorNumbers> primaries_of(int code) {
  const auto with = [](Chromaticity red, Chromaticity green, Chromaticity blue, Chromaticity white) {
    return ColorNumbers{.primaries = {red, green, blue}, .white = white};
  };
  constexpr Chromaticity D65{0.3127, 0.3290};
  constexpr Chromaticity C{0.310, 0.316};
  switch (code) {
    case 1:
    case 2:  // unspecified
      return ColorNumbers{};
    case 4:
      return with({0.67, 0.33}, {0.21, 0.71}, {0.14, 0.08}, C);
    case 5:
      return with({0.64, 0.33}, {0.29, 0.60}, {0.15, 0.06}, D65);
    case 6:
    case 7:
      return with({0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}, D65);
    case 8:
      return with({0.681, 0.319}, {0.243, 0.692}, {0.145, 0.049}, C);
    case 9:
      return with({0.708, 0.292}, {0.170, 0.797}, {0.131, 0.046}, D65);
    case 11:
      return with({0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}, {0.314, 0.351});
    case 12:
      return with({0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}, D65);
    case 22:
      return with({0.630, 0.340}, {0.295, 0.605}, {0.155, 0.077}, D65);
    default:
      return std::nullopt;
  }
}

struct FreeTexts {
  void operator()(cmsMLU* texts) const noexcept { cmsMLUfree(texts); }
};

void describe(cmsContext context, cmsHPROFILE profile, const ColorNumbers& color) {
  const char* const text =
      color.high_dynamic_range() ? "High dynamic range, rolled off to 203 cd/m2" : "As the picture's numbers say";
  const std::unique_ptr<cmsMLU, FreeTexts> texts(cmsMLUalloc(context, 1));
  if (!texts) return;
  cmsMLUsetASCII(texts.get(), "en", "US", text);
  cmsWriteTag(profile, cmsSigProfileDescriptionTag, texts.get());
}

}  // namespace

std::optional<ColorNumbers> color_of_code_points(int primaries, int transfer) {
  if (primaries == 2 && transfer == 2) return std::nullopt;
  auto color = primaries_of(primaries);
  if (!color) return std::nullopt;
  const auto power = [&](double exponent) {
    color->curve = Curve::power;
    color->exponent = exponent;
  };
  switch (transfer) {
    case 1:   // BT.709
    case 2:   // unspecified
    case 6:   // BT.601
    case 7:   // SMPTE 240M
    case 11:  // xvYCC
    case 12:  // BT.1361
    case 13:  // sRGB
    case 14:  // BT.2020
    case 15:
      return color;
    case 4:
      power(2.2);
      return color;
    case 5:
      power(2.8);
      return color;
    case 8:
      power(1);
      return color;
    case 16:
      color->curve = Curve::pq;
      return color;
    case 17:
      power(2.6);
      return color;
    case 18:
      color->curve = Curve::hlg;
      return color;
    default:
      return std::nullopt;
  }
}

std::vector<std::byte> profile_for(const ColorNumbers& color, bool gray) {
  const LcmsContext context(cmsCreateContext(nullptr, nullptr));
  if (!context) return {};
  const ToneCurve curve = tone_curve(context.get(), color);
  if (!curve) return {};
  const auto xyy = [](const Chromaticity& place) { return cmsCIExyY{place.x, place.y, 1}; };
  const cmsCIExyY white = xyy(color.white);
  const cmsCIExyYTRIPLE primaries{xyy(color.primaries[0]), xyy(color.primaries[1]), xyy(color.primaries[2])};
  cmsToneCurve* const curves[] = {curve.get(), curve.get(), curve.get()};
  // A grey's white is the screen's, whatever its colour.
  const LcmsProfile profile(gray ? cmsCreateGrayProfileTHR(context.get(), cmsD50_xyY(), curve.get())
                                 : cmsCreateRGBProfileTHR(context.get(), &white, &primaries, curves));
  if (!profile) return {};
  describe(context.get(), profile.get(), color);
  cmsUInt32Number size = 0;
  if (!cmsSaveProfileToMem(profile.get(), nullptr, &size)) return {};
  std::vector<std::byte> bytes(size);
  if (!cmsSaveProfileToMem(profile.get(), bytes.data(), &size)) return {};
  // The second it was made in: one picture is to give the same bytes at any time.
  constexpr std::array<std::uint8_t, 12> DATE{0x07, 0xea, 0, 1, 0, 1};  // the first of January 2026
  constexpr std::size_t DATE_AT = 24;
  if (bytes.size() < DATE_AT + DATE.size()) return {};
  std::ranges::transform(DATE, bytes.begin() + DATE_AT, [](std::uint8_t b) { return static_cast<std::byte>(b); });
  if (is_srgb(bytes)) return {};
  return bytes;
}

}  // namespace peel
