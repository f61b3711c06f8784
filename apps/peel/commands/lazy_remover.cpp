#include "commands/lazy_remover.hpp"

#include <chrono>
#include <utility>

#include "commands/interrupt.hpp"

namespace peel::cli {

bool is_model_path(const std::string& model) {
  return model.find('/') != std::string::npos || model.ends_with(".onnx");
}

LazyRemover::LazyRemover(Settings settings) : settings_(std::move(settings)) {
  const ModelStore store;
  const std::string& name = settings_.model_name;
  const bool installed = is_model_path(name) || store.present(name == "auto" ? default_model(store) : find_model(name));
  // Where the system gives no more threads the library takes the second policy.
  const auto beside = std::launch::async | std::launch::deferred;
  future_ = std::async(installed ? beside : std::launch::deferred, [this] { return make(); });
}

const BackgroundRemover& LazyRemover::get() {
  if (!remover_) {
    failed_ = true;
    remover_.emplace(future_.get());
    failed_ = false;
  }
  return *remover_;
}

BackgroundRemover LazyRemover::make() {
  // The optimised graph must not be left half written; a download may be cut off at any time, it is resumed later.
  const DeferInterrupt whole_graph;
  settings_.fetch.progress = [show = settings_.fetch.progress](const Progress& progress) {
    end_if_interrupted();
    if (show) show(progress);
  };
  const auto start = std::chrono::steady_clock::now();
  BackgroundRemover remover(settings_);
  milliseconds_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return remover;
}

}  // namespace peel::cli
