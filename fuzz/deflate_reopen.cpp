// A deflate stream goes on where it was reopened, bit by bit as it was before; what is none is refused.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/require.hpp"
#include "image/deflate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace peel;
  const auto bytes = std::as_bytes(std::span(data, size));
  std::vector<std::byte> stream(bytes.begin(), bytes.end());
  if (!fuzz::accepts(ErrorCode::internal, [&] { reopen_deflate_stream(stream); })) return 0;
  stream.insert(stream.end(), std::begin(DEFLATE_END), std::end(DEFLATE_END));
  fuzz::require(fuzz::accepts(ErrorCode::internal, [&] { reopen_deflate_stream(stream); }), "closed, it is a stream");
  return 0;
}
