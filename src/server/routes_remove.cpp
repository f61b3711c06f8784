// GET and POST /api/remove, as rembg's clients ask for it, and how a picture is sent.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/hash.hpp"
#include "server/service.hpp"
#include "server/text.hpp"

namespace peel::server {

void send_picture(Exchange& exchange, Picture picture) {
  httplib::Response& response = exchange.response;
  exchange.model = picture.model;
  exchange.provider = picture.provider;
  exchange.queued = picture.queued;
  const Timings& t = picture.timings;
  response.set_header(
      "Server-Timing",
      fmt::format("queue;dur={:.1f}, decode;dur={:.1f}, preprocess;dur={:.1f}, inference;dur={:.1f}, "
                  "post;dur={:.1f}, encode;dur={:.1f}, total;dur={:.1f}",
                  picture.queued, t.decode, t.preprocess, t.inference, t.postprocess, t.encode, t.total));
  if (!picture.model.empty()) {
    response.set_header("X-Peel-Model", picture.model);
    response.set_header("X-Peel-Provider", picture.provider);
    response.set_header("X-Peel-Engine", picture.engine);
    response.set_header("X-Peel-Precision", picture.precision);
  }
  for (const std::string& note : picture.notes) response.set_header("X-Peel-Note", percent_encoded(note));
  if (picture.bytes.empty()) return;
  response.set_header("X-Peel-Size", fmt::format("{}x{}", picture.width, picture.height));
  if (const auto& crop = picture.crop) {
    response.set_header("X-Peel-Crop", fmt::format("{},{},{},{}", crop->left, crop->top, crop->width, crop->height));
  }
  const auto* bytes = reinterpret_cast<const char*>(picture.bytes.data());
  const std::string tag = fmt::format("\"{:016x}\"", short_hash({bytes, picture.bytes.size()}));
  response.set_header("ETag", tag);
  response.set_header("Vary", "Accept");
  if (!exchange.body) {
    // Of an address the same comes again, as long as that shows the same.
    response.set_header("Cache-Control", "private, no-cache");
    if (exchange.request.get_header_value("If-None-Match") == tag) {
      response.status = 304;
      return;
    }
  }
  // A client that takes its time to read it keeps others from uploading, not the machine from working.
  exchange.held->grow(picture.bytes.size());
  response.set_content(bytes, picture.bytes.size(), content_type(picture.format));
}

namespace {

void remove(Service& service, Exchange& exchange) {
  Form form = service.form(exchange);
  const RemoveRequest request = parse_remove(form, exchange.request.get_header_value("Accept"));
  // Before the work: a name that is not known is told at once.
  service.models().choose(request.model);
  const auto upload = std::make_shared<const Upload>(service.upload(exchange, form, "file", "url"));
  Picture picture = service.run<Picture>(exchange, [&pipeline = service.pipeline(), upload, request](const Task& task) {
    return pipeline.remove(*upload, request, task);
  });
  exchange.response.set_header("X-Peel-Subject", picture.subject ? "true" : "false");
  send_picture(exchange, std::move(picture));
}

}  // namespace

void add_remove_routes(Service& service) {
  for (const char* method : {"GET", "POST"}) {
    service.add({method, "/api/remove", true, ErrorStyle::detail,
                 [&service](Exchange& exchange) { remove(service, exchange); }});
  }
}

}  // namespace peel::server
