#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "capi/handles.hpp"
#include "options/choices.hpp"
#include "options/result_json.hpp"

namespace peel::capi {
namespace {

BatchSettings batch_settings(const peel_settings& settings, peel_control* control) {
  BatchSettings made = settings.given.make<BatchSettings>();
  made.remover = network_settings(settings, control);
  return made;
}

BatchOptions batch_options(const peel_settings& settings) {
  BatchOptions options{removal_of(settings), decoding_of(&settings), settings.given.make<EncodeOptions>()};
  options.encoding.format = settings.given.make<options::Files>().format.value_or(FileFormat::png);
  return options;
}

std::optional<BatchJob> next_job(const peel_batch_calls& calls) {
  peel_job job{};
  if (calls.next(calls.user, &job) == 0) return std::nullopt;
  BatchJob made;
  made.input = needed_text(job.input, "name of a job's input");
  if (job.output) made.output = job.output;
  made.tag = job.tag;
  return made;
}

void hand_over(const peel_batch_calls& calls, const BatchResult& result) {
  const std::string input = result.job.input.string();
  const std::string output = result.job.output.string();
  peel_error failure{};
  peel_done done{result.job.tag, input.c_str(), output.empty() ? nullptr : output.c_str(), nullptr, nullptr};
  if (result.error) {
    failure = {static_cast<peel_code>(result.error->code()), result.error->message(), result.error->hint()};
    done.error = &failure;
  } else {
    nlohmann::ordered_json json = cutout_json(result.subject, result.crop, result.notes, result.timings);
    json.update({{"width", result.width}, {"height", result.height}, {"bytes", result.bytes}});
    done.result = new peel_result{result.image, result.mask, dump(json)};
  }
  calls.done(calls.user, &done);
}

}  // namespace
}  // namespace peel::capi

using namespace peel::capi;  // NOLINT(google-build-using-namespace): of this file alone

peel_batch* peel_batch_new(const peel_settings* settings, peel_control* control, peel_error** error) {
  return guarded(error, static_cast<peel_batch*>(nullptr), [&] {
    peel_settings own = own_settings(settings, peel::options::FOLDER);
    batch_options(own);  // what is wrong with them is said before the model is loaded
    peel::BatchRemover remover(batch_settings(own, control));
    return new peel_batch{std::move(own), std::move(remover)};
  });
}

peel_bytes* peel_batch_describe(const peel_batch* batch, peel_error** error) {
  return guarded(error, static_cast<peel_bytes*>(nullptr), [&] {
    const peel::BatchRemover& remover = needed(batch, "batch").remover;
    nlohmann::ordered_json json = session_json(remover.session());
    const peel::BatchPlan& plan = remover.plan();
    json.update({{"threads", plan.threads},
                 {"jobs", plan.jobs},
                 {"workers", plan.workers},
                 {"memory_bytes", plan.memory_bytes}});
    return new_text(json);
  });
}

peel_code peel_batch_run(peel_batch* batch, const peel_batch_calls* calls, const peel_settings* settings,
                         peel_control* control, peel_error** error) {
  return guarded_code(error, [&] {
    peel_batch& own = needed(batch, "batch");
    const peel_batch_calls& given = needed(calls, "calls");
    if (!given.next || !given.done) throw peel::Error(peel::ErrorCode::usage, "next and done must both be given");
    const auto options =
        batch_options(settings_for(settings, own.settings, peel::options::REMOVE | peel::options::FOLDER));
    own.remover.run([&] { return next_job(given); }, [&](const peel::BatchResult& result) { hand_over(given, result); },
                    options, control_of(control).stop);
  });
}

void peel_batch_free(peel_batch* batch) {
  delete batch;
}
