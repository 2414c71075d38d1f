// SPDX-License-Identifier: Apache-2.0 OR MIT
// From the layout of `create` to regions with their mappings, or to the reason for its rejection. All or nothing: whatever was mapped
// before the failure goes with the result (GM-REG-001, -005).
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_LAYOUT_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_LAYOUT_H

#include <gmcheck.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "harness/backends/mapped/mapping.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/region.h"
#include "harness/backends/mapped/walk.h"

namespace gmc::mapped {

// Each region takes three mappings of the process at most, and the system's default limit is 65530.
inline constexpr std::uint64_t kRegionsMax = 16384;

// With Order::kPositional: windows of one size, a power of two, from address 0 on, of which each region lies in its own.
struct Row {
  std::uint64_t window = 0;  // bytes; 0: there are none
  std::uint64_t count = 0;   // that the layout has filled
};

struct Accepted {
  std::vector<std::unique_ptr<Region>> regions;  // in the layout's order; empty ones are left out
  std::vector<Window> windows;
  Reservation reservation;  // of all mappings of the regions
  Row row;                  // of its windows
};

// Whether regions in ascending order have no byte in common.
template <class Policy>
[[nodiscard]] bool are_apart(std::span<Region* const> by_base) {
  const auto overlap = [](const Region* before, const Region* after) {
    return Policy::overlaps(before->base, before->last(), after->base, after->last());
  };
  return std::ranges::adjacent_find(by_base, overlap) == by_base.end();
}

// Whether the region lies in a window wholly or not at all, in each of them.
[[nodiscard]] inline bool fits_windows(const Region& region, std::span<const Window> windows) {
  return std::ranges::all_of(windows, [&](const Window& window) {
    const bool is_apart = region.last() < window.first || window.last < region.base;
    const bool is_inside = window.first <= region.base && region.last() <= window.last;
    return is_apart || is_inside;
  });
}

template <class Policy>
class LayoutReader {
 public:
  explicit LayoutReader(const Options& options) : options_(options) {}

  // `is_whole`: not one entry that comes to a map.
  [[nodiscard]] std::expected<Accepted, GmcOutcome> read(const GmcLayout& layout, bool is_whole = true) const {
    Accepted accepted;
    if (is_whole && options_.order == Order::kPositional) {
      const auto row = row_of(std::span(layout.entries, layout.count));
      if (!row) return rejected(GMC_INVALID_ARGUMENT);
      accepted.row = *row;
    }
    for (const GmcEntry& entry : std::span(layout.entries, layout.count)) {
      if (const GmcStatus status = check(entry); status != GMC_OK) return rejected(status);
      if (entry.size == 0) continue;
      if (entry.kind == GMC_ENTRY_WINDOW) {
        accepted.windows.push_back({entry.base, entry.base + (entry.size - 1)});
      } else {
        accepted.regions.push_back(region_of(entry));
      }
      if (accepted.regions.size() > kRegionsMax) return rejected(GMC_NO_MEMORY);
    }
    if (const GmcStatus status = check_together(accepted); status != GMC_OK) return rejected(status);
    if (const GmcStatus status = map_all(accepted); status != GMC_OK) return rejected(status);
    return accepted;
  }

 private:
  static std::unexpected<GmcOutcome> rejected(GmcStatus status) { return std::unexpected(gmc_outcome(status)); }

  // What can be said of an entry by itself.
  [[nodiscard]] GmcStatus check(const GmcEntry& entry) const {
    if (entry.kind != GMC_ENTRY_REGION && entry.kind != GMC_ENTRY_WINDOW) return GMC_INVALID_ARGUMENT;
    if ((entry.rights & ~(GMC_RIGHT_READ | GMC_RIGHT_WRITE)) != 0) return GMC_INVALID_ARGUMENT;
    if (!Policy::accepts_size(entry.size, options_)) return GMC_INVALID_ARGUMENT;
    if (entry.size == 0) return GMC_OK;
    if (Policy::leaves_address_space(entry.base, entry.size)) return GMC_OUT_OF_RANGE;
    if (Policy::is_beyond(entry.base, entry.base + (entry.size - 1), options_)) return GMC_OUT_OF_RANGE;
    if (!options_.accepts_top && entry.base + (entry.size - 1) == ~std::uint64_t{0}) return GMC_OUT_OF_RANGE;
    if (!Policy::is_aligned(entry.base, entry.size, options_.align)) return GMC_INVALID_ARGUMENT;
    return entry.kind == GMC_ENTRY_WINDOW ? GMC_OK : check_backing(entry);
  }
  [[nodiscard]] static GmcStatus check_backing(const GmcEntry& entry) {
    switch (entry.backing) {
      case GMC_BACKING_OWN:
        return GMC_OK;
      case GMC_BACKING_HOST:
        return entry.host == nullptr ? GMC_INVALID_ARGUMENT : GMC_OK;
      case GMC_BACKING_FD: {
        const auto info = file_info(entry.fd);
        if (!info) return info.error();
        if (!Policy::offset_is_aligned(entry.fd_offset, page_size())) return GMC_INVALID_ARGUMENT;
        // Bytes behind the end of the file could be mapped and would raise SIGBUS when they are touched.
        if (info->has_size && !Policy::file_covers(info->size, entry.fd_offset, entry.size)) return GMC_INVALID_ARGUMENT;
        return GMC_OK;
      }
      case GMC_BACKING_SPACE:
        return GMC_UNSUPPORTED;
      default:
        return GMC_INVALID_ARGUMENT;
    }
  }

  // None where the entries have no places in windows. One alone lies in the smallest that it leaves room in.
  [[nodiscard]] static std::optional<Row> row_of(std::span<const GmcEntry> entries) {
    constexpr std::uint64_t kLeast = 4096, kLargest = std::uint64_t{1} << 63;
    std::vector<const GmcEntry*> regions;
    for (const GmcEntry& entry : entries) {
      if (entry.kind == GMC_ENTRY_REGION) regions.push_back(&entry);
    }
    Row row{.window = kLeast, .count = regions.size()};
    if (regions.size() > 1) row.window = regions[1]->base;
    while (regions.size() == 1 && row.window < kLargest && !Policy::leaves_room(regions[0]->size, row.window)) row.window *= 2;
    if (!std::has_single_bit(row.window) || row.window < kLeast) return std::nullopt;
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const bool is_there = i <= ~std::uint64_t{0} / row.window && regions[i]->base == i * row.window;
      if (!is_there || !Policy::leaves_room(regions[i]->size, row.window)) return std::nullopt;
    }
    return row;
  }

  // What can be said of the entries together.
  [[nodiscard]] GmcStatus check_together(const Accepted& accepted) const {
    std::vector<Region*> by_base;
    for (const auto& region : accepted.regions) by_base.push_back(region.get());
    const auto base = [](const Region* region) { return region->base; };
    if (options_.order == Order::kSorted && !std::ranges::is_sorted(by_base, {}, base)) return GMC_INVALID_ARGUMENT;
    std::ranges::sort(by_base, {}, base);
    if (!are_apart<Policy>(by_base)) return GMC_OVERLAP;
    const bool fit = std::ranges::all_of(by_base, [&](const Region* region) { return fits_windows(*region, accepted.windows); });
    return fit ? GMC_OK : GMC_INVALID_ARGUMENT;
  }

  [[nodiscard]] std::unique_ptr<Region> region_of(const GmcEntry& entry) const {
    auto region = std::make_unique<Region>();
    region->entry = entry;
    region->base = entry.base;
    region->size = entry.size;
    region->rights = Policy::rights(entry.rights, options_);
    region->is_own = entry.backing == GMC_BACKING_OWN;
    return region;
  }

  // Mappings lie in the reservation one behind the other. Taking every second region first, and the others backwards, makes sure that
  // neighbours in guest addresses are no neighbours on the host, so that nothing can rely on it.
  [[nodiscard]] static std::vector<std::size_t> placing_order(std::size_t count) {
    std::vector<std::size_t> order;
    for (std::size_t i = 1; i < count; i += 2) order.push_back(i);
    for (std::size_t i = (count + 1) / 2; i > 0; --i) order.push_back(2 * (i - 1));
    return order;
  }

  [[nodiscard]] GmcStatus map_all(Accepted& accepted) const {
    std::uint64_t total = 0;
    std::uint64_t count = 0;
    for (const auto& region : accepted.regions) {
      if (region->entry.backing == GMC_BACKING_HOST) continue;
      const std::uint64_t length = Policy::map_length(region->size, page_size());
      if (length < region->size || length > ~std::uint64_t{0} - total) return GMC_NO_MEMORY;  // even counting them is too much
      total += length;
      ++count;
    }
    auto reservation = Reservation::make(total, count, options_.own);
    if (!reservation) return reservation.error();
    accepted.reservation = std::move(*reservation);
    for (const std::size_t index : placing_order(accepted.regions.size())) {
      if (const GmcStatus status = map(*accepted.regions[index], accepted.reservation); status != GMC_OK) return status;
    }
    return GMC_OK;
  }

  [[nodiscard]] static GmcStatus map(Region& region, Reservation& reservation) {
    const GmcEntry& entry = region.entry;
    std::expected<Mapping, GmcStatus> mapping = Mapping{static_cast<std::byte*>(entry.host)};
    const std::uint64_t length = Policy::map_length(region.size, page_size());
    if (entry.backing == GMC_BACKING_FD) {
      const bool is_writable = (region.rights & GMC_RIGHT_WRITE) != 0;
      mapping = reservation.place_file(entry.fd, Policy::map_offset(entry.fd_offset), length, is_writable);
    } else if (region.is_own) {
      mapping = reservation.place_own(length);
    }
    if (!mapping) return mapping.error();
    region.mapping = *mapping;
    region.data = mapping->data;
    if (!region.is_own) return GMC_OK;
    auto touched = Bitset::make(((region.size - 1) >> kTouchedShift) + 1);
    if (!touched) return GMC_NO_MEMORY;
    region.touched = std::move(*touched);
    Policy::prepare_own(region.data, region.size);
    return GMC_OK;
  }

  const Options& options_;
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_LAYOUT_H
