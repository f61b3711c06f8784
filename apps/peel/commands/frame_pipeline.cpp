#include "commands/frame_pipeline.hpp"

#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/turnstile.hpp"

namespace peel::cli {
namespace {

/// Of one video. A worker takes a frame through all stages: while it waits for its turn to be written, others are read.
class FrameRun {
 public:
  explicit FrameRun(const FrameStages& stages) : stages_(stages) {}

  std::uint64_t run(int workers) {
    {
      std::vector<std::jthread> helpers;
      try {
        for (int i = 1; i < workers; ++i) helpers.emplace_back([this] { work(); });
      } catch (const std::system_error&) {
        // The system gives no more threads: those there are do the work.
      }
      work();
    }
    if (error_) std::rethrow_exception(error_);
    return written_frames_;
  }

 private:
  struct FrameInHand {
    std::uint64_t number = 0;
    Frame frame;
    Mask mask;
    DoneFrame done;
    /// What went wrong. The frame goes on through the turnstiles, to be the last that does.
    std::exception_ptr error;

    template <typename Step>
    void attempt(const Step& step) {
      if (error) return;
      try {
        step();
      } catch (...) {
        error = std::current_exception();
      }
    }
  };

  void work() {
    while (std::optional<FrameInHand> own = read()) {
      own->attempt([&] { own->mask = stages_.see(own->frame); });
      {
        const auto pass = steadied_.pass(own->number);
        own->attempt([&] { own->mask = stages_.steady(std::move(own->mask)); });
      }
      own->attempt([&] { own->done = stages_.finish(own->frame.image, own->mask); });
      own->frame = {};
      own->mask = {};
      const auto pass = written_.pass(own->number);
      if (!pass) return;
      own->attempt([&] { stages_.write(own->number, own->done); });
      if (!own->error) {
        ++written_frames_;
        continue;
      }
      error_ = own->error;
      stop_.request_stop();
      written_.stop();
    }
  }

  std::optional<FrameInHand> read() {
    const std::scoped_lock lock(reading_);
    if (ended_) return std::nullopt;
    FrameInHand own;
    own.attempt([&] {
      std::optional<Frame> frame = stages_.read(stop_.get_token());
      ended_ = !frame || stop_.stop_requested();
      if (frame) own.frame = std::move(*frame);
    });
    ended_ = ended_ || own.error;
    if (own.frame.image.empty() && !own.error) return std::nullopt;
    own.number = frames_++;
    return own;
  }

  const FrameStages& stages_;
  std::stop_source stop_;

  std::mutex reading_;  // guards these
  bool ended_ = false;
  std::uint64_t frames_ = 0;

  Turnstile steadied_;
  Turnstile written_;  // guards these
  std::uint64_t written_frames_ = 0;
  std::exception_ptr error_;
};

}  // namespace

std::uint64_t run_frames(const FrameStages& stages, int in_hand) {
  return FrameRun(stages).run(in_hand);
}

}  // namespace peel::cli
