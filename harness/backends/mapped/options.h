// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a guest memory over mappings can be asked to do differently. Each field is one documented variant of the contract, so that the
// product's configurations and the legal variants come from one core. A value, fixed when the backend is opened.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_OPTIONS_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_OPTIONS_H

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace gmc::mapped {

enum class OwnMemory : std::uint8_t { kAnonymous, kMemfd };
enum class FailEffect : std::uint8_t { kNothing, kPrefix };
enum class ZeroLength : std::uint8_t { kOkAnywhere, kInBoundsInclEnd, kStartMapped };
enum class HoleKind : std::uint8_t { kOob, kFault, kDiscard };
enum class Ranges : std::uint8_t { kNone, kSlices, kViews };
enum class Dirty : std::uint8_t { kNone, kAlways, kExplicit };
enum class MapChanges : std::uint8_t { kNone, kAddOnly, kInPlace, kCow };
enum class Order : std::uint8_t { kAny, kSorted, kPositional };
// What a missing right means. kPages: `protect` changes them; otherwise a region has those of its layout. kTypes: those of a type without
// writes, which is the same for who calls. kGuests: nothing to the host.
enum class Rights : std::uint8_t { kPages, kRegions, kTypes, kGuests };
enum class DirtyOrigin : std::uint8_t { kGpa, kRegion };
// When a write is marked: as it returns, when the space that it went through is closed, at the next harvest.
enum class When : std::uint8_t { kReturn, kRelease, kHarvest };

struct Options {
  OwnMemory own = OwnMemory::kAnonymous;

  // Layouts
  bool has_layout = false;  // its own, which `create` adopts (firmware.h)
  std::uint64_t align = 1;  // granularity of bases and sizes in bytes, a power of two; what does not meet it is rejected
  std::uint64_t last_address = ~std::uint64_t{0};  // regions that would hold a byte beyond it are rejected
  bool accepts_empty_region = false;
  bool accepts_top = true;  // a region that ends at exactly 2^64
  Order order = Order::kAny;
  bool lists_as_given = false;  // order of the region list; otherwise by base

  // Map changes
  MapChanges map = MapChanges::kCow;
  bool denies_stale = false;  // whether a space of a removed region denies every access, or goes on as before
  bool counts_added = true;   // whether a total counts regions that were added

  bool has_faults = true;  // they can be armed

  Rights rights = Rights::kPages;

  // Accesses to ranges
  bool spans_regions = true;
  HoleKind holes = HoleKind::kOob;  // inside a window; outside every window a hole is always out of range
  std::uint8_t discard_value = 0;   // what a hole reads as where it discards
  ZeroLength zero_bytes = ZeroLength::kOkAnywhere;
  ZeroLength zero_typed = ZeroLength::kOkAnywhere;
  ZeroLength zero_query = ZeroLength::kOkAnywhere;
  FailEffect range_fail = FailEffect::kPrefix;
  FailEffect permission_fail = FailEffect::kPrefix;
  bool reports_count = true;
  bool dump_needs_exact_length = false;

  // Transfers from and to descriptors
  bool has_streams = true;
  bool short_reads_loop = true;    // a partial one goes on after a short read
  bool exact_streams_loop = true;  // an exact one does
  ZeroLength zero_streams = ZeroLength::kOkAnywhere;

  // Ranges
  Ranges ranges = Ranges::kSlices;  // slices lie inside one region, views anywhere
  ZeroLength zero_slice = ZeroLength::kInBoundsInclEnd;
  std::uint64_t view_align = 1;  // bytes, a power of two

  bool has_iova = false;  // I/O addresses, which are those of the memory and `iova_base`
  std::uint64_t iova_base = 0;
  bool ends_with_snapshot = false;  // how long pointers are said to be good: as the snapshot that they came through, or as the map
  bool is_whole = false;            // pointers are said to lead into one mapping of everything, where a memory has one region

  // Atomics
  bool has_atomics = true;
  bool atomics_anywhere = false;  // an unaligned one is left to the hardware

  // Dirty tracking
  Dirty dirty = Dirty::kAlways;
  DirtyOrigin origin = DirtyOrigin::kGpa;
  std::uint64_t granule = 4096;  // bytes, a power of two
  When when = When::kReturn;
  bool starts_all_dirty = false;  // after tracking was turned on
  bool marks_request = false;     // over-approximation: a write that moved only a prefix marks all that it was asked to write

  bool operator==(const Options&) const = default;
};

// Whether its map or the rights of its pages change.
[[nodiscard]] constexpr bool can_change(const Options& options) {
  return options.map != MapChanges::kNone || options.rights == Rights::kPages;
}

// Which keys a config may have.
enum class Keys : std::uint8_t { kProduct, kAll };

// Options from the config text of `--backend mmap:TEXT`, `key=value` separated by commas, strict:
//   own=anon|memfd                 what the backend's own regions are made of
//   granule=N                      bytes of a dirty granule, a power of two from 8 to 2^30
//   origin=gpa|region              whether granules are counted from address 0 or from the region's base
//   dirty=always|explicit|none     whether writes are tracked, and from when on
//   fail=prefix|nothing            what an access that fails half-way leaves behind
//   map=cow|in_place|addonly|none  how the map changes: beside what snapshots show, in place, by additions only, or not at all
//   stale=keeps_alive|denied       what a space of a removed region does
//   iova=none|N                    whether I/O addresses are told, and what they are above those of the memory; decimal
//   pointers=single|whole          whether the one mapping of a memory of one region is told
//   faults=all|none                whether faults can be armed
//   rights=page|region|type|guest  whether `protect` changes the rights of pages, or a region keeps those of its layout, which may
//                                  be those of a type or bind guests alone
//   fd=loop|stop|none              whether a partial transfer from a descriptor goes on after a short read, or there are no transfers
//   layout=given|own               whether memories have the layout that they are given, or that of a small computer with firmware
//   ranges=slices|views|none       whether ranges can be opened: inside one region, anywhere, or not at all
// and with Keys::kAll, for mutants and legal variants, what the product does not offer too; numbers are decimal:
//   align=N last=N empty=accept|reject top=accept|reject order=any|sorted|positional list=by_base|as_given total=all|created   layouts
//   cross=span|reject holes=oob|fault|discard discard=N denied=prefix|nothing counts=yes|no dump=exact|at_least   accesses
//   view_align=N atomics=yes|no unaligned=error|hw lifetime=map|snapshot                            ranges, atomics, pointers
//   zero_bytes, zero_typed, zero_query, zero_slice =ok_anywhere|in_bounds_incl_end|start_mapped                 accesses of no bytes
//   fd_exact=loop|once zero_fd=ok_anywhere|in_bounds_incl_end|start_mapped                          transfers
//   start=clean|all_dirty marks=written|requested when=return|release|harvest                       dirty tracking
// "" is the default of each. The error says which part is wrong and why.
[[nodiscard]] std::expected<Options, std::string> parse_options(std::string_view config, Keys keys = Keys::kProduct);

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_OPTIONS_H
