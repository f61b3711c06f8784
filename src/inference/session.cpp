#include "inference/session.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/control.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "inference/bound_run.hpp"
#include "inference/network.hpp"
#include "inference/openvino.hpp"
#include "inference/probe.hpp"
#include "inference/warm_up.hpp"
#include "peel/error.hpp"

namespace peel {

std::string_view name_of(const Candidate& candidate) {
  return candidate.engine == Engine::openvino ? "openvino" : provider(candidate.device).name;
}

struct Session::Impl {
  std::filesystem::path file;
  int threads = 1;
  Candidate candidate;
  std::unique_ptr<Network> network;           // of ONNX Runtime
  std::unique_ptr<OpenVinoNetwork> openvino;  // or of OpenVINO
  std::unique_ptr<BoundRun> bound;            // on CUDA, where it works; it uses the network
  std::vector<SkippedCandidate> skipped;
  std::vector<Share> shares;

  void try_candidate(const SessionOptions& options);
  void make_network(const SessionOptions& options, const std::optional<std::string>& profile_prefix);
  void make_openvino(const SessionOptions& options);
  void try_bound_run(const Tensor& pattern, const Tensor& right);
};

void Session::Impl::make_network(const SessionOptions& options, const std::optional<std::string>& profile_prefix) {
  NetworkOptions wanted{candidate, threads, options.batch, candidate.device == Device::cuda, {}, profile_prefix};
  if (options.cache_graph && !options.sha256.empty()) wanted.sha256 = options.sha256;
  try {
    network = std::make_unique<Network>(file, wanted);
  } catch (const Ort::Exception& error) {
    if (!wanted.cuda_graph) throw;
    // A graph can be recorded only where every operator is the GPU's.
    log(LogLevel::info, "no CUDA graph for {}: {}", file.string(), readable(error));
    wanted.cuda_graph = false;
    network = std::make_unique<Network>(file, wanted);
  }
}

void Session::Impl::make_openvino(const SessionOptions& options) {
  OpenVinoNetwork::Options wanted{{threads, options.runs}, options.batch, {}, options.sane_range};
  if (options.cache_graph && !options.sha256.empty()) wanted.sha256 = options.sha256;
  openvino = std::make_unique<OpenVinoNetwork>(file, wanted);
}

// Only a gain: whatever goes wrong here, the plain way has worked already.
void Session::Impl::try_bound_run(const Tensor& pattern, const Tensor& right) {
  try {
    bound = std::make_unique<BoundRun>(*network, right.shape);
    // A graph is recorded in the second run and repeated in the third.
    for (int i = 0; i < 3; ++i) {
      const float apart = difference(bound->run(pattern), right);
      if (apart > 0.01f) {
        throw Error(ErrorCode::device, fmt::format("results differ by {:.2g} from those of a plain run", apart));
      }
    }
    return;
  } catch (const Ort::Exception& error) {
    log(LogLevel::info, "{} runs without bound memory: {}", file.string(), readable(error));
  } catch (const Error& error) {
    log(LogLevel::info, "{} runs without bound memory: {}", file.string(), error.what());
  }
  bound.reset();
}

// Some failures show at the first run only: no memory on the device, a driver too old for the kernels, wrong numbers.
void Session::Impl::try_candidate(const SessionOptions& options) {
  if (candidate.engine == Engine::openvino) return make_openvino(options);
  if (candidate.device == Device::cpu) return make_network(options, {});
  const Provider& wanted = provider(candidate.device);
  check_requirements(wanted, false);
  if (options.check_apart) check_apart(wanted, options.software_gpu);
  const ProfileFolder profile;
  make_network(options, profile.prefix());
  const Tensor pattern = test_pattern(network->input_shape());
  const Tensor result = network->run(pattern);
  check_result(result, options.sane_range);
  shares = profile.shares(*network, candidate.device);
  if (candidate.device == Device::cuda && network->fixed_input()) try_bound_run(pattern, result);
}

Session::Session(const std::filesystem::path& model, const SessionOptions& options) {
  impl_ = std::make_unique<Impl>();
  impl_->file = model;
  impl_->threads = options.threads > 0 ? options.threads : physical_cores();
  for (const Candidate& candidate : options.candidates) {
    impl_->candidate = candidate;
    // First: without the runtime not even an empty Ort::Session could be destroyed. Not for OpenVINO, which needs none.
    if (candidate.engine != Engine::openvino) open_runtime();
    try {
      impl_->try_candidate(options);
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::device) throw;
      impl_->skipped.push_back({std::string(name_of(candidate)), error.what()});
    } catch (const Ort::Exception& error) {
      if (candidate.device == Device::cpu) throw cannot_load(model, error);
      impl_->skipped.push_back({std::string(name_of(candidate)), readable(error)});
    }
    impl_->bound.reset();
    impl_->network.reset();
    impl_->openvino.reset();
    impl_->shares.clear();
    log(LogLevel::info, "{} is not used: {}", name_of(candidate), impl_->skipped.back().reason);
  }
  std::string reasons;
  for (const auto& [name, reason] : impl_->skipped) {
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", name, reason);
  }
  throw Error(ErrorCode::device, fmt::format("no device can be used: {}", reasons),
              "`peel info` shows what this machine has");
}

Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

const std::vector<std::int64_t>& Session::input_shape() const noexcept {
  return impl_->openvino ? impl_->openvino->input_shape() : impl_->network->input_shape();
}
Engine Session::engine() const noexcept {
  return impl_->candidate.engine;
}
Device Session::device() const noexcept {
  return impl_->candidate.device;
}
Arithmetic Session::arithmetic() const noexcept {
  return half_refused().empty() ? impl_->candidate.arithmetic : Arithmetic::fp32;
}
const std::string& Session::half_refused() const noexcept {
  static const std::string NOTHING;
  return impl_->network ? impl_->network->half_refused() : NOTHING;
}
int Session::threads() const noexcept {
  return impl_->threads;
}
const std::vector<SkippedCandidate>& Session::skipped() const noexcept {
  return impl_->skipped;
}
const std::vector<Share>& Session::shares() const noexcept {
  return impl_->shares;
}

Tensor Session::run(const Tensor& input) const {
  check_stopped();
  if (impl_->openvino) return impl_->openvino->run(input);
  try {
    return impl_->bound ? impl_->bound->run(input) : impl_->network->run(input);
  } catch (const Ort::Exception& error) {
    check_stopped();
    throw Error(error.GetOrtErrorCode() == ORT_INVALID_ARGUMENT ? ErrorCode::model : ErrorCode::device,
                fmt::format("{} fails on {}: {}", impl_->file.string(), provider(device()).name, readable(error)));
  }
}

}  // namespace peel
