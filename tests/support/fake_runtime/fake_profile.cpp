#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "fake_devices.hpp"

namespace peel::fake {
namespace {

constexpr std::string_view CPU = "CPUExecutionProvider";

/// The value of "KEY" in one line of the profile, which the runtime writes with "KEY" : "VALUE" or "KEY" :"VALUE".
std::string value_of(const std::string& line, const std::string& key) {
  const auto at = line.find('"' + key + '"');
  if (at == line.npos) return "";
  const auto begin = line.find('"', line.find(':', at));
  const auto end = line.find('"', begin + 1);
  return begin == line.npos || end == line.npos ? "" : line.substr(begin + 1, end - begin - 1);
}

}  // namespace

void rewrite_profile(const std::string& file, const Device& device) {
  if (behaves(device.name, "takes-nothing")) return;
  const bool part = behaves(device.name, "takes-part");
  std::ostringstream text;
  std::map<std::string, bool> taken;  // by the operator's name: it runs on the device every time or never
  std::ifstream in(file);
  for (std::string line; std::getline(in, line); text << line << '\n') {
    const auto at = line.find(CPU);
    if (at == line.npos || value_of(line, "cat") != "Node") continue;
    const auto [entry, first] = taken.try_emplace(value_of(line, "name"), !part || taken.size() % 2 == 0);
    if (entry->second) line.replace(at, CPU.size(), provider_name(device.name));
  }
  in.close();
  std::ofstream(file) << text.str();
}

}  // namespace peel::fake
