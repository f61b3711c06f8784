#include "inference/graph_cache.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "peel/providers.hpp"

namespace peel {
namespace {

// Raised whenever prepare_graph() or the session options baked into the saved form change.
constexpr int PREPARATION = 1;

// FNV-1a, 64 bits: names a file, guards nothing.
std::uint64_t short_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

bool writable_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return !error && ::access(folder.c_str(), W_OK | X_OK) == 0;
}

}  // namespace

std::optional<std::filesystem::path> graph_cache_file(const std::filesystem::path& model, const std::string& sha256,
                                                      const std::string& runtime_version) {
  const CpuInfo cpu = cpu_info();
  const auto machine = short_hash(fmt::format("{} {}", cpu.name, fmt::join(cpu.features, " ")));
  const auto name = fmt::format("{}-{}-{}-{:08x}-{}.ort", model.stem().string(), sha256.substr(0, 16), runtime_version,
                                static_cast<std::uint32_t>(machine), PREPARATION);
  std::error_code ignored;
  std::vector<std::filesystem::path> folders{std::filesystem::absolute(model, ignored).parent_path() / ".peel"};
  if (const auto user = user_cache_folder()) folders.push_back(*user / "graphs");
  for (const auto& folder : folders) {
    if (std::filesystem::exists(folder / name, ignored) || writable_folder(folder)) return folder / name;
  }
  return std::nullopt;
}

void remove_stale_graphs(const std::filesystem::path& model, const std::filesystem::path& current) {
  // STEM- followed by 16 hexadecimal digits: another model whose name merely begins the same is left alone.
  const std::string prefix = model.stem().string() + "-";
  std::error_code error;
  std::error_code ignored;
  std::filesystem::directory_iterator entry(current.parent_path(), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (entry->path() == current || !name.starts_with(prefix) || !name.ends_with(".ort")) continue;
    const auto digits = name.find_first_not_of("0123456789abcdef", prefix.size());
    if (digits == prefix.size() + 16 && name[digits] == '-') std::filesystem::remove(entry->path(), ignored);
  }
}

}  // namespace peel
