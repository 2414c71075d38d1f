// SPDX-License-Identifier: Apache-2.0 OR MIT
// The regions of a memory, and how far an access gets among them.
#ifndef GMCHECK_HARNESS_REFERENCE_MEMORY_MAP_H
#define GMCHECK_HARNESS_REFERENCE_MEMORY_MAP_H

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/program/clause.h"
#include "harness/program/layout.h"
#include "harness/program/profile.h"
#include "harness/reference/page_rights.h"

namespace gmc {

// One region as the reference sees it. Its last byte is kept, not its end: the end of the last region there can be is 2^64.
struct MappedRegion {
  std::uint64_t base = 0;
  std::uint64_t last = 0;
  std::uint32_t entry = 0;         // its index in the layout as given
  std::uint32_t store = 0;         // which backing holds its bytes
  std::uint64_t store_offset = 0;  // position of its first byte there
  bool is_read_only = false;
  bool is_shared = false;  // another region uses the same bytes of the backing

  [[nodiscard]] std::uint64_t size() const { return last - base + 1; }  // never 2^64: no region is that large
  [[nodiscard]] bool contains(std::uint64_t gpa) const { return base <= gpa && gpa <= last; }
  bool operator==(const MappedRegion&) const = default;
};

// The part of the memory that a space shows: all of the root, one region, or a range.
struct Extent {
  std::uint64_t first = 0;                   // gpa of the space's address 0
  std::uint64_t last = UINT64_MAX;           // gpa of its last address; meaningless where it is empty
  std::optional<std::uint32_t> only_region;  // index into regions(): a space inside one region sees no neighbour
  bool is_empty = false;                     // it has no address at all

  // True where it has an address for the byte at `gpa`.
  [[nodiscard]] bool contains(std::uint64_t gpa) const { return !is_empty && first <= gpa && gpa <= last; }
  bool operator==(const Extent&) const = default;
};

// Why an access stopped before its last byte.
enum class Stop : std::uint8_t {
  kNone,    // it did not
  kHole,    // nothing is mapped there
  kWrap,    // the address space ended
  kLimit,   // beyond the last address that the backend declares
  kSeam,    // another region begins there, and accesses do not span regions
  kDenied,  // the right is missing
  kFault,   // a hole of a window whose holes fault
};

// A piece of an access: bytes of a backing, or bytes of a hole that discards.
struct Span {
  std::uint64_t done = 0;  // bytes of the access before it
  std::uint64_t size = 0;
  std::uint64_t gpa = 0;
  std::uint32_t region = 0;    // index into regions(); meaningless where it is discarded
  std::uint64_t position = 0;  // in the region's backing
  bool is_discarded = false;

  bool operator==(const Span&) const = default;
};

// How far an exact access would get: the spans of the longest prefix it could transfer, and what ended it.
struct Walk {
  std::vector<Span> spans;
  std::uint64_t reached = 0;  // bytes of all spans
  Stop stop = Stop::kNone;
  std::uint64_t stop_gpa = 0;  // the first byte that failed

  bool operator==(const Walk&) const = default;
};

class MemoryMap {
 public:
  // `layout`, without the entries that `is_removed` names, has to be legal under `switches`. Stores are numbered by all entries, so that
  // an entry that is added behind the others changes no number.
  MemoryMap() = default;
  MemoryMap(const Layout& layout, const Switches& switches, const std::vector<bool>& is_removed = {});

  [[nodiscard]] const std::vector<MappedRegion>& regions() const { return regions_; }  // ascending by base
  [[nodiscard]] const MappedRegion* find(std::uint64_t gpa) const;
  [[nodiscard]] bool is_mapped(std::uint64_t gpa) const { return find(gpa) != nullptr; }
  // In the layout's own order.
  [[nodiscard]] const MappedRegion* entry(std::uint32_t index) const;
  // Those of entries that were removed: their bytes are still somewhere.
  [[nodiscard]] const std::vector<MappedRegion>& removed() const { return removed_; }
  [[nodiscard]] bool in_window(std::uint64_t gpa) const;
  [[nodiscard]] const std::vector<ByteRange>& windows() const { return windows_; }
  [[nodiscard]] std::uint32_t store_count() const { return store_count_; }
  // True where the bytes of the store are the backend's own, and not of a file or of the harness's memory.
  [[nodiscard]] bool store_is_own(std::uint32_t store) const { return own_[store]; }

  [[nodiscard]] PageRights& page_rights() { return page_rights_; }
  [[nodiscard]] const PageRights& page_rights() const { return page_rights_; }
  // A map of that region alone, at `base`.
  [[nodiscard]] MemoryMap only(const MappedRegion& region, std::uint64_t base) const;
  // Takes over what `before` says of the pages of regions that are in both.
  void keep_page_rights(const MemoryMap& before);
  // Whether the byte at `gpa`, which is in the region, has the right.
  [[nodiscard]] bool permits(const MappedRegion& region, std::uint64_t gpa, Right right) const {
    if (!page_rights_.empty()) {
      if (const auto* const run = page_rights_.find(gpa); run != nullptr) return run->permits(right);
    }
    return right != Right::kWrite || !region.is_read_only;
  }
  // Of the `size` bytes from `gpa` on, which are in the region, how many from the first one on have the right.
  [[nodiscard]] std::uint64_t permitted(const MappedRegion& region, std::uint64_t gpa, std::uint64_t size, Right right) const;
  // Calls visit(index into regions(), first, last) for each run of bytes of the extent that have the right, ascending.
  template <typename Visit>
  void for_each_permitted(const Extent& extent, Right right, Visit visit) const {
    for_each_part(extent, [&](std::uint32_t i, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t from = first;;) {
        const std::uint64_t to = page_rights_.last_alike(from, last);
        if (permits(regions_[i], from, right)) visit(i, from, to);
        if (to == last) return;
        from = to + 1;
      }
    });
  }

  // Whether a byte is mapped at `address` of the space.
  [[nodiscard]] bool is_mapped_in(const Extent& extent, std::uint64_t address) const;
  // Calls visit(index into regions(), first, last) for what of each region lies in the extent, ascending; first and last are gpas.
  template <typename Visit>
  void for_each_part(const Extent& extent, Visit visit) const {
    if (extent.is_empty) return;
    for (std::uint32_t i = 0; i < regions_.size(); ++i) {
      const MappedRegion& region = regions_[i];
      if ((extent.only_region && *extent.only_region != i) || region.last < extent.first || extent.last < region.base) continue;
      visit(i, std::max(region.base, extent.first), std::min(region.last, extent.last));
    }
  }

  // Reuses `walk`. `address` is in the space's own addresses; size > 0.
  void walk(const Extent& extent, std::uint64_t address, std::uint64_t size, Right right, const Switches& switches, Walk& walk) const;

  bool operator==(const MemoryMap&) const = default;

 private:
  // Bytes from `gpa`, which is in a window's hole, to the next region or the end of the window.
  [[nodiscard]] std::uint64_t discarded_size(std::uint64_t gpa) const;

  std::vector<MappedRegion> regions_;
  std::vector<MappedRegion> removed_;
  std::vector<ByteRange> windows_;
  std::vector<bool> own_;
  std::uint32_t store_count_ = 0;
  PageRights page_rights_;
};

// Every rule of the contract that `layout` breaks under `switches`: empty for a legal one. Clauses GM-REG-001 to -006.
struct LayoutFault {
  Clause clause;
  StatusMask statuses;  // with which it may be rejected
};
[[nodiscard]] std::vector<LayoutFault> faults_of(const Layout& layout, const Profile& profile);
// Whether memory may run out for it ("Statuses"): it has a region of the backend's own that is larger than kOwnPromised.
inline constexpr std::uint64_t kOwnPromised = std::uint64_t{1} << 40;  // bytes
[[nodiscard]] bool may_exhaust(const Layout& layout);
// With region_order = positional: the size of the windows of a legal layout, and how many it fills; 0 where fewer than two entries leave it
// open.
struct WindowRow {
  std::uint64_t window = 0;
  std::uint64_t count = 0;

  bool operator==(const WindowRow&) const = default;
};
[[nodiscard]] WindowRow window_row(const Layout& layout);
// Whether a region that is added begins where a window of the row does, or would, and leaves room in it.
[[nodiscard]] bool fits_row(const WindowRow& row, const Region& added, const Switches& switches);
// The same of `added`, when it comes to a map that holds `mapped` already, in whatever order.
[[nodiscard]] std::vector<LayoutFault> faults_of_added(const Layout& mapped, const Region& added, const Profile& profile);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_MEMORY_MAP_H
