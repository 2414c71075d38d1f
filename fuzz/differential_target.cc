// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fuzz/differential_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "fuzz/lockstep_target.h"
#include "harness/base/random.h"
#include "harness/diff/shared_ground.h"
#include "harness/program/byte_form.h"
#include "harness/program/text.h"
#include "harness/report/folder.h"
#include "harness/report/printable.h"
#include "harness/report/report.h"
#include "harness/runner/memory.h"

namespace gmc {

namespace {

constexpr std::uint64_t kLeftToTheEngineOneIn = 16;

// What two observers of one executor see.
class Both : public Observer {
 public:
  Both(Observer& first, Observer& second) : first_(first), second_(second) {}
  void on_run(const Program& program, const Reference& reference) override {
    first_.on_run(program, reference);
    second_.on_run(program, reference);
  }
  void on_operation(std::uint32_t index, const Expectation& expectation, const Answer& answer, const Judgement& judgement) override {
    first_.on_operation(index, expectation, answer, judgement);
    second_.on_operation(index, expectation, answer, judgement);
  }
  void on_skipped(std::uint32_t index) override {
    first_.on_skipped(index);
    second_.on_skipped(index);
  }

 private:
  Observer& first_;
  Observer& second_;
};

}  // namespace

Result<std::unique_ptr<DifferentialTarget>> DifferentialTarget::open(const FuzzSettings& settings) {
  std::array<Side, 2> sides;
  GeneratorSettings drawing;
  drawing.huge_regions = false;  // engines watch the size of the process
  std::array<Layout, 2> adopted;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    Side& side = sides[i];
    side.name = i == 0 ? settings.backend : settings.second_backend;
    GMC_TRY(backend, open_fuzzed(side.name, settings.profile_file));
    side.backend = std::move(backend);
    if (side.backend->profile().root().layout != LayoutSource::kOwn) continue;
    GMC_TRY(layout, adopted_layout(*side.backend));
    adopted[i] = std::move(layout);
  }
  const Profile shared(shared_switches(sides[0].backend->profile().root(), sides[1].backend->profile().root()));
  const std::string both = fmt::format("{} and {}", sides[0].name, sides[1].name);
  if (std::string why = why_nothing_is_shared(shared.root()); !why.empty()) return fail(both, std::move(why));
  if (adopted[0] != adopted[1]) return fail(both, "each has a memory of its own, and the regions of the two are not the same");
  drawing.adopted = std::move(adopted[0]);
  return std::unique_ptr<DifferentialTarget>(new DifferentialTarget(settings, shared, drawing, std::move(sides)));
}

DifferentialTarget::DifferentialTarget(FuzzSettings settings, const Profile& shared, const GeneratorSettings& drawing,
                                       std::array<Side, 2> sides)
    : settings_(std::move(settings)),
      sides_(std::move(sides)),
      has_one_profile_(sides_[0].backend->profile() == sides_[1].backend->profile()),
      guidance_(settings_.is_guided),
      mutator_(shared, drawing) {
  for (Side& side : sides_) {
    side.executor = std::make_unique<Executor>(*side.backend);
    side.executor->leave_alone_behind_pointers();
  }
}

// What the side answered. None: it could not run the program.
std::optional<ProgramAnswers> DifferentialTarget::ask(Side& side, const Program& program) {
  Both observer(side.recorder, guidance_);
  side.executor->set_observer(&observer);
  const auto finding = side.executor->run(program, Compare::kTouched);
  side.executor->set_observer(nullptr);
  ProgramAnswers answers{.ops = side.recorder.take()};
  if (!finding) return answers;
  if (finding->verdict == Verdict::kSkipped) return std::nullopt;
  report(side, side.executor->blame(program, *finding));
}

void DifferentialTarget::run(std::span<const std::uint8_t> bytes) {
  decode_bytes(bytes, program_);
  program_.adopts = sides_[0].backend->profile().root().layout == LayoutSource::kOwn;
  if (program_.adopts) program_.layouts.front() = {};
  for (const Side& side : sides_) {
    if (!why_not_taken(program_, side.backend->profile()).empty()) return;
  }
  const Program longer = with_final_reads(program_);
  const auto a = ask(sides_[0], longer);
  const auto b = a ? ask(sides_[1], longer) : std::nullopt;
  if (!a || !b) return;
  ++compared_;
  const auto differences = compare(longer, static_cast<std::uint32_t>(program_.ops.size()), *a, *b, has_one_profile_);
  for (const Difference& difference : differences) {
    if (difference.meaning == Meaning::kViolation) report(program_, difference);
  }
  if (!differences.empty()) ++left_open_;
}

void DifferentialTarget::report(const Side& side, const Blamed& blamed) {
  Report report;
  report.backend = side.name;
  report.profile_file = settings_.profile_file;
  report.implementation = side.backend->name() + " " + side.backend->version();
  const ReportedFinding reported{.finding = blamed.finding, .program = blamed.program};
  const std::string file = settings_.findings.empty() ? "FILE" : settings_.findings + "/" + file_name(reported);
  tell(blamed.program, file,
       fmt::format("{} {} by {}\nexpected {}, got {}", id(blamed.finding.clause), word_of(blamed.finding), printable_line(side.name),
                   printable_line(blamed.finding.expected), printable_line(blamed.finding.got)),
       replay_command(file, side.name, settings_.profile_file));
}

void DifferentialTarget::report(const Program& program, const Difference& difference) {
  const Op& op = program.ops[std::min<std::size_t>(difference.op_index, program.ops.size() - 1)];
  const std::string where = difference.is_final ? "memory at the end" : print_op(op);
  ReportedFinding reported{.finding = {.clause = Clause::kINV3}, .program = program};
  const std::string file = settings_.findings.empty() ? "FILE" : settings_.findings + "/" + file_name(reported);
  tell(program, file,
       fmt::format("GM-INV-003 violated: the {} of {} (operation {}) is not the same\n{}: {}\n{}: {}", name(difference.part), where,
                   difference.op_index, printable_line(sides_[0].name), printable_line(difference.a), printable_line(sides_[1].name),
                   printable_line(difference.b)),
       fmt::format("gmcheck diff {} --backend {} --backend {}", shell_word(file), shell_word(sides_[0].name), shell_word(sides_[1].name)));
}

// Saved before anything can die.
void DifferentialTarget::tell(const Program& program, const std::string& file, const std::string& headline, const std::string& command) {
  Document document{.program = program, .outcomes = {}, .names = {}, .comments = {}};
  document.add_header(headline);
  const std::string text = print(document);
  std::string replay = "replay: " + command + "\n";
  if (settings_.findings.empty()) {
    replay.clear();
  } else if (const auto written = write_file(file, text); !written) {
    replay = fmt::format("gmcheck: {}\n", written.error().text());
  }
  std::fputs(fmt::format("\n{}{}", text, replay).c_str(), stderr);
  std::abort();
}

std::optional<std::size_t> DifferentialTarget::mutate(std::span<std::uint8_t> data, std::size_t size, std::uint64_t seed) {
  if (mix(seed) % kLeftToTheEngineOneIn == 0) return std::nullopt;
  decode_bytes(data.first(size), other_);
  mutator_.mutate(other_, seed, ops_that_fit(data.size(), other_.layouts));
  return store_program(other_, data, bytes_);
}

std::size_t DifferentialTarget::cross(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second,
                                      std::span<std::uint8_t> result, std::uint64_t seed) {
  decode_bytes(first, program_);
  decode_bytes(second, other_);
  mutator_.cross(program_, other_, seed, ops_that_fit(result.size(), program_.layouts), result_);
  return store_program(result_, result, bytes_);
}

}  // namespace gmc
