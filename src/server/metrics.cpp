#include "server/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <set>
#include <utility>

#include "base/memory.hpp"
#include "peel/version.hpp"

namespace peel::server {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

/// Seconds: from a decoded thumbnail on a GPU to a large network on a laptop.
const Histogram::BucketBoundaries STAGES{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
const Histogram::BucketBoundaries REQUESTS{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;

  Family<Counter>& counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& histogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  Family<Counter>& requests = counter("peel_http_requests_total", "Requests answered, by route, method and status.");
  Family<Counter>& refused =
      counter("peel_http_refused_total", "Clients refused before a request was read, by status.");
  Family<Counter>& bytes = counter("peel_http_bytes_total", "Bytes of requests (in) and answers (out).");
  Family<Histogram>& seconds = histogram("peel_http_request_seconds", "From a request's head to its answer, by route.");
  Family<Histogram>& stages = histogram("peel_stage_seconds", "Of a picture, by stage and model.");
  Family<Counter>& loads = counter("peel_model_loads_total", "Times a model was loaded.");
  Family<Gauge>& load_seconds = gauge("peel_model_load_seconds", "What loading a model took the last time.");
  Family<Gauge>& session = gauge("peel_session_info", "Models in memory, and what they run on.");
  Gauge& waiting = gauge("peel_queue_waiting", "Requests that wait for a worker.").Add({});
  Gauge& running = gauge("peel_queue_running", "Requests that are worked on.").Add({});
  Gauge& connections = gauge("peel_http_connections", "Connections that are open.").Add({});
  Gauge& body_bytes = gauge("peel_in_flight_bytes", "Bytes of requests' bodies in memory.").Add({});
  Gauge& picture_bytes = gauge("peel_picture_bytes", "Memory set aside for the pictures in hand.").Add({});
  Gauge& model_bytes = gauge("peel_model_bytes", "Memory taken by models.").Add({});
  Gauge& resident = gauge("process_resident_memory_bytes", "Memory this process holds.").Add({});
  Gauge& draining = gauge("peel_draining", "1 while the server is being stopped.").Add({});
  std::mutex mutex;
  std::set<Gauge*> sessions;  ///< under the mutex: those that were ever told, as a model that is gone is told as 0

  Impl() { gauge("peel_build_info", "The version.").Add({{"version", std::string(version())}}).Set(1); }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::answered(const std::string& route, const std::string& method, int status, double seconds,
                       std::uint64_t bytes_in, std::uint64_t bytes_out) {
  impl_->requests.Add({{"route", route}, {"method", method}, {"status", std::to_string(status)}}).Increment();
  impl_->seconds.Add({{"route", route}}, REQUESTS).Observe(seconds);
  impl_->bytes.Add({{"direction", "in"}}).Increment(static_cast<double>(bytes_in));
  impl_->bytes.Add({{"direction", "out"}}).Increment(static_cast<double>(bytes_out));
}

void Metrics::refused(int status) {
  impl_->refused.Add({{"status", std::to_string(status)}}).Increment();
}

void Metrics::picture(const std::string& model, double queued, const Timings& timings) {
  const std::pair<const char*, double> stages[]{{"queue", queued},
                                                {"decode", timings.decode},
                                                {"preprocess", timings.preprocess},
                                                {"inference", timings.inference},
                                                {"post", timings.postprocess},
                                                {"encode", timings.encode}};
  for (const auto& [stage, milliseconds] : stages) {
    impl_->stages.Add({{"stage", stage}, {"model", model}}, STAGES).Observe(milliseconds / 1000);
  }
}

void Metrics::model_loaded(const std::string& model, double seconds) {
  impl_->loads.Add({{"model", model}}).Increment();
  impl_->load_seconds.Add({{"model", model}}).Set(seconds);
}

std::string Metrics::text(const Now& now) {
  impl_->waiting.Set(static_cast<double>(now.waiting));
  impl_->running.Set(static_cast<double>(now.running));
  impl_->connections.Set(static_cast<double>(now.connections));
  impl_->body_bytes.Set(static_cast<double>(now.body_bytes));
  impl_->picture_bytes.Set(static_cast<double>(now.picture_bytes));
  impl_->model_bytes.Set(static_cast<double>(now.model_bytes));
  impl_->resident.Set(static_cast<double>(resident_memory()));
  impl_->draining.Set(now.draining ? 1 : 0);
  const std::scoped_lock lock(impl_->mutex);
  for (Gauge* gauge : impl_->sessions) gauge->Set(0);
  for (const Now::Model& model : now.models) {
    Gauge& gauge = impl_->session.Add({{"model", model.name},
                                       {"provider", model.provider},
                                       {"engine", model.engine},
                                       {"precision", model.precision}});
    gauge.Set(1);
    impl_->sessions.insert(&gauge);
  }
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace peel::server
