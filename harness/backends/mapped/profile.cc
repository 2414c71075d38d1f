// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mapped/profile.h"

#include <gmcheck.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <string>

#include "harness/backends/mapped/layout.h"

namespace gmc::mapped {
namespace {

const char* text_of(FailEffect effect) { return effect == FailEffect::kPrefix ? "prefix" : "nothing"; }

const char* text_of(ZeroLength rule) {
  switch (rule) {
    case ZeroLength::kOkAnywhere:
      return "ok_anywhere";
    case ZeroLength::kInBoundsInclEnd:
      return "in_bounds_incl_end";
    case ZeroLength::kStartMapped:
      return "start_mapped";
  }
  return "";
}

const char* text_of(HoleKind kind) {
  switch (kind) {
    case HoleKind::kOob:
      return "oob";
    case HoleKind::kFault:
      return "fault";
    case HoleKind::kDiscard:
      return "discard";
  }
  return "";
}

const char* text_of(MapChanges changes) {
  switch (changes) {
    case MapChanges::kNone:
      return "immutable";
    case MapChanges::kAddOnly:
      return "in_place_addonly";
    case MapChanges::kInPlace:
      return "in_place";
    case MapChanges::kCow:
      return "cow";
  }
  return "";
}

const char* text_of(Rights rights) {
  switch (rights) {
    case Rights::kPages:
      return "page_bitmap";
    case Rights::kRegions:
      return "region_ro";
    case Rights::kTypes:
      return "typestate";
    case Rights::kGuests:
      return "guest_only";
  }
  return "";
}

const char* text_of(When when) { return when == When::kReturn ? "return" : when == When::kRelease ? "release" : "harvest"; }

const char* text_of(Order order) { return order == Order::kAny ? "any" : order == Order::kSorted ? "sorted" : "positional"; }

void write_layouts(const Options& options, Text& text) {
  if (options.has_layout) text.line("layout", "own");
  text.line("backing", "own fd host_pointer space");
  text.line("reset", "yes");
  text.line("map_mutation", text_of(options.map));
  text.line("stale_handle", options.denies_stale ? "denied" : "keeps_alive");
  text.line("size_counts_added", options.counts_added ? "yes" : "no");
  text.line("last_address", options.last_address);
  text.line("regions_max", kRegionsMax);
  text.line("region_align_base", options.align);
  text.line("region_align_size", options.align);
  text.line("region_zero", options.accepts_empty_region ? "accept" : "reject");
  text.line("region_order", text_of(options.order));
  const bool reaches_top = options.accepts_top && options.last_address == ~std::uint64_t{0};
  text.line("region_ends_at_2_64", reaches_top ? "accept" : "reject");
  text.line("region_api", "list find last_address total_size");
  text.line("iteration_order", options.lists_as_given ? "as_given" : "by_base");
  text.line("eof_policy", "reject");
  text.line("file_facts", "protection flags file_offset hugetlbfs fds_overlap");
}

void write_accesses(const Options& options, Text& text) {
  text.line("cross_region", options.spans_regions ? "span" : "reject");
  text.line("hole_kind", text_of(options.holes));
  text.line("discard_value", options.discard_value);
  text.line("zero_length_bytes", text_of(options.zero_bytes));
  text.line("zero_length_typed", text_of(options.zero_typed));
  text.line("zero_length_query", text_of(options.zero_query));
  text.line("range_fail_effect", text_of(options.range_fail));
  const bool denies = options.rights != Rights::kGuests;
  const bool keeps_prefixes = options.range_fail == FailEffect::kPrefix || (denies && options.permission_fail == FailEffect::kPrefix);
  text.line("reports_count", options.reports_count && keeps_prefixes ? "yes" : "no");
  text.line("partial", "yes");
  text.line("has_fill", "yes");
  text.line("has_zero_all", "yes");
  text.line("has_copy", "yes");
  text.line("atomic_buffers", "yes");
  text.line("dump_all", options.dump_needs_exact_length ? "exact_length" : "at_least_length");
  text.line("range_api", "check_range checked_offset");
  text.line("typed_sizes", "0 1 2 4 8 16");
  text.line("typed_atomic_sizes", "1 2 4 8");
  text.line("align_basis", "hva");
  if (options.has_atomics) {
    text.line("atomics", "load store compare_exchange exchange add sub and or xor");
    text.line("atomic_sizes", "1 2 4 8");
    text.line("atomic_unaligned", options.atomics_anywhere ? "hw" : "error");
  }
  text.line("host_pointer", options.is_whole ? "whole" : "per_addr");
  text.line("pointer_lifetime", options.ends_with_snapshot ? "snapshot" : "map");
  text.line("iova", options.has_iova ? "yes" : "no");
  if (options.has_iova) text.line("iova_base", options.iova_base);
  text.line("permissions", text_of(options.rights));
  if (options.rights != Rights::kGuests) text.line("perm_fail_effect", text_of(options.permission_fail));
  text.line("guard_pages", std::uint64_t{1});
  if (options.has_faults) {
    const std::string harvest = options.dirty == Dirty::kNone ? "" : "harvest ";
    text.line("fault_sites", harvest + "access" + (can_change(options) ? " change" : ""));
  }
}

void write_ranges(const Options& options, Text& text) {
  text.line("slice_lists", "yes");
  text.line("references", "aligned atomic");
  text.line("arrays", "yes");
  text.line("slices", options.ranges == Ranges::kSlices ? "yes" : "no");
  text.line("views", options.ranges == Ranges::kViews ? "yes" : "no");
  if (options.ranges == Ranges::kViews) text.line("view_align", options.view_align);
  text.line("zero_length_slice", text_of(options.zero_slice));
  text.line("spaces_outlive", "yes");
}

void write_streams(const Options& options, Text& text) {
  if (!options.has_streams) return;
  text.line("fd_io", "yes");
  text.line("fd_short_read", options.short_reads_loop ? "loop" : "stop");
  text.line("fd_exact_loops", options.exact_streams_loop ? "yes" : "no");
  text.line("zero_length_fd", text_of(options.zero_streams));
}

void write_dirty(const Options& options, Text& text) {
  if (options.dirty == Dirty::kNone) return;
  text.line("dirty_source", "host_api");
  text.line("dirty_precision", options.marks_request ? "over_approx" : "exact");
  text.line("dirty_granule", options.granule);
  text.line("dirty_origin", options.origin == DirtyOrigin::kGpa ? "gpa" : "region");
  text.line("dirty_enable", options.dirty == Dirty::kAlways ? "always" : "explicit");
  text.line("dirty_start", options.starts_all_dirty ? "all_dirty" : "clean");
  text.line("dirty_when", text_of(options.when));
  text.line("dirty_bitmap_api", "yes");
  text.line("harvest", "read clear both");
}

const char* hugetlbfs_of(int fd) {
  struct statfs status = {};
  if (::fstatfs(fd, &status) != 0) return "unknown";
  return status.f_type == HUGETLBFS_MAGIC ? "yes" : "no";
}

}  // namespace

void write_profile(const Options& options, Text& text) {
  write_layouts(options, text);
  write_accesses(options, text);
  write_ranges(options, text);
  write_streams(options, text);
  write_dirty(options, text);
}

void write_region_facts(const Region& region, std::uint64_t file_offset, std::uint32_t protection, Text& text) {
  text.line("protection", std::uint64_t{protection});
  if (region.entry.backing != GMC_BACKING_HOST) {
    const int flags = region.mapping.flags;
    text.line("flags", static_cast<std::uint64_t>(flags));
    text.line("raw_size", region.mapping.raw_size);
    text.line("guard_pages", std::uint64_t{1});
  }
  if (region.entry.backing == GMC_BACKING_FD) {
    text.line("file_offset", file_offset);
    text.line("hugetlbfs", hugetlbfs_of(region.entry.fd));
  }
}

void write_memory_facts(std::uint64_t raw_size, const Region* whole, Text& text) {
  text.line("raw_size", raw_size);
  text.line("guard_pages", std::uint64_t{1});
  text.line("full_mapping",
            whole == nullptr ? "none" : std::to_string(reinterpret_cast<std::uintptr_t>(whole->data)) + " " + std::to_string(whole->size));
}

}  // namespace gmc::mapped
