// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants whose map changes leave something behind that they should not: when they are declined or an armed fault ends them (GM-MAP-003),
// and in the rights of pages.
#include <cstdint>
#include <utility>
#include <vector>

#include "harness/backends/mapped/interposer.h"
#include "harness/backends/mutants/tables.h"

namespace gmc::mutants {
namespace {

using mapped::Faithful;
using mapped::inner;
using mapped::Interposer;

std::vector<GmcRegionInfo> regions_of(GmcSpace* root) {
  std::vector<GmcRegionInfo> regions(64);
  const GmcOutcome listed = inner().memory->regions(nullptr, root, regions.data(), regions.size());
  regions.resize(listed.status == GMC_OK ? listed.count : 0);
  return regions;
}

// What a change does beside what it is asked to.
void drop_highest(GmcSpace* root) {
  const auto regions = regions_of(root);
  if (!regions.empty()) inner().memory->remove(nullptr, root, regions.back().base, regions.back().size, nullptr);
}
void make_clean(GmcSpace* root) { inner().dirty->harvest_sparse(nullptr, root, GMC_HARVEST_CLEAR, nullptr, 0); }
void zero_a_byte(GmcSpace* root) {
  const auto regions = regions_of(root);
  const char zero = 0;
  if (!regions.empty()) inner().access->write(nullptr, root, regions.front().base, &zero, 1);
}
void give_rights(GmcSpace* root) {
  for (const GmcRegionInfo& region : regions_of(root)) {
    inner().memory->protect(nullptr, root, region.base, region.size, GMC_RIGHT_READ | GMC_RIGHT_WRITE);
  }
}

using Effect = void (*)(GmcSpace* root);

template <Effect kEffect, bool kWhenDeclined>
struct OnAdd : Faithful {
  static GmcOutcome add(GmcLane* lane, GmcSpace* root, const GmcEntry* entry, GmcSpace** region) {
    const GmcOutcome outcome = inner().memory->add(lane, root, entry, region);
    if ((outcome.status != GMC_OK) == kWhenDeclined && entry->backing != GMC_BACKING_SPACE) kEffect(root);
    return outcome;
  }
  static void trim_memory(GmcMemoryGroup& table) { table.add = &add; }
};
template <Effect kEffect>
struct OnDeclinedInsert : Faithful {
  static GmcOutcome add(GmcLane* lane, GmcSpace* root, const GmcEntry* entry, GmcSpace** region) {
    const GmcOutcome outcome = inner().memory->add(lane, root, entry, region);
    if (outcome.status != GMC_OK && entry->backing == GMC_BACKING_SPACE) kEffect(root);
    return outcome;
  }
  static void trim_memory(GmcMemoryGroup& table) { table.add = &add; }
};
template <Effect kEffect>
struct OnDeclinedReplace : Faithful {
  static GmcOutcome replace(GmcLane* lane, GmcSpace* root, const GmcLayout* layout) {
    const GmcOutcome outcome = inner().memory->replace(lane, root, layout);
    if (outcome.status != GMC_OK) kEffect(root);
    return outcome;
  }
  static void trim_memory(GmcMemoryGroup& table) { table.replace = &replace; }
};
template <Effect kEffect>
struct OnDeclinedRemove : Faithful {
  static GmcOutcome remove(GmcLane* lane, GmcSpace* root, std::uint64_t base, std::uint64_t size, GmcSpace** region) {
    const GmcOutcome outcome = inner().memory->remove(lane, root, base, size, region);
    if (outcome.status != GMC_OK) kEffect(root);
    return outcome;
  }
  static void trim_memory(GmcMemoryGroup& table) { table.remove = &remove; }
};

// What an armed fault ended, which answers no_memory or fault, and leaves something behind all the same.
bool was_cut_short(const GmcOutcome& outcome) { return outcome.status == GMC_NO_MEMORY || outcome.status == GMC_FAULT; }

// Of a change that is tried again, which now comes to pass. With bytes of its own: what a caller brings it takes back once it is told that
// nothing was added, and then every access would crash.
struct FailedAddAdds : Faithful {
  static GmcOutcome add(GmcLane* lane, GmcSpace* root, const GmcEntry* entry, GmcSpace** region) {
    const GmcOutcome outcome = inner().memory->add(lane, root, entry, region);
    if (was_cut_short(outcome) && entry->backing == GMC_BACKING_OWN) inner().memory->add(lane, root, entry, nullptr);
    return outcome;
  }
  static void trim_memory(GmcMemoryGroup& table) { table.add = &add; }
};
// Where something could not be added the next thing cannot be.
struct FailedAddTakesPlace : Faithful {
  static inline std::uint64_t taken = 0;
  static inline GmcSpace* taken_in = nullptr;

  static GmcOutcome add(GmcLane* lane, GmcSpace* root, const GmcEntry* entry, GmcSpace** region) {
    if (taken_in == root && entry->base == taken && std::exchange(taken_in, nullptr) != nullptr) return gmc_outcome(GMC_OVERLAP);
    const GmcOutcome outcome = inner().memory->add(lane, root, entry, region);
    taken = entry->base;
    taken_in = was_cut_short(outcome) && entry->backing != GMC_BACKING_SPACE ? root : nullptr;
    return outcome;
  }
  static GmcOutcome reset(GmcLane* lane, GmcSpace* root) {
    taken_in = nullptr;
    return inner().memory->reset(lane, root);
  }
  static GmcOutcome destroy(GmcLane* lane, GmcSpace* root) {
    taken_in = nullptr;
    return inner().memory->destroy(lane, root);
  }
  static void trim_memory(GmcMemoryGroup& table) {
    table.add = &add;
    table.reset = &reset;
    table.destroy = &destroy;
  }
};
struct FailedRemoveRemoves : Faithful {
  static GmcOutcome remove(GmcLane* lane, GmcSpace* root, std::uint64_t base, std::uint64_t size, GmcSpace** region) {
    const GmcOutcome outcome = inner().memory->remove(lane, root, base, size, region);
    if (was_cut_short(outcome)) inner().memory->remove(lane, root, base, size, nullptr);
    return outcome;
  }
  static void trim_memory(GmcMemoryGroup& table) { table.remove = &remove; }
};
struct FailedRemoveCleans : Faithful {
  static GmcOutcome remove(GmcLane* lane, GmcSpace* root, std::uint64_t base, std::uint64_t size, GmcSpace** region) {
    const GmcOutcome outcome = inner().memory->remove(lane, root, base, size, region);
    if (was_cut_short(outcome)) make_clean(root);
    return outcome;
  }
  static void trim_memory(GmcMemoryGroup& table) { table.remove = &remove; }
};
struct FailedReplaceDrops : Faithful {
  static GmcOutcome replace(GmcLane* lane, GmcSpace* root, const GmcLayout* layout) {
    const GmcOutcome outcome = inner().memory->replace(lane, root, layout);
    if (was_cut_short(outcome)) drop_highest(root);
    return outcome;
  }
  static void trim_memory(GmcMemoryGroup& table) { table.replace = &replace; }
};
struct FailedProtectProtects : Faithful {
  static GmcOutcome protect(GmcLane* lane, GmcSpace* root, std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
    const GmcOutcome outcome = inner().memory->protect(lane, root, address, size, rights);
    if (was_cut_short(outcome)) inner().memory->protect(lane, root, address, size, rights);
    return outcome;
  }
  static void trim_memory(GmcMemoryGroup& table) { table.protect = &protect; }
};

}  // namespace

const GmcPlugin* failed_add_adds() { return Interposer<FailedAddAdds>::table(); }
const GmcPlugin* failed_add_takes_place() { return Interposer<FailedAddTakesPlace>::table(); }
const GmcPlugin* failed_remove_removes() { return Interposer<FailedRemoveRemoves>::table(); }
const GmcPlugin* failed_remove_cleans() { return Interposer<FailedRemoveCleans>::table(); }
const GmcPlugin* failed_replace_drops() { return Interposer<FailedReplaceDrops>::table(); }
const GmcPlugin* failed_protect_protects() { return Interposer<FailedProtectProtects>::table(); }
const GmcPlugin* declined_add_drops() { return Interposer<OnAdd<&drop_highest, true>>::table(); }
const GmcPlugin* declined_add_zeroes() { return Interposer<OnAdd<&zero_a_byte, true>>::table(); }
const GmcPlugin* declined_insert_drops() { return Interposer<OnDeclinedInsert<&drop_highest>>::table(); }
const GmcPlugin* declined_remove_cleans() { return Interposer<OnDeclinedRemove<&make_clean>>::table(); }
const GmcPlugin* declined_replace_drops() { return Interposer<OnDeclinedReplace<&drop_highest>>::table(); }
const GmcPlugin* declined_replace_cleans() { return Interposer<OnDeclinedReplace<&make_clean>>::table(); }
const GmcPlugin* addition_gives_rights() { return Interposer<OnAdd<&give_rights, false>>::table(); }

}  // namespace gmc::mutants
