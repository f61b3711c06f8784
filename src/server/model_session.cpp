#include "server/model_session.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/log.hpp"
#include "base/memory.hpp"
#include "base/parallel.hpp"
#include "batch/plan.hpp"

namespace peel::server {
namespace {

/// Where a batch of several pays: not on a CPU, where every picture takes its own time in any case.
constexpr int BATCH_ON_GPU = 4;

Settings alone(Settings settings) {
  settings.batch = 1;
  return settings;
}

std::uint64_t file_bytes(const std::string& file) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(file, ignored);
  return ignored ? 0 : size;
}

/// What the process has grown by since `before`; other threads may have let go of something meanwhile.
std::uint64_t growth(std::uint64_t before, std::uint64_t least) {
  const std::uint64_t now = resident_memory();
  return std::max(now > before ? now - before : 0, least);
}

}  // namespace

ModelSession::ModelSession(const Settings& settings, int together)
    : settings_(settings),
      threads_(thread_count(settings.threads)),
      alone_([&] {
        const std::uint64_t before = resident_memory();
        BackgroundRemover remover(alone(settings));
        memory_ = growth(before, file_bytes(remover.session().file));
        return remover;
      }()),
      together_(together) {
  if (together_ > 0) return;
  // On a GPU two batches: while one is computed, the next one's pictures come and go.
  together_ = info().provider == "cpu" ? std::max(1, std::min(physical_cores(), threads_)) : 2;
}

int ModelSession::batch_together() const {
  return info().provider == "cpu" || settings_.batch > 1 ? settings_.batch : BATCH_ON_GPU;
}

const ModelSession::Together& ModelSession::loaded_together() const {
  const std::scoped_lock lock(mutex_);
  if (shared_.slots) return shared_;
  const std::uint64_t before = resident_memory();
  Settings own = settings_;
  const bool on_cpu = info().provider == "cpu";
  if (on_cpu) own.threads = std::max(1, threads_ / together_);
  own.batch = batch_together();
  // A pool of threads is a session's: with more than one thread each of those together needs its own.
  const int sessions = on_cpu && own.threads > 1 ? together_ : 1;
  for (int i = 0; i < sessions; ++i) shared_.removers.emplace_back(own);
  shared_.slots = std::make_unique<InferenceSlots>(
      static_cast<std::size_t>(together_), static_cast<std::size_t>(shared_.removers.front().session().batch),
      [this](std::size_t slot, std::span<const Image> pictures) {
        RemoveOptions mask_alone;
        mask_alone.kind = RemoveOptions::Kind::network_mask;
        return shared_.removers[slot % shared_.removers.size()].remove(pictures, mask_alone);
      });
  memory_ += growth(before, 0);
  two_sessions_ = true;
  log(LogLevel::info, "{}: {} at a time in the network", info().model, together_);
  return shared_;
}

std::uint64_t ModelSession::memory() const {
  const int open = settings_.max_size;
  const std::uint64_t run = run_memory(info().input_width > 0 ? info().input_width : open,
                                       info().input_height > 0 ? info().input_height : open);
  return memory_ + run * static_cast<std::uint64_t>(1 + (two_sessions_ ? together_ : 0));
}

void ModelSession::prepare() const {
  loaded_together();
}

ModelSession::Seen ModelSession::see(const Image& picture, const RemoveOptions& options) const {
  Seen seen;
  seen.whole =
      options.compat && options.category == RemoveOptions::Category::all && info().output == OutputKind::classes;
  RemoveOptions asked = options;
  if (!seen.whole) {
    asked = {};
    asked.kind = RemoveOptions::Kind::network_mask;
    asked.compat = options.compat;
    asked.category = options.category;
    asked.prompts = options.prompts;
  }
  const bool special = asked.compat || asked.category != RemoveOptions::Category::all || !asked.prompts.empty();
  // Not whether others are in the network at this moment: between two that come together there may be none.
  const bool only_one = in_hand_ <= 1;
  if (only_one || special || together_ <= 1) {
    seen.result = alone_.remove(picture, asked);
  } else {
    const Together& together = loaded_together();
    InferenceSlots::Coming coming(*together.slots);
    seen.result = together.slots->infer(picture, coming);
  }
  return seen;
}

}  // namespace peel::server
