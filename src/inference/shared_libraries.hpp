#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace peel {

/// The libraries a shared library names as needed (DT_NEEDED of its ELF file), "libcudart.so.13" and the like. Empty
/// for what is no 64-bit ELF file.
std::vector<std::string> needed_libraries(const std::filesystem::path& library);

/// Whether a library can be opened by one that lies in the folder: from there (where it looks beside itself, as ONNX
/// Runtime's and those of set-up do) or by the system's loader, which leaves it open.
bool is_found(const std::string& name, const std::filesystem::path& folder);

/// Those of them, and of what they need in turn, that the system's loader cannot open. The loader's own message names
/// only the first. What can be opened stays open.
std::vector<std::string> missing_libraries(const std::filesystem::path& library);

/// What to install for them: "NVIDIA's driver, CUDA 13 and cuDNN 9 for CUDA 13". Empty where none is known.
std::string packages_of(const std::vector<std::string>& libraries);

/// "a, b and c".
std::string enumeration(const std::vector<std::string>& words);

}  // namespace peel
