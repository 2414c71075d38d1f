// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/dirty_log.h"

#include <algorithm>

namespace gmc {

namespace {

// As `mark.granule < granule`, without a branch that the processor would guess wrong every other time.
constexpr auto kByGranule = [](const DirtyLog::Mark& mark, const Granule& granule) {
  const bool is_below = mark.granule.number < granule.number;
  return (mark.granule.table < granule.table) | ((mark.granule.table == granule.table) & is_below);
};

}  // namespace

std::size_t DirtyLog::position(Granule granule) const {
  return static_cast<std::size_t>(std::lower_bound(marks_.begin(), marks_.end(), granule, kByGranule) - marks_.begin());
}

void DirtyLog::set(Granule first, Granule last, State state, Clause why) {
  const std::size_t from = position(first);
  if (first == last) {  // as of nearly every write
    const Mark mark{first, state, why};
    if (from == marks_.size() || marks_[from].granule != first) {
      marks_.insert(marks_.begin() + static_cast<std::ptrdiff_t>(from), mark);
    } else if (marks_[from].state != State::kDirty) {
      marks_[from] = mark;
    }
    return;
  }
  const std::size_t known = between(first, last).size();
  std::size_t read = from + known;
  const std::uint64_t count = last.number - first.number + 1;
  // Room for the new ones, made once; then old and new are merged from the back.
  std::size_t write = from + count;
  marks_.insert(marks_.begin() + static_cast<std::ptrdiff_t>(read), count - known, Mark{first, state, why});
  for (std::uint64_t i = count; i-- > 0;) {
    const Granule granule{.table = first.table, .number = first.number + i};
    Mark mark{granule, state, why};
    if (read > from && marks_[read - 1].granule == granule && marks_[--read].state == State::kDirty) mark = marks_[read];
    marks_[--write] = mark;
  }
}

const DirtyLog::Mark* DirtyLog::find(Granule granule) const {
  const std::size_t at = position(granule);
  return at < marks_.size() && marks_[at].granule == granule ? &marks_[at] : nullptr;
}

std::span<const DirtyLog::Mark> DirtyLog::between(Granule first, Granule last) const {
  const auto from = std::lower_bound(marks_.begin(), marks_.end(), first, kByGranule);
  auto to = std::lower_bound(from, marks_.end(), last, kByGranule);
  if (to != marks_.end() && to->granule == last) ++to;
  return {from, to};
}

}  // namespace gmc
