#include "quantization/scratch_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "base/file.hpp"

namespace peel::quantization {

ScratchFolder::ScratchFolder() {
  std::error_code error;
  const auto parent = std::filesystem::temp_directory_path(error);
  std::string name = (parent / "peel-quantize-XXXXXX").string();
  if (error || !::mkdtemp(name.data())) {
    throw Error(
        ErrorCode::output,
        fmt::format("no temporary folder can be made as {}: {}", name, error ? error.message() : system_message(errno)),
        "set TMPDIR to a folder you may write to");
  }
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace peel::quantization
