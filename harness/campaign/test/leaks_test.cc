// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/leaks.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

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

}  // namespace
}  // namespace gmc
