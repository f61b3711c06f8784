#include "models/npm_registry.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "base/environment.hpp"
#include "base/file.hpp"
#include "models/download.hpp"
#include "peel/error.hpp"

extern char** environ;

namespace peel {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
  if (text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'')) {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text);
}

/// npm puts the environment's variables in for ${NAME}; one that is not set stays as it is written.
std::string expanded(std::string text) {
  for (auto start = text.find("${"); start != std::string::npos; start = text.find("${", start + 1)) {
    const auto end = text.find('}', start);
    if (end == std::string::npos) break;
    if (const auto value = environment_variable(text.substr(start + 2, end - start - 2)))
      text.replace(start, end - start + 1, *value);
  }
  return text;
}

/// The settings at the top of an npmrc file: an INI file whose sections do not matter here.
std::map<std::string, std::string> read_npmrc(const std::filesystem::path& file) {
  std::map<std::string, std::string> settings;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto equals = line.find('=');
    const auto key = trimmed(std::string_view(line).substr(0, equals));
    if (equals == std::string::npos || key.empty() || key.front() == '#' || key.front() == ';') continue;
    settings[key] = expanded(trimmed(std::string_view(line).substr(equals + 1)));
  }
  return settings;
}

class NpmSettings {
 public:
  NpmSettings() {
    const auto home = environment_variable("HOME");
    const auto user = environment("userconfig");
    if (user || home) files_[0] = read_npmrc(user ? *user : *home + "/.npmrc");
    files_[1] = read_npmrc(environment("globalconfig").value_or("/etc/npmrc"));
  }
  static std::optional<std::string> environment(const std::string& key) {
    std::string upper = "NPM_CONFIG_";
    for (const char c : key) upper += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    auto value = environment_variable("npm_config_" + key);
    return value ? value : environment_variable(upper);
  }
  std::optional<std::string> from_files(const std::string& key) const {
    for (const auto& settings : files_) {
      if (const auto found = settings.find(key); found != settings.end() && !found->second.empty())
        return found->second;
    }
    return std::nullopt;
  }
  std::optional<std::string> get(const std::string& key) const {
    auto value = environment(key);
    return value ? value : from_files(key);
  }

 private:
  std::array<std::map<std::string, std::string>, 2> files_;
};

/// Everything written to the pipe until its other end is closed, or the time is up: then nullopt.
std::optional<std::string> read_until_closed(int fd, std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  std::string text;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd ready{fd, POLLIN, 0};
    const int polled = left.count() > 0 ? ::poll(&ready, 1, static_cast<int>(left.count())) : 0;
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) return std::nullopt;
    std::array<char, 4096> buffer{};
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// What `npm config get registry` prints. Started without a shell, in a process group of its own so that a time-out
/// ends what it has started too.
std::string ask_npm_client() {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw Error(ErrorCode::internal, system_message(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::string npm = "npm";
  std::string config = "config";
  std::string get = "get";
  std::string registry = "registry";
  const std::array<char*, 5> arguments{npm.data(), config.data(), get.data(), registry.data(), nullptr};
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, "npm", &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (error != 0) {
    ::close(pipe[0]);
    throw Error(ErrorCode::model, error == ENOENT
                                      ? "the npm client is not installed and npm_config_registry is not set"
                                      : fmt::format("the npm client does not start: {}", system_message(error)));
  }

  const auto output = read_until_closed(pipe[0], std::chrono::seconds(10));
  ::close(pipe[0]);
  if (!output) ::kill(-child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  if (!output) throw Error(ErrorCode::model, "the npm client did not name its registry within 10 s");
  return trimmed(std::string_view(*output).substr(0, output->find('\n')));
}

}  // namespace

NpmRegistry npm_registry(std::string_view scope) {
  const NpmSettings settings;
  std::optional<std::string> address;
  if (!scope.empty()) address = settings.from_files(fmt::format("{}:registry", scope));
  if (!address) address = settings.get("registry");
  if (!address) address = ask_npm_client();
  while (address->ends_with('/')) address->pop_back();
  if (!address->starts_with("http://") && !address->starts_with("https://")) {
    throw Error(ErrorCode::model,
                fmt::format("the npm registry \"{}\" is no http(s) address", shown_address(*address)));
  }
  return {*address, settings.get("cafile").value_or("")};
}

}  // namespace peel
