#include "commands/removal_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "commands/session_report.hpp"
#include "options/result_json.hpp"

namespace peel::cli {

nlohmann::ordered_json removal_json(const Removed& removed, const SessionInfo* session) {
  nlohmann::ordered_json object = {{"input", removed.input},
                                   {"output", removed.output},
                                   {"width", removed.width},
                                   {"height", removed.height},
                                   {"subject", removed.subject}};
  if (removed.page > 0) object["input_page"] = removed.page;
  if (removed.frames > 0) object["frames"] = removed.frames;
  if (!removed.mask.empty()) object["mask"] = removed.mask;
  if (!removed.trimap.empty()) object["trimap"] = removed.trimap;
  object.update(session_json(session));
  if (const auto& box = removed.crop) {
    object["crop"] = {{"left", box->left}, {"top", box->top}, {"width", box->width}, {"height", box->height}};
  }
  if (!removed.notes.empty()) object["notes"] = removed.notes;
  nlohmann::ordered_json timings = removed.timings;
  timings.erase("total");
  timings.update({{"write", removed.write}, {"total", removed.timings.total}});
  object["timings_ms"] = timings;
  return object;
}

std::string timings_line(const Timings& t) {
  return fmt::format(
      "  decode {:.1f}, preprocess {:.1f}, inference {:.1f}, postprocess {:.1f}, encode {:.1f}, total {:.1f} ms",
      t.decode, t.preprocess, t.inference, t.postprocess, t.encode, t.total);
}

}  // namespace peel::cli
