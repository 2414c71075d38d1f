// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/workbench.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "harness/campaign/answers.h"
#include "harness/campaign/historian.h"
#include "harness/generate/shrink.h"
#include "harness/program/text.h"
#include "harness/reference/cell.h"

namespace gmc {

namespace {

std::string expected_text(const Expectation& expectation) {
  std::string text;
  for (std::size_t i = 0; i < expectation.alternative_count; ++i) {
    const Alternative& alternative = expectation.alternatives[i];
    for (std::uint16_t status = 0; status < GMC_STATUS_COUNT; ++status) {
      if ((alternative.statuses >> status & 1) == 0) continue;
      const std::string_view word = status_name(status);
      if (text.contains(word)) continue;
      text += fmt::format("{}{}", text.empty() ? "" : " or ", word);
    }
    if (alternative.count_rule != CountRule::kFree) text += fmt::format(" count={}", alternative.count);
    if (alternative.has_value) text += fmt::format(" value={:#x}", alternative.value);
  }
  return text;
}

std::string got_text(const GmcOutcome& outcome) {
  std::string text(status_name(outcome.status));
  if ((outcome.flags & GMC_HAS_COUNT) != 0) text += fmt::format(" count={}", outcome.count);
  if ((outcome.flags & GMC_HAS_ADDRESS) != 0) text += fmt::format(" address={:#x}", outcome.address);
  if (outcome.value != 0) text += fmt::format(" value={:#x}", outcome.value);
  return text;
}

// The address that is passed, and the byte of the memory that it names where that is another number.
std::string where_text(const Expectation& expectation) {
  if (!has_operand(expectation.op->kind, Operand::kAt)) return "";
  if (expectation.address == expectation.gpa) return fmt::format("{:#x}", expectation.address);
  return fmt::format("{:#x} (of the memory: {:#x})", expectation.address, expectation.gpa);
}

// Sends each operation as it happens, so that a trace which ends in a crash is there up to the crash.
class Tracer : public Observer {
 public:
  Tracer(std::function<void(const TraceLine&)> sink, bool in_detail) : sink_(std::move(sink)), in_detail_(in_detail) {}
  void on_operation(std::uint32_t index, const Expectation& expectation, const Answer& answer, const Judgement& judgement) override {
    sink_({.index = index,
           .was_skipped = false,
           .agrees = !judgement.violation.has_value(),
           .expected = expected_text(expectation),
           .got = got_text(answer.outcome),
           .outcome = answer.outcome,
           .where = in_detail_ ? where_text(expectation) : std::string()});
  }
  void on_skipped(std::uint32_t index) override { sink_({.index = index, .was_skipped = true}); }

 private:
  std::function<void(const TraceLine&)> sink_;
  bool in_detail_;
};

// A reference of its own that follows the executor's, so that the state before an operation which never returned can be looked at.
class Shadow : public Observer {
 public:
  Shadow(const Backend& backend, const Program& program) : reference_(backend.profile(), backend.offers()), program_(program) {
    reference_.create(program.layouts.front());
  }
  // The memory is the one that the executor made, which may have had its layout already.
  void on_run(const Program&, const Reference& reference) override { reference_.create(reference.created()); }
  void on_operation(std::uint32_t, const Expectation& expectation, const Answer& answer, const Judgement& judgement) override {
    if (!judgement.violation) reference_.commit(program_, expectation, judgement, answer, evidence_);
  }
  void on_skipped(std::uint32_t) override {}

  [[nodiscard]] std::uint32_t cell(const Op& op) const {
    if (!reference_.runs(op)) return 0;
    Expectation expectation;
    reference_.predict(program_, op, expectation);
    return cell_of(expectation);
  }

 private:
  Reference reference_;
  const Program& program_;
  Evidence evidence_;
};

// What stands before operation `index`. Inside of a list of calls: before the list, whose earlier calls change what is asked about hardly
// ever.
Program program_before(const Program& program, std::uint32_t index) {
  Program before = program;
  before.ops.resize(index);
  while (!validate(before) && !before.ops.empty()) before.ops.pop_back();
  return before;
}

}  // namespace

Workbench::Workbench(const Backend& backend, FlightRecorder& recorder, Send send, std::function<bool()> is_reachable)
    : backend_(backend), recorder_(recorder), send_(std::move(send)), is_reachable_(std::move(is_reachable)) {}

bool Workbench::carry_out(const Order& order) {
  Done done = std::visit([this](const auto& one) { return carry_out(one); }, order);
  if (executor_) {
    done.statistics = executor_->statistics();
    done.evidence = executor_->evidence();
  }
  recorder_.enter(Phase::kDestroy);
  executor_.reset();
  recorder_.enter(Phase::kIdle);
  if (!is_lost_) is_lost_ = !send_(message("done", encode(done)));
  return !is_lost_;
}

void Workbench::start(const std::vector<std::uint32_t>& avoided) {
  executor_.emplace(backend_);
  executor_->set_progress(&recorder_.record().op_index);
  for (const std::uint32_t cell : avoided) executor_->steer_round(cell);
}

std::optional<Finding> Workbench::run(const Program& program, Compare compare) {
  recorder_.enter(Phase::kRun);
  auto finding = executor_->run(program, compare);
  recorder_.enter(Phase::kThink);
  return finding;
}

std::optional<Finding> Workbench::destroy_memory() {
  recorder_.enter(Phase::kDestroy);
  auto finding = executor_->finish();
  recorder_.enter(Phase::kThink);
  return finding;
}

bool Workbench::must_stop() const { return is_lost_ || recorder_.record().stop.load(std::memory_order_relaxed) != 0; }

void Workbench::report(const Found& found) {
  if (!is_lost_) is_lost_ = !send_(message("found", encode(found)));
}

void Workbench::send_detail(const TraceDetail& detail) {
  if (!is_lost_) is_lost_ = !send_(message("detail", encode(detail)));
}

void Workbench::keep_skip_reason(const Finding& finding, Done& done) {
  ++done.skipped_programs;
  if (done.skip_reason.empty()) done.skip_reason = finding.note;
}

Done Workbench::carry_out(const ListOrder& order) {
  start(order.avoided);
  Done done;
  for (std::uint32_t round = 0; round < order.rounds; ++round) {
    for (std::size_t i = 0; i < order.programs.size() && !must_stop(); ++i) {
      const Program& program = order.programs[i];
      recorder_.write(program, round, i, true);
      std::optional<Finding> finding;
      if (order.leak_cycles != 0) {
        recorder_.enter(Phase::kRun);
        finding = find_leak(*executor_, program, order.leak_cycles);
      } else {
        finding = run(program, order.compare);
        if (!finding && !order.keeps_memory) finding = destroy_memory();
      }
      recorder_.write_counts(executor_->statistics(), executor_->evidence());
      if (finding && finding->verdict == Verdict::kSkipped) {
        keep_skip_reason(*finding, done);
        if (round == 0) done.skipped.push_back(i);
      } else if (finding) {
        recorder_.enter(Phase::kRun);
        const bool can_blame = order.blames && finding->verdict == Verdict::kViolation && finding->clause != Clause::kREG10;
        report({.blamed = can_blame ? executor_->blame(program, *finding) : Blamed{*finding, program}, .batch = round, .number = i});
      }
      if (!is_reachable_()) is_lost_ = true;
    }
  }
  return done;
}

// Whether a candidate of the minimiser shows the finding that is to be kept.
bool Workbench::shows(const Program& candidate, const Finding& target) {
  recorder_.write(candidate, 0, 0, true);
  recorder_.enter(Phase::kRun);
  std::optional<Finding> seen;
  if (target.verdict == Verdict::kLeaked) {
    seen = find_leak(*executor_, candidate, kLeakCycles);
  } else {
    seen = executor_->decide(candidate);
    // What `destroy` does wrong shows when the memory is destroyed.
    if (!seen && target.clause == Clause::kREG10) {
      seen = executor_->run(candidate, Compare::kTouched);
      if (!seen) seen = executor_->finish();
    }
  }
  recorder_.enter(Phase::kThink);
  if (seen && seen->same_as(target)) return true;
  // The blame may lie elsewhere than the first difference: in the read that shows it.
  if (!seen || seen->verdict != Verdict::kViolation || target.verdict != Verdict::kViolation || seen->clause == Clause::kREG10)
    return false;
  recorder_.enter(Phase::kRun);
  const Blamed blamed = executor_->blame(candidate, *seen);
  recorder_.enter(Phase::kThink);
  return blamed.finding.same_as(target) && blamed.program == candidate;
}

Done Workbench::carry_out(const MinimizeOrder& order) {
  start({});
  const auto deadline = Clock::now() + std::chrono::milliseconds(order.budget_ms);
  Shrinker shrinker(order.blamed.program, order.blamed.finding.op_index);
  Program candidate;
  bool ended = true;
  while (shrinker.next(candidate)) {
    if (Clock::now() >= deadline || must_stop()) {
      ended = false;
      break;
    }
    if (!shows(candidate, order.blamed.finding)) continue;
    shrinker.accept();
    // Told at once: should a later candidate kill this worker, the others go on from here.
    if (!is_lost_) is_lost_ = !send_(message("smaller", {{"program", print(shrinker.current())}}));
  }
  Done done;
  if (!ended) done.stopped = "the time was up";
  // The finding again, as the smallest program shows it: its texts and its operation's index are others now.
  recorder_.write(shrinker.current(), 0, 0, true);
  recorder_.enter(Phase::kRun);
  Blamed smallest{order.blamed.finding, shrinker.current()};
  if (smallest.finding.verdict == Verdict::kViolation) {
    if (const auto seen = executor_->decide(smallest.program); seen && seen->same_as(smallest.finding)) smallest.finding = *seen;
    smallest.finding.op_index = std::min(smallest.finding.op_index, static_cast<std::uint32_t>(smallest.program.ops.size()) - 1);
  }
  report({.blamed = std::move(smallest)});
  return done;
}

Done Workbench::carry_out(const CheckOrder& order) {
  start({});
  Done done;
  for (std::uint32_t i = 0; i < order.times && !must_stop(); ++i) {
    if (shows(order.blamed.program, order.blamed.finding)) ++done.shown;
  }
  return done;
}

// Of an operation that ended the process: what was before it.
Done Workbench::look_before(const TraceOrder& order) {
  Done done;
  const std::uint32_t index = order.stops_at - 1;
  if (index >= order.program.ops.size()) return done;
  const Program before = program_before(order.program, index);
  Historian historian;
  recorder_.write(before, 0, 0, true);
  executor_->set_observer(&historian);
  const auto finding = run(before, Compare::kTouched);
  executor_->set_observer(nullptr);
  if (!finding) send_detail(historian.detail_before(order.program, index));
  return done;
}

Done Workbench::carry_out(const TraceOrder& order) {
  start({});
  if (order.stops_at > 0) return look_before(order);
  Tracer tracer(
      [this](const TraceLine& line) {
        if (!is_lost_) is_lost_ = !send_(message("trace", encode(line)));
      },
      order.in_detail);
  recorder_.write(order.program, 0, 0, true);
  executor_->set_observer(&tracer);
  auto finding = run(order.program, Compare::kEverything);
  executor_->set_observer(nullptr);
  Done done;
  if (!finding) finding = destroy_memory();
  if (!finding) return done;
  if (finding->verdict == Verdict::kSkipped) {
    keep_skip_reason(*finding, done);
    return done;
  }
  recorder_.enter(Phase::kRun);
  Historian historian;
  if (order.in_detail) executor_->set_observer(&historian);
  if (const auto decided = executor_->decide(order.program)) finding = decided;
  executor_->set_observer(nullptr);
  if (const auto detail = historian.detail_of(*finding)) {
    send_detail(*detail);
  } else if (order.in_detail && finding->op_index < order.program.ops.size()) {
    // Decided by no run that went that far: at least the map as it was.
    static_cast<void>(look_before({.program = order.program, .in_detail = true, .stops_at = finding->op_index + 1}));
  }
  report({.blamed = {*finding, order.program}});
  return done;
}

Done Workbench::carry_out(const AnswersOrder& order) {
  start({});
  executor_->leave_alone_behind_pointers();
  Done done;
  AnswerRecorder recorder;
  for (std::size_t i = 0; i < order.programs.size() && !must_stop(); ++i) {
    const Program& program = order.programs[i];
    recorder_.write(program, 0, i, true);
    executor_->set_observer(&recorder);
    auto finding = run(program, Compare::kTouched);
    executor_->set_observer(nullptr);  // what replays answer to find a culprit is no answer to the program
    if (!finding) finding = destroy_memory();
    const bool was_skipped = finding && finding->verdict == Verdict::kSkipped;
    if (was_skipped) keep_skip_reason(*finding, done);
    const NumberedAnswers answers{.number = i, .ops = recorder.take(), .skip_reason = was_skipped ? finding->note : std::string()};
    if (!is_lost_) is_lost_ = !send_(message("answers", encode(answers)));
    if (finding && !was_skipped) {
      recorder_.enter(Phase::kRun);
      const bool can_blame = finding->verdict == Verdict::kViolation && finding->clause != Clause::kREG10;
      report({.blamed = can_blame ? executor_->blame(program, *finding) : Blamed{*finding, program}, .number = i});
      recorder_.enter(Phase::kThink);
    }
    if (!is_reachable_()) is_lost_ = true;
  }
  return done;
}

Done Workbench::carry_out(const CellOrder& order) {
  start({});
  Done done;
  if (order.op_index >= order.program.ops.size()) return done;
  const Program before = program_before(order.program, order.op_index);
  Shadow shadow(backend_, order.program);
  recorder_.write(before, 0, 0, true);
  executor_->set_observer(&shadow);
  static_cast<void>(run(before, Compare::kTouched));
  executor_->set_observer(nullptr);
  const Op& op = order.program.ops[order.op_index];
  if (op.kind != OpKind::kSubmitBegin && op.kind != OpKind::kSubmitEnd) done.cell = shadow.cell(op);
  return done;
}

}  // namespace gmc
