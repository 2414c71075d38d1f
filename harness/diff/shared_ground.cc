// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/diff/shared_ground.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "harness/program/clause.h"
#include "harness/reference/memory_map.h"

namespace gmc {

namespace {

constexpr std::array<std::string_view, kSpaceKindCount> kSpaceKinds = {"root", "region", "range", "snapshot", "pages"};

// Layouts: whatever is narrower. Alignments are powers of two, so the larger one meets both.
void narrow_layouts(const Switches& a, const Switches& b, Switches& shared) {
  shared.last_address = std::min(a.last_address, b.last_address);
  shared.regions_max = std::min(a.regions_max, b.regions_max);
  shared.region_align_base = std::max(a.region_align_base, b.region_align_base);
  shared.region_align_size = std::max(a.region_align_size, b.region_align_size);
  shared.region_rounding = std::min(a.region_rounding, b.region_rounding);
  shared.region_zero = std::min(a.region_zero, b.region_zero);
  shared.region_ends_at_2_64 = std::min(a.region_ends_at_2_64, b.region_ends_at_2_64);
  if (shared.last_address != UINT64_MAX) shared.region_ends_at_2_64 = RegionTop::kReject;
  shared.region_order = std::max(a.region_order, b.region_order);  // any, sorted, positional
  shared.addr_space = std::max(a.addr_space, b.addr_space);        // regions anywhere, in windows, one at 0
  // Windows are drawn where holes in them are special for one of the two.
  if (a.hole_kind == HoleKind::kOob) shared.hole_kind = b.hole_kind;
  shared.dirty_granule = std::max(a.dirty_granule, b.dirty_granule);
  shared.view_align = std::max(a.view_align, b.view_align);
}

}  // namespace

Switches shared_switches(const Switches& a, const Switches& b) {
  Switches shared = a;
#define GMC_CHOICE(name, Type, initial, values)
#define GMC_SAME(name, Type, initial)
#define GMC_SET(name, Type, initial, values) shared.name.mask = a.name.mask & b.name.mask;
#define GMC_BOOL(name, initial) shared.name = a.name && b.name;
#define GMC_NUMBER(name, initial)
#define GMC_SIZES(name, initial) shared.name.mask = a.name.mask & b.name.mask;
#define GMC_DETAIL(name)
#include "harness/program/switches.def"
  narrow_layouts(a, b, shared);
  // What is `none` for one of them is claimed by one alone.
  if (b.dump_all == DumpAll::kNone) shared.dump_all = DumpAll::kNone;
  if (b.dirty_source == DirtySource::kNone) shared.dirty_source = DirtySource::kNone;
  if (b.host_pointer == HostPointer::kNone) shared.host_pointer = HostPointer::kNone;
  if (b.permissions == Permissions::kNone) shared.permissions = Permissions::kNone;
  return shared;
}

std::string why_nothing_is_shared(const Switches& shared) {
  if (shared.layout == LayoutSource::kOwn) return "";
  if (shared.backing.empty()) return "there is no backing that both take";
  const bool on_granules = shared.dirty_source != DirtySource::kNone && shared.dirty_origin == DirtyOrigin::kRegion;
  const std::uint64_t unit = std::max({shared.region_align_base, shared.region_align_size, on_granules ? shared.dirty_granule : 1});
  constexpr std::uint64_t kUnits = 4;  // a window, and a region that lies nowhere near its ends
  if (unit > shared.last_address / kUnits) return "the alignment of the one leaves no room below the last address of the other";
  return "";
}

std::string why_not_taken(const Program& program, const Profile& profile) {
  const bool has_own = profile.root().layout == LayoutSource::kOwn;
  if (program.adopts != has_own) return has_own ? "its memory is its own, and the program brings a layout" : "it has no memory of its own";
  if (program.adopts) return "";
  const Layout& layout = program.layouts.front();
  if (const auto faults = faults_of(layout, profile); !faults.empty()) {
    return fmt::format("the program's layout is not legal there ({})", id(faults.front().clause));
  }
  for (const Region& region : layout.regions) {
    const std::uint64_t last = region.base + (region.size - 1);
    for (const ByteRange& reserved : profile.reserved()) {
      const bool meets =
          region.size > 0 && reserved.size > 0 && region.base <= reserved.base + (reserved.size - 1) && reserved.base <= last;
      if (meets) return fmt::format("it reserves {:#x}+{:#x}", reserved.base, reserved.size);
    }
  }
  return "";
}

Program with_final_reads(const Program& program) {
  Program longer = program;
  // Of a memory that is gone nothing is read.
  if (std::ranges::any_of(program.ops, [](const Op& op) { return op.kind == OpKind::kDestroy; })) return longer;
  const auto& regions = program.layouts.front().regions;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const Region& region = regions[i];
    if (region.is_window || region.size == 0) continue;
    Op read{.kind = OpKind::kRead};
    read.at = {.anchor = Anchor::kRegionStart, .index = static_cast<std::uint8_t>(i)};
    read.size = std::min(region.size, kFinalPiece);
    const bool has_rest = region.size > kFinalPiece;
    if (longer.ops.size() + (has_rest ? 2 : 1) > kOpsMax) break;
    longer.ops.push_back(read);
    if (!has_rest) continue;
    read.at = {.anchor = Anchor::kRegionEnd, .index = static_cast<std::uint8_t>(i), .delta = -static_cast<std::int64_t>(kFinalPiece)};
    longer.ops.push_back(read);
  }
  return longer;
}

std::vector<SwitchDifference> switch_differences(const Profile& a, const Profile& b) {
  std::vector<SwitchDifference> differences;
  for (const SwitchInfo& info : switch_table()) {
    for (std::size_t kind = 0; kind < kSpaceKindCount; ++kind) {
      const auto space = static_cast<GmcSpaceKind>(kind);
      std::string in_a = switch_text(a.of(space), info.name);
      std::string in_b = switch_text(b.of(space), info.name);
      if (in_a == in_b) continue;
      const std::string name = kind == 0 ? std::string(info.name) : fmt::format("{}.{}", kSpaceKinds[kind], info.name);
      differences.push_back({name, std::move(in_a), std::move(in_b)});
      break;  // once for each switch
    }
  }
  return differences;
}

}  // namespace gmc
