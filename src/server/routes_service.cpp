// What a server tells of itself: models, health, metrics, its description; and the page.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "options/result_json.hpp"
#include "peel/picture_kinds.hpp"
#include "peel/version.hpp"
#include "server/openapi.hpp"
#include "server/page/page_files.hpp"
#include "server/service.hpp"

namespace peel::server {
namespace {

using nlohmann::ordered_json;

ordered_json choice_json(const ModelCache::Choice& choice, const ModelStore& store) {
  const bool is_file = is_model_path(choice.model);
  const ModelInfo info = is_file ? custom_model(choice.model) : find_model(choice.model);
  ordered_json object = {
      {"name", choice.name}, {"summary", is_file ? "" : info.summary}, {"installed", is_file || store.present(info)}};
  object.update(model_json(info, {"kind", "licence", "commercial_use", "input_width", "input_height"}));
  return object;
}

void models(Service& service, Exchange& exchange) {
  const ServerSettings& settings = service.settings();
  const ModelStore store(settings.remover.model_folder);
  const auto loaded = service.models().loaded();
  const auto choices = service.models().choices();
  ordered_json list = ordered_json::array();
  for (const ModelCache::Choice& choice : choices) {
    ordered_json object = choice_json(choice, store);
    const auto in_memory = std::ranges::find(loaded, choice.name, &ModelCache::Loaded::name);
    object["loaded"] = in_memory != loaded.end();
    object["default"] = choice.name == choices.front().name;
    if (in_memory != loaded.end()) {
      const SessionInfo& info = in_memory->model->info();
      object.update({{"provider", info.provider}, {"engine", info.engine}, {"precision", info.precision}});
    }
    list.push_back(object);
  }
  const auto first = std::ranges::find(loaded, choices.front().name, &ModelCache::Loaded::name);
  ordered_json formats;
  for (const options::Word& format : options::FORMATS) formats.push_back(format.text);
  ordered_json read_kinds;
  for (const PictureKind& kind : PICTURE_KINDS) read_kinds.push_back(kind.name);
  ordered_json read_endings;
  for_picture_endings([&](std::string_view ending) { read_endings.push_back(ending); });
  const ordered_json answer = {
      {"version", version()},
      {"provider", first == loaded.end() ? ordered_json() : ordered_json(first->model->info().provider)},
      {"default", choices.front().name},
      {"models", list},
      {"formats", formats},
      {"reads", {{"kinds", read_kinds}, {"endings", read_endings}}},
      {"limits",
       {{"max_bytes", settings.max_bytes},
        {"max_pixels", settings.max_pixels},
        {"timeout_seconds", static_cast<double>(settings.timeout.count()) / 1000},
        {"queue", settings.queue}}},
      {"key_required", !settings.api_keys_file.empty() || !settings.api_keys_variable.empty()},
      {"url_fetch", settings.allow_url_fetch}};
  exchange.response.set_content(answer.dump(), "application/json");
}

void send_page(Exchange& exchange, const PageFile& file) {
  httplib::Response& response = exchange.response;
  response.set_header("Content-Security-Policy",
                      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
                      "connect-src 'self'; media-src 'self' blob:; form-action 'none'; frame-ancestors 'none'; "
                      "base-uri 'none'");
  response.set_header("Referrer-Policy", "no-referrer");
  response.set_header("Cross-Origin-Opener-Policy", "same-origin");
  response.set_header("Permissions-Policy", "camera=(self), microphone=(), geolocation=()");
  // Asked for again each time, and with the same version that costs no more than a few bytes.
  response.set_header("Cache-Control", "no-cache");
  response.set_header("ETag", std::string(file.etag));
  if (exchange.request.get_header_value("If-None-Match") == file.etag) {
    response.status = 304;
    return;
  }
  response.set_content(file.content.data(), file.content.size(), std::string(file.content_type));
}

void say(Exchange& exchange, int status, const char* text) {
  exchange.response.status = status;
  exchange.response.set_content(text, "text/plain; charset=utf-8");
}

}  // namespace

void add_service_routes(Service& service) {
  using At = Route::At;
  const auto get = [&service](const std::string& path, std::function<void(Exchange&)> answer, At at = At::clients) {
    const bool needs_key = at == At::admin;
    service.add({"GET", path, needs_key, ErrorStyle::detail, std::move(answer), at});
  };
  get("/api/models", [&service](Exchange& exchange) { models(service, exchange); });
  get(
      "/healthz", [](Exchange& exchange) { say(exchange, 200, "ok\n"); }, At::both);
  get(
      "/readyz",
      [&service](Exchange& exchange) {
        if (service.ready()) return say(exchange, 200, "ready\n");
        say(exchange, 503, "not ready\n");
      },
      At::both);
  const auto metrics = [&service](Exchange& exchange) {
    exchange.response.set_content(service.metrics_text(), "text/plain; version=0.0.4; charset=utf-8");
  };
  get("/metrics", metrics, At::admin);
  get("/openapi.json", [](Exchange& exchange) { exchange.response.set_content(openapi_json(), "application/json"); });
  if (!service.settings().page) return;
  for (const PageFile& file : page_files()) {
    get(std::string(file.path), [&file](Exchange& exchange) { send_page(exchange, file); });
  }
}

}  // namespace peel::server
