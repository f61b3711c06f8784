// POST /v1.0/removebg and GET /v1.0/account, as clients of remove.bg ask for them.

#include <nlohmann/json.hpp>
#include <utility>

#include "server/removebg_layout.hpp"
#include "server/removebg_request.hpp"
#include "server/service.hpp"

namespace peel::server {
namespace {

struct LaidOut {
  Picture picture;
  RemovebgPicture layout;  ///< without its pixels
  std::vector<std::pair<std::string, std::string>> headers;
};

/// What comes in: the picture, and one to lay under it. Both stay as long as the work takes.
struct Inputs {
  RemovebgRequest request;
  Upload picture;
  Upload background;
};

LaidOut remove_and_lay_out(Pipeline& pipeline, const Inputs& inputs, const Task& task) {
  RemoveRequest remove;
  LaidOut answer;
  const auto on_canvas = [&](Result& result, Picture& about) {
    if (!result.subject) throw unknown_foreground();
    Image background;
    if (!inputs.background.bytes.empty()) background = pipeline.decode_upload(inputs.background, false);
    answer.layout = lay_out(result.image, result.mask, inputs.request, background, 0);
    about.format = answer.layout.format;
    answer.headers = removebg_headers(inputs.request, answer.layout);
    return std::exchange(answer.layout.image, Image());
  };
  answer.picture = pipeline.remove(inputs.picture, remove, task, on_canvas, &inputs.background);
  return answer;
}

void removebg(Service& service, Exchange& exchange) {
  Form form = service.form(exchange);
  const auto inputs = std::make_shared<Inputs>();
  inputs->request = parse_removebg(form);
  RemovebgRequest& request = inputs->request;
  inputs->picture = request.image_url.empty() ? Service::upload(exchange, std::move(request.image))
                                              : service.fetch(exchange, request.image_url);
  service.pipeline().check(inputs->picture);
  if (!request.bg_image_url.empty()) {
    try {
      inputs->background = service.fetch(exchange, request.bg_image_url);
    } catch (ApiError& error) {
      error.parameter = "bg_image_url";  // as_removebg_error() tells it from the picture's
      throw;
    }
  } else {
    inputs->background = Service::upload(exchange, std::move(request.bg_image));
  }
  if (!inputs->background.bytes.empty()) service.pipeline().check(inputs->background);
  LaidOut answer = service.run<LaidOut>(exchange, [&pipeline = service.pipeline(), inputs](const Task& task) {
    return remove_and_lay_out(pipeline, *inputs, task);
  });
  for (const std::string& name : request.ignored) answer.picture.notes.push_back(name + " changes nothing here");
  for (const auto& [name, value] : answer.headers) exchange.response.set_header(name, value);
  if (exchange.request.get_header_value("Accept").find("application/json") == std::string::npos) {
    send_picture(exchange, std::move(answer.picture));
    return;
  }
  const std::string_view encoded(reinterpret_cast<const char*>(answer.picture.bytes.data()),
                                 answer.picture.bytes.size());
  const std::string text = removebg_json(encoded, answer.layout);
  answer.picture.bytes.clear();
  send_picture(exchange, std::move(answer.picture));
  exchange.response.set_content(text, "application/json");
}

/// There is nothing to pay; clients show it or look whether they may go on.
void account(Exchange& exchange) {
  const nlohmann::ordered_json answer = {
      {"data",
       {{"attributes",
         {{"credits", {{"total", 0}, {"subscription", 0}, {"payg", 0}, {"enterprise", 0}}},
          {"api", {{"free_calls", 1'000'000}, {"sizes", "all"}}}}}}}};
  exchange.response.set_content(answer.dump(), "application/json");
}

}  // namespace

void add_removebg_routes(Service& service) {
  service.add({"POST", "/v1.0/removebg", true, ErrorStyle::removebg,
               [&service](Exchange& exchange) { removebg(service, exchange); }});
  service.add({"GET", "/v1.0/account", true, ErrorStyle::removebg, [](Exchange& exchange) { account(exchange); }});
}

}  // namespace peel::server
