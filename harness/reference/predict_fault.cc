// SPDX-License-Identifier: Apache-2.0 OR MIT
// Faults that are armed: GM-INV-005 and GM-DIRTY-013.
#include <algorithm>

#include "harness/reference/reference.h"

namespace gmc {

namespace {

bool is_no_use(const Op& op) { return op.size == 0 && (fault_site(op.kind) == GMC_FAULT_ACCESS || op.kind == OpKind::kProtect); }
bool is_one_use(const Op& op) { return op.size == 1 && fault_site(op.kind) == GMC_FAULT_ACCESS; }

bool succeeds(const Expectation& e) {
  return e.alternative_count == 1 && e.alternatives[0].statuses == status_bit(GMC_OK) && !is_no_use(*e.op);
}

}  // namespace

void Reference::disarm() {
  is_armed_ = false;
  armed_.fill(Armed{});
}

std::array<std::uint64_t, GMC_FAULT_COUNT> Reference::armed_uses() const {
  std::array<std::uint64_t, GMC_FAULT_COUNT> uses{};
  std::ranges::transform(armed_, uses.begin(), &Armed::left);
  return uses;
}

void Reference::arm(std::uint32_t site, std::uint64_t nth) {
  is_armed_ = true;
  armed_[site] = Armed{.left = nth};
}

bool Reference::offers_fault(std::uint32_t site) const {
  const SetOf<FaultSites> sites = offers_.arm ? profile_.root().fault_sites : SetOf<FaultSites>();
  return (site == GMC_FAULT_HARVEST && sites.has(FaultSites::kHarvest)) || (site == GMC_FAULT_ACCESS && sites.has(FaultSites::kAccess)) ||
         (site == GMC_FAULT_CHANGE && sites.has(FaultSites::kChange));
}

void Reference::predict_arm(const Op& op, Expectation& e) const {
  e.demands.status = Clause::kINV5;
  e.allow(op.fault == GMC_FAULT_NONE || offers_fault(op.fault) ? status_bit(GMC_OK) : kNotOffered);
}

void Reference::commit_arm(const Op& op) { op.fault == GMC_FAULT_NONE ? disarm() : arm(op.fault, op.count); }

Reference::Armed Reference::armed_for(const Op& op) const {
  return op.fail_nth != 0 ? Armed{.left = op.fail_nth} : armed_[fault_site(op.kind)];
}

// How often a call uses its site only the backend knows, but for once at least, and once where one byte is accessed: from then on where
// that is enough the call has to fail, and before that it may, unless it is known to come too early.
void Reference::predict_fault(const Op& op, Expectation& e) const {
  const Armed armed = armed_for(op);
  if (armed.left == 0 || fault_site(op.kind) == GMC_FAULT_NONE) return;
  e.may_meet_fault = true;
  e.is_before_fault = armed.is_exact && armed.left > 1 && is_one_use(op);
  if (e.is_before_fault) return e.decide(Clause::kINV5);
  const bool has_to_fail = armed.left == 1 && armed.is_sure && succeeds(e);
  if (has_to_fail) {
    e.alternative_count = 0;
    e.demands.status = e.demands.beyond = e.demands.unmoved = Clause::kINV5;
    e.demands.beyond_dirty = op.kind == OpKind::kHarvest ? Clause::kDIRTY13 : Clause::kDIRTY6;
  }
  const std::size_t others = e.alternative_count;
  Alternative fault{.statuses = kFaulted, .is_armed = true};
  const ErrorDetail& detail = switches(op).error_detail;
  for (unsigned status = 0; status < GMC_STATUS_COUNT; ++status) {
    if ((kFaulted >> status & 1) != 0) fault.statuses |= detail.same[status];
  }
  // Where the status may stand for another failure, which keeps something, nobody can say which it was.
  for (std::size_t i = 0; i < others; ++i) {
    Alternative& other = e.alternatives[i];
    if ((other.statuses & fault.statuses) == 0 || other.moved == 0) continue;
    other.is_open = true;
    other.count_rule = CountRule::kFree;
  }
  e.allow(fault.statuses) = fault;
}

void Reference::commit_fault(const Expectation& e, const Alternative& alternative, const Answer& answer) {
  const Op& op = *e.op;
  if (alternative.is_armed && op.kind == OpKind::kHarvest) keep_dirty(op);
  if (op.fail_nth != 0) return disarm();
  Armed& armed = armed_[fault_site(op.kind)];
  const std::uint16_t status = answer.outcome.status;
  const bool is_like_a_fault =
      std::any_of(e.alternatives.begin(), e.alternatives.begin() + static_cast<std::ptrdiff_t>(e.alternative_count),
                  [&](const Alternative& other) { return other.is_armed && (other.statuses >> status & 1) != 0; });
  if (alternative.is_armed) {
    armed = Armed{};
  } else if (is_like_a_fault) {
    armed.is_sure = false;  // it may have been the fault
  } else if (status == GMC_OK && !is_no_use(op)) {
    armed.left = std::max<std::uint64_t>(armed.left - 1, 1);
  }
  if (!is_no_use(op) && !(is_one_use(op) && status == GMC_OK)) armed.is_exact = false;
  is_armed_ = std::ranges::any_of(armed_, [](const Armed& site) { return site.left != 0; });
}

// GM-DIRTY-013: from now on that is what demands the bits.
void Reference::keep_dirty(const Op& op) {
  const std::vector<Granules> own_parts = op.space == 0 ? granules_ : granules_in(slots_[op.space]);
  for (const Granules& granules : own_parts) {
    dirty_.settle(granules.first, granules.last, [](DirtyLog::Mark& mark) {
      if (mark.state == DirtyLog::State::kDirty) mark.why = Clause::kDIRTY13;
      return true;
    });
  }
}

}  // namespace gmc
