// SPDX-License-Identifier: Apache-2.0 OR MIT
// From a difference that was seen somewhere to the operation that made it and the clause that it breaks.
#include <algorithm>
#include <utility>

#include "harness/base/check.h"
#include "harness/runner/executor.h"

namespace gmc {

namespace {

// Puts reads of no bytes in the places of operations that are left out, since payloads depend on the number of their operation. They read
// the root, or where that is destroyed the memory that was opened last.
template <typename IsLeftOut>
void leave_out(std::vector<Op>& ops, IsLeftOut is_left_out) {
  std::uint8_t other = 0;
  std::uint8_t memory = 0;
  for (Op& op : ops) {
    if (is_left_out(op)) op = Op{.kind = OpKind::kRead, .space = memory};
    if (op.kind == OpKind::kOpenMemory) other = op.opens;
    if (op.kind == OpKind::kDestroy) memory = other;
  }
}

// The same, and of what that leaves without a slot, or with one that is taken.
template <typename IsLeftOut>
void leave_out_with_slots(std::vector<Op>& ops, IsLeftOut is_left_out) {
  std::uint32_t open = 1;  // bit n: slot n
  const auto is_open = [&](std::uint8_t slot) { return (open >> slot & 1) != 0; };
  leave_out(ops, [&](const Op& op) {
    if (is_left_out(op) || !is_open(op.space) || !is_open(op.other) || (op.opens != 0 && is_open(op.opens))) return true;
    if (op.opens != 0) open |= 1u << op.opens;
    if (op.kind == OpKind::kClose) open &= ~(1u << op.space);
    if (op.kind == OpKind::kReset) open = 1;
    return false;
  });
}

Program cut_after(const Program& program, std::uint32_t index) {
  Program cut = program;
  if (index >= program.ops.size()) return cut;
  cut.ops.resize(index + 1);
  // A call of a list keeps its list.
  int open_scopes = 0;
  for (const Op& op : cut.ops) {
    if (op.kind == OpKind::kSubmitBegin) ++open_scopes;
    if (op.kind == OpKind::kSubmitEnd) --open_scopes;
  }
  if (open_scopes > 0) cut.ops.push_back({.kind = OpKind::kSubmitEnd});
  return cut;
}

}  // namespace

std::optional<Finding> Executor::run_on_new_memory(const Program& program, Compare compare) {
  spoil();
  const RunStatistics statistics = statistics_;
  const Evidence evidence = evidence_;
  auto finding = run(program, compare);
  spoil();
  statistics_ = statistics;  // a replay decides nothing new
  evidence_ = evidence;
  return finding;
}

// As Compare::kAfterEach says, but of a long program only the last few operations before the first difference are compared one by one:
// where they lie is found by halving, since comparing a large memory some hundred times takes seconds.
std::optional<Finding> Executor::run_comparing_each(const Program& program) {
  constexpr std::uint32_t kFew = 8;
  std::uint32_t agrees = 0;  // a program of so many operations leaves what it should
  auto differs = static_cast<std::uint32_t>(program.ops.size());
  while (differs - agrees > kFew) {
    const std::uint32_t middle = agrees + (differs - agrees) / 2;
    (run_on_new_memory(cut_after(program, middle - 1), Compare::kEverything) ? differs : agrees) = middle;
  }
  first_compared_ = agrees;
  auto finding = run_on_new_memory(program, Compare::kAfterEach);
  first_compared_ = 0;
  // A difference that a later operation wiped out shows in no longer program.
  return finding || agrees == 0 ? finding : run_on_new_memory(program, Compare::kAfterEach);
}

// The peek at the dirty state is a harvest too. Where harvesting is what goes wrong, peeking after each operation would make another
// operation go wrong first.
static bool is_spoiled_by_peeks(const Finding& finding) { return finding.clause == Clause::kDIRTY11 || finding.clause == Clause::kDIRTY13; }

std::optional<Finding> Executor::decide(const Program& program) {
  auto first = run_on_new_memory(program, Compare::kEverything);
  if (!first || first->verdict != Verdict::kViolation || is_spoiled_by_peeks(*first)) return first;
  auto blamed = run_comparing_each(program);
  return blamed ? blamed : first;
}

// Whether `program`, which stands for another one, breaks the contract: also where the hunt steers round it.
std::optional<Finding> Executor::decide_unsteered(const Program& program) {
  if (!validate(program)) return std::nullopt;
  const std::set<std::uint32_t> avoided = std::exchange(avoided_, {});
  auto finding = decide(program);
  avoided_ = avoided;
  return finding;
}

// `program` up to its first `op_count` operations, and then a read of the block where the witness agrees and the backend's own read does
// not.
Program Executor::with_read_of(const Program& program, std::uint32_t op_count, const Difference& difference) const {
  Program longer = op_count == 0 ? program : cut_after(program, op_count - 1);
  if (op_count == 0) longer.ops.clear();
  const MappedRegion& region = reference_.map().regions()[difference.region];
  const std::uint64_t block = difference.offset / Bytes::kBlockSize * Bytes::kBlockSize;
  Op read{.kind = OpKind::kRead};
  read.at = {.anchor = Anchor::kRegionStart, .index = static_cast<std::uint8_t>(region.entry), .delta = static_cast<std::int64_t>(block)};
  // Of an adopted memory no anchors are known.
  if (program.adopts) read.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(region.base + block)};
  read.size = std::min(Bytes::kBlockSize, region.size() - block);
  longer.ops.push_back(read);
  return longer;
}

// The program that ran on this memory before, a reset, and then `program`.
Program Executor::after_previous(const Program& program) const {
  Program both = previous_;
  both.ops.push_back({.kind = OpKind::kReset});
  const auto shift = static_cast<std::uint8_t>(both.layouts.size() - 1);
  both.layouts.insert(both.layouts.end(), program.layouts.begin() + 1, program.layouts.end());
  const bool too_many = both.layouts.size() > kLayoutsMax;
  if (too_many) both.layouts.resize(1);
  for (Op op : program.ops) {
    if (has_operand(op.kind, Operand::kLayout)) op.layout = static_cast<std::uint8_t>(op.layout + shift);
    both.ops.push_back(op);
  }
  if (too_many) std::erase_if(both.ops, [](const Op& op) { return has_operand(op.kind, Operand::kLayout); });
  return both;
}

static bool changes_map(const Op& op) {
  return op.kind == OpKind::kAdd || op.kind == OpKind::kInsert || op.kind == OpKind::kRemove || op.kind == OpKind::kReplace ||
         op.kind == OpKind::kDestroy;
}

// Whether operation `index` goes through a range, a snapshot, a space that came with a region or went with one, or one that is older than a
// change of the map, as the root is.
static bool goes_through_other(const Program& program, std::uint32_t index) {
  if (index >= program.ops.size()) return false;
  const auto is_other = [&](std::uint8_t slot) {
    bool has_changed = false;
    for (std::uint32_t i = index; i-- > 0;) {
      if (slot != 0 && program.ops[i].opens == slot) return program.ops[i].kind != OpKind::kOpenRegion || has_changed;
      has_changed = has_changed || changes_map(program.ops[i]);
    }
    return has_changed;
  };
  const Op& op = program.ops[index];
  return is_other(op.space) || (op.kind == OpKind::kCopy && is_other(op.other));
}

// The program without map changes. A region's own space that came with its removal is opened on it instead.
static void leave_out_changes(std::vector<Op>& ops) {
  for (Op& op : ops) {
    if (op.kind == OpKind::kRemove && op.opens != 0) op = Op{.kind = OpKind::kOpenRegion, .opens = op.opens, .at = op.at};
  }
  leave_out_with_slots(ops, changes_map);
}

// Programs in which operation `index` stands that should go wrong as well if its space has nothing to do with it: through the root, through
// the root as the map was before, and through the region as the map was before.
static std::vector<Program> more_direct(const Program& program, std::uint32_t index) {
  Program by_root = program;
  by_root.ops[index].space = 0;
  if (by_root.ops[index].kind == OpKind::kCopy) by_root.ops[index].other = 0;
  std::vector<Program> programs;
  if (!(by_root.ops[index] == program.ops[index])) programs.push_back(by_root);
  if (std::ranges::none_of(program.ops, changes_map)) return programs;
  leave_out_changes(by_root.ops);
  Program unchanged = program;
  leave_out_changes(unchanged.ops);
  programs.push_back(std::move(by_root));
  programs.push_back(std::move(unchanged));
  return programs;
}

// An access through a range that goes wrong through the root as well is no fault of ranges: then it is filed under what the root breaks.
// And one that goes wrong without a change of the map is none of changes.
Blamed Executor::without_range(Blamed blamed) {
  const std::uint32_t index = blamed.finding.op_index;
  if (!goes_through_other(blamed.program, index)) return blamed;
  for (const Program& direct : more_direct(blamed.program, index)) {
    const auto finding = decide_unsteered(direct);
    if (!finding || finding->verdict != Verdict::kViolation || finding->op_index > index) continue;
    Blamed found{*finding, cut_after(direct, finding->op_index), finding->op_index == index};
    // One that comes earlier was wiped out, and whoever replays the program meets it first. It may go through a range in its turn.
    return found.is_direct ? found : without_range(std::move(found));
  }
  return blamed;
}

// The calls of a list are all made before the first is looked at, so that the last would be blamed for what any of them left behind. Where
// it shows call by call as well, the right one is.
Blamed Executor::without_list(Blamed blamed) {
  const auto is_bracket = [](const Op& op) { return op.kind == OpKind::kSubmitBegin || op.kind == OpKind::kSubmitEnd; };
  if (std::ranges::none_of(blamed.program.ops, is_bracket)) return blamed;
  Program one_by_one = blamed.program;
  leave_out(one_by_one.ops, is_bracket);
  const auto finding = decide_unsteered(one_by_one);
  if (finding && finding->verdict == Verdict::kViolation && finding->op_index != kOpIndexCompare) {
    return Blamed{*finding, cut_after(one_by_one, finding->op_index), blamed.is_direct};
  }
  // Or where the list ends before the call that was blamed.
  if (blamed.finding.op_index == 0 || blamed.finding.op_index >= blamed.program.ops.size()) return blamed;
  const Program shorter = cut_after(blamed.program, blamed.finding.op_index - 1);
  const auto earlier = decide_unsteered(shorter);
  if (!earlier || earlier->verdict != Verdict::kViolation || earlier->op_index == kOpIndexCompare) return blamed;
  return Blamed{*earlier, cut_after(shorter, earlier->op_index), blamed.is_direct};
}

// Without what was steered round: whoever replays it does not know of that, and would meet another finding first.
Program Executor::as_it_ran(const Program& program) const {
  if (steered_round_.empty()) return program;
  Program ran = program;
  std::uint32_t index = 0;
  leave_out_with_slots(ran.ops, [&](const Op&) { return steered_round_.contains(index++); });
  return validate(ran) ? ran : program;
}

Blamed Executor::blame(const Program& whole, const Finding& seen) {
  const Program program = as_it_ran(whole);
  const Program previous_and_this = has_previous_ ? after_previous(program) : Program{};
  const auto blamed_in = [&](const Program& candidate) -> std::optional<Blamed> {
    std::optional<Finding> finding;
    if (!is_spoiled_by_peeks(seen)) finding = run_comparing_each(candidate);
    if (!finding) finding = run_on_new_memory(candidate, Compare::kEverything);
    if (!finding || finding->verdict != Verdict::kViolation) return std::nullopt;
    const bool was_compared = finding->op_index == kOpIndexCompare;
    const auto difference = last_difference_;
    const std::uint32_t op_count = was_compared ? 0 : finding->op_index + 1;
    // The memory is as it should be and a read of it is not: then the read is to blame, and stands in the program.
    if (difference && finding->divergence.part == Part::kMemory && !difference->by_witness) {
      const Program longer = with_read_of(candidate, op_count, *difference);
      auto by_read = run_on_new_memory(longer, Compare::kTouched);
      const bool has_witness = reference_.layout().regions[reference_.map().regions()[difference->region].entry].backing != Backing::kOwn;
      if ((was_compared || has_witness) && by_read && by_read->op_index + 1 == longer.ops.size()) return Blamed{*by_read, longer};
    }
    return Blamed{*finding, was_compared ? candidate : cut_after(candidate, finding->op_index)};
  };
  if (auto blamed = blamed_in(program)) return without_range(without_list(*std::move(blamed)));
  // On a new memory the program agrees: what ran before it on the old one has left something behind.
  if (!previous_and_this.ops.empty() && validate(previous_and_this)) {
    if (auto blamed = blamed_in(previous_and_this)) return without_range(without_list(*std::move(blamed)));
  }
  Blamed history{seen, program};
  history.finding.verdict = Verdict::kHistory;
  return history;
}

}  // namespace gmc
