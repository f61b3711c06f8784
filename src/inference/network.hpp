#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "inference/runtime.hpp"
#include "inference/session.hpp"
#include "peel/error.hpp"

namespace peel {

/// What a Network is made for.
struct NetworkOptions {
  ExecutionTarget candidate;
  int threads = 1;
  int batch = 1;
  bool cuda_graph = false;
  std::optional<std::string> sha256;          ///< where what takes long to make is to be kept
  std::optional<std::string> profile_prefix;  ///< path that the runtime's profile begins with
};

/// One model on one device: the runtime's session and what is known of the graph's input and output.
class Network {
 public:
  /// Throws Error(model), Error(device), or what the runtime throws while it creates the session.
  Network(const std::filesystem::path& file, const NetworkOptions& options);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network() = default;

  /// Never recorded as a CUDA graph. Throws Ort::Exception, also where the stop of the caller's StopScope is
  /// requested meanwhile, Error(model).
  Tensor run(const Tensor& input) const;

  const std::vector<std::int64_t>& input_shape() const { return input_shape_; }
  bool fixed_input() const;
  /// Why it computes in single precision though half was asked for; else empty.
  const std::string& half_refused() const { return half_refused_; }
  Ort::Session& session() const { return session_; }
  const std::string& input_name() const { return input_name_; }
  const std::string& output_name() const { return output_name_; }

 private:
  void create(const NetworkOptions& options);
  void create_for_cpu(const NetworkOptions& options, const Ort::SessionOptions& base);
  void create_with_engine(const NetworkOptions& options, const Ort::SessionOptions& base);
  void create_from_cache(const std::filesystem::path& cached, const Ort::SessionOptions& base);
  void create_from_model(const NetworkOptions& options, const Ort::SessionOptions& base);
  void inspect(int batch);

  std::filesystem::path file_;
  std::optional<MappedFile> graph_;  // the session reads its weights from here: it is declared first, so destroyed last
  // Session::Run is not const in the C++ wrapper, though safe to call from several threads.
  mutable Ort::Session session_{nullptr};
  std::string input_name_;
  std::string output_name_;
  std::vector<std::int64_t> input_shape_;
  std::string half_refused_;
  bool cuda_graph_;
};

/// "FILE: not a network peel can run: WHY".
Error not_a_network(const std::filesystem::path& model, const std::string& why);

}  // namespace peel
