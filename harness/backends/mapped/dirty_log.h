// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which granules of a memory were written: one bit each, for all regions in one set, so that two regions that share a granule share its
// bit.
//
// Single-threaded: a mark is a plain read-modify-write. Before `concurrency` says anything else, marking needs a locked instruction, or a
// membarrier between clearing and returning in the harvest.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_DIRTY_LOG_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_DIRTY_LOG_H

#include <gmcheck.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "harness/backends/mapped/bitset.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/region.h"

namespace gmc::mapped {

template <class Policy>
class DirtyLog {
 public:
  // Gives every region its bits; `regions` ascend by base and are not empty. False where there is no room.
  [[nodiscard]] bool prepare(const Options& options, std::span<Region* const> regions) {
    options_ = options;
    shift_ = static_cast<unsigned>(std::countr_zero(options.granule));
    if (!rearrange(regions, {})) return false;
    is_tracking_ = starts_tracking();
    return true;
  }

  // Gives the regions of a changed map their bits, and those that were removed bits of their own, so that they mark nothing that is shown.
  // Regions keep what is marked. False where there is no room; then nothing has changed.
  [[nodiscard]] bool rearrange(std::span<Region* const> mapped, std::span<Region* const> removed) {
    struct Place {
      Region* region;
      std::uint64_t first, count;  // of its bits before; none for a new one
    };
    std::vector<Place> before;
    for (const auto regions : {mapped, removed}) {
      for (Region* region : regions) before.push_back({region, region->first_granule, region->granule_count});
    }
    const std::uint64_t count = give_bits(mapped, removed);
    if (options_.dirty == Dirty::kNone) return true;
    auto bits = Bitset::make(count);
    if (!bits) {
      for (const Place& place : before) place.region->first_granule = place.first;
      return false;
    }
    for (const Place& place : before) {
      if (place.count > 0 && Policy::keeps_marks()) copy_bits(place.first, place.count, place.region->first_granule, *bits);
    }
    bits_ = std::move(*bits);
    count_ = count;
    return true;
  }

  [[nodiscard]] bool is_tracking() const { return is_tracking_; }

  void track(bool on) {
    if (on && Policy::begins_anew(is_tracking_)) {
      bits_.clear();
      if (options_.starts_all_dirty && count_ > 0) bits_.add_range(0, count_ - 1);
    }
    is_tracking_ = on;
  }

  void reset() {
    if (Policy::resets_dirty()) bits_.clear();
    is_tracking_ = Policy::tracking_after_reset(is_tracking_, starts_tracking());
  }

  // Marks the granules of a part of a region; nothing for an empty part.
  [[gnu::always_inline]] void mark(const Region& region, ByteSpan span) {
    if (span.size == 0) return;
    const std::uint64_t first = region.granule_bias + span.offset;
    const std::uint64_t last = Policy::last_position(first, span.size);
    bits_.add_range(region.first_granule + Policy::granule(first, shift_), region.first_granule + Policy::granule(last, shift_));
  }

  [[nodiscard]] std::uint64_t dense_words(const RegionPart& part) const {
    const auto [first, last] = bits_of(part);
    return Policy::word_count(last - first + 1);
  }

  // Reports into dense_words(part) words where `flags` has READ, and clears where it has CLEAR.
  void harvest_dense(const RegionPart& part, std::uint32_t flags, std::uint64_t* words) {
    const bool reads = (flags & GMC_HARVEST_READ) != 0;
    if (reads) std::fill_n(words, dense_words(part), std::uint64_t{0});
    take(part, flags, 0, [&](std::uint64_t index, std::uint64_t bits) {
      if (reads) words[index] |= bits;
    });
  }

  // Whether granules of the region are granules of the memory too, as a sparse harvest counts them.
  [[nodiscard]] bool can_be_sparse(const Region& region) const {
    return options_.origin == DirtyOrigin::kGpa || (region.base & (options_.granule - 1)) == 0;
  }

  // Reports the words of `parts`, which ascend, and answers their number. With null words they are counted and nothing is cleared.
  std::uint64_t harvest_sparse(std::span<const RegionPart> parts, std::uint32_t flags, GmcDirtyWord* words) {
    std::uint64_t count = 0;
    std::uint64_t last_index = 0;
    const std::uint32_t effect = words == nullptr ? 0 : flags;
    for (const RegionPart& part : parts) {
      const std::uint64_t before = bits_of(part).first - part.region->first_granule;  // granules of the region in front of the part
      take(part, effect, Policy::first_granule_number(*part.region, shift_) + before, [&](std::uint64_t index, std::uint64_t bits) {
        const bool is_new = count == 0 || index != last_index;  // neighbours may share a word
        last_index = index;
        if (is_new) ++count;
        if (words == nullptr) return;
        if (is_new) words[count - 1] = {index, 0};
        words[count - 1].bits |= bits;
      });
    }
    return count;
  }

  // Clears the granules of `parts`.
  void clear(std::span<const RegionPart> parts) {
    for (const RegionPart& part : parts) take(part, GMC_HARVEST_CLEAR, 0, [](std::uint64_t, std::uint64_t) {});
  }

 private:
  // Answers how many there are.
  [[nodiscard]] std::uint64_t give_bits(std::span<Region* const> mapped, std::span<Region* const> removed) {
    const bool by_gpa = options_.origin == DirtyOrigin::kGpa;
    std::uint64_t next = 0;  // the first bit that is not given away
    const Region* before = nullptr;
    for (Region* region : mapped) {
      region->granule_bias = by_gpa ? region->base & (options_.granule - 1) : 0;
      region->granule_count = Policy::granule_count(region->granule_bias, region->size, shift_);
      const bool shares_granule = by_gpa && before != nullptr && before->last() >> shift_ == region->base >> shift_;
      region->first_granule = shares_granule ? next - 1 : next;
      next = region->first_granule + region->granule_count;
      before = region;
    }
    for (Region* region : removed) {
      region->first_granule = next;
      next += region->granule_count;
    }
    return next;
  }
  void copy_bits(std::uint64_t from, std::uint64_t count, std::uint64_t to, Bitset& target) const {
    const std::uint64_t last = from + (count - 1);
    for (std::uint64_t at = bits_.next_word(from >> 6); at <= last >> 6; at = bits_.next_word(at + 1)) {
      for (std::uint64_t bits = bits_.word(at) & Bitset::mask_between(at, from, last); bits != 0; bits &= bits - 1) {
        target.add(to + ((at << 6) + static_cast<std::uint64_t>(std::countr_zero(bits)) - from));
      }
    }
  }

  [[nodiscard]] bool starts_tracking() const { return options_.dirty == Dirty::kAlways; }

  // The first and the last bit of a part.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> bits_of(const RegionPart& part) const {
    const Region& region = *part.region;
    const std::uint64_t from = region.granule_bias + part.span.offset;
    const std::uint64_t first = region.first_granule + (from >> shift_);
    return {Policy::first_of_part(first, region.first_granule), region.first_granule + ((from + (part.span.size - 1)) >> shift_)};
  }

  // Goes through the part's bits that are set. `sink(index, bits)` hears them as words in which the part's first granule has number
  // `origin`.
  template <class Sink>
  void take(const RegionPart& part, std::uint32_t flags, std::uint64_t origin, Sink sink) {
    const auto [first, last] = bits_of(part);
    for (std::uint64_t at = bits_.next_word(first >> 6); at <= last >> 6; at = bits_.next_word(at + 1)) {
      const std::uint64_t set = bits_.word(at) & Bitset::mask_between(at, first, last);
      if (set == 0) continue;
      put(Policy::reported(set, at), at << 6, first, origin, sink);
      bits_.remove_from_word(at, Policy::cleared(set, flags));
    }
  }
  // Moves a word whose lowest bit is index `from` to where the caller counts `first` as `origin`.
  template <class Sink>
  static void put(std::uint64_t bits, std::uint64_t from, std::uint64_t first, std::uint64_t origin, Sink& sink) {
    if (from < first) {
      bits >>= first - from;
      from = first;
    }
    const std::uint64_t number = origin + (from - first);
    const unsigned shift = number & 63;
    const std::uint64_t low = bits << shift;
    const std::uint64_t high = shift == 0 ? 0 : bits >> (64 - shift);
    if (low != 0) sink(number >> 6, low);
    if (high != 0) sink((number >> 6) + 1, high);
  }

  Options options_;
  unsigned shift_ = 0;
  std::uint64_t count_ = 0;
  bool is_tracking_ = false;
  Bitset bits_;
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_DIRTY_LOG_H
