// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in ranges: where they begin and end, what they may, and how long they live. Groups GM-SLICE and GM-SUB.
#include <sys/mman.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>

#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

using mapped::Faithful;
using mapped::inner;
using mapped::Interposer;
using mapped::pass;

struct SliceOverSeam : MutantPolicy {
  static bool fits_region(std::uint64_t size, std::uint64_t room, bool goes_on) { return goes_on || size <= room; }
};
struct SliceOneBeyond : MutantPolicy {
  static bool fits_region(std::uint64_t size, std::uint64_t room, bool goes_on) { return size <= room + (goes_on ? 0 : 1); }
};
struct SliceOfWords : MutantPolicy {
  static std::uint64_t range_size(std::uint64_t size) { return size > 4096 ? size & ~std::uint64_t{15} : size; }
};
struct EmptySliceMapped : Faithful {
  static constexpr std::string_view kSays = "zero_length_slice = in_bounds_incl_end\n";
};
struct OpeningMarks : MutantPolicy {
  static bool marks_when_opened() { return true; }
};
struct PartFromRegion : MutantPolicy {
  static std::uint64_t first_of_part(std::uint64_t, std::uint64_t region_first) { return region_first; }
};
struct InnerRangeReadOnly : MutantPolicy {
  static std::uint32_t range_rights(const Placed& piece) { return piece.skipped != 0 ? GMC_RIGHT_READ : piece.rights; }
};
struct ViewEndExcluded : MutantPolicy {
  static bool fits(std::uint64_t address, std::uint64_t size, std::uint64_t room) {
    return MutantPolicy::fits(address, size, room) && (room == 0 || size == 0 || size < room - address);
  }
};
struct ViewIn32Bits : MutantPolicy {
  static std::uint64_t range_start(std::uint64_t address) { return address & 0xffffffff; }
};
struct ViewWidens : MutantPolicy {
  static bool fits(std::uint64_t address, std::uint64_t size, std::uint64_t room) {
    return MutantPolicy::fits(address, room == 0 || address > room ? size : std::min(size, room - address), room);
  }
};
struct ViewNotAligned : MutantPolicy {
  static bool range_is_aligned(std::uint64_t, std::uint64_t, std::uint64_t) { return true; }
};

struct PointerToPage : MutantPolicy {
  static const std::byte* pointer(const Placed& placed, std::uint64_t offset) {
    // Of the region's first page right, of the others the page's first byte.
    return MutantPolicy::pointer(placed, offset < 4096 ? offset : offset & ~std::uint64_t{4095});
  }
};
struct PointerBeyondEnd : MutantPolicy {
  static bool pointer_reaches(std::uint64_t size, std::uint64_t room) { return size <= room + 1; }
};
struct PointerToACopy : MutantPolicy {
  static const std::byte* pointer(const Placed& placed, std::uint64_t offset) {
    static std::array<std::byte, 4096> copy;
    if (!placed.region->is_own || placed.size > copy.size()) return MutantPolicy::pointer(placed, offset);
    std::memcpy(copy.data(), placed.data, placed.size);
    return copy.data() + offset;
  }
};
// Into a second mapping, in whose place zeroes stand once the map has changed.
struct PointerDiesWithMap : MutantPolicy {
  struct Second {
    void* bytes = nullptr;
    std::size_t size = 0;
  };
  static std::array<Second, 8>& seconds() {
    static std::array<Second, 8> mappings;
    return mappings;
  }
  static const std::byte* pointer(const Placed& placed, std::uint64_t offset) {
    static std::size_t next = 0;
    const mapped::Mapping& mapping = placed.region->mapping;
    if (!placed.region->is_own || mapping.length == 0 || mapping.length > 1u << 20) return MutantPolicy::pointer(placed, offset);
    void* const bytes = ::mremap(mapping.data, 0, mapping.length, MREMAP_MAYMOVE);  // of a shared mapping a second one
    if (bytes == MAP_FAILED) return MutantPolicy::pointer(placed, offset);
    Second& second = seconds()[next++ % seconds().size()];
    if (second.bytes != nullptr) ::munmap(second.bytes, second.size);
    second = {bytes, mapping.length};
    return static_cast<const std::byte*>(bytes) + (placed.data + offset - mapping.data);
  }
  static bool tells(bool has_more) {
    for (const Second& second : seconds()) {
      if (second.bytes == nullptr) continue;
      ::mmap(second.bytes, second.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    }
    return MutantPolicy::tells(has_more);
  }
};
// Whoever has a pointer is thought to mark by it.
struct MarkTrustsPointers : Faithful {
  static GmcCall& last() {
    static GmcCall pointer = {};
    return pointer;
  }
  static GmcOutcome call(const GmcCall& call) {
    if (call.op == GMC_CALL_HOST_ADDRESS && (call.rights & GMC_RIGHT_WRITE) != 0) last() = call;
    return pass(call);
  }
  static GmcOutcome mark(GmcLane* lane, GmcSpace* space, std::uint64_t address, std::uint64_t size) {
    const bool is_that = last().size > 0 && last().address == address && last().size == size;
    return is_that ? gmc_ok() : inner().dirty->mark(lane, space, address, size);
  }
  static void trim_dirty(GmcDirtyGroup& table) { table.mark = &mark; }
};
struct PointerDenied : Faithful {
  static constexpr std::string_view kSays = "host_pointer = none\n";
};

// A range is dropped with what it was opened on.
struct RangeDiesWithParent : Faithful {
  static std::map<GmcSpace*, GmcSpace*>& parents() {
    static std::map<GmcSpace*, GmcSpace*> of_spaces;
    return of_spaces;
  }
  static std::set<GmcSpace*>& orphans() {
    static std::set<GmcSpace*> spaces;
    return spaces;
  }
  static GmcOutcome open(GmcLane* lane, GmcSpace* parent, const GmcSpaceRequest* request, GmcSpace** space) {
    const GmcOutcome outcome = inner().space->open(lane, parent, request, space);
    if (outcome.status == GMC_OK) parents()[*space] = parent;
    return outcome;
  }
  static GmcOutcome close(GmcLane* lane, GmcSpace* space) {
    parents().erase(space);
    orphans().erase(space);
    for (const auto& [child, parent] : parents()) {
      if (parent == space) orphans().insert(child);
    }
    return inner().space->close(lane, space);
  }
  static void trim_space(GmcSpaceGroup& table) {
    table.open = &open;
    table.close = &close;
  }
  static GmcOutcome call(const GmcCall& call) { return orphans().contains(call.space) ? gmc_outcome(GMC_OUT_OF_RANGE) : pass(call); }
};

struct MappingOfTheFirst : MutantPolicy {
  static bool is_one_mapping(std::size_t count) { return count > 0; }
};
struct IovaIn32Bits : MutantPolicy {
  static std::uint64_t iova(std::uint64_t base, std::uint64_t gpa, std::uint64_t) { return base + static_cast<std::uint32_t>(gpa); }
};
struct IovaOfTheSpace : MutantPolicy {
  static std::uint64_t iova(std::uint64_t base, std::uint64_t, std::uint64_t address) { return base + address; }
};

}  // namespace

const GmcPlugin* mapping_of_the_first() { return by_policy<MappingOfTheFirst>(); }
const GmcPlugin* iova_in_32_bits() { return by_policy<IovaIn32Bits>(); }
const GmcPlugin* iova_of_the_space() { return by_policy<IovaOfTheSpace>(); }
const GmcPlugin* pointer_to_page() { return by_policy<PointerToPage>(); }
const GmcPlugin* pointer_beyond_end() { return by_policy<PointerBeyondEnd>(); }
const GmcPlugin* pointer_to_a_copy() { return by_policy<PointerToACopy>(); }
const GmcPlugin* pointer_dies_with_map() { return by_policy<PointerDiesWithMap>(); }
const GmcPlugin* mark_trusts_pointers() { return Interposer<MarkTrustsPointers>::table(); }
const GmcPlugin* pointer_denied() { return Interposer<PointerDenied>::table(); }
const GmcPlugin* slice_over_seam() { return by_policy<SliceOverSeam>(); }
const GmcPlugin* slice_one_beyond() { return by_policy<SliceOneBeyond>(); }
const GmcPlugin* slice_of_words() { return by_policy<SliceOfWords>(); }
const GmcPlugin* empty_slice_mapped() { return Interposer<EmptySliceMapped>::table(); }
const GmcPlugin* opening_marks() { return by_policy<OpeningMarks>(); }
const GmcPlugin* part_from_region() { return by_policy<PartFromRegion>(); }
const GmcPlugin* inner_range_read_only() { return by_policy<InnerRangeReadOnly>(); }
const GmcPlugin* view_end_excluded() { return by_policy<ViewEndExcluded>(); }
const GmcPlugin* view_in_32_bits() { return by_policy<ViewIn32Bits>(); }
const GmcPlugin* view_widens() { return by_policy<ViewWidens>(); }
const GmcPlugin* view_not_aligned() { return by_policy<ViewNotAligned>(); }
const GmcPlugin* range_dies_with_parent() { return Interposer<RangeDiesWithParent>::table(); }

}  // namespace gmc::mutants
