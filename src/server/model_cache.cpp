#include "server/model_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "peel/error.hpp"
#include "server/api_error.hpp"

namespace peel::server {
namespace {

ModelCache::Choice choice_of(const std::string& model, const ModelStore& store) {
  if (is_model_path(model)) return {std::filesystem::path(model).stem().string(), model};
  if (model == "auto" || model.empty()) {
    const std::string name = default_model(store).name;
    return {name, name};
  }
  return {find_model(model).name, model};
}

}  // namespace

ModelCache::ModelCache(const Settings& settings, const std::vector<std::string>& named, bool download,
                       std::uint64_t most_bytes, int jobs)
    : settings_(settings), download_(download), most_bytes_(most_bytes), jobs_(jobs) {
  const ModelStore store(settings_.model_folder);
  for (const std::string& each : named) named_.push_back(choice_of(each, store));
  if (named_.empty()) named_.push_back(choice_of("auto", store));
}

std::vector<ModelCache::Choice> ModelCache::choices() const {
  std::vector<Choice> list = named_;
  const ModelStore store(settings_.model_folder);
  for (const ModelInfo& model : known_models()) {
    const bool named = std::ranges::any_of(list, [&](const Choice& each) { return each.name == model.name; });
    if (!named && !model.custom && (download_ || store.present(model))) list.push_back({model.name, model.name});
  }
  return list;
}

ModelCache::Choice ModelCache::choose(const std::string& name) const {
  if (name.empty() || name == "auto" || std::ranges::count(aliases, name) > 0) return named_.front();
  const std::vector<Choice> list = choices();
  const auto found = std::ranges::find(list, name, &Choice::name);
  if (found != list.end()) return *found;
  const auto known = std::ranges::find(known_models(), name, &ModelInfo::name);
  if (known != known_models().end() && !known->custom) {
    throw bad_parameter("model", name + " is not installed on this server",
                        fmt::format("whoever runs it installs it: peel models download {}", name));
  }
  throw bad_parameter("model", "no model of that name can be asked for", "GET /api/models lists them");
}

std::filesystem::path ModelCache::file_of(const Choice& choice) const {
  if (is_model_path(choice.model)) return choice.model;
  return ModelStore(settings_.model_folder).path(find_model(choice.model));
}

std::optional<std::filesystem::file_time_type> ModelCache::written(const std::filesystem::path& file) {
  std::error_code missing;
  const auto time = std::filesystem::last_write_time(file, missing);
  return missing ? std::nullopt : std::optional(time);
}

bool ModelCache::usable() const {
  const Choice& usual = named_.front();
  const auto now = written(file_of(usual));
  {
    const std::scoped_lock lock(mutex_);
    const bool in_memory = std::ranges::any_of(
        entries_, [&](const Entry& entry) { return entry.name == usual.name && entry.model != nullptr; });
    if (in_memory) return true;
    if (failure_ && failure_->name == usual.name && failure_->written == now) return false;
  }
  const bool may_be_fetched = !is_model_path(usual.model) && !settings_.fetch.offline;
  return now.has_value() || may_be_fetched;
}

ModelCache::Loaded ModelCache::get(const std::string& name) {
  try {
    return require(name);
  } catch (const Error& error) {
    log(LogLevel::warning, "{}", error.what());
    throw ApiError(503, "no_model", "the model cannot be used now", "the server's log says why");
  }
}

ModelCache::Loaded ModelCache::require(const std::string& name) {
  const Choice choice = choose(name);
  std::unique_lock lock(mutex_);
  while (true) {
    const auto entry = std::ranges::find(entries_, choice.name, &Entry::name);
    if (entry == entries_.end()) break;
    if (!entry->loading) {
      entries_.splice(entries_.begin(), entries_, entry);
      return {entry->name, entry->model};
    }
    changed_.wait(lock);
  }
  const auto entry = entries_.insert(entries_.begin(), {choice.name, nullptr, true});
  lock.unlock();
  std::shared_ptr<const LoadedModel> model;
  Stopwatch watch;
  try {
    Settings own = settings_;
    own.model_name = choice.model;
    model = std::make_shared<const LoadedModel>(own, jobs_);
  } catch (...) {
    lock.lock();
    failure_ = Failure{choice.name, written(file_of(choice))};
    entries_.erase(entry);
    changed_.notify_all();
    throw;
  }
  if (on_load) on_load(choice.name, watch.lap() / 1000);
  if (on_gpu && model->info().provider != "cpu") on_gpu(model->pictures_in_hand());
  lock.lock();
  entry->model = model;
  entry->loading = false;
  make_room(choice.name);
  changed_.notify_all();
  return {choice.name, model};
}

void ModelCache::make_room(const std::string& keep) {
  std::uint64_t taken = 0;
  for (const Entry& entry : entries_) taken += entry.model ? entry.model->memory() : 0;
  // From the one that was not used for the longest time. One that is in use would not be gone.
  for (auto entry = entries_.end(); entry != entries_.begin() && taken > most_bytes_;) {
    --entry;
    if (!entry->model || entry->name == keep || entry->model.use_count() > 1) continue;
    log(LogLevel::info, "{} makes room for {}", entry->name, keep);
    taken -= std::min(taken, entry->model->memory());
    entry = entries_.erase(entry);
  }
}

std::vector<ModelCache::Loaded> ModelCache::loaded() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Loaded> list;
  for (const Entry& entry : entries_) {
    if (entry.model) list.push_back({entry.name, entry.model});
  }
  return list;
}

std::uint64_t ModelCache::memory() const {
  std::uint64_t taken = 0;
  for (const Loaded& each : loaded()) taken += each.model->memory();
  return taken;
}

}  // namespace peel::server
