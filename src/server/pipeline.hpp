#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/header.hpp"
#include "peel/document.hpp"
#include "peel/image.hpp"
#include "pool/memory_budget.hpp"
#include "server/metrics.hpp"
#include "server/model_cache.hpp"
#include "server/parameters.hpp"
#include "server/scheduler.hpp"

namespace peel::server {

/// A picture as a request brought it.
struct Upload {
  std::string bytes;
  std::shared_ptr<const void> held;  ///< its share of the memory for uploads, held as long as any work needs the bytes
};

/// What became of it.
struct Picture {
  std::vector<std::byte> bytes;  ///< encoded
  FileFormat format = FileFormat::png;
  int width = 0;
  int height = 0;
  std::string model, provider, engine, precision;  ///< empty: no model ran
  bool subject = false;
  std::vector<std::string> notes;
  std::optional<Box> crop;
  double queued = 0;  ///< milliseconds
  Timings timings;
};

struct ScannedPage {
  Picture picture;  ///< no bytes: no page, or only its corners were asked for
  ScanResult result;
  int picture_width = 0;  ///< of the upright picture that came in
  int picture_height = 0;
};

/// From uploaded bytes to encoded ones, on a worker of the scheduler. May be used from many threads.
class Pipeline {
 public:
  struct Options {
    std::uint64_t max_pixels = 100'000'000;
    std::uint64_t picture_bytes = 0;                ///< memory for the pictures in hand
    std::chrono::milliseconds decode_time{20'000};  ///< for a picture to be decoded
    std::string scan_model;                         ///< for pages where a request names none; empty: the default
  };
  Pipeline(ModelCache& models, Metrics& metrics, const Options& options);

  /// What can be told of a picture by its first bytes, on any thread. Throws ApiError 400 for what is no picture.
  void check(const Upload& upload) const;

  /// Turns the cut-out and its mask into something else before it is encoded: remove.bg's layout.
  using LayOut = std::function<Image(Result& cutout, Picture& about)>;

  /// Throws ApiError, peel::Error and Cancelled.
  /// `beside`: a second picture that `lay_out` decodes; memory is set aside for it too.
  Picture remove(const Upload& upload, const RemoveRequest& request, const Task& task, const LayOut& lay_out = nullptr,
                 const Upload* beside = nullptr);
  ScannedPage scan(const Upload& upload, const ScanRequest& request, const Task& task);

  /// Throws ApiError 400, 422 where it takes too long, Cancelled. `compat`: as Finish::compat.
  Image decode_upload(const Upload& upload, bool compat) const;

  std::uint64_t memory_in_hand() const { return budget_.taken(); }

 private:
  /// What can be told of a picture before it is decoded. Throws ApiError 413 for too many pixels, Cancelled.
  std::optional<PictureHeader> header_of(const Upload& upload) const;
  /// What a scan takes; sets the most pixels of its page. Throws ApiError where that is too much.
  std::uint64_t reserve_page(const Upload& upload, ScanOptions& options) const;

  ModelCache& models_;
  Metrics& metrics_;
  const Options options_;
  MemoryBudget budget_;
  DocumentScanner scanner_;
};

}  // namespace peel::server
