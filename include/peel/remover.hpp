#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "peel/byte_view.hpp"
#include "peel/color.hpp"
#include "peel/control.hpp"
#include "peel/export.hpp"
#include "peel/geometry.hpp"
#include "peel/image.hpp"
#include "peel/mask.hpp"
#include "peel/matting.hpp"
#include "peel/models.hpp"
#include "peel/prompt.hpp"
#include "peel/providers.hpp"
#include "peel/timings.hpp"

namespace peel {

enum class Precision { automatic, fp32, fp16, int8 };

/// How a BackgroundRemover is made.
struct Settings {
  /// A name of the manifest, the path of an .onnx file (contains '/' or ends in .onnx), or "auto": the first of
  /// silueta, isnet-general-use and u2netp that is installed, else silueta is fetched, or isnet-general-use where that
  /// cannot be had. NAME.encoder.onnx is the encoder of a Segment Anything, whose NAME.decoder.onnx stands beside it.
  std::string model_name = "auto";
  /// Longest side in pixels of the working copy, where a choice is left: the input of networks whose graph leaves its
  /// size open. A network with a fixed input (every one of the manifest) sees the picture at exactly that size, reduced
  /// in one step from the original. Never touches the output's pixels.
  int max_size = 640;
  Device device = Device::automatic;
  bool use_tensorrt = true;     ///< whether `automatic` tries TensorRT, which is slow to start where it is new
  bool require_device = false;  ///< Error(device) instead of falling back, to another device, engine or precision
  /// automatic: fp16 on TensorRT, fp32 elsewhere. fp16: weights and arithmetic in half precision, made from the model,
  /// on a GPU; a CPU computes in fp32, with the reason. int8: NAME_int8.onnx beside the model, else as automatic, with
  /// the reason.
  Precision precision = Precision::automatic;
  /// Pictures a run of the network takes. More than 1 pays on a GPU, with remove() of several pictures; every run then
  /// takes as long as a full one. 1 to 64.
  int batch = 1;
  /// For inference and pixels; 0: every core this process may use. 0 to 1024; more than there are cores only hinder one
  /// another: so many are used then, with a warning in the log.
  int threads = 0;
  std::optional<std::filesystem::path> model_folder;  ///< the store; default as in ModelStore
  /// Layout of a custom model, where it is not U-2-Net's: its size, mean, std and output kind are used.
  std::optional<ModelInfo> custom_layout;
  bool cache_graph = true;  ///< keep the optimised graph beside the model: a second start is faster
  FetchOptions fetch = fetch_options_from_environment();

  /// What computes on the CPU. automatic: what `peel models warm` has found to be the faster for this model, else
  /// OpenVINO on a processor with AMX, ONNX Runtime on others. openvino: on the CPU, though there be a GPU; where it
  /// cannot be had ONNX Runtime takes its place, with the reason (Error(device) with `require_device`). Masks of the
  /// two differ by rounding.
  Engine engine = Engine::automatic;
  /// Runs of the network at a time, each with `threads` of its own, for see() of several threads at a time; more wait
  /// for one another. Of OpenVINO alone: ONNX Runtime's share one set of `threads`, however many they are.
  int runs = 1;
};

struct RemoveOptions;

/// The six settings of the program that peel grew from, by the names and with the defaults they had there, as what they
/// are here.
struct PEEL_API BasicSettings {
  std::string model_name = "silueta";
  int max_size = 640;
  bool alpha_matting = false;
  bool use_gpu = true;
  bool use_tensorrt = true;
  bool use_int8 = false;

  Settings settings() const;      ///< the model, and what it runs on
  RemoveOptions options() const;  ///< what is done to each picture
};

/// What to look for in a picture.
struct Look {
  /// Which clothes stay, for a model that tells them apart (u2net_cloth_seg); any but `all` is Error(usage) with
  /// others. `all` is every piece of clothing in one mask; with `compat` it is what rembg makes of it, a cut-out of
  /// each (Mask::classes), one below the other (upper, lower, full), in `Result::mask` and `image` alike, both three
  /// times as high.
  Category category = Category::all;
  /// What Segment Anything is to look for; without, what is in the picture's middle. Points count together, for the box
  /// they lie in; of several boxes each is looked for by itself, and the mask holds all that was found (with `compat`
  /// all go to the network at once, as in rembg). Error(usage): a point outside the picture, a box that does not touch
  /// it, no subject and no box, or a model that takes no prompts.
  std::vector<Prompt> prompts = {};
  bool compat = false;  ///< as Finish::compat

  bool operator==(const Look&) const = default;
};

/// What to make of a picture and the mask of its subject.
struct Finish {
  enum class Kind {
    cutout,  ///< own colours under straight alpha; existing alpha is multiplied in; wholly transparent pixels are zero
    mask,    ///< the mask itself: 8-bit grey
    put_alpha,  ///< every pixel's colour kept, also where it is transparent; alpha is replaced by the mask
  } kind = Kind::cutout;
  /// rembg's -ppm: opening, Gaussian blur, threshold. The mask is 0 or 255 after it.
  bool post_process_mask = false;
  /// The mask's edge is drawn to the picture's edges: refine_mask(). Before everything else.
  bool refine = false;
  MaskCleaning cleaning;  ///< of the mask at the picture's size, after `post_process_mask`
  /// The edge is solved for by closed-form matting, of the mask after all that: make_trimap(), estimate_alpha(). A
  /// cut-out gets the colours of estimate_foreground(). Where there is nothing to solve, Result::notes says why and
  /// refine_mask() takes its place.
  bool alpha_matting = false;
  MattingOptions matting;
  /// The background's part is taken out of the colours of partly transparent pixels: estimate_foreground().
  bool decontaminate = false;
  /// Laid under the cut-out: a colour (sRGB) or a picture (scaled to cover, centred), brought to the result's profile.
  /// Where it is transparent the result is.
  std::variant<std::monostate, Color, Image> background;
  /// Cut to the box of the subject (mask of at least 10 of 255) plus this margin in pixels, inside the picture. Of one
  /// cut-out: Error(usage) for a mask of several classes.
  std::optional<int> crop_margin;
  /// rembg's bytes: its arithmetic where peel does better (colours multiplied by the mask, ICC profile ignored and
  /// dropped, noise stretched to full range, 8 bits).
  bool compat = false;
  /// Where the result is written instead of Result::image, which stays empty: as large as the picture, in a format that
  /// PixelBuffer allows for it, without a copy in between (a mask is copied, as Result::mask has it too). Of one
  /// picture, uncropped, that has one mask: else Error(usage).
  std::optional<PixelBuffer> into;
};

/// What to look for and what to make of it, in one.
struct RemoveOptions : Finish {
  using Category = peel::Category;
  Category category = Category::all;  ///< as Look::category
  std::vector<Prompt> prompts;        ///< as Look::prompts

  Look look() const { return {category, prompts, compat}; }
};

/// A provider or an engine that was wanted and did not run, and why.
struct Fallback {
  std::string provider;
  std::string reason;
};

struct Result {
  Image image;           ///< what was asked for; empty where Finish::into took it
  Image mask;            ///< gray8, size of the oriented input (before any crop); but see Look::category
  bool subject = false;  ///< as Mask::subject; of a cleaned mask: whether there is one after that
  /// What was asked for and was not done as it was asked for, and why; before it Image::notes() of the picture.
  std::vector<std::string> notes;
  std::optional<Box> crop;  ///< the part of the oriented input `image` shows, where it was cropped
  Timings timings;
};

/// What a remover runs on.
struct SessionInfo {
  std::string model;     ///< name, or path for a custom one
  std::string file;      ///< path of the file that was loaded
  std::string provider;  ///< "cpu", "cuda", ...
  std::string engine;    ///< "onnxruntime" or "openvino"
  std::string engine_version;
  std::string precision;  ///< "fp32", "fp16", "int8"
  int threads = 0;
  int batch = 1;
  int input_width = 0;  ///< of the network, in pixels; 0: as the picture's, up to Settings::max_size
  int input_height = 0;
  std::vector<Fallback> fallbacks;
  /// Where the operators of the graph really ran, by the runtime's own profile of the warm-up: the device first. More
  /// than one entry: the device runs only part of the graph. Empty on a CPU, which runs all of it.
  std::vector<Share> shares;
  OutputKind output = OutputKind::probability;  ///< what kind of model it is
};

/// Takes backgrounds off pictures. Made once (it loads the model: a second or so), used for as many pictures as wanted,
/// also from several threads at a time. It can be moved, not copied; one that was moved from throws Error(usage).
///
///     peel::BackgroundRemover remover;
///     peel::Result cutout = remover.remove("photo.jpg");
///     peel::write_file("cutout.png", peel::encode(cutout.image));
///
/// remove() is see() and then finish(): what stands between the two is the mask, for whatever else is to be made of it.
///
/// The constructor throws Error(model), Error(device) or Error(usage), Cancelled by the stop of Settings::fetch; calls
/// throw Error(input), Error(usage), Error(device) where the device fails, and Cancelled. Progress of a call:
/// "decoding", "network", then for each picture "mask", "matting", "colors" and "composing", as far as there is
/// something to do; done and total are pictures.
class PEEL_API BackgroundRemover {
 public:
  explicit BackgroundRemover(Settings settings = {});
  BackgroundRemover(BackgroundRemover&&) noexcept;
  BackgroundRemover& operator=(BackgroundRemover&&) noexcept;
  ~BackgroundRemover();

  /// The masks of some pictures, in the same order, Settings::batch at a time through the network. The first error is
  /// thrown; pictures that cannot be used are best found while decoding.
  std::vector<Mask> see(std::span<const Image> pictures, const Look& look = {}, const Control& control = {}) const;
  Mask see(const Image& picture, const Look& look = {}, const Control& control = {}) const;

  Result remove(const Image& picture, const RemoveOptions& options = {}, const Control& control = {}) const;
  /// Several pictures, as see() takes them.
  std::vector<Result> remove(std::span<const Image> pictures, const RemoveOptions& options = {},
                             const Control& control = {}) const;
  /// Copies the pixels once.
  Result remove(const PixelView& pixels, const RemoveOptions& options = {}, const Control& control = {}) const;
  /// An encoded picture in memory.
  Result remove(ByteView bytes, const RemoveOptions& options = {}, const DecodeLimits& limits = {},
                const Control& control = {}) const;
  Result remove(const std::filesystem::path& file, const RemoveOptions& options = {}, const DecodeLimits& limits = {},
                const Control& control = {}) const;

  const SessionInfo& session() const noexcept;  ///< empty for one that was moved from

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Measures in turns which engine computes the model of these settings faster on the CPU with their number of threads,
/// and keeps it, for Engine::automatic of later removers: tens of runs of each, with both in memory. Where there is no
/// choice it is the one there is, with the reason, and nothing is kept. Throws as the constructor of BackgroundRemover.
PEEL_API EngineChoice measure_engines(const Settings& settings);

/// Makes of a picture and a mask, that of see() or one from anywhere, what is asked for. Result::timings are the mask's
/// and those of the work here. `threads`: 0: every core this process may use. Throws Error(usage), Cancelled. Progress
/// is that of remove() after the network.
PEEL_API Result finish(const Image& picture, const Mask& mask, const Finish& options = {}, int threads = 0,
                       const Control& control = {});

/// The same with the alpha that estimate_alpha() makes of a trimap (gray8 of any size, stretched over the picture: a
/// tenth of the range from black is background, from white foreground, all else is solved for). A cut-out gets the
/// colours of estimate_foreground(); `cleaning` and `post_process_mask` are of the alpha; `refine`, `alpha_matting` and
/// `matting` but for `exact` have no part in it. Where there is nothing to solve, `notes` says why and the trimap is
/// the mask.
PEEL_API Result finish_trimap(const Image& picture, const Image& trimap, const Finish& options = {}, int threads = 0,
                              const Control& control = {});

}  // namespace peel
