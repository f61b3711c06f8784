#include "models/npm_registry.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "base/environment.hpp"
#include "models/client_answer.hpp"
#include "models/download.hpp"
#include "peel/error.hpp"

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

}  // namespace

NpmRegistry npm_registry(std::string_view scope) {
  const NpmSettings settings;
  std::optional<std::string> address;
  if (!scope.empty()) address = settings.from_files(fmt::format("{}:registry", scope));
  if (!address) address = settings.get("registry");
  if (!address) {
    const auto answer = ask_client({"npm", "config", "get", "registry"}, "npm", "npm_config_registry");
    address = trimmed(std::string_view(answer).substr(0, answer.find('\n')));
  }
  while (address->ends_with('/')) address->pop_back();
  if (!address->starts_with("http://") && !address->starts_with("https://")) {
    throw Error(ErrorCode::model,
                fmt::format("the npm registry \"{}\" is no http(s) address", shown_address(*address)));
  }
  return {*address, settings.get("cafile").value_or("")};
}

}  // namespace peel
