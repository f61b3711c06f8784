#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/loaded_model.hpp"

namespace peel::server {

/// The models a request may name, loaded when one first does and kept while memory allows.
class ModelCache {
 public:
  struct Choice {
    std::string name;   ///< as requests say it
    std::string model;  ///< as Settings::model_name says it; a file only where the operator named it
  };

  struct Loaded {
    std::string name;
    std::shared_ptr<const LoadedModel> model;
  };

  /// `named`: by the operator: the first is what requests without a name get; all of them may be named whether they are
  /// installed or not. Besides, every model of the manifest that is installed (with `download`, every one).
  /// `most_bytes`: for all that are loaded together; the one that was used last stays in any case.
  ModelCache(const Settings& settings, const std::vector<std::string>& named, bool download, std::uint64_t most_bytes,
             int jobs);

  /// Loads it where it is not; others that want the same wait for that, those with another model do not. Empty: the
  /// default. Throws ApiError: 422 for one that may not be named, 503 for one that cannot be had.
  Loaded get(const std::string& name);
  /// The same, but where it cannot be had, what BackgroundRemover's constructor throws.
  Loaded require(const std::string& name);

  /// What `get` would load. Throws ApiError.
  Choice choose(const std::string& name) const;
  /// All that a request may name now; the default first.
  std::vector<Choice> choices() const;
  /// Whether the usual model can be had, as far as can be told without loading it: it is there or may be fetched, and
  /// if it could not be loaded the last time, its file has changed since.
  bool usable() const;

  /// The one that was used last is the first.
  std::vector<Loaded> loaded() const;
  std::uint64_t memory() const;

  /// Names besides "auto" for the default.
  std::vector<std::string> aliases;
  /// Told of each model that was loaded: its name and the seconds it took.
  std::function<void(const std::string&, double)> on_load;
  /// Told where a model runs on a GPU: pictures in hand that keep it busy.
  std::function<void(int)> on_gpu;

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<const LoadedModel> model;
    bool loading = false;
  };
  void make_room(const std::string& keep);

  const Settings settings_;
  std::vector<Choice> named_;
  const bool download_;
  const std::uint64_t most_bytes_;
  const int jobs_;
  struct Failure {
    std::string name;
    std::optional<std::filesystem::file_time_type> written;  ///< its file, at that time
  };

  std::filesystem::path file_of(const Choice& choice) const;
  static std::optional<std::filesystem::file_time_type> written(const std::filesystem::path& file);

  mutable std::mutex mutex_;
  std::optional<Failure> failure_;  ///< the last one
  std::condition_variable changed_;
  std::list<Entry> entries_;  ///< the one that was used last is the first
};

}  // namespace peel::server
