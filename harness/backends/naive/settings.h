// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which of the documented variants the naive memory follows: its config text, parsed.
#ifndef GMCHECK_HARNESS_BACKENDS_NAIVE_SETTINGS_H
#define GMCHECK_HARNESS_BACKENDS_NAIVE_SETTINGS_H

#include <gmcheck.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gmc::naive {

// The values of the choices, in the order in which CONTRACT.md lists them.
enum ZeroLength : int { kOkAnywhere, kInBoundsInclEnd, kStartMapped };
enum Effect : int { kNothing, kPrefix };
enum CrossRegion : int { kSpan, kRejectCross };
enum HoleKind : int { kOob, kFault, kDiscard };
enum Order : int { kAnyOrder, kSorted, kPositional };
enum ListOrder : int { kAnyListOrder, kByBase, kAsGiven };
enum DumpAll : int { kNoDump, kExactLength, kAtLeastLength };
enum DirtySource : int { kUntracked, kHostApi, kGuest, kHostAndGuest, kContentDiff };
enum DirtyPrecision : int { kExact, kOverApprox };
enum DirtyOrigin : int { kFromZero, kFromRegion };
enum DirtyEnable : int { kAlways, kExplicit };
enum DirtyStart : int { kClean, kAllDirty };
enum DirtyWhen : int { kReturn, kRelease, kHarvest };
enum Permissions : int { kNoPermissions, kRegionRo, kPageBitmap, kIommu, kTypestate, kGuestOnly };
enum AlignBasis : int { kByGpa, kByHva };
enum Unaligned : int { kError, kHardware };
enum MapMutation : int { kImmutable, kCow, kInPlaceAddOnly, kInPlace };
enum StaleHandle : int { kKeepsAlive, kDeniedWhenStale };
enum ShortRead : int { kStop, kLoop };
enum AcceptOrReject : int { kReject, kAccept };

// The members of the sets, as bits, in the same order.
enum Backings : std::uint32_t { kOwn = 1, kFd = 2, kHostPointer = 4, kSpace = 8 };
enum RegionApi : std::uint32_t { kList = 1, kFind = 2, kLastAddress = 4, kTotalSize = 8 };
enum RangeApi : std::uint32_t { kCheckRange = 1, kCheckedOffset = 2 };
enum FileFacts : std::uint32_t { kProtection = 1, kFlags = 2, kFileOffset = 4, kHugetlbfs = 8, kFdsOverlap = 16 };
enum Atomics : std::uint32_t {
  kAtomicLoad = 1,
  kAtomicStore = 2,
  kCompareExchange = 4,
  kExchange = 8,
  kAdd = 16,
  kSub = 32,
  kAnd = 64,
  kOr = 128,
  kXor = 256
};
enum References : std::uint32_t { kAlignedReferences = 1, kAtomicReferences = 2 };
enum FaultSites : std::uint32_t { kInHarvests = 1, kInAccesses = 2, kInChanges = 4 };
enum Harvest : std::uint32_t { kRead = 1, kClear = 2, kBoth = 4 };

// Every switch that changes what the naive memory does, with the contract's defaults.
struct Settings {
  std::uint64_t last_address = UINT64_MAX;
  std::uint32_t backing = kOwn;
  bool reset = false;
  std::uint64_t regions_max = UINT64_MAX;
  std::uint64_t region_align_base = 1;
  std::uint64_t region_align_size = 1;
  int region_rounding = kReject;  // kAccept stands for `up`
  int region_zero = kReject;
  int region_order = kAnyOrder;
  int region_ends_at_2_64 = kReject;
  std::uint32_t region_api = 0;
  int iteration_order = kAnyListOrder;
  bool size_counts_added = false;
  std::uint32_t fault_sites = 0;
  int map_mutation = kImmutable;
  int stale_handle = kDeniedWhenStale;
  std::uint32_t file_facts = 0;
  int cross_region = kRejectCross;
  int hole_kind = kOob;
  std::uint64_t discard_value = 0;
  int zero_length_bytes = kOkAnywhere;
  int zero_length_typed = kOkAnywhere;
  int zero_length_query = kOkAnywhere;
  int zero_length_slice = kOkAnywhere;
  int range_fail_effect = kNothing;
  bool reports_count = false;
  bool partial = false;
  bool has_fill = false;
  bool has_zero_all = false;
  bool has_copy = false;
  bool atomic_buffers = false;
  int dump_all = kNoDump;
  std::uint32_t range_api = 0;
  bool iova = false;
  std::uint64_t iova_base = 0;
  bool slices = false;
  bool slice_lists = false;
  std::uint32_t references = 0;
  bool arrays = false;
  bool views = false;
  std::uint64_t view_align = 1;
  std::vector<std::vector<std::uint16_t>> error_detail;  // sets of statuses; the last of a set stands for all of it
  std::uint64_t typed_sizes = 0x116;                     // bit n: size n
  std::uint32_t atomics = 0;
  std::uint64_t atomic_sizes = 0x116;
  int atomic_unaligned = kError;
  int align_basis = kByGpa;
  int dirty_source = kUntracked;
  int dirty_precision = kExact;
  std::uint64_t dirty_granule = 4096;
  int dirty_origin = kFromZero;
  int dirty_enable = kAlways;
  int dirty_start = kClean;
  int dirty_when = kReturn;
  bool dirty_bitmap_api = false;
  std::uint32_t harvest = kBoth;
  int permissions = kNoPermissions;
  int perm_fail_effect = kNothing;
  bool fd_io = false;
  int fd_short_read = kStop;
  bool fd_exact_loops = false;
  int zero_length_fd = kOkAnywhere;
};

// One opened naive backend: what it follows in its root, in its region spaces, in its ranges and in its snapshots.
struct Profile {
  Settings root;
  Settings region;
  Settings range;
  Settings snapshot;
  std::vector<std::pair<std::string, std::string>> lines;  // name and value, for `describe`
};

// Reads `name=value` pairs separated by commas, the names with `root.`, `region.`, `range.` or `snapshot.` before them where they hold for
// that kind of space only; members of sets are separated by spaces or by +. Returns "" or why the text is none, in one line.
[[nodiscard]] std::string parse(std::string_view config, Profile& profile);

}  // namespace gmc::naive

#endif  // GMCHECK_HARNESS_BACKENDS_NAIVE_SETTINGS_H
