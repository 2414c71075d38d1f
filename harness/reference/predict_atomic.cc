// SPDX-License-Identifier: Apache-2.0 OR MIT
// Atomic accesses, as far as one thread decides them: group GM-ATOM.
#include <algorithm>
#include <array>
#include <cstring>

#include "harness/base/check.h"
#include "harness/reference/reference.h"

namespace gmc {

namespace {

using Value = std::array<std::uint8_t, 16>;

Atomics operation_of(OpKind kind) {
  switch (kind) {
    case OpKind::kAtomicLoad:
      return Atomics::kLoad;
    case OpKind::kAtomicStore:
      return Atomics::kStore;
    case OpKind::kCompareExchange:
      return Atomics::kCompareExchange;
    case OpKind::kExchange:
      return Atomics::kExchange;
    case OpKind::kFetchAdd:
      return Atomics::kAdd;
    case OpKind::kFetchSub:
      return Atomics::kSub;
    case OpKind::kFetchAnd:
      return Atomics::kAnd;
    case OpKind::kFetchOr:
      return Atomics::kOr;
    default:
      GMC_CHECK(kind == OpKind::kFetchXor, info(kind).text);
      return Atomics::kXor;
  }
}

// A load releases nothing, a store acquires nothing; the failure of a compare-exchange is a load.
bool is_order_of_load(std::uint8_t order) { return order == GMC_ORDER_RELAXED || order == GMC_ORDER_ACQUIRE || order == GMC_ORDER_SEQ_CST; }
bool is_order_of_store(std::uint8_t order) {
  return order == GMC_ORDER_RELAXED || order == GMC_ORDER_RELEASE || order == GMC_ORDER_SEQ_CST;
}

bool has_legal_order(const Op& op) {
  if (op.kind == OpKind::kAtomicLoad) return is_order_of_load(op.order);
  if (op.kind == OpKind::kAtomicStore) return is_order_of_store(op.order);
  if (op.order > GMC_ORDER_SEQ_CST) return false;
  return op.kind != OpKind::kCompareExchange || is_order_of_load(op.failure_order);
}

// What stands there after a read-modify-write that found `old`, in the host's byte order.
Value result_of(OpKind kind, const Value& old, std::span<const std::uint8_t> operand) {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::memcpy(&a, old.data(), sizeof a);
  std::memcpy(&b, operand.data(), std::min<std::size_t>(operand.size(), sizeof b));
  switch (kind) {
    case OpKind::kFetchAdd:
      b = a + b;
      break;
    case OpKind::kFetchSub:
      b = a - b;
      break;
    case OpKind::kFetchAnd:
      b = a & b;
      break;
    case OpKind::kFetchOr:
      b = a | b;
      break;
    case OpKind::kFetchXor:
      b = a ^ b;
      break;
    default:
      break;
  }
  Value result{};
  std::memcpy(result.data(), &b, sizeof b);
  return result;
}

}  // namespace

// The statuses with which the access may be declined: one for each thing that is wrong with it. Fills e.walk.
StatusMask Reference::reasons_against(const Op& op, Expectation& e) const {
  const Switches& s = switches(op);
  Demands& d = e.demands;
  StatusMask reasons = 0;
  const auto decline = [&](Clause clause, StatusMask with) {
    if (reasons == 0) d.status = d.beyond = clause;
    reasons |= with;
  };
  if (!s.atomics.has(operation_of(op.kind))) {
    const StatusMask not_offered = status_bit(GMC_UNSUPPORTED) | status_bit(GMC_INVALID_ARGUMENT);
    decline(s.atomics.empty() ? Clause::kATOM12 : Clause::kATOM1, not_offered);
  } else if (!s.atomic_sizes.has(op.size) || (op.size == 16 && op.kind != OpKind::kCompareExchange)) {
    const bool is_exchange = op.kind == OpKind::kCompareExchange;
    decline(is_exchange ? Clause::kATOM10 : Clause::kATOM1,
            status_bit(GMC_INVALID_ARGUMENT) | (is_exchange ? 0 : status_bit(GMC_UNSUPPORTED)));
  }
  if (!has_legal_order(op)) decline(Clause::kATOM5, status_bit(GMC_INVALID_ARGUMENT));
  if (op.size == 0) return reasons;

  e.map->walk(extent(op), e.address, op.size, op.kind == OpKind::kAtomicLoad ? Right::kRead : Right::kWrite, s, e.walk);
  const bool is_whole = e.walk.stop == Stop::kNone && e.walk.spans.size() == 1 && !e.walk.spans[0].is_discarded;
  if (s.atomic_unaligned == AtomicUnaligned::kError && is_unaligned_atomic(op, e)) decline(Clause::kATOM6, status_bit(GMC_MISALIGNED));
  if (is_whole) return reasons;
  // GM-ATOM-007: one access is in one region.
  StatusMask with = status_bit(GMC_OUT_OF_RANGE);
  const MappedRegion* region = e.map->is_mapped_in(extent(op), e.address) ? e.map->find(e.gpa) : nullptr;
  const bool fits = region != nullptr && op.size - 1 <= std::min(region->last, extent(op).last) - e.gpa;
  const bool is_denied = e.walk.stop == Stop::kDenied && e.walk.reached == 0 && fits;
  if (is_denied) with = status_bit(GMC_DENIED);
  if (e.walk.stop == Stop::kDenied) with |= status_bit(GMC_DENIED);
  if (e.walk.stop == Stop::kFault) with |= status_bit(GMC_FAULT);
  decline(is_denied ? Clause::kPERM1 : Clause::kATOM7, with);
  return reasons;
}

// GM-ATOM-006: by the guest's address, or by the host's, which is that of the position in the backing. op.size > 0.
bool Reference::is_unaligned_atomic(const Op& op, const Expectation& e) const {
  const MappedRegion* region = e.map->is_mapped_in(extent(op), e.address) ? e.map->find(e.gpa) : nullptr;
  const bool by_host = switches(op).align_basis == AlignBasis::kHva && region != nullptr;
  return (by_host ? region->store_offset + (e.gpa - region->base) : e.gpa) % op.size != 0;
}

void Reference::predict_atomic(const Op& op, Expectation& e) const {
  Demands& d = e.demands;
  const bool is_load = op.kind == OpKind::kAtomicLoad;
  e.effect = is_load ? Effect::kReads : Effect::kWrites;
  d.beyond_dirty = Clause::kDIRTY6;
  if (const StatusMask reasons = reasons_against(op, e); reasons != 0) {
    e.walk.spans.clear();
    e.walk.reached = 0;
    e.allow(reasons);
    return;
  }
  const bool is_compare = op.kind == OpKind::kCompareExchange;
  e.returns_old = !is_compare && op.kind != OpKind::kAtomicStore;
  e.granules_requested = op.size;
  d.status = is_compare ? Clause::kATOM9 : Clause::kATOM13;
  d.value = d.bytes = d.effect = is_compare ? Clause::kATOM8 : Clause::kATOM13;
  d.beyond = is_load ? Clause::kRW3 : Clause::kRW2;
  d.dirty = Clause::kDIRTY2;
  if (!is_load) d.beyond_dirty = Clause::kDIRTY5;
  demand_of_range(op, e);
  e.allow(status_bit(GMC_OK)).moved = op.size;
  if (is_compare) {
    e.allow(status_bit(GMC_MISMATCH));
    e.decide(Clause::kATOM8);
  }
  // GM-ATOM-006: there is hardware that declines.
  if (switches(op).atomic_unaligned == AtomicUnaligned::kHw && is_unaligned_atomic(op, e)) e.allow(status_bit(GMC_MISALIGNED));
}

// GM-ATOM-008, -013: what stood there is answered, and decides a compare-exchange.
std::optional<Violation> Reference::judge_atomic(const Expectation& e, const Answer& answer) const {
  const Op& op = *e.op;
  const GmcOutcome& outcome = answer.outcome;
  const bool is_ok = outcome.status == GMC_OK;
  if (!is_ok && outcome.status != GMC_MISMATCH) return std::nullopt;
  const Span& span = e.walk.spans.front();
  const Bytes& store = stores_[e.map->regions()[span.region].store];
  if (op.kind == OpKind::kCompareExchange) {
    const bool may_be_equal = !store.compare(span.position, answer.expected);
    const bool may_differ = !may_be_equal || store.is_open(span.position, op.size);
    if (is_ok ? !may_be_equal : !may_differ) {
      return Violation{.clause = Clause::kATOM8,
                       .divergence = {.part = Part::kStatus},
                       .expected = static_cast<std::uint64_t>(is_ok ? GMC_MISMATCH : GMC_OK),
                       .got = outcome.status};
    }
  }
  const bool tells = e.returns_old || outcome.status == GMC_MISMATCH;
  if (!tells) return std::nullopt;
  const auto wrong = [&](std::uint64_t expected, std::uint64_t got) {
    return Violation{.clause = e.demands.value, .divergence = {.part = Part::kValue}, .expected = expected, .got = got};
  };
  if (!answer.found.empty()) {
    const auto mismatch = store.compare(span.position, answer.found);
    if (mismatch) return wrong(mismatch->expected, mismatch->got);
    return std::nullopt;
  }
  Value told{};
  std::memcpy(told.data(), &outcome.value, sizeof outcome.value);
  if (op.size < 8 && outcome.value >> (op.size * 8) != 0) return wrong(0, outcome.value);
  if (store.compare(span.position, std::span(told).first(op.size))) {
    Value expected{};
    current(op, std::span(expected).first(op.size));
    std::uint64_t value = 0;
    std::memcpy(&value, expected.data(), sizeof value);
    return wrong(value, outcome.value);
  }
  return std::nullopt;
}

// An open byte becomes what the answer shows it to be; then what was written is written.
void Reference::commit_atomic(const Expectation& e, const Answer& answer) {
  const Op& op = *e.op;
  if (e.walk.spans.empty()) return;
  const Span& span = e.walk.spans.front();
  Bytes& store = stores_[e.map->regions()[span.region].store];
  store.touch(span.position, op.size);
  const bool is_ok = answer.outcome.status == GMC_OK;
  if (!is_ok && answer.outcome.status != GMC_MISMATCH) return;
  Value old{};
  std::memcpy(old.data(), &answer.outcome.value, sizeof answer.outcome.value);
  if (op.kind == OpKind::kCompareExchange) {
    if (is_ok) {
      store.pin(span.position, answer.expected);
    } else {
      store.pin(span.position, answer.found.empty() ? std::span<const std::uint8_t>(old).first(op.size) : answer.found);
    }
  } else if (e.returns_old) {
    store.pin(span.position, std::span<const std::uint8_t>(old).first(op.size));
  }
  if (!is_ok || e.effect == Effect::kReads) return;
  if (is_tracking_ && profile_.root().dirty_source == DirtySource::kContentDiff) {
    save_before_write(e.map->regions()[span.region], span.gpa, span.gpa + (op.size - 1));
  }
  if (!e.returns_old) return store.write(span.position, answer.bytes);
  const Value result = result_of(op.kind, old, answer.bytes);
  store.write(span.position, std::span<const std::uint8_t>(result).first(op.size));
}

}  // namespace gmc
