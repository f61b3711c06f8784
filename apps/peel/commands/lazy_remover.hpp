#pragma once

#include <future>
#include <optional>
#include <string>

#include "peel/remover.hpp"

namespace peel::cli {

/// The model named by a path, not by a name of the manifest.
bool is_model_path(const std::string& model);

/// The remover, made while the first picture is decoded where its model is there. Where a model has to be fetched, that
/// waits until a picture has been decoded: nobody wants a download for a picture that cannot be read.
class LazyRemover {
 public:
  /// Throws Error(model) for an unknown name.
  explicit LazyRemover(Settings settings);

  /// Waits for it. Throws what the constructor of BackgroundRemover throws; not to be called again then.
  const BackgroundRemover& get();
  /// get() threw: there is nothing to go on with.
  bool failed() const { return failed_; }
  /// What making it took. After get().
  double milliseconds() const { return milliseconds_; }

 private:
  BackgroundRemover make();

  Settings settings_;
  bool failed_ = false;
  double milliseconds_ = 0;
  std::optional<BackgroundRemover> remover_;
  std::future<BackgroundRemover> future_;  // last: its destructor waits for what uses the others
};

}  // namespace peel::cli
