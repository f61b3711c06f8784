#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "peel/remover.hpp"

namespace peel::server {

/// What /metrics tells, in the text format of Prometheus. May be used from many threads.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void answered(const std::string& route, const std::string& method, int status, double seconds, std::uint64_t bytes_in,
                std::uint64_t bytes_out);
  /// A client that got no further than its connection or a request's head.
  void refused(int status);
  /// One picture: milliseconds by stage.
  void picture(const std::string& model, double queued, const Timings& timings);
  void model_loaded(const std::string& model, double seconds);

  /// What is true at the moment it is asked.
  struct Now {
    std::size_t waiting = 0, running = 0, connections = 0;
    std::uint64_t body_bytes = 0, picture_bytes = 0, model_bytes = 0;
    bool draining = false;
    struct Model {
      std::string name, provider, engine, precision;
    };
    std::vector<Model> models;
  };
  std::string text(const Now& now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peel::server
