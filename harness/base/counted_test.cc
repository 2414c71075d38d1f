// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/base/counted.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace gmc {
namespace {

TEST(Counted, OneIsSingularAndAllElseIsPlural) {
  EXPECT_EQ(counted(0, "operation"), "0 operations");
  EXPECT_EQ(counted(1, "operation"), "1 operation");
  EXPECT_EQ(counted(2u, "operation"), "2 operations");
  EXPECT_EQ(counted(UINT64_MAX, "byte"), "18446744073709551615 bytes");
  EXPECT_EQ(counted(1, "process", "processes"), "1 process");
  EXPECT_EQ(counted(3, "process", "processes"), "3 processes");
}

}  // namespace
}  // namespace gmc
