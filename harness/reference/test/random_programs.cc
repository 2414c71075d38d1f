// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/test/random_programs.h"

#include <algorithm>
#include <bit>

#include "harness/reference/memory_map.h"

namespace gmc::testing {

namespace {

constexpr std::uint32_t kSlots = 4;          // the root and three others
constexpr std::uint32_t kFirstAddition = 4;  // layouts from here on have one region, for `add`
constexpr std::uint32_t kAdditions = 3;

template <typename T, std::size_t N>
T pick(const T (&values)[N], Random& random) {
  return values[random.below(static_cast<std::uint32_t>(N))];
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

Region RandomPrograms::draw_region(std::uint64_t& cursor) {
  const Switches& s = profile_.root();
  static constexpr std::uint64_t kSizes[] = {1, 2, 3, 7, 8, 8, 9, 16, 24, 40, 64, 65, 130, 300};
  static constexpr std::uint64_t kGaps[] = {0, 0, 0, 1, 2, 8, 16, 70, 4096};
  Region region;
  region.size = pick(kSizes, random_);
  if (!random_.one_in(20)) region.size = round_up(region.size, s.region_align_size);
  region.base = cursor + pick(kGaps, random_);
  // Pages of its own, the first of which ends inside of it or behind it.
  if (is_apart_)
    region.base = round_up(cursor, kProtectedPage) + 2 * kProtectedPage - random_.below(static_cast<std::uint32_t>(2 * region.size));
  if (!random_.one_in(20)) region.base = round_up(region.base, s.region_align_base);
  region.is_read_only = random_.one_in(4);
  cursor = region.base + round_up(region.size, s.region_align_size);
  std::vector<Backing> backings;
  if (s.backing.has(Backings::kOwn)) backings.push_back(Backing::kOwn);
  if (s.backing.has(Backings::kFd)) backings.push_back(Backing::kFile);
  if (s.backing.has(Backings::kHostPointer)) backings.push_back(Backing::kHost);
  region.backing = backings[random_.below(static_cast<std::uint32_t>(backings.size()))];
  if (region.backing == Backing::kFile) {
    region.file = static_cast<std::uint8_t>(random_.below(2));
    region.file_offset = random_.percent(50) ? random_.below(40) : 4096 * random_.below(3);
    // Extents that just touch.
    if (random_.one_in(3)) region.file_offset = file_end_;
    file_end_ = region.file_offset + round_up(region.size, s.region_align_size);
  }
  return region;
}

Layout RandomPrograms::draw_layout(bool is_memory) {
  const Switches& s = profile_.root();
  Layout layout;
  static constexpr std::uint64_t kStarts[] = {0, 0x10, 0x1000, 0x1000, 0xfffffff0, std::uint64_t{1} << 40};
  std::uint64_t cursor = pick(kStarts, random_);
  is_apart_ = s.permissions == Permissions::kPageBitmap && random_.percent(60);
  const std::uint32_t count = random_.one_in(30) ? 0 : 1 + random_.below(4);
  for (std::uint32_t i = 0; i < count; ++i) layout.regions.push_back(draw_region(cursor));
  if (s.region_zero == RegionZero::kAccept && random_.one_in(6) && s.backing.has(Backings::kOwn))
    layout.regions.push_back({.base = cursor});
  if (s.region_order == RegionOrder::kPositional && !random_.one_in(8)) {
    std::uint64_t largest = s.region_align_base;
    for (const Region& region : layout.regions) largest = std::max(largest, round_up(region.size, s.region_align_size) + 1);
    const std::uint64_t window = std::max(std::bit_ceil(largest), random_.one_in(12) ? std::uint64_t{1} : std::uint64_t{4096})
                                 << random_.below(2);
    for (std::size_t i = 0; i < layout.regions.size(); ++i) layout.regions[i].base = window * i;
    // One that fills its window.
    if (!is_memory && !layout.regions.empty() && random_.one_in(4)) layout.regions.front().size = window;
  } else if (s.region_ends_at_2_64 == RegionTop::kAccept && random_.one_in(3) && !layout.regions.empty()) {
    // The whole of it slides to the end of the address space.
    const std::uint64_t distance = 0 - cursor;
    if (distance % s.region_align_base == 0) {
      for (Region& region : layout.regions) region.base += distance;
    }
  }
  if (s.region_order != RegionOrder::kSorted && s.region_order != RegionOrder::kPositional && layout.regions.size() > 1 &&
      random_.one_in(3)) {
    std::swap(layout.regions.front(), layout.regions.back());
  }
  if (!layout.regions.empty() && random_.percent(60)) {
    // A window round all of it, or round the first region and what follows.
    std::uint64_t first = UINT64_MAX;
    std::uint64_t last = 0;
    for (const Region& region : layout.regions) {
      first = std::min(first, region.base);
      last = std::max(last, region.base + (round_up(region.size, s.region_align_size) - 1));
    }
    Region window{.base = first, .size = round_up(last - first + 1, s.region_align_size), .is_window = true};
    if (random_.percent(50) && first >= 64) window.base -= 64, window.size += 64;
    if (random_.percent(50) && last < UINT64_MAX - 128) window.size += 64;
    layout.regions.insert(random_.percent(50) ? layout.regions.begin() : layout.regions.end(), window);
  }
  if (is_memory || layout.regions.empty() || random_.percent(30)) return layout;
  Region& spoiled = layout.regions[random_.below(static_cast<std::uint32_t>(layout.regions.size()))];
  switch (random_.below(9)) {
    case 0:
      spoiled.size = 0;
      break;
    case 1:
      spoiled.base = 0 - spoiled.size;
      break;
    case 2:
      spoiled.base = 0 - spoiled.size + random_.below(3);
      break;
    case 3:
      spoiled.base += random_.below(9);
      break;
    case 4:
      spoiled.base = layout.regions.front().base + random_.below(8);
      break;
    case 5:
      std::swap(layout.regions.front(), layout.regions.back());
      break;
    case 6:
      if (!spoiled.is_window) spoiled.backing = static_cast<Backing>(random_.below(3));
      if (spoiled.backing != Backing::kFile) spoiled.file = 0, spoiled.file_offset = 0;
      break;
    case 7:
      // Only the backend's own memory may be large and legal; another region wraps.
      if (spoiled.is_window || spoiled.backing == Backing::kOwn) {
        spoiled.size = UINT64_MAX - random_.below(20);
      } else {
        spoiled.base = 0 - spoiled.size / 2;
      }
      break;
    default:
      spoiled.base = profile_.root().last_address - random_.below(20);
      break;
  }
  return layout;
}

Address RandomPrograms::draw_address() {
  const Layout& layout = program_.layouts.front();
  const auto delta = [&](std::int64_t low, std::int64_t high) { return random_.between(low, high); };
  if (layout.regions.empty() || random_.one_in(25)) {
    static constexpr std::int64_t kFar[] = {0, 1, 8, 0x1000, 0x1010, INT64_MAX, INT64_MIN, -1, -2, -8, -16};
    return {.anchor = Anchor::kAbsolute, .index = 0, .delta = pick(kFar, random_)};
  }
  auto index = static_cast<std::uint8_t>(random_.below(static_cast<std::uint32_t>(layout.regions.size())));
  // A window has no bytes: mostly it is a region that is meant.
  if (layout.regions[index].is_window) index = static_cast<std::uint8_t>(random_.below(static_cast<std::uint32_t>(layout.regions.size())));
  const auto size = static_cast<std::int64_t>(std::clamp<std::uint64_t>(layout.regions[index].size, 1, 300));
  switch (random_.below(12)) {
    case 0:
      return {.anchor = Anchor::kRegionEnd, .index = index, .delta = delta(-9, 3)};
    case 1:
      return {.anchor = Anchor::kRegionStart, .index = index, .delta = delta(-9, 2)};
    case 2:
      return {.anchor = Anchor::kHole, .index = index, .delta = delta(-3, 12)};
    case 3:
      return {.anchor = Anchor::kTop, .index = 0, .delta = delta(-20, 0)};
    default:
      return {.anchor = Anchor::kRegionStart, .index = index, .delta = delta(0, size - 1)};
  }
}

std::uint64_t RandomPrograms::draw_size() {
  switch (random_.below(10)) {
    case 0:
      return 0;
    case 1:
    case 2:
    case 3:
      return random_.below(4);
    case 4:
      return random_.below(400);
    default:
      return 1 + random_.below(20);
  }
}

// A size with which an access at `address` stays in its region, where it is in one.
std::uint64_t RandomPrograms::draw_size_inside(const Address& address) {
  const std::uint64_t gpa = resolve(address, program_.layouts.front()).raw;
  for (const Region& region : program_.layouts.front().regions) {
    if (region.is_window || gpa < region.base || gpa - region.base >= region.size) continue;
    const std::uint64_t room = region.size - (gpa - region.base);
    return 1 + random_.below(static_cast<std::uint32_t>(std::min<std::uint64_t>(room, random_.one_in(4) ? 64 : 9)));
  }
  return draw_size();
}

void RandomPrograms::draw_space(Op& op) {
  if (random_.percent(60)) return;
  const std::uint32_t slot = random_.below(kSlots);
  if ((open_ >> slot & 1) != 0) op.space = static_cast<std::uint8_t>(slot);
}

// A region space where one is open.
std::uint8_t RandomPrograms::draw_open_slot() {
  const std::uint32_t first = 1 + random_.below(kSlots - 1);
  for (std::uint32_t i = 0; i < kSlots; ++i) {
    const std::uint32_t slot = (first + i) % kSlots;
    if (slot != 0 && (open_ >> slot & 1) != 0) return static_cast<std::uint8_t>(slot);
  }
  return 0;
}

void RandomPrograms::draw_payload(Op& op) {
  if (random_.one_in(8)) op.data.kind = PatternKind::kSame;
  if (random_.one_in(8))
    op.data = {.kind = PatternKind::kByte, .byte = static_cast<std::uint8_t>(random_.below(2)), .immediate_size = 0, .immediate = {}};
}

// Next the space that a range stands on is closed, and then the range is read: by chance alone that comes once in ten thousand programs.
void RandomPrograms::schedule_orphan(const Op& opening) {
  Op read{.kind = OpKind::kRead, .space = opening.opens};
  read.at = opening.at;
  read.size = 1;
  scheduled_ = {read, Op{.kind = OpKind::kClose, .space = opening.space}};
  open_ &= ~(1u << opening.space);
}

// The memory goes, and the other one is used.
void RandomPrograms::schedule_end(const Op& opening) {
  const auto access = [&](OpKind kind) {
    Op op{.kind = kind, .space = opening.opens};
    op.at = opening.at;
    op.size = 1 + random_.below(9);
    return op;
  };
  scheduled_ = {access(OpKind::kRead), access(OpKind::kWrite), access(OpKind::kRead), Op{.kind = OpKind::kDestroy}, access(OpKind::kWrite)};
  open_ = 1;
}

// The region of the memory as it was created that holds the address.
const Region* RandomPrograms::region_at(const Address& address) const {
  const std::uint64_t gpa = resolve(address, program_.layouts.front()).raw;
  for (const Region& region : program_.layouts.front().regions) {
    if (!region.is_window && gpa >= region.base && gpa - region.base < region.size) return &region;
  }
  return nullptr;
}

// One region: where another one is, or was; beside one; or over one.
Layout RandomPrograms::draw_addition() {
  const auto& regions = program_.layouts.front().regions;
  std::uint64_t cursor = 0x100000;
  const Region* near = regions.empty() ? nullptr : &regions[random_.below(static_cast<std::uint32_t>(regions.size()))];
  if (near != nullptr && random_.percent(70)) cursor = random_.percent(50) ? near->base : near->base + near->size;
  Region added = draw_region(cursor);
  if (near != nullptr && !near->is_window && random_.percent(30)) added.base = near->base, added.size = near->size;
  if (added.backing == Backing::kFile && added.size > 4096) added.size = 4096;
  return Layout{{added}};
}

// A slot that is not open, for the space that comes with a change; `at`: where accesses through it are aimed.
void RandomPrograms::take_handle(Op& op, const Address& at) {
  if (random_.percent(50)) return;
  const auto slot = static_cast<std::uint8_t>(1 + random_.below(kSlots - 1));
  if ((open_ >> slot & 1) != 0) return;
  op.opens = slot;
  open_ |= 1u << slot;
  opened_at_[slot] = at;
}

void RandomPrograms::draw_change(Op& op) {
  const auto absolute = [](std::uint64_t gpa) {
    return Address{.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(gpa)};
  };
  const std::uint64_t unit = profile_.root().region_align_size;
  if (op.kind == OpKind::kAdd) {
    op.layout = static_cast<std::uint8_t>(kFirstAddition + random_.below(kAdditions));
    take_handle(op, absolute(program_.layouts[op.layout].regions.front().base));
    return;
  }
  if (op.kind == OpKind::kReplace) {
    op.layout = static_cast<std::uint8_t>(1 + random_.below(kFirstAddition + kAdditions - 1));
    // What comes is compared byte by byte: a region that is as good as endless may only be tried.
    const auto is_huge = [](const Region& region) { return !region.is_window && region.size > 0x10000; };
    if (std::ranges::any_of(program_.layouts[op.layout].regions, is_huge)) op.layout = kFirstAddition;
    return;
  }
  if (op.kind == OpKind::kInsert) {
    op.other = draw_open_slot();
    if (op.other == 0) return void(op = Op{});
    const Region* const region = region_at(opened_at_[op.other]);
    if (region == nullptr || random_.percent(15)) return;
    op.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(region->base)};
    op.size = round_up(region->size, unit) + (random_.one_in(12) ? 8 : 0);
    take_handle(op, op.at);
    return;
  }
  const Region* region = region_at(op.at);
  if (random_.percent(30)) region = &program_.layouts[kFirstAddition + random_.below(kAdditions)].regions.front();
  if (region == nullptr) return;
  op.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(region->base)};
  op.size = round_up(region->size, unit);
  if (random_.one_in(6)) random_.percent(50) ? op.size += unit : op.size /= 2;
  take_handle(op, op.at);
  // What was removed comes back, and is looked at.
  const std::uint8_t slot = op.opens != 0 ? op.opens : draw_open_slot();
  if (slot == 0 || region_at(opened_at_[slot]) != region || random_.percent(30)) return;
  Op insert{.kind = OpKind::kInsert, .other = slot};
  insert.at = op.at;
  insert.size = op.size;
  Op read{.kind = OpKind::kRead};
  read.at = op.at;
  read.size = 1 + random_.below(9);
  scheduled_ = {read, insert};
}

// Often the two ends overlap, or are two places of one region.
void RandomPrograms::draw_copy(Op& copy) {
  Op target{.kind = OpKind::kWrite};
  draw_space(target);
  copy.other = target.space;
  copy.at2 = draw_address();
  if (random_.percent(60)) {
    copy.at2 = copy.at;
    copy.at2.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(copy.at2.delta) + random_.below(13) - 6);
  }
  if (random_.one_in(20)) copy.size = UINT64_MAX - random_.below(20);
}

// Often the second page of a region, and then an access from the first one into it.
void RandomPrograms::cross_into_page(Op& protect) {
  const Region* const region = region_at(protect.at);
  if (region == nullptr || random_.percent(40)) return;
  const std::uint64_t border = (region->base | (kProtectedPage - 1)) + 1;
  if (border <= region->base || border - region->base >= region->size) return;
  const auto at = [](std::uint64_t gpa) {
    return Address{.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(gpa)};
  };
  protect.at = at(border);
  protect.size = 1;
  Op crossing{.kind = random_.percent(50) ? OpKind::kRead : OpKind::kWrite};
  crossing.at = at(border - 1 - random_.below(static_cast<std::uint32_t>(std::min<std::uint64_t>(4, border - region->base))));
  crossing.size = 2 + random_.below(8);
  scheduled_ = {crossing};
}

// Few bytes, so that every end, cut and failure lies near the edges of the range.
Stream RandomPrograms::draw_stream(std::uint64_t size) {
  Stream stream{.kind = static_cast<StreamKind>(random_.below(random_.one_in(6) ? 4 : 3))};
  if (stream.cannot_move()) return stream;
  if (random_.percent(50)) {
    stream.end = random_.percent(60) ? StreamEnd::kEnds : StreamEnd::kFails;
    stream.limit = random_.below(static_cast<std::uint32_t>(size) + 3);
  }
  if (random_.percent(45)) stream.at_most = 1 + random_.below(6);
  if (random_.percent(25)) stream.interrupted = static_cast<std::uint8_t>(1 + random_.below(3));
  return stream;
}

Op RandomPrograms::draw_op() {
  if (!scheduled_.empty()) {
    const Op next = scheduled_.back();
    scheduled_.pop_back();
    return next;
  }
  static constexpr OpKind kKinds[] = {OpKind::kRead,
                                      OpKind::kRead,
                                      OpKind::kWrite,
                                      OpKind::kWrite,
                                      OpKind::kWrite,
                                      OpKind::kLoad,
                                      OpKind::kLoad,
                                      OpKind::kStore,
                                      OpKind::kStore,
                                      OpKind::kReadPartial,
                                      OpKind::kWritePartial,
                                      OpKind::kFill,
                                      OpKind::kZeroAll,
                                      OpKind::kReadAtomics,
                                      OpKind::kWriteAtomics,
                                      OpKind::kDump,
                                      OpKind::kCheckRange,
                                      OpKind::kCheckRange,
                                      OpKind::kCheckedOffset,
                                      OpKind::kLastAddress,
                                      OpKind::kFind,
                                      OpKind::kRegions,
                                      OpKind::kFacts,
                                      OpKind::kFdsOverlap,
                                      OpKind::kTrack,
                                      OpKind::kMark,
                                      OpKind::kMark,
                                      OpKind::kHarvest,
                                      OpKind::kHarvest,
                                      OpKind::kHarvest,
                                      OpKind::kReset,
                                      OpKind::kCreate,
                                      OpKind::kOpenRegion,
                                      OpKind::kOpenRange,
                                      OpKind::kOpenRange,
                                      OpKind::kClose,
                                      OpKind::kAtomicLoad,
                                      OpKind::kAtomicStore,
                                      OpKind::kCompareExchange,
                                      OpKind::kCompareExchange,
                                      OpKind::kExchange,
                                      OpKind::kFetchAdd,
                                      OpKind::kFetchSub,
                                      OpKind::kFetchAnd,
                                      OpKind::kFetchOr,
                                      OpKind::kFetchXor,
                                      OpKind::kHostAddress,
                                      OpKind::kTotalSize,
                                      OpKind::kOpenSnapshot,
                                      OpKind::kAdd,
                                      OpKind::kAdd,
                                      OpKind::kInsert,
                                      OpKind::kRemove,
                                      OpKind::kRemove,
                                      OpKind::kReplace,
                                      OpKind::kClose,
                                      OpKind::kClose,
                                      OpKind::kProtect,
                                      OpKind::kProtect,
                                      OpKind::kReadFrom,
                                      OpKind::kReadFrom,
                                      OpKind::kWriteTo,
                                      OpKind::kWriteTo,
                                      OpKind::kReadFromPartial,
                                      OpKind::kReadFromPartial,
                                      OpKind::kWriteToPartial,
                                      OpKind::kCopy,
                                      OpKind::kCopy,
                                      OpKind::kArm,
                                      OpKind::kIova,
                                      OpKind::kOpenMemory,
                                      OpKind::kOpenMemory,
                                      OpKind::kReference,
                                      OpKind::kReference,
                                      OpKind::kReadArray,
                                      OpKind::kWriteArray,
                                      OpKind::kWriteArray,
                                      OpKind::kSlices};
  const Switches& s = profile_.root();
  Op op;
  op.kind = pick(kKinds, random_);
  if (has_operand(op.kind, Operand::kSpace) && op.kind != OpKind::kOpenRegion && op.kind != OpKind::kRegions && op.kind != OpKind::kClose)
    draw_space(op);
  if (has_operand(op.kind, Operand::kAt)) op.at = op.space != 0 && random_.percent(60) ? opened_at_[op.space] : draw_address();
  if (has_operand(op.kind, Operand::kSize)) op.size = random_.percent(60) ? draw_size_inside(op.at) : draw_size();
  if (has_operand(op.kind, Operand::kData)) draw_payload(op);
  if (has_stream(op.kind)) op.stream = draw_stream(op.size);
  switch (op.kind) {
    case OpKind::kLoad:
    case OpKind::kStore: {
      static constexpr std::uint64_t kSizes[] = {0, 1, 1, 2, 2, 3, 4, 4, 5, 8, 8, 16};
      op.size = pick(kSizes, random_);
      break;
    }
    case OpKind::kAtomicLoad:
    case OpKind::kAtomicStore:
    case OpKind::kCompareExchange:
    case OpKind::kExchange:
    case OpKind::kFetchAdd:
    case OpKind::kFetchSub:
    case OpKind::kFetchAnd:
    case OpKind::kFetchOr:
    case OpKind::kFetchXor: {
      static constexpr std::uint64_t kSizes[] = {1, 2, 4, 4, 8, 8, 8, 16, 0, 3};
      op.size = pick(kSizes, random_);
      op.order = random_.percent(70) ? std::uint8_t{GMC_ORDER_SEQ_CST} : static_cast<std::uint8_t>(random_.below(6));
      if (op.kind == OpKind::kCompareExchange) {
        op.failure_order = random_.percent(70) ? std::uint8_t{GMC_ORDER_RELAXED} : static_cast<std::uint8_t>(random_.below(6));
        op.expected.kind = random_.percent(60) ? PatternKind::kSame : PatternKind::kUnique;
        if (random_.one_in(4)) op.expected = {.kind = PatternKind::kByte, .byte = 0, .immediate_size = 0, .immediate = {}};
      }
      const std::uint64_t gpa = resolve(op.at, program_.layouts.front()).raw;
      if (op.size != 0 && random_.percent(80))
        op.at.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) - gpa % op.size);
      break;
    }
    case OpKind::kArm:
      op.space = 0;
      op.fault = static_cast<std::uint8_t>(random_.below(5));
      op.count = op.fault == GMC_FAULT_NONE ? 0 : 1 + random_.below(3);
      break;
    case OpKind::kReadArray:
    case OpKind::kWriteArray: {
      static constexpr std::uint64_t kSizes[] = {1, 2, 3, 4, 4, 5, 8};
      const std::uint64_t bytes = std::min<std::uint64_t>(op.size, 200);
      op.size = pick(kSizes, random_);
      op.count = random_.one_in(12) ? UINT64_MAX / op.size + random_.below(3) : bytes / op.size;
      op.room = random_.percent(40) ? bytes / op.size : random_.below(12);
      break;
    }
    case OpKind::kReference: {
      static constexpr std::uint64_t kSizes[] = {1, 2, 4, 4, 8, 8, 3, 16};
      op.size = pick(kSizes, random_);
      op.rights = static_cast<std::uint8_t>(1 + random_.below(3));
      op.use = static_cast<std::uint8_t>(random_.below(2));
      const std::uint64_t gpa = resolve(op.at, program_.layouts.front()).raw;
      if (random_.percent(60)) op.at.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) - gpa % op.size);
      break;
    }
    case OpKind::kSlices:
      if (random_.one_in(3)) op.size *= 8;
      if (random_.one_in(10)) op.size = UINT64_MAX - random_.below(40);
      break;
    case OpKind::kCopy:
      draw_copy(op);
      break;
    case OpKind::kFill:
      op.data = {.kind = PatternKind::kByte, .byte = static_cast<std::uint8_t>(random_.below(3)), .immediate_size = 0, .immediate = {}};
      if (random_.one_in(10)) op.size = UINT64_MAX - random_.below(20);
      break;
    case OpKind::kCheckRange:
    case OpKind::kHostAddress:
    case OpKind::kMark:
    case OpKind::kCheckedOffset:
      if (random_.one_in(6)) op.size = UINT64_MAX - random_.below(40);
      if (op.kind != OpKind::kMark && op.kind != OpKind::kCheckedOffset) op.rights = static_cast<std::uint8_t>(1 + random_.below(3));
      break;
    case OpKind::kDump: {
      std::uint64_t end = 0;
      for (const Region& region : program_.layouts.front().regions) {
        if (!region.is_window && region.size > 0) end = std::max(end, region.base + round_up(region.size, s.region_align_size));
      }
      op.size = std::min<std::uint64_t>(end + random_.below(3) - (end > 0 ? 1 : 0), 8192);
      break;
    }
    case OpKind::kTrack:
      op.on = random_.percent(70);
      if (s.dirty_source != DirtySource::kNone && s.dirty_enable == DirtyEnable::kAlways) op = Op{};  // the contract says: not called
      break;
    case OpKind::kHarvest:
      op.form = random_.percent(50) ? HarvestForm::kDense : HarvestForm::kSparse;
      op.mode = static_cast<HarvestMode>(1 + random_.below(3));
      if (random_.one_in(8)) op.fail_nth = static_cast<std::uint8_t>(1 + random_.below(2));
      break;
    case OpKind::kCreate:
      op.layout = static_cast<std::uint8_t>(1 + random_.below(3));
      break;
    case OpKind::kAdd:
    case OpKind::kInsert:
    case OpKind::kRemove:
    case OpKind::kReplace:
      draw_change(op);
      if (fault_site(op.kind) == GMC_FAULT_CHANGE && random_.one_in(5)) op.fail_nth = static_cast<std::uint8_t>(1 + random_.below(2));
      break;
    case OpKind::kProtect: {
      static constexpr std::uint8_t kRights[] = {0, GMC_RIGHT_READ, GMC_RIGHT_READ, GMC_RIGHT_READ | GMC_RIGHT_WRITE};
      op.rights = pick(kRights, random_);
      cross_into_page(op);
      if (random_.one_in(8)) op.fail_nth = static_cast<std::uint8_t>(1 + random_.below(2));
      break;
    }
    case OpKind::kOpenMemory: {
      op.other = draw_open_slot();
      op.opens = static_cast<std::uint8_t>(1 + random_.below(kSlots - 1));
      const Region* const region = region_at(opened_at_[op.other]);
      if (op.other == 0 || region == nullptr || (open_ >> op.opens & 1) != 0) return Op{};
      op.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(region->base)};
      op.size = round_up(region->size, s.region_align_size) + (random_.one_in(12) ? 8 : 0);
      if (random_.one_in(12)) op.at.delta += 16;
      open_ |= 1u << op.opens;
      opened_at_[op.opens] = opened_at_[op.other];
      if (random_.percent(20)) schedule_end(op);
      break;
    }
    case OpKind::kFdsOverlap:
      op.other = draw_open_slot();
      op.space = draw_open_slot();
      if (op.space == op.other) op.space = static_cast<std::uint8_t>(op.other % (kSlots - 1) + 1);
      if ((open_ >> op.space & 1) == 0) op.space = 0;
      break;
    case OpKind::kOpenSnapshot:
      op.space = 0;
      [[fallthrough]];
    case OpKind::kOpenRegion:
    case OpKind::kOpenRange:
      if (op.kind == OpKind::kOpenRange && random_.percent(50)) op.space = draw_open_slot();
      op.opens = static_cast<std::uint8_t>(1 + random_.below(kSlots - 1));
      if ((open_ >> op.opens & 1) != 0) op = Op{.kind = OpKind::kClose, .space = op.opens};
      if (op.kind != OpKind::kClose) opened_at_[op.opens] = op.kind == OpKind::kOpenSnapshot ? draw_address() : op.at;
      op.kind == OpKind::kClose ? open_ &= ~(1u << op.space) : open_ |= 1u << op.opens;
      if (op.kind != OpKind::kOpenRange) break;
      if (random_.percent(60)) op.size = draw_size() * 8;
      if (op.space != 0 && op.space != op.opens && random_.percent(20)) schedule_orphan(op);
      break;
    case OpKind::kReset:
      open_ = 1;
      break;
    case OpKind::kClose:
      op.space = draw_open_slot();
      if (op.space == 0) op = Op{};
      open_ &= ~(1u << op.space) | 1;
      break;
    default:
      break;
  }
  return op;
}

Program RandomPrograms::draw(std::uint32_t op_count) {
  program_ = Program{};
  program_.seed = random_.next();
  do {
    program_.layouts.assign(1, draw_layout(true));
  } while (!faults_of(program_.layouts.front(), profile_).empty());
  for (int i = 0; i < 3; ++i) program_.layouts.push_back(draw_layout(false));
  for (std::uint32_t i = 0; i < kAdditions; ++i) program_.layouts.push_back(draw_addition());
  open_ = 1;
  scheduled_.clear();
  for (std::uint32_t i = 0; i < op_count; ++i) program_.ops.push_back(draw_op());
  if (profile_.root().dirty_enable == DirtyEnable::kExplicit && random_.percent(80)) {
    program_.ops.front() = Op{.kind = OpKind::kTrack, .on = true};
  }
  return program_;
}

}  // namespace gmc::testing
