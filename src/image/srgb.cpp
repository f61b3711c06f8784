#include "image/srgb.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "image/lcms.hpp"

namespace peel {
namespace {

constexpr int TOLERANCE = 2;                 // levels of 255: below what an 8-bit round trip through a profile may cost
constexpr double NEAR_SRGB = 16.0;           // see reads_like_srgb()
constexpr std::size_t CACHED_ANSWERS = 256;  // a folder of pictures has a handful of profiles; a hostile one has no end

struct DeleteTransform {
  void operator()(cmsHTRANSFORM transform) const noexcept { cmsDeleteTransform(transform); }
};

enum class Direction { to_srgb, from_srgb };

/// Between a profile's 8-bit colours and sRGB's. Not usable when the profile is damaged or of another kind than RGB and
/// grey, nor towards grey.
class Transform {
 public:
  explicit Transform(std::span<const std::byte> icc_profile, Direction direction = Direction::to_srgb)
      : context_(cmsCreateContext(nullptr, nullptr)) {
    if (!context_ || icc_profile.empty()) return;
    const LcmsProfile profile(
        cmsOpenProfileFromMemTHR(context_.get(), icc_profile.data(), static_cast<cmsUInt32Number>(icc_profile.size())));
    if (!profile) return;
    switch (cmsGetDeviceClass(profile.get())) {
      case cmsSigInputClass:
      case cmsSigDisplayClass:
      case cmsSigOutputClass:
      case cmsSigColorSpaceClass:
        break;
      default:
        return;
    }
    space_ = cmsGetColorSpace(profile.get());
    if (space_ != cmsSigRgbData && space_ != cmsSigGrayData) return;
    const LcmsProfile srgb(cmsCreate_sRGBProfileTHR(context_.get()));
    if (direction == Direction::from_srgb) {
      if (!gray()) make(srgb, TYPE_RGB_8, profile);
      return;
    }
    // Pixels come as RGB in both cases; of a grey picture's three equal samples the first is read.
    const cmsUInt32Number input =
        gray() ? (COLORSPACE_SH(PT_GRAY) | EXTRA_SH(2) | CHANNELS_SH(1) | BYTES_SH(1)) : TYPE_RGB_8;
    make(profile, input, srgb);
  }

  bool usable() const noexcept { return transform_ != nullptr; }
  bool gray() const noexcept { return space_ == cmsSigGrayData; }

  void run(const std::uint8_t* from, std::uint8_t* to, std::size_t pixels) const noexcept {
    // lcms counts pixels in 32 bits.
    for (constexpr std::size_t PART = std::size_t{1} << 24; pixels > 0;) {
      const std::size_t count = std::min(pixels, PART);
      cmsDoTransform(transform_.get(), from, to, static_cast<cmsUInt32Number>(count));
      from += count * 3;
      to += count * 3;
      pixels -= count;
    }
  }

 private:
  // Perceptual with black point compensation off: what libvips and Pillow do when told nothing.
  void make(const LcmsProfile& from, cmsUInt32Number layout, const LcmsProfile& to) {
    transform_.reset(cmsCreateTransformTHR(context_.get(), from.get(), layout, to.get(), TYPE_RGB_8, INTENT_PERCEPTUAL,
                                           cmsFLAGS_NOCACHE));
  }

  LcmsContext context_;
  std::unique_ptr<void, DeleteTransform> transform_;
  cmsColorSpaceSignature space_ = cmsSigXYZData;
};

// The corners and the inside of the colour cube; for grey every level.
std::vector<std::uint8_t> lattice(bool gray) {
  std::vector<std::uint8_t> colours;
  if (gray) {
    for (int level = 0; level < 256; ++level) colours.insert(colours.end(), 3, static_cast<std::uint8_t>(level));
    return colours;
  }
  constexpr int STEPS = 15;  // 17 levels to 255
  for (int red = 0; red <= 255; red += 255 / STEPS) {
    for (int green = 0; green <= 255; green += 255 / STEPS) {
      for (int blue = 0; blue <= 255; blue += 255 / STEPS) {
        for (const int sample : {red, green, blue}) colours.push_back(static_cast<std::uint8_t>(sample));
      }
    }
  }
  return colours;
}

/// How far a profile moves the lattice's samples on their way to sRGB, in levels of 255.
struct Distance {
  int largest = 0;
  double mean = 0;
};

Distance distance_of(const Transform& transform) {
  Distance distance;
  if (!transform.usable()) return distance;
  const std::vector<std::uint8_t> before = lattice(transform.gray());
  std::vector<std::uint8_t> after(before.size());
  transform.run(before.data(), after.data(), before.size() / 3);
  int total = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const int moved = std::abs(before[i] - after[i]);
    distance.largest = std::max(distance.largest, moved);
    total += moved;
  }
  distance.mean = static_cast<double>(total) / static_cast<double>(before.size());
  return distance;
}

Distance remembered_distance(std::span<const std::byte> icc_profile) {
  if (icc_profile.empty()) return {};
  static std::mutex mutex;
  static std::unordered_map<std::size_t, Distance> answers;
  const std::size_t key =
      std::hash<std::string_view>{}({reinterpret_cast<const char*>(icc_profile.data()), icc_profile.size()});
  {
    const std::scoped_lock lock(mutex);
    if (const auto found = answers.find(key); found != answers.end()) return found->second;
  }
  const Distance answer = distance_of(Transform(icc_profile));
  const std::scoped_lock lock(mutex);
  if (answers.size() >= CACHED_ANSWERS) answers.clear();
  answers.emplace(key, answer);
  return answer;
}

}  // namespace

bool profile_fits(std::span<const std::byte> icc_profile, PixelFormat format) {
  const Transform transform(icc_profile);
  return transform.usable() && transform.gray() == (channels(format) < 3);
}

bool is_srgb(std::span<const std::byte> icc_profile) {
  return remembered_distance(icc_profile).largest <= TOLERANCE;
}

bool reads_like_srgb(std::span<const std::byte> icc_profile) {
  return remembered_distance(icc_profile).mean <= NEAR_SRGB;
}

void profile_to_srgb(std::span<std::uint8_t> rgb_pixels, std::span<const std::byte> icc_profile) {
  if (is_srgb(icc_profile)) return;
  const Transform transform(icc_profile);
  transform.run(rgb_pixels.data(), rgb_pixels.data(), rgb_pixels.size() / 3);
}

void srgb_to_profile(std::span<std::uint8_t> rgb_pixels, std::span<const std::byte> icc_profile) {
  if (is_srgb(icc_profile)) return;
  const Transform transform(icc_profile, Direction::from_srgb);
  if (transform.usable()) transform.run(rgb_pixels.data(), rgb_pixels.data(), rgb_pixels.size() / 3);
}

}  // namespace peel
