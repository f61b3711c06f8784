#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inference/session.hpp"

namespace peel {

/// A network of any number of inputs and outputs, by their names: what is no picture in and one map out. On the CPU,
/// from the file as it is: weights may lie in files of their own beside it. Thread-safe.
class NamedNetwork {
 public:
  struct Port {
    std::string name;
    std::vector<std::int64_t> shape;  ///< -1 where the graph leaves a size open
  };

  /// Throws Error(model) where ONNX Runtime refuses the file, Error(device) without ONNX Runtime.
  NamedNetwork(const std::filesystem::path& file, int threads);
  NamedNetwork(NamedNetwork&&) noexcept;
  NamedNetwork& operator=(NamedNetwork&&) noexcept;
  ~NamedNetwork();

  /// In the graph's order.
  const std::vector<Port>& inputs() const noexcept;
  const std::vector<Port>& outputs() const noexcept;
  bool has_output(std::string_view name) const noexcept;

  using Inputs = std::vector<std::pair<std::string, const Tensor*>>;
  /// The outputs of these names, in their order. Throws Error(model) for names and shapes that do not fit, and for an
  /// output that is not float32; Error(device) when the run fails.
  std::vector<Tensor> run(const Inputs& inputs, const std::vector<std::string>& outputs) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peel
