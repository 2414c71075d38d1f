// SPDX-License-Identifier: Apache-2.0 OR MIT
// Rows that look at memory and at the granules behind the calls.
#include <fmt/format.h>

#include <algorithm>

#include "harness/emit/planner.h"

namespace gmc {

namespace {

constexpr std::uint64_t kWholeRegionMax = 1u << 20;  // bytes; of larger regions what an operation came near is looked at
constexpr std::uint32_t kNoOp = UINT32_MAX;          // the index of what is no operation of the program

Address absolute(std::uint64_t address) { return {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(address)}; }

}  // namespace

// `position` is one of the region's backing.
void Planner::add_comparison(std::uint32_t r, std::uint64_t position, std::uint64_t size, bool reads) {
  const MappedRegion& region = reference_.map().regions()[r];
  const Bytes& store = reference_.store(region.store);
  PieceList pieces;
  pieces.add_memory(0, size, store, position);
  Initialiser row;
  begin_row(row, "what memory holds");
  row.add("call", "COMPARE");
  row.add_unless_0("other", region.entry);
  const std::uint64_t offset = position - region.store_offset;
  row.add("address", fmt::format("{:#x}", region.base + offset));
  row.add("size", size);
  row.add_unless_0("value", offset);
  if (reads) row.add("room", 1);
  row.add("answers", fmt::format("ANSWERS({{.statuses = BIT(GMC_OK), .out = {}}})", pieces.text()));
  end_row(row);
}

void Planner::compare_piece(std::uint32_t r, std::uint64_t position, std::uint64_t size) {
  const MappedRegion& region = reference_.map().regions()[r];
  const MemoryMap& map = reference_.map();
  const std::uint64_t gpa = region.base + (position - region.store_offset);
  const bool is_reached = gpa + (size - 1) <= reference_.profile().root().last_address;
  for (std::uint64_t done = 0; done < size;) {
    const std::uint64_t last = map.page_rights().empty() ? gpa + (size - 1) : map.page_rights().last_alike(gpa + done, gpa + (size - 1));
    const std::uint64_t run = last - (gpa + done) + 1;
    add_comparison(r, position + done, run, is_reached && reference_.is_open(0) && map.permits(region, gpa + done, Right::kRead));
    done += run;
  }
}

void Planner::compare_memory(bool looks_at_all) {
  if (reference_.is_armed()) {
    const Op disarm{.kind = OpKind::kArm};
    static_cast<void>(perform(disarm, kNoOp, "the faults are disarmed", {}));
    reference_.disarm();
  }
  const auto& regions = reference_.map().regions();
  for (std::uint32_t r = 0; r < regions.size(); ++r) {
    const MappedRegion& region = regions[r];
    if (looks_at_all) {
      if (region.size() <= kWholeRegionMax) compare_piece(r, region.store_offset, region.size());
      continue;
    }
    reference_.store(region.store).for_each_touched(region.store_offset, region.size(), [&](std::uint64_t position, std::uint64_t size) {
      compare_piece(r, position, size);
    });
  }
}

// What stays of a region that is gone from the root shows through other memories that have it.
void Planner::compare_other_memories() {
  constexpr std::uint64_t kLookedAt = 64u << 10;  // bytes of a region
  for (std::uint8_t slot = 1; slot < kSlotsMax; ++slot) {
    if (!reference_.is_open(slot) || !reference_.is_other_memory(slot)) continue;
    const auto regions = reference_.map_of(slot).regions();
    for (const MappedRegion& region : regions) {
      const Op read{.kind = OpKind::kRead, .space = slot, .at = absolute(region.base), .size = std::min(region.size(), kLookedAt)};
      if (reference_.runs(read)) static_cast<void>(perform(read, kNoOp, "what another memory holds", {}));
    }
  }
}

// As the executor looks: a peek where there is one, else a harvest that clears, as nothing comes behind it.
void Planner::compare_dirty() {
  const Switches& s = reference_.profile().root();
  if (s.dirty_source == DirtySource::kNone || !reference_.is_tracking() || !reference_.is_open(0)) return;
  const bool can_read = s.harvest.has(HarvestModes::kRead);
  if (!can_read && !s.harvest.has(HarvestModes::kBoth)) return;
  const HarvestMode mode = can_read ? HarvestMode::kRead : HarvestMode::kBoth;
  if (request_.offers.harvest_sparse && reference_.sparse_is_possible()) {
    const Op harvest{.kind = OpKind::kHarvest, .form = HarvestForm::kSparse, .mode = mode};
    static_cast<void>(perform(harvest, kNoOp, "what is dirty", {}));
    return;
  }
  std::uint8_t slot = 1;
  while (slot < kSlotsMax && reference_.is_open(slot)) ++slot;
  if (slot == kSlotsMax || !request_.offers.harvest_dense || !request_.offers.space_open) return;
  const auto regions = reference_.map().regions();
  for (const MappedRegion& region : regions) {
    const Op open{.kind = OpKind::kOpenRegion, .opens = slot, .at = absolute(region.base)};
    const Op harvest{.kind = OpKind::kHarvest, .space = slot, .form = HarvestForm::kDense, .mode = mode};
    const Op close{.kind = OpKind::kClose, .space = slot};
    if (!reference_.runs(open)) return;
    for (const Op& op : {open, harvest, close}) static_cast<void>(perform(op, kNoOp, "what is dirty", {}));
  }
}

void Planner::compare_regions() {
  if (!reference_.profile().root().region_api.has(RegionApi::kList) || !reference_.is_open(0)) return;
  static_cast<void>(perform(Op{.kind = OpKind::kRegions}, kNoOp, "the regions", {}));
}

// GM-REG-010: what is the harness's stays as it was.
void Planner::look_behind_destroyed() {
  const auto& regions = reference_.map().regions();
  for (std::uint32_t r = 0; r < regions.size(); ++r) {
    const MappedRegion& region = regions[r];
    if (reference_.map().store_is_own(region.store) || region.size() > kWholeRegionMax) continue;
    add_comparison(r, region.store_offset, region.size(), false);
  }
}

}  // namespace gmc
