#include "base/control_group.hpp"

#include <gtest/gtest.h>

#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

constexpr std::uint64_t GB = 1ull << 30;

/// A folder with the kernel's files as they are wanted.
class ControlGroup : public testing::Test {
 protected:
  void put(const std::string& file, const std::string& text) const { test::write_text(folder_.path() / file, text); }
  void put_group(const std::string& group, const std::vector<std::pair<std::string, std::string>>& files) const {
    for (const auto& [name, text] : files) put("sys/fs/cgroup" + group + "/" + name, text + "\n");
  }
  GroupLimits limits() const { return group_limits(folder_.path()); }

  test::TemporaryFolder folder_;
};

const std::string V2_MOUNT = "25 20 0:23 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

TEST_F(ControlGroup, WithoutAnyThereIsNoLimit) {
  EXPECT_FALSE(limits().room);
  EXPECT_FALSE(limits().cores);
  put("proc/self/mountinfo", "25 20 0:23 / / rw - ext4 /dev/sda rw\n" + V2_MOUNT);
  put("proc/self/cgroup", "0::/user.slice\n");
  put_group("/user.slice", {{"memory.max", "max"}, {"memory.current", "5"}, {"cpu.max", "max 100000"}});
  EXPECT_FALSE(limits().room);
  EXPECT_FALSE(limits().cores);
}

TEST_F(ControlGroup, OfVersion2ItsOwnGroupCounts) {
  put("proc/self/mountinfo", V2_MOUNT);
  put("proc/self/cgroup", "0::/system.slice/peel.service\n");
  put_group("", {});
  put_group("/system.slice", {{"memory.max", "max"}, {"memory.current", "9000000000"}, {"cpu.max", "max 100000"}});
  put_group("/system.slice/peel.service", {{"memory.max", std::to_string(4 * GB)},
                                           {"memory.current", std::to_string(GB)},
                                           {"memory.stat", "anon 1\ninactive_file 1000\nactive_file 7"},
                                           {"cpu.max", "150000 100000"}});
  EXPECT_EQ(limits().room, 3 * GB + 1000);
  EXPECT_EQ(limits().cores, 1.5);
}

TEST_F(ControlGroup, TheTightestAroundItCounts) {
  put("proc/self/mountinfo", V2_MOUNT);
  put("proc/self/cgroup", "0::/a/b/c\n");
  put_group("/a", {{"memory.max", std::to_string(2 * GB)},
                   {"memory.high", std::to_string(GB)},
                   {"memory.current", std::to_string(GB / 2)},
                   {"cpu.max", "300000 100000"}});
  put_group("/a/b", {{"memory.max", "max"}, {"memory.current", "1"}, {"cpu.max", "50000 100000"}});
  put_group("/a/b/c", {{"memory.max", std::to_string(4 * GB)}, {"memory.current", "1"}, {"cpu.max", "max 100000"}});
  EXPECT_EQ(limits().room, GB / 2);
  EXPECT_EQ(limits().cores, 0.5);
}

TEST_F(ControlGroup, OfVersion1EachKindHasATreeOfItsOwn) {
  put("proc/self/mountinfo",
      "30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
      "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
      "32 25 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n");
  put("proc/self/cgroup", "5:cpuset:/else\n4:memory:/m/own\n3:cpu,cpuacct:/c\n0::/nowhere\n");
  put_group("/memory", {{"memory.limit_in_bytes", "9223372036854771712"}, {"memory.usage_in_bytes", "7"}});
  put_group("/memory/m", {{"memory.limit_in_bytes", std::to_string(2 * GB)}, {"memory.usage_in_bytes", "7"}});
  put_group("/memory/m/own", {{"memory.limit_in_bytes", std::to_string(GB)},
                              {"memory.usage_in_bytes", std::to_string(GB / 2)},
                              {"memory.stat", "inactive_file 5\ntotal_inactive_file 100"}});
  put_group("/cpu,cpuacct/c", {{"cpu.cfs_quota_us", "200000"}, {"cpu.cfs_period_us", "100000"}});
  put_group("/cpu,cpuacct", {{"cpu.cfs_quota_us", "-1"}, {"cpu.cfs_period_us", "100000"}});
  EXPECT_EQ(limits().room, GB / 2 + 100);
  EXPECT_EQ(limits().cores, 2.0);
}

TEST_F(ControlGroup, InAContainerTheGroupLiesWhereTheTreeBegins) {
  for (const std::string mounted : {"/docker/ab12", "/elsewhere"}) {
    put("proc/self/mountinfo", "25 20 0:23 " + mounted + " /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
    put("proc/self/cgroup", "0::/docker/ab12\n");
    put_group("", {{"memory.max", std::to_string(GB)}, {"memory.current", "0"}, {"cpu.max", "100000 100000"}});
    EXPECT_EQ(limits().room, GB) << mounted;
    EXPECT_EQ(limits().cores, 1.0) << mounted;
  }
}

TEST_F(ControlGroup, OneThatIsFullLeavesNothing) {
  put("proc/self/mountinfo", V2_MOUNT);
  put("proc/self/cgroup", "0::/\n");
  put_group("", {{"memory.max", "1000"}, {"memory.current", "2000"}});
  EXPECT_EQ(limits().room, 0u);
}

TEST_F(ControlGroup, FilesThatAreNoneOfTheKernelsAreBorne) {
  put("proc/self/mountinfo", "nonsense\n - cgroup2\n25 20 - \n" + V2_MOUNT);
  put("proc/self/cgroup", "nonsense\n:\n0:\n0::\n");
  put_group("", {{"memory.max", "many"}, {"memory.current", ""}, {"cpu.max", "1"}});
  EXPECT_FALSE(limits().room);
  EXPECT_FALSE(limits().cores);
}

}  // namespace
}  // namespace peel
