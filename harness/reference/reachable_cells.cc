// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/reachable_cells.h"

#include <algorithm>
#include <array>
#include <bit>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "harness/base/page.h"
#include "harness/base/random.h"
#include "harness/reference/coverage_cell.h"
#include "harness/reference/reachable_layouts.h"
#include "harness/reference/reachable_questions.h"

namespace gmc {

namespace {

constexpr std::uint8_t kRoot = 0;
constexpr std::uint8_t kRegionSlot = 1;
constexpr std::uint8_t kFreeSlot = kReachFreeSlot;
// Of every width, so that those which end with a page begin with every alignment; and one more than transfers may have. Smaller ones than
// 64 come with what is typed and atomic.
constexpr std::uint64_t kSizes[] = {0, 100, 102, 104, 4095, 4096, 8192, 8193, 8194, 8196, 1u << 15, 1u << 20, 3u << 20, UINT64_MAX};

// How far apart the numbers of cells are that differ by one on that axis.
constexpr std::uint32_t step_of(Axis axis) {
  std::uint32_t step = 1;
  for (std::size_t i = 0; i < static_cast<std::size_t>(axis); ++i) step *= kAxisSizes[i];
  return step;
}
std::uint32_t low_bit(std::uint32_t bits) { return static_cast<std::uint32_t>(std::countr_zero(bits)); }

class Reach {
 public:
  Reach(const Profile& profile, const Offers& offers) : profile_(profile), offers_(offers) {
    const SetOf<Backings> offered = profile.root().backing;
    if (offered.has(Backings::kOwn)) backings_ |= 1u << 1;
    if (offered.has(Backings::kFd)) backings_ |= 1u << 2;
    if (offered.has(Backings::kHostPointer)) backings_ |= 1u << 3;
    sizes_.assign(std::begin(kSizes), std::end(kSizes));
    if (const std::uint64_t view = profile.root().view_align; view > 1) sizes_.insert(sizes_.end(), {view, 2 * view});
    for (std::uint64_t size = 1; size <= kTypedSizeMax; ++size) {
      if (is_new_offer(size)) sizes_.push_back(size);
    }
    questions_.emplace(profile, sizes_);
  }

  [[nodiscard]] const std::vector<std::uint64_t>& sizes() const { return sizes_; }
  void look_round(const Scene& scene);
  // From now on no layout may be another one.
  void adopt(bool is_adopted) { is_adopted_ = is_adopted; }

  std::vector<std::uint32_t> cells() && {
    std::vector<std::uint32_t> numbers;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      for (std::uint64_t rest = cells_[i]; rest != 0; rest &= rest - 1)
        numbers.push_back(static_cast<std::uint32_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(rest))));
    }
    return numbers;
  }

 private:
  // A memory to ask, and the same one with other marks.
  struct State {
    Reference reference;
    std::vector<Reference> marked;
    std::uint64_t kind = 0;  // what an answer may depend on beside the map
  };

  [[nodiscard]] bool is_new_offer(std::uint64_t size);
  // `shares`: with another memory, and with spaces on spaces.
  void open_spaces(Reference& reference, const Scene& scene, bool shares);
  void mark_differently(State& state, std::uint64_t gpa);
  void mark_at(Reference& reference, std::uint64_t gpa);
  [[nodiscard]] bool perform(Reference& reference, const Op& op) { return questions_->perform(reference, op); }
  void look_round_in(State& state, const Scene& scene);
  void protect_pages(const Scene& scene);
  [[nodiscard]] std::pair<bool, bool> elements_of(std::uint64_t size, const Switches& s);
  [[nodiscard]] std::uint64_t answers_depend_on(const State& state, std::uint8_t slot, std::uint64_t gpa, std::uint64_t size);
  void look_through(const State& state, std::uint8_t slot, const Scene& scene);
  void look_without_place(const State& state, std::uint8_t slot);
  void look_at_map(const State& state);
  [[nodiscard]] std::uint32_t marks_at(const State& state, std::uint8_t slot, std::uint64_t gpa) const;
  void add(const CoverageCell& at, std::uint32_t marks, bool is_any_backing, const std::vector<Answered>& answered);
  Profile profile_;
  Offers offers_;
  std::uint32_t backings_ = 0;  // bit n: regions may have value n of that axis
  std::vector<std::uint64_t> sizes_;
  std::set<std::array<std::uint64_t, kSpaceKindCount + 1>> offers_of_sizes_;
  std::unordered_map<std::uint64_t, std::vector<Answered>> known_;  // by what answers depend on
  std::unordered_set<std::uint64_t> added_;                         // which answers at which places
  std::optional<Questions> questions_;
  std::vector<std::uint64_t> cells_ = std::vector<std::uint64_t>(kCellCount / 64 + 1);  // bit n: cell n
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::pair<bool, bool>> elements_;   // by size and typed sizes
  bool is_adopted_ = false;
  Walk walk_;
};

// -------------------------------------------------------------------------------------------------------------------------- States

// Lets the byte at `gpa` become dirty, if something can do that; what marks may be a write to another byte.
void Reach::mark_at(Reference& reference, std::uint64_t gpa) {
  Op op{.kind = OpKind::kWrite};
  op.size = 1;
  std::vector<std::uint64_t> bytes = {gpa};
  for (const MappedRegion& region : reference.map().regions()) {
    bytes.push_back(region.base);
    bytes.push_back(region.last);
  }
  for (const std::uint64_t byte : bytes) {
    op.at = absolute(byte);
    static_cast<void>(perform(reference, op));
  }
  op.at = absolute(gpa);
  for (std::uint8_t slot = kRegionSlot; slot < kFreeSlot; ++slot) {
    op.space = slot;
    if (reference.is_open(slot)) static_cast<void>(perform(reference, op));
  }
  op.space = kRoot;
  op.kind = OpKind::kMark;
  static_cast<void>(perform(reference, op));
}

void Reach::mark_differently(State& state, std::uint64_t gpa) {
  const Switches& s = profile_.root();
  if (s.dirty_source == DirtySource::kNone) return;
  Op op{.kind = OpKind::kTrack, .on = true};
  Reference tracked = state.reference;
  if (!tracked.is_tracking() && !perform(tracked, op)) return;
  if (s.dirty_start == DirtyStart::kAllDirty && s.dirty_enable == DirtyEnable::kExplicit) {
    op = Op{.kind = OpKind::kHarvest, .form = HarvestForm::kSparse, .mode = HarvestMode::kClear};
    Reference cleared = tracked;
    if (perform(cleared, op)) state.marked.push_back(std::move(cleared));
  }
  if (!state.reference.is_tracking()) state.marked.push_back(tracked);
  mark_at(tracked, gpa);
  state.marked.push_back(std::move(tracked));
}

// Spaces of every kind that show the access wholly, in part, or not at all.
void Reach::open_spaces(Reference& reference, const Scene& scene, bool shares) {
  const std::vector<MappedRegion> regions = reference.map().regions();
  if (regions.empty()) return;
  // The one where the access is, or the next one in front of it.
  MappedRegion first = regions.front();
  for (const MappedRegion& region : regions) {
    if (region.base <= scene.gpa) first = region;
  }
  const MappedRegion last = regions.back().base == first.base ? regions.front() : regions.back();
  std::uint8_t slot = kRegionSlot;
  const auto open = [&](Op op) {
    op.opens = slot;
    return slot < kFreeSlot && perform(reference, op) ? slot++ : std::uint8_t{0};
  };
  const auto open_region = [&](std::uint64_t at) {
    Op op{.kind = OpKind::kOpenRegion};
    op.at = absolute(at);
    return open(op);
  };
  const std::uint64_t align = std::max<std::uint64_t>(profile_.of(GMC_SPACE_ROOT).view_align, 1);
  const auto open_range = [&](std::uint8_t on, std::uint64_t from, std::uint64_t end) {
    if (end < from) return;
    Op op{.kind = OpKind::kOpenRange, .space = on};
    op.at = absolute(from);
    op.size = end - from;
    open(op);
  };
  const std::uint64_t start = (first.base + (align - 1)) / align * align;
  const std::uint64_t whole = (first.last - start + 1) / align * align;
  const std::uint8_t region = open_region(first.base);
  if (regions.size() > 1) open_region(last.base);
  open_range(kRoot, start, start + whole);
  // It ends inside of the access, before it, and with it; and begins behind its first byte.
  const std::uint64_t inside = start + (scene.gpa + 1 - start + (align - 1)) / align * align;
  if (scene.gpa >= start) {
    open_range(kRoot, start, inside);
    open_range(kRoot, start, scene.gpa / align * align);
    open_range(kRoot, start, start + (scene.gpa + scene.size - start + (align - 1)) / align * align);
  }
  open_range(kRoot, inside, start + whole);
  open_range(kRoot, scene.gpa / align * align, scene.gpa / align * align);
  if (regions.size() > 1) {
    open_range(kRoot, start, start + (last.last - start) / align * align);
    open_range(kRoot, first.base / align * align, (std::max(first.last, last.last) / align + 1) * align);
    const std::uint64_t far = (last.base + (align - 1)) / align * align;
    open_range(kRoot, far, far + align);
  }
  Op snap{.kind = OpKind::kOpenSnapshot};
  if (const std::uint8_t snapshot = open(snap); snapshot != 0 && shares) open_range(snapshot, start, start + whole);
  if (region == 0 || !shares) return;
  Op share{.kind = OpKind::kOpenMemory, .other = region};
  share.at = absolute(first.base);
  share.size = first.size();
  if (const std::uint8_t other = open(share); other != 0) open_range(other, start, inside);
}

// The page in which the access begins, or ends, may not be written, or not be touched at all.
void Reach::protect_pages(const Scene& scene) {
  if (profile_.root().permissions != Permissions::kPageBitmap || (scene.size > 0 && scene.size - 1 > UINT64_MAX - scene.gpa)) return;
  for (const std::uint64_t at : {scene.gpa, scene.gpa + std::max<std::uint64_t>(scene.size, 1) - 1}) {
    for (const std::uint8_t rights : {std::uint8_t{GMC_RIGHT_READ}, std::uint8_t{0}}) {
      State state{.reference = Reference(profile_, offers_), .marked = {}, .kind = 2};
      state.reference.create(scene.layout);
      Op protect{.kind = OpKind::kProtect, .rights = rights};
      protect.at = absolute(at);
      protect.size = 1;
      // While another memory shows its pages nobody says what that means.
      open_spaces(state.reference, scene, false);
      if (perform(state.reference, protect)) look_round_in(state, scene);
    }
  }
}

void Reach::look_round(const Scene& scene) {
  State state{.reference = Reference(profile_, offers_), .marked = {}, .kind = 0};
  state.reference.create(scene.layout);
  if (scene.is_typical) {
    // Changes are declined, or nobody says what they mean, while another memory has a part of this one.
    State alone{.reference = state.reference, .marked = {}, .kind = 0};
    open_spaces(alone.reference, scene, false);
    look_at_map(alone);
    for (std::uint8_t slot = 0; slot < kFreeSlot; ++slot) {
      if (alone.reference.is_open(slot)) look_without_place(alone, slot);
    }
  }
  open_spaces(state.reference, scene, true);
  look_round_in(state, scene);
  // What is removed shows its space what it was, or nothing.
  if (profile_.root().map_mutation != MapMutation::kImmutable && !state.reference.map().regions().empty()) {
    for (const MappedRegion& gone : state.reference.map().regions()) {
      if (!scene.is_typical && !gone.contains(scene.gpa)) continue;
      Op remove{.kind = OpKind::kRemove};
      remove.at = absolute(gone.base);
      remove.size = gone.size();
      State changed{.reference = state.reference, .marked = {}, .kind = 1};
      if (perform(changed.reference, remove)) look_round_in(changed, scene);
      // What comes back may count as written.
      if (!gone.is_read_only || profile_.root().dirty_source == DirtySource::kNone) continue;
      Op insert{.kind = OpKind::kInsert, .other = kRegionSlot};
      insert.at = remove.at;
      insert.size = remove.size;
      State back{.reference = state.reference, .marked = {}, .kind = 3};
      static_cast<void>(perform(back.reference, Op{.kind = OpKind::kTrack, .on = true}));
      if (perform(back.reference, remove) && perform(back.reference, insert)) look_round_in(back, scene);
    }
  }
  protect_pages(scene);
}

void Reach::look_round_in(State& state, const Scene& scene) {
  mark_differently(state, scene.gpa);
  for (std::uint8_t slot = 0; slot < kFreeSlot; ++slot) {
    if (!state.reference.is_open(slot)) continue;
    look_through(state, slot, scene);
    if (scene.is_typical) look_without_place(state, slot);
  }
  if (scene.is_typical) look_at_map(state);
}

// -------------------------------------------------------------------------------------------------------------------------- Places

// Whether no smaller size of that width, and as even, is typed or atomic in the same spaces.
bool Reach::is_new_offer(std::uint64_t size) {
  std::array<std::uint64_t, kSpaceKindCount + 1> offer{};
  for (std::size_t kind = 0; kind < kSpaceKindCount; ++kind) {
    const Switches& s = profile_.of(static_cast<GmcSpaceKind>(kind));
    offer[kind] = (s.typed_sizes.has(size) ? 1 : 0) | (s.atomic_sizes.has(size) ? 2 : 0);
  }
  // As it has a value of its own on the axis of widths, and by what it is a multiple of.
  const std::uint64_t width = size <= 8 && std::has_single_bit(size) ? size : size < 8 ? 5 : 9;
  offer.back() = width * 4 + static_cast<std::uint64_t>(std::min(std::countr_zero(size), 3));
  return offers_of_sizes_.insert(offer).second && std::ranges::find(sizes_, size) == sizes_.end();
}

// Whether the size is a multiple of what is typed, and of what is not.
std::pair<bool, bool> Reach::elements_of(std::uint64_t size, const Switches& s) {
  const auto [known, is_new] = elements_.try_emplace({size, s.typed_sizes.mask});
  if (!is_new) return known->second;
  for (std::uint64_t element = 1; element <= kTypedSizeMax; ++element) {
    if (size % element == 0) (s.typed_sizes.has(element) ? known->second.first : known->second.second) = true;
  }
  return known->second;
}

// All that the answer to some operation there depends on. Of places at which that is equal, one is enough to ask at.
std::uint64_t Reach::answers_depend_on(const State& state, std::uint8_t slot, std::uint64_t gpa, std::uint64_t size) {
  const Reference& reference = state.reference;
  const MemoryMap& map = reference.map_of(slot);
  const Extent& extent = reference.extent_of(slot);
  const Switches& s = profile_.of(reference.kind_of(slot));
  const std::uint64_t address = gpa - extent.first;
  std::uint64_t key = 0;
  const auto add = [&](std::uint64_t value) { key = mix(key ^ value); };
  const auto bits = [&](std::initializer_list<bool> values) {
    std::uint64_t all = 1;
    for (const bool value : values) all = all << 1 | (value ? 1 : 0);
    add(all);
  };
  const auto is_mapped = [&](std::uint64_t at) { return map.is_mapped_in(extent, at); };
  add(state.kind << 8 | static_cast<std::uint64_t>(reference.kind_of(slot)));
  const bool wraps = size > 0 && size - 1 > UINT64_MAX - gpa;
  const std::uint64_t last = size == 0 ? gpa : gpa + (size - 1);
  const auto [is_of_elements, is_of_others] = elements_of(size, s);
  add(size <= kTypedSizeMax ? 0 : size <= kStreamMax ? 1 : size <= kTransferMax / 2 ? 2 : size <= kTransferMax ? 3 : 4);
  bits({size == 0,
        size == 1,
        size == 2,
        size == 16,
        s.typed_sizes.has(size),
        s.atomic_sizes.has(size),
        std::has_single_bit(size) && size <= 8,
        is_of_elements,
        is_of_others,
        size != 0 && gpa % size == 0,
        reference.is_other_memory(slot),
        extent.is_empty,
        extent.only_region.has_value(),
        is_mapped(address),
        address != 0 && is_mapped(address - 1),
        is_mapped(address + size),
        address > UINT64_MAX - size,
        address == 0,
        reference.is_tracking(),
        !wraps && !extent.is_empty && extent.contains(gpa) && last <= extent.last,
        address % std::max<std::uint64_t>(s.view_align, 1) == 0,
        size % std::max<std::uint64_t>(s.view_align, 1) == 0,
        map.windows().empty()});
  if (const MappedRegion* const region = map.find(gpa); region != nullptr) {
    const std::uint64_t there = std::min(size, region->last - gpa + 1);
    bits({gpa == region->base, last <= region->last && !wraps, map.permits(*region, gpa, Right::kWrite),
          map.permits(*region, gpa, Right::kRead), size != 0 && (region->store_offset + (gpa - region->base)) % size == 0,
          there > 0 && map.permitted(*region, gpa, there, Right::kWrite) >= size / 2,
          there > 0 && map.permitted(*region, gpa, there, Right::kRead) >= size / 2});
  }
  bool has_source = false;
  for (const MappedRegion& region : map.regions()) has_source |= region.size() >= size;
  std::uint64_t covered = 0;
  bool cannot_write = false;
  bool cannot_read = false;
  Extent range;
  range.first = gpa;
  range.last = wraps ? UINT64_MAX : last;
  map.for_each_part(range, [&](std::uint32_t i, std::uint64_t part_first, std::uint64_t part_last) {
    const std::uint64_t part = part_last - part_first + 1;
    cannot_write |= map.permitted(map.regions()[i], part_first, part, Right::kWrite) < part;
    cannot_read |= map.permitted(map.regions()[i], part_first, part, Right::kRead) < part;
    covered += part;
  });
  bits({has_source, covered == size, cannot_write, cannot_read});
  if (size == 0) return key;
  for (const Right right : {Right::kRead, Right::kWrite, Right::kNone}) {
    map.walk(extent, address, size, right, s, walk_);
    add(static_cast<std::uint64_t>(walk_.stop) << 8 | std::min<std::uint64_t>(walk_.spans.size(), 2));
    bits({walk_.reached > 0, walk_.reached > 1, !walk_.spans.empty() && walk_.spans.front().is_discarded});
  }
  return key;
}

void Reach::look_through(const State& state, std::uint8_t slot, const Scene& scene) {
  const std::uint64_t key = answers_depend_on(state, slot, scene.gpa, scene.size);
  auto [known, is_new] = known_.try_emplace(key);
  if (is_new) known->second = questions_->ask_at(state.reference, slot, scene.gpa, scene.size);
  const CoverageCell at = coverage_cell_at(state.reference, slot, scene.gpa, scene.size);
  const std::uint32_t marks = marks_at(state, slot, scene.gpa);
  const bool is_any = !scene.shares_bytes && !is_adopted_;
  if (added_.insert(mix(key ^ (std::uint64_t{number_of(at)} << 5 | (is_any ? 16 : 0) | marks))).second)
    add(at, marks, is_any, known->second);
}

void Reach::look_without_place(const State& state, std::uint8_t slot) {
  questions_->ask_without_place(state.reference, state.marked, slot, [&](std::uint64_t size, const std::vector<Answered>& answered) {
    add(coverage_cell_at(state.reference, slot, 0, size), 1, false, answered);
  });
}

void Reach::look_at_map(const State& state) {
  add(coverage_cell_at(state.reference, kRoot, 0, 0), 1, false, questions_->ask_about_map(state.reference));
}

// What the byte may be on the axis of dirtiness, bit n for value n.
std::uint32_t Reach::marks_at(const State& state, std::uint8_t slot, std::uint64_t gpa) const {
  const MappedRegion* const region = state.reference.map_of(slot).find(gpa);
  if (region == nullptr) return 1;
  const auto mark_in = [&](const Reference& reference) {
    return !reference.is_tracking() ? 2u : reference.mark_at(*region, gpa) == nullptr ? 4u : 8u;
  };
  std::uint32_t marks = mark_in(state.reference);
  for (const Reference& marked : state.marked) marks |= mark_in(marked);
  return marks;
}

// The cells of those answers there.
void Reach::add(const CoverageCell& at, std::uint32_t marks, bool is_any_backing, const std::vector<Answered>& answered) {
  constexpr auto kBackingAt = static_cast<std::size_t>(Axis::kBacking);
  constexpr auto kDirtyAt = static_cast<std::size_t>(Axis::kDirty);
  for (const Answered& answer : answered) {
    CoverageCell cell = with_answer(at, answer.axes, 0);
    const std::uint8_t backing = std::exchange(cell.at[kBackingAt], std::uint8_t{0});
    const bool writes = std::exchange(cell.at[kDirtyAt], std::uint8_t{0}) != 0;
    // Which backing a region has no rule of an access asks.
    std::uint32_t stands_on = 1u << backing;
    if (is_any_backing && (stands_on & backings_) != 0) stands_on = backings_;
    const std::uint32_t number = number_of(cell);
    for (std::uint32_t o = answer.outcomes; o != 0; o &= o - 1) {
      for (std::uint32_t m = writes ? marks : 1u; m != 0; m &= m - 1) {
        for (std::uint32_t b = stands_on; b != 0; b &= b - 1) {
          const std::uint32_t one =
              number + step_of(Axis::kOutcome) * low_bit(o) + step_of(Axis::kDirty) * low_bit(m) + step_of(Axis::kBacking) * low_bit(b);
          cells_[one / 64] |= std::uint64_t{1} << (one % 64);
        }
      }
    }
  }
}

}  // namespace

std::vector<std::uint32_t> reachable_cells(const Profile& profile, const Offers& offers, const std::optional<Layout>& adopted) {
  Reach reach(profile, offers);
  const auto look_round = [&](const Scene& scene) { reach.look_round(scene); };
  if (adopted) {
    reach.adopt(true);
    for_each_place(*adopted, reach.sizes(), look_round);
    reach.adopt(false);
  }
  // Where the map changes, other layouts come of an adopted one.
  if (!adopted || profile.root().map_mutation != MapMutation::kImmutable) for_each_scene(profile, reach.sizes(), look_round);
  return std::move(reach).cells();
}

}  // namespace gmc
