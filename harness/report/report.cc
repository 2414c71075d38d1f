// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/check.h"
#include "harness/base/counted.h"
#include "harness/base/random.h"
#include "harness/program/text.h"
#include "harness/report/printable.h"

namespace gmc {

std::string_view name(State state) {
  switch (state) {
    case State::kPass:
      return "pass";
    case State::kFail:
      return "fail";
    case State::kNotApplicable:
      return "n/a";
    case State::kNotReached:
      return "not reached";
    case State::kNotChecked:
      return "not checked by this version";
    case State::kRefused:
      return "refused";
    case State::kWaived:
      return "waived";
    case State::kKnown:
      return "known (baseline)";
  }
  return "";
}

std::optional<State> find_state(std::string_view wanted) {
  for (std::size_t i = 0; i < kStateCount; ++i) {
    if (name(static_cast<State>(i)) == wanted) return static_cast<State>(i);
  }
  return std::nullopt;
}

std::string text_of(const ClauseResult& result) {
  switch (result.state) {
    case State::kPass:
      return fmt::format("pass ({})", counted(result.checks, "check"));
    case State::kNotReached:
      return fmt::format("not reached ({} of {})", result.checks, counted(info(result.clause).floor, "check"));
    case State::kNotApplicable:
    case State::kNotChecked:
      return result.reason.empty() ? std::string(name(result.state)) : fmt::format("{} ({})", name(result.state), result.reason);
    default:
      return std::string(name(result.state));
  }
}

std::size_t Report::count(State state) const { return static_cast<std::size_t>(std::ranges::count(clauses, state, &ClauseResult::state)); }

std::vector<const ReportedFinding*> Report::findings_of(Clause clause) const {
  std::vector<const ReportedFinding*> found;
  for (const ReportedFinding& finding : findings) {
    if (finding.finding.clause == clause) found.push_back(&finding);
  }
  return found;
}

std::string shell_word(std::string_view word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) return std::string(word);
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

namespace {

std::string profile_option(std::string_view file) { return file.empty() ? std::string() : fmt::format(" --profile {}", shell_word(file)); }

}  // namespace

State state_of(std::span<const ReportedFinding* const> findings) {
  const auto is_excused = [](const ReportedFinding* f) { return f->excuse != Excuse::kNone; };
  if (std::ranges::all_of(findings, is_excused)) {
    const auto is_known = [](const ReportedFinding* f) { return f->excuse == Excuse::kBaseline; };
    return std::ranges::any_of(findings, is_known) ? State::kKnown : State::kWaived;
  }
  const auto is_refusal = [&](const ReportedFinding* f) { return is_excused(f) || word_of(f->finding) == "refused"; };
  return std::ranges::all_of(findings, is_refusal) ? State::kRefused : State::kFail;
}

std::string excuse_of(const ReportedFinding& finding) {
  switch (finding.excuse) {
    case Excuse::kNone:
      return "";
    case Excuse::kBaseline:
      return std::string(name(State::kKnown));
    case Excuse::kWaiver:
      break;
  }
  GMC_CHECK(finding.waiver.has_value());
  const Waiver& waiver = *finding.waiver;
  return fmt::format("waived until {}: {} ({})", text_of(waiver.expires), printable_line(waiver.reason), printable_line(waiver.link));
}

std::string_view word_of(const Finding& finding) {
  if (finding.verdict != Verdict::kViolation) return name(finding.verdict);
  return finding.divergence.got_status == GMC_REFUSED ? "refused" : "violated";
}

std::string replay_command(std::string_view file, std::string_view backend, std::string_view profile_file) {
  return fmt::format("gmcheck run {} --backend {}{}", shell_word(file), shell_word(backend), profile_option(profile_file));
}

std::string again_command(const ReportedFinding& finding, const Report& report) {
  const bool shows_alone = finding.finding.verdict != Verdict::kHistory && finding.finding.verdict != Verdict::kFlaky;
  if (!finding.file.empty() && shows_alone) return replay_command(finding.file, report.backend, report.profile_file);
  if (report.seed.empty()) return "";
  return fmt::format("gmcheck conformance --backend {}{} --seed {}", shell_word(report.backend), profile_option(report.profile_file),
                     report.seed);
}

std::string file_name(const ReportedFinding& finding) {
  std::uint64_t hash = 0;
  for (const char c : print(finding.program)) hash = mix(hash ^ static_cast<unsigned char>(c));
  return fmt::format("{}-{:08x}.gmp", id(finding.finding.clause), hash >> 32);
}

std::string document_of(const ReportedFinding& finding, const Report& report) {
  const Finding& f = finding.finding;
  Document document{.program = finding.program, .outcomes = {}, .names = {}, .comments = {}};
  document.add_header(fmt::format("{} {} by {} ({})\nexpected {}, got {}", id(f.clause), word_of(f), printable_line(report.backend),
                                  printable_line(report.implementation), printable_line(f.expected), printable_line(f.got)));
  if (f.op_index < document.program.ops.size()) {
    document.comments.push_back({.line = {.kind = LineKey::Kind::kOp, .index = f.op_index}, .beside = true, .text = "here"});
  }
  return print(document);
}

}  // namespace gmc
