// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/mend.h"

#include <gmcheck.h>

#include <algorithm>

namespace gmc {

std::uint8_t Mender::first_slot(bool is_open) const {
  for (std::uint8_t slot = 1; slot < kSlotsMax; ++slot) {
    if (validator_.is_open(slot) == is_open) return slot;
  }
  return 0;
}

void Mender::set_spaces_right(Op& op) const {
  if (op.space != 0 && !validator_.is_open(op.space)) op.space = 0;
  if (op.other != 0 && !validator_.is_open(op.other)) op.other = 0;
  const bool wants_space = op.kind == OpKind::kInsert || op.kind == OpKind::kOpenMemory;
  if (wants_space && op.other == 0) op.other = first_slot(true);
  if (op.kind == OpKind::kClose && op.space == 0) op.space = first_slot(true);
  const bool opens = has_operand(op.kind, Operand::kOpens) || (has_operand(op.kind, Operand::kAs) && op.opens != 0);
  if (opens && (op.opens == 0 || validator_.is_open(op.opens))) op.opens = first_slot(false);
}

void Mender::set_numbers_right(Op& op) const {
  const std::size_t layouts = program_.layouts.size();
  if (has_operand(op.kind, Operand::kLayout) && layouts > 1 && (op.layout == 0 || op.layout >= layouts)) {
    op.layout = static_cast<std::uint8_t>(1 + op.layout % (layouts - 1));
  }
  if (has_operand(op.kind, Operand::kMode) && op.mode < HarvestMode::kRead) op.mode = HarvestMode::kBoth;
  if (has_operand(op.kind, Operand::kRights) && op.rights == 0 && op.kind != OpKind::kProtect) {
    op.rights = GMC_RIGHT_READ | GMC_RIGHT_WRITE;
  }
  if (op.kind == OpKind::kArm) op.count = op.fault == GMC_FAULT_NONE ? 0 : std::max<std::uint64_t>(op.count, 1);
  if (fault_site(op.kind) == GMC_FAULT_NONE || validator_.is_in_submit()) op.fail_nth = 0;
  if (is_array(op.kind) && op.size == 0) op.size = 1;
  if (has_stream(op.kind)) op.size = std::min<std::uint64_t>(op.size, kStreamMax);
}

bool Mender::append(Op op) {
  set_spaces_right(op);
  set_numbers_right(op);
  // A scope that is open keeps the last place for its end.
  const bool needs_end = op.kind != OpKind::kSubmitEnd && (validator_.is_in_submit() || op.kind == OpKind::kSubmitBegin);
  if (program_.ops.size() + (needs_end ? 1 : 0) >= kOpsMax) return false;
  if (validator_.admit(op)) program_.ops.push_back(op);
  return true;
}

void Mender::finish() {
  if (validator_.is_in_submit()) program_.ops.push_back({.kind = OpKind::kSubmitEnd});
}

void mend(Program& program, std::vector<Op>& room) {
  room.swap(program.ops);
  program.ops.clear();
  Mender mender(program);
  for (const Op& op : room) {
    if (!mender.append(op)) break;
  }
  mender.finish();
}

}  // namespace gmc
