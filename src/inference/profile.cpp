#include "inference/profile.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace peel {
namespace {

std::string peel_name(const std::string& runtime_name) {
  const auto known = std::ranges::find(providers(), runtime_name, &Provider::runtime_name);
  return std::string(known == providers().end() ? runtime_name : known->name);
}

}  // namespace

std::vector<Share> count_operators(const std::filesystem::path& profile, std::string_view first) {
  std::map<std::string, std::set<std::string>> nodes;
  try {
    std::ifstream file(profile);
    for (const auto& event : nlohmann::json::parse(file)) {
      const std::string name = event.value("name", "");
      if (event.value("cat", "") != "Node" || !name.ends_with("_kernel_time") || !event.contains("args")) continue;
      const auto& details = event["args"];
      const std::string runtime_name = details.value("provider", "");
      if (!runtime_name.empty() && !details.value("op_name", "").starts_with("Memcpy")) {
        nodes[runtime_name].insert(name);
      }
    }
  } catch (const nlohmann::json::exception&) {
    return {};
  }
  std::vector<Share> counts;
  counts.reserve(nodes.size());
  for (const auto& [runtime_name, names] : nodes) {
    counts.push_back({peel_name(runtime_name), static_cast<int>(names.size())});
  }
  std::ranges::sort(counts, std::greater<>(), [&](const Share& count) {
    return std::pair(count.provider == peel_name(std::string(first)), count.operators);
  });
  return counts;
}

}  // namespace peel
