#pragma once

#include <vips/vips.h>

#include <memory>
#include <stop_token>
#include <string>

namespace peel {

/// Starts libvips on the first call, for the whole process; safe from any thread. Loaders it marks untrusted are
/// blocked (those of JPEG XL, JPEG 2000 and Netpbm excepted), its operation cache is off, and its warnings go to the
/// log instead of stderr. Throws Error(internal) when libvips cannot start. It takes some 30 ms, so nothing but
/// decoding and encoding calls it.
void start_vips();

/// What libvips has to say about the last failure, as one line, which may be empty; its error buffer is empty
/// afterwards.
std::string take_vips_error();

/// What libvips makes of that image ends, while one of these lives, once the stop of this thread's StopScope is
/// requested: its call fails then, and check_stopped() tells why.
class StopsWith {
 public:
  explicit StopsWith(VipsImage* image);
  StopsWith(const StopsWith&) = delete;
  StopsWith& operator=(const StopsWith&) = delete;
  ~StopsWith();

 private:
  std::stop_token stop_;
  VipsImage* image_;
  gulong handler_ = 0;
};

struct GObjectUnref {
  void operator()(void* object) const noexcept { g_object_unref(object); }
};
using VipsImagePointer = std::unique_ptr<VipsImage, GObjectUnref>;

struct GFree {
  void operator()(void* memory) const noexcept { g_free(memory); }
};

/// The value of an output argument of a libvips call: `vips_x(in, Out(image), nullptr)` fills `image`.
class Out {
 public:
  explicit Out(VipsImagePointer& target) : target_(target) {}
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;
  ~Out() { target_.reset(image_); }
  operator VipsImage**() noexcept { return &image_; }

 private:
  VipsImagePointer& target_;
  VipsImage* image_ = nullptr;
};

}  // namespace peel
