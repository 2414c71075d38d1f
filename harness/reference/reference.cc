// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/reference.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>

#include "harness/base/check.h"

namespace gmc {

namespace {

// Objects of sizes that fit a register come in the outcome, the others in the buffer.
bool comes_as_value(const Op& op) { return op.kind == OpKind::kLoad && std::has_single_bit(op.size) && op.size <= 8; }

}  // namespace

Reference::Reference(const Profile& profile, const Offers& offers) : profile_(profile), offers_(offers) {
  granule_shift_ = static_cast<unsigned>(std::countr_zero(profile_.root().dirty_granule));
  slots_[0] = {.is_open = true};
  for (std::size_t space = 0; space < kSpaceKindCount; ++space) {
    folds_statuses_ |= profile_.of(static_cast<GmcSpaceKind>(space)).error_detail != ErrorDetail{};
  }
}

bool Reference::Slot::operator==(const Slot& other) const {
  if ((map == nullptr) != (other.map == nullptr) || (map != nullptr && *map != *other.map)) return false;
  return std::tie(is_open, kind, region, extent, parent, is_orphan, is_bound, in_snapshot, is_stale, was_handed, is_beside, waiting) ==
         std::tie(other.is_open, other.kind, other.region, other.extent, other.parent, other.is_orphan, other.is_bound, other.in_snapshot,
                  other.is_stale, other.was_handed, other.is_beside, other.waiting);
}

void Reference::create(const Layout& layout) {
  created_ = layout_ = layout;
  row_ = window_row(layout);
  is_removed_.assign(layout.regions.size(), false);
  is_inserted_.assign(layout.regions.size(), false);
  has_changed_ = false;
  map_anew();
  // Stores that are there already are used again, with their storage.
  stores_.resize(map_.store_count(), Bytes(Bytes::Background::kZero));
  for (std::uint32_t i = 0; i < map_.store_count(); ++i) stores_[i].assign(background_of(i));
  reset();
}

void Reference::adopt(std::uint32_t region, std::span<const std::uint8_t> bytes) { stores_[map_.regions()[region].store].adopt(bytes); }

Bytes::Background Reference::background_of(std::uint32_t store) const {
  if (!map_.store_is_own(store)) return Bytes::Background::kPattern;
  return starts_as_zero(store) ? Bytes::Background::kZero : Bytes::Background::kAny;
}

void Reference::reset() {
  if (has_changed_) {
    // What was added is gone. What stood at first in a memory that was adopted is known all the same.
    std::vector<Bytes> stores = std::move(stores_);
    create(Layout(created_));
    stores.resize(stores_.size(), Bytes(Bytes::Background::kZero));
    stores_ = std::move(stores);
  }
  disarm();
  was_retracked_ = false;
  if (was_protected_) map_.page_rights().clear();
  was_protected_ = false;
  for (Bytes& store : stores_) store.clear();
  close_slots();
  const Switches& s = profile_.root();
  is_tracking_ = false;
  dirty_.clear();
  saved_.clear();
  if (s.dirty_source != DirtySource::kNone && s.dirty_enable == DirtyEnable::kAlways) start_tracking(DirtyStart::kClean);
}

void Reference::close_slots() {
  slots_.fill(Slot{});
  slots_[0] = {.is_open = true};
}

bool Reference::runs(const Op& op) const {
  if (!slots_[op.space].is_open || (op.opens != 0 && slots_[op.opens].is_open)) return false;
  // Whoever names no second space leaves it at 0, the root, which need not be there any more; a copy means it.
  if ((op.other != 0 || op.kind == OpKind::kCopy) && !slots_[op.other].is_open) return false;
  if (!is_decided(op)) return false;
  if (op.kind != OpKind::kClose || (profile_.root().spaces_outlive && !is_other_memory(op.space))) return true;
  return std::none_of(slots_.begin() + 1, slots_.end(), [&](const Slot& slot) { return slot.is_open && slot.parent == op.space; });
}

const MappedRegion* Reference::region_of(std::uint8_t slot) const {
  const Slot& s = slots_[slot];
  return s.is_open && s.kind == GMC_SPACE_REGION ? &map_of(s).regions()[s.region] : nullptr;
}

std::uint8_t Reference::snapshot_of(std::uint8_t slot) const {
  while (slots_[slot].is_open && slots_[slot].kind != GMC_SPACE_SNAPSHOT) {
    // Of an orphan the slot above it may be another space by now.
    if (slot == 0 || slots_[slot].is_orphan) return 0;
    slot = slots_[slot].parent;
  }
  return slots_[slot].is_open ? slot : std::uint8_t{0};
}

std::uint64_t Reference::address_of(const Op& op) const { return addresses_.resolve(op.at).raw - extent(op).first; }

void Reference::current(const Op& op, std::span<std::uint8_t> out) const {
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  if (out.empty()) return;
  Walk walk;
  const MemoryMap& map = map_of(op);
  map.walk(extent(op), address_of(op), out.size(), Right::kNone, switches(op), walk);
  for (const Span& span : walk.spans) {
    if (!span.is_discarded) stores_[map.regions()[span.region].store].read(span.position, out.subspan(span.done, span.size));
  }
}

// What the backend cannot tell apart it need not, of a copy at either end.
void Reference::fold_statuses(Expectation& e) const {
  if (!folds_statuses_) return;
  const auto fold = [&](const ErrorDetail& detail) {
    for (std::size_t i = 0; i < e.alternative_count; ++i) {
      const StatusMask named = e.alternatives[i].statuses;
      for (unsigned status = 0; status < GMC_STATUS_COUNT; ++status) {
        if ((named >> status & 1) != 0) e.alternatives[i].statuses |= detail.same[status];
      }
    }
  };
  fold(switches(*e.op).error_detail);
  if (e.op->kind == OpKind::kCopy) fold(profile_.of(slots_[e.op->other].kind).error_detail);
}

// Where one status may stand for two effects, nobody can say which it was: each byte of the longer one may have been moved or not.
void Reference::part_alternatives(Expectation& e) {
  Alternative& first = e.alternatives[0];
  Alternative& second = e.alternatives[1];
  const StatusMask shared = first.statuses & second.statuses;
  if (shared == 0 || (first.moved == second.moved && first.is_open == second.is_open)) return;
  const Alternative either{.statuses = shared, .moved = std::max(first.moved, second.moved), .is_open = true};
  second.statuses &= ~shared;
  // The first alternative has a status always: it is the one that reports name.
  if (first.statuses == shared) {
    first = either;
  } else {
    first.statuses &= ~shared;
    e.allow(shared) = either;
  }
}

std::optional<Violation> Reference::judge_bytes(const Expectation& e, const Alternative& alternative, const Answer& answer) const {
  const Op& op = *e.op;
  std::span<const std::uint8_t> got = answer.bytes;
  std::array<std::uint8_t, 8> loaded;
  const bool is_load = comes_as_value(op);
  // An object that could not be read whole is not there: whether its prefix came is nobody's promise.
  const bool may_lack_prefix = op.kind == OpKind::kLoad && answer.outcome.status != GMC_OK;
  if (is_load) {
    if (answer.outcome.status != GMC_OK) return std::nullopt;  // a value comes with an ok only
    std::memcpy(loaded.data(), &answer.outcome.value, loaded.size());
    if (op.size < 8 && answer.outcome.value >> (op.size * 8) != 0) {
      return Violation{.clause = Clause::kTYPE1, .divergence = {.part = Part::kValue}, .expected = 0, .got = answer.outcome.value};
    }
    got = std::span<const std::uint8_t>(loaded).first(op.size);
  }
  const auto wrong = [&](Clause clause, Part part, std::uint64_t at, std::uint8_t expected, std::uint8_t seen) {
    return Violation{.clause = clause, .divergence = {.part = part}, .at = at, .expected = expected, .got = seen};
  };
  std::uint64_t done = 0;
  const auto untouched = [&](std::uint64_t end) -> std::optional<Violation> {
    if (is_load || done >= end) return std::nullopt;
    const auto rest = got.subspan(done, end - done);
    done = end;
    // All equal to the first byte, which is the poison: one comparison instead of one a byte.
    if (rest.front() == answer.poison && std::memcmp(rest.data(), rest.data() + 1, rest.size() - 1) == 0) return std::nullopt;
    const auto first = std::find_if(rest.begin(), rest.end(), [&](std::uint8_t byte) { return byte != answer.poison; });
    return wrong(e.demands.unmoved, Part::kBeyondBuffer, static_cast<std::uint64_t>(first - got.begin()), answer.poison, *first);
  };
  if (alternative.is_open) {
    done = e.walk.reached;  // GM-RW-009: after a fault the buffer is open up to the hole
    return untouched(got.size());
  }
  for (const Span& span : e.walk.spans) {
    if (span.done >= alternative.moved) break;
    if (auto violation = untouched(span.done)) return violation;
    const std::uint64_t size = std::min(span.size, alternative.moved - span.done);
    const std::span<const std::uint8_t> piece = got.subspan(span.done, size);
    done = span.done + size;
    if (may_lack_prefix) continue;
    if (span.is_discarded) {
      const auto value = static_cast<std::uint8_t>(switches(op).discard_value);
      const auto first = std::find_if(piece.begin(), piece.end(), [&](std::uint8_t byte) { return byte != value; });
      if (first != piece.end())
        return wrong(e.demands.bytes, Part::kBytes, span.done + static_cast<std::uint64_t>(first - piece.begin()), value, *first);
      continue;
    }
    const std::uint32_t store = e.map->regions()[span.region].store;
    const auto mismatch = stores_[store].compare(span.position, piece);
    if (!mismatch) continue;
    Clause clause = e.demands.bytes;
    // GM-REG-007: nobody has written here, and it is the backend's own.
    if (!mismatch->was_written && starts_as_zero(store)) clause = Clause::kREG7;
    if (is_load && op.size > 1) {
      std::array<std::uint8_t, 8> expected{};
      current(op, std::span(expected).first(op.size));
      if (std::equal(got.rbegin(), got.rend(), expected.begin())) clause = Clause::kTYPE2;
    }
    return wrong(clause, Part::kBytes, span.done + (mismatch->position - span.position), mismatch->expected, mismatch->got);
  }
  return untouched(got.size());
}

Judgement Reference::judge(const Expectation& e, const Answer& answer) const {
  const GmcOutcome& outcome = answer.outcome;
  Judgement judgement;
  std::optional<Violation> closest;
  const auto expected_status = static_cast<std::uint16_t>(__builtin_ctz(e.alternatives[0].statuses));
  const auto part = [&](Clause clause, Part which, std::uint64_t expected, std::uint64_t got) {
    return Violation{.clause = clause, .divergence = {.part = which}, .expected = expected, .got = got};
  };
  // GM-INV-001: these are wrong whatever was asked.
  const bool is_never_right =
      outcome.status >= GMC_STATUS_COUNT || outcome.status == GMC_BROKEN || outcome.status == GMC_REFUSED || outcome.status == GMC_LOST;
  if (e.stream_fault && !is_never_right)
    closest = part(e.stream_fault->clause, Part::kStreamCount, e.stream_fault->expected, answer.stream.moved);
  for (std::size_t i = 0; i < e.alternative_count && !e.stream_fault; ++i) {
    const Alternative& a = e.alternatives[i];
    if (outcome.status >= GMC_STATUS_COUNT || (a.statuses >> outcome.status & 1) == 0) continue;
    std::optional<Violation> violation;
    const bool has_count = (outcome.flags & GMC_HAS_COUNT) != 0;
    if (a.count_rule != CountRule::kFree && (has_count ? outcome.count != a.count : a.count_rule == CountRule::kRequired)) {
      violation = part(e.demands.count, Part::kCount, a.count, has_count ? outcome.count : 0);
    } else if (a.has_value && outcome.value != a.value) {
      violation = part(e.demands.value, Part::kValue, a.value, outcome.value);
    } else if (a.has_failed_at && (outcome.flags & GMC_HAS_ADDRESS) != 0 && outcome.address != a.failed_at) {
      violation = part(Clause::kRW16, Part::kAddress, a.failed_at, outcome.address);
    } else if (a.names_no_byte && (outcome.flags & GMC_HAS_ADDRESS) != 0) {
      violation = part(Clause::kRW16, Part::kAddress, 0, outcome.address);
    } else if (is_atomic(e.op->kind)) {
      violation = judge_atomic(e, answer);
    } else if (has_stream(e.op->kind)) {
      if (!takes_from_stream(e.op->kind)) violation = judge_arrived(e, answer);
    } else if (e.effect == Effect::kReads) {
      violation = judge_bytes(e, a, answer);
    } else if ((e.op->kind == OpKind::kHostAddress || e.op->kind == OpKind::kReference) && outcome.status == GMC_OK) {
      violation = judge_pointed(e, answer);
    } else if (e.op->kind == OpKind::kSlices) {
      violation = judge_slices(e, answer);
    } else if (e.op->kind == OpKind::kHarvest && outcome.status == GMC_OK) {
      violation = judge_harvest(e, answer);
    } else if (e.op->kind == OpKind::kRegions && outcome.status == GMC_OK) {
      violation = judge_regions(e, answer);
    } else if (e.op->kind == OpKind::kFacts && outcome.status == GMC_OK) {
      violation = judge_facts(e, answer);
    }
    if (!violation) {
      judgement.alternative = i;
      return judgement;
    }
    if (a.is_armed) violation->clause = Clause::kINV5;
    if (!closest) closest = violation;
  }
  if (!closest) {
    const std::span<const Clause> decides = std::span(e.decides).first(e.decide_count);
    // GM-ADDR-001: at the end of the address space the call returns with a status too.
    const bool is_at_the_top = std::find(decides.begin(), decides.end(), Clause::kADDR1) != decides.end();
    Clause clause = !is_never_right ? e.demands.status : is_at_the_top ? Clause::kADDR1 : Clause::kINV1;
    // GM-PERM-005: one was meant and the other said.
    const StatusMask meant = e.alternatives[0].statuses & (status_bit(GMC_DENIED) | status_bit(GMC_OUT_OF_RANGE));
    const bool takes_one_for_other = (outcome.status == GMC_OUT_OF_RANGE && meant == status_bit(GMC_DENIED)) ||
                                     (outcome.status == GMC_DENIED && meant == status_bit(GMC_OUT_OF_RANGE));
    if (takes_one_for_other && e.effect != Effect::kNone) clause = Clause::kPERM5;
    // GM-PERM-007: a right that is there and does not come through.
    if (outcome.status == GMC_DENIED && e.space_kind == GMC_SPACE_RANGE && e.effect != Effect::kNone) clause = Clause::kPERM7;
    if (e.is_before_fault && outcome.status < GMC_STATUS_COUNT && (kFaulted >> outcome.status & 1) != 0) clause = Clause::kINV5;
    closest = part(clause, Part::kStatus, expected_status, outcome.status);
  }
  if (has_changed_ || slots_[e.op->space].is_beside || slots_[e.op->space].in_snapshot) attribute_to_change(e, *closest);
  closest->divergence.expected_status = expected_status;
  closest->divergence.got_status = outcome.status;
  judgement.violation = closest;
  return judgement;
}

// An open byte becomes what the answer shows it to be.
void Reference::pin(Bytes& store, std::uint64_t position, const Expectation& e, const Answer& answer, std::uint64_t done,
                    std::uint64_t size) {
  // An object that could not be read whole shows nothing.
  if (e.op->kind == OpKind::kLoad && answer.outcome.status != GMC_OK) return;
  if (!comes_as_value(*e.op)) return store.pin(position, answer.bytes.subspan(done, size));
  std::array<std::uint8_t, 8> loaded;
  std::memcpy(loaded.data(), &answer.outcome.value, loaded.size());
  store.pin(position, std::span<const std::uint8_t>(loaded).subspan(done, size));
}

void Reference::commit_bytes(const Expectation& e, const Alternative& alternative, const Answer& answer, Evidence& evidence) {
  for (const Span& span : e.walk.spans) {
    if (span.is_discarded) continue;
    const MappedRegion& region = e.map->regions()[span.region];
    Bytes& store = stores_[region.store];
    const std::uint64_t size = span.done < alternative.moved ? std::min(span.size, alternative.moved - span.done) : 0;
    if (e.effect == Effect::kReads) {
      if (!alternative.is_open && size > 0 && store.has_open_bytes()) pin(store, span.position, e, answer, span.done, size);
      store.touch(span.position, std::min(span.size, kTransferMax));
      if (size > 0 && starts_as_zero(region.store) && !store.was_written(span.position)) evidence.add(Clause::kREG7);
      continue;
    }
    if (size == 0) {
      store.touch(span.position, std::min(span.size, kTransferMax));
      continue;
    }
    if (is_tracking_ && profile_.root().dirty_source == DirtySource::kContentDiff)
      save_before_write(region, span.gpa, span.gpa + (size - 1));
    if (e.op->kind == OpKind::kZeroAll || (e.op->kind == OpKind::kFill && e.op->data.byte == 0 && !alternative.is_open)) {
      store.zero(span.position, size);
    } else if (e.op->kind == OpKind::kFill) {
      std::array<std::uint8_t, Bytes::kPageSize> chunk;
      std::memset(chunk.data(), e.op->data.byte, std::min<std::uint64_t>(chunk.size(), size));
      for (std::uint64_t done = 0; done < size; done += chunk.size()) {
        const std::span<const std::uint8_t> piece = std::span(chunk).first(std::min<std::uint64_t>(chunk.size(), size - done));
        alternative.is_open ? store.write_maybe(span.position + done, piece) : store.write(span.position + done, piece);
      }
    } else if (alternative.is_open) {
      store.write_maybe(span.position, answer.bytes.subspan(span.done, size));
    } else {
      store.write(span.position, answer.bytes.subspan(span.done, size));
    }
  }
}

void Reference::commit(const Program& program, const Expectation& e, const Judgement& judgement, const Answer& answer, Evidence& evidence) {
  GMC_CHECK(!judgement.violation);
  const Op& op = *e.op;
  const Alternative& alternative = e.alternatives[judgement.alternative];
  const bool is_ok = answer.outcome.status == GMC_OK;
  evidence.add(Clause::kINV1);
  evidence.add(Clause::kINV2);
  evidence.add(e.demands.status);
  for (std::size_t i = 0; i < e.decide_count; ++i) evidence.add(e.decides[i]);
  if (alternative.count_rule == CountRule::kRequired) evidence.add(e.demands.count);
  if (alternative.has_failed_at && (answer.outcome.flags & GMC_HAS_ADDRESS) != 0) evidence.add(Clause::kRW16);
  const bool judges_count = alternative.count_rule != CountRule::kFree || op.kind == OpKind::kRegions;
  if (judges_count && (answer.outcome.flags & GMC_HAS_COUNT) != 0) evidence.add(Clause::kRW16);
  if (e.effect == Effect::kReads && op.kind != OpKind::kLoad && op.kind != OpKind::kAtomicLoad)
    evidence.add(alternative.moved < buffer_size(op) ? e.demands.unmoved : e.demands.bytes);
  if (e.effect == Effect::kWrites && alternative.moved > 0) evidence.add(e.demands.effect);
  if (e.effect != Effect::kNone) evidence.add(e.demands.beyond);
  if (op.kind == OpKind::kFacts && op.space == 0 && is_ok && profile_.root().host_pointer == HostPointer::kWhole)
    evidence.add(Clause::kSLICE8);
  if (has_changed_ || slots_[op.space].is_beside) decide_changes(e, alternative, evidence);

  if (is_atomic(op.kind)) {
    commit_atomic(e, answer);
  } else if (op.kind == OpKind::kCopy) {
    commit_copy(e, alternative);
  } else {
    commit_bytes(e, alternative, answer, evidence);
  }
  if (op.kind != OpKind::kReset) commit_dirty(e, alternative, evidence);
  switch (op.kind) {
    case OpKind::kMark:
      if (is_ok) commit_mark(e, evidence);
      break;
    case OpKind::kTrack:
      if (!is_ok) break;
      was_retracked_ |= has_changed_;
      if (op.on != is_tracking_) doubt_what_waits();
      if (op.on && !is_tracking_) start_tracking(profile_.root().dirty_start);
      if (!op.on) is_tracking_ = false;
      break;
    case OpKind::kHarvest:
      if (is_ok) commit_harvest(op, answer, evidence);
      break;
    case OpKind::kReset:
      // Whoever runs a reset closes the spaces before.
      std::ranges::for_each(slots_, [this](Slot& slot) { release(slot); });
      is_ok ? reset() : close_slots();
      break;
    case OpKind::kOpenRegion:
    case OpKind::kOpenRange:
    case OpKind::kOpenSnapshot:
      if (is_ok) commit_open(op, e);
      break;
    case OpKind::kAdd:
    case OpKind::kInsert:
    case OpKind::kRemove:
    case OpKind::kReplace:
      if (is_ok) commit_change(program, e);
      break;
    case OpKind::kProtect:
      if (is_ok) commit_protect(e);
      break;
    case OpKind::kOpenMemory:
      if (is_ok) commit_open_memory(e);
      break;
    case OpKind::kArm:
      if (is_ok) commit_arm(op);
      break;
    case OpKind::kDestroy:
      commit_destroy();
      break;
    case OpKind::kClose:
      commit_close(op.space);
      break;
    default:
      break;
  }
  if (e.may_meet_fault) commit_fault(e, alternative, answer);
}

void Reference::commit_open(const Op& op, const Expectation& e) {
  const Slot& below = slots_[op.space];
  const MemoryMap& map = map_of(below);
  const MappedRegion* region = map.find(e.gpa);
  const auto index = region == nullptr ? 0 : static_cast<std::uint32_t>(region - map.regions().data());
  Slot& opened = slots_[op.opens];
  opened = Slot{.is_open = true,
                .kind = GMC_SPACE_REGION,
                .region = index,
                .parent = op.space,
                .is_bound = true,
                .in_snapshot = below.in_snapshot || op.kind == OpKind::kOpenSnapshot,
                .is_stale = below.is_stale,
                .is_beside = below.is_beside,
                .map = below.map};
  if (op.kind == OpKind::kOpenSnapshot) {
    opened.kind = GMC_SPACE_SNAPSHOT;
    return;
  }
  if (op.kind == OpKind::kOpenRegion) {
    opened.extent = {.first = region->base, .last = region->last, .only_region = index};
    return;
  }
  opened.kind = GMC_SPACE_RANGE;
  opened.extent = {.first = e.gpa, .last = e.gpa + (op.size - 1), .only_region = extent(op).only_region, .is_empty = op.size == 0};
  // Inside one region it sees no neighbour, whatever it was opened on.
  if (op.size > 0 && region != nullptr && opened.extent.last <= region->last) opened.extent.only_region = index;
  // A view shows what is there now; a slice is of its region.
  opened.is_bound = below.is_bound || (opened.extent.only_region && !profile_.of(below.kind).views);
}

void Reference::commit_close(std::uint8_t slot) {
  if (slot == 0) return;
  release(slots_[slot]);
  slots_[slot] = Slot{};
  for (Slot& other : slots_) other.is_orphan |= other.is_open && other.parent == slot;
}

Clause Reference::blame_memory(const Expectation& e, std::size_t alternative, std::uint32_t store, std::uint64_t position) {
  if (e.alternatives[alternative].is_armed) return Clause::kINV5;
  if (e.effect != Effect::kWrites) return e.demands.beyond;
  // GM-ATOM-008: what a compare-exchange that failed was to leave alone is its own clause's matter too.
  const bool is_mismatch = (e.alternatives[alternative].statuses & status_bit(GMC_MISMATCH)) != 0;
  const std::uint64_t moved = is_mismatch ? e.op->size : e.alternatives[alternative].moved;
  for (const Span& span : e.walk.spans) {
    if (span.done >= moved || span.is_discarded || e.map->regions()[span.region].store != store) continue;
    // By the position in the backing, which several regions may show.
    if (position >= span.position && position - span.position < std::min(span.size, moved - span.done)) return e.demands.effect;
  }
  return e.demands.beyond;
}

std::optional<Bytes::Mismatch> Reference::compare(std::uint32_t region, std::uint64_t offset, std::span<const std::uint8_t> seen) const {
  const MappedRegion& mapped = map_.regions()[region];
  return stores_[mapped.store].compare(mapped.store_offset + offset, seen);
}

bool Reference::operator==(const Reference& other) const {
  return profile_ == other.profile_ && created_ == other.created_ && layout_ == other.layout_ && is_removed_ == other.is_removed_ &&
         is_inserted_ == other.is_inserted_ && was_retracked_ == other.was_retracked_ && row_ == other.row_ && map_ == other.map_ &&
         stores_ == other.stores_ && dirty_ == other.dirty_ && is_tracking_ == other.is_tracking_ && armed_ == other.armed_ &&
         slots_ == other.slots_;
}

}  // namespace gmc
