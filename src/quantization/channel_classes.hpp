#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

namespace peel::quantization {

/// Which channels of a graph's tensors can be multiplied by one positive factor without a change of what the graph
/// computes, so long as the convolutions at both ends make up for it.
class ChannelClasses {
 public:
  explicit ChannelClasses(const onnx::GraphProto& graph);

  /// The class of each channel of a tensor; nothing for tensors that cannot be scaled.
  const std::vector<std::size_t>* of(const std::string& tensor) const;
  /// Classes have numbers below this.
  std::size_t count() const noexcept { return fixed_.size(); }
  /// Whether a class must keep its factor 1.
  bool is_fixed(std::size_t number) const { return fixed_[number]; }

 private:
  std::size_t root(std::size_t number);
  void join(std::size_t a, std::size_t b);
  void fix(const std::string& tensor);
  void visit(const onnx::NodeProto& node);
  bool can_be_scaled(const onnx::NodeProto& conv) const;
  bool passes(const onnx::NodeProto& node);

  std::unordered_map<std::string, const onnx::TensorProto*> weights_;
  std::unordered_map<std::string, int> uses_;
  std::unordered_map<std::string, std::vector<std::size_t>> classes_;
  std::vector<std::size_t> parent_;
  std::vector<bool> fixed_;
};

}  // namespace peel::quantization
