// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <gtest/gtest.h>

#include "harness/cli/exit_code.h"
#include "harness/cli/seed.h"

namespace gmc {
namespace {

TEST(Seed, IsANumberOrACommit) {
  EXPECT_EQ(parse_seed("0").value(), 0u);
  EXPECT_EQ(parse_seed("18446744073709551615").value(), UINT64_MAX);
  EXPECT_EQ(parse_seed("0x5eed").value(), 0x5eedu);
  EXPECT_EQ(parse_seed("0871a4d").value(), 0x0871a4du);
  EXPECT_EQ(parse_seed("a55cefa0123456789abcdef0123456789abcdef0").value(), 0xa55cefa012345678u);
  EXPECT_EQ(parse_seed("1234567890123456789012345678901234567890").value(), 0x1234567890123456u);
  for (const char* wrong : {"", "-1", "0x", "0x10000000000000000", "18446744073709551616x", "abcdef", "12 "})
    EXPECT_FALSE(parse_seed(wrong)) << wrong;
}

TEST(ExitCode, WorseOnesPrevail) {
  using enum ExitCode;
  EXPECT_EQ(worse(kPassed, kNothing), kNothing);
  EXPECT_EQ(worse(kFailed, kNothing), kFailed);
  EXPECT_EQ(worse(kFailed, kUnusable), kUnusable);
  EXPECT_EQ(worse(kPassed, kPassed), kPassed);
  EXPECT_EQ(worse(kStale, kNothing), kStale);
  EXPECT_EQ(worse(kStale, kFailed), kFailed);
}

}  // namespace
}  // namespace gmc
