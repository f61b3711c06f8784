#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "peel/error.hpp"
#include "peel/export.hpp"
#include "peel/image.hpp"
#include "peel/remover.hpp"

namespace peel {

/// A picture of many: from a file to a file.
struct BatchJob {
  std::filesystem::path input;
  /// Its folder must be there. Empty: nothing is written, BatchResult has the picture (which of an animation is the
  /// first frame).
  std::filesystem::path output;
  bool replace = true;  ///< an output that is there; without, it is kept and this one fails
  /// Of the input, counted from 0; unset: as DecodeOptions::page. For several pages of a file there is a job for each.
  std::optional<int> page = std::nullopt;
  bool animation = false;  ///< all frames of the input into one output (WebP, PNG), uncropped; `page` has no part in it
  /// The input is not to be needed any more: Error(input), before anything is made of it, where it holds pages or
  /// frames besides the first that nobody asked for, or more than peel reads (Image::more_unread()).
  bool whole = false;
  std::uint64_t tag = 0;  ///< the caller's own: what tells jobs of one input apart
};

/// What became of it. `done` of BatchRemover::run() is handed one for every job, in the order in which they end.
struct BatchResult {
  BatchJob job;
  std::optional<Error> error;  ///< nothing was written then, and what follows says nothing
  int width = 0;               ///< of the output
  int height = 0;
  int frames = 0;                  ///< of the output, with BatchJob::animation
  int pages = 1;                   ///< of the input: Image::pages()
  bool subject = false;            ///< as in Result
  std::vector<std::string> notes;  ///< as in Result
  std::optional<Box> crop;         ///< as in Result
  Timings timings;          ///< decode has the reading in it; total has the writing, but not the waiting for others
  double write = 0;         ///< milliseconds for writing the file
  std::uint64_t bytes = 0;  ///< of the file written
  Image image;              ///< as in Result, of a job without an output
  Image mask;               ///< the same
};

/// How the cores are shared out, and what may be in hand at a time.
struct BatchPlan {
  int jobs = 1;                    ///< pictures in the network at a time
  int threads = 1;                 ///< for each of them
  int workers = 1;                 ///< pictures in hand at a time, from reading to writing, where memory allows
  std::uint64_t memory_bytes = 0;  ///< what the pictures in hand may take: their pixels, masks and files
  bool measured = false;           ///< jobs and threads were found by trying, now or in an earlier run
};

struct BatchSettings {
  /// The model and what it runs on. `threads` is for the network and the pixels of one picture; 0: planned.
  Settings remover;
  int jobs = 0;  ///< as in BatchPlan; 0: planned
  /// What the process is to stay below, as far as that can be planned: what it takes with the model loaded and used,
  /// and room for the pictures in hand. A picture that is larger than the room is taken alone. 0: half of what is free.
  std::uint64_t memory_bytes = 0;
  /// Try how many pictures at a time, with how many threads each, are the fastest on this machine, and remember it in
  /// the user's cache: takes as long as some pictures, once for a model. Without: a thread a picture, or what was
  /// remembered.
  bool search = false;
};

/// What a run does with each of its pictures.
struct BatchOptions {
  RemoveOptions remove = {};
  DecodeOptions decoding = {};
  EncodeOptions encoding = {};
};

/// Takes the background off many pictures with every core busy: while one is in the network others are read, decoded,
/// composed, encoded and written.
///
/// Memory is bounded: a picture's header tells what it will take, and it waits until there is room. On a GPU
/// (Settings::batch) pictures go through the network together. One that was moved from throws Error(usage), and its
/// session() and plan() are empty.
class PEEL_API BatchRemover {
 public:
  /// Loads the model. Throws what BackgroundRemover's constructor throws, and Error(usage).
  explicit BatchRemover(BatchSettings settings);
  BatchRemover(BatchRemover&&) noexcept;
  BatchRemover& operator=(BatchRemover&&) noexcept;
  ~BatchRemover();

  /// Takes jobs from `next` until it gives none, and returns when all that were taken are done. `next` may wait; it and
  /// `done` are called from several threads, each by one at a time. A picture that fails does not stop the others. What
  /// `next` or `done` throws does, after those in hand, and is thrown on.
  ///
  /// JPEG holds no transparency: it needs a background among the options. Throws Error(usage) for options that no
  /// picture can be finished with (Finish::into among them), and Cancelled: once `stop` is requested no more jobs are
  /// taken, and those in hand end with that error.
  void run(const std::function<std::optional<BatchJob>()>& next, const std::function<void(const BatchResult&)>& done,
           const BatchOptions& options = {}, const std::stop_token& stop = {});

  const SessionInfo& session() const noexcept;
  const BatchPlan& plan() const noexcept;
  /// The most memory this process ever held, by the kernel's account; 0 where that cannot be told.
  std::uint64_t peak_memory() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peel
