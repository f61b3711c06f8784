#include "support/network_gate.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

#include "inference/runtime.hpp"

namespace peel::test {
namespace {

struct Queue {
  std::mutex mutex;
  std::condition_variable changed;
  bool closed = false;
  std::uint64_t came = 0;
  std::uint64_t admitted = 0;  ///< of those, in their order; only while it is closed
  std::string failure;         ///< of all runs; empty: none fails

  OrtStatus* pass() {
    std::unique_lock lock(mutex);
    const std::uint64_t number = came++;
    changed.wait(lock, [&] { return !closed || number < admitted; });
    return failure.empty() ? nullptr : Ort::GetApi().CreateStatus(ORT_FAIL, failure.c_str());
  }
};

Queue& queue() {
  static Queue one;
  return one;
}

const OrtApi* real = nullptr;

OrtStatus* ORT_API_CALL run(OrtSession* session, const OrtRunOptions* options, const char* const* input_names,
                            const OrtValue* const* inputs, std::size_t input_count, const char* const* output_names,
                            std::size_t output_count, OrtValue** outputs) noexcept {
  if (OrtStatus* const failed = queue().pass()) return failed;
  return real->Run(session, options, input_names, inputs, input_count, output_names, output_count, outputs);
}

OrtStatus* ORT_API_CALL run_with_binding(OrtSession* session, const OrtRunOptions* options,
                                         const OrtIoBinding* binding) noexcept {
  if (OrtStatus* const failed = queue().pass()) return failed;
  return real->RunWithBinding(session, options, binding);
}

}  // namespace

// The runtime is a table of functions, and peel reaches it through one pointer: another table takes its place.
NetworkGate::NetworkGate() {
  open_runtime();
  real = &Ort::GetApi();
  static OrtApi gated;
  gated = *real;
  gated.Run = run;
  gated.RunWithBinding = run_with_binding;
  Ort::InitApi(&gated);
}

NetworkGate::~NetworkGate() {
  open();
  fail({});
  Ort::InitApi(real);
}

void NetworkGate::close() {
  const std::scoped_lock lock(queue().mutex);
  queue().closed = true;
  queue().admitted = queue().came;
}

void NetworkGate::let(std::uint64_t runs) {
  const std::scoped_lock lock(queue().mutex);
  queue().admitted += runs;
  queue().changed.notify_all();
}

void NetworkGate::open() {
  const std::scoped_lock lock(queue().mutex);
  queue().closed = false;
  queue().changed.notify_all();
}

void NetworkGate::fail(std::string why) {
  const std::scoped_lock lock(queue().mutex);
  queue().failure = std::move(why);
}

std::uint64_t NetworkGate::held() {
  const std::scoped_lock lock(queue().mutex);
  return queue().closed ? queue().came - std::min(queue().came, queue().admitted) : 0;
}

}  // namespace peel::test
