// SPDX-License-Identifier: Apache-2.0 OR MIT
// A memory: its regions, what of them was touched and what is dirty. Spaces are views of it and share it.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_MEMORY_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_MEMORY_H

#include <gmcheck.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "harness/abi/cpp/host.h"
#include "harness/backends/mapped/dirty_log.h"
#include "harness/backends/mapped/layout.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/region.h"

namespace gmc::mapped {

template <class Policy>
class Memory {
 public:
  Memory(Host host, const Options& options, Accepted accepted)
      : host_(host),
        options_(options),
        reservation_(std::move(accepted.reservation)),
        regions_(std::move(accepted.regions)),
        by_base_(std::move(accepted.by_base)),
        windows_(std::move(accepted.windows)) {}
  ~Memory() {
    for (const auto& region : regions_) Policy::before_release(*region);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // To be called once, before anything else. False where there is no room for the dirty log.
  [[nodiscard]] bool prepare() { return log_.prepare(options_, by_base_); }

  [[nodiscard]] Host host() const { return host_; }
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Region>>& regions() const { return regions_; }  // in the layout's order
  [[nodiscard]] const std::vector<Region*>& by_base() const { return by_base_; }
  [[nodiscard]] const std::vector<Window>& windows() const { return windows_; }
  [[nodiscard]] DirtyLog<Policy>& log() { return log_; }

  // Every write reports itself here after its bytes are in place: `moved` bytes at `offset`, of `requested` that were left from there on.
  [[gnu::always_inline]] void wrote(const Placed& placed, std::uint64_t offset, std::uint64_t moved, std::uint64_t requested, Path path,
                                    bool failed) {
    Region& region = *placed.region;
    const std::uint64_t first = placed.skipped + offset;
    if (region.is_own) region.touched.add_range(first >> kTouchedShift, (first + (moved - 1)) >> kTouchedShift);
    if (log_.is_tracking() && Policy::marks(path, failed)) mark(placed, Policy::marked(placed, offset, moved, requested));
  }
  // Marks a part of what a space shows of a region.
  [[gnu::always_inline]] void mark(const Placed& placed, ByteSpan span) {
    log_.mark(*placed.region, {placed.skipped + span.offset, span.size});
  }

  // The same for all that a space shows of a region, which zero_touched or a fill has made 0.
  void zeroed(const Placed& placed) {
    if (!log_.is_tracking() || !Policy::marks(Path::kZeroAll, false)) return;
    mark(placed, Policy::marked(placed, 0, placed.size, placed.size));
  }

  // Zeroes the backend's own bytes where they were touched, forgets what is dirty, and turns tracking to where it was at creation. Costs
  // what was touched and not what is mapped (GM-INV-004).
  void reset() {
    for (const auto& region : regions_) {
      if (Policy::resets_bytes(*region)) zero_touched(*region);
    }
    log_.reset();
  }

  // Makes every byte of a region of own memory 0.
  void zero_touched(Region& region) {
    if (region.was_handed_out) {
      // A pointer went out, and stays good: any byte may have been written. Where the system cannot take the pages back, they are written
      // over.
      if (!reservation_.discard(region.mapping)) std::memset(region.data, 0, region.size);
      region.touched.clear();
      return;
    }
    Bitset& touched = region.touched;
    for (std::uint64_t at = touched.next_word(0); at != Bitset::kNone; at = touched.next_word(at + 1)) {
      zero_pages(region, at << 6, touched.word(at));
      touched.remove_from_word(at, ~std::uint64_t{0});
    }
  }

 private:
  // Zeroes the pages whose bits are set; bit 0 is page `first`.
  static void zero_pages(const Region& region, std::uint64_t first, std::uint64_t bits) {
    while (bits != 0) {
      const auto skip = static_cast<unsigned>(std::countr_zero(bits));
      const auto run = static_cast<unsigned>(std::countr_one(bits >> skip));
      const std::uint64_t offset = (first + skip) << kTouchedShift;
      const std::uint64_t size = std::min(std::uint64_t{run} << kTouchedShift, region.size - offset);
      std::memset(region.data + offset, 0, size);
      bits = run + skip == 64 ? 0 : bits & (~std::uint64_t{0} << (skip + run));
    }
  }

  Host host_;
  Options options_;
  Reservation reservation_;
  std::vector<std::unique_ptr<Region>> regions_;
  std::vector<Region*> by_base_;
  std::vector<Window> windows_;
  DirtyLog<Policy> log_;
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_MEMORY_H
