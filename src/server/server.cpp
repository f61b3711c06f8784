#include "peel/server.hpp"

#include <fmt/format.h>

#include "base/held.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "options/limits.hpp"
#include "server/service.hpp"

namespace peel {
namespace {

ServerSettings checked(ServerSettings settings) {
  const auto require = [](bool right, const std::string& what) {
    if (!right) throw Error(ErrorCode::usage, what, "see the comments in peel/server.hpp");
  };
  require(settings.port >= 0 && settings.port <= 65535, fmt::format("port {} is outside 0 to 65535", settings.port));
  require(settings.admin_port >= -1 && settings.admin_port <= 65535,
          fmt::format("port {} is outside 0 to 65535", settings.admin_port));
  require(settings.together >= 0 && settings.together <= options::MOST_THREADS,
          fmt::format("{} pictures together are outside 0 to {}", settings.together, options::MOST_THREADS));
  require(settings.connections > 0, "a server with room for 0 connections serves nobody");
  require(settings.max_bytes > 0 && settings.max_pixels > 0, "a server that takes 0 bytes or pixels serves nobody");
  for (const auto time : {settings.timeout, settings.decode_timeout, settings.head_timeout, settings.body_timeout,
                          settings.idle_timeout, settings.write_timeout}) {
    require(time.count() > 0, fmt::format("a time limit of {} ms leaves no time", time.count()));
  }
  settings.remover.threads = checked_threads(settings.remover.threads);
  return settings;
}

}  // namespace

struct Server::Impl {
  server::Service service;
  std::string address;

  explicit Impl(ServerSettings settings) : service(checked(std::move(settings))) {
    const ServerSettings& own = service.settings();
    const bool v6 = own.host.find(':') != std::string::npos;
    address = fmt::format("{}://{}{}{}:{}", own.certificate_file.empty() ? "http" : "https", v6 ? "[" : "", own.host,
                          v6 ? "]" : "", service.http().port());
    add_remove_routes(service);

    add_removebg_routes(service);
    add_scan_routes(service);
    add_service_routes(service);
  }
};

Server::Server(ServerSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

void Server::start() {
  server::Service& service = held(impl_).service;
  if (service.settings().warm) {
    const std::size_t named = std::max<std::size_t>(service.settings().models.size(), 1);
    const auto choices = service.models().choices();
    for (std::size_t i = 0; i < std::min(named, choices.size()); ++i)
      service.models().require(choices[i].name).model->prepare();
  }
  service.start();
  service.set_ready();
}

void Server::reload() {
  held(impl_).service.reload();
}

int Server::port() const noexcept {
  return impl_ ? impl_->service.http().port() : 0;
}

int Server::admin_port() const noexcept {
  const server::HttpServer* const admin = impl_ ? impl_->service.admin() : nullptr;
  return admin ? admin->port() : -1;
}

const std::string& Server::address() const noexcept {
  static const std::string NONE;
  return impl_ ? impl_->address : NONE;
}

const SessionInfo* Server::session() const {
  const server::ModelCache& models = held(impl_).service.models();
  const std::string name = models.choose("").name;
  for (const auto& each : models.loaded()) {
    if (each.name == name) return &each.model->info();
  }
  return nullptr;
}

bool Server::stop(std::chrono::milliseconds patience) {
  return held(impl_).service.drain(std::chrono::steady_clock::now() + patience);
}

}  // namespace peel
