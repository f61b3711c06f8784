#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "image/header.hpp"
#include "peel/batch.hpp"

namespace peel {

/// So many pictures in the network at a time, with so many threads each.
struct Split {
  int jobs = 1;
  int threads = 1;
  bool operator==(const Split&) const = default;
};

/// What can be tried on so many cores, where a job's run of the network takes `run_bytes` and no more than `room` is to
/// be taken: a thread each first, then fewer jobs of more threads, down to one job with all. At least that one.
std::vector<Split> possible_splits(int cores, std::uint64_t run_bytes, std::uint64_t room);

/// What a run of a network with an input of that size takes, about: of the networks of the manifest the hungriest,
/// IS-Net, takes 720 bytes a pixel of its input.
std::uint64_t run_memory(int input_width, int input_height);

/// What a picture takes at the most while it is in hand: its file, its pixels, its mask, the cut-out and the cut-out's
/// file. `matting`: and what solving for its edge takes, where that is a tenth of the picture. Of a picture whose
/// header cannot be read, its file.
std::uint64_t picture_memory(std::uint64_t file_bytes, const std::optional<PictureHeader>& header,
                             bool matting = false);

/// The fastest by what `pictures_per_second` tells of each; of those within 3 % of it the one with the fewest jobs,
/// which takes the least memory.
Split fastest(const std::vector<Split>& splits, const std::function<double(const Split&)>& pictures_per_second);

/// What was found for a model, in the user's cache, under a name that stands for all it depends on: the model's file,
/// precision, the processor, the number of cores and the runtime.
class RememberedSplit {
 public:
  explicit RememberedSplit(const std::string& depends_on);
  std::optional<Split> get() const;
  /// Where nothing can be written, nothing is remembered.
  void set(const Split& split) const;

 private:
  std::filesystem::path file_;  ///< empty: no place
};

}  // namespace peel
