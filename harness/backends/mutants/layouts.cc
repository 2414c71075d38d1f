// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in what becomes of a layout: groups GM-REG and GM-PERM.
#include <cstring>

#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

struct LastByBase : MutantPolicy {
  static bool is_beyond(std::uint64_t base, std::uint64_t, const Options& options) { return base > options.last_address; }
};
struct OverlapByAByte : MutantPolicy {
  static bool overlaps(std::uint64_t, std::uint64_t a_last, std::uint64_t b_first, std::uint64_t) { return b_first < a_last; }
};
struct TouchingRefused : MutantPolicy {
  static bool overlaps(std::uint64_t, std::uint64_t a_last, std::uint64_t b_first, std::uint64_t) { return b_first <= a_last + 1; }
};
struct EmptyAccepted : MutantPolicy {
  static bool accepts_size(std::uint64_t, const Options&) { return true; }
};
struct SizeNotAligned : MutantPolicy {
  static bool is_aligned(std::uint64_t base, std::uint64_t, std::uint64_t align) { return (base & (align - 1)) == 0; }
};
struct WrappingAccepted : MutantPolicy {
  static bool leaves_address_space(std::uint64_t, std::uint64_t) { return false; }
};
struct TopRefused : MutantPolicy {
  static bool leaves_address_space(std::uint64_t base, std::uint64_t size) { return size > ~std::uint64_t{0} - base; }
};
struct PageEndNotZero : MutantPolicy {
  static void prepare_own(std::byte* data, std::uint64_t size) {
    if (size % 4096 == 1 && size > 131072) data[size - 1] = std::byte{0xcc};
  }
};
struct ResetErasesFirmware : MutantPolicy {
  static bool resets_firmware() { return false; }
};
struct ListOverRoom : MutantPolicy {
  static bool list_fits(std::uint64_t needed, std::uint64_t room) { return needed <= room + 1; }
};
struct SizeIn32Bits : MutantPolicy {
  static GmcRegionInfo region_info(const mapped::Region& region) {
    return {region.base, static_cast<std::uint32_t>(region.size), region.rights, 0};
  }
};
struct ScrubsOnRelease : MutantPolicy {
  static void before_release(const mapped::Region& region) {
    if (!region.is_own && (region.rights & GMC_RIGHT_WRITE) != 0) std::memset(region.data, 0, region.size);
  }
};
struct TouchingExtents : MutantPolicy {
  static bool extents_overlap(const GmcEntry& a, const GmcEntry& b) {
    const bool touches = a.fd == b.fd && a.fd_offset < b.fd_offset && b.fd_offset - a.fd_offset == a.size;
    return touches || MutantPolicy::extents_overlap(a, b);
  }
};
struct OffsetNotKept : MutantPolicy {
  static std::uint64_t fact_file_offset(const mapped::Region&) { return 0; }
};
struct MappedFromZero : MutantPolicy {
  static std::uint64_t map_offset(std::uint64_t) { return 0; }
};
struct ReadOnlyIsWritten : MutantPolicy {
  static std::uint32_t rights(std::uint32_t, const Options&) { return GMC_RIGHT_READ | GMC_RIGHT_WRITE; }
};
struct ResetKeepsBytes : MutantPolicy {
  static bool resets_bytes(const mapped::Region& region) { return region.is_own && region.base < std::uint64_t{1} << 32; }
};

struct WindowIsFilled : MutantPolicy {
  static bool leaves_room(std::uint64_t size, std::uint64_t window) { return size <= window; }
};

}  // namespace

const GmcPlugin* last_by_base() { return by_policy<LastByBase>(); }
const GmcPlugin* overlap_by_a_byte() { return by_policy<OverlapByAByte>(); }
const GmcPlugin* touching_refused() { return by_policy<TouchingRefused>(); }
const GmcPlugin* empty_accepted() { return by_policy<EmptyAccepted>(); }
const GmcPlugin* size_not_aligned() { return by_policy<SizeNotAligned>(); }
const GmcPlugin* wrapping_accepted() { return by_policy<WrappingAccepted>(); }
const GmcPlugin* top_refused() { return by_policy<TopRefused>(); }
const GmcPlugin* page_end_not_zero() { return by_policy<PageEndNotZero>(); }
const GmcPlugin* reset_erases_firmware() { return by_policy<ResetErasesFirmware>(); }
const GmcPlugin* list_over_room() { return by_policy<ListOverRoom>(); }
const GmcPlugin* size_in_32_bits() { return by_policy<SizeIn32Bits>(); }
const GmcPlugin* scrubs_on_release() { return by_policy<ScrubsOnRelease>(); }
const GmcPlugin* touching_extents() { return by_policy<TouchingExtents>(); }
const GmcPlugin* offset_not_kept() { return by_policy<OffsetNotKept>(); }
const GmcPlugin* mapped_from_zero() { return by_policy<MappedFromZero>(); }
const GmcPlugin* read_only_is_written() { return by_policy<ReadOnlyIsWritten>(); }
const GmcPlugin* reset_keeps_bytes() { return by_policy<ResetKeepsBytes>(); }

const GmcPlugin* window_is_filled() { return by_policy<WindowIsFilled>(); }

}  // namespace gmc::mutants
