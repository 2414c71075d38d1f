// SPDX-License-Identifier: Apache-2.0 OR MIT
// A space: a whole memory in guest addresses, or one of its regions in addresses from 0. Its methods are the entries of the contract's
// groups.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_SPACE_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_SPACE_H

#include <gmcheck.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "harness/abi/cpp/host.h"
#include "harness/backends/mapped/access.h"
#include "harness/backends/mapped/memory.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/region.h"

namespace gmc::mapped {

struct Lane;  // there is only the calling thread

template <class Policy>
class Space : private Access<Policy> {
  using Base = Access<Policy>;
  using Base::exact;
  using Base::failure;
  using Base::map_;
  using Base::measure;
  using Base::memory_;
  using Base::options;
  using Base::partial;
  using Base::zero_length;
  using typename Base::Filler;
  using typename Base::Reader;
  using typename Base::Writer;

 public:
  // The root of a memory.
  explicit Space(std::shared_ptr<Memory<Policy>> memory) : Base(std::move(memory)), regions_(memory_->by_base()) {}
  // One region of it.
  Space(std::shared_ptr<Memory<Policy>> memory, Region& region) : Base(std::move(memory), region), regions_({&region}), single_(&region) {}

  [[nodiscard]] Host host() const { return memory_->host(); }
  [[nodiscard]] const Region* single() const { return single_; }  // of a region space; null for a root
  [[nodiscard]] const Memory<Policy>& memory() const { return *memory_; }

  // ------------------------------------------------------------------------------------------------------------------- memory, space

  GmcOutcome reset(Lane*) {
    memory_->reset();
    return gmc_ok();
  }

  GmcOutcome regions(Lane*, GmcRegionInfo* infos, std::uint64_t room) {
    if (room < regions_.size()) return gmc_outcome(GMC_INVALID_ARGUMENT);
    if (single_ != nullptr) {
      infos[0] = {0, single_->size, single_->rights, 0};
      return gmc_ok_count(1);
    }
    std::uint64_t count = 0;
    if (options().lists_as_given) {
      for (const auto& region : memory_->regions()) infos[count++] = Policy::region_info(*region);
    } else {
      for (const Region* region : regions_) infos[count++] = Policy::region_info(*region);
    }
    return gmc_ok_count(count);
  }

  GmcOutcome open(Lane*, const GmcSpaceRequest* request, std::unique_ptr<Space>& space) {
    if (request->kind != GMC_SPACE_REGION || single_ != nullptr) return gmc_outcome(GMC_UNSUPPORTED);
    const std::size_t hit = this->find(request->address);
    if (hit == kNoRegion) return gmc_fail_at(GMC_OUT_OF_RANGE, request->address);
    space = std::make_unique<Space>(memory_, *map_[hit].region);
    return gmc_ok();
  }

  // ------------------------------------------------------------------------------------------------------------------- exact accesses

  GmcOutcome read(Lane*, std::uint64_t address, void* buffer, std::uint64_t size) {
    return exact(Path::kRead, address, size, options().zero_bytes, Reader{*this, buffer});
  }
  GmcOutcome write(Lane*, std::uint64_t address, const void* buffer, std::uint64_t size) {
    return exact(Path::kWrite, address, size, options().zero_bytes, Writer{*this, buffer});
  }

  template <class T>
  GmcOutcome load(Lane*, std::uint64_t address) {
    const std::size_t hit = this->find(address);
    if (hit != kNoRegion) [[likely]] {
      const Placed& placed = map_[hit];
      const std::uint64_t offset = Policy::offset(placed, address);
      if (Policy::room(placed, offset) >= sizeof(T) && Policy::permits(placed.rights, GMC_RIGHT_READ, Path::kLoad)) [[likely]] {
        return gmc_ok_value(Policy::template load<T>(placed.data + offset));
      }
    }
    return load_across<T>(address);
  }
  template <class T>
  GmcOutcome store(Lane*, std::uint64_t address, T value) {
    const std::size_t hit = this->find(address);
    if (hit != kNoRegion) [[likely]] {
      const Placed& placed = map_[hit];
      const std::uint64_t offset = Policy::offset(placed, address);
      if (Policy::room(placed, offset) >= sizeof(T) && Policy::permits(placed.rights, GMC_RIGHT_WRITE, Path::kStore)) [[likely]] {
        Policy::template store<T>(placed.data + offset, value);
        memory_->wrote(placed, offset, sizeof(T), sizeof(T), Path::kStore, false);
        return gmc_ok();
      }
    }
    return exact(Path::kStore, address, sizeof(T), options().zero_typed, Writer{*this, &value});
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
      case GMC_CALL_ZERO_ALL:
        return zero_all();
      case GMC_CALL_DUMP:
        return dump(call.buffer, call.size);
      default:
        return query(call);
    }
  }

  // ----------------------------------------------------------------------------------------------------------------------------- dirty

  GmcOutcome track(Lane*, std::uint32_t on) {
    if (options().dirty != Dirty::kExplicit) return gmc_outcome(GMC_UNSUPPORTED);
    memory_->log().track(on != 0);
    return gmc_ok();
  }

  GmcOutcome mark(Lane*, std::uint64_t address, std::uint64_t size) {
    if (size == 0 || !memory_->log().is_tracking()) return gmc_ok();
    for (std::size_t i = 0; i < map_.count(); ++i) memory_->log().mark(*map_[i].region, Policy::marked_by_hand(map_[i], address, size));
    return gmc_ok();
  }

  GmcOutcome harvest_dense(Lane*, std::uint32_t flags, std::uint64_t* words, std::uint64_t room) {
    if (!is_harvest(flags) || single_ == nullptr) return gmc_outcome(GMC_INVALID_ARGUMENT);
    DirtyLog<Policy>& log = memory_->log();
    if (!Policy::can_harvest(log.is_tracking())) return gmc_outcome(GMC_BAD_STATE);
    const std::uint64_t needed = (flags & GMC_HARVEST_READ) != 0 ? log.dense_words(*single_) : 0;
    if (room < needed) return gmc_outcome(GMC_INVALID_ARGUMENT);
    log.harvest_dense(*single_, flags, words);
    return gmc_ok_count(needed);
  }

  GmcOutcome harvest_sparse(Lane*, std::uint32_t flags, GmcDirtyWord* words, std::uint64_t room) {
    if (!is_harvest(flags)) return gmc_outcome(GMC_INVALID_ARGUMENT);
    DirtyLog<Policy>& log = memory_->log();
    if (!Policy::can_harvest(log.is_tracking())) return gmc_outcome(GMC_BAD_STATE);
    if ((flags & GMC_HARVEST_READ) == 0) {
      log.clear(regions_);
      return gmc_ok_count(0);
    }
    const bool is_aligned = std::ranges::all_of(regions_, [&](const Region* region) { return log.can_be_sparse(*region); });
    if (!is_aligned) return gmc_outcome(GMC_UNSUPPORTED);
    const std::uint64_t needed = log.harvest_sparse(regions_, flags, nullptr);
    if (room < needed) return gmc_outcome(GMC_INVALID_ARGUMENT);
    if (needed > 0) log.harvest_sparse(regions_, flags, words);
    return gmc_ok_count(needed);
  }

 private:
  static bool is_harvest(std::uint32_t flags) { return flags != 0 && (flags & ~(GMC_HARVEST_READ | GMC_HARVEST_CLEAR)) == 0; }

  template <class T>
  [[gnu::noinline]] GmcOutcome load_across(std::uint64_t address) {
    T value = 0;
    GmcOutcome outcome = exact(Path::kLoad, address, sizeof(T), options().zero_typed, Reader{*this, &value});
    if (outcome.status == GMC_OK) outcome.value = value;
    return outcome;
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

  // Memory that may not be written is left alone (GM-RW-011).
  [[nodiscard]] GmcOutcome zero_all() {
    for (std::size_t i = 0; i < map_.count(); ++i) {
      if (!Policy::zeroes(map_, i) || !Policy::permits(map_[i].rights, GMC_RIGHT_WRITE, Path::kZeroAll)) continue;
      const Placed& placed = map_[i];
      if (placed.region->is_own) {
        memory_->zero_touched(*placed.region);  // what was never touched is 0, and a huge region stays untouched
      } else {
        Policy::fill(placed.data, 0, placed.size);
      }
      memory_->zeroed(placed);
    }
    return gmc_ok();
  }

  [[nodiscard]] GmcOutcome dump(void* buffer, std::uint64_t size) {
    const std::uint64_t last = map_.count() == 0 ? ~std::uint64_t{0} : map_[map_.count() - 1].start + (map_[map_.count() - 1].size - 1);
    const std::uint64_t needed = last + 1;  // 0 for an empty space, and for one that reaches the top and so fits in no buffer
    const bool fits = options().dump_needs_exact_length ? size == needed : size >= needed;
    if (!fits || (needed == 0 && map_.count() != 0)) return gmc_outcome(GMC_INVALID_ARGUMENT);
    std::uint64_t packed = 0;
    for (std::size_t i = 0; i < map_.count(); ++i) {
      Policy::copy_out(static_cast<std::byte*>(buffer) + Policy::dump_position(map_[i], packed), map_[i].data, map_[i].size);
      packed += map_[i].size;
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
        return this->find(sum) == kNoRegion ? gmc_outcome(GMC_NOT_FOUND) : gmc_ok_value(sum);
      }
      case GMC_CALL_LAST_ADDRESS:
        return map_.count() == 0 ? gmc_outcome(GMC_NOT_FOUND) : gmc_ok_value(Policy::last_address(map_));
      case GMC_CALL_FIND: {
        const std::size_t hit = this->find(call.address);
        if (hit == kNoRegion) return gmc_outcome(GMC_NOT_FOUND);
        GmcOutcome outcome = gmc_ok_count(map_[hit].size);
        outcome.value = map_[hit].start;
        return outcome;
      }
      case GMC_CALL_TOTAL_SIZE: {
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < map_.count(); ++i) total = Policy::total_size(total, map_[i]);
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
    if (size == 0) return gmc_ok_value(zero_length(options().zero_query, address, path).status == GMC_OK ? 1 : 0);
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

  // The pointer is good up to the end of its region, so the range has to lie within it.
  [[nodiscard]] GmcOutcome host_address(std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
    const std::size_t hit = this->find(address);
    if (hit == kNoRegion) return gmc_fail_at(GMC_OUT_OF_RANGE, address);
    const Placed& placed = map_[hit];
    const std::uint64_t offset = Policy::offset(placed, address);
    if (size > Policy::room(placed, offset)) return gmc_outcome(GMC_OUT_OF_RANGE);
    const Path path = (rights & GMC_RIGHT_WRITE) != 0 ? Path::kWrite : Path::kRead;
    if (!Policy::permits(placed.rights, rights, path)) return failure(GMC_DENIED, address, Reach{0, GMC_DENIED, false, true});
    if (path == Path::kWrite) placed.region->was_handed_out = true;
    return gmc_ok_value(reinterpret_cast<std::uintptr_t>(placed.data + offset));
  }

  std::vector<Region*> regions_;  // of this space, ascending
  Region* single_ = nullptr;
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_SPACE_H
