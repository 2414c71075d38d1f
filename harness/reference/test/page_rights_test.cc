// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "harness/base/random.h"
#include "harness/reference/page_rights.h"

namespace gmc::testing {
namespace {

// Runs of pages against a byte for each.
TEST(PageRights, TheLastWordCounts) {
  constexpr std::uint64_t kPages = 24;
  Random random(1);
  PageRights rights;
  std::array<int, kPages> flat{};  // 0: nobody has said anything
  for (int step = 0; step < 500; ++step) {
    const std::uint64_t first = random.below(kPages);
    const std::uint64_t last = first + random.below(static_cast<std::uint32_t>(kPages - first));
    const int what = 1 + static_cast<int>(random.below(3));
    rights.set({.first = first * kProtectedPage, .last = (last + 1) * kProtectedPage - 1, .may_read = what > 1, .may_write = what > 2});
    std::fill(flat.begin() + static_cast<std::ptrdiff_t>(first), flat.begin() + static_cast<std::ptrdiff_t>(last) + 1, what);
    const std::uint64_t at = random.below(kPages * kProtectedPage);
    const PageRights::Run* const run = rights.find(at);
    const int said = flat[at / kProtectedPage];
    ASSERT_EQ(run != nullptr, said > 0) << step;
    if (run != nullptr) {
      ASSERT_EQ(run->permits(Right::kRead), said > 1) << step;
      ASSERT_EQ(run->permits(Right::kWrite), said > 2) << step;
    }
    const std::uint64_t end = rights.last_alike(at, kPages * kProtectedPage - 1);
    ASSERT_GE(end, at);
    for (std::uint64_t page = at / kProtectedPage; page <= end / kProtectedPage; ++page) ASSERT_EQ(flat[page], said) << step;
    if (random.one_in(20)) rights.clear(), flat.fill(0);
  }
}

}  // namespace
}  // namespace gmc::testing
