#include "support/graph_text.hpp"

#include <onnx/defs/parser.h>

#include <stdexcept>

namespace peel::test {

std::string graph_from_text(const std::string& text) {
  onnx::ModelProto model;
  onnx::OnnxParser parser(text.c_str());
  const auto status = parser.Parse(model);
  if (!status.IsOK()) throw std::runtime_error(status.ErrorMessage());
  return model.SerializeAsString();
}

}  // namespace peel::test
