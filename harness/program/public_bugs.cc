// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/public_bugs.h"

#include <algorithm>

namespace gmc {

namespace {

constexpr PublicBug kBugs[] = {
#define GMC_PUBLIC_BUG(group, number, name, what, link) {Clause::k##group##number, name, what, link},
#include "harness/program/public_bugs.def"
};

}  // namespace

std::span<const PublicBug> public_bugs() { return kBugs; }

std::span<const PublicBug> public_bugs_of(Clause clause) {
  const auto [first, last] = std::ranges::equal_range(kBugs, clause, {}, &PublicBug::clause);
  return {first, last};
}

}  // namespace gmc
