#include "commands/picture_files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "commands/interrupt.hpp"
#include "peel/error.hpp"
#include "peel/file.hpp"

namespace peel::cli {

std::vector<std::byte> read_standard_input(std::uint64_t max_bytes) {
  std::vector<std::byte> bytes;
  std::size_t filled = 0;
  for (;;) {
    if (bytes.size() - filled < 1 << 16) bytes.resize(std::max<std::size_t>(2 * bytes.size(), 1 << 20));
    const ssize_t count = read(STDIN_FILENO, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(ErrorCode::input, fmt::format("standard input: {}", std::strerror(errno)));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled > max_bytes) {
      throw Error(ErrorCode::input, fmt::format("standard input: more than {} bytes", max_bytes), "raise --max-bytes");
    }
  }
  bytes.resize(filled);
  return bytes;
}

EncodeOptions encode_options(const Given& given, FileFormat format, int threads) {
  EncodeOptions options = given.make<EncodeOptions>();
  options.format = format;
  options.threads = threads;
  return options;
}

Image read_picture(const std::string& input, const DecodeOptions& options) {
  if (input != "-") return load_image(input, options);
  return decode(read_standard_input(options.limits.max_bytes), options, STANDARD_INPUT);
}

void write_output(const std::string& output, std::span<const std::byte> bytes) {
  if (output == "-") {
    write_standard_output(bytes);
  } else {
    const DeferInterrupt whole_file;
    write_file(output, bytes);
  }
}

void write_standard_output(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(ErrorCode::output, fmt::format("standard output: {}", std::strerror(errno)));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace peel::cli
