// The index of a package comes from the network: it is a list of chunks that cover a file, or Error(model).

#include <cstdint>
#include <string_view>

#include "fuzz/require.hpp"
#include "models/npm_package.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace peel;
  ChunkList list;
  const std::string_view index(reinterpret_cast<const char*>(data), size);
  if (!fuzz::accepts(ErrorCode::model, [&] { list = parse_chunk_list(index, "e"); })) return 0;
  std::uint64_t total = 0;
  for (const auto& [hash, chunk] : list.chunks) {
    fuzz::require(hash.size() == 64 && hash.find('/') == std::string::npos, "a chunk is named by a hash");
    fuzz::require(chunk.bytes > 0 && chunk.offset + chunk.bytes <= list.bytes, "a chunk lies in the file");
    total += chunk.bytes;
  }
  fuzz::require(total == list.bytes, "the chunks cover the file");
  return 0;
}
