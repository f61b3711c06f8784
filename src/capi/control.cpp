#include "capi/handles.hpp"

namespace peel::capi {

Control control_of(peel_control* control) {
  if (!control) return {};
  Control made{control->source.get_token(), {}};
  if (control->progress) {
    made.progress = [progress = control->progress, user = control->user](const Progress& step) {
      progress(user, std::string(step.what).c_str(), step.done, step.total);
    };
  }
  return made;
}

}  // namespace peel::capi

peel_control* peel_control_new(peel_error** error) {
  return peel::capi::guarded(error, static_cast<peel_control*>(nullptr), [] { return new peel_control; });
}
void peel_control_on_progress(peel_control* control, peel_progress progress, void* user) {
  if (!control) return;
  control->progress = progress;
  control->user = user;
}
void peel_control_stop(peel_control* control) {
  if (control) control->source.request_stop();
}
void peel_control_free(peel_control* control) {
  delete control;
}
