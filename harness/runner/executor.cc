// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/runner/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "harness/base/check.h"
#include "harness/reference/cell.h"

namespace gmc {

namespace {

// Operations that touch all of memory are left out where it is larger than this, holes that discard included: they would take seconds.
constexpr std::uint64_t kWholeMemoryMax = 16u << 20;

}  // namespace

void RunStatistics::add(const RunStatistics& other) {
  programs += other.programs;
  operations += other.operations;
  inside += other.inside;
  skipped += other.skipped;
  for (std::size_t i = 0; i < by_kind.size(); ++i) by_kind[i] += other.by_kind[i];
}

void Observer::on_run(const Program&, const Reference&) {}
void Observer::on_finding(const Finding&, Executor&) {}

Executor::Executor(const Backend& backend) : backend_(backend), reference_(backend.profile(), backend.offers()) {}
Executor::~Executor() = default;

void Executor::clear_counts() {
  evidence_ = {};
  statistics_ = {};
}

// The memory is in a state that nobody knows: the next program gets a new one.
void Executor::spoil() { memory_.reset(); }

// The harness's backings hold their background again where an operation came near, behind regions that were removed too.
void Executor::restore_backings() {
  for (const auto* regions : {&reference_.map().regions(), &reference_.map().removed()}) {
    for (const MappedRegion& region : *regions) {
      if (memory_->witness(region.entry).empty()) continue;
      reference_.store(region.store).for_each_touched(region.store_offset, region.size(), [&](std::uint64_t position, std::uint64_t size) {
        memory_->restore(region.entry, position - region.store_offset, size);
      });
    }
  }
}

// Never fewer than before: a snapshot shows what was mapped, and a reset brings it back.
void Executor::count_sparse_words() {
  std::uint64_t words = 1;
  for (std::uint32_t r = 0; r < reference_.map().regions().size(); ++r) words += reference_.granule_count(r) / 64 + 2;
  sparse_words_ = std::max(sparse_words_, words);
}

// Why there is no memory such as the program wants, for whoever wrote it for another profile.
std::optional<std::string> Executor::why_no_memory(const Program& program) const {
  const bool has_own = backend_.profile().root().layout == LayoutSource::kOwn;
  if (program.adopts != has_own)
    return has_own ? "the backend has a layout of its own, which takes `memory adopt`"
                   : "it takes `memory adopt`, and the backend has no layout of its own";
  if (has_own) return std::nullopt;
  const auto faults = faults_of(program.layouts.front(), backend_.profile());
  const auto forbids = [](const LayoutFault& fault) { return (fault.statuses & status_bit(GMC_OK)) == 0; };
  const auto fault = std::ranges::find_if(faults, forbids);
  if (fault == faults.end()) return std::nullopt;
  return fmt::format("under the backend's profile there is no such memory ({})", id(fault->clause));
}

// Brings the memory to the state at creation: by reset where the layout is the same and there is one, else by a new memory.
std::optional<Finding> Executor::prepare(const Program& program, bool is_new) {
  const Layout& layout = program.adopts && adopted_ ? *adopted_ : program.layouts.front();
  const bool can_reset =
      !is_new && memory_ != nullptr && memory_->is_alive() && backend_.profile().root().reset && reference_.created() == layout;
  set_index(kOpIndexCreate);
  if (can_reset) {
    restore_backings();
    const auto written = written_behind_kept();
    write_behind_kept();
    forget_pointers();
    const GmcOutcome outcome = memory_->reset();
    reference_.reset();
    // What was added is gone.
    if (written && written->first < reference_.map().store_count()) reference_.touch(written->first, written->second);
    memory_is_new_ = false;
    if (outcome.status == GMC_OK) return std::nullopt;
    const Op reset{.kind = OpKind::kReset};
    return finding_of(wrong_status(Clause::kINV4, outcome), reset, 0, nullptr);
  }
  forget_pointers();
  if (auto finding = finish()) return finding;
  const Op create{.kind = OpKind::kCreate};
  if (auto why = why_no_memory(program)) {
    Finding finding{.verdict = Verdict::kSkipped, .op = OpKind::kCreate};
    finding.note = std::move(*why);
    return finding;
  }
  const auto skipped = [](const Error& why) {
    Finding finding{.verdict = Verdict::kSkipped, .op = OpKind::kCreate};
    finding.note = why.text();
    return finding;
  };
  if (program.adopts && !adopted_) {
    auto adopted = adopted_layout(backend_);
    if (!adopted) return skipped(adopted.error());
    adopted_ = std::move(*adopted);
  }
  const Layout& created = program.adopts ? *adopted_ : layout;
  auto made = Memory::create(backend_, created, program.adopts);
  if (!made) return skipped(made.error());
  memory_ = std::move(*made);
  memory_is_new_ = true;
  has_previous_ = false;
  reference_.create(created);
  sparse_words_ = 0;
  count_sparse_words();
  if (memory_->is_alive()) {
    if (program.adopts) look_at_adopted();
    return std::nullopt;
  }
  const GmcOutcome outcome = memory_->outcome();
  memory_.reset();
  if (outcome.status == GMC_UNSUPPORTED || outcome.status == GMC_NO_MEMORY) {
    Finding finding{.verdict = Verdict::kSkipped, .op = OpKind::kCreate};
    finding.note = fmt::format("create answered {}: {}", status_name(outcome.status), backend_.log().take());
    return finding;
  }
  Answer answer;
  answer.outcome = outcome;
  reference_.predict(program, create, expectation_);  // of a layout that is legal: the clause that it is accepted by
  return finding_of(wrong_status(expectation_.demands.status, outcome), create, 0, &answer);
}

// GM-INV-001: what is no status at all is wrong whatever was asked.
Violation Executor::wrong_status(Clause clause, const GmcOutcome& outcome) {
  return {.clause = outcome.status < GMC_STATUS_COUNT ? clause : Clause::kINV1,
          .divergence = {.part = Part::kStatus, .got_status = outcome.status},
          .got = outcome.status};
}

std::optional<Finding> Executor::finish() {
  if (memory_ == nullptr) return std::nullopt;
  // GM-REG-010: what is the harness's stays as it was.
  set_index(kOpIndexCompare);
  expectation_.op = nullptr;  // what goes wrong now is no operation's
  std::optional<Finding> finding;
  const auto note = [&](const GmcOutcome& outcome, Clause clause, const Op& op) {
    if (outcome.status == GMC_OK || finding) return;
    finding = finding_of(wrong_status(clause, outcome), op, 0, nullptr);
  };
  const Clause of_closing = memory_->is_alive() ? Clause::kINV2 : Clause::kMAP10;
  note(memory_->close_spaces(), of_closing, Op{.kind = OpKind::kClose});
  const Op op{.kind = OpKind::kDestroy};
  note(memory_->destroy(), Clause::kREG10, op);
  for (std::uint32_t r = 0; r < reference_.map().regions().size() && !finding; ++r) {
    const MappedRegion& region = reference_.map().regions()[r];
    const std::span<std::uint8_t> witness = memory_->witness(region.entry);
    if (witness.empty()) continue;
    evidence_.add(Clause::kREG10);
    if (const auto mismatch = reference_.compare(r, 0, witness)) {
      finding = finding_of(Violation{.clause = Clause::kREG10,
                                     .divergence = {.part = Part::kHarness},
                                     .at = mismatch->position,
                                     .expected = mismatch->expected,
                                     .got = mismatch->got},
                           op, 0, nullptr);
    }
  }
  memory_.reset();
  return finding;
}

std::vector<std::pair<std::uint32_t, ByteRange>> Executor::touched() const {
  std::vector<std::pair<std::uint32_t, ByteRange>> touched;
  for (const MappedRegion& region : reference_.map().regions()) {
    reference_.store(region.store).for_each_touched(region.store_offset, region.size(), [&](std::uint64_t position, std::uint64_t size) {
      touched.emplace_back(region.store, ByteRange{position, size});
    });
  }
  return touched;
}

// Bytes of the buffer that comes with a call, and of what is kept of it.
static std::uint64_t brought_by(const Op& op) {
  if (op.kind == OpKind::kSlices) return kPiecesMax * sizeof(GmcPiece);
  if (touches(op.kind) == Touches::kReads) return buffer_size(op);
  return has_operand(op.kind, Operand::kData) ? 2 * buffer_size(op) : 0;
}

bool Executor::is_too_large(const Op& op) const {
  if (op.kind != OpKind::kZeroAll && op.kind != OpKind::kFill && op.kind != OpKind::kMark && op.kind != OpKind::kCopy) return false;
  if ((op.kind == OpKind::kFill || op.kind == OpKind::kCopy) && op.size <= kWholeMemoryMax) return false;
  std::uint64_t total = 0;
  const auto add = [&](std::uint64_t size) { total = size > UINT64_MAX - total ? UINT64_MAX : total + size; };
  for (const MappedRegion& region : reference_.map().regions()) add(region.size());
  const bool reaches_holes = op.kind == OpKind::kFill || op.kind == OpKind::kCopy;
  if (reaches_holes && reference_.profile().root().hole_kind == HoleKind::kDiscard) {
    for (const ByteRange& window : reference_.map().windows()) add(window.size);
  }
  return total > kWholeMemoryMax;
}

bool Executor::is_steered_round() const { return !avoided_.empty() && avoided_.contains(cell_of(expectation_)); }

void Executor::count(const Step& step) {
  const Op& op = *step.op;
  ++statistics_.operations;
  ++statistics_.by_kind[static_cast<std::size_t>(op.kind)];
  const GmcOutcome& outcome = step.answer.outcome;
  const bool is_ok = outcome.status == GMC_OK;
  switch (touches(op.kind)) {
    case Touches::kReads:
    case Touches::kWrites:
      if (is_ok && expectation_.walk.reached > 0) ++statistics_.inside;
      break;
    default:
      if (is_ok) ++statistics_.inside;
  }
}

// Whether nothing was written outside of the call's buffer, nor into one that it takes from.
bool Executor::is_left_alone(const Step& step) {
  return Buffers::is_intact(step.buffer) && std::ranges::equal(step.handed, step.buffer.first(step.handed.size()));
}

// Judges what came back and moves the reference on.
std::optional<Finding> Executor::conclude(const Program& program, Step& step) {
  enter(RunPart::kJudge);
  count(step);
  if (step.aside) [[unlikely]] {
    Finding finding = finding_of(step.aside->violation, *step.op, step.index, &step.answer);
    finding.expected = step.aside->expected;
    finding.got = step.aside->got;
    return finding;
  }
  if (step.has_buffer && !is_left_alone(step)) [[unlikely]] {
    const Violation zones{.clause = Clause::kRW3, .divergence = {.part = Part::kBeyondBuffer, .got_status = step.answer.outcome.status}};
    return finding_of(zones, *step.op, step.index, &step.answer);
  }
  reference_.settle(expectation_, step.answer);
  const Judgement judgement = reference_.judge(expectation_, step.answer);
  alternative_ = judgement.alternative;
  if (observer_ != nullptr) observer_->on_operation(step.index, expectation_, step.answer, judgement);
  if (judgement.violation) [[unlikely]] {
    return finding_of(*judgement.violation, *step.op, step.index, &step.answer);
  }
  enter(RunPart::kCommit);
  reference_.commit(program, expectation_, judgement, step.answer, pending_);
  keep_pointer(step);
  if (touches(step.op->kind) == Touches::kMap) [[unlikely]]
    count_sparse_words();
  enter(RunPart::kOther);
  return std::nullopt;
}

// The calls of one `submit`: all are made before the first is judged.
std::optional<Finding> Executor::run_batch(const Program& program, std::uint32_t& index, Compare compare) {
  set_index(index);
  batch_.clear();
  calls_.clear();
  for (++index; program.ops[index].kind != OpKind::kSubmitEnd; ++index) {
    const Op& op = program.ops[index];
    if (!reference_.runs(op) || is_too_large(op) || !buffers_.fits(brought_by(op))) {
      ++statistics_.skipped;
      if (observer_ != nullptr) observer_->on_skipped(index);
      continue;
    }
    reference_.predict(program, op, expectation_);
    if (is_steered_round()) {
      ++statistics_.skipped;
      steered_round_.insert(index);
      continue;
    }
    Step& step = batch_.emplace_back();
    step.begin(op, index);
    prepare_call(program, expectation_.address, step);
    calls_.push_back(step.call);
  }
  outcomes_.assign(calls_.size(), GmcOutcome{.status = 0xffff, .flags = 0, .native = 0, .count = 0, .address = 0, .value = 0});
  if (backend_.access().submit != nullptr && !calls_.empty()) {
    const GmcOutcome submitted = backend_.access().submit(nullptr, calls_.data(), calls_.size(), outcomes_.data());
    if (submitted.status != GMC_OK) std::fill(outcomes_.begin(), outcomes_.end(), submitted);
  } else {
    for (std::size_t i = 0; i < calls_.size(); ++i) outcomes_[i] = issue(calls_[i]);
  }
  std::vector<std::pair<Expectation, std::size_t>> expected;
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    batch_[i].answer.outcome = outcomes_[i];
    reference_.predict(program, *batch_[i].op, expectation_);
    if (auto finding = conclude(program, batch_[i])) return finding;
    if (compare == Compare::kAfterEach) expected.emplace_back(expectation_, alternative_);
  }
  if (expected.empty() || index < first_compared_) return std::nullopt;
  return compare_batch(expected);
}

// Of the calls of a list that one is blamed which was the last to have to do with the byte that is wrong; else the last of all.
std::optional<Finding> Executor::compare_batch(const std::vector<std::pair<Expectation, std::size_t>>& expected) {
  auto finding = compare_state(Compare::kAfterEach, &batch_.back(), false);
  if (!finding || !last_difference_) return finding;
  for (std::size_t i = expected.size(); i-- > 0;) {
    std::tie(expectation_, alternative_) = expected[i];
    const MappedRegion& region = reference_.map().regions()[last_difference_->region];
    const Clause clause = Reference::blame_memory(expectation_, alternative_, region.store, region.store_offset + last_difference_->offset);
    if (expectation_.effect == Effect::kWrites && clause == expectation_.demands.effect) return finding_of(*last_difference_, &batch_[i]);
  }
  return finding;
}

std::optional<Finding> Executor::run_op(const Program& program, std::uint32_t index, Compare compare) {
  const Op& op = program.ops[index];
  if (!reference_.runs(op) || is_too_large(op)) {
    ++statistics_.skipped;
    if (observer_ != nullptr) observer_->on_skipped(index);
    return std::nullopt;
  }
  set_index(index);
  enter(RunPart::kPredict);
  reference_.predict(program, op, expectation_);
  if (is_steered_round()) {
    ++statistics_.skipped;
    steered_round_.insert(index);
    return std::nullopt;
  }
  // What goes is looked at before: afterwards nobody can.
  if (op.kind == OpKind::kRemove || op.kind == OpKind::kReplace || op.kind == OpKind::kDestroy ||
      (op.kind == OpKind::kProtect && op.rights == 0)) {
    if (auto finding = compare_state(Compare::kTouched, nullptr, false)) return finding;
    set_index(index);
  }
  Step& step = step_;
  step.begin(op, index);
  std::vector<std::pair<std::uint32_t, ByteRange>> touched_before;
  if (op.kind == OpKind::kReset) {
    touched_before = touched();
    if (const auto written = written_behind_kept()) touched_before.push_back(*written);
  }
  enter(RunPart::kBackend);
  if (op.fail_nth == 0) {
    perform(program, step);
  } else if (auto finding = perform_failing(program, step)) {
    return finding;
  }
  if (step.is_left_out) {
    ++statistics_.skipped;
    if (observer_ != nullptr) observer_->on_skipped(index);
    return std::nullopt;
  }
  if (auto finding = conclude(program, step)) return finding;
  if (op.kind == OpKind::kReset && step.answer.outcome.status == GMC_OK) {
    // GM-INV-004: where the memory was touched before, it is looked at now, and not when some later read stumbles over it.
    for (const auto& [store, range] : touched_before) {
      if (store < reference_.map().store_count()) reference_.touch(store, range);  // what was added since is gone
    }
    return compare_state(compare == Compare::kAfterEach ? compare : Compare::kTouched, &step, false);
  }
  return compare == Compare::kAfterEach && index >= first_compared_ ? compare_state(compare, &step, false) : std::nullopt;
}

std::optional<Finding> Executor::run_ops(const Program& program, Compare compare) {
  if (compare == Compare::kAfterEach && first_compared_ == 0) {
    if (auto finding = compare_state(compare, nullptr, false)) return finding;
  }
  for (std::uint32_t index = 0; index < program.ops.size(); ++index) {
    buffers_.clear();
    const bool is_batch = program.ops[index].kind == OpKind::kSubmitBegin;
    auto finding = is_batch ? run_batch(program, index, compare) : run_op(program, index, compare);
    if (finding) return finding;
  }
  return compare_state(compare, nullptr, true);
}

std::optional<Finding> Executor::run(const Program& program, Compare compare) {
  GMC_CHECK(!program.layouts.empty());
  ++statistics_.programs;
  pending_ = {};
  steered_round_.clear();
  expectation_.op = nullptr;  // that was an operation of the program before, which may be gone
  enter(RunPart::kReset);
  if (auto finding = prepare(program, compare == Compare::kAfterEach)) {
    if (finding->verdict != Verdict::kSkipped) spoil();
    return finding;
  }
  enter(RunPart::kOther);
  last_difference_.reset();
  if (observer_ != nullptr) observer_->on_run(program, reference_);
  auto finding = run_ops(program, compare);
  enter(RunPart::kOther);
  if (finding) {
    if (observer_ != nullptr) observer_->on_finding(*finding, *this);
    spoil();
    return finding;
  }
  evidence_.add(pending_);
  previous_ = program;
  has_previous_ = true;
  return std::nullopt;
}

}  // namespace gmc
