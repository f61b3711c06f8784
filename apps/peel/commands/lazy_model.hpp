#pragma once

#include <functional>
#include <future>
#include <optional>
#include <utility>

#include "base/stopwatch.hpp"
#include "commands/interrupt.hpp"
#include "commands/network_settings.hpp"
#include "peel/remover.hpp"

namespace peel::cli {

/// What runs a model (a BackgroundRemover, a RemoverPool, a DocumentScanner), made while the first picture is decoded
/// where its model is there. Where a model has to be fetched, that waits until a picture has been decoded: a picture
/// that cannot be read is no reason for a download.
template <typename User>
class LazyModel {
 public:
  using Make = std::function<User(const Settings&)>;

  /// Throws Error(model) for an unknown name.
  explicit LazyModel(
      Settings settings, Make make = [](const Settings& own) { return User(own); })
      : settings_(std::move(settings)), make_(std::move(make)) {
    // Where the system gives no more threads the library takes the second policy.
    const auto beside = std::launch::async | std::launch::deferred;
    const bool installed = model_is_there(settings_.model_name);
    future_ = std::async(installed ? beside : std::launch::deferred, [this] { return load(); });
  }

  /// Waits for it. Throws what loading the model throws; not to be called again then.
  const User& get() {
    if (!user_) user_.emplace(future_.get());
    return *user_;
  }
  /// What making it took. After get().
  double milliseconds() const { return milliseconds_; }

 private:
  User load() {
    // The optimised graph must not be left half written.
    const DeferInterrupt whole_graph;
    Stopwatch watch;
    User user = make_(settings_);
    user.session();  // for a User that loads its model late
    milliseconds_ = watch.lap();
    return user;
  }

  Settings settings_;
  Make make_;
  double milliseconds_ = 0;
  std::optional<User> user_;
  std::future<User> future_;  // last: its destructor waits for what uses the others
};

}  // namespace peel::cli
