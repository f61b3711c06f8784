#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "commands/commands.hpp"
#include "commands/network_settings.hpp"
#include "commands/session_report.hpp"
#include "peel/error.hpp"
#include "peel/server.hpp"

namespace peel::cli {
namespace {

/// SIGINT, SIGTERM and SIGHUP wait until they are asked for, in this thread and those it starts; for as long as it
/// lives.
class SignalsWait {
 public:
  SignalsWait() {
    sigemptyset(&signals_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
      struct sigaction now {};
      sigaction(number, nullptr, &now);
      // nohup and background jobs of a script ignore it; so do we then.
      if (now.sa_handler != SIG_IGN) sigaddset(&signals_, number);
    }
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  int wait() const {
    int number = 0;
    while (sigwait(&signals_, &number) != 0) {
    }
    return number;
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

/// Ends the program in a while if it has not ended by itself: a codec in the midst of a picture knows no stop, and what
/// it makes nobody gets. Nothing is lost by that: the server has no files of its own.
class EndsSoon {
  static constexpr std::chrono::milliseconds PATIENCE{1500};

  std::jthread timer_{[](const std::stop_token& ended) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    const auto has_ended = [&] { return ended.stop_requested(); };
    if (!std::condition_variable_any().wait_for(lock, ended, PATIENCE, has_ended)) std::_Exit(0);
  }};
};

/// Tells systemd, where it has started this and waits to be told (sd_notify(3)).
void notify(std::string_view state) {
  const char* const name = std::getenv("NOTIFY_SOCKET");
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const std::size_t length = name ? std::strlen(name) : 0;
  if (length == 0 || length >= sizeof(to.sun_path) || (name[0] != '/' && name[0] != '@')) return;
  std::memcpy(to.sun_path, name, length);
  if (name[0] == '@') to.sun_path[0] = '\0';
  const int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  sendto(made, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
  close(made);
}

void reload(Server& server, Console& console) {
  try {
    server.reload();
    console.note("keys and certificate were read anew");
  } catch (const Error& error) {
    console.warn(fmt::format("all stays as it was: {}", error.what()));
  }
}

ServerSettings settings_for(const Given& given, const ServeChoices& choices, Console& console) {
  ServerSettings settings = given.make<ServerSettings>();
  settings.remover = network_settings(given, console);
  if (!choices.quiet_log && !console.quiet()) {
    settings.access_log = [&console](std::string_view line) { console.log(line); };
  }
  return settings;
}

}  // namespace

int run_serve(const Given& given, Console& console) {
  console.never_wait();
  const auto choices = given.make<ServeChoices>();
  const ServerSettings settings = settings_for(given, choices, console);
  std::optional<EndsSoon> ends;  // lives longer than the server
  Server server(settings);
  {
    const SignalsWait signals;
    server.start();
    if (const SessionInfo* session = server.session()) report_session(*session, settings.remover, 0, console);
    console.note(fmt::format("listening at {}", server.address()));
    if (console.json()) {
      nlohmann::ordered_json object = {{"address", server.address()}, {"port", server.port()}};
      if (server.admin_port() >= 0) object["admin_port"] = server.admin_port();
      std::fprintf(stdout, "%s\n", object.dump().c_str());
      std::fflush(stdout);
    }
    notify("READY=1");
    while (signals.wait() == SIGHUP) reload(server, console);
    std::signal(SIGHUP, SIG_IGN);  // nothing is left to be read for
  }
  notify("STOPPING=1");
  // A second signal ends it at once.
  console.note("stopping: no more connections are taken");
  if (!server.stop(choices.drain)) console.warn("some requests were cut off: they took longer than --drain allows");
  ends.emplace();
  return 0;
}

}  // namespace peel::cli
