// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/reachable_questions.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "harness/base/page.h"

namespace gmc {

namespace {

constexpr std::uint8_t kRoot = 0;
constexpr std::uint8_t kRegionSlot = 1;
constexpr std::uint8_t kFreeSlot = kReachFreeSlot;

// As the validator has it: what no program can hold is reached by nobody.
bool may_be_asked(const Op& op) {
  switch (op.kind) {
    case OpKind::kLoad:
    case OpKind::kStore:
      return op.size <= kTypedSizeMax;
    case OpKind::kFill:
    case OpKind::kCopy:
      return true;
    default:
      break;
  }
  if (is_atomic(op.kind)) return op.size <= kTypedSizeMax;
  if (has_stream(op.kind)) return op.size <= kStreamMax;
  return !is_access(op.kind) || buffer_size(op) <= kTransferMax;
}

}  // namespace

bool Questions::perform(Reference& reference, const Op& op) {
  if (!reference.runs(op)) return false;
  reference.predict(program_, op, expectation_);
  for (std::size_t i = 0; i < expectation_.alternative_count; ++i) {
    const Alternative& alternative = expectation_.alternatives[i];
    if ((alternative.statuses & status_bit(GMC_OK)) == 0) continue;
    room_.assign(is_access(op.kind) ? op.size : 0, 0);
    Answer answer;
    answer.outcome = {.status = GMC_OK, .flags = GMC_HAS_COUNT, .native = 0, .count = alternative.count, .address = 0, .value = 0};
    answer.bytes = room_;
    Judgement judgement;
    judgement.alternative = i;
    reference.commit(program_, expectation_, judgement, answer, evidence_);
    return true;
  }
  return false;
}

const std::vector<Answered>& Questions::ask_at(const Reference& reference, std::uint8_t slot, std::uint64_t gpa, std::uint64_t size) {
  answered_.clear();
  Op op{.space = slot};
  op.at = absolute(gpa);
  op.size = size;
  ask_accesses(reference, op);
  ask_arrays(reference, op);
  ask_streams(reference, op);
  ask_copies(reference, op);
  ask_queries(reference, op);
  return answered_;
}

void Questions::ask_accesses(const Reference& reference, Op op) {
  for (const OpKind kind : {OpKind::kRead, OpKind::kWrite, OpKind::kLoad, OpKind::kStore, OpKind::kReadPartial, OpKind::kWritePartial,
                            OpKind::kFill, OpKind::kReadAtomics, OpKind::kWriteAtomics}) {
    op.kind = kind;
    ask(reference, op);
  }
  for (std::size_t i = static_cast<std::size_t>(OpKind::kAtomicLoad); i <= static_cast<std::size_t>(OpKind::kFetchXor); ++i) {
    op.kind = static_cast<OpKind>(i);
    op.order = op.failure_order = GMC_ORDER_SEQ_CST;
    ask(reference, op);
    // One that there is not.
    op.order = op.failure_order = GMC_ORDER_SEQ_CST + 1;
    ask(reference, op);
  }
}

// By what is an element and what is none, where the size is a multiple of it; with room for all, for less, and for none.
void Questions::ask_arrays(const Reference& reference, Op op) {
  const std::uint64_t bytes = op.size;
  const Switches& s = profile_.of(reference.kind_of(op.space));
  bool asked[2] = {};
  for (std::uint64_t element = 1; element <= kTypedSizeMax; ++element) {
    const bool is_offered = s.typed_sizes.has(element);
    if (bytes % element != 0 || std::exchange(asked[is_offered ? 1 : 0], true)) continue;
    op.size = element;
    op.count = bytes / element;
    for (const std::uint64_t room : {op.count, op.count / 2, std::uint64_t{0}}) {
      op.room = room;
      for (const OpKind kind : {OpKind::kReadArray, OpKind::kWriteArray}) {
        op.kind = kind;
        ask(reference, op);
      }
    }
  }
}

void Questions::ask_streams(const Reference& reference, Op op) {
  std::vector<Stream> streams = {{}, {.kind = StreamKind::kDirectory}};
  for (const StreamEnd end : {StreamEnd::kEnds, StreamEnd::kFails}) {
    for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{1}, op.size - 1}) {
      if (limit < op.size) streams.push_back({.end = end, .limit = static_cast<std::uint32_t>(limit)});
    }
  }
  for (const OpKind kind : {OpKind::kReadFrom, OpKind::kReadFromPartial, OpKind::kWriteTo, OpKind::kWriteToPartial}) {
    op.kind = kind;
    if (!may_be_asked(op) || !reference.runs(op)) continue;
    for (const Stream& stream : streams) {
      op.stream = stream;
      ask(reference, op);
      if (!expectation_.is_streaming) continue;
      const std::uint64_t possible = std::min(stream.room(op.size), expectation_.walk.reached);
      for (const std::uint64_t moved : {std::uint64_t{0}, std::min<std::uint64_t>(possible, 1), possible, stream.room(op.size)}) {
        for (const bool was_short : {false, true}) {
          Answer answer;
          answer.stream.moved = moved;
          answer.stream.was_short = was_short;
          reference.settle(expectation_, answer);
          if (!expectation_.stream_fault) take_answers();
        }
      }
    }
  }
}

// From where all can be read, from a hole, and from what begins and ends elsewhere.
void Questions::ask_copies(const Reference& reference, const Op& op) {
  Op copy{.kind = OpKind::kCopy, .other = op.space};
  copy.at2 = op.at;
  copy.size = op.size;
  if (!may_be_asked(copy)) return;
  std::vector<std::uint64_t> sources = {0, UINT64_MAX};
  for (const MappedRegion& region : reference.map().regions()) {
    sources.push_back(region.base);
    sources.push_back(region.last);
    sources.push_back(region.last + 1);
  }
  for (const ByteRange& window : reference.map().windows()) {
    sources.push_back(window.base);
    sources.push_back(window.base + (window.size - 1));
  }
  for (const std::uint64_t source : sources) {
    copy.at = absolute(source);
    ask(reference, copy);
  }
  copy.space = op.space;
  ask(reference, copy);
}

void Questions::ask_queries(const Reference& reference, Op op) {
  op.opens = kFreeSlot;
  for (const OpKind kind : {OpKind::kOpenRange, OpKind::kOpenRegion}) {
    op.kind = kind;
    if (kind == OpKind::kOpenRange || (op.space == kRoot && op.size == 0)) ask(reference, op);
  }
  op.opens = 0;
  for (const OpKind kind : {OpKind::kCheckedOffset, OpKind::kSlices}) {
    op.kind = kind;
    ask(reference, op);
  }
  op.kind = OpKind::kMark;
  ask(reference, op);
  for (const std::uint8_t rights : {std::uint8_t{GMC_RIGHT_READ}, std::uint8_t{GMC_RIGHT_WRITE}}) {
    op.rights = rights;
    for (const OpKind kind : {OpKind::kCheckRange, OpKind::kHostAddress, OpKind::kReference}) {
      op.kind = kind;
      ask(reference, op);
    }
    op.use = 1;
    ask(reference, op);
    op.use = 0;
  }
  op.rights = 0;
  // They have no size.
  if (op.size != 0) return;
  for (const OpKind kind : {OpKind::kFind, OpKind::kIova}) {
    op.kind = kind;
    ask(reference, op);
  }
}

void Questions::ask_without_place(const Reference& reference, const std::vector<Reference>& marked, std::uint8_t slot, const Visit& visit) {
  Op op{.space = slot};
  const auto ask_all = [&](OpKind kind) {
    op.kind = kind;
    answered_.clear();
    ask(reference, op);
    for (const Reference& other : marked) ask(other, op);
    visit(op.size, answered_);
  };
  for (const OpKind kind : {OpKind::kZeroAll, OpKind::kLastAddress, OpKind::kTotalSize, OpKind::kFacts, OpKind::kTrack}) ask_all(kind);
  op.on = true;
  ask_all(OpKind::kTrack);
  op.on = false;
  for (const HarvestForm form : {HarvestForm::kDense, HarvestForm::kSparse}) {
    for (const HarvestMode mode : {HarvestMode::kRead, HarvestMode::kClear, HarvestMode::kBoth}) {
      op.form = form;
      op.mode = mode;
      ask_all(OpKind::kHarvest);
    }
  }
  op = Op{.space = slot};
  std::vector<std::uint64_t> sizes = sizes_;
  const Extent& extent = reference.extent_of(slot);
  reference.map_of(slot).for_each_part(extent,
                                       [&](std::uint32_t, std::uint64_t, std::uint64_t last) { sizes.push_back(last - extent.first + 1); });
  for (const std::uint64_t size : sizes) {
    op.size = size;
    ask_all(OpKind::kDump);
  }
  op.size = 0;
  if (slot == kRoot) {
    ask_all(OpKind::kRegions);
    op.opens = kFreeSlot;
    ask_all(OpKind::kOpenSnapshot);
    op.opens = 0;
    for (std::uint8_t fault = 0; fault <= GMC_FAULT_COUNT; ++fault) {  // and one that there is not
      op.fault = fault;
      op.count = fault == GMC_FAULT_NONE ? 0 : 1;
      ask_all(OpKind::kArm);
    }
    return;
  }
  ask_all(OpKind::kClose);
  for (std::uint8_t other = kRegionSlot; other < kFreeSlot; ++other) {
    op.other = other;
    ask_all(OpKind::kFdsOverlap);
  }
}

// Memories that the profile allows, and such as break its rules one by one.
std::vector<Layout> Questions::layouts_to_try(const Layout& layout) const {
  std::vector<Layout> tried = {layout, Layout{}};
  const auto found = std::ranges::find_if(layout.regions, [](const Region& region) { return !region.is_window; });
  if (found == layout.regions.end()) return tried;
  const Region first = *found;
  const auto with = [&](auto change) {
    Region region = first;
    change(region);
    tried.push_back({{region}});
  };
  const std::uint64_t unit = std::max<std::uint64_t>(profile_.root().region_align_base, 1) << 20;
  with([](Region&) {});
  with([&](Region& r) { r.base += unit; });
  with([&](Region& r) { r.base = layout.regions.back().base + unit * 4; });
  with([](Region& r) { r.size = 0; });
  with([](Region& r) { r.base += 1; });
  with([](Region& r) { r.size += 1; });
  with([](Region& r) { r.base = 0 - r.size; });
  with([](Region& r) { r.base = 0 - r.size / 2; });
  with([](Region& r) { r.size = UINT64_MAX; });
  with([&](Region& r) { r.base = profile_.root().last_address; });
  with([&](Region& r) { r = {.base = 0, .size = kOwnPromised * 2}; });
  with([&](Region& r) { r = {.base = unit * 8, .size = kOwnPromised * 2}; });
  for (const Backing backing : {Backing::kOwn, Backing::kFile, Backing::kHost}) {
    with([&](Region& r) {
      r.backing = backing;
      r.base = layout.regions.back().base + unit * 4;
    });
  }
  tried.push_back({{first, first}});
  Region above = first;
  above.base += unit * 4;
  tried.push_back({{first, above}});
  tried.push_back({{above, first}});
  tried.push_back({std::vector<Region>(kRegionsMax, first)});
  return tried;
}

const std::vector<Answered>& Questions::ask_about_map(const Reference& reference) {
  program_.layouts = layouts_to_try(reference.layout());
  const auto open_slots = [&](auto visit) {
    for (std::uint8_t slot = kRegionSlot; slot < kFreeSlot; ++slot) {
      if (reference.is_open(slot)) visit(slot);
    }
  };
  answered_.clear();
  ask(reference, Op{.kind = OpKind::kReset});
  ask(reference, Op{.kind = OpKind::kDestroy});
  for (std::uint8_t layout = 1; layout < program_.layouts.size(); ++layout) {
    ask(reference, Op{.kind = OpKind::kCreate, .layout = layout});
    ask(reference, Op{.kind = OpKind::kReplace, .layout = layout});
    const auto& regions = program_.layouts[layout].regions;
    if (regions.size() == 1 && !regions.front().is_window) ask(reference, Op{.kind = OpKind::kAdd, .layout = layout});
  }
  // Where a region is, or was, and elsewhere; and with the size that it has, or another.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places = {{0, 0}, {0, kPage}, {UINT64_MAX - 8, 16}};
  const auto add_region = [&](const MappedRegion& region) {
    for (const std::uint64_t at : {region.base, region.base + kPage, region.last, region.base + (std::uint64_t{1} << 30)}) {
      for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, region.size(), region.size() + 1, kPage, 4 * kPage})
        places.emplace_back(at, size);
    }
  };
  for (const MappedRegion& region : reference.map().regions()) add_region(region);
  for (const MappedRegion& region : reference.map().removed()) add_region(region);
  for (const auto& [at, size] : places) {
    Op op{.kind = OpKind::kRemove};
    op.at = absolute(at);
    op.size = size;
    ask(reference, op);
    for (std::uint8_t rights = 0; rights <= (GMC_RIGHT_READ | GMC_RIGHT_WRITE); ++rights) {
      op.kind = OpKind::kProtect;
      op.rights = rights;
      ask(reference, op);
    }
    op.rights = 0;
    open_slots([&](std::uint8_t slot) {
      op.other = slot;
      op.kind = OpKind::kInsert;
      ask(reference, op);
      op.kind = OpKind::kOpenMemory;
      op.opens = kFreeSlot;
      ask(reference, op);
      op.opens = 0;
    });
  }
  return answered_;
}

// As it is, and with a fault that is armed for it.
void Questions::ask(const Reference& reference, const Op& op) {
  if (!may_be_asked(op)) return;
  if (reference.runs(op)) {
    reference.predict(program_, op, expectation_);
    take_answers();
  }
  if (fault_site(op.kind) == GMC_FAULT_NONE || profile_.root().fault_sites.empty()) return;
  Op failing = op;
  failing.fail_nth = 1;
  if (!reference.runs(failing)) return;
  reference.predict(program_, failing, expectation_);
  take_answers();
}

void Questions::take_answers() {
  const Expectation& e = expectation_;
  Answered answered{.axes = answer_axes_of(e)};
  for (std::size_t i = 0; i < e.alternative_count; ++i) {
    const Alternative& alternative = e.alternatives[i];
    for (StatusMask rest = alternative.statuses; rest != 0; rest &= rest - 1) {
      GmcOutcome outcome{
          .status = static_cast<std::uint16_t>(std::countr_zero(rest)), .flags = 0, .native = 0, .count = 0, .address = 0, .value = 0};
      if (alternative.count_rule != CountRule::kRequired) answered.outcomes |= 1u << outcome_value(e, outcome);
      outcome.flags = GMC_HAS_COUNT;
      outcome.count = alternative.count_rule == CountRule::kFree ? 0 : alternative.count;
      answered.outcomes |= 1u << outcome_value(e, outcome);
    }
  }
  for (Answered& other : answered_) {
    if (other.axes != answered.axes) continue;
    other.outcomes |= answered.outcomes;
    return;
  }
  answered_.push_back(answered);
}

}  // namespace gmc
