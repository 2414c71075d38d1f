// SPDX-License-Identifier: Apache-2.0 OR MIT
// What memory may run out for, and what it may not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/base/check.h"
#include "harness/program/text.h"
#include "harness/reference/reference.h"

namespace gmc {
namespace {

// The statuses with which the operation may be answered; `second` is layout 1.
StatusMask allowed(const std::string& op, const std::string& second) {
  const auto document =
      read_program("gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nlayout 1 {\n  region 0x10000 " + second + "\n}\n" + op + "\n", "test");
  GMC_CHECK(document.has_value(), document.error().text());
  const auto profile = Profile::parse("backing = own host_pointer\nmap_mutation = in_place\nregion_ends_at_2_64 = accept\n", "test");
  GMC_CHECK(profile.has_value(), profile.error().text());
  Reference reference(*profile);
  reference.create(document->program.layouts.front());
  Expectation expectation;
  reference.predict(document->program, document->program.ops.front(), expectation);
  StatusMask statuses = 0;
  for (std::size_t i = 0; i < expectation.alternative_count; ++i) statuses |= expectation.alternatives[i].statuses;
  return statuses;
}

TEST(Exhaustion, MayComeOfARegionThatNoMachineHas) {
  const StatusMask either = status_bit(GMC_OK) | status_bit(GMC_NO_MEMORY);
  EXPECT_EQ(allowed("create layout 1", "0x10000001000 own"), either);
  EXPECT_EQ(allowed("create layout 1", "0x10000000000 own"), status_bit(GMC_OK));
  EXPECT_EQ(allowed("add layout 1", "0x10000001000 own"), either);
  EXPECT_EQ(allowed("add layout 1", "0x10000000000 own"), status_bit(GMC_OK));
}

// What is wrong with it counts first, and it is not accepted for being large.
TEST(Exhaustion, ExcusesNoIllegalLayout) {
  EXPECT_EQ(allowed("create layout 1", "0x10000001000 own\n  region 0x11000 0x1000 own"), status_bit(GMC_OVERLAP));
}

}  // namespace
}  // namespace gmc
