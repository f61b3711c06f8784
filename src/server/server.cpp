#include "peel/server.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "server/service.hpp"

namespace peel {

struct Server::Impl {
  server::Service service;
  std::string address;

  explicit Impl(ServerSettings settings) : service(std::move(settings)) {
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
  server::Service& service = impl_->service;
  if (service.settings().warm) {
    const std::size_t named = std::max<std::size_t>(service.settings().models.size(), 1);
    const auto choices = service.models().choices();
    for (std::size_t i = 0; i < std::min(named, choices.size()); ++i)
      service.models().require(choices[i].name).model->prepare();
  }
  service.http().start();
  service.set_ready();
}

int Server::port() const noexcept {
  return impl_->service.http().port();
}

const std::string& Server::address() const noexcept {
  return impl_->address;
}

const SessionInfo* Server::session() const {
  const std::string name = impl_->service.models().choose("").name;
  for (const auto& each : impl_->service.models().loaded()) {
    if (each.name == name) return &each.model->info();
  }
  return nullptr;
}

bool Server::stop(std::chrono::milliseconds patience) {
  return impl_->service.http().drain(std::chrono::steady_clock::now() + patience);
}

}  // namespace peel
