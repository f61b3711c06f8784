#include "image/vips.hpp"

#include "base/control.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// GLib's own handler prints to stderr, which belongs to the program.
void forward_to_log(const char* domain, GLogLevelFlags, const char* message, void*) {
  log(LogLevel::debug, "{}: {}", domain ? domain : "GLib", message ? message : "");
}

bool initialise() {
  if (vips_init("peel") != 0) return false;
  constexpr auto LEVELS = static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO |
                                                      G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_CRITICAL);
  g_log_set_handler("VIPS", LEVELS, forward_to_log, nullptr);
  vips_block_untrusted_set(TRUE);
  // libvips marks JPEG XL because libjxl, though fuzzed, was young in 2022 and bugs were still found. It is a format
  // people have pictures in; distributions keep libjxl patched, as they do libheif, which libvips trusts.
  vips_operation_block_set("VipsForeignLoadJxl", FALSE);
  vips_operation_block_set("VipsForeignSaveJxl", FALSE);
  // Marked as well: Netpbm, which is a line of text and numbers, and JPEG 2000, whose OpenJPEG is fuzzed and patched as
  // those are.
  vips_operation_block_set("VipsForeignLoadPpm", FALSE);
  vips_operation_block_set("VipsForeignLoadJp2k", FALSE);
  // A cache of operations pays where a program repeats itself; here it would only hold on to decoded pictures.
  vips_cache_set_max(0);
  vips_concurrency_set(available_cores());
  return true;
}

}  // namespace

void start_vips() {
  static const bool started = initialise();
  if (!started) throw Error(ErrorCode::internal, "libvips cannot start: " + take_vips_error());
}

StopsWith::StopsWith(VipsImage* image) : stop_(current_stop()), image_(image) {
  if (!stop_.stop_possible()) return;
  vips_image_set_progress(image_, TRUE);
  const auto look = +[](VipsImage* made, VipsProgress*, void* user) {
    if (static_cast<const std::stop_token*>(user)->stop_requested()) vips_image_set_kill(made, TRUE);
  };
  handler_ = g_signal_connect(image_, "eval", G_CALLBACK(look), &stop_);
}

StopsWith::~StopsWith() {
  if (handler_ == 0) return;
  g_signal_handler_disconnect(image_, handler_);
  vips_image_set_progress(image_, FALSE);
}

std::string take_vips_error() {
  const std::unique_ptr<char, GFree> buffer(vips_error_buffer_copy());
  std::string text(buffer ? buffer.get() : "");
  while (!text.empty() && (text.back() == '\n' || text.back() == '.' || text.back() == ' ')) text.pop_back();
  // The last line says what stopped it; those before it are warnings and, at worst, another thread's trouble.
  if (const auto newline = text.rfind('\n'); newline != std::string::npos) text.erase(0, newline + 1);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  return text;
}

}  // namespace peel
