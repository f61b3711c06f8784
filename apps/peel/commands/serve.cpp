#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "commands/commands.hpp"
#include "commands/network_settings.hpp"
#include "commands/session_report.hpp"
#include "peel/server.hpp"

namespace peel::cli {
namespace {

/// SIGINT and SIGTERM wait until they are asked for, in this thread and those it starts; for as long as it lives.
class SignalsWait {
 public:
  SignalsWait() {
    sigemptyset(&signals_);
    for (const int number : {SIGINT, SIGTERM}) {
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

  void wait() const {
    int number = 0;
    while (sigwait(&signals_, &number) != 0) {
    }
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

ServerSettings settings_for(const ServeArguments& arguments, Console& console) {
  ServerSettings settings;
  settings.host = arguments.host;
  settings.port = arguments.port;
  settings.certificate_file = arguments.certificate_file;
  settings.key_file = arguments.key_file;
  settings.remover = network_settings(arguments.network, console);
  settings.remover.batch = arguments.network.batch;
  settings.models = arguments.models;
  settings.warm = arguments.warm;
  settings.download = arguments.download;
  settings.model_bytes = arguments.model_bytes;
  settings.together = arguments.jobs;
  settings.max_bytes = arguments.max_bytes;
  settings.max_pixels = arguments.max_pixels;
  settings.upload_bytes = arguments.upload_bytes;
  settings.picture_bytes = arguments.picture_bytes;
  settings.queue = static_cast<std::size_t>(arguments.queue);
  settings.connections = static_cast<std::size_t>(arguments.connections);
  settings.timeout = arguments.timeout;
  settings.head_timeout = arguments.head_timeout;
  settings.body_timeout = arguments.body_timeout;
  settings.idle_timeout = arguments.idle_timeout;
  settings.write_timeout = arguments.write_timeout;
  settings.api_keys_file = arguments.api_keys_file;
  settings.api_keys_variable = arguments.api_keys_variable;
  settings.cors_origins = arguments.cors_origins;
  settings.behind_proxy = arguments.behind_proxy;
  settings.allow_url_fetch = arguments.allow_url_fetch;
  settings.page = !arguments.no_page;
  if (!arguments.quiet_log && !console.quiet()) {
    settings.access_log = [](std::string_view line) {
      // In one piece, as others write there too.
      const std::string whole = std::string(line) + "\n";
      std::fwrite(whole.data(), 1, whole.size(), stderr);
    };
  }
  return settings;
}

}  // namespace

int run_serve(const ServeArguments& arguments, Console& console) {
  Server server(settings_for(arguments, console));
  {
    const SignalsWait signals;
    server.start();
    if (const SessionInfo* session = server.session()) report_session(*session, arguments.network.device, 0, console);
    console.note(fmt::format("listening at {}", server.address()));
    if (console.json()) {
      const nlohmann::ordered_json object = {{"address", server.address()}, {"port", server.port()}};
      std::fprintf(stdout, "%s\n", object.dump().c_str());
      std::fflush(stdout);
    }
    signals.wait();
  }
  // A second signal ends it at once.
  console.note("stopping: no more connections are taken");
  if (!server.stop(arguments.drain)) console.warn("some requests were cut off: they took longer than --drain allows");
  return 0;
}

}  // namespace peel::cli
