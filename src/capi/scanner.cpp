#include <nlohmann/json.hpp>
#include <utility>

#include "capi/handles.hpp"
#include "options/result_json.hpp"
#include "requests/result_json.hpp"
#include "requests/scan_options.hpp"

namespace {

using namespace peel::capi;  // NOLINT(google-build-using-namespace): of this file alone

nlohmann::ordered_json describe(const peel::ScanResult& result, const peel::SessionInfo* session,
                                std::span<const std::string> notes) {
  nlohmann::ordered_json json = peel::requests::page_json(result);
  json["notes"] = notes;
  if (!result.reason.empty()) json["reason"] = result.reason;
  if (session) json.update(session_json(*session));
  const peel::ScanTimings& t = result.timings;
  json["timings_ms"] = {{"decode", t.decode}, {"preprocess", t.preprocess}, {"inference", t.inference},
                        {"find", t.find},     {"flatten", t.flatten},       {"enhance", t.enhance},
                        {"total", t.total}};
  return json;
}

}  // namespace

peel_scanner* peel_scanner_new(const peel_settings* settings, peel_control* control, peel_error** error) {
  return guarded(error, static_cast<peel_scanner*>(nullptr), [&] {
    peel_settings own = own_settings(settings, peel::options::SCAN);
    scan_of(own);  // what is wrong with them is said before any work
    peel::Settings network = network_settings(own, control);
    peel::DocumentScanner scanner(std::move(network));
    return new peel_scanner{std::move(own), std::move(scanner)};
  });
}

void peel_scanner_free(peel_scanner* scanner) {
  delete scanner;
}

peel_result* peel_scan(const peel_scanner* scanner, const peel_picture* picture, const peel_settings* settings,
                       peel_control* control, peel_error** error) {
  return guarded(error, static_cast<peel_result*>(nullptr), [&] {
    const peel_scanner& own = needed(scanner, "scanner");
    const peel::Image& image = needed(picture, "picture").image;
    const peel::ScanOptions options = scan_of(settings_for(settings, own.settings, peel::options::SCAN));
    peel::ScanResult result = own.scanner.scan(image, options, control_of(control));
    const bool by_model = !result.mask.empty() && options.mask.empty();
    std::string description = peel::dump(describe(result, by_model ? own.scanner.session() : nullptr, image.notes()));
    return new peel_result{std::move(result.image), std::move(result.mask), std::move(description)};
  });
}
