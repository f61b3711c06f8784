#pragma once

#include <cstdint>
#include <string>

namespace peel::test {

/// Stands before every run of a network in this process, so that the test says how long work takes and not the machine.
/// Open at first. Made before the first thread that runs a network, ended after the last of them; one at a time.
class NetworkGate {
 public:
  NetworkGate();
  NetworkGate(const NetworkGate&) = delete;
  NetworkGate& operator=(const NetworkGate&) = delete;
  ~NetworkGate();

  /// Runs that come from now on are held.
  static void close();
  /// So many runs go on, in the order in which they came.
  static void let(std::uint64_t runs);
  /// All go on.
  static void open();
  /// Runs fail from now on, with this text of ONNX Runtime's; empty: no more.
  static void fail(std::string why);
  /// Runs that are held now.
  static std::uint64_t held();
};

}  // namespace peel::test
