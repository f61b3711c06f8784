#include "commands/frame_pipeline.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <semaphore>
#include <system_error>
#include <thread>
#include <utility>

#include "base/turnstile.hpp"

namespace peel::cli {
namespace {

// A worker takes a batch of frames through all stages. There are more workers than may be in the network: those over
// read ahead, make what is written of their masks, and wait for their turn to write.
int workers_for(int jobs) {
  return jobs + jobs / 2 + 2;
}

class FramePipeline {
 public:
  FramePipeline(const FrameStages& stages, const FrameLimits& limits) : stages_(stages), limits_(limits) {}

  std::uint64_t run() {
    {
      std::vector<std::jthread> helpers;
      try {
        for (int i = 1; i < workers_for(limits_.jobs); ++i) helpers.emplace_back([this] { work(); });
      } catch (const std::system_error&) {
        // The system gives no more threads: those there are do the work.
      }
      work();
    }
    if (error_) std::rethrow_exception(error_);
    return written_frames_;
  }

 private:
  struct Batch {
    std::uint64_t number = 0;  ///< of the batches
    std::uint64_t first = 0;   ///< of the frames
    std::vector<Image> frames;
    std::vector<Image> masks;
    std::vector<DoneFrame> done;
    /// What went wrong. The batch goes on through the turnstiles, to be the last that does.
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
    while (std::optional<Batch> batch = read()) {
      find_masks(*batch);
      {
        const auto pass = steadied_.pass(batch->number);
        batch->attempt([&] { std::ranges::transform(batch->masks, batch->masks.begin(), stages_.steady); });
      }
      batch->attempt([&] {
        for (std::size_t i = 0; i < batch->frames.size(); ++i) {
          batch->done.push_back(stages_.make(batch->frames[i], batch->masks[i]));
        }
      });
      batch->frames.clear();
      const auto pass = written_.pass(batch->number);
      if (!pass) return;
      write(*batch);
    }
  }

  std::optional<Batch> read() {
    const std::scoped_lock lock(reading_);
    Batch batch;
    try {
      while (!ended_ && batch.frames.size() < static_cast<std::size_t>(limits_.batch)) {
        auto frame = stages_.read(stop_.get_token());
        ended_ = !frame || stop_.stop_requested();
        if (frame) batch.frames.push_back(std::move(*frame));
      }
    } catch (...) {
      // The frames before it are good: it comes after them, as a batch of its own.
      ended_ = true;
      read_error_ = std::current_exception();
    }
    if (batch.frames.empty()) {
      if (!read_error_) return std::nullopt;
      batch.error = std::exchange(read_error_, nullptr);
    }
    batch.number = batches_++;
    batch.first = frames_;
    frames_ += batch.frames.size();
    return batch;
  }

  void find_masks(Batch& batch) {
    // They come in by their order: one that was overtaken would keep all after it waiting.
    {
      const auto pass = entered_.pass(batch.number);
      network_.acquire();
    }
    batch.attempt([&] { batch.masks = stages_.find_masks(batch.frames); });
    network_.release();
  }

  void write(Batch& batch) {
    try {
      for (std::size_t i = 0; i < batch.done.size(); ++i) {
        stages_.write(batch.first + i, batch.done[i]);
        ++written_frames_;
      }
    } catch (...) {
      batch.error = std::current_exception();
    }
    if (!batch.error) return;
    error_ = batch.error;
    stop_.request_stop();
    written_.stop();
  }

  const FrameStages& stages_;
  const FrameLimits limits_;
  std::stop_source stop_;

  std::mutex reading_;  // guards these
  bool ended_ = false;
  std::exception_ptr read_error_;
  std::uint64_t batches_ = 0;
  std::uint64_t frames_ = 0;

  Turnstile entered_;
  std::counting_semaphore<> network_{limits_.jobs};
  Turnstile steadied_;
  Turnstile written_;  // guards these
  std::uint64_t written_frames_ = 0;
  std::exception_ptr error_;
};

}  // namespace

std::uint64_t run_frames(const FrameStages& stages, const FrameLimits& limits) {
  return FramePipeline(stages, limits).run();
}

}  // namespace peel::cli
