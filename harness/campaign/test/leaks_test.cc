// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/leaks.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "harness/backends/naive/naive.h"

namespace gmc {
namespace {

constexpr std::uint32_t bit(Resource resource) { return 1u << static_cast<unsigned>(resource); }

TEST(Resources, CountDescriptors) {
  const Resources before = Resources::now();
  const int descriptor = open("/dev/null", O_RDONLY);
  EXPECT_EQ(Resources::now().of(Resource::kDescriptors), before.of(Resource::kDescriptors) + 1);
  close(descriptor);
  EXPECT_EQ(Resources::now().of(Resource::kDescriptors), before.of(Resource::kDescriptors));
}

TEST(LeakWatch, GrowthIsSeenUntilItIsDismissed) {
  LeakWatch watch;
  constexpr std::uint32_t kRest = bit(Resource::kMappings) | bit(Resource::kThreads) | bit(Resource::kChildren);
  EXPECT_FALSE(watch.has_grown(kRest));
  const int first = open("/dev/null", O_RDONLY);
  EXPECT_TRUE(watch.has_grown(kRest));
  EXPECT_FALSE(watch.has_grown(kRest | bit(Resource::kDescriptors))) << "what is known is no news";
  watch.dismiss();
  EXPECT_FALSE(watch.has_grown(kRest)) << "a cache that filled once";
  const int second = open("/dev/null", O_RDONLY);
  EXPECT_FALSE(watch.has_grown(kRest)) << "the next alarm needs more";
  const int third = open("/dev/null", O_RDONLY);
  EXPECT_TRUE(watch.has_grown(kRest));
  for (const int descriptor : {first, second, third}) close(descriptor);
}

TEST(FindSurvivors, ThreadsAndProcessesOnly) {
  Resources before;
  before.counts = {10, 10, 2, 0};
  Resources after = before;
  EXPECT_FALSE(find_survivors(before, after).has_value());
  after.counts = {50, 50, 2, 0};
  EXPECT_FALSE(find_survivors(before, after).has_value()) << "libraries keep mappings and descriptors";
  after.counts = {10, 10, 3, 0};
  ASSERT_TRUE(find_survivors(before, after).has_value());
  EXPECT_EQ(leaked_resource(*find_survivors(before, after)), bit(Resource::kThreads));
  after.counts = {10, 10, 3, 1};
  EXPECT_EQ(leaked_resource(*find_survivors(before, after)), bit(Resource::kChildren)) << "the gravest is named";
}

// The naive memory, of which the first so many that are destroyed leave a mapping each.
struct Leaving {
  static inline int left = 0;
  static inline GmcMemoryGroup memory{};

  static GmcOutcome destroy(GmcLane* lane, GmcSpace* root) {
    // Two pages with different rights, so that the kernel cannot make one mapping of all of them.
    void* const mapping = left-- > 0 ? mmap(nullptr, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : MAP_FAILED;
    if (mapping != MAP_FAILED) mprotect(mapping, 4096, PROT_READ | PROT_WRITE);
    return static_cast<const GmcMemoryGroup*>(gmc_naive_plugin()->group(nullptr, GMC_GROUP_MEMORY))->destroy(lane, root);
  }
  static const void* group(GmcBackend* backend, std::uint32_t id) {
    const void* const table = gmc_naive_plugin()->group(backend, id);
    if (id != GMC_GROUP_MEMORY) return table;
    memory = *static_cast<const GmcMemoryGroup*>(table);
    memory.destroy = destroy;
    return &memory;
  }
};

// What find_leak() says of a backend that leaves a mapping behind for the first `count` memories.
std::optional<Finding> leak_where_the_first_leave_one(int count) {
  GmcPlugin plugin = *gmc_naive_plugin();
  plugin.group = Leaving::group;
  const auto backend = Backend::open(BackendSpec{.name = "naive", .config = "reset=yes"}, &plugin);
  EXPECT_TRUE(backend.has_value());
  Program program;
  program.layouts = {Layout{{Region{.base = 0x1000, .size = 0x1000}}}};
  Executor executor(**backend);
  Leaving::left = count;
  return find_leak(executor, program, 8);
}

TEST(FindLeak, OfALeakThereIsAsMuchAgain) {
  const auto leak = leak_where_the_first_leave_one(1000);
  ASSERT_TRUE(leak.has_value());
  EXPECT_EQ(leaked_resource(*leak), bit(Resource::kMappings));
  EXPECT_FALSE(leak_where_the_first_leave_one(0).has_value());
  // Two cycles to warm up, and most of the first eight: as a runtime does that makes room once.
  EXPECT_FALSE(leak_where_the_first_leave_one(8).has_value());
  EXPECT_FALSE(leak_where_the_first_leave_one(10).has_value());
}

}  // namespace
}  // namespace gmc
