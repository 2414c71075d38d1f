// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/probe_table.h"

#include <algorithm>
#include <utility>

#include "harness/base/check.h"

namespace gmc {

namespace {

using S = const Switches&;
using enum LayoutEmphasis;

constexpr std::string_view kAllBytes = "read write read_partial write_partial fill read_atomics write_atomics";
constexpr std::string_view kExact = "read write load store fill read_atomics write_atomics";
constexpr std::string_view kAtomics = "atomic_load atomic_store compare_exchange exchange fetch_add fetch_sub fetch_and fetch_or fetch_xor";
constexpr std::string_view kDirty = "write store fill write_partial harvest harvest track mark open_region";

bool has_dirty(S s) { return s.dirty_source != DirtySource::kNone; }
bool is_switched(S s) { return has_dirty(s) && s.dirty_enable == DirtyEnable::kExplicit; }
bool has_atomics(S s) { return !s.atomics.empty(); }
bool has_ranges(S s) { return s.slices || s.views; }
bool is_given(S s) { return s.layout == LayoutSource::kGiven; }
bool has_files(S s) { return s.backing.has(Backings::kFd); }
bool denies(S s) { return s.permissions == Permissions::kRegionRo || s.permissions == Permissions::kPageBitmap; }
bool has_several(S s) { return s.regions_max > 1 && s.addr_space != AddrSpace::kOffset; }
bool is_changing(S s) { return s.map_mutation != MapMutation::kImmutable; }
bool loses_regions(S s) { return is_changing(s) && s.map_mutation != MapMutation::kInPlaceAddOnly; }
bool has_transfers(S s) { return s.fd_io; }
bool is_discarding(S s) { return s.hole_kind == HoleKind::kDiscard; }

constexpr std::string_view kNoDirty = "nothing is tracked";
constexpr std::string_view kNoAtomics = "no atomics are offered";
constexpr std::string_view kNoRanges = "no ranges are offered";
constexpr std::string_view kNoTransfers = "no transfers are offered";
constexpr std::string_view kOwnLayout = "the backend has a layout of its own";
constexpr std::string_view kOneRegion = "a memory has one region";

constexpr Probe kProbes[] = {
    // What there is
    {.name = "last_address", .style = Style::kLayouts, .needs = is_given, .without = kOwnLayout},
    {.name = "layout", .style = Style::kLayouts},
    {.name = "backing", .style = Style::kLayouts, .needs = is_given, .without = kOwnLayout},
    {.name = "reset", .operations = "write reset read", .length = 4},
    {.name = "spaces_outlive",
     .operations = "open_region open_range close close read write",
     .length = 10,
     .emphasis = kMixed,
     .lax = "no",
     .is_silent = true},

    // Regions
    {.name = "regions_max", .style = Style::kLayouts, .needs = is_given, .without = kOwnLayout},
    {.name = "region_align_base", .style = Style::kLayouts, .needs = is_given, .without = kOwnLayout},
    {.name = "region_align_size", .style = Style::kLayouts, .needs = is_given, .without = kOwnLayout},
    {.name = "region_rounding",
     .style = Style::kLayouts,
     .needs = [](S s) { return is_given(s) && s.region_align_size > 1; },
     .without = "every size is a multiple of region_align_size"},
    {.name = "region_zero", .style = Style::kLayouts, .needs = is_given, .without = kOwnLayout},
    {.name = "region_order", .style = Style::kLayouts, .needs = has_several, .without = kOneRegion},
    {.name = "region_ends_at_2_64", .style = Style::kLayouts, .needs = is_given, .without = kOwnLayout},
    {.name = "region_api", .operations = "regions find last_address total_size", .length = 2, .emphasis = kMixed},
    {.name = "iteration_order", .operations = "regions", .emphasis = kHoles, .lax = "any", .needs = has_several, .without = kOneRegion},
    {.name = "file_facts",
     .operations = "open_region open_region facts facts fds_overlap",
     .length = 8,
     .emphasis = kMixed,
     .lax = "none",
     .needs = has_files,
     .without = "no file can back a region"},

    // Accesses to ranges
    {.name = "cross_region",
     .style = Style::kEdges,
     .operations = kExact,
     .length = 2,
     .emphasis = kAdjacent,
     .needs = has_several,
     .without = kOneRegion},
    {.name = "hole_kind", .style = Style::kEdges, .operations = "read write load store fill", .length = 2, .emphasis = kHoles},
    {.name = "discard_value",
     .style = Style::kEdges,
     .operations = "read load",
     .length = 2,
     .emphasis = kHoles,
     .needs = is_discarding,
     .without = "no hole discards",
     .draws_alike = true},
    {.name = "zero_length_bytes", .style = Style::kEmpty, .operations = kAllBytes, .emphasis = kHoles},
    {.name = "zero_length_typed",
     .style = Style::kEmpty,
     .operations = "load store",
     .emphasis = kHoles,
     .needs = [](S s) { return s.typed_sizes.has(0); },
     .without = "no objects of 0 bytes are offered"},
    {.name = "zero_length_slice",
     .style = Style::kEmpty,
     .operations = "open_range",
     .emphasis = kHoles,
     .needs = has_ranges,
     .without = kNoRanges},
    {.name = "zero_length_query",
     .style = Style::kEmpty,
     .operations = "check_range",
     .emphasis = kHoles,
     .needs = [](S s) { return s.range_api.has(RangeApi::kCheckRange); },
     .without = "check_range is not offered"},
    {.name = "range_fail_effect", .style = Style::kEdges, .operations = kExact, .length = 2, .emphasis = kHoles},
    {.name = "reports_count", .style = Style::kEdges, .operations = kExact, .length = 2, .emphasis = kMixed, .lax = "no"},
    {.name = "partial", .operations = "read_partial write_partial", .length = 2},
    {.name = "has_fill", .operations = "fill", .length = 2},
    {.name = "has_zero_all", .operations = "zero_all write", .length = 2},
    {.name = "has_copy", .operations = "write copy read", .length = 3},
    {.name = "atomic_buffers", .operations = "read_atomics write_atomics", .length = 2},
    {.name = "dump_all", .operations = "dump", .length = 2},
    {.name = "range_api", .operations = "check_range checked_offset", .length = 2, .emphasis = kMixed},
    {.name = "error_detail",
     .style = Style::kEdges,
     .operations = "read write load store fill read_partial write_partial atomic_load atomic_store compare_exchange open_region find "
                   "check_range checked_offset open_range",
     .length = 3,
     .emphasis = kMixed,
     .draws_alike = true},

    // Typed accesses and atomics
    {.name = "typed_sizes", .operations = "load store", .length = 2},
    {.name = "align_basis",
     .operations = "atomic_load atomic_store compare_exchange",
     .length = 3,
     .emphasis = kMixed,
     .needs = [](S s) { return has_atomics(s) && s.atomic_unaligned == AtomicUnaligned::kError; },
     .without = "no atomic access has to be aligned"},
    {.name = "atomics", .operations = kAtomics, .length = 4},
    {.name = "atomic_sizes", .operations = kAtomics, .length = 3, .needs = has_atomics, .without = kNoAtomics},
    {.name = "atomic_unaligned",
     .operations = kAtomics,
     .length = 3,
     .lax = "hw",
     .needs = has_atomics,
     .without = kNoAtomics,
     .along = "align_basis"},

    // Dirty tracking
    // Short, so that in some of them nothing is written: what is clean is so with every granule.
    {.name = "dirty_source",
     .operations = "write store fill write_partial harvest harvest harvest track mark open_region",
     .length = 4,
     .emphasis = kMixed,
     .lax = "guest",
     .along = "dirty_origin",
     .beyond = "dirty_granule"},
    {.name = "dirty_when",
     .operations = "open_range open_region write store close harvest harvest track",
     .length = 8,
     .emphasis = kMixed,
     .needs = has_dirty,
     .without = kNoDirty},
    {.name = "dirty_precision",
     .style = Style::kEdges,
     .operations = kDirty,
     .length = 12,
     .emphasis = kMixed,
     .lax = "over_approx",
     .needs = has_dirty,
     .without = kNoDirty},
    {.name = "dirty_granule", .operations = kDirty, .length = 6, .emphasis = kMixed, .needs = has_dirty, .without = kNoDirty},
    {.name = "dirty_origin", .operations = kDirty, .length = 6, .emphasis = kMixed, .needs = has_dirty, .without = kNoDirty},
    {.name = "dirty_enable", .operations = "write harvest track", .length = 5, .emphasis = kMixed, .needs = has_dirty, .without = kNoDirty},
    {.name = "dirty_start",
     .operations = "write harvest track",
     .length = 5,
     .emphasis = kMixed,
     .needs = is_switched,
     .without = "tracking is not turned on and off"},
    {.name = "dirty_bitmap_api",
     .operations = "mark mark harvest track",
     .length = 5,
     .emphasis = kMixed,
     .needs = has_dirty,
     .without = kNoDirty},
    {.name = "harvest",
     .operations = "write harvest track open_region",
     .length = 6,
     .emphasis = kMixed,
     .needs = has_dirty,
     .without = kNoDirty},

    // Faults
    {.name = "fault_sites", .operations = "arm arm arm read write harvest harvest", .length = 6, .emphasis = kMixed},

    // Slices, pointers, views
    {.name = "slices", .operations = "open_range read write", .length = 4, .emphasis = kMixed},
    {.name = "host_pointer", .operations = "host_address", .length = 2, .emphasis = kMixed},
    {.name = "slice_lists", .operations = "slices", .length = 2, .emphasis = kMixed},
    {.name = "references", .operations = "reference", .length = 3, .emphasis = kMixed},
    {.name = "arrays", .operations = "read_array write_array", .length = 3, .emphasis = kMixed},
    {.name = "iova", .operations = "iova", .length = 2, .emphasis = kMixed},
    {.name = "views", .operations = "open_range read write", .length = 4, .emphasis = kMixed},
    {.name = "view_align",
     .operations = "open_range",
     .length = 3,
     .emphasis = kMixed,
     .needs = [](S s) { return s.views; },
     .without = "no views are offered"},

    // Map changes
    {.name = "map_mutation",
     .operations = "add remove insert replace open_snapshot open_region regions read write",
     .length = 8,
     .emphasis = kMixed,
     .needs = is_given,
     .without = kOwnLayout},
    {.name = "stale_handle",
     .operations = "open_region open_region remove remove replace read write",
     .length = 10,
     .emphasis = kMixed,
     .needs = loses_regions,
     .without = "no region is removed"},
    {.name = "size_counts_added",
     .operations = "add remove total_size total_size",
     .length = 6,
     .emphasis = kMixed,
     .needs = [](S s) { return is_changing(s) && s.region_api.has(RegionApi::kTotalSize); },
     .without = "nothing is added, or no total is told"},

    // Transfers
    {.name = "fd_io", .operations = "read_from write_to", .length = 2},
    {.name = "fd_short_read", .operations = "read_from_partial", .length = 2, .needs = has_transfers, .without = kNoTransfers},
    {.name = "fd_exact_loops", .operations = "read_from write_to", .length = 2, .needs = has_transfers, .without = kNoTransfers},
    {.name = "zero_length_fd",
     .style = Style::kEmpty,
     .operations = "read_from write_to",
     .emphasis = kHoles,
     .needs = has_transfers,
     .without = kNoTransfers},

    // Permissions
    {.name = "permissions", .operations = "write store fill write_partial check_range protect", .length = 4, .emphasis = kMixed},
    {.name = "perm_fail_effect",
     .style = Style::kEdges,
     .operations = "write store fill write_atomics",
     .length = 3,
     .emphasis = kAdjacent,
     .needs = denies,
     .without = "no write is denied"},
};

// The others, by what their checks would need.
constexpr std::pair<std::string_view, std::string_view> kUnseen[] = {
    {"addr_space", "it says which layouts a caller gives, and not what becomes of them"},
    {"concurrency", "this version drives one thread"},
    {"eof_policy", "faults are not checked by this version"},
    {"typed_atomic_sizes", "this version drives one thread"},
    {"atomic_order", "this version drives one thread"},
    {"dirty_space", "I/O addresses are not checked by this version"},
    {"pointer_lifetime", "no pointer is tried for longer than it is said to be good"},
    {"iova_base", "any number may be one: where it is another, GM-SLICE-010 fails"},
    {"lock", "locks are not checked by this version"},
    {"probe", "locks are not checked by this version"},
    {"paged", "paged ranges are not checked by this version"},
    {"exclusivity", "exclusive sections are not checked by this version"},
    {"exclusive_failure", "exclusive sections are not checked by this version"},
    {"exclusive_excludes_guest", "exclusive sections are not checked by this version"},
    {"guard_pages", "exclusive sections are not checked by this version"},
    {"fault_model", "faults are not checked by this version"},
    {"owns_signals", "faults are not checked by this version"},
    {"kvm", "KVM is not checked by this version"},
    {"xen", "Xen is not checked by this version"},
    {"iommu", "I/O addresses are not checked by this version"},
};

}  // namespace

std::span<const Probe> probe_table() { return kProbes; }

const Probe* find_probe(std::string_view switch_name) {
  const auto found = std::ranges::find(kProbes, switch_name, &Probe::name);
  return found == std::end(kProbes) ? nullptr : found;
}

std::string_view why_unseen(std::string_view switch_name) {
  const auto found = std::ranges::find(kUnseen, switch_name, [](const auto& row) { return row.first; });
  GMC_CHECK(found != std::end(kUnseen), switch_name);
  return found->second;
}

}  // namespace gmc
