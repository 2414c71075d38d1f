// SPDX-License-Identifier: Apache-2.0 OR MIT
#ifndef GMCHECK_HARNESS_PROGRAM_ADDRESS_MAP_H
#define GMCHECK_HARNESS_PROGRAM_ADDRESS_MAP_H

#include <array>
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
  explicit AddressMap(const Layout& layout) { assign(layout, {}); }

  // Takes another layout; allocates only where it has more entries than any before. Entries that were removed, `is_removed` says which of
  // the first ones, keep their names and map nothing.
  void assign(const Layout& layout, const std::vector<bool>& is_removed = {});

  // The byte of the root that `address` names.
  [[nodiscard]] Gpa resolve(const Address& address) const {
    return Gpa{anchor(address.anchor, address.index)}.wrapping_add(static_cast<std::uint64_t>(address.delta));
  }

  // The address with the smallest distance from an anchor; of equal ones the first of: start, end of an entry that contains it, start, end
  // of another entry, hole, last, top. Farther than kSymbolicReach from all of them it is absolute.
  [[nodiscard]] Address symbolic(Gpa gpa) const;

  static constexpr std::uint64_t kSymbolicReach = 0x10000;

 private:
  // The addresses that an anchor may stand for, by index. Never empty: what a layout does not have is one address 0.
  using Places = std::vector<std::uint64_t>;

  // A look-up and no switch: anchors come in no order that a processor could guess.
  [[nodiscard]] std::uint64_t anchor(Anchor anchor, std::uint8_t index) const {
    const Places& places = places_[static_cast<std::size_t>(anchor)];
    if (index < places.size()) [[likely]]
      return places[index];
    return places[index % places.size()];
  }
  [[nodiscard]] Places& places(Anchor anchor) { return places_[static_cast<std::size_t>(anchor)]; }
  [[nodiscard]] const Places& places(Anchor anchor) const { return places_[static_cast<std::size_t>(anchor)]; }

  static constexpr std::size_t kAnchorCount = static_cast<std::size_t>(Anchor::kLast) + 1;
  std::array<Places, kAnchorCount> places_ = {Places{0}, Places{0}, Places{0}, Places{0}, Places{0}, Places{0}};
  std::size_t entry_count_ = 0;
  std::size_t hole_count_ = 0;
  std::vector<const Region*> sorted_;  // empty but during assign
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_ADDRESS_MAP_H
