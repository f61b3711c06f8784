#include "quantization/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <system_error>

#include "base/control.hpp"
#include "base/file.hpp"
#include "models/checksum.hpp"
#include "peel/error.hpp"
#include "peel/image.hpp"

namespace peel::quantization {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t LEAST = 8;    // four to calibrate with, four to judge by
constexpr std::size_t TUNING = 32;  // fewer tell forms apart by what they do to one or two hard pictures

constexpr const char* CALIBRATION = "calibration pictures";
constexpr const char* TRUTH = "ground truth masks";

std::vector<fs::path> files_of(const fs::path& folder, const char* what) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored) && !entry->path().filename().string().starts_with('.')) {
      files.push_back(entry->path());
    }
  }
  if (error) {
    throw Error(ErrorCode::input, fmt::format("{}: {}", folder.string(), error.message()),
                fmt::format("give the folder of the {}", what));
  }
  std::ranges::sort(files);
  return files;
}

bool can_be_read(const fs::path& file) {
  try {
    load_image(file);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

void check_folders(const QuantizeOptions& options) {
  files_of(options.calibration, CALIBRATION);
  if (!options.truth.empty()) files_of(options.truth, TRUTH);
}

Pictures take_pictures(const QuantizeOptions& options, const Control& control) {
  const auto files = files_of(options.calibration, CALIBRATION);
  std::map<std::string, fs::path> truths;
  if (!options.truth.empty()) {
    for (const auto& file : files_of(options.truth, TRUTH)) truths.emplace(file.stem().string(), file);
  }
  const std::size_t wanted = std::min(static_cast<std::size_t>(options.samples), files.size());
  const auto proof_picture = [&](const fs::path& file) {
    ProofPicture picture{file, {}};
    const auto truth = truths.find(file.stem().string());
    if (truth != truths.end() && can_be_read(truth->second)) picture.truth = truth->second;
    return picture;
  };
  Pictures pictures;
  std::vector<fs::path> readable;
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto& file = files[i * files.size() / wanted];
    begin_step(control, "looking at the pictures", i, wanted);
    if (can_be_read(file)) readable.push_back(file);
  }
  pictures.unreadable = wanted - readable.size();
  if (readable.size() < LEAST) {
    throw Error(ErrorCode::input,
                fmt::format("{} has {} pictures that can be read, of {} files looked at; {} are needed at least",
                            options.calibration.string(), readable.size(), wanted, LEAST),
                "give a folder with some dozens of pictures of the kind the model is used for");
  }
  // A verdict needs pictures more than the ranges of values do.
  const std::size_t stride = std::clamp<std::size_t>(readable.size() / ENOUGH_PROOF, 2, 4);
  for (std::size_t i = 0; i < readable.size(); ++i) {
    if (i % stride == stride - 1) {
      pictures.proof.push_back(proof_picture(readable[i]));
    } else if (pictures.calibration.size() < MOST_CALIBRATION) {
      pictures.calibration.push_back(readable[i]);
    }
  }
  Hasher hasher(HashAlgorithm::sha256);
  for (const auto& file : pictures.calibration) hasher.update(MappedFile(file, ErrorCode::input).bytes());
  pictures.calibration_sha256 = to_hex(hasher.finish());
  const std::size_t tuning = std::min(TUNING, pictures.calibration.size());
  for (std::size_t i = 0; i < tuning; ++i) {
    pictures.tuning.push_back(proof_picture(pictures.calibration[i * pictures.calibration.size() / tuning]));
  }
  return pictures;
}

}  // namespace peel::quantization
