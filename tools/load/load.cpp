#include "load.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "models/download.hpp"
#include "peel/error.hpp"

namespace peel::load {
namespace {

using namespace std::chrono_literals;

constexpr auto LATE = 10ms;

struct Free {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t drop(char*, std::size_t, std::size_t count, void*) {
  return count;
}

/// What all clients share.
struct Run {
  const Requests& requests;
  const LoadOptions& options;
  Clock::time_point start;
  std::atomic<std::uint64_t> next = 0;
  std::atomic<std::uint64_t> answered = 0;
  std::atomic<std::uint64_t> failed = 0;
};

/// One connection that is kept, and what was seen through it.
class Client {
 public:
  explicit Client(Run& run) : run_(run), handle_(curl_easy_init()) {
    if (!handle_) throw Error(ErrorCode::internal, "libcurl could not be started");
    curl_slist* list = curl_slist_append(nullptr, ("Content-Type: " + run.requests.content_type).c_str());
    // Else libcurl asks before it sends a large body, which is a round trip more than most clients make.
    list = curl_slist_append(list, "Expect:");
    for (const std::string& header : run.options.headers) list = curl_slist_append(list, header.c_str());
    headers_.reset(list);
    CURL* handle = handle_.get();
    curl_easy_setopt(handle, CURLOPT_URL, run.options.url.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &drop);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(run.options.patience.count()));
    // Whoever measures a server of his own knows its certificate; it need not be for this name.
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }

  void work() {
    const LoadOptions& options = run_.options;
    while (true) {
      const std::uint64_t number = run_.next++;
      if (options.requests > 0 && number >= options.requests) return;
      Clock::time_point begin = Clock::now();
      if (options.rate > 0) {
        const std::chrono::duration<double> offset(static_cast<double>(number) / options.rate);
        const auto due = run_.start + std::chrono::duration_cast<Clock::duration>(offset);
        if (is_over(due)) return;
        std::this_thread::sleep_until(due);
        if (Clock::now() - due > LATE) ++seen_.late;
        begin = due;
      }
      if (is_over(Clock::now())) return;
      const int status = send(run_.requests.bodies[number % run_.requests.bodies.size()], begin);
      if (options.rate <= 0 && (status < 200 || status > 299)) std::this_thread::sleep_for(options.pause);
    }
  }

  Outcome& seen() { return seen_; }

 private:
  bool is_over(Clock::time_point when) const {
    return run_.options.time.count() > 0 && when >= run_.start + run_.options.time;
  }

  int send(const std::string& body, Clock::time_point begin) {
    CURL* handle = handle_.get();
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    const CURLcode code = curl_easy_perform(handle);
    const std::chrono::duration<double, std::milli> taken = Clock::now() - begin;
    long status = 0;
    long connects = 0;
    curl_off_t sent = 0;
    curl_off_t received = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(handle, CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(handle, CURLINFO_SIZE_DOWNLOAD_T, &received);
    // A status whose body was cut short is no answer.
    if (code != CURLE_OK) {
      status = 0;
      ++seen_.failures[curl_easy_strerror(code)];
    }
    seen_.samples.push_back({static_cast<int>(status), taken.count()});
    seen_.connections += static_cast<std::uint64_t>(connects);
    seen_.bytes_sent += static_cast<std::uint64_t>(sent);
    seen_.bytes_received += static_cast<std::uint64_t>(received);
    ++(status >= 200 && status <= 299 ? run_.answered : run_.failed);
    return static_cast<int>(status);
  }

  Run& run_;
  std::unique_ptr<CURL, Free> handle_;
  std::unique_ptr<curl_slist, Free> headers_;
  Outcome seen_;
};

void add(Outcome& all, Outcome& one) {
  all.samples.insert(all.samples.end(), one.samples.begin(), one.samples.end());
  all.bytes_sent += one.bytes_sent;
  all.bytes_received += one.bytes_received;
  all.connections += one.connections;
  all.late += one.late;
  for (const auto& [reason, count] : one.failures) all.failures[reason] += count;
}

}  // namespace

Outcome run_load(const Requests& requests, const LoadOptions& options, const Watcher& watcher) {
  start_curl();
  Run run{requests, options, Clock::now()};
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < options.clients; ++i) clients.push_back(std::make_unique<Client>(run));
  run.start = Clock::now();
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t working = clients.size();
  std::vector<std::thread> threads;
  for (const auto& client : clients) {
    threads.emplace_back([&, own = client.get()] {
      own->work();
      const std::scoped_lock lock(mutex);
      --working;
      changed.notify_all();
    });
  }
  {
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, 1s, [&] { return working == 0; })) {
      if (watcher) watcher(run.answered, run.failed);
    }
  }
  for (std::thread& thread : threads) thread.join();
  Outcome all;
  all.seconds = std::chrono::duration<double>(Clock::now() - run.start).count();
  for (const auto& client : clients) add(all, client->seen());
  return all;
}

}  // namespace peel::load
