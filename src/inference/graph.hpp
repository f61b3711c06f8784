#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace peel {

/// What a graph is prepared for.
struct GraphOptions {
  int batch = 1;      ///< pictures a run; 1 leaves the graph's own
  bool half = false;  ///< weights and arithmetic in float16, for devices that compute in it
};

/// What was done to a graph by prepare_graph().
struct PreparedGraph {
  std::string model;         ///< the ONNX file to hand to the runtime
  int outputs_removed = 0;   ///< side outputs nobody asks for
  int nodes_removed = 0;     ///< nodes that only those needed
  bool widened = false;      ///< half-precision weights and arithmetic became single
  bool fixed_input = true;   ///< no size of its input is left open
  std::string half_refused;  ///< why it is in single precision though half was asked for
};

/// Makes an ONNX file ready for inference:
/// - Only its first output is kept, and what that output needs. Of U-2-Net's 7 outputs and IS-Net's 12 (124 MB of
///   floats) one is used; ONNX Runtime computes and keeps every output of the graph whether asked for or not.
/// - float16 becomes float32. The CPU provider has no half-precision convolution: it converts around each one instead.
///   For `half` all of it becomes float16 then, not only what the file's maker chose, where that can be done.
/// Throws Error(model) when the bytes are not an ONNX model, or the batch cannot be had; `name` is for the message.
PreparedGraph prepare_graph(std::span<const std::byte> onnx_file, const std::string& name,
                            const GraphOptions& options = {});

}  // namespace peel
