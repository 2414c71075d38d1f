// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/arbitrary.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "harness/generate/profiles_for_test.h"

namespace gmc {
namespace {

TEST(ArbitraryProgram, IsValidAndGrowsWithSize) {
  const Profile profile = rich_profile();
  std::set<std::size_t> sizes;
  EXPECT_TRUE(rc::check("programs are valid", [&] {
    const Program program = *arbitrary_program(profile);
    sizes.insert(program.ops.size());
    RC_ASSERT(validate(program).has_value());
  }));
  EXPECT_GT(sizes.size(), 5u);
  EXPECT_LE(*sizes.rbegin(), 30u);
}

TEST(ArbitraryProgram, PrintsAsText) {
  const auto program = arbitrary_program(rich_profile())(rc::Random(1), 50).value();
  std::ostringstream out;
  showValue(program, out);
  const auto parsed = read_program(out.str().substr(1), "test");
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->program, program);
}

}  // namespace
}  // namespace gmc
