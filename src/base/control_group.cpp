#include "base/control_group.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace peel {
namespace {

using std::filesystem::path;

/// Nothing where there is no such file or it does not begin with a number, as with "max".
template <typename Number>
std::optional<Number> number_in(const path& file) {
  std::ifstream stream(file);
  Number number{};
  return stream >> number ? std::optional(number) : std::nullopt;
}

/// The number behind a name in a file of lines "NAME NUMBER"; 0: none.
std::uint64_t entry_in(const path& file, std::string_view name) {
  std::ifstream stream(file);
  std::uint64_t number = 0;
  for (std::string word; stream >> word >> number;) {
    if (word == name) return number;
  }
  return 0;
}

template <typename Number>
void tighten(std::optional<Number>& limit, Number other) {
  limit = std::min(limit.value_or(other), other);
}

bool names(std::string_view list, std::string_view name) {
  std::istringstream words{std::string(list)};
  for (std::string word; std::getline(words, word, ',');) {
    if (word == name) return true;
  }
  return false;
}

/// A tree of groups as it is mounted: groups are folders in it.
struct Hierarchy {
  bool v2 = false;
  bool memory = false, cpu = false;
  std::string root;  ///< the group that lies at `mounted`: in a container its own, where it does not see more
  path mounted;
};

/// Lines of /proc/self/mountinfo: "36 35 98:0 ROOT PLACE options [more] - TYPE source OPTIONS".
std::vector<Hierarchy> hierarchies(const path& root) {
  std::vector<Hierarchy> found;
  std::ifstream table(root / "proc/self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    const auto dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream front(line.substr(0, dash));
    std::istringstream back(line.substr(dash + 3));
    std::string skipped;
    std::string place;
    std::string type;
    std::string source;
    std::string options;
    Hierarchy each;
    front >> skipped >> skipped >> skipped >> each.root >> place;
    back >> type >> source >> options;
    each.v2 = type == "cgroup2";
    if (!each.v2 && type != "cgroup") continue;
    each.memory = each.v2 || names(options, "memory");
    each.cpu = each.v2 || names(options, "cpu");
    if (!each.memory && !each.cpu) continue;
    each.mounted = root / path(place).relative_path();
    found.push_back(std::move(each));
  }
  return found;
}

/// The group this process is in, by lines of /proc/self/cgroup: "ID:CONTROLLERS:GROUP", of v2 "0::GROUP".
std::string own_group(const path& root, const Hierarchy& hierarchy) {
  std::ifstream table(root / "proc/self/cgroup");
  for (std::string line; std::getline(table, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_it = hierarchy.v2 ? controllers.empty() : names(controllers, hierarchy.memory ? "memory" : "cpu");
    if (is_it) return line.substr(second + 1);
  }
  return "/";
}

void take_memory(const path& group, bool v2, GroupLimits& limits) {
  std::optional<std::uint64_t> most;
  for (const char* const name : {"memory.max", "memory.high", "memory.limit_in_bytes"}) {
    if (const auto limit = number_in<std::uint64_t>(group / name)) tighten(most, *limit);
  }
  const auto used = number_in<std::uint64_t>(group / (v2 ? "memory.current" : "memory.usage_in_bytes"));
  if (!most || !used) return;
  const std::uint64_t cached = entry_in(group / "memory.stat", v2 ? "inactive_file" : "total_inactive_file");
  const std::uint64_t held = *used - std::min(cached, *used);
  tighten(limits.room, *most - std::min(held, *most));
}

void take_cpu(const path& group, bool v2, GroupLimits& limits) {
  std::optional<double> quota;
  std::optional<double> period;
  if (v2) {
    std::ifstream stream(group / "cpu.max");
    double given = 0;
    double of = 0;
    if (stream >> given >> of) {
      quota = given;
      period = of;
    }
  } else {
    quota = number_in<double>(group / "cpu.cfs_quota_us");  // -1: none
    period = number_in<double>(group / "cpu.cfs_period_us");
  }
  if (quota && period && *quota > 0 && *period > 0) tighten(limits.cores, *quota / *period);
}

}  // namespace

GroupLimits group_limits(const path& root) {
  GroupLimits limits;
  for (const Hierarchy& hierarchy : hierarchies(root)) {
    // Below the group that is mounted; where its own is not below that, that is all it sees.
    const path within = path(own_group(root, hierarchy)).lexically_relative(hierarchy.root);
    const bool below = !within.empty() && *within.begin() != "..";
    path group = below ? (hierarchy.mounted / within).lexically_normal() : hierarchy.mounted;
    while (true) {
      if (hierarchy.memory) take_memory(group, hierarchy.v2, limits);
      if (hierarchy.cpu) take_cpu(group, hierarchy.v2, limits);
      if (group.native().size() <= hierarchy.mounted.native().size()) break;
      group = group.parent_path();
    }
  }
  return limits;
}

}  // namespace peel
