// SPDX-License-Identifier: Apache-2.0 OR MIT
// What may be answered to transfers from and to descriptors: group GM-FD.
//
// How far a transfer came decides which answers are right, and only the descriptor tells: a backend may ask for its bytes in pieces of any
// size, and some of its variants end after the first short piece. So predict() says what follows from the memory and from the stream as the
// program describes it, and settle() narrows that down by what has been seen of the stream after the call.
#include <algorithm>

#include "harness/reference/reference.h"

namespace gmc {

namespace {

bool is_exact(const Op& op) { return op.kind == OpKind::kReadFrom || op.kind == OpKind::kWriteTo; }

}  // namespace

// The range ends before the transfer does.
void Reference::demand_stream_failure(const Op& op, Expectation& e) const {
  const bool takes = takes_from_stream(op.kind);
  const bool starts_outside = e.walk.reached == 0;
  demand_failure(op, e);
  Demands& d = e.demands;
  const bool is_hole = d.status == Clause::kADDR3 || d.status == Clause::kRW7 || d.status == Clause::kXR3;
  if (takes && starts_outside && is_hole) d.status = d.beyond = Clause::kFD7;
  if (!takes && is_hole) d.status = Clause::kFD6;
  if (!is_exact(op) && !starts_outside) d.status = takes ? Clause::kFD2 : Clause::kFD6;
  if (takes && !is_exact(op) && !starts_outside) d.effect = Clause::kFD1;
  if (takes && !starts_outside) d.dirty = Clause::kDIRTY18;
  if (takes && starts_outside) e.decide(Clause::kFD7);
}

// GM-FD-009
void Reference::predict_empty_stream(const Op& op, Expectation& e) const {
  predict_zero_length(op, switches(op).zero_length_fd, Clause::kFD9, e);
  StatusMask& statuses = e.alternatives[0].statuses;
  // As of other accesses: a partial one that found nothing to do may say so.
  if (!is_exact(op) && !is_within(*e.map, extent(op), e.address, ZeroLength::kStartMapped))
    statuses |= status_bit(GMC_OK) | status_bit(GMC_OUT_OF_RANGE);
  if (op.stream.cannot_move()) statuses |= kWrongKind;
}

void Reference::predict_stream(const Op& op, Expectation& e) const {
  const Switches& s = switches(op);
  const bool takes = takes_from_stream(op.kind);
  e.effect = takes ? Effect::kWrites : Effect::kReads;
  Demands& d = e.demands;
  d.status = d.effect = takes ? Clause::kFD1 : Clause::kFD6;
  d.beyond = takes ? Clause::kRW2 : Clause::kRW3;
  d.dirty = Clause::kDIRTY18;
  d.beyond_dirty = Clause::kDIRTY6;
  if (!s.fd_io) {
    e.allow(status_bit(GMC_UNSUPPORTED));
    return;
  }
  if (op.size == 0) return predict_empty_stream(op, e);
  e.map->walk(extent(op), e.address, op.size, takes ? Right::kWrite : Right::kRead, s, e.walk);
  e.granules_requested = op.size;
  // GM-ADDR-001: the far ends of the address space are answered like any other address.
  if (e.gpa >= UINT64_MAX - 0xfff || op.size - 1 > UINT64_MAX - e.gpa) e.decide(Clause::kADDR1);
  if (e.walk.stop != Stop::kNone) {
    demand_stream_failure(op, e);
  } else if (takes) {
    d.beyond_dirty = Clause::kDIRTY5;
  }
  d.count = takes ? Clause::kFD1 : Clause::kFD6;
  d.bytes = d.unmoved = Clause::kFD6;
  demand_of_range(op, e);
  if (e.walk.reached == 0) {
    predict_range_failure(op, e);
    // Of two reasons either may be said.
    if (op.stream.cannot_move()) e.alternatives[0].statuses |= kWrongKind;
    return;
  }
  e.is_streaming = true;
  e.unsettled = d;
  e.decided_unsettled = e.decide_count;
  // Until something has been seen: all that the stream has and the range takes.
  Answer ideal;
  ideal.stream.moved = std::min(op.stream.room(op.size), e.walk.reached);
  settle(e, ideal);
}

// Which clause speaks of what happened on the way.
void Reference::attribute_stream(const StreamSeen& seen, bool met_end, Expectation& e) const {
  const Op& op = *e.op;
  const bool takes = takes_from_stream(op.kind);
  const bool was_cut = seen.was_short && op.stream.at_most != 0;
  Demands& d = e.demands;
  const bool is_stream_alone = d.status == Clause::kFD1 || d.status == Clause::kFD2 || d.status == Clause::kFD6;
  Clause clause = d.status;
  if (takes && met_end) clause = Clause::kFD4;
  if (was_cut && is_exact(op)) clause = Clause::kFD3;
  if (was_cut && !is_exact(op) && takes) clause = Clause::kFD2;
  if (seen.was_interrupted && !met_end) clause = Clause::kFD5;
  if (is_stream_alone) d.status = clause;
  if (takes && d.effect == Clause::kFD1) d.effect = was_cut ? Clause::kFD2 : met_end ? Clause::kFD4 : Clause::kFD1;
  if (takes && seen.moved > 0) e.decide(Clause::kFD1);
  if (takes && was_cut) e.decide(Clause::kFD2);
  if (is_exact(op) && was_cut) e.decide(Clause::kFD3);
  if (takes && met_end) e.decide(Clause::kFD4);
  if (seen.was_interrupted) e.decide(Clause::kFD5);
  if (!takes) e.decide(Clause::kFD6);
}

// The stream ended, failed, or came short: GM-FD-003, -004.
void Reference::allow_stream_failure(std::uint64_t moved, Expectation& e) const {
  const Op& op = *e.op;
  const bool is_overrun = moved > e.walk.reached;  // GM-FD-008: what the range had no room for
  const auto allow = [&](StatusMask statuses, bool needs_count) {
    Alternative& failed = e.allow(statuses);
    failed.moved = std::min(moved, e.walk.reached);
    failed.is_open = is_overrun && takes_from_stream(op.kind);
    failed.count = failed.moved;
    failed.count_rule = is_overrun ? CountRule::kFree : needs_count ? CountRule::kRequired : CountRule::kIfGiven;
  };
  const bool is_partial_failure = !is_exact(op) && moved > 0;
  if (!is_partial_failure && !op.stream.cannot_move()) allow(status_bit(GMC_SHORT), switches(op).reports_count);
  allow(op.stream.cannot_move() ? kWrongKind : status_bit(GMC_IO), false);
}

void Reference::settle(Expectation& e, const Answer& answer) const {
  if (!has_stream(e.op->kind)) return;
  const Op& op = *e.op;
  const StreamSeen& seen = answer.stream;
  e.stream_fault.reset();
  if (!e.is_streaming) {
    if (seen.moved != 0) e.stream_fault = {e.demands.status, 0};
    return;
  }
  e.demands = e.unsettled;
  e.decide_count = e.decided_unsettled;
  e.alternative_count = 0;

  const Switches& s = switches(op);
  const bool takes = takes_from_stream(op.kind);
  const bool exact = is_exact(op);
  const bool is_whole = e.walk.stop == Stop::kNone;
  const std::uint64_t given = op.stream.room(op.size);
  const std::uint64_t possible = std::min(given, e.walk.reached);
  const bool met_end = given < op.size && seen.moved == given;
  // GM-FD-008: what left a descriptor before the range ended is open.
  const std::uint64_t most = exact && takes && !is_whole ? given : possible;
  const bool must_go_on = exact ? s.fd_exact_loops : takes && s.fd_short_read == FdShortRead::kLoop;
  const bool must_stop = exact ? !s.fd_exact_loops : takes && s.fd_short_read == FdShortRead::kStop;
  const bool stopped_short = seen.was_short && !seen.went_on && !must_go_on;
  attribute_stream(seen, met_end, e);
  e.marks_target = takes && ((op.stream.fails() && met_end) || seen.was_interrupted);  // GM-DIRTY-018

  const Clause of_loops = exact ? Clause::kFD3 : takes ? Clause::kFD2 : Clause::kFD6;
  if (seen.moved > most) e.stream_fault = {takes ? Clause::kFD1 : Clause::kFD6, most};
  if (must_stop && seen.went_on) e.stream_fault = {of_loops, seen.moved_before_going_on};
  const bool is_early = seen.moved < possible && !stopped_short;
  const bool is_excused = exact && !is_whole;  // by the range, whose failure needs no transfer
  if (is_early && !is_excused) e.stream_fault = {seen.was_interrupted ? Clause::kFD5 : of_loops, possible};

  if (exact && is_whole && seen.moved >= op.size) {
    Alternative& done = e.allow(status_bit(GMC_OK));
    done.moved = done.count = op.size;
    done.count_rule = CountRule::kIfGiven;
  }
  if (!exact && seen.moved > 0) {
    Alternative& done = e.allow(status_bit(GMC_OK));
    done.moved = done.count = std::min(seen.moved, e.walk.reached);
    done.count_rule = CountRule::kRequired;
  }
  if (exact && !is_whole) allow_range_failure(seen.moved, e);
  const bool is_exact_failure = exact && seen.moved < op.size && (met_end || stopped_short);
  // GM-FD-006: what went out stays out, and whoever hears io would send it again.
  const bool is_partial_failure = !exact && met_end && (seen.moved == 0 || (takes && op.stream.fails()));
  if (is_exact_failure || is_partial_failure) allow_stream_failure(seen.moved, e);
  if (is_partial_failure && takes && seen.moved == 0 && !op.stream.fails()) {
    // GM-FD-004: the end of a file may be no failure to whoever takes what there is.
    Alternative& nothing = e.allow(status_bit(GMC_OK));
    nothing.count_rule = CountRule::kIfGiven;
  }
  // Of two reasons either may be said, though the range would have let a part through.
  if (is_partial_failure && seen.moved == 0 && !is_whole) allow_failure_to_begin(e);
  if (e.alternative_count == 0) {
    if (!e.stream_fault) e.stream_fault = {of_loops, possible};
    e.allow(status_bit(GMC_OK));
  }
  fold_settled(e);
}

// Nothing was moved, since the range ends too early.
void Reference::allow_failure_to_begin(Expectation& e) const {
  Alternative& refused = e.allow(status_of(e.walk.stop));
  refused.count_rule = CountRule::kIfGiven;
  name_failed_byte(*e.op, e, refused);
}

// The range ends before the transfer does: how much was transferred by then is GM-FD-008, but for a prefix that has to be kept. Nothing is
// kept of what did not begin (GM-FD-003).
void Reference::allow_range_failure(std::uint64_t moved, Expectation& e) const {
  predict_range_failure(*e.op, e);
  if (moved == 0 && e.alternatives[0].moved > 0) allow_failure_to_begin(e);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < e.alternative_count; ++i) {
    Alternative& failed = e.alternatives[i];
    const bool keeps_prefix = failed.moved > 0 && !failed.is_open;
    if (keeps_prefix && moved < e.walk.reached) continue;  // not of a transfer that began
    if (e.effect == Effect::kReads || failed.is_open) failed.moved = std::min(moved, e.walk.reached);
    e.alternatives[kept++] = failed;
  }
  e.alternative_count = kept;
}

// As predict() does for what it predicts: statuses that cannot be told apart, and then what one of them may stand for.
void Reference::fold_settled(Expectation& e) const {
  fold_statuses(e);
  for (std::size_t i = 0; i < e.alternative_count; ++i) {
    for (std::size_t k = i + 1; k < e.alternative_count; ++k) {
      Alternative& one = e.alternatives[i];
      Alternative& other = e.alternatives[k];
      if ((one.statuses & other.statuses) == 0 || one.moved == other.moved) continue;
      for (Alternative* const either : {&one, &other}) {
        either->moved = std::max(one.moved, other.moved);
        either->is_open = e.effect == Effect::kWrites;
        either->count_rule = CountRule::kFree;
      }
    }
  }
}

// GM-FD-006: what arrived is what memory holds, from its first byte on.
std::optional<Violation> Reference::judge_arrived(const Expectation& e, const Answer& answer) const {
  for (const Span& span : e.walk.spans) {
    if (span.done >= answer.bytes.size()) break;
    const std::span<const std::uint8_t> piece =
        answer.bytes.subspan(span.done, std::min<std::uint64_t>(span.size, answer.bytes.size() - span.done));
    const auto wrong = [&](std::uint64_t at, std::uint8_t expected, std::uint8_t got) {
      return Violation{
          .clause = e.demands.bytes, .divergence = {.part = Part::kStreamBytes}, .at = span.done + at, .expected = expected, .got = got};
    };
    if (span.is_discarded) {
      const auto value = static_cast<std::uint8_t>(switches(*e.op).discard_value);
      const auto first = std::find_if(piece.begin(), piece.end(), [&](std::uint8_t byte) { return byte != value; });
      if (first != piece.end()) return wrong(static_cast<std::uint64_t>(first - piece.begin()), value, *first);
      continue;
    }
    const auto mismatch = stores_[e.map->regions()[span.region].store].compare(span.position, piece);
    if (mismatch) return wrong(mismatch->position - span.position, mismatch->expected, mismatch->got);
  }
  return std::nullopt;
}

}  // namespace gmc
