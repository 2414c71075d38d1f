// SPDX-License-Identifier: Apache-2.0 OR MIT
// The decisions of a guest memory over mappings, one small function each. The core (walk.h, space.h, dirty_log.h, layout.h, memory.h) is
// the machinery around them and decides nothing of this kind by itself.
//
// ProductPolicy is the product. A mutant derives from it and hides exactly one function; everything else stays the product's. So every
// function here is a place where real guest memories have gone wrong, and none calls another one.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_POLICY_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_POLICY_H

#include <gmcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/backends/mapped/bitset.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/region.h"

#if defined(__clang__)
#define GMC_UNPREDICTABLE(condition) __builtin_unpredictable(condition)
#else
#define GMC_UNPREDICTABLE(condition) (condition)
#endif

namespace gmc::mapped {

// The ways by which bytes are reached: what may be forgotten for one of them alone.
enum class Path : std::uint8_t {
  kRead,
  kWrite,
  kLoad,
  kStore,
  kReadPartial,
  kWritePartial,
  kFill,
  kZeroAll,
  kReadAtomics,
  kWriteAtomics,
  kDump,
  kAtomicLoad,
  kAtomicStore,
  kExchange,  // and fetch operations
  kCompareExchange,
  kReadFrom,
  kWriteTo,
  kReadArray,
  kWriteArray,
  kCopySource,
  kCopyTarget
};
[[nodiscard]] constexpr bool is_writing(Path path) {
  return path == Path::kWrite || path == Path::kStore || path == Path::kWritePartial || path == Path::kFill || path == Path::kZeroAll ||
         path == Path::kWriteAtomics || path == Path::kAtomicStore || path == Path::kExchange || path == Path::kCompareExchange ||
         path == Path::kReadFrom || path == Path::kCopyTarget || path == Path::kWriteArray;
}

// How far a range can be followed, and why no further.
struct Reach {
  std::uint64_t done = 0;    // bytes before `stop`
  GmcStatus stop = GMC_OK;   // GMC_OK: to its end
  bool crossing = false;     // it stopped only because a region ends there and spanning is not offered
  bool has_address = false;  // the first byte that failed has an address: not where the range wraps
};

struct ProductPolicy {
  static constexpr const char* kName = "mmap";
  static constexpr const char* kVersion = "0.1";

  // Its options, from the config text of `open`. A legal variant answers other ones.
  static std::expected<Options, std::string> options(std::string_view config) { return parse_options(config); }

  // -------------------------------------------------------------------------------------------------- Layouts (GM-REG-001 to -006)

  static bool accepts_size(std::uint64_t size, const Options& options) { return size != 0 || options.accepts_empty_region; }
  // Whether [base, base + size) leaves the address space; size > 0.
  static bool leaves_address_space(std::uint64_t base, std::uint64_t size) { return size - 1 > ~std::uint64_t{0} - base; }
  // Whether a region that ends at `last` holds a byte that the backend cannot serve (GM-ADDR-005).
  static bool is_beyond(std::uint64_t /*base*/, std::uint64_t last, const Options& options) { return last > options.last_address; }
  static bool is_aligned(std::uint64_t base, std::uint64_t size, std::uint64_t align) { return ((base | size) & (align - 1)) == 0; }
  // Whether two ranges share a byte; each given by its first and last address, a_first <= b_first.
  static bool overlaps(std::uint64_t /*a_first*/, std::uint64_t a_last, std::uint64_t b_first, std::uint64_t /*b_last*/) {
    return b_first <= a_last;
  }
  // What a right of the layout becomes. Writing without reading is not offered by the hardware below either.
  static std::uint32_t rights(std::uint32_t asked, const Options& options) {
    const std::uint32_t host = options.rights == Rights::kGuests ? GMC_RIGHT_WRITE : 0u;
    return asked | GMC_RIGHT_READ | host;
  }
  static bool offset_is_aligned(std::uint64_t fd_offset, std::uint64_t page) { return fd_offset % page == 0; }
  static bool file_covers(std::uint64_t file_size, std::uint64_t fd_offset, std::uint64_t size) {
    return fd_offset <= file_size && size <= file_size - fd_offset;
  }
  static std::uint64_t map_offset(std::uint64_t fd_offset) { return fd_offset; }
  // Bytes to map for a region: whole pages. 0 where they cannot be counted.
  static std::uint64_t map_length(std::uint64_t size, std::uint64_t page) { return (size + (page - 1)) & ~(page - 1); }
  // Called for new memory of the backend's own, which the system hands out zeroed (GM-REG-007).
  static void prepare_own(std::byte* /*data*/, std::uint64_t /*size*/) {}
  // Called before the bytes of a region are let go (GM-REG-010).
  static void before_release(const Region& /*region*/) {}

  // Whether a region of that size does not fill its window, and whether one may begin there.
  static bool leaves_room(std::uint64_t size, std::uint64_t window) { return size < window; }
  static bool begins_window(std::uint64_t base, std::uint64_t window) { return (base & (window - 1)) == 0; }

  // --------------------------------------------------------------------------------------------------- Map changes (GM-MAP, class J)

  // Whether `remove` means this region.
  static bool is_exactly(const Region& region, std::uint64_t base, std::uint64_t size) {
    return region.base == base && region.size == size;
  }
  // Of which region a change gives a space. `by_base`: what is mapped now; `is_mapped`: this one is.
  static Region& handed_out(Region& region, std::span<Region* const> /*by_base*/, bool /*is_mapped*/) { return region; }
  // Called when a region has come back.
  static void inserted(Region& /*region*/) {}
  // Whether spaces hear of a change; `has_more`: it brought regions.
  static bool tells(bool /*has_more*/) { return true; }
  static bool snapshot_follows() { return false; }
  // Where a snapshot finds the bytes of a region.
  static std::byte* shown_in_snapshot(const Region& region) { return region.data; }
  // Where a memory that was made of another one's region finds its bytes.
  static std::byte* shown_in_sharing(const Region& region) { return region.data; }
  // Whether a memory that goes takes a region with it; so many memories have it.
  static bool is_last(long holders) { return holders == 1; }
  // Whether what is marked survives a change.
  static bool keeps_marks() { return true; }
  static bool stale_is_denied(const Options& options) { return options.denies_stale; }
  static bool counts(const Region& region, const Options& options) { return options.counts_added || !region.is_added; }
  static bool resets_map(bool /*has_added*/) { return true; }

  // -------------------------------------------------------------------------------------- Translation (GM-ADDR, GM-XR, classes A, B, C)

  static bool contains(const Placed& placed, std::uint64_t address) { return address - placed.start < placed.size; }
  // Of `count` > 0 ascending starts the last that is not above `address`, or the first where all are. Addresses are random, so a branch
  // would be guessed wrong every other time: the compiler is told to choose by a conditional move.
  static std::size_t search(const std::uint64_t* starts, std::size_t count, std::uint64_t address) {
    const std::uint64_t* base = starts;
    while (count > 1) {
      const std::size_t half = count / 2;
      base = GMC_UNPREDICTABLE(base[half] <= address) ? base + half : base;
      count -= half;
    }
    return static_cast<std::size_t>(base - starts);
  }
  static std::uint64_t offset(const Placed& placed, std::uint64_t address) { return address - placed.start; }
  // Bytes from `offset` to the region's end.
  static std::uint64_t room(const Placed& placed, std::uint64_t offset) { return placed.size - offset; }
  static std::uint64_t chunk(std::uint64_t left, std::uint64_t room) { return std::min(left, room); }
  // The region that goes on where `placed` ends, or null. The end of the address space is not followed by address 0.
  static const Placed* next(const RegionMap& map, const Placed& placed) {
    const Placed* const after = &placed + 1;
    return after != map.end() && after->start - placed.start == placed.size ? after : nullptr;
  }
  static bool permits(std::uint32_t rights, std::uint32_t needed, Path /*path*/) { return (rights & needed) == needed; }
  // The same by the rights of the pages; `position` as PageRights counts it.
  static std::uint64_t permitted_by_pages(const Region& region, std::uint64_t position, std::uint64_t size, std::uint32_t rights,
                                          Path /*path*/) {
    return region.pages.permitted(position, size, rights);
  }
  // Where in the caller's buffer the piece after `done` bytes begins.
  static std::uint64_t cursor(std::uint64_t done) { return done; }

  // ----------------------------------------------------------------------------------------- Rights of pages (GM-PERM-006, -009)

  // Whether a range of `size` bytes is mapped, of which `covered` are.
  static bool covers(std::uint64_t covered, std::uint64_t size) { return covered == size; }
  static std::uint64_t last_protected(std::uint64_t /*first*/, std::uint64_t last) { return last; }
  static std::uint32_t page_rights(std::uint32_t asked) { return asked; }
  // Whether a space that is open is told.
  static bool hears_of_rights(GmcSpaceKind /*kind*/) { return true; }
  static bool resets_rights() { return true; }

  // ------------------------------------------------------------------------------------------------------- Ranges (GM-SLICE, GM-SUB)

  // Whether [address, address + size) lies in what a space of `room` bytes has; `room` is 0 for all 2^64.
  static bool fits(std::uint64_t address, std::uint64_t size, std::uint64_t room) {
    if (room == 0) return size == 0 || size - 1 <= ~std::uint64_t{0} - address;
    return address <= room && size <= room - address;
  }
  // Whether a range inside one region may have so many bytes; `room` are left from its first one on. `goes_on`: another region begins
  // where this one ends.
  static bool fits_region(std::uint64_t size, std::uint64_t room, bool /*goes_on*/) { return size <= room; }
  static bool range_is_aligned(std::uint64_t address, std::uint64_t size, std::uint64_t align) {
    return ((address | size) & (align - 1)) == 0;
  }
  // Where in its parent a range begins, and how many bytes it shows.
  static std::uint64_t range_start(std::uint64_t address) { return address; }
  static std::uint64_t range_size(std::uint64_t size) { return size; }
  // Where a range that was opened on a range begins, in the addresses of the root.
  static std::uint64_t range_origin(std::uint64_t parent_origin, std::uint64_t address) { return parent_origin + address; }
  // The rights through a range to a piece of a region.
  static std::uint32_t range_rights(const Placed& piece) { return piece.rights; }
  // Called when a range has been opened.
  static bool marks_when_opened() { return false; }
  // The first bit of a part of a region, and the number that a dense harvest gives it.
  static std::uint64_t first_of_part(std::uint64_t first, std::uint64_t /*region_first*/) { return first; }

  // ---------------------------------------------------------------------------------------------- Results (GM-RW, classes D1 and D3)

  // Whether an access of no bytes is ok under `rule`. `starts_inside`: its address is mapped; `touches`: it is mapped, or the end of a
  // region.
  static bool accepts_zero_length(ZeroLength rule, bool starts_inside, bool touches) {
    return rule == ZeroLength::kOkAnywhere || starts_inside || (rule == ZeroLength::kInBoundsInclEnd && touches);
  }
  // The pointer to the byte at `offset` of what a space shows of a region, and whether `size` bytes from there on may be asked for.
  static const std::byte* pointer(const Placed& placed, std::uint64_t offset) { return placed.data + offset; }
  static bool pointer_reaches(std::uint64_t size, std::uint64_t room) { return size <= room; }
  // Whether an object of `size` bytes may be referred to where it stands in the host; the memory has it at `gpa` (GM-SLICE-003).
  static bool may_refer(const std::byte* at, std::uint64_t /*gpa*/, std::uint64_t size) {
    return reinterpret_cast<std::uintptr_t>(at) % size == 0;
  }
  // Bytes of an array; none where there would be too many (GM-SLICE-004).
  static std::optional<std::uint64_t> array_bytes(std::uint64_t elements, std::uint64_t size) {
    constexpr std::uint64_t kMax = ~std::uint64_t{0} >> 1;
    return elements > kMax / size ? std::nullopt : std::optional(elements * size);
  }
  static bool fits_array(std::uint64_t size, std::uint64_t room) { return size <= room; }
  // How many elements are moved, and how many are said to be (GM-SLICE-005).
  static std::uint64_t moved_elements(std::uint64_t array, std::uint64_t buffer) { return std::min(array, buffer); }
  static std::uint64_t told_elements(std::uint64_t moved, std::uint64_t /*size*/) { return moved; }
  // A piece of a list of slices; `done` bytes come before it. And whether the list ends there (GM-XR-005).
  static GmcPiece listed(const GmcPiece& piece, std::uint64_t /*done*/) { return piece; }
  static bool is_listed(std::uint64_t done, std::uint64_t size) { return done == size; }
  // Whether the one mapping of a memory of `count` regions is told (GM-SLICE-008).
  static bool is_one_mapping(std::size_t count) { return count == 1; }
  // The I/O address of the memory's `gpa`, which has another one in the space that is asked (GM-SLICE-010).
  static std::uint64_t iova(std::uint64_t base, std::uint64_t gpa, std::uint64_t /*address*/) { return base + gpa; }
  // Whether an access of no bytes asks for a right.
  static bool empty_needs_right(Path /*path*/) { return false; }
  // Whether an exact access that came that far has done what it was asked to.
  static bool is_done(const RegionMap& /*map*/, std::uint64_t /*address*/, std::uint64_t /*size*/, const Reach& reach) {
    return reach.stop == GMC_OK;
  }
  // How many of the bytes that an exact access could reach it keeps although it fails.
  static std::uint64_t kept(const Reach& reach, const Options& options, Path /*path*/) {
    if (reach.crossing) return 0;
    const FailEffect effect = reach.stop == GMC_DENIED ? options.permission_fail : options.range_fail;
    return effect == FailEffect::kPrefix ? reach.done : 0;
  }
  static GmcStatus exact_status(std::uint64_t kept, GmcStatus stop) { return kept > 0 ? GMC_SHORT : stop; }
  static GmcStatus partial_status(std::uint64_t done, GmcStatus stop) { return done > 0 ? GMC_OK : stop; }
  static std::uint64_t reported_count(std::uint64_t moved) { return moved; }
  // The memory's own address of `at` in a space that begins at `origin`.
  static std::uint64_t reported_address(std::uint64_t origin, std::uint64_t at) { return origin + at; }

  // ----------------------------------------------------------------------------------------- Moving bytes (GM-RW-001 to -003, GM-TYPE)

  static void copy_out(void* buffer, const std::byte* memory, std::uint64_t size) { std::memcpy(buffer, memory, size); }
  static void copy_in(std::byte* memory, const void* buffer, std::uint64_t size) { std::memcpy(memory, buffer, size); }
  static void fill(std::byte* memory, std::uint8_t value, std::uint64_t size) { std::memset(memory, value, size); }
  // Within one piece of a copy, whose ends may overlap (GM-RW-012).
  static void move(std::byte* target, const std::byte* source, std::uint64_t size) { std::memmove(target, source, size); }
  // Whether the last piece of a copy goes first; the addresses are those of the memory.
  static bool goes_backwards(std::uint64_t source, std::uint64_t target) { return source < target; }
  // How many of the bytes that a copy could move it moves although it fails.
  static std::uint64_t copied_in_failure(std::uint64_t /*reached*/) { return 0; }
  template <class T>
  static T load(const std::byte* memory) {
    T value;
    std::memcpy(&value, memory, sizeof value);
    return value;
  }
  template <class T>
  static void store(std::byte* memory, T value) {
    std::memcpy(memory, &value, sizeof value);
  }
  // Whether zero_all reaches a region.
  static bool zeroes(const RegionMap& /*map*/, const Placed& /*placed*/) { return true; }
  // Where in a dump's buffer the bytes of a region go; `packed` is the number of bytes before them without holes.
  static std::uint64_t dump_position(const Placed& placed, std::uint64_t /*packed*/) { return placed.start; }

  // ----------------------------------------------------------------------------------------------------------- Atomics (GM-ATOM)

  // The order of the record that an operation runs with; none where it cannot have it. `releases`, `acquires`: what the operation can do.
  static std::optional<int> order(std::uint32_t asked, bool acquires, bool releases) {
    switch (asked) {
      case GMC_ORDER_RELAXED:
        return __ATOMIC_RELAXED;
      case GMC_ORDER_ACQUIRE:
        return acquires ? std::optional(__ATOMIC_ACQUIRE) : std::nullopt;
      case GMC_ORDER_RELEASE:
        return releases ? std::optional(__ATOMIC_RELEASE) : std::nullopt;
      case GMC_ORDER_ACQ_REL:
        return acquires && releases ? std::optional(__ATOMIC_ACQ_REL) : std::nullopt;
      case GMC_ORDER_SEQ_CST:
        return __ATOMIC_SEQ_CST;
      default:
        return std::nullopt;
    }
  }
  static std::optional<int> failure_order(std::uint32_t asked) { return ProductPolicy::order(asked, true, false); }
  static bool has_width(std::uint64_t width) { return width == 1 || width == 2 || width == 4 || width == 8; }
  static bool is_aligned_for(const std::byte* at, std::uint64_t width) { return reinterpret_cast<std::uintptr_t>(at) % width == 0; }
  static bool fits_one_region(std::uint64_t width, std::uint64_t room) { return width <= room; }
  // What a fetch operation leaves behind.
  template <class T>
  static T combined(std::uint32_t op, T old, T operand) {
    switch (op) {
      case GMC_CALL_FETCH_ADD:
        return static_cast<T>(old + operand);
      case GMC_CALL_FETCH_SUB:
        return static_cast<T>(old - operand);
      case GMC_CALL_FETCH_AND:
        return static_cast<T>(old & operand);
      case GMC_CALL_FETCH_OR:
        return static_cast<T>(old | operand);
      case GMC_CALL_FETCH_XOR:
        return static_cast<T>(old ^ operand);
      default:
        return operand;
    }
  }
  // Whether a compare-exchange finds what it expects.
  template <class T>
  static bool is_expected(T found, T expected) {
    return found == expected;
  }
  // What stands there after one that did not.
  template <class T>
  static T left_after_mismatch(T found, T /*desired*/) {
    return found;
  }
  // What a fetch operation, or an exchange, answers.
  template <class T>
  static T told(T old, T /*now*/) {
    return old;
  }
  // What it answers where it did not.
  static std::uint64_t found_value(std::uint64_t found, std::uint64_t /*expected*/) { return found; }

  // ----------------------------------------------------------------------------------------- Transfers (GM-FD, classes D2, D4, H5)

  // Called before a transfer of which `reach` can be had, and when its descriptor has been read or written for the last time.
  static void before_transfer(int /*fd*/, bool /*takes*/, const Reach& /*reach*/) {}
  static void after_transfer(int /*fd*/, bool /*takes*/) {}
  // How much of `left` bytes of a piece one system call is asked for, and where in the piece it goes on after `moved`.
  static std::uint64_t asked_of_stream(std::uint64_t left) { return left; }
  static std::uint64_t stream_position(std::uint64_t moved, bool /*takes*/) { return moved; }
  static bool repeats_interrupted() { return true; }
  // Whether a transfer goes on after a system call that moved less than it was asked to.
  static bool goes_on(bool takes, bool exact, const Options& options) {
    if (exact) return options.exact_streams_loop;
    return takes && options.short_reads_loop;
  }
  // What is answered to a transfer that the descriptor ended: short where it moves no more, io where it failed.
  static GmcStatus stream_status(std::uint64_t /*moved*/, GmcStatus stop, bool /*takes*/) { return stop; }
  static std::uint64_t transferred(std::uint64_t moved, std::uint64_t /*requested*/) { return moved; }
  // Whether what has arrived stays when the transfer fails.
  static bool keeps_arrived() { return true; }
  // Whether a transfer that failed takes the marks of its target away.
  static bool cleans_target() { return false; }

  // ------------------------------------------------------------------------------------------------------ Queries (GM-ADDR-006 to -009)

  // What check_range answers; `reach` is how far an exact access to [address, address + size) would come.
  static bool range_is_ok(const RegionMap& /*map*/, std::uint64_t /*address*/, std::uint64_t /*size*/, const Reach& reach) {
    return reach.stop == GMC_OK;
  }
  static bool sum_wraps(std::uint64_t address, std::uint64_t offset) { return offset > ~std::uint64_t{0} - address; }
  static std::uint64_t last_address(const RegionMap& map) {
    const Placed& last = map[map.count() - 1];
    return last.start + (last.size - 1);
  }
  static std::uint64_t total_size(std::uint64_t before, const Placed& placed) { return before + placed.size; }
  // Whether a list of regions has room for all of them.
  static bool list_fits(std::uint64_t needed, std::uint64_t room) { return needed <= room; }
  static GmcRegionInfo region_info(const Region& region) { return {region.base, region.size, region.rights, 0}; }
  // Whether the file extents of two regions share a byte, where both have one (GM-REG-011): by descriptor, as told by number.
  static bool extents_overlap(const GmcEntry& a, const GmcEntry& b) {
    if (a.fd != b.fd) return false;
    return a.fd_offset < b.fd_offset ? b.fd_offset - a.fd_offset < a.size : a.fd_offset - b.fd_offset < b.size;
  }
  static std::uint64_t fact_file_offset(const Region& region) { return region.entry.fd_offset; }
  static std::uint32_t fact_protection(const Region& region) { return region.rights; }

  // ------------------------------------------------------------------------------------------------ Dirty tracking (GM-DIRTY, G and H)

  // Whether an access by `path` marks what it wrote. `failed`: it kept a prefix and fails. `is_sharing`: through a memory that was made of
  // another one's region.
  static bool marks(Path path, bool /*failed*/, bool /*is_sharing*/) { return is_writing(path); }
  // Which bytes of a region a piece of an access marks; `requested` is what was left to move, from the piece's first byte on.
  static ByteSpan marked(const Placed& /*placed*/, std::uint64_t offset, std::uint64_t moved, std::uint64_t /*requested*/) {
    return {offset, moved};
  }
  // Whether what is written through a space of that kind is marked later, and whether what is marked by hand is too.
  static bool waits(GmcSpaceKind kind, const Options& options) {
    return options.when == When::kHarvest || (options.when == When::kRelease && kind != GMC_SPACE_ROOT);
  }
  static bool waits_by_hand() { return false; }
  // How many of the writes that wait are marked when their moment comes.
  static std::size_t marked_of_held(std::size_t held) { return held; }
  // `position` is counted from the start of the region's first granule.
  static std::uint64_t granule(std::uint64_t position, unsigned shift) { return position >> shift; }
  static std::uint64_t last_position(std::uint64_t position, std::uint64_t size) { return position + (size - 1); }
  static std::uint64_t granule_count(std::uint64_t bias, std::uint64_t size, unsigned shift) { return ((bias + (size - 1)) >> shift) + 1; }
  // Words of a dense harvest.
  static std::uint64_t word_count(std::uint64_t granules) { return (granules + 63) / 64; }
  // The part of [address, address + size) that explicit marking marks in a region: what is outside is ignored, what wraps ends at the top.
  static ByteSpan marked_by_hand(const Placed& placed, std::uint64_t address, std::uint64_t size) {
    const std::uint64_t last = size - 1 > ~std::uint64_t{0} - address ? ~std::uint64_t{0} : address + (size - 1);
    const std::uint64_t region_last = placed.start + (placed.size - 1);
    if (last < placed.start || address > region_last) return {};
    const std::uint64_t first = std::max(address, placed.start);
    return {first - placed.start, std::min(last, region_last) - first + 1};
  }
  // The bits of a word that a harvest reports, of those that are set in its range.
  static std::uint64_t reported(std::uint64_t bits, std::uint64_t /*at*/) { return bits; }
  // The bits of a word that a harvest clears, of those that it was asked about.
  static std::uint64_t cleared(std::uint64_t bits, std::uint32_t flags) { return (flags & GMC_HARVEST_CLEAR) != 0 ? bits : 0; }
  // The number, counted from address 0, of the granule in which a region's first granule lies.
  static std::uint64_t first_granule_number(const Region& region, unsigned shift) { return region.base >> shift; }
  // Of the `all` regions of a harvest that fails, having looked at `done`, how many are clean afterwards (GM-DIRTY-013).
  static std::size_t cleared_before_fault(std::size_t /*done*/, std::size_t /*all*/) { return 0; }
  // Whether a harvest has room for its words, and whether one that has not clears all the same.
  static bool harvest_fits(std::uint64_t needed, std::uint64_t room) { return needed <= room; }
  static bool clears_declined() { return false; }
  static bool can_harvest(bool is_tracking) { return is_tracking; }
  // Whether turning tracking on begins a new period, in which nothing is left of the one before.
  static bool begins_anew(bool was_tracking) { return !was_tracking; }

  // --------------------------------------------------------------------------------------------------------- Armed faults (GM-INV-005)

  // Which use fails, of those that come.
  static std::uint64_t armed_use(std::uint64_t nth) { return nth; }
  // Of the bytes in front of the piece at which an access failed, how many it moves all the same.
  static std::uint64_t moved_before_fault(std::uint64_t /*done*/) { return 0; }
  static bool resets_faults() { return true; }

  // --------------------------------------------------------------------------------------------------------------- Reset (GM-INV-004)

  static bool resets_bytes(const Region& region) { return region.is_own; }
  static bool resets_firmware() { return true; }
  static bool resets_dirty() { return true; }
  static bool tracking_after_reset(bool /*now*/, bool at_creation) { return at_creation; }
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_POLICY_H
