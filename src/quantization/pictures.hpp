#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "peel/quantize.hpp"
#include "quantization/proof.hpp"

namespace peel::quantization {

/// Pictures of the user's folder, parted by what they are for.
struct Pictures {
  std::vector<std::filesystem::path> calibration;
  std::vector<ProofPicture> tuning;  ///< of the calibration pictures, those that choices are made by
  std::vector<ProofPicture> proof;   ///< never calibrated with or chosen by
  std::string calibration_sha256;    ///< over the bytes of the calibration pictures, in order
  std::size_t unreadable = 0;
};

inline constexpr std::size_t MOST_CALIBRATION = 64;
/// By fewer a form is judged too, and it is said.
inline constexpr std::size_t ENOUGH_PROOF = 8;

/// Throws Error(input) where one of the folders cannot be listed: to be known before a model is fetched.
void check_folders(const QuantizeOptions& options);

/// Takes `options.samples` files evenly from the folder, by name, leaves out what cannot be read, and makes every
/// fourth one a proof picture; of fewer than 32 every third, of fewer than 24 every second. The same folder gives the
/// same parts. Throws Error(input) where fewer than 8 can be read, Cancelled.
Pictures take_pictures(const QuantizeOptions& options, const Control& control = {});

}  // namespace peel::quantization
