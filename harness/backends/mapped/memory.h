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
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "harness/abi/cpp/host.h"
#include "harness/backends/mapped/dirty_log.h"
#include "harness/backends/mapped/faults.h"
#include "harness/backends/mapped/firmware.h"
#include "harness/backends/mapped/layout.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/region.h"

namespace gmc::mapped {

// A space that hears of changes of the map.
class Follower {
 public:
  virtual void map_changed() = 0;
  virtual void region_removed(const Region& region) = 0;
  virtual void rights_changed(const Region& region) = 0;  // of its pages
  virtual void faults_changed() = 0;                      // whether one is armed for accesses

 protected:
  ~Follower() = default;
};

// What a memory's root shows.
struct Map {
  std::vector<Region*> regions;  // in the order in which they came
  std::vector<Region*> by_base;
  std::vector<Window> windows;
};

template <class Policy>
class Memory;

// What memories that share regions have in common. Granules of neighbours are one where they are neighbours in the first of them.
template <class Policy>
struct Pool {
  DirtyLog<Policy> log;
  Held held;  // what is marked at the next harvest
  std::vector<Memory<Policy>*> memories;
};

template <class Policy>
class Memory {
 public:
  Memory(Host host, const Options& options, Accepted accepted)
      : host_(host), options_(options), pool_(std::make_shared<Pool<Policy>>()), log_(pool_->log) {
    pool_->memories.push_back(this);
    append(accepted, map_);
    row_ = created_row_ = accepted.row;
    own(std::move(accepted));
    created_map_ = map_;
    created_ = regions_.size();
    if (!options_.has_layout) return;
    for (const auto& region : regions_) write_firmware(*region);
  }
  // A memory of one region, which is one of `other`'s.
  Memory(const Memory& other, const Region& shared)
      : host_(other.host_), options_(other.options_), is_sharing_(true), pool_(other.pool_), log_(pool_->log) {
    pool_->memories.push_back(this);
    regions_.push_back(*std::ranges::find(other.regions_, &shared, [](const auto& region) { return region.get(); }));
    append(*regions_.front(), map_);
    created_map_ = map_;
    created_ = 1;
  }
  ~Memory() {
    mark_held();
    std::erase(pool_->memories, this);
    for (const auto& region : regions_) {
      if (Policy::is_last(region.use_count())) release(*region);
    }
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // To be called once, before anything else. False where there is no room for the dirty log.
  [[nodiscard]] bool prepare() { return log_.prepare(options_, map_.by_base); }

  [[nodiscard]] Host host() const { return host_; }
  [[nodiscard]] bool is_sharing() const { return is_sharing_; }  // it was made of a region of another memory
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const Map& map() const { return map_; }
  [[nodiscard]] const std::vector<Region*>& by_base() const { return map_.by_base; }
  [[nodiscard]] const std::vector<Window>& windows() const { return map_.windows; }
  [[nodiscard]] bool is_mapped(const Region& region) const { return std::ranges::find(map_.regions, &region) != map_.regions.end(); }
  [[nodiscard]] DirtyLog<Policy>& log() { return log_; }

  // What stands in the place of a region's rights in the map of a space. Where a fault is armed, no access finds there what it needs, so
  // that each comes to where faults are met.
  [[nodiscard]] std::uint32_t shown_rights(const Region& region) const {
    return region.pages.is_kept() || faults_.is_armed(GMC_FAULT_ACCESS) ? kRightsByPage : region.rights;
  }

  [[nodiscard]] Faults& faults() { return faults_; }
  GmcStatus arm(std::uint32_t fault, std::uint64_t nth) {
    const bool is_there = fault == GMC_FAULT_ACCESS || (fault == GMC_FAULT_HARVEST && options_.dirty != Dirty::kNone) ||
                          (fault == GMC_FAULT_CHANGE && can_change(options_));
    if (fault != GMC_FAULT_NONE && !is_there) return GMC_UNSUPPORTED;
    if (fault == GMC_FAULT_NONE) {
      faults_.disarm();
    } else {
      faults_.arm(fault, Policy::armed_use(nth));
    }
    tell_of_faults();
    return GMC_OK;
  }
  // Whether a fault that is armed for changes comes at this step of one, before anything is changed.
  [[nodiscard]] bool change_fails() { return faults_.is_armed(GMC_FAULT_CHANGE) && faults_.fails(GMC_FAULT_CHANGE); }
  void tell_of_faults() {
    for (Follower* follower : followers_) follower->faults_changed();
  }

  void follow(Follower& follower) { followers_.push_back(&follower); }
  void unfollow(Follower& follower) { std::erase(followers_, &follower); }

  // Whether a region may come there, as far as windows decide it.
  [[nodiscard]] bool has_place(const Region& region) const {
    return row_.window == 0 || (Policy::begins_window(region.base, row_.window) && Policy::leaves_room(region.size, row_.window));
  }

  // The changes of the map (GM-MAP-003): wholly or not at all.
  GmcStatus add(Accepted accepted) {
    Map changed = map_;
    append(accepted, changed);
    return are_apart<Policy>(changed.by_base) ? bring(std::move(accepted), std::move(changed)) : GMC_OVERLAP;
  }
  GmcStatus insert(Region& removed) {
    if (is_mapped(removed)) return GMC_INVALID_ARGUMENT;
    Map changed = map_;
    append(removed, changed);
    sort(changed);
    if (!are_apart<Policy>(changed.by_base)) return GMC_OVERLAP;
    const GmcStatus status = change_to(std::move(changed));
    if (status == GMC_OK) Policy::inserted(removed);
    return status;
  }
  GmcStatus remove(std::uint64_t base, std::uint64_t size) {
    const auto found = std::ranges::find_if(map_.regions, [&](const Region* region) { return Policy::is_exactly(*region, base, size); });
    if (found == map_.regions.end()) return GMC_NOT_FOUND;
    Region* const removed = *found;
    Map changed = map_;
    std::erase(changed.regions, removed);
    std::erase(changed.by_base, removed);
    return change_to(std::move(changed));
  }
  GmcStatus replace(Accepted accepted) {
    Map changed;
    append(accepted, changed);
    const Row row = accepted.row;
    const GmcStatus status = bring(std::move(accepted), std::move(changed));
    if (status == GMC_OK) row_ = row;
    return status;
  }

  // Gives the pages that [address, address + size) touches these rights, all of them or none (GM-PERM-009). size > 0.
  GmcStatus protect(std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
    if (size - 1 > ~std::uint64_t{0} - address) return GMC_OUT_OF_RANGE;
    const std::uint64_t last = address + (size - 1);
    std::vector<Region*> touched;
    std::uint64_t covered = 0;
    for (Region* region : map_.by_base) {
      if (region->last() < address || last < region->base) continue;
      if ((rights & ~region->rights) != 0) return GMC_DENIED;  // more than the layout gave
      covered += std::min(last, region->last()) - std::max(address, region->base) + 1;
      touched.push_back(region);
    }
    if (!Policy::covers(covered, size)) return GMC_OUT_OF_RANGE;
    const auto page_of = [](const Region& region, std::uint64_t gpa) { return (gpa >> kPageShift) - (region.base >> kPageShift); };
    for (Region* region : touched) {
      if (change_fails() || !region->pages.keep(page_of(*region, region->last()) + 1)) return GMC_NO_MEMORY;
    }
    for (Region* region : touched) {
      const std::uint64_t first_page = page_of(*region, std::max(address, region->base));
      const std::uint64_t last_page = page_of(*region, std::min(last, region->last()));
      region->pages.set(first_page, Policy::last_protected(first_page, last_page), Policy::page_rights(rights));
      for (Follower* follower : followers_) follower->rights_changed(*region);
    }
    return GMC_OK;
  }

  // Every write reports itself here after its bytes are in place: `moved` bytes at `offset`, of `requested` that were left from there on.
  [[gnu::always_inline]] void wrote(const Placed& placed, std::uint64_t offset, std::uint64_t moved, std::uint64_t requested, Path path,
                                    bool failed) {
    Region& region = *placed.region;
    const std::uint64_t first = placed.skipped + offset;
    if (region.is_own) region.touched.add_range(first >> kTouchedShift, (first + (moved - 1)) >> kTouchedShift);
    if (log_.is_tracking() && Policy::marks(path, failed, is_sharing_)) mark(placed, Policy::marked(placed, offset, moved, requested));
  }
  // Marks a part of what a space shows of a region.
  [[gnu::always_inline]] void mark(const Placed& placed, ByteSpan span) {
    if (placed.held != nullptr) [[unlikely]]
      return hold(placed, span);
    log_.mark(*placed.region, {placed.skipped + span.offset, span.size});
  }
  // Marks what was held, and what waits for a harvest. While nothing is tracked it is forgotten.
  void mark_held(Held& held) {
    if (log_.is_tracking()) {
      for (const RegionPart& part : std::span(held).first(Policy::marked_of_held(held.size()))) log_.mark(*part.region, part.span);
    }
    held.clear();
  }
  void mark_held() { mark_held(pool_->held); }
  // Where a space of that kind notes what is written through it, if it does; `own`: what it holds itself.
  [[nodiscard]] Held* holder(GmcSpaceKind kind, Held& own) const {
    if (!Policy::waits(kind, options_)) return nullptr;
    return options_.when == When::kHarvest ? &pool_->held : &own;
  }

  // The same for all that a space shows of a region, which zero_touched or a fill has made 0.
  void zeroed(const Placed& placed) {
    if (!log_.is_tracking() || !Policy::marks(Path::kZeroAll, false, is_sharing_)) return;
    mark(placed, Policy::marked(placed, 0, placed.size, placed.size));
  }

  // Zeroes the backend's own bytes where they were touched, forgets what is dirty, and turns tracking to where it was at creation. Costs
  // what was touched and not what is mapped (GM-INV-004).
  void reset() {
    mark_held();
    if (faults_.is_any_armed() && Policy::resets_faults()) {
      faults_.disarm();
      tell_of_faults();
    }
    const bool has_added = regions_.size() > created_;
    if ((has_added || map_.regions != created_map_.regions) && Policy::resets_map(has_added)) {
      regions_.resize(created_);
      map_ = created_map_;
      row_ = created_row_;
      // There was room for as much at creation.
      if (!rearrange(map_)) throw std::bad_alloc();
      for (Follower* follower : followers_) follower->map_changed();
    }
    for (const auto& region : regions_) {
      if (Policy::resets_bytes(*region)) {
        zero_touched(*region);
        if (options_.has_layout && Policy::resets_firmware()) write_firmware(*region);
      }
      if (region->pages.is_kept() && Policy::resets_rights()) {
        region->pages.forget();
        for (Follower* follower : followers_) follower->rights_changed(*region);
      }
    }
    log_.reset();
  }

  // Makes every byte of a region of own memory 0.
  void zero_touched(Region& region) {
    if (region.is_all_handed_out) {
      // Any byte may have been written. Where the system cannot take the pages back, they are written over.
      if (!region.reservation->discard(region.mapping)) std::memset(region.data, 0, region.size);
      region.touched.clear();
      return;
    }
    Bitset& touched = region.touched;
    for (std::uint64_t at = touched.next_word(0); at != Bitset::kNone; at = touched.next_word(at + 1)) {
      zero_pages(region, at << 6, touched.word(at));
      touched.remove_from_word(at, ~std::uint64_t{0});
    }
    if (!region.handed_out) return;
    const Bitset& stays = *region.handed_out;
    for (std::uint64_t at = stays.next_word(0); at != Bitset::kNone; at = stays.next_word(at + 1)) touched.add_to_word(at, stays.word(at));
  }

 private:
  [[gnu::noinline]] static void hold(const Placed& placed, ByteSpan span) {
    placed.held->push_back({placed.region, {placed.skipped + span.offset, span.size}});
  }
  // Puts regions behind what a map has.
  static void append(const Accepted& accepted, Map& map) {
    for (const auto& region : accepted.regions) append(*region, map);
    map.windows.insert(map.windows.end(), accepted.windows.begin(), accepted.windows.end());
    sort(map);
  }
  static void append(Region& region, Map& map) {
    map.regions.push_back(&region);
    map.by_base.push_back(&region);
  }
  static void sort(Map& map) {
    std::ranges::sort(map.by_base, {}, [](const Region* region) { return region->base; });
  }
  void own(Accepted accepted) {
    const auto reservation = std::make_shared<Reservation>(std::move(accepted.reservation));
    for (auto& region : accepted.regions) {
      region->reservation = reservation;
      regions_.push_back(std::move(region));
    }
  }
  // A region goes. While others of its reservation stay, its pages go alone; where the system declines, they stay as long.
  void release(Region& region) {
    Policy::before_release(region);
    if (region.is_own && !pool_->memories.empty()) static_cast<void>(region.reservation->discard(region.mapping));
  }
  // Gives bits to what is mapped where this memory has changed to `changed`, and to what is not. False where there is no room.
  [[nodiscard]] bool rearrange(const Map& changed) {
    const bool is_first = pool_->memories.front() == this;
    const std::vector<Region*>& mapped = is_first ? changed.by_base : pool_->memories.front()->map_.by_base;
    std::vector<Region*> others;
    const auto add = [&](Region* region) {
      if (std::ranges::find(mapped, region) == mapped.end() && std::ranges::find(others, region) == others.end()) others.push_back(region);
    };
    for (const Memory* memory : pool_->memories) {
      for (const auto& region : memory->regions_) add(region.get());
    }
    for (Region* region : changed.by_base) add(region);
    return log_.rearrange(mapped, others);
  }
  // Changes to a map that shows what was accepted. Where that fails, what was accepted goes.
  [[nodiscard]] GmcStatus bring(Accepted accepted, Map changed) {
    for (const auto& region : accepted.regions) region->is_added = true;
    const GmcStatus status = change_to(std::move(changed));
    if (status == GMC_OK) own(std::move(accepted));
    return status;
  }
  [[nodiscard]] GmcStatus change_to(Map changed) {
    if (changed.regions.size() > kRegionsMax) return GMC_NO_MEMORY;
    for (const Region* region : changed.regions) {
      if (!is_mapped(*region) && change_fails()) return GMC_NO_MEMORY;
    }
    if (change_fails()) return GMC_NO_MEMORY;
    std::vector<Region*> gone;  // from this map, or before
    for (const auto& region : regions_) {
      if (std::ranges::find(changed.regions, region.get()) == changed.regions.end()) gone.push_back(region.get());
    }
    if (!rearrange(changed)) return GMC_NO_MEMORY;
    std::swap(map_, changed);
    if (Policy::tells(map_.by_base.size() > changed.by_base.size())) {
      for (Follower* follower : followers_) follower->map_changed();
    }
    for (const Region* region : gone) {
      for (Follower* follower : followers_) follower->region_removed(*region);
    }
    return GMC_OK;
  }

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
  bool is_sharing_ = false;
  std::shared_ptr<Pool<Policy>> pool_;
  std::vector<std::shared_ptr<Region>> regions_;  // all since creation: spaces of removed ones go on
  std::size_t created_ = 0;                       // how many of them were there at creation
  Map created_map_;
  Map map_;
  Row created_row_;
  Row row_;
  DirtyLog<Policy>& log_;
  Faults faults_;
  std::vector<Follower*> followers_;
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_MEMORY_H
