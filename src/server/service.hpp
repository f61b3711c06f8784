#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "peel/server.hpp"
#include "pool/memory_budget.hpp"
#include "server/api_error.hpp"
#include "server/api_keys.hpp"
#include "server/form_reader.hpp"
#include "server/http/http_server.hpp"
#include "server/metrics.hpp"
#include "server/model_cache.hpp"
#include "server/pipeline.hpp"
#include "server/scheduler.hpp"

namespace peel::server {

/// One request while it is answered.
struct Exchange {
  const httplib::Request& request;
  httplib::Response& response;
  const httplib::ContentReader* body = nullptr;  ///< null: the method has none
  std::string id;
  std::string client;  ///< the key's name, else the address: what fairness is about
  std::chrono::steady_clock::time_point started;
  std::shared_ptr<MemoryBudget::Share> held;  ///< bytes of its body, then of its answer too
  // For the log.
  std::string model, provider;
  double queued = 0;
  std::string error;
};

/// How errors are told: rembg's and peel's way, or remove.bg's.
enum class ErrorStyle { detail, removebg };

struct Route {
  std::string method;
  std::string path;
  bool needs_key = true;
  ErrorStyle errors = ErrorStyle::detail;
  std::function<void(Exchange&)> answer;
  /// Where it is asked for, if there is a port for what an administrator asks.
  enum class At { clients, both, admin } at = At::clients;
};

/// All that a server is made of, and what every request goes through: routing, keys, ids, errors, the log and metrics.
class Service {
 public:
  explicit Service(ServerSettings settings);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void add(Route route);

  const ServerSettings& settings() const { return settings_; }
  ModelCache& models() { return models_; }
  Pipeline& pipeline() { return pipeline_; }
  HttpServer& http() { return http_; }
  const HttpServer* admin() const { return admin_.get(); }  ///< null: no such port
  void start();
  void reload();  ///< as Server's
  /// As HttpServer's; health is told until the last client is gone.
  bool drain(Deadline deadline);
  bool ready() const { return ready_ && !http_.draining() && models_.usable(); }
  void set_ready() { ready_ = true; }
  std::string metrics_text();

  /// The form of a request with a body, or of one without.
  Form form(Exchange& exchange);
  /// The picture in the file field of that name, or under `url_field` in a form. Throws ApiError.
  Upload upload(Exchange& exchange, Form& form, std::string_view file_field, std::string_view url_field);
  /// Bytes that came with the request, for work that may outlive it.
  static Upload upload(const Exchange& exchange, std::string bytes) { return {std::move(bytes), exchange.held}; }
  /// Fetches a picture from where a client says. Throws ApiError, 403 where that is off.
  Upload fetch(Exchange& exchange, const std::string& url);

  /// Runs work on the scheduler while the client waits for it. `work` must own what it uses.
  template <typename Result>
  Result run(Exchange& exchange, std::function<Result(const Task&)> work) {
    const auto result = std::make_shared<Result>();
    run_task(exchange, [result, work = std::move(work)](const Task& task) { *result = work(task); });
    return std::move(*result);
  }

 private:
  Exchange begin(const httplib::Request& request, httplib::Response& response,
                 const httplib::ContentReader* body = nullptr);
  void handle(const Route& route, Exchange& exchange);
  bool allow(const httplib::Request& request, httplib::Response& response) const;
  /// Of a client that asks before it sends a body: whether it has the key for it; else the answer is written.
  bool may_send(const HttpServer& http, const httplib::Request& request, httplib::Response& response);
  void authorise(const Route& route, Exchange& exchange) const;
  void run_task(Exchange& exchange, std::function<void(const Task&)> work);
  void write_error(const Route& route, Exchange& exchange, const ApiError& error);
  /// The client's own where it is well-formed.
  std::string id_of(const httplib::Request& request);
  void finish(const std::string& route, const httplib::Request& request, httplib::Response& response,
              const std::string& id, const Exchange* exchange);
  void log_line(const nlohmann::ordered_json& line);
  std::shared_ptr<const ApiKeys> keys() const;
  HttpOptions with_refusals(HttpOptions options);
  void prepare(HttpServer& http);
  void add_to(HttpServer& http, const Route& route);
  bool is_served(const Route& route, const HttpServer& http) const;
  bool before_routing(const HttpServer& http, const httplib::Request& request, httplib::Response& response);

  const ServerSettings settings_;
  std::shared_ptr<const ApiKeys> keys_ = std::make_shared<const ApiKeys>();  ///< none: anybody may; by keys()
  mutable std::mutex keys_mutex_;
  Metrics metrics_;
  ModelCache models_;
  Pipeline pipeline_;
  MemoryBudget bodies_;
  FormLimits form_limits_;
  std::atomic<bool> ready_ = false;
  std::atomic<std::uint64_t> next_id_ = 0;
  std::mutex log_mutex_;
  std::vector<std::unique_ptr<const Route>> routes_;
  HttpServer http_;
  std::unique_ptr<HttpServer> admin_;
  Scheduler scheduler_;
};

/// Every answer of these says itself what it is; see docs/server.md.
void add_remove_routes(Service& service);    ///< /api/remove
void add_removebg_routes(Service& service);  ///< /v1.0/
void add_scan_routes(Service& service);      ///< /api/scan
void add_service_routes(Service& service);   ///< models, health, metrics, the page

/// The picture and all the headers that tell of it.
void send_picture(Exchange& exchange, Picture picture);

}  // namespace peel::server
