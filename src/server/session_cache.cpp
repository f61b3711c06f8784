#include "server/session_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "peel/error.hpp"
#include "server/api_error.hpp"

namespace peel::server {
namespace {

SessionCache::Choice choice_of(const std::string& model, const ModelStore& store) {
  if (is_model_path(model)) return {std::filesystem::path(model).stem().string(), model};
  if (model == "auto" || model.empty()) {
    const std::string name = default_model(store).name;
    return {name, name};
  }
  return {find_model(model).name, model};
}

}  // namespace

SessionCache::SessionCache(const Settings& settings, const std::vector<std::string>& usual, bool download,
                           std::uint64_t most_bytes, int together)
    : settings_(settings), download_(download), most_bytes_(most_bytes), together_(together) {
  const ModelStore store(settings_.model_folder);
  for (const std::string& model : usual) usual_.push_back(choice_of(model, store));
  if (usual_.empty()) usual_.push_back(choice_of("auto", store));
}

std::vector<SessionCache::Choice> SessionCache::choices() const {
  std::vector<Choice> list = usual_;
  const ModelStore store(settings_.model_folder);
  for (const ModelInfo& model : known_models()) {
    const bool named = std::ranges::any_of(list, [&](const Choice& each) { return each.name == model.name; });
    if (!named && !model.custom && (download_ || store.present(model))) list.push_back({model.name, model.name});
  }
  return list;
}

SessionCache::Choice SessionCache::choose(const std::string& name) const {
  if (name.empty() || name == "auto" || std::ranges::count(aliases, name) > 0) return usual_.front();
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

SessionCache::Loaded SessionCache::get(const std::string& name) {
  try {
    return require(name);
  } catch (const Error& error) {
    log(LogLevel::warning, "{}", error.what());
    throw ApiError(503, "no_model", "the model cannot be used now", "the server's log says why");
  }
}

SessionCache::Loaded SessionCache::require(const std::string& name) {
  const Choice choice = choose(name);
  std::unique_lock lock(mutex_);
  while (true) {
    const auto entry = std::ranges::find(entries_, choice.name, &Entry::name);
    if (entry == entries_.end()) break;
    if (!entry->loading) {
      entries_.splice(entries_.begin(), entries_, entry);
      return {entry->name, entry->session};
    }
    changed_.wait(lock);
  }
  const auto entry = entries_.insert(entries_.begin(), {choice.name, nullptr, true});
  lock.unlock();
  std::shared_ptr<const ModelSession> session;
  Stopwatch watch;
  try {
    Settings own = settings_;
    own.model_name = choice.model;
    session = std::make_shared<const ModelSession>(own, together_);
  } catch (...) {
    lock.lock();
    entries_.erase(entry);
    changed_.notify_all();
    throw;
  }
  if (on_load) on_load(choice.name, watch.lap() / 1000);
  if (on_gpu && session->info().provider != "cpu") on_gpu(session->together() * session->batch_together());
  lock.lock();
  entry->session = session;
  entry->loading = false;
  make_room(choice.name);
  changed_.notify_all();
  return {choice.name, session};
}

void SessionCache::make_room(const std::string& keep) {
  std::uint64_t taken = 0;
  for (const Entry& entry : entries_) taken += entry.session ? entry.session->memory() : 0;
  // From the one that was not used for the longest time. One that is in use would not be gone.
  for (auto entry = entries_.end(); entry != entries_.begin() && taken > most_bytes_;) {
    --entry;
    if (!entry->session || entry->name == keep || entry->session.use_count() > 1) continue;
    log(LogLevel::info, "{} makes room for {}", entry->name, keep);
    taken -= std::min(taken, entry->session->memory());
    entry = entries_.erase(entry);
  }
}

std::vector<SessionCache::Loaded> SessionCache::loaded() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Loaded> list;
  for (const Entry& entry : entries_) {
    if (entry.session) list.push_back({entry.name, entry.session});
  }
  return list;
}

std::uint64_t SessionCache::memory() const {
  std::uint64_t taken = 0;
  for (const Loaded& each : loaded()) taken += each.session->memory();
  return taken;
}

}  // namespace peel::server
