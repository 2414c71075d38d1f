// SPDX-License-Identifier: Apache-2.0 OR MIT
// A space: a whole memory in guest addresses, or one of its regions or a range in addresses from 0. Its methods are the entries of the
// contract's groups.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_SPACE_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_SPACE_H

#include <gmcheck.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "harness/abi/cpp/host.h"
#include "harness/backends/mapped/access.h"
#include "harness/backends/mapped/atomics.h"
#include "harness/backends/mapped/layout.h"
#include "harness/backends/mapped/memory.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/pieces.h"
#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/region.h"

namespace gmc::mapped {

struct Lane;  // there is only the calling thread

template <class Policy>
class Space final : private Pieces<Policy>, private Follower {
  using Base = Pieces<Policy>;
  using Base::exact;
  using Base::failure;
  using Base::map_;
  using Base::mark_range;
  using Base::measure;
  using Base::memory_;
  using Base::options;
  using Base::partial;
  using Base::zero_length;
  using typename Base::Filler;
  using typename Base::Reader;
  using typename Base::Writer;

 public:
  // The root of a memory, or a snapshot.
  Space(std::shared_ptr<Memory<Policy>> memory, GmcSpaceKind kind)
      : Base(std::move(memory), kind == GMC_SPACE_SNAPSHOT),
        kind_(kind),
        follows_(kind == GMC_SPACE_ROOT || Policy::snapshot_follows()),
        in_snapshot_(kind == GMC_SPACE_SNAPSHOT) {
    enter();
  }
  // One region of it.
  Space(std::shared_ptr<Memory<Policy>> memory, Region& region)
      : Base(std::move(memory), region), kind_(GMC_SPACE_REGION), size_(region.size), single_(&region) {
    enter();
  }
  // `size` bytes from `start` of another space. A view of the root shows what is there now, a slice is of its region.
  Space(const Space& parent, std::uint64_t start, std::uint64_t size)
      : Base(parent, start, size),
        kind_(GMC_SPACE_RANGE),
        size_(size),
        start_(parent.start_ + start),
        follows_(parent.follows_ && parent.options().ranges == Ranges::kViews),
        in_snapshot_(parent.in_snapshot_),
        is_dead_(parent.is_dead_) {
    enter();
  }
  ~Space() {
    memory_->mark_held(this->held_);
    memory_->unfollow(*this);
  }
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  [[nodiscard]] Host host() const { return memory_->host(); }
  [[nodiscard]] const Region* single() const { return single_; }  // of a region space; null for a root
  [[nodiscard]] const Memory<Policy>& memory() const { return *memory_; }
  [[nodiscard]] bool is_dead() const { return is_dead_; }

  // ------------------------------------------------------------------------------------------------------------------- memory, space

  GmcOutcome reset(Lane*) {
    memory_->reset();
    return gmc_ok();
  }

  GmcOutcome regions(Lane*, GmcRegionInfo* infos, std::uint64_t room) {
    if (kind_ != GMC_SPACE_ROOT || !Policy::list_fits(parts_.size(), room)) return gmc_outcome(GMC_INVALID_ARGUMENT);
    std::uint64_t count = 0;
    if (options().lists_as_given) {
      for (const Region* region : memory_->map().regions) infos[count++] = Policy::region_info(*region);
    } else {
      for (const RegionPart& part : parts_) infos[count++] = Policy::region_info(*part.region);
    }
    return gmc_ok_count(count);
  }

  GmcOutcome open(Lane*, const GmcSpaceRequest* request, std::unique_ptr<Space>& space) {
    if (request->kind == GMC_SPACE_RANGE) return open_range(request->address, request->size, space);
    if (kind_ != GMC_SPACE_ROOT) return gmc_outcome(GMC_UNSUPPORTED);
    if (request->kind == GMC_SPACE_SNAPSHOT && options().map == MapChanges::kCow) {
      if (memory_->change_fails()) return gmc_outcome(GMC_NO_MEMORY);
      space = std::make_unique<Space>(memory_, GMC_SPACE_SNAPSHOT);
      return gmc_ok();
    }
    if (request->kind != GMC_SPACE_REGION) return gmc_outcome(GMC_UNSUPPORTED);
    const Placed* const hit = this->find(request->address);
    if (hit == nullptr) return gmc_fail_at(GMC_OUT_OF_RANGE, request->address);
    space = std::make_unique<Space>(memory_, *hit->region);
    return gmc_ok();
  }

  // -------------------------------------------------------------------------------------------------------------------- map changes

  GmcOutcome add(Lane*, const GmcEntry* entry, std::unique_ptr<Space>& region) {
    if (options().map == MapChanges::kNone || kind_ != GMC_SPACE_ROOT) return gmc_outcome(GMC_UNSUPPORTED);
    if (entry->backing == GMC_BACKING_SPACE) return insert(*entry, region);
    if (entry->kind != GMC_ENTRY_REGION) return gmc_outcome(GMC_INVALID_ARGUMENT);
    auto accepted = LayoutReader<Policy>(options()).read({entry, 1}, false);
    if (!accepted) return accepted.error();
    if (memory_->change_fails()) return gmc_outcome(GMC_FAULT);
    if (accepted->regions.empty()) return gmc_ok();
    Region& added = *accepted->regions.front();
    if (!fits_windows(added, memory_->windows()) || !memory_->has_place(added)) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const GmcStatus status = memory_->add(*std::move(accepted));
    if (status == GMC_OK) region = give_space(added);
    return gmc_outcome(status);
  }

  GmcOutcome remove(Lane*, std::uint64_t base, std::uint64_t size, std::unique_ptr<Space>& region) {
    if (!takes_away() || kind_ != GMC_SPACE_ROOT) return gmc_outcome(GMC_UNSUPPORTED);
    const Placed* const hit = this->find(base);
    Region* const found = hit == nullptr ? nullptr : hit->region;
    const GmcStatus status = memory_->remove(base, size);
    if (status != GMC_OK || found == nullptr) return gmc_outcome(status);
    region = give_space(*found);
    region->region_removed(*found);
    return gmc_ok();
  }

  GmcOutcome replace(Lane*, const GmcLayout* layout) {
    if (!takes_away() || kind_ != GMC_SPACE_ROOT) return gmc_outcome(GMC_UNSUPPORTED);
    auto accepted = LayoutReader<Policy>(options()).read(*layout);
    if (!accepted) return accepted.error();
    return gmc_outcome(memory_->replace(*std::move(accepted)));
  }

  GmcOutcome protect(Lane*, std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
    if (options().rights != Rights::kPages || kind_ != GMC_SPACE_ROOT) return gmc_outcome(GMC_UNSUPPORTED);
    if ((rights & ~(GMC_RIGHT_READ | GMC_RIGHT_WRITE)) != 0) return gmc_outcome(GMC_INVALID_ARGUMENT);
    return gmc_outcome(size == 0 ? GMC_OK : memory_->protect(address, size, rights));
  }

  // ------------------------------------------------------------------------------------------------------------------- exact accesses

  [[gnu::always_inline]] GmcOutcome read(Lane*, std::uint64_t address, void* buffer, std::uint64_t size) {
    return exact(Path::kRead, address, size, options().zero_bytes, Reader{*this, buffer});
  }
  [[gnu::always_inline]] GmcOutcome write(Lane*, std::uint64_t address, const void* buffer, std::uint64_t size) {
    return exact(Path::kWrite, address, size, options().zero_bytes, Writer{*this, buffer});
  }

  template <class T>
  [[gnu::always_inline]] GmcOutcome load(Lane*, std::uint64_t address) {
    if (const Placed* const hit = this->find(address); hit != nullptr) [[likely]] {
      const Placed& placed = *hit;
      const std::uint64_t offset = Policy::offset(placed, address);
      if (Policy::room(placed, offset) >= sizeof(T) && Policy::permits(placed.rights, GMC_RIGHT_READ, Path::kLoad)) [[likely]] {
        return gmc_ok_value(Policy::template load<T>(placed.data + offset));
      }
    }
    return load_across<T>(address);
  }
  template <class T>
  [[gnu::always_inline]] GmcOutcome store(Lane*, std::uint64_t address, T value) {
    if (const Placed* const hit = this->find(address); hit != nullptr) [[likely]] {
      const Placed& placed = *hit;
      const std::uint64_t offset = Policy::offset(placed, address);
      if (Policy::room(placed, offset) >= sizeof(T) && Policy::permits(placed.rights, GMC_RIGHT_WRITE, Path::kStore)) [[likely]] {
        Policy::template store<T>(placed.data + offset, value);
        memory_->wrote(placed, offset, sizeof(T), sizeof(T), Path::kStore, false);
        return gmc_ok();
      }
    }
    return store_across(address, value);
  }

  // --------------------------------------------------------------------------------------------------------------------------- atomics

  GmcOutcome atomic_load(Lane*, std::uint64_t address, std::uint32_t width, std::uint32_t order) {
    GmcCall call = {};
    call.op = GMC_CALL_ATOMIC_LOAD;
    call.address = address;
    call.size = width;
    call.order = order;
    return atomic(call);
  }
  GmcOutcome atomic_store(Lane*, std::uint64_t address, std::uint32_t width, std::uint64_t value, std::uint32_t order) {
    GmcCall call = {};
    call.op = GMC_CALL_ATOMIC_STORE;
    call.address = address;
    call.size = width;
    call.value = value;
    call.order = order;
    return atomic(call);
  }
  GmcOutcome compare_exchange(Lane*, std::uint64_t address, std::uint32_t width, std::uint64_t expected, std::uint64_t desired,
                              std::uint32_t order, std::uint32_t failure_order) {
    GmcCall call = {};
    call.op = GMC_CALL_COMPARE_EXCHANGE;
    call.address = address;
    call.size = width;
    call.expected = expected;
    call.value = desired;
    call.order = order;
    call.failure_order = failure_order;
    return atomic(call);
  }

  // ------------------------------------------------------------------------------------------------- everything else, as call records

  GmcOutcome call(Lane* lane, const GmcCall& call) {
    switch (call.op) {
      case GMC_CALL_READ:
        return read(lane, call.address, call.buffer, call.size);
      case GMC_CALL_WRITE:
        return write(lane, call.address, call.buffer, call.size);
      case GMC_CALL_LOAD:
        return load_object(call);
      case GMC_CALL_STORE:
        return store_object(call);
      case GMC_CALL_READ_PARTIAL:
        return partial(Path::kReadPartial, call.address, call.size, Reader{*this, call.buffer});
      case GMC_CALL_WRITE_PARTIAL:
        return partial(Path::kWritePartial, call.address, call.size, Writer{*this, call.buffer});
      case GMC_CALL_FILL:
        return exact(Path::kFill, call.address, call.size, options().zero_bytes, Filler{*this, static_cast<std::uint8_t>(call.value)});
      case GMC_CALL_READ_ATOMICS:  // with one thread, bytes that are atomic are bytes
        return exact(Path::kReadAtomics, call.address, call.size, options().zero_bytes, Reader{*this, call.buffer});
      case GMC_CALL_WRITE_ATOMICS:
        return exact(Path::kWriteAtomics, call.address, call.size, options().zero_bytes, Writer{*this, call.buffer});
      case GMC_CALL_READ_FROM:
      case GMC_CALL_READ_FROM_PARTIAL:
      case GMC_CALL_WRITE_TO:
      case GMC_CALL_WRITE_TO_PARTIAL:
        return this->stream(call);
      case GMC_CALL_READ_ARRAY:
        return this->array(Path::kReadArray, call, Reader{*this, call.buffer});
      case GMC_CALL_WRITE_ARRAY:
        return this->array(Path::kWriteArray, call, Writer{*this, call.buffer});
      case GMC_CALL_ZERO_ALL:
        return zero_all();
      case GMC_CALL_DUMP:
        return dump(call.buffer, call.size);
      case GMC_CALL_COPY: {
        auto* const target = reinterpret_cast<Space*>(call.other);
        return target == nullptr ? gmc_outcome(GMC_INVALID_ARGUMENT) : target->copy(*this, call.address, call.other_address, call.size);
      }
      case GMC_CALL_ATOMIC_LOAD:
      case GMC_CALL_ATOMIC_STORE:
      case GMC_CALL_COMPARE_EXCHANGE:
      case GMC_CALL_EXCHANGE:
      case GMC_CALL_FETCH_ADD:
      case GMC_CALL_FETCH_SUB:
      case GMC_CALL_FETCH_AND:
      case GMC_CALL_FETCH_OR:
      case GMC_CALL_FETCH_XOR:
        return atomic(call);
      default:
        return query(call);
    }
  }

  // ----------------------------------------------------------------------------------------------------------------------------- dirty

  GmcOutcome track(Lane*, std::uint32_t on) {
    if (options().dirty != Dirty::kExplicit || kind_ != GMC_SPACE_ROOT) return gmc_outcome(GMC_UNSUPPORTED);
    memory_->mark_held();
    memory_->log().track(on != 0);
    return gmc_ok();
  }

  GmcOutcome arm(Lane*, std::uint32_t fault, std::uint64_t nth) {
    if (kind_ != GMC_SPACE_ROOT) return gmc_outcome(GMC_INVALID_ARGUMENT);
    return gmc_outcome(memory_->arm(fault, nth));
  }

  GmcOutcome mark(Lane*, std::uint64_t address, std::uint64_t size) {
    if (size > 0) mark_range(address, size, Policy::waits_by_hand());
    return gmc_ok();
  }

  GmcOutcome harvest_dense(Lane*, std::uint32_t flags, std::uint64_t* words, std::uint64_t room) {
    // Inside one region: a range over a hole, or over the end of a region, has no granules that are one row.
    const bool is_one_part = kind_ != GMC_SPACE_ROOT && kind_ != GMC_SPACE_SNAPSHOT && parts_.size() == 1 && parts_[0].span.size == size_;
    if (!is_harvest(flags) || !is_one_part) return gmc_outcome(GMC_INVALID_ARGUMENT);
    DirtyLog<Policy>& log = memory_->log();
    if (!Policy::can_harvest(log.is_tracking())) return gmc_outcome(GMC_BAD_STATE);
    memory_->mark_held();
    const std::uint64_t needed = (flags & GMC_HARVEST_READ) != 0 ? log.dense_words(parts_[0]) : 0;
    if (!Policy::harvest_fits(needed, room)) return decline(log);
    if (harvest_fails(flags)) return gmc_outcome(GMC_FAULT);
    log.harvest_dense(parts_[0], flags, words);
    return gmc_ok_count(needed);
  }

  GmcOutcome harvest_sparse(Lane*, std::uint32_t flags, GmcDirtyWord* words, std::uint64_t room) {
    if (!is_harvest(flags)) return gmc_outcome(GMC_INVALID_ARGUMENT);
    DirtyLog<Policy>& log = memory_->log();
    if (!Policy::can_harvest(log.is_tracking())) return gmc_outcome(GMC_BAD_STATE);
    memory_->mark_held();
    const bool can_be_sparse = std::ranges::all_of(memory_->by_base(), [&](const Region* region) { return log.can_be_sparse(*region); });
    if (!can_be_sparse) return gmc_outcome(GMC_UNSUPPORTED);
    const bool reads = (flags & GMC_HARVEST_READ) != 0;
    const std::uint64_t needed = reads ? log.harvest_sparse(parts_, flags, nullptr) : 0;
    if (reads && !Policy::harvest_fits(needed, room)) return decline(log);
    if (harvest_fails(flags)) return gmc_outcome(GMC_FAULT);
    if (!reads) {
      log.clear(parts_);
      return gmc_ok_count(0);
    }
    if (needed > 0) log.harvest_sparse(parts_, flags, words);
    return gmc_ok_count(needed);
  }

 private:
  void enter() {
    memory_->follow(*this);
    list_parts();
  }
  void list_parts() {
    parts_.clear();
    for (const Placed& placed : map_) parts_.push_back(part_of(placed));
    map_.hold_in(memory_->holder(kind_, this->held_));
  }
  void map_changed() override {
    if (!follows_) return;
    if (kind_ == GMC_SPACE_RANGE) {
      this->show(Base(memory_), start_, size_);
    } else {
      this->show_all(in_snapshot_);
    }
    list_parts();
  }
  void region_removed(const Region& region) override {
    if (!Policy::stale_is_denied(options()) || follows_ || in_snapshot_ || parts_.empty() || parts_.front().region != &region) return;
    map_.set_rights(region, 0);
    is_dead_ = true;
  }
  void rights_changed(const Region& region) override {
    if (!is_dead_ && Policy::hears_of_rights(kind_)) map_.set_rights(region, memory_->shown_rights(region));
  }
  void faults_changed() override {
    if (is_dead_) return;
    for (const RegionPart& part : parts_) map_.set_rights(*part.region, memory_->shown_rights(*part.region));
  }

  [[nodiscard]] bool takes_away() const { return options().map == MapChanges::kCow || options().map == MapChanges::kInPlace; }
  // A region comes back where it was, by a space of it.
  GmcOutcome insert(const GmcEntry& entry, std::unique_ptr<Space>& region) {
    const auto* const source = reinterpret_cast<const Space*>(entry.space);
    if (source == nullptr || source->single_ == nullptr || source->memory_ != memory_) return gmc_outcome(GMC_INVALID_ARGUMENT);
    Region& removed = *source->single_;
    if (entry.base != removed.base || entry.size != removed.size) return gmc_outcome(GMC_INVALID_ARGUMENT);
    if (!fits_windows(removed, memory_->windows()) || !memory_->has_place(removed)) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const GmcStatus status = memory_->insert(removed);
    if (status == GMC_OK) region = give_space(removed);
    return gmc_outcome(status);
  }
  [[nodiscard]] std::unique_ptr<Space> give_space(Region& region) const {
    return std::make_unique<Space>(memory_, Policy::handed_out(region, memory_->by_base(), memory_->is_mapped(region)));
  }

  static RegionPart part_of(const Placed& placed) { return {placed.region, {placed.skipped, placed.size}}; }

  GmcOutcome open_range(std::uint64_t address, std::uint64_t size, std::unique_ptr<Space>& space) {
    if (options().ranges == Ranges::kNone) return gmc_outcome(GMC_UNSUPPORTED);
    if (options().ranges == Ranges::kViews && !Policy::range_is_aligned(address, size, options().view_align)) {
      return gmc_outcome(GMC_INVALID_ARGUMENT);
    }
    if (!holds_range(address, size)) return failure(GMC_OUT_OF_RANGE, address, Reach{0, GMC_OUT_OF_RANGE, false, false});
    space = std::make_unique<Space>(*this, Policy::range_start(address), Policy::range_size(size));
    if (Policy::marks_when_opened() && size > 0) mark_range(address, size);
    return gmc_ok();
  }
  // Slices lie inside one region, views anywhere between the first address and the last.
  [[nodiscard]] bool holds_range(std::uint64_t address, std::uint64_t size) {
    if (options().ranges == Ranges::kViews) {
      if (kind_ == GMC_SPACE_ROOT || kind_ == GMC_SPACE_SNAPSHOT) return Policy::fits(address, size, options().last_address + 1);
      return size_ == 0 ? address == 0 && size == 0 : Policy::fits(address, size, size_);
    }
    if (size == 0) return zero_length(options().zero_slice, address, Path::kRead).status == GMC_OK;
    const Placed* const hit = this->find(address);
    return hit != nullptr &&
           Policy::fits_region(size, Policy::room(*hit, Policy::offset(*hit, address)), Policy::next(map_, *hit) != nullptr);
  }

  // For want of room.
  GmcOutcome decline(DirtyLog<Policy>& log) {
    if (Policy::clears_declined()) log.clear(parts_);
    return gmc_outcome(GMC_INVALID_ARGUMENT);
  }
  // Whether a fault that is armed comes now: each region is looked at once, and where there is none the harvest is a use all the same. It
  // comes before anything is cleared.
  [[nodiscard]] bool harvest_fails(std::uint32_t flags) {
    Faults& faults = memory_->faults();
    if (!faults.is_armed(GMC_FAULT_HARVEST)) return false;
    for (std::size_t done = 0; done < std::max<std::size_t>(parts_.size(), 1); ++done) {
      if (!faults.fails(GMC_FAULT_HARVEST)) continue;
      const std::size_t cleared = Policy::cleared_before_fault(done, parts_.size());
      if ((flags & GMC_HARVEST_CLEAR) != 0) memory_->log().clear(std::span(parts_).first(cleared));
      return true;
    }
    return false;
  }

  static bool is_harvest(std::uint32_t flags) { return flags != 0 && (flags & ~(GMC_HARVEST_READ | GMC_HARVEST_CLEAR)) == 0; }

  template <class T>
  [[gnu::noinline]] GmcOutcome load_across(std::uint64_t address) noexcept {
    T value = 0;
    GmcOutcome outcome = exact(Path::kLoad, address, sizeof(T), options().zero_typed, Reader{*this, &value});
    if (outcome.status == GMC_OK) outcome.value = value;
    return outcome;
  }

  template <class T>
  [[gnu::noinline]] GmcOutcome store_across(std::uint64_t address, T value) noexcept {
    return exact(Path::kStore, address, sizeof(T), options().zero_typed, Writer{*this, &value});
  }

  [[nodiscard]] GmcOutcome load_object(const GmcCall& call) {
    switch (call.size) {
      case 1:
        return load<std::uint8_t>(nullptr, call.address);
      case 2:
        return load<std::uint16_t>(nullptr, call.address);
      case 4:
        return load<std::uint32_t>(nullptr, call.address);
      case 8:
        return load<std::uint64_t>(nullptr, call.address);
      case 0:
      case 16:
        return exact(Path::kLoad, call.address, call.size, options().zero_typed, Reader{*this, call.buffer});
      default:
        return gmc_outcome(GMC_UNSUPPORTED);
    }
  }
  [[nodiscard]] GmcOutcome store_object(const GmcCall& call) {
    switch (call.size) {
      case 1:
        return store(nullptr, call.address, static_cast<std::uint8_t>(call.value));
      case 2:
        return store(nullptr, call.address, static_cast<std::uint16_t>(call.value));
      case 4:
        return store(nullptr, call.address, static_cast<std::uint32_t>(call.value));
      case 8:
        return store(nullptr, call.address, call.value);
      case 0:
      case 16:
        return exact(Path::kStore, call.address, call.size, options().zero_typed, Writer{*this, call.buffer});
      default:
        return gmc_outcome(GMC_UNSUPPORTED);
    }
  }

  static Path path_of(std::uint32_t op) {
    if (op == GMC_CALL_ATOMIC_LOAD) return Path::kAtomicLoad;
    if (op == GMC_CALL_ATOMIC_STORE) return Path::kAtomicStore;
    return op == GMC_CALL_COMPARE_EXCHANGE ? Path::kCompareExchange : Path::kExchange;
  }

  // One aligned object in one region (GM-ATOM-005 to -007), or nothing happens.
  [[nodiscard]] GmcOutcome atomic(const GmcCall& call) {
    if (!options().has_atomics) return gmc_outcome(GMC_UNSUPPORTED);
    if (!Policy::has_width(call.size)) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const Path path = path_of(call.op);
    const auto order = Policy::order(call.order, path != Path::kAtomicStore, path != Path::kAtomicLoad);
    const auto order_of_failure =
        path == Path::kCompareExchange ? Policy::failure_order(call.failure_order) : std::optional(__ATOMIC_RELAXED);
    if (!order || !order_of_failure) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const Placed* const hit = this->find(call.address);
    if (hit == nullptr) return failure(GMC_OUT_OF_RANGE, call.address, Reach{0, GMC_OUT_OF_RANGE, false, true});
    const Placed& placed = *hit;
    const std::uint64_t offset = Policy::offset(placed, call.address);
    std::byte* const at = placed.data + offset;
    if (!options().atomics_anywhere && !Policy::is_aligned_for(at, call.size)) return gmc_outcome(GMC_MISALIGNED);
    if (!Policy::fits_one_region(call.size, Policy::room(placed, offset))) return gmc_outcome(GMC_OUT_OF_RANGE);
    if (permitted<Policy>(placed, offset, call.size, Base::right_for(path), path) < call.size) {
      return failure(GMC_DENIED, call.address, Reach{0, GMC_DENIED, false, true});
    }
    const GmcOutcome outcome = atomic_at(at, call, *order, *order_of_failure);
    if (outcome.status == GMC_OK && path != Path::kAtomicLoad) memory_->wrote(placed, offset, call.size, call.size, path, false);
    return outcome;
  }
  [[nodiscard]] static GmcOutcome atomic_at(std::byte* at, const GmcCall& call, int order, int failure) {
    switch (call.size) {
      case 1:
        return atomic_of<std::uint8_t>(at, call, order, failure);
      case 2:
        return atomic_of<std::uint16_t>(at, call, order, failure);
      case 4:
        return atomic_of<std::uint32_t>(at, call, order, failure);
      default:
        return atomic_of<std::uint64_t>(at, call, order, failure);
    }
  }
  template <class T>
  [[nodiscard]] static GmcOutcome atomic_of(std::byte* at, const GmcCall& call, int order, int failure) {
    const auto value = static_cast<T>(call.value);
    if (call.op == GMC_CALL_ATOMIC_LOAD) return gmc_ok_value(mapped::atomic_load<T>(at, order));
    if (call.op == GMC_CALL_ATOMIC_STORE) {
      mapped::atomic_store<T>(at, value, order);
      return gmc_ok();
    }
    if (call.op != GMC_CALL_COMPARE_EXCHANGE) {
      const T old = atomic_update<Policy, T>(at, call.op, value, order);
      return gmc_ok_value(Policy::template told<T>(old, Policy::template combined<T>(call.op, old, value)));
    }
    T expected = static_cast<T>(call.expected);
    const T found = mapped::atomic_load<T>(at, __ATOMIC_RELAXED);
    // What is compared is the policy's; the exchange is the hardware's.
    if (Policy::template is_expected<T>(found, expected)) {
      expected = found;
      if (atomic_compare_exchange<T>(at, expected, value, order, failure)) return gmc_ok();
    } else {
      expected = found;
    }
    const T left = Policy::template left_after_mismatch<T>(expected, value);
    if (left != expected) mapped::atomic_store<T>(at, left, __ATOMIC_RELAXED);
    GmcOutcome outcome = gmc_outcome(GMC_MISMATCH);
    outcome.value = Policy::found_value(expected, call.expected);
    return outcome;
  }

  // Memory that may not be written is left alone (GM-RW-011).
  [[nodiscard]] GmcOutcome zero_all() {
    if (is_dead_) return gmc_outcome(GMC_DENIED);
    for (const Placed& placed : map_) {
      if (!Policy::zeroes(map_, placed)) continue;
      if ((placed.rights & kRightsByPage) != 0) zero_by_page(placed);
      if (!Policy::permits(placed.rights, GMC_RIGHT_WRITE, Path::kZeroAll)) continue;
      if (placed.region->is_own && placed.size == placed.region->size) {
        memory_->zero_touched(*placed.region);  // what was never touched is 0, and a huge region stays untouched
      } else {
        Policy::fill(placed.data, 0, placed.size);
      }
      memory_->zeroed(placed);
    }
    return gmc_ok();
  }

  void zero_by_page(const Placed& placed) {
    constexpr std::uint64_t kPage = std::uint64_t{1} << kPageShift;
    for (std::uint64_t offset = 0; offset < placed.size;) {
      const std::uint64_t size = permitted<Policy>(placed, offset, placed.size - offset, GMC_RIGHT_WRITE, Path::kZeroAll);
      if (size > 0) {
        Policy::fill(placed.data + offset, 0, size);
        memory_->wrote(placed, offset, size, size, Path::kZeroAll, false);
      }
      offset += size;
      // Over the page that may not be written, to the first byte of the next one.
      if (offset < placed.size) offset += kPage - ((placed.region->base + placed.skipped + offset) & (kPage - 1));
    }
  }

  [[nodiscard]] GmcOutcome dump(void* buffer, std::uint64_t size) {
    if (is_dead_) return gmc_outcome(GMC_DENIED);
    const bool is_empty = map_.count() == 0;
    const std::uint64_t needed = is_empty ? 0 : map_.end()[-1].start + map_.end()[-1].size;
    if (needed == 0 && !is_empty) return gmc_outcome(GMC_INVALID_ARGUMENT);  // a space up to 2^64 fits in no buffer
    if (options().dump_needs_exact_length ? size != needed : size < needed) return gmc_outcome(GMC_INVALID_ARGUMENT);
    std::uint64_t packed = 0;
    for (const Placed& placed : map_) {
      Policy::copy_out(static_cast<std::byte*>(buffer) + Policy::dump_position(placed, packed), placed.data, placed.size);
      packed += placed.size;
    }
    return gmc_ok();
  }

  [[nodiscard]] GmcOutcome query(const GmcCall& call) {
    switch (call.op) {
      case GMC_CALL_CHECK_RANGE:
        return check_range(call.address, call.size, call.rights);
      case GMC_CALL_CHECKED_OFFSET: {
        if (Policy::sum_wraps(call.address, call.size)) return gmc_outcome(GMC_NOT_FOUND);
        const std::uint64_t sum = call.address + call.size;
        return this->find(sum) == nullptr ? gmc_outcome(GMC_NOT_FOUND) : gmc_ok_value(sum);
      }
      case GMC_CALL_LAST_ADDRESS:
        return map_.count() == 0 ? gmc_outcome(GMC_NOT_FOUND) : gmc_ok_value(Policy::last_address(map_));
      case GMC_CALL_FIND: {
        if (kind_ != GMC_SPACE_ROOT && kind_ != GMC_SPACE_SNAPSHOT) return gmc_outcome(GMC_INVALID_ARGUMENT);
        const Placed* const hit = this->find(call.address);
        if (hit == nullptr) return gmc_outcome(GMC_NOT_FOUND);
        GmcOutcome outcome = gmc_ok_count(hit->size);
        outcome.value = hit->start;
        return outcome;
      }
      case GMC_CALL_ALIGNED_REFERENCE:
      case GMC_CALL_ATOMIC_REFERENCE:
        return reference(call.address, call.size, call.rights);
      case GMC_CALL_SLICES:
        return this->slices(call.address, call.size, static_cast<GmcPiece*>(call.buffer), call.expected);
      case GMC_CALL_IOVA: {
        const Placed* const hit = options().has_iova ? this->find(call.address) : nullptr;
        if (hit == nullptr) return gmc_outcome(options().has_iova ? GMC_NOT_FOUND : GMC_UNSUPPORTED);
        const std::uint64_t gpa = hit->region->base + hit->skipped + Policy::offset(*hit, call.address);
        return gmc_ok_value(Policy::iova(options().iova_base, gpa, call.address));
      }
      case GMC_CALL_TOTAL_SIZE: {
        std::uint64_t total = 0;
        for (const Placed& placed : map_) {
          if (Policy::counts(*placed.region, options())) total = Policy::total_size(total, placed);
        }
        return gmc_ok_value(total);
      }
      case GMC_CALL_FDS_OVERLAP:
        return fds_overlap(reinterpret_cast<const Space*>(call.other));
      case GMC_CALL_HOST_ADDRESS:
        return host_address(call.address, call.size, call.rights);
      default:
        return gmc_outcome(GMC_UNSUPPORTED);
    }
  }

  [[nodiscard]] GmcOutcome check_range(std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
    if ((rights & ~(GMC_RIGHT_READ | GMC_RIGHT_WRITE)) != 0) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const Path path = (rights & GMC_RIGHT_WRITE) != 0 ? Path::kWrite : Path::kRead;
    // Of no bytes the address alone decides (GM-ADDR-007).
    if (size == 0) return gmc_ok_value(zero_length(options().zero_query, address, Path::kRead).status == GMC_OK ? 1 : 0);
    const Reach reach = measure(address, size, rights, path);
    return gmc_ok_value(Policy::range_is_ok(map_, address, size, reach) ? 1 : 0);
  }

  [[nodiscard]] GmcOutcome fds_overlap(const Space* other) const {
    if (single_ == nullptr || other == nullptr || other->single_ == nullptr) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const GmcEntry& here = single_->entry;
    const GmcEntry& there = other->single_->entry;
    const bool both_files = here.backing == GMC_BACKING_FD && there.backing == GMC_BACKING_FD;
    return gmc_ok_value(both_files && Policy::extents_overlap(here, there) ? 1 : 0);
  }

  // As a pointer to the object, where that has its alignment.
  [[nodiscard]] GmcOutcome reference(std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
    if (!std::has_single_bit(size) || size > 8) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const Placed* const hit = this->find(address);
    if (hit == nullptr) return gmc_fail_at(GMC_OUT_OF_RANGE, address);
    const std::uint64_t offset = Policy::offset(*hit, address);
    if (!Policy::may_refer(hit->data + offset, hit->region->base + hit->skipped + offset, size)) return gmc_outcome(GMC_MISALIGNED);
    return host_address(address, size, rights);
  }

  // The pointer is good up to the end of its region, so the range has to lie within it.
  [[nodiscard]] GmcOutcome host_address(std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
    const Placed* const hit = this->find(address);
    if (hit == nullptr) return gmc_fail_at(GMC_OUT_OF_RANGE, address);
    const Placed& placed = *hit;
    const std::uint64_t offset = Policy::offset(placed, address);
    if (!Policy::pointer_reaches(size, Policy::room(placed, offset))) return gmc_outcome(GMC_OUT_OF_RANGE);
    const Path path = (rights & GMC_RIGHT_WRITE) != 0 ? Path::kWrite : Path::kRead;
    const std::uint64_t asked = std::max<std::uint64_t>(size, 1);
    if (permitted<Policy>(placed, offset, asked, rights, path) < asked)
      return failure(GMC_DENIED, address, Reach{0, GMC_DENIED, false, false});
    if (path == Path::kWrite) hand_out(*placed.region, placed.skipped + offset, asked);
    return gmc_ok_value(reinterpret_cast<std::uintptr_t>(Policy::pointer(placed, offset)));
  }

  GmcSpaceKind kind_;
  std::uint64_t size_ = 0;   // bytes from its first address to its last; of a root nothing
  std::uint64_t start_ = 0;  // of a range that follows the root: its first address there
  bool follows_ = false;     // the root's changes
  bool in_snapshot_ = false;
  bool is_dead_ = false;           // its region was removed, and every access is denied
  std::vector<RegionPart> parts_;  // what it shows, ascending
  Region* single_ = nullptr;       // of a region space
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_SPACE_H
