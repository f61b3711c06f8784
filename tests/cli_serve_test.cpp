#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <httplib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <memory>
#include <thread>

#include "cli_support.hpp"
#include "peel/image.hpp"
#include "support/comes_about.hpp"
#include "support/fake_runtime.hpp"

// The real program as a server: that it starts, says where it is, ends as it should, and gives what `remove` gives.
// What a server does with all that clients may send stands beside its code, src/server.
namespace peel::test {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// `peel serve --json` while it lives; its output in a file, as it is read before the program has ended.
class Served {
 public:
  explicit Served(Command command) : output_(folder_ / "out") {
    command.output = output_;
    process_ = std::make_unique<Process>(command);
    comes_about([this] {
      const json line = json::parse(read_text(output_), nullptr, false);
      if (line.is_object()) port_ = line["port"];
      return port_ != 0;
    });
  }
  ~Served() {
    if (process_) end();
  }

  int port() const { return port_; }
  std::string said() const { return process_->said(); }
  void signal(int number) const { kill(process_->pid(), number); }
  Outcome wait() {
    const Outcome outcome = process_->wait();
    process_.reset();
    return outcome;
  }
  Outcome end() {
    signal(SIGTERM);
    return wait();
  }
  /// It has heard the first signal, and answers those it has.
  bool takes_nobody() const { return client().Get("/healthz").error() == httplib::Error::Connection; }
  /// So many requests wait or are worked on, now or in a while.
  bool has_in_hand(int count) const {
    return comes_about([&] {
      const auto metrics = client().Get("/metrics");
      if (!metrics) return false;
      const auto gauge = [&](const std::string& name) {
        const auto place = metrics->body.find("\n" + name + " ");
        return place == std::string::npos ? 0 : std::atoi(metrics->body.c_str() + place + name.size() + 2);
      };
      return gauge("peel_queue_waiting") + gauge("peel_queue_running") == count;
    });
  }
  httplib::Client client() const {
    httplib::Client client("127.0.0.1", port_);
    client.set_read_timeout(PATIENCE);
    return client;
  }

 private:
  TemporaryFolder folder_;
  std::filesystem::path output_;
  std::unique_ptr<Process> process_;
  int port_ = 0;
};

httplib::MultipartFormDataItems form_of(const std::string& picture) {
  return {{"file", picture, "picture.png", "image/png"}};
}

class CliServe : public CliWithModel {
 protected:
  Command serve_command(std::vector<std::string> more) {
    std::vector<std::string> arguments{"serve", "--port", "0", "--json", "-m", model()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return command(std::move(arguments));
  }
};

TEST_F(CliServe, GivesWhatRemoveGives) {
  write_picture("in.png");
  ASSERT_EQ(remove({"in.png", "-o", "out.png"}).status, 0);
  Served served(serve_command({"--warm"}));
  ASSERT_NE(served.port(), 0);
  auto client = served.client();
  const auto answer = client.Post("/api/remove", form_of(read_text(at("in.png"))));
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(answer->get_header_value("X-Peel-Model"), "u2netp");
  const Image here = load_image(at("out.png"));
  const Image there = decode(bytes_of(answer->body));
  ASSERT_EQ(there.size_bytes(), here.size_bytes());
  // By one thread or all: the runtime's sums differ in their last bits, which may turn a level.
  int worst = 0;
  for (std::size_t i = 0; i < here.size_bytes(); ++i) {
    worst = std::max(worst, std::abs(std::to_integer<int>(here.data()[i]) - std::to_integer<int>(there.data()[i])));
  }
  EXPECT_LE(worst, 1);
  const Outcome outcome = served.end();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("listening at http://127.0.0.1:"));
  EXPECT_THAT(outcome.err, HasSubstr(R"("path":"/api/remove","status":200)"));
}

TEST_F(CliServe, ASignalUnderLoadLosesNoRequest) {
  write_picture("in.png");
  const auto hold = outside_ / "hold";
  write_text(hold, "");
  Command held = serve_command({"--queue", "100", "--drain", "600"});
  for (const auto& variable : held_runtime_environment(hold, outside_ / "log")) held.environment.push_back(variable);
  Served served(held);
  ASSERT_NE(served.port(), 0);
  const std::string picture = read_text(at("in.png"));
  std::atomic<int> whole = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      auto client = served.client();
      client.set_keep_alive(true);
      const auto answer = client.Post("/api/remove", form_of(picture));
      if (answer && answer->status == 200 && decode(bytes_of(answer->body)).width() == 64) ++whole;
    });
  }
  // All requests have come, and the network has not yet begun with the first.
  EXPECT_TRUE(served.has_in_hand(8));
  served.signal(SIGTERM);
  EXPECT_TRUE(comes_about([&] { return served.takes_nobody(); }));
  std::filesystem::remove(hold);
  for (std::thread& each : clients) each.join();
  const Outcome outcome = served.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(whole, 8) << outcome.err;
}

TEST_F(CliServe, ASignalEndsItInTheMidstOfWorkThatKnowsNoStop) {
  write_picture("in.png");
  const auto hold = outside_ / "hold";
  write_text(hold, "");
  Command held = serve_command({"--drain", "0.1"});
  for (const auto& variable : held_runtime_environment(hold, outside_ / "log")) held.environment.push_back(variable);
  Served served(held);
  ASSERT_NE(served.port(), 0);
  std::thread waiting(
      [&, picture = read_text(at("in.png"))] { EXPECT_FALSE(served.client().Post("/api/remove", form_of(picture))); });
  EXPECT_TRUE(comes_about([&] { return read_text(outside_ / "log").find("held") != std::string::npos; }));
  // Nobody takes the file away that the network waits for.
  const Outcome outcome = served.end();
  waiting.join();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("some requests were cut off"));
}

TEST_F(CliServe, ALogThatNobodyReadsHoldsNothingUp) {
  const auto pipe = outside_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int unread = open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  const std::string full(4096, 'x');
  while (::write(unread, full.data(), full.size()) > 0) {
  }
  Command command = serve_command({"--drain", "1"});
  command.error = pipe;
  Served served(command);
  ASSERT_NE(served.port(), 0);
  auto client = served.client();
  client.set_keep_alive(true);
  for (int i = 0; i < 900; ++i) ASSERT_TRUE(client.Get("/healthz")) << i;
  EXPECT_EQ(served.end().status, 0);
  close(unread);
}

TEST_F(CliServe, ASignalHasItReadItsKeysAnew) {
  const auto keys = outside_ / "keys";
  write_text(keys, "a = key-0123456789\n");
  Served served(serve_command({"--api-keys", keys.string()}));
  ASSERT_NE(served.port(), 0);
  const auto status = [&](const std::string& key) {
    return served.client().Get("/v1.0/account", {{"X-Api-Key", key}})->status;
  };
  EXPECT_EQ(status("key-9876543210"), 403);
  write_text(keys, "a = key-9876543210\n");
  served.signal(SIGHUP);
  EXPECT_TRUE(comes_about([&] { return status("key-9876543210") == 200; }));
  write_text(keys, "");
  served.signal(SIGHUP);
  EXPECT_TRUE(comes_about([&] { return served.said().find("all stays as it was") != std::string::npos; }));
  EXPECT_EQ(status("key-9876543210"), 200);
  EXPECT_EQ(served.end().status, 0);
}

TEST_F(CliServe, SystemdIsToldWhenItIsReadyAndWhenItStops) {
  const std::string name = (outside_ / "notify").string();
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(name.size(), sizeof(address.sun_path));
  std::copy(name.begin(), name.end(), address.sun_path);
  ASSERT_EQ(bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  Command command = serve_command({});
  command.environment.emplace_back("NOTIFY_SOCKET", name);
  Served served(command);
  const auto told = [&] {
    std::array<char, 100> text{};
    const auto got = recv(socket, text.data(), text.size(), 0);
    return std::string(text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  };
  EXPECT_EQ(told(), "READY=1");
  EXPECT_EQ(served.end().status, 0);
  EXPECT_EQ(told(), "STOPPING=1");
  close(socket);
}

TEST_F(CliServe, ASecondSignalEndsItAtOnce) {
  Served served(serve_command({"--drain", "60"}));
  ASSERT_NE(served.port(), 0);
  // A request that does not end: its body never comes.
  httplib::Client client("127.0.0.1", served.port());
  client.set_read_timeout(PATIENCE);
  std::atomic<bool> head_is_sent = false;
  std::thread waiting([&] {
    client.Post(
        "/api/remove", 1000,
        [&](std::size_t, std::size_t, httplib::DataSink& sink) {
          head_is_sent = true;
          std::this_thread::sleep_for(50ms);
          return sink.is_writable();
        },
        "image/png");
  });
  EXPECT_TRUE(comes_about([&] { return head_is_sent.load(); }));
  served.signal(SIGTERM);
  EXPECT_TRUE(comes_about([&] { return served.takes_nobody(); }));
  served.signal(SIGTERM);
  EXPECT_EQ(served.wait().signal, SIGTERM);
  waiting.join();
}

TEST_F(CliServe, WhatItCannotDoIsSaidAtOnce) {
  Served served(serve_command({}));
  ASSERT_NE(served.port(), 0);
  const Outcome taken = peel({"serve", "-p", std::to_string(served.port()), "-m", model()});
  EXPECT_EQ(taken.status, 2);
  EXPECT_THAT(taken.err, HasSubstr("choose another port"));
  const Outcome no_model = peel({"serve", "-p", "0", "-m", "u2net", "--warm"});
  EXPECT_EQ(no_model.status, 4) << no_model.err;
  const Outcome no_key = peel({"serve", "-p", "0", "--tls-cert", "c.pem"});
  EXPECT_EQ(no_key.status, 2);
  const Outcome no_file = peel({"serve", "-p", "0", "--tls-cert", "c.pem", "--tls-key", "k.pem"});
  EXPECT_EQ(no_file.status, 3);
  EXPECT_THAT(no_file.err, HasSubstr("c.pem"));
  const Outcome no_keys = peel({"serve", "-p", "0", "--api-keys", "keys.txt"});
  EXPECT_EQ(no_keys.status, 2);
  EXPECT_THAT(no_keys.err, HasSubstr("keys.txt"));
}

}  // namespace
}  // namespace peel::test
