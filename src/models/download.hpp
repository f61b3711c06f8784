#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "peel/control.hpp"

namespace peel {

/// Once, before any other use of libcurl: from several threads at a time its own start is not safe.
void start_curl();

/// How long a download waits for what. The defaults suit a slow line; a machine without a network must not wait
/// minutes.
struct DownloadLimits {
  std::chrono::milliseconds connect{5000};  ///< until a host answers at all (name, TCP, TLS)
  std::chrono::milliseconds stall{15000};   ///< without a byte
  int attempts = 4;                         ///< in a row that brought nothing new
  std::chrono::milliseconds pause{500};     ///< before the second attempt; doubled each time
};

struct Download {
  std::string what;               ///< the name progress is reported under
  std::string url;                ///< http or https
  std::filesystem::path part;     ///< written here; an earlier part of the same address is continued
  std::filesystem::path note;     ///< where the part came from: its address and the server's validator
  std::uint64_t bytes = 0;        ///< expected size; 0: not known
  std::uint64_t extra_space = 0;  ///< bytes that must be free beside the file itself
  std::string ca_file;            ///< certificates to trust instead of the system's; empty: the system's
  ProgressCallback progress;
  DownloadLimits limits;
};

struct Downloaded {
  bool continued = false;    ///< an earlier part is in it: where the hash is wrong, a fresh start may help
  std::string content_type;  ///< as the server said
};

/// Fetches the whole file to `part`: continues what an earlier call left, tries again after a passing failure. The
/// proxy is taken from the environment (http_proxy, https_proxy, all_proxy, no_proxy).
///
/// Throws Error(model) "ADDRESS: REASON" where the source does not give the file, Error(output) where it cannot be
/// written, Cancelled where the stop of this thread (StopScope) is requested. The part is kept in all of these cases.
Downloaded download(const Download& request);

/// The address without a user's name and password in it, for messages and notes.
std::string shown_address(const std::string& url);

}  // namespace peel
