// peel-load: what a server does under load.
//
//   peel-load http://127.0.0.1:7000 photos --clients 4 --seconds 30 --pid $(pidof peel)
//
// Sends the pictures of a folder in turn to /api/remove (or the path of the URL) over connections that are kept, and
// prints times by status. scripts/benchmark-server.sh puts several runs together.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "peel/error.hpp"
#include "report.hpp"

namespace {

using namespace peel::load;

constexpr const char* FOOTER =
    R"(Without --rate every client sends its next request when it has its answer (a closed loop: as much as the
server can do). With --rate requests are sent at their times, by whichever client is free (an open loop), and a
request's time counts from when it was due.

  peel-load http://127.0.0.1:7000 photos --clients 1 --requests 50
  peel-load http://127.0.0.1:7000 photos --clients 8 --rate 2 --seconds 60 --pid 4711
  peel-load http://127.0.0.1:7000/api/scan pages --form enhance=bw --clients 4 --seconds 60
  peel-load http://127.0.0.1:7000 photos --clients 4 --seconds 86400 --soak --pid 4711

Ends with 1 where a request got no answer at all or none got a picture.)";

struct Arguments {
  LoadOptions load;
  std::string folder;
  std::vector<std::string> form;
  double seconds = 0;
  double pause = 0.1;
  int process = 0;
  bool soak = false;
  bool json = false;
};

void define(CLI::App& app, Arguments& target) {
  app.footer(FOOTER);
  app.add_option("URL", target.load.url, "http://HOST:PORT, or with a path")->required();
  app.add_option("FOLDER", target.folder, "pictures; every file in it is sent")->required();
  app.add_option("--clients", target.load.clients, "requests under way at a time (1)")->check(CLI::Range(1, 10'000));
  app.add_option("--requests", target.load.requests, "so many in all");
  app.add_option("--seconds", target.seconds, "no new ones after so long")->check(CLI::PositiveNumber);
  app.add_option("--rate", target.load.rate, "so many a second")->check(CLI::PositiveNumber);
  // One value each time, or it would take the words after it.
  app.add_option("--form", target.form, "NAME=VALUE, a field of the form; may be given several times")
      ->allow_extra_args(false);
  app.add_option("--header", target.load.headers, "\"NAME: VALUE\"; may be given several times")
      ->allow_extra_args(false);
  app.add_option("--pause", target.pause, "seconds a client that was refused waits, without --rate (0.1)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--pid", target.process, "of the server: its memory is watched");
  app.add_flag("--soak", target.soak, "a line each minute on standard error");
  app.add_flag("--json", target.json, "JSON instead of a table");
}

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

int run(Arguments& arguments) {
  LoadOptions& options = arguments.load;
  if (options.requests == 0 && arguments.seconds <= 0) {
    throw peel::Error(peel::ErrorCode::usage, "how long is not said", "give --requests N or --seconds N");
  }
  options.url = address_of(options.url);
  options.time = milliseconds(arguments.seconds);
  options.pause = milliseconds(arguments.pause);
  Fields fields;
  for (const std::string& text : arguments.form) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      throw peel::Error(peel::ErrorCode::usage, fmt::format("--form {}: no value", text), "write NAME=VALUE");
    }
    fields.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  const Requests requests = read_requests(arguments.folder, fields);
  std::optional<MemoryWatch> memory;
  if (arguments.process > 0) {
    memory.emplace(arguments.process);
    if (!memory->look()) {
      throw peel::Error(peel::ErrorCode::usage, fmt::format("there is no process {}", arguments.process));
    }
  }
  int looks = 0;
  const Outcome outcome = run_load(requests, options, [&](std::uint64_t answered, std::uint64_t failed) {
    if (memory) memory->look();
    if (!arguments.soak || ++looks % 60 != 0) return;
    std::fprintf(stderr, "minute %d: %llu pictures, %llu others", looks / 60, static_cast<unsigned long long>(answered),
                 static_cast<unsigned long long>(failed));
    if (memory) std::fprintf(stderr, ", %.1f MB", static_cast<double>(memory->last()) / 1e6);
    std::fputc('\n', stderr);
  });
  if (memory) memory->look();
  const MemoryWatch* watched = memory ? &*memory : nullptr;
  const std::string text = arguments.json ? to_json(outcome, watched).dump(2) + "\n" : to_table(outcome, watched);
  std::fputs(text.c_str(), stdout);
  const Summary summary = summarise(outcome);
  return summary.answered.count == 0 || summary.by_status.contains(0) ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Sends pictures to a peel server and says how long it took.", "peel-load");
  Arguments arguments;
  define(app, arguments);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(arguments);
  } catch (const peel::Error& error) {
    std::fprintf(stderr, "peel-load: %s\n", error.what());
    return error.code() == peel::ErrorCode::usage ? 2 : 3;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "peel-load: %s\n", error.what());
    return 7;
  }
}
