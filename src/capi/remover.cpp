#include <nlohmann/json.hpp>
#include <utility>

#include "capi/handles.hpp"
#include "options/result_json.hpp"

namespace peel::capi {
namespace {

constexpr options::Places CUTTING = options::REMOVE | options::FOLDER;
constexpr peel_result* NO_RESULT = nullptr;

/// What a mask or trimap is laid on a picture by.
RemoveOptions finish_of(const peel_settings* settings) {
  peel_settings usual;
  usual.task = options::REMOVE;
  return removal_of(settings_for(settings, usual, CUTTING));
}

int threads_of(const peel_settings* settings) {
  return settings ? settings->given.make<Settings>().threads : 0;
}

}  // namespace

nlohmann::ordered_json session_json(const SessionInfo& session) {
  nlohmann::ordered_json json = session;
  json["input"] = {session.input_width, session.input_height};
  return json;
}

nlohmann::ordered_json cutout_json(bool subject, const std::optional<Box>& crop, std::span<const std::string> notes,
                                   const Timings& timings) {
  nlohmann::ordered_json json = {{"subject", subject}, {"crop", nullptr}, {"notes", notes}, {"timings_ms", timings}};
  if (crop) {
    json["crop"] = {{"left", crop->left}, {"top", crop->top}, {"width", crop->width}, {"height", crop->height}};
  }
  return json;
}

peel_result* new_result(Result result) {
  std::string description = dump(cutout_json(result.subject, result.crop, result.notes, result.timings));
  return new peel_result{std::move(result.image), std::move(result.mask), std::move(description)};
}

}  // namespace peel::capi

using namespace peel::capi;  // NOLINT(google-build-using-namespace): of this file alone

peel_picture* peel_result_picture(const peel_result* result) {
  return guarded(nullptr, static_cast<peel_picture*>(nullptr),
                 [&] { return result ? new_picture(result->picture) : nullptr; });
}

peel_picture* peel_result_mask(const peel_result* result) {
  return guarded(nullptr, static_cast<peel_picture*>(nullptr),
                 [&] { return result ? new_picture(result->mask) : nullptr; });
}

peel_bytes* peel_result_describe(const peel_result* result, peel_error** error) {
  return guarded(error, static_cast<peel_bytes*>(nullptr),
                 [&] { return new_text(needed(result, "result").description); });
}

void peel_result_free(peel_result* result) {
  delete result;
}

peel_remover* peel_remover_new(const peel_settings* settings, peel_control* control, peel_error** error) {
  return guarded(error, static_cast<peel_remover*>(nullptr), [&] {
    peel_settings own = own_settings(settings, peel::options::REMOVE);
    removal_of(own);  // what is wrong with them is said before the model is loaded
    peel::BackgroundRemover remover(network_settings(own, control));
    return new peel_remover{std::move(own), std::move(remover)};
  });
}

peel_bytes* peel_remover_describe(const peel_remover* remover, peel_error** error) {
  return guarded(error, static_cast<peel_bytes*>(nullptr),
                 [&] { return new_text(session_json(needed(remover, "remover").remover.session())); });
}

void peel_remover_free(peel_remover* remover) {
  delete remover;
}

peel_result* peel_remove(const peel_remover* remover, const peel_picture* picture, const peel_settings* settings,
                         peel_control* control, peel_error** error) {
  return guarded(error, NO_RESULT, [&] {
    const peel_remover& own = needed(remover, "remover");
    const peel::Image& image = needed(picture, "picture").image;
    const peel::RemoveOptions options = removal_of(settings_for(settings, own.settings, CUTTING));
    return new_result(own.remover.remove(image, options, control_of(control)));
  });
}

peel_code peel_remove_into(const peel_remover* remover, const peel_picture* picture, const peel_settings* settings,
                           const peel_room* room, peel_error** error) {
  return guarded_code(error, [&] {
    const peel_remover& own = needed(remover, "remover");
    peel::RemoveOptions options = removal_of(settings_for(settings, own.settings, CUTTING));
    options.into = buffer_of(needed(room, "room for pixels"));
    own.remover.remove(needed(picture, "picture").image, options);
  });
}

peel_result* peel_apply_mask(const peel_picture* picture, const peel_picture* mask, const peel_settings* settings,
                             peel_control* control, peel_error** error) {
  return guarded(error, NO_RESULT, [&] {
    const peel::Mask given(peel::mask_from_picture(needed(mask, "mask").image));
    return new_result(peel::finish(needed(picture, "picture").image, given, finish_of(settings), threads_of(settings),
                                   control_of(control)));
  });
}

peel_result* peel_apply_trimap(const peel_picture* picture, const peel_picture* trimap, const peel_settings* settings,
                               peel_control* control, peel_error** error) {
  return guarded(error, NO_RESULT, [&] {
    const peel::Image given = peel::mask_from_picture(needed(trimap, "trimap").image);
    return new_result(peel::finish_trimap(needed(picture, "picture").image, given, finish_of(settings),
                                          threads_of(settings), control_of(control)));
  });
}
