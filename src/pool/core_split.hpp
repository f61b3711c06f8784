#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "peel/pool.hpp"

namespace peel {

/// `jobs` and `threads` where they are given (not 0), and where one is not, what gives all cores work. Neither: a core
/// for each picture, which makes more of them in a second than all cores for one.
CoreSplit share_cores(int cores, int jobs, int threads);

/// Runs of the network at a time: while one is computed, the next one's pictures come and go.
inline constexpr int JOBS_ON_GPU = 2;

/// Pictures in hand at a time, from reading to writing, that keep the network busy: on a CPU one more than are in it,
/// for every two (a picture that waits for a disk leaves its core to another); on a GPU every core prepares pictures,
/// and there should be a batch on its way beside those that are computed.
int pictures_in_hand(int jobs, bool on_cpu, int batch);

/// What can be tried on so many cores, where a job's run of the network takes `run_bytes` and no more than `room` is to
/// be taken: a thread each first, then fewer jobs of more threads, down to one job with all. At least that one.
std::vector<CoreSplit> possible_splits(int cores, std::uint64_t run_bytes, std::uint64_t room);

/// The fastest by what `pictures_per_second` tells of each; of those within 3 % of it the one with the fewest jobs,
/// which takes the least memory.
CoreSplit fastest(const std::vector<CoreSplit>& splits,
                  const std::function<double(const CoreSplit&)>& pictures_per_second);

/// What was found for a model, in the user's cache, under a name that stands for all it depends on: the model's file,
/// precision, the processor, the number of cores and the runtime.
class RememberedSplit {
 public:
  explicit RememberedSplit(const std::string& depends_on);
  std::optional<CoreSplit> get() const;
  /// Where nothing can be written, nothing is remembered.
  void set(const CoreSplit& split) const;

 private:
  std::filesystem::path file_;  ///< empty: no place
};

}  // namespace peel
