// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/dirty_log.h"

#include <algorithm>

namespace gmc {

namespace {

constexpr auto kByGranule = [](const DirtyLog::Mark& mark, const Granule& granule) { return mark.granule < granule; };

}  // namespace

void DirtyLog::set(Granule granule, State state, Clause why) {
  const auto at = std::lower_bound(marks_.begin(), marks_.end(), granule, kByGranule);
  if (at == marks_.end() || at->granule != granule) {
    marks_.insert(at, Mark{granule, state, why});
  } else if (at->state == State::kMaybe) {
    *at = Mark{granule, state, why};
  }
}

const DirtyLog::Mark* DirtyLog::find(Granule granule) const {
  const auto at = std::lower_bound(marks_.begin(), marks_.end(), granule, kByGranule);
  return at != marks_.end() && at->granule == granule ? &*at : nullptr;
}

std::span<const DirtyLog::Mark> DirtyLog::between(Granule first, Granule last) const {
  const auto from = std::lower_bound(marks_.begin(), marks_.end(), first, kByGranule);
  auto to = std::lower_bound(from, marks_.end(), last, kByGranule);
  if (to != marks_.end() && to->granule == last) ++to;
  return {from, to};
}

}  // namespace gmc
