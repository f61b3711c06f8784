#include "server/loaded_model.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/log.hpp"
#include "base/memory.hpp"
#include "base/parallel.hpp"
#include "peel/error.hpp"
#include "pool/core_split.hpp"
#include "pool/memory_need.hpp"

namespace peel::server {
namespace {

/// Where a batch of several pays: not on a CPU, where every picture takes its own time in any case.
constexpr int BATCH_ON_GPU = 4;

Settings for_one_picture(Settings settings) {
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

LoadedModel::LoadedModel(const Settings& settings, int jobs)
    : pool_settings_{.remover = settings, .jobs = jobs}, threads_(thread_count(settings.threads)), alone_([&] {
        const std::uint64_t before = resident_memory();
        BackgroundRemover remover(for_one_picture(settings));
        growth_ = growth(before, file_bytes(remover.session().file));
        return remover;
      }()) {
  if (on_cpu()) {
    const CoreSplit split = share_cores(std::min(physical_cores(), threads_), jobs, 0);
    pool_settings_.jobs = split.jobs;
    pool_settings_.remover.threads = split.threads;
  } else {
    if (jobs == 0) pool_settings_.jobs = JOBS_ON_GPU;
    if (settings.batch == 1) pool_settings_.remover.batch = BATCH_ON_GPU;
  }
}

int LoadedModel::pictures_in_hand() const {
  return peel::pictures_in_hand(pool_settings_.jobs, on_cpu(), pool_settings_.remover.batch);
}

const RemoverPool& LoadedModel::pool() const {
  const std::scoped_lock lock(mutex_);
  if (pool_) return *pool_;
  const std::uint64_t before = resident_memory();
  pool_.emplace(pool_settings_);
  growth_ += growth(before, 0);
  pool_is_made_ = true;
  return *pool_;
}

const RemoverPool* LoadedModel::pool_if_possible() const {
  if (pool_failed_) return nullptr;
  try {
    return &pool();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    log(LogLevel::warning, "pictures go through one after the other, as the model cannot be loaded again: {}",
        error.what());
    pool_failed_ = true;
    return nullptr;
  }
}

std::uint64_t LoadedModel::memory() const {
  const std::uint64_t run = run_memory(info(), pool_settings_.remover.max_size);
  return growth_ + run * static_cast<std::uint64_t>(1 + (pool_is_made_ ? pool_settings_.jobs : 0));
}

void LoadedModel::prepare() const {
  pool();
}

Mask LoadedModel::see(const Image& picture, const Look& look, const std::stop_token& stop) const {
  // Not whether others are in the network at this moment: between two that come together there may be none.
  if (in_hand_ <= 1 || pool_settings_.jobs <= 1) return alone_.see(picture, look, {stop});
  const RemoverPool* const together = pool_if_possible();
  if (!together) return alone_.see(picture, look, {stop});
  RemoverPool::Expected expected(*together);
  return together->see(picture, look, expected, stop);
}

}  // namespace peel::server
