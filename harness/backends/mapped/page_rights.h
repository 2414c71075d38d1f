// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which pages of a region lack a right that the region has: what `protect` took away.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_PAGE_RIGHTS_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_PAGE_RIGHTS_H

#include <gmcheck.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "harness/backends/mapped/bitset.h"

namespace gmc::mapped {

inline constexpr unsigned kPageShift = 12;

// Positions are bytes, counted from the first byte of the page in which the region begins.
class PageRights {
 public:
  // False until there is something to say; then every page has every right at first.
  [[nodiscard]] bool is_kept() const { return is_kept_; }

  // Makes room for `count` pages. False where the system has none; then nothing has changed.
  [[nodiscard]] bool keep(std::uint64_t count) {
    if (is_kept_) return true;
    auto unreadable = Bitset::make(count);
    auto unwritable = Bitset::make(count);
    if (!unreadable || !unwritable) return false;
    unreadable_ = std::move(*unreadable);
    unwritable_ = std::move(*unwritable);
    is_kept_ = true;
    return true;
  }
  void forget() { *this = PageRights(); }

  // Gives pages first .. last, both included, GMC_RIGHT_* and no others.
  void set(std::uint64_t first, std::uint64_t last, std::uint32_t rights) {
    put(unreadable_, first, last, (rights & GMC_RIGHT_READ) == 0);
    put(unwritable_, first, last, (rights & GMC_RIGHT_WRITE) == 0);
  }

  // Of `size` > 0 bytes from `position` on, how many from the first one on lack none of GMC_RIGHT_*.
  [[nodiscard]] std::uint64_t permitted(std::uint64_t position, std::uint64_t size, std::uint32_t rights) const {
    if ((rights & GMC_RIGHT_READ) != 0) size = before_next(unreadable_, position, size);
    if ((rights & GMC_RIGHT_WRITE) != 0) size = before_next(unwritable_, position, size);
    return size;
  }

 private:
  static void put(Bitset& pages, std::uint64_t first, std::uint64_t last, bool lack) {
    if (lack) return pages.add_range(first, last);
    for (std::uint64_t at = first >> 6; at <= last >> 6; ++at) pages.remove_from_word(at, Bitset::mask_between(at, first, last));
  }
  // Of `size` bytes from `position` on, those in front of the next page of the set.
  static std::uint64_t before_next(const Bitset& pages, std::uint64_t position, std::uint64_t size) {
    if (size == 0) return 0;
    const std::uint64_t first = position >> kPageShift;
    const std::uint64_t last = (position + (size - 1)) >> kPageShift;
    for (std::uint64_t at = pages.next_word(first >> 6); at <= last >> 6; at = pages.next_word(at + 1)) {
      const std::uint64_t bits = pages.word(at) & Bitset::mask_between(at, first, last);
      if (bits == 0) continue;
      const std::uint64_t page = (at << 6) + static_cast<std::uint64_t>(std::countr_zero(bits));
      return page == first ? 0 : (page << kPageShift) - position;
    }
    return size;
  }

  bool is_kept_ = false;
  Bitset unreadable_;
  Bitset unwritable_;
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_PAGE_RIGHTS_H
