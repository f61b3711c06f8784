#pragma once

#include <vector>

#include "inference/network.hpp"

namespace peel {

/// A picture any network of this kind sees something in: a bright disc on a dark ground, in every place of the batch.
/// Sizes that are open become 320.
Tensor test_pattern(const std::vector<std::int64_t>& input_shape);

/// Throws Error(device) where a result of the test pattern cannot be right: values that are no numbers, or out of
/// range, or the same everywhere, or different for equal pictures of a batch.
void check_result(const Tensor& output, const SaneRange& range);

/// The greatest difference of two results.
float difference(const Tensor& a, const Tensor& b);

/// A folder for the profile of a first run, and what it says.
class ProfileFolder {
 public:
  ProfileFolder();
  ProfileFolder(const ProfileFolder&) = delete;
  ProfileFolder& operator=(const ProfileFolder&) = delete;
  ~ProfileFolder();
  /// Nothing where no folder could be made.
  std::optional<std::string> prefix() const;
  /// Ends the profile of the network. Throws Error(device) where the device ran nothing of it.
  std::vector<Share> shares(const Network& network, Device device) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace peel
