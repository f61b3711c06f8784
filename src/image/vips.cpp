#include "image/vips.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>

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

// libvips keeps its threads for some seconds after their work. A process that was forked off meanwhile has none of
// them, but libvips there hands them the next work and waits for ever. So it is given work first that nobody waits for:
// when it makes a new thread, it has counted on all that are lost.
std::atomic<int> threads_before_fork{0};
std::atomic<bool> forked{false};

void count_threads() {
  std::error_code unknown;
  const std::filesystem::directory_iterator tasks("/proc/self/task", unknown);
  threads_before_fork = unknown ? 256 : static_cast<int>(std::distance(begin(tasks), end(tasks)));
}

struct NewThread {
  std::promise<void> promise;
  std::once_flag once;

  static int allocate(VipsThreadState*, void* self, gboolean* stop) {
    auto& own = *static_cast<NewThread*>(self);
    std::call_once(own.once, [&] { own.promise.set_value(); });
    *stop = TRUE;
    return 0;
  }
  static int work(VipsThreadState*, void*) { return 0; }
};

void replace_lost_threads() {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  if (!forked) return;
  auto* const made = new NewThread;  // never freed: a thread that waits for ever refers to it
  std::thread([made] {
    VipsImagePointer wide;
    constexpr int SIDE = 1 << 20;  // so many tiles that it asks for all the threads it may
    if (vips_black(Out(wide), SIDE, SIDE, nullptr) == 0) {
      vips_image_set_int(wide.get(), VIPS_META_CONCURRENCY, 2 * threads_before_fork + 2);
      vips_threadpool_run(wide.get(), vips_thread_state_new, NewThread::allocate, NewThread::work, nullptr, made);
    }
  }).detach();
  made->promise.get_future().wait_for(std::chrono::seconds(5));
  forked = false;
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
  pthread_atfork(count_threads, nullptr, [] { forked = true; });
  return true;
}

}  // namespace

void start_vips() {
  static const bool started = initialise();
  if (!started) throw Error(ErrorCode::internal, "libvips cannot start: " + take_vips_error());
  if (forked) replace_lost_threads();
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
