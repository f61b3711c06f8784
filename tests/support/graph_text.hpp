#pragma once

#include <string>

namespace peel::test {

/// An ONNX file out of ONNX's own text form, for small graphs that do one thing. Throws std::runtime_error.
std::string graph_from_text(const std::string& text);

}  // namespace peel::test
