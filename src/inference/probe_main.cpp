// peel-probe PROVIDER RUNTIME: tries one of ONNX Runtime's execution providers, in a process that may crash, and prints
// what came of it as a line of JSON. libpeel starts it; see probe.hpp.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "inference/probe.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  ::setenv("PEEL_ONNXRUNTIME", argv[2], 1);
  try {
    const auto all = peel::providers();
    const auto wanted = std::ranges::find(all, argv[1], &peel::Provider::name);
    if (wanted == all.end()) return 2;
    const std::string answer = peel::probe_here(*wanted) + "\n";
    std::fputs(answer.c_str(), stdout);
    std::fflush(stdout);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  // A driver's clean-up at the end may crash too, after all is said.
  std::_Exit(0);
}
