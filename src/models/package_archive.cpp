#include "models/package_archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

namespace peel {

Error damaged_package(const std::string& reason) {
  return {ErrorCode::model, "the package is not as expected: " + reason};
}

PackageArchive::PackageArchive(const std::filesystem::path& file) : archive_(archive_read_new(), archive_read_free) {
  archive_read_support_format_tar(archive_.get());
  archive_read_support_format_zip(archive_.get());
  archive_read_support_filter_gzip(archive_.get());
  check(archive_read_open_filename(archive_.get(), file.c_str(), 1 << 18));
}

bool PackageArchive::next() {
  for (;;) {
    const int result = archive_read_next_header(archive_.get(), &entry_);
    if (result == ARCHIVE_EOF) return false;
    check(result);
    if (archive_entry_filetype(entry_) == AE_IFREG) return true;
  }
}

std::string_view PackageArchive::name() const {
  const char* const path = archive_entry_pathname(entry_);
  return path ? path : "";
}

std::string_view PackageArchive::name_in_folder() const {
  const std::string_view whole = name();
  const auto slash = whole.find('/');
  return slash == std::string_view::npos ? std::string_view() : whole.substr(slash + 1);
}

std::uint64_t PackageArchive::read(std::uint64_t max_bytes,
                                   const std::function<void(std::span<const std::byte>)>& use) {
  std::uint64_t total = 0;
  for (;;) {
    const la_ssize_t got = archive_read_data(archive_.get(), buffer_.data(), buffer_.size());
    if (got < 0) check(static_cast<int>(got));
    if (got <= 0) return total;
    total += static_cast<std::uint64_t>(got);
    if (total > max_bytes) throw damaged_package(fmt::format("{} is larger than {} bytes", name(), max_bytes));
    use(std::span(buffer_).first(static_cast<std::size_t>(got)));
  }
}

void PackageArchive::check(int result) const {
  if (result >= ARCHIVE_WARN) return;
  const char* const reason = archive_error_string(archive_.get());
  throw damaged_package(reason ? reason : "not an archive");
}

}  // namespace peel
