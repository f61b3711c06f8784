#include "inference/graph_cache.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "peel/providers.hpp"

namespace peel {
namespace {

// Raised whenever prepare_graph() or the session options baked into the saved form change.
constexpr int PREPARATION = 2;

bool writable_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return !error && ::access(folder.c_str(), W_OK | X_OK) == 0;
}

// Where `name` is or can be made: beside the model, else in the user's cache.
std::optional<std::filesystem::path> place_for(const std::filesystem::path& model, const std::string& name) {
  std::error_code ignored;
  std::vector<std::filesystem::path> folders{std::filesystem::absolute(model, ignored).parent_path() / ".peel"};
  if (const auto user = user_cache_folder()) folders.push_back(*user / "graphs");
  for (const auto& folder : folders) {
    if (std::filesystem::exists(folder / name, ignored) || writable_folder(folder)) return folder / name;
  }
  return std::nullopt;
}

// What every form kept of this content by this version begins with.
std::string kept_prefix(const std::filesystem::path& model, const std::string& sha256,
                        const std::string& runtime_version) {
  const CpuInfo cpu = cpu_info();
  const auto machine = short_hash(fmt::format("{} {}", cpu.name, fmt::join(cpu.features, " ")));
  return fmt::format("{}-{}-{}-{:08x}-{}", model.stem().string(), sha256.substr(0, 16), runtime_version,
                     static_cast<std::uint32_t>(machine), PREPARATION);
}

std::string engine_prefix(const std::filesystem::path& model, const std::string& sha256) {
  return fmt::format("{}-{}-{}-", model.stem().string(), sha256.substr(0, 16), PREPARATION);
}

}  // namespace

std::optional<std::filesystem::path> graph_cache_file(const std::filesystem::path& model, const std::string& sha256,
                                                      const std::string& runtime_version, int batch) {
  return place_for(model, kept_prefix(model, sha256, runtime_version) +
                              (batch > 1 ? fmt::format("-b{}.ort", batch) : std::string(".ort")));
}

std::optional<std::filesystem::path> engine_folder(const std::filesystem::path& model, const std::string& sha256,
                                                   const std::string& machine) {
  return place_for(model, fmt::format("{}{:016x}.engine", engine_prefix(model, sha256), short_hash(machine)));
}

void remove_stale_graphs(const std::filesystem::path& model, const std::string& sha256,
                         const std::string& runtime_version, const std::filesystem::path& folder) {
  const std::string graphs = kept_prefix(model, sha256, runtime_version);
  const std::string engines = engine_prefix(model, sha256);
  // STEM- followed by 16 hexadecimal digits: another model whose name merely begins the same is left alone.
  const std::string prefix = model.stem().string() + "-";
  std::error_code error;
  std::error_code ignored;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix) || name.starts_with(name.ends_with(".engine") ? engines : graphs)) continue;
    if (!name.ends_with(".ort") && !name.ends_with(".engine")) continue;
    const auto digits = name.find_first_not_of("0123456789abcdef", prefix.size());
    if (digits == prefix.size() + 16 && name[digits] == '-') std::filesystem::remove_all(entry->path(), ignored);
  }
}

}  // namespace peel
