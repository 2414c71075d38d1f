// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which granules are dirty, as far as the contract decides it.
#ifndef GMCHECK_HARNESS_REFERENCE_DIRTY_LOG_H
#define GMCHECK_HARNESS_REFERENCE_DIRTY_LOG_H

#include <cstdint>
#include <span>
#include <vector>

#include "harness/program/clause.h"

namespace gmc {

// A granule: its number inside one table. With dirty_origin = region every region has a table of its own, counted from its first byte; with
// dirty_origin = gpa there is one table, and two regions may share a granule.
struct Granule {
  std::uint32_t table = 0;
  std::uint64_t number = 0;

  auto operator<=>(const Granule&) const = default;
};

class DirtyLog {
 public:
  enum class State : std::uint8_t {
    kMaybe,  // may be reported or not; a report or its absence settles it
    kDirty,  // must be reported
  };

  struct Mark {
    Granule granule;
    State state;
    Clause why;  // for kDirty: what demands the bit
    bool operator==(const Mark&) const = default;
  };

  void clear() { marks_.clear(); }
  // A granule that is dirty stays dirty; one that may be becomes what is said now.
  void set(Granule granule, State state, Clause why) { set(granule, granule, state, why); }
  // Those from `first` to `last`, both included, of one table.
  void set(Granule first, Granule last, State state, Clause why);
  // Calls fate(mark) for those from `first` to `last`, both included, in ascending order: it may change the mark, and says whether it
  // stays.
  template <typename Fate>
  void settle(Granule first, Granule last, Fate fate) {
    auto at = marks_.begin() + (between(first, last).data() - marks_.data());
    auto kept = at;
    for (; at != marks_.end() && at->granule <= last; ++at) {
      if (fate(*at)) *kept++ = *at;
    }
    marks_.erase(kept, at);
  }
  // Dirty, maybe, or neither: null. The pointer holds until the next change.
  [[nodiscard]] const Mark* find(Granule granule) const;
  // Ascending.
  [[nodiscard]] std::span<const Mark> marks() const { return marks_; }
  // Those from `first` to `last`, both included.
  [[nodiscard]] std::span<const Mark> between(Granule first, Granule last) const;

  bool operator==(const DirtyLog&) const = default;

 private:
  // How many marks are below `granule`.
  [[nodiscard]] std::size_t position(Granule granule) const;

  std::vector<Mark> marks_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_DIRTY_LOG_H
