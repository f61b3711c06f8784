#pragma once

#include <atomic>
#include <cstdint>

namespace peel::server {

/// Bytes of requests' bodies and of answers in memory, over all clients, and the most there may be. May be used from
/// many threads.
class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t most) : most_(most) {}

  std::uint64_t taken() const { return taken_; }

  /// What one request holds, given back with this. Grown and shrunk by one thread.
  class Share {
   public:
    explicit Share(ByteBudget& budget) : budget_(budget) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { budget_.taken_ -= bytes_; }
    /// False: there is no room for so many more.
    bool grow(std::uint64_t bytes) {
      bytes_ += bytes;
      return (budget_.taken_ += bytes) <= budget_.most_;
    }
    void shrink(std::uint64_t bytes) {
      bytes_ -= bytes;
      budget_.taken_ -= bytes;
    }
    std::uint64_t bytes() const { return bytes_; }

   private:
    ByteBudget& budget_;
    std::uint64_t bytes_ = 0;
  };

 private:
  const std::uint64_t most_;
  std::atomic<std::uint64_t> taken_ = 0;
};

}  // namespace peel::server
