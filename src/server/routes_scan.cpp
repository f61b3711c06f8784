// POST /api/scan: from a photographed page to a flat one.

#include <nlohmann/json.hpp>
#include <utility>

#include "options/result_json.hpp"
#include "server/error_json.hpp"
#include "server/service.hpp"

namespace peel::server {
namespace {

using nlohmann::ordered_json;

ordered_json describe(const ScannedPage& page) {
  const ScanResult& result = page.result;
  const bool has_page = !page.picture.bytes.empty();
  ordered_json object = {{"status", word_for(result.status)},
                         // Four corners in one place: there was nothing to guess from.
                         {"corners", result.page.confidence > 0 ? ordered_json(result.page.corners) : ordered_json()},
                         {"confidence", result.page.confidence},
                         {"clipped", result.page.clipped},
                         {"aspect_ratio", has_page ? ordered_json(result.aspect.ratio) : ordered_json()},
                         {"page_format", text_or_null(result.aspect.format)},
                         {"width", page.picture.width},
                         {"height", page.picture.height},
                         {"picture_width", page.picture_width},
                         {"picture_height", page.picture_height},
                         {"others", result.others}};
  if (!result.reason.empty()) object["reason"] = result.reason;
  return object;
}

void scan(Service& service, Exchange& exchange) {
  Form form = service.form(exchange);
  const ScanRequest request = parse_scan(form, exchange.request.get_header_value("Accept"));
  if (request.model != "none") service.models().choose(request.model);
  const auto upload = std::make_shared<const Upload>(service.upload(exchange, form, "file", "url"));
  ScannedPage page =
      service.run<ScannedPage>(exchange, [&pipeline = service.pipeline(), upload, request](const Task& task) {
        return pipeline.scan(*upload, request, task);
      });
  const ordered_json about = describe(page);
  httplib::Response& response = exchange.response;
  if (request.only_corners) {
    send_picture(exchange, std::move(page.picture));
    response.set_content(about.dump(), "application/json");
    return;
  }
  if (page.result.status == PageStatus::not_found) {
    const ApiError error(422, "no_page", "no page was found: " + page.result.reason,
                         "give its corners, or take what is less sure with `confidence`");
    ordered_json object = ordered_json::parse(error_json(error, exchange.id));
    object["scan"] = about;
    exchange.error = "no_page";
    send_picture(exchange, std::move(page.picture));
    response.status = error.status;
    response.set_content(object.dump(), "application/json");
    return;
  }
  response.set_header("X-Peel-Scan", about.dump(-1, ' ', true));
  send_picture(exchange, std::move(page.picture));
}

}  // namespace

void add_scan_routes(Service& service) {
  service.add(
      {"POST", "/api/scan", true, ErrorStyle::detail, [&service](Exchange& exchange) { scan(service, exchange); }});
}

}  // namespace peel::server
