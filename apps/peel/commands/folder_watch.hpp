#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "commands/file_state.hpp"
#include "commands/folder_pictures.hpp"

namespace peel::cli {

/// Pictures of a folder as they come, through inotify: a file is given out when nobody has it open for writing any more
/// and nothing happened to it for a moment, once for every state it is in.
///
/// That nobody writes is asked of the kernel by a read lease (fcntl(2), F_SETLEASE), which it refuses while a writer
/// has the file open. Where a file system knows no leases, a file that was changed and not closed since is given 5 s.
class FolderWatch {
 public:
  /// A file of this name that comes into the folder ends it, as with rembg.
  static constexpr const char* STOP_FILE = "stop.txt";

  /// Throws Error(input) for a folder that cannot be watched.
  FolderWatch(std::filesystem::path folder, bool recursive, PictureFilter filter, std::filesystem::path skipped);
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch();

  /// The way from the folder to the next picture that is complete. None where STOP_FILE came and all that came before
  /// it was given out (for what is still being written it waits 5 s), or where `ended` says so, which is asked several
  /// times a second. Throws Error(input) where the folder goes away. For one thread at a time.
  std::optional<std::filesystem::path> next(const std::function<bool()>& ended);

 private:
  using Clock = std::chrono::steady_clock;
  struct Arrival {
    std::optional<FileState> state;  ///< when it was last looked at
    Clock::time_point quiet_since;
    bool open = false;  ///< changed, and not closed since, as far as events tell
  };

  void add_folder(const std::filesystem::path& relative);
  void scan(const std::filesystem::path& relative);
  void forget_folder(const std::filesystem::path& relative);
  void read_events();
  void on_event(int watch, std::uint32_t mask, const std::string& name);
  void touch(const std::filesystem::path& relative, bool open);
  std::optional<std::filesystem::path> complete_one();
  bool is_complete(const std::filesystem::path& relative, Arrival& candidate) const;

  std::filesystem::path folder_;
  bool recursive_;
  PictureFilter filter_;
  std::filesystem::path skipped_;
  int inotify_ = -1;
  std::map<int, std::filesystem::path> watches_;  ///< by descriptor, the way to the folder
  std::map<std::filesystem::path, Arrival> candidates_;
  std::map<std::filesystem::path, FileState> given_;
  std::optional<Clock::time_point> stopped_;
  bool gone_ = false;
};

}  // namespace peel::cli
