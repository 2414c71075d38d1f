// SPDX-License-Identifier: Apache-2.0 OR MIT
#ifndef GMCHECK_HARNESS_PROGRAM_ADDRESS_MAP_H
#define GMCHECK_HARNESS_PROGRAM_ADDRESS_MAP_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/program/address.h"
#include "harness/program/layout.h"

namespace gmc {

// The anchors of one layout, computed once, so that resolving an address costs a few instructions. Windows are entries (rN names them as
// well), but they map nothing: runs of adjacent regions, holes and the last address come from the regions alone. Where a layout has no such
// thing (an entry of an empty layout, a hole after regions that end at 2^64), the anchor is address 0.
class AddressMap {
 public:
  AddressMap() = default;
  explicit AddressMap(const Layout& layout) { assign(layout); }

  // Takes another layout; allocates only where it has more entries than any before.
  void assign(const Layout& layout);

  // The byte of the root that `address` names.
  [[nodiscard]] Gpa resolve(const Address& address) const {
    return Gpa{anchor(address.anchor, address.index)}.wrapping_add(static_cast<std::uint64_t>(address.delta));
  }

  // The address with the smallest distance from an anchor; of equal ones the first of: start, end of an entry that contains it, start, end
  // of another entry, hole, last, top. Farther than kSymbolicReach from all of them it is absolute.
  [[nodiscard]] Address symbolic(Gpa gpa) const;

  static constexpr std::uint64_t kSymbolicReach = 0x10000;

 private:
  [[nodiscard]] std::uint64_t anchor(Anchor anchor, std::uint8_t index) const {
    switch (anchor) {
      case Anchor::kRegionStart:
        return pick(starts_, index);
      case Anchor::kRegionEnd:
        return pick(ends_, index);
      case Anchor::kHole:
        return pick(holes_, index);
      case Anchor::kLast:
        return last_;
      case Anchor::kAbsolute:
      case Anchor::kTop:
        break;
    }
    return 0;
  }
  static std::uint64_t pick(const std::vector<std::uint64_t>& anchors, std::uint8_t index) {
    if (index < anchors.size()) [[likely]]
      return anchors[index];
    return anchors.empty() ? 0 : anchors[index % anchors.size()];
  }

  std::vector<std::uint64_t> starts_;  // of every entry, as given
  std::vector<std::uint64_t> ends_;    // of every entry, modulo 2^64
  std::vector<std::uint64_t> holes_;   // ascending
  std::uint64_t last_ = 0;
  std::vector<const Region*> sorted_;  // empty but during assign
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_ADDRESS_MAP_H
