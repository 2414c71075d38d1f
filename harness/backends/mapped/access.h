// SPDX-License-Identifier: Apache-2.0 OR MIT
// Exact and partial accesses to the ranges of one map.
//
// An access that lies in one region with the right to it, which is nearly every access, costs a lookup, a comparison and the copy.
// Everything else goes through Walk: first to see how far it comes, then to move what the profile says is moved.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_ACCESS_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_ACCESS_H

#include <gmcheck.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "harness/backends/mapped/copy.h"
#include "harness/backends/mapped/memory.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/region.h"
#include "harness/backends/mapped/walk.h"

namespace gmc::mapped {

template <class Policy>
class Access {
 public:
  // All of a memory, in guest addresses.
  explicit Access(std::shared_ptr<Memory<Policy>> memory, bool is_snapshot = false) : memory_(std::move(memory)) { show_all(is_snapshot); }
  // One region of it, in addresses from 0.
  Access(std::shared_ptr<Memory<Policy>> memory, Region& region) : memory_(std::move(memory)), origin_(region.base) {
    map_.append({0, region.size, region.data, &region, memory_->shown_rights(region)});
  }
  // `size` bytes from `start` of another space, in addresses from 0.
  Access(const Access& parent, std::uint64_t start, std::uint64_t size)
      : memory_(parent.memory_), origin_(Policy::range_origin(parent.origin_, start)), is_empty_range_(size == 0) {
    show(parent, start, size);
  }

 protected:
  void show_all(bool is_snapshot) {
    map_.clear();
    windows_ = memory_->windows();
    for (Region* region : memory_->by_base()) {
      std::byte* const data = is_snapshot             ? Policy::shown_in_snapshot(*region)
                              : memory_->is_sharing() ? Policy::shown_in_sharing(*region)
                                                      : region->data;
      map_.append({region->base, region->size, data, region, memory_->shown_rights(*region)});
    }
  }
  // A part of what another space shows.
  void show(const Access& parent, std::uint64_t start, std::uint64_t size) {
    map_.clear();
    windows_.clear();
    for (const Placed& whole : parent.map_) {
      const std::uint64_t skipped = start > whole.start ? start - whole.start : 0;
      if (skipped >= whole.size) continue;
      const std::uint64_t at = whole.start + skipped - start;
      if (at >= size) continue;
      map_.append({at, std::min(whole.size - skipped, size - at), whole.data + skipped, whole.region, Policy::range_rights(whole),
                   whole.skipped + skipped});
    }
    for (const Window& window : parent.windows_) {
      if (size == 0 || window.last < start || (window.first > start && window.first - start >= size)) continue;
      windows_.push_back({window.first > start ? window.first - start : 0, std::min(window.last - start, size - 1)});
    }
  }

  // What is done with each piece of a range. `left`: bytes of the request from the piece's first one on; `failed`: the access fails later.
  struct Reader {
    Access& access;
    void* buffer;
    void operator()(Path, const Piece& piece, std::uint64_t, bool) const {
      std::byte* const target = static_cast<std::byte*>(buffer) + Policy::cursor(piece.done);
      if (piece.placed != nullptr) {
        Policy::copy_out(target, piece.placed->data + piece.offset, piece.size);
      } else {
        std::memset(target, access.options().discard_value, piece.size);
      }
    }
  };
  struct Writer {
    Access& access;
    const void* buffer;
    void operator()(Path path, const Piece& piece, std::uint64_t left, bool failed) const {
      if (piece.placed == nullptr) return;
      const std::byte* const source = static_cast<const std::byte*>(buffer) + Policy::cursor(piece.done);
      Policy::copy_in(piece.placed->data + piece.offset, source, piece.size);
      access.memory_->wrote(*piece.placed, piece.offset, piece.size, left, path, failed);
    }
  };
  struct Filler {
    Access& access;
    std::uint8_t value;
    void operator()(Path path, const Piece& piece, std::uint64_t left, bool failed) const {
      if (piece.placed == nullptr) return;
      Policy::fill(piece.placed->data + piece.offset, value, piece.size);
      access.memory_->wrote(*piece.placed, piece.offset, piece.size, left, path, failed);
    }
  };

  [[nodiscard]] const Options& options() const { return memory_->options(); }
  static std::uint32_t right_for(Path path) { return is_writing(path) ? GMC_RIGHT_WRITE : GMC_RIGHT_READ; }
  [[nodiscard]] const Placed* find(std::uint64_t address) { return mapped::find<Policy>(map_, address); }

  template <class Mover>
  [[gnu::always_inline]] GmcOutcome exact(Path path, std::uint64_t address, std::uint64_t size, ZeroLength rule, const Mover& mover) {
    if (size == 0) return zero_length(rule, address, path);
    if (const Placed* const hit = find(address); hit != nullptr) [[likely]] {
      const Placed& placed = *hit;
      const std::uint64_t offset = Policy::offset(placed, address);
      if (size <= Policy::room(placed, offset) && Policy::permits(placed.rights, right_for(path), path)) [[likely]] {
        mover(path, Piece{&placed, offset, 0, size}, size, false);
        return gmc_ok();
      }
    }
    return exact_across(path, address, size, mover);
  }

  template <class Mover>
  [[gnu::noinline]] GmcOutcome exact_across(Path path, std::uint64_t address, std::uint64_t size, const Mover& mover) noexcept {
    if (meets_fault(path, address, size, mover)) [[unlikely]]
      return gmc_outcome(GMC_FAULT);
    const Reach reach = measure(address, size, right_for(path), path);
    if (Policy::is_done(map_, address, size, reach)) {
      transfer(path, address, size, size, mover, false);
      return gmc_ok();
    }
    const std::uint64_t kept = Policy::kept(reach, options(), path);
    transfer(path, address, kept, size, mover, true);
    if (kept > 0) approximate(path, address, size);
    GmcOutcome outcome = failure(Policy::exact_status(kept, reach.stop), address, reach);
    if (outcome.status == GMC_SHORT && options().reports_count) {
      outcome.flags |= GMC_HAS_COUNT;
      outcome.count = Policy::reported_count(kept);
    }
    return outcome;
  }

  template <class Mover>
  GmcOutcome partial(Path path, std::uint64_t address, std::uint64_t size, const Mover& mover) {
    if (size == 0) {
      GmcOutcome outcome = zero_length(options().zero_bytes, address, path);
      if (outcome.status == GMC_OK) outcome.flags |= GMC_HAS_COUNT;
      return outcome;
    }
    if (meets_fault(path, address, size, mover)) [[unlikely]]
      return gmc_outcome(GMC_FAULT);
    const Reach reach = measure(address, size, right_for(path), path);
    transfer(path, address, reach.done, size, mover, reach.stop != GMC_OK);
    if (reach.done > 0) approximate(path, address, size);
    const GmcStatus status = Policy::partial_status(reach.done, reach.stop);
    return status == GMC_OK ? gmc_ok_count(Policy::reported_count(reach.done)) : failure(status, address, reach);
  }

  // Whether a fault that is armed comes now: each piece is looked up once, and the first of none as well. It comes before a byte is moved.
  template <class Mover>
  bool meets_fault(Path path, std::uint64_t address, std::uint64_t size, const Mover& mover) {
    Faults& faults = memory_->faults();
    if (!faults.is_armed(GMC_FAULT_ACCESS)) return false;
    Walk<Policy> walk(map_, windows_, options(), address, size, right_for(path), path);
    Piece piece;
    bool comes = false;
    bool goes_on = true;
    while (goes_on && !comes) {
      comes = faults.fails(GMC_FAULT_ACCESS);
      if (!comes) goes_on = walk.next(piece) && walk.reach().done < size;
    }
    if (!comes) return false;
    memory_->tell_of_faults();
    transfer(path, address, Policy::moved_before_fault(walk.reach().done), size, mover, true);
    return true;
  }

  // Copies `size` bytes from `from` of `source` to `to` of this space, all of them or none (GM-RW-012).
  [[nodiscard]] GmcOutcome copy(Access& source, std::uint64_t from, std::uint64_t to, std::uint64_t size) {
    if (size == 0) {
      const GmcOutcome passed = source.zero_length(options().zero_bytes, from, Path::kCopySource);
      return passed.status == GMC_OK ? zero_length(options().zero_bytes, to, Path::kCopyTarget) : passed;
    }
    const Reach readable = source.measure(from, size, GMC_RIGHT_READ, Path::kCopySource);
    const Reach writable = measure(to, size, GMC_RIGHT_WRITE, Path::kCopyTarget);
    const bool is_whole = readable.stop == GMC_OK && writable.stop == GMC_OK;
    copy_pieces(source, from, to, is_whole ? size : Policy::copied_in_failure(std::min(readable.done, writable.done)));
    if (is_whole) return gmc_ok();
    return readable.stop != GMC_OK ? source.failure(readable.stop, from, readable) : failure(writable.stop, to, writable);
  }

  // Marks the granules of a range without a write, as `mark` does, or later, as what is written through the space; what lies outside of it
  // is ignored. size > 0.
  void mark_range(std::uint64_t address, std::uint64_t size, bool may_wait = false) {
    DirtyLog<Policy>& log = memory_->log();
    if (!log.is_tracking()) return;
    for (Placed placed : map_) {
      if (!may_wait) placed.held = nullptr;
      memory_->mark(placed, Policy::marked_by_hand(placed, address, size));
    }
  }
  // What over-approximation adds to a write that moved only a part of what it was asked to (GM-DIRTY-005).
  void approximate(Path path, std::uint64_t address, std::uint64_t size) {
    if (options().marks_request && is_writing(path)) mark_range(address, size, true);
  }

  [[nodiscard]] Reach measure(std::uint64_t address, std::uint64_t size, std::uint32_t rights, Path path) {
    Walk<Policy> walk(map_, windows_, options(), address, size, rights, path);
    for (Piece piece; walk.next(piece);) {
    }
    return walk.reach();
  }

  // Moves the first `size` bytes of a request of `requested`.
  template <class Mover>
  void transfer(Path path, std::uint64_t address, std::uint64_t size, std::uint64_t requested, const Mover& mover, bool failed) {
    if (size == 0) return;
    Walk<Policy> walk(map_, windows_, options(), address, size, right_for(path), path);
    for (Piece piece; walk.next(piece);) mover(path, piece, requested - piece.done, failed);
  }

  // A failure at the byte behind `reach`, with its address in the memory where there is one.
  [[nodiscard]] GmcOutcome failure(GmcStatus status, std::uint64_t address, const Reach& reach) const {
    const std::uint64_t at = address + reach.done;
    if (!reach.has_address || at > ~std::uint64_t{0} - origin_) return gmc_outcome(status);
    return gmc_fail_at(status, Policy::reported_address(origin_, at));
  }

  [[nodiscard]] GmcOutcome zero_length(ZeroLength rule, std::uint64_t address, Path path) {
    const Placed* const hit = find(address);
    const bool starts_inside = hit != nullptr;
    if (!Policy::accepts_zero_length(rule, starts_inside, starts_inside || is_behind_region(address))) {
      return failure(GMC_OUT_OF_RANGE, address, Reach{0, GMC_OUT_OF_RANGE, false, true});
    }
    if (starts_inside && Policy::empty_needs_right(path) && !Policy::permits(hit->rights, right_for(path), path)) {
      return failure(GMC_DENIED, address, Reach{0, GMC_DENIED, false, true});
    }
    return gmc_ok();
  }

  // Whether `address` is the first one behind a region, or the end of a range without a byte. Behind one that ends at 2^64 there is none.
  [[nodiscard]] bool is_behind_region(std::uint64_t address) const {
    if (is_empty_range_ && address == 0) return true;
    return std::ranges::any_of(map_, [&](const Placed& placed) { return address > placed.start && address - placed.start == placed.size; });
  }

  void copy_pieces(Access& source, std::uint64_t from, std::uint64_t to, std::uint64_t size) {
    if (size == 0) return;
    std::vector<CopyPiece> pieces;
    Walk<Policy> read(source.map_, source.windows_, options(), from, size, GMC_RIGHT_READ, Path::kCopySource);
    Walk<Policy> written(map_, windows_, options(), to, size, GMC_RIGHT_WRITE, Path::kCopyTarget);
    pair_pieces(read, written, size, pieces);
    if (Policy::goes_backwards(source.origin_ + from, origin_ + to)) std::ranges::reverse(pieces);
    for (const CopyPiece& piece : pieces) copy_piece(piece);
  }
  void copy_piece(const CopyPiece& piece) {
    if (piece.target == nullptr) return;
    std::byte* const target = piece.target->data + piece.target_offset;
    if (piece.source == nullptr) {
      Policy::fill(target, options().discard_value, piece.size);
    } else {
      Policy::move(target, piece.source->data + piece.source_offset, piece.size);
    }
    memory_->wrote(*piece.target, piece.target_offset, piece.size, piece.size, Path::kCopyTarget, false);
  }

  std::shared_ptr<Memory<Policy>> memory_;
  RegionMap map_;
  std::vector<Window> windows_;
  std::uint64_t origin_ = 0;  // the memory's address of this map's address 0
  bool is_empty_range_ = false;
  Held held_;  // what is marked when the space is closed
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_ACCESS_H
