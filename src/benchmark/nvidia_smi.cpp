#include "benchmark/nvidia_smi.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

#include "base/child.hpp"
#include "peel/error.hpp"

namespace peel::benchmark {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint64_t> memory_in(std::string_view table, int process) {
  std::optional<std::uint64_t> sum;
  while (!table.empty()) {
    const std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    const std::size_t comma = line.find(',');
    if (comma == line.npos || number(line.substr(0, comma)) != static_cast<std::uint64_t>(process)) continue;
    // "[N/A]" where the driver does not keep it.
    if (const auto mebibytes = number(line.substr(comma + 1))) sum = sum.value_or(0) + (*mebibytes << 20);
  }
  return sum;
}

std::optional<std::uint64_t> device_memory(int process) {
  try {
    Child program(
        {"/usr/bin/env", "nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"});
    std::string table;
    while (const auto line = program.read_line(std::chrono::seconds(10))) table += *line + '\n';
    if (!program.finish(std::chrono::seconds(1)).empty()) return std::nullopt;
    return memory_in(table, process);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace peel::benchmark
