#include "server/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/parallel.hpp"
#include "document/model_for_paper.hpp"
#include "peel/error.hpp"
#include "peel/version.hpp"
#include "pool/core_split.hpp"
#include "pool/memory_need.hpp"
#include "server/error_json.hpp"
#include "server/removebg_error.hpp"
#include "server/text.hpp"
#include "server/url_fetch.hpp"

namespace peel::server {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::ordered_json;

/// No client reads it; logs know it from the answers that reached a client.
constexpr int CLIENT_GONE = 499;

/// Where the operator named no amount. Of what is free at the start, pictures and models have four tenths each and
/// bodies one; the rest is for threads, the runtime and what the allocator keeps, which are 0.1 GB or so.
std::uint64_t or_of_free(std::uint64_t named, std::uint64_t tenths) {
  return named > 0 ? named : half_of_free_memory() / 5 * tenths;
}

/// At least one body has to fit, and more than this nobody was seen to want.
std::uint64_t upload_bytes(const ServerSettings& settings) {
  constexpr std::uint64_t MOST = 512ull << 20;
  const std::uint64_t bytes = settings.upload_bytes > 0 ? settings.upload_bytes : std::min(or_of_free(0, 1), MOST);
  return std::max(bytes, settings.max_bytes);
}

HttpOptions http_options(const ServerSettings& settings) {
  HttpOptions options;
  options.host = settings.host;
  options.port = settings.port;
  options.certificate_file = settings.certificate_file;
  options.key_file = settings.key_file;
  options.connections = settings.connections;
  // A proxy's connections are those of all its clients.
  options.client_connections = settings.behind_proxy ? 0 : settings.client_connections;
  options.limits.idle = settings.idle_timeout;
  options.limits.head = settings.head_timeout;
  options.limits.body = settings.body_timeout;
  options.limits.write = settings.write_timeout;
  options.limits.body_bytes = settings.max_bytes;
  // Of a head that was not read the origin is not known.
  if (std::ranges::count(settings.cors_origins, "*") > 0) options.refusal_fields = "Access-Control-Allow-Origin: *\r\n";
  return options;
}

/// In the clear, whatever clients use: for probes, which know no certificates.
HttpOptions admin_options(const ServerSettings& settings) {
  HttpOptions options = http_options(settings);
  options.port = settings.admin_port;
  options.certificate_file = options.key_file = {};
  options.connections = 32;
  options.client_connections = 0;
  return options;
}

/// Empty where the operator said which model to use: that one.
std::string model_for_scans(const ServerSettings& settings) {
  if (!settings.models.empty() && settings.models.front() != "auto") return {};
  return document::model_for_paper(settings.remover);
}

/// Of a CPU; a model on a GPU wants more when it is loaded.
int worker_count(const ServerSettings& settings) {
  const int cores = std::min(physical_cores(), thread_count(settings.remover.threads));
  return pictures_in_hand(share_cores(cores, settings.together, 0).jobs, true, 1);
}

ApiKeys read_keys(const ServerSettings& settings) {
  if (!settings.api_keys_file.empty()) return ApiKeys::load(settings.api_keys_file);
  if (!settings.api_keys_variable.empty()) return ApiKeys::from_environment(settings.api_keys_variable);
  return {};
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
}

std::string now_as_text() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, milliseconds);
}

/// What ONNX Runtime and drivers say in words alone.
bool says_no_memory(std::string_view message) {
  const std::string text = lower(message);
  return std::ranges::any_of(std::array{"out of memory", "bad_alloc", "failed to allocate", "cannot allocate"},
                             [&](const char* words) { return text.find(words) != std::string::npos; });
}

ApiError no_memory() {
  ApiError error(503, "out_of_memory", "there is not enough memory for this now", "send a smaller picture");
  error.retry_after = 2;
  return error;
}

/// What an error of the library is for a client. A file's name of this machine is never told.
ApiError for_client(const Error& error) {
  const bool of_client = error.code() == ErrorCode::usage || error.code() == ErrorCode::input;
  if (!of_client && says_no_memory(error.message())) return no_memory();
  switch (error.code()) {
    case ErrorCode::usage:
      return {422, "invalid_parameter", error.message(), error.hint()};
    case ErrorCode::input:
      return {400, "damaged_picture", error.message(), error.hint()};
    case ErrorCode::output:
      return {422, "cannot_encode", error.message(), error.hint()};
    default:
      return {500, "internal", "this failed here", "the server's log says why"};
  }
}

/// Of "1.2.3.4:5678" and "[::1]:5678", as some proxies write them, the address.
std::string without_port(const std::string& text) {
  if (text.starts_with('[')) return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  const auto colon = text.find(':');
  return text.find(':', colon + 1) == std::string::npos ? text.substr(0, colon) : text;
}

/// The one that the proxy itself has added: the last of the last field. Empty where that is no address.
std::string last_forwarded(const httplib::Request& request) {
  const std::size_t fields = request.get_header_value_count("X-Forwarded-For");
  if (fields == 0) return {};
  const std::string all = request.get_header_value("X-Forwarded-For", fields - 1);
  const auto comma = all.find_last_of(',');
  const auto first = all.find_first_not_of(' ', comma == std::string::npos ? 0 : comma + 1);
  return first == std::string::npos ? std::string() : client_name(without_port(all.substr(first)));
}

}  // namespace

Service::Service(ServerSettings settings)
    : settings_(std::move(settings)),
      models_(settings_.remover, settings_.models, settings_.download, or_of_free(settings_.model_bytes, 4),
              settings_.together),
      pipeline_(models_, metrics_,
                {settings_.max_pixels, or_of_free(settings_.picture_bytes, 4), settings_.decode_timeout,
                 model_for_scans(settings_)}),
      bodies_(upload_bytes(settings_)),
      form_limits_{settings_.max_bytes},
      http_(with_refusals(http_options(settings_))),
      admin_(settings_.admin_port < 0 ? nullptr
                                      : std::make_unique<HttpServer>(with_refusals(admin_options(settings_)))),
      scheduler_(worker_count(settings_), settings_.queue) {
  if (!settings_.api_keys_file.empty() && !settings_.api_keys_variable.empty()) {
    throw Error(ErrorCode::usage, "keys come from a file or from the environment, not from both",
                "give one of the two");
  }
  keys_ = std::make_shared<const ApiKeys>(read_keys(settings_));
  models_.aliases = settings_.default_model_aliases;
  models_.on_load = [this](const std::string& model, double seconds) { metrics_.model_loaded(model, seconds); };
  models_.on_gpu = [this](int pictures) { scheduler_.grow_to(pictures); };
  prepare(http_);
  if (admin_) prepare(*admin_);
}

HttpOptions Service::with_refusals(HttpOptions options) {
  options.refused = [this](const std::string& client, int status, std::string_view reason) {
    metrics_.refused(status);
    log_line({{"time", now_as_text()}, {"client", client}, {"status", status}, {"error", reason}});
  };
  return options;
}

void Service::prepare(HttpServer& http) {
  httplib::Server& routes = http.routes();
  routes.set_payload_max_length(settings_.max_bytes);
  routes.set_keep_alive_max_count(static_cast<std::size_t>(ConnectionLimits{}.requests));
  routes.set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(settings_.idle_timeout).count());
  routes.set_pre_routing_handler([this, &http](const httplib::Request& request, httplib::Response& response) {
    return before_routing(http, request, response) ? httplib::Server::HandlerResponse::Handled
                                                   : httplib::Server::HandlerResponse::Unhandled;
  });
  // A client that asks first is told before it sends it all.
  routes.set_expect_100_continue_handler([this, &http](const httplib::Request& request, httplib::Response& response) {
    if (!before_routing(http, request, response) && may_send(http, request, response)) return 100;
    // Of these answers httplib tells no length.
    response.set_header("Content-Length", std::to_string(response.body.size()));
    return response.status;
  });
  routes.set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) { response.status = 500; });
}

Service::~Service() {
  // Their threads wait for the scheduler, which goes first.
  drain(Clock::now());
}

void Service::start() {
  if (admin_) admin_->start();
  http_.start();
}

void Service::reload() {
  auto keys = std::make_shared<const ApiKeys>(read_keys(settings_));
  http_.reload_certificate();
  const std::scoped_lock lock(keys_mutex_);
  keys_ = std::move(keys);
}

std::shared_ptr<const ApiKeys> Service::keys() const {
  const std::scoped_lock lock(keys_mutex_);
  return keys_;
}

bool Service::drain(Deadline deadline) {
  const bool complete = http_.drain(deadline);
  if (admin_) admin_->drain(Clock::now());
  return complete;
}

bool Service::is_served(const Route& route, const HttpServer& http) const {
  if (!admin_ || route.at == Route::At::both) return true;
  return (route.at == Route::At::admin) == (&http == admin_.get());
}

void Service::add(Route route) {
  const auto& kept = routes_.emplace_back(std::make_unique<const Route>(std::move(route)));
  if (is_served(*kept, http_)) add_to(http_, *kept);
  if (admin_ && is_served(*kept, *admin_)) add_to(*admin_, *kept);
}

Exchange Service::begin(const httplib::Request& request, httplib::Response& response,
                        const httplib::ContentReader* body) {
  return {request, response, body, {}, {}, Clock::now(), std::make_shared<MemoryBudget::Share>(bodies_), {}, {}, 0, {}};
}

void Service::add_to(HttpServer& http, const Route& route) {
  if (route.method == "GET") {
    http.routes().Get(route.path, [this, &route](const httplib::Request& request, httplib::Response& response) {
      Exchange exchange = begin(request, response);
      handle(route, exchange);
    });
  } else {
    http.routes().Post(route.path, [this, &route](const httplib::Request& request, httplib::Response& response,
                                                  const httplib::ContentReader& body) {
      Exchange exchange = begin(request, response, &body);
      handle(route, exchange);
    });
  }
}

bool Service::allow(const httplib::Request& request, httplib::Response& response) const {
  const std::string origin = request.get_header_value("Origin");
  if (origin.empty()) return false;
  const bool any = std::ranges::count(settings_.cors_origins, "*") > 0;
  if (!any && std::ranges::count(settings_.cors_origins, origin) == 0) return false;
  // A client that asks before sending comes through here twice.
  if (response.has_header("Access-Control-Allow-Origin")) return true;
  response.set_header("Access-Control-Allow-Origin", any ? "*" : origin);
  response.set_header("Vary", "Origin");
  response.set_header("Access-Control-Expose-Headers",
                      "X-Request-Id, X-Peel-Model, X-Peel-Provider, X-Peel-Precision, X-Peel-Subject, X-Peel-Size, "
                      "X-Peel-Crop, X-Peel-Note, X-Peel-Scan, Server-Timing, ETag, Retry-After");
  return true;
}

bool Service::before_routing(const HttpServer& http, const httplib::Request& request, httplib::Response& response) {
  const std::string& method = request.method;
  const auto refuse = [&](int status, const char* code, const std::string& message) {
    const ApiError error(status, code, message);
    response.status = status;
    const std::string id = id_of(request);
    response.set_content(error_json(error, id), "application/json");
    finish("other", request, response, id, nullptr);
    return true;
  };
  const bool allowed = allow(request, response);
  if (method == "OPTIONS" && allowed) {
    response.status = 204;
    response.set_header("Access-Control-Allow-Methods", "GET, POST");
    response.set_header("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Api-Key, X-Request-Id");
    response.set_header("Access-Control-Max-Age", "86400");
    finish("other", request, response, id_of(request), nullptr);
    return true;
  }
  std::string methods;
  for (const auto& route : routes_) {
    if (request.path != route->path || !is_served(*route, http)) continue;
    if (route->method == method || (method == "HEAD" && route->method == "GET")) {
      const auto& length = Connection::current().head().content_length;
      if (length && *length > settings_.max_bytes) {
        return refuse(413, "too_large", fmt::format("the request is larger than {} MB", settings_.max_bytes >> 20));
      }
      return false;
    }
    methods += (methods.empty() ? "" : ", ") + route->method;
  }
  if (methods.empty()) return refuse(404, "not_found", "there is nothing here");
  response.set_header("Allow", methods);
  return refuse(405, "method_not_allowed", "this is not asked for that way");
}

bool Service::may_send(const HttpServer& http, const httplib::Request& request, httplib::Response& response) {
  for (const auto& route : routes_) {
    if (route->path != request.path || route->method != request.method || !is_served(*route, http)) continue;
    Exchange exchange = begin(request, response);
    try {
      authorise(*route, exchange);
    } catch (const ApiError& error) {
      exchange.id = id_of(request);
      write_error(*route, exchange, error);
      finish(route->path, request, response, exchange.id, &exchange);
      return false;
    }
  }
  return true;
}

void Service::authorise(const Route& route, Exchange& exchange) const {
  const httplib::Request& request = exchange.request;
  exchange.client = Connection::current().client();
  if (settings_.behind_proxy) {
    if (const std::string forwarded = last_forwarded(request); !forwarded.empty()) exchange.client = forwarded;
  }
  const std::shared_ptr<const ApiKeys> known = keys();
  if (known->empty() || !route.needs_key) return;
  std::string key = request.get_header_value("X-Api-Key");
  const std::string bearer = request.get_header_value("Authorization");
  constexpr std::string_view SCHEME = "bearer ";
  if (key.empty() && lower(bearer.substr(0, SCHEME.size())) == SCHEME) key = bearer.substr(SCHEME.size());
  const auto name = known->find(key);
  if (!name) {
    throw ApiError(401, "unauthorized", key.empty() ? "a key is needed" : "the key is not known",
                   "send it as X-Api-Key");
  }
  exchange.client = *name;
}

std::string Service::id_of(const httplib::Request& request) {
  std::string given = request.get_header_value("X-Request-Id");
  if (is_request_id(given)) return given;
  return fmt::format("{:x}-{:x}", Clock::now().time_since_epoch().count(), next_id_++);
}

void Service::handle(const Route& route, Exchange& exchange) {
  exchange.id = id_of(exchange.request);
  try {
    authorise(route, exchange);
    route.answer(exchange);
  } catch (const ApiError& error) {
    write_error(route, exchange, error);
  } catch (const Cancelled&) {
    write_error(route, exchange, ApiError(CLIENT_GONE, "cancelled", "nobody waits for the answer"));
  } catch (const Error& error) {
    write_error(route, exchange, for_client(error));
    exchange.error = error.what();
  } catch (const std::bad_alloc&) {
    write_error(route, exchange, no_memory());
  } catch (const std::exception& error) {
    write_error(route, exchange, ApiError(500, "internal", "this failed here", "the server's log says why"));
    exchange.error = error.what();
  }
  if (exchange.response.status < 0) exchange.response.status = 200;
  finish(route.path, exchange.request, exchange.response, exchange.id, &exchange);
}

void Service::write_error(const Route& route, Exchange& exchange, const ApiError& error) {
  httplib::Response& response = exchange.response;
  const bool as_removebg = route.errors == ErrorStyle::removebg;
  exchange.error = fmt::format("{}: {}", error.code, error.what());
  response.status = as_removebg ? as_removebg_error(error).status : error.status;
  if (error.retry_after) response.set_header("Retry-After", std::to_string(*error.retry_after));
  if (error.status == 401) response.set_header("WWW-Authenticate", "Bearer");
  response.set_content(as_removebg ? removebg_error_json(error) : error_json(error, exchange.id), "application/json");
}

void Service::finish(const std::string& route, const httplib::Request& request, httplib::Response& response,
                     const std::string& id, const Exchange* exchange) {
  Connection& connection = Connection::current();
  if (connection.body_is_left()) {
    // By the request's field httplib says it in the answer, and does not offer to keep the connection.
    auto& fields = const_cast<httplib::Request&>(request).headers;
    fields.erase("Connection");
    fields.emplace("Connection", "close");
  }
  if (!response.has_header("Cache-Control")) response.set_header("Cache-Control", "no-store");
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Server", fmt::format("peel/{}", version()));
  const auto started = exchange ? exchange->started : Clock::now();
  const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
  // Of methods that are not known there are as many as a client likes.
  const std::string method = route == "other" ? "other" : request.method;
  metrics_.answered(route, method, response.status, seconds, connection.received(), response.body.size());
  response.set_header("X-Request-Id", id);
  ordered_json line = {{"time", now_as_text()}, {"id", id}};
  line["client"] = exchange ? exchange->client : connection.client();
  line.update({{"method", request.method},
               {"path", request.path},
               {"status", response.status},
               {"bytes_in", connection.received()},
               {"bytes_out", response.body.size()},
               {"ms", std::round(seconds * 1e4) / 10}});
  if (exchange && !exchange->model.empty()) {
    line.update({{"queue_ms", std::round(exchange->queued * 10) / 10},
                 {"model", exchange->model},
                 {"provider", exchange->provider}});
  }
  if (exchange && !exchange->error.empty()) line["error"] = exchange->error;
  log_line(line);
}

void Service::log_line(const ordered_json& line) {
  if (!settings_.access_log) return;
  // In ASCII: what a client calls its path may have controls for terminals in it, and marks that turn text around.
  const std::string text = line.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
  const std::scoped_lock lock(log_mutex_);
  settings_.access_log(text);
}

Form Service::form(Exchange& exchange) {
  if (!exchange.body) return read_query(exchange.request);
  Connection& connection = Connection::current();
  try {
    Form form = read_form(exchange.request, *exchange.body, form_limits_, *exchange.held);
    connection.body_was_read();
    connection.set_state(Connection::State::work);
    return form;
  } catch (const ApiError&) {
    if (connection.body_was_late()) throw ApiError(408, "too_slow", "the body did not come in time");
    throw;
  }
}

Upload Service::fetch(Exchange& exchange, const std::string& url) {
  if (!settings_.allow_url_fetch) {
    throw ApiError(403, "url_fetch_off", "this server fetches no pictures from addresses",
                   "send the picture itself; whoever runs the server can allow it with --allow-url-fetch");
  }
  UrlFetchOptions options;
  options.max_bytes = settings_.max_bytes;
  options.timeout = std::min(options.timeout, settings_.timeout);
  options.cancelled = [&connection = Connection::current()] { return connection.client_gone(); };
  options.room = [&held = *exchange.held](std::size_t bytes) { return held.grow(bytes); };
  return upload(exchange, fetch_url(url, options));
}

Upload Service::upload(Exchange& exchange, Form& form, std::string_view file_field, std::string_view url_field) {
  Upload upload;
  if (FormFile* file = form.file(file_field)) {
    upload = Service::upload(exchange, std::move(file->bytes));
  } else if (const std::string* url = form.field(url_field)) {
    upload = fetch(exchange, *url);
  } else {
    ApiError error = bad_parameter(std::string(exchange.body ? file_field : url_field), "field required",
                                   exchange.body ? "send the picture as a file of multipart/form-data" : "");
    error.in_query = !exchange.body;
    throw error;
  }
  pipeline_.check(upload);
  return upload;
}

void Service::run_task(Exchange& exchange, std::function<void(const Task&)> work) {
  Connection& connection = Connection::current();
  scheduler_.run(
      exchange.client, Clock::now() + settings_.timeout, [&] { return connection.client_gone(); }, std::move(work));
}

std::string Service::metrics_text() {
  Metrics::Now now;
  now.waiting = scheduler_.waiting();
  now.running = scheduler_.running();
  now.connections = http_.connections();
  now.body_bytes = bodies_.taken();
  now.picture_bytes = pipeline_.memory_in_hand();
  now.model_bytes = models_.memory();
  now.draining = http_.draining();
  for (const ModelCache::Loaded& each : models_.loaded()) {
    const SessionInfo& info = each.model->info();
    now.models.push_back({each.name, info.provider, info.engine, info.precision});
  }
  return metrics_.text(now);
}

}  // namespace peel::server
