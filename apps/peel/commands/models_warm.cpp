#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands/commands.hpp"
#include "commands/interrupt.hpp"
#include "commands/session_report.hpp"
#include "options/result_json.hpp"
#include "peel/error.hpp"
#include "peel/remover.hpp"
#include "report.hpp"

namespace peel::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Start {
  SessionInfo session;
  double milliseconds = 0;
};

Start start(const Settings& settings) {
  const auto begin = std::chrono::steady_clock::now();
  const BackgroundRemover remover(settings);
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
  return {remover.session(), time.count()};
}

std::string time_taken(double milliseconds) {
  return milliseconds < 1000 ? fmt::format("{:.0f} ms", milliseconds) : fmt::format("{:.1f} s", milliseconds / 1000);
}

/// Makes it ready, by the engine that is found to be the faster where none was named, and shows by a second start what
/// that is worth.
Json warm(const Settings& settings, Console& console) {
  const Start first = start(settings);
  console.end_progress();
  std::string measured;
  if (settings.engine == Engine::automatic && first.session.provider == "cpu") {
    measured = measure_engines(settings).reason;
    console.detail(measured);
  }
  const Start next = start(settings);
  const SessionInfo& session = next.session;
  if (const std::string share = partial_share(session); !share.empty()) console.warn(share);
  for (const Fallback& fallback : session.fallbacks) {
    console.detail(fmt::format("{} not used: {}", fallback.provider, fallback.reason));
  }
  if (!console.json()) {
    answer("{}: ready on {} ({}, {}, batch {}); this start took {}, the next one took {}\n", session.model,
           session.provider, session.engine, session.precision, session.batch, time_taken(first.milliseconds),
           time_taken(next.milliseconds));
  }
  Json object = session_json(&session);
  object["engine_reason"] = text_or_null(measured);
  object["first_start_ms"] = first.milliseconds;
  object["next_start_ms"] = next.milliseconds;
  return object;
}

}  // namespace

int run_models_warm(const Given& given, Console& console) {
  Settings settings = given.make<Settings>();
  settings.require_device = settings.device != Device::automatic;
  settings.fetch.control = console.fetch_control();
  std::vector<std::string> names = given.make<ModelsChoices>().names;
  if (names.empty()) names.emplace_back(settings.model_name);

  // What is kept must not be left half written.
  const DeferInterrupt whole_file;
  Json array = Json::array();
  std::size_t failed = 0;
  for (const std::string& name : names) {
    settings.model_name = name;
    try {
      array.push_back(warm(settings, console));
    } catch (const Error& error) {
      console.end_progress();
      // A device that cannot be used can be used for none of them; an INT8 form is each model's own.
      if (names.size() == 1 || (error.code() == ErrorCode::device && settings.precision != Precision::int8)) throw;
      console.error(error.message(), error.hint());
      array.push_back({{"model", name}, {"error", error_json(error.code(), error.message(), error.hint())}});
      ++failed;
    }
    end_if_interrupted();
  }
  if (console.json()) print_json({{"models", array}, {"failed", failed}});
  return failed == 0 ? 0 : 1;
}

}  // namespace peel::cli
