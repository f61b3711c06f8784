#include "inference/shared_libraries.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

#include "base/file.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// A part of the file as T, where it is whole: the file may be cut short.
template <typename T>
std::optional<T> read_at(std::span<const std::byte> file, std::uint64_t offset) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

std::string text_at(std::span<const std::byte> file, std::uint64_t offset) {
  if (offset >= file.size()) return {};
  const auto* const text = reinterpret_cast<const char*>(file.data()) + offset;
  return {text, ::strnlen(text, file.size() - offset)};
}

// "libcudart.so.13: cannot open shared object file: No such file or directory": the name before the colon, which may be
// one that the library asked for needs.
std::string culprit(const char* message, const std::string& asked) {
  const std::string text = message ? message : "";
  const auto colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const bool is_missing = colon != text.npos && text.find("cannot open shared object file") != text.npos;
  return is_missing && name.find('/') == name.npos && !name.empty() ? name : asked;
}

struct Origin {
  std::string_view prefix;
  std::string_view product;
  bool numbered;  // the number at the end of the library's name is the product's
};
// The first that fits.
constexpr std::array<Origin, 11> ORIGINS = {{{"libcuda.so", "NVIDIA's driver", false},
                                             {"libnvidia-ml.so", "NVIDIA's driver", false},
                                             {"libcudnn", "cuDNN", true},
                                             {"libcudart", "CUDA", true},
                                             {"libcublas", "CUDA", true},
                                             // Numbers of their own: 12 in CUDA 13's libcufft.
                                             {"libcufft", "CUDA's cuFFT", false},
                                             {"libcurand", "CUDA's cuRAND", false},
                                             {"libnvrtc", "CUDA", true},
                                             {"libnvinfer", "TensorRT", true},
                                             {"libnvonnxparser", "TensorRT", true},
                                             {"libvulkan.so", "the Vulkan loader (libvulkan1) and a driver", false}}};

}  // namespace

std::vector<std::string> needed_libraries(const std::filesystem::path& library) {
  const MappedFile mapped(library, ErrorCode::device);
  const auto file = mapped.bytes();
  const auto header = read_at<Elf64_Ehdr>(file, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64) {
    return {};
  }
  std::vector<Elf64_Phdr> loaded;
  std::optional<Elf64_Phdr> dynamic;
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    const auto segment = read_at<Elf64_Phdr>(file, header->e_phoff + std::uint64_t{i} * header->e_phentsize);
    if (!segment) return {};
    if (segment->p_type == PT_LOAD) loaded.push_back(*segment);
    if (segment->p_type == PT_DYNAMIC) dynamic = segment;
  }
  if (!dynamic) return {};
  std::vector<std::uint64_t> names;
  std::uint64_t strings = 0;  // as an address in memory
  for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic->p_filesz; at += sizeof(Elf64_Dyn)) {
    const auto entry = read_at<Elf64_Dyn>(file, dynamic->p_offset + at);
    if (!entry || entry->d_tag == DT_NULL) break;
    if (entry->d_tag == DT_NEEDED) names.push_back(entry->d_un.d_val);
    if (entry->d_tag == DT_STRTAB) strings = entry->d_un.d_ptr;
  }
  const auto segment = std::ranges::find_if(loaded, [&](const Elf64_Phdr& candidate) {
    return strings >= candidate.p_vaddr && strings - candidate.p_vaddr < candidate.p_filesz;
  });
  if (segment == loaded.end()) return {};
  std::vector<std::string> result;
  result.reserve(names.size());
  for (const auto name : names) result.push_back(text_at(file, strings - segment->p_vaddr + segment->p_offset + name));
  return result;
}

bool is_found(const std::string& name, const std::filesystem::path& folder) {
  std::error_code unknown;
  return std::filesystem::exists(folder / name, unknown) || dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL) != nullptr;
}

std::vector<std::string> missing_libraries(const std::filesystem::path& library) {
  std::vector<std::string> missing;
  for (const auto& name : needed_libraries(library)) {
    if (is_found(name, library.parent_path())) continue;
    const std::string lacking = culprit(dlerror(), name);
    if (std::ranges::find(missing, lacking) == missing.end()) missing.push_back(lacking);
  }
  return missing;
}

std::string packages_of(const std::vector<std::string>& libraries) {
  std::vector<std::string> products;
  for (const auto& library : libraries) {
    const auto origin =
        std::ranges::find_if(ORIGINS, [&](const Origin& candidate) { return library.starts_with(candidate.prefix); });
    if (origin == ORIGINS.end()) continue;
    std::string product(origin->product);
    if (const auto so = library.find(".so."); origin->numbered && so != library.npos) {
      product += fmt::format(" {}", library.substr(so + 4, library.find('.', so + 4) - (so + 4)));
    }
    if (std::ranges::find(products, product) == products.end()) products.push_back(product);
  }
  return enumeration(products);
}

std::string enumeration(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? std::string() : words.front();
  return fmt::format("{} and {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

}  // namespace peel
