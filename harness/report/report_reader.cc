// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/report_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/base/counted.h"
#include "harness/program/text.h"
#include "harness/report/json_report.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

using Json = nlohmann::json;

// Thrown inside this file alone: a report has some sixty fields, and each may be wrong.
struct Wrong {
  std::string pointer;
  std::string cause;
};

// A value of the file with the pointer to it.
class Value {
 public:
  Value(const Json& json, std::string pointer) : json_(&json), pointer_(std::move(pointer)) {}

  [[noreturn]] void refuse(std::string cause) const { throw Wrong{pointer_, std::move(cause)}; }

  [[nodiscard]] bool has(const char* name) const { return json_->is_object() && json_->contains(name); }
  [[nodiscard]] Value operator[](const char* name) const {
    if (!json_->is_object()) refuse("is no object");
    if (!json_->contains(name)) refuse(fmt::format("has no '{}'", name));
    return {json_->at(name), fmt::format("{}/{}", pointer_, name)};
  }
  [[nodiscard]] std::string text() const {
    if (!json_->is_string()) refuse("is no string");
    return json_->get<std::string>();
  }
  [[nodiscard]] std::string text(const char* name) const { return has(name) ? (*this)[name].text() : std::string(); }
  [[nodiscard]] bool truth() const {
    if (!json_->is_boolean()) refuse("is neither true nor false");
    return json_->get<bool>();
  }
  [[nodiscard]] double number() const {
    if (!json_->is_number()) refuse("is no number");
    return json_->get<double>();
  }
  template <typename T = std::uint64_t>
  [[nodiscard]] T count() const {
    if (!json_->is_number_unsigned()) refuse("is no number from 0 on");
    const auto value = json_->get<std::uint64_t>();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) refuse("is too large");
    return static_cast<T>(value);
  }
  template <typename Each>
  void each(Each&& each) const {
    if (!json_->is_array()) refuse("is no array");
    for (std::size_t i = 0; i < json_->size(); ++i) each(Value((*json_)[i], fmt::format("{}/{}", pointer_, i)));
  }
  // What `find` makes of the text.
  template <typename Find>
  [[nodiscard]] auto one_of(std::string_view what, Find&& find) const {
    const auto found = find(text());
    if (!found) refuse(fmt::format("'{}' is no {}", printable_line(text()), what));
    return *found;
  }

 private:
  const Json* json_;
  std::string pointer_;
};

Clause clause_in(const Value& value) { return value.one_of("clause", find_clause); }

std::vector<Clause> clauses_in(const Value& value) {
  std::vector<Clause> clauses;
  value.each([&](const Value& one) { clauses.push_back(clause_in(one)); });
  return clauses;
}

FindingKey key_in(const Value& value) {
  return {.clause = clause_in(value["clause"]),
          .op = value["operation"].one_of("operation", find_op),
          .part = value["part"].one_of("part of an answer", find_part)};
}

Program program_in(const Value& value) {
  auto document = read_program(value.text(), "");
  if (!document) value.refuse(document.error().text());
  return document->program;
}

Waiver waiver_in(const Value& value, const FindingKey& key) {
  const auto date = parse_date(value["expires"].text());
  if (!date) value["expires"].refuse(date.error().cause);
  return {.key = key,
          .backend = value["backend"].text(),
          .reason = value["reason"].text(),
          .link = value["link"].text(),
          .expires = *date,
          .place = value["place"].text()};
}

ClauseResult clause_result_in(const Value& value) {
  return {.clause = clause_in(value["clause"]),
          .state = value["state"].one_of("state", find_state),
          .checks = value.has("checks") ? value["checks"].count() : 0,
          .reason = value.text("reason"),
          .witness = value.text("witness"),
          .suite = value.text("suite")};
}

Finding plain_finding_in(const Value& value) {
  const FindingKey key = key_in(value);
  const Value statuses = value["statuses"];
  return {.verdict = value["verdict"].one_of("verdict", find_verdict),
          .clause = key.clause,
          .divergence = {.part = key.part,
                         .expected_status = statuses["expected"].count<std::uint16_t>(),
                         .got_status = statuses["got"].count<std::uint16_t>()},
          .op = key.op,
          .op_index = value["op_index"].count<std::uint32_t>(),
          .expected = value["expected"].text(),
          .got = value["got"].text(),
          .note = value.text("log")};
}

std::vector<TraceLine> trace_in(const Value& value) {
  std::vector<TraceLine> trace;
  value.each([&](const Value& step) {
    trace.push_back({.index = step["op_index"].count<std::uint32_t>(),
                     .was_skipped = step.has("was_skipped") && step["was_skipped"].truth(),
                     .expected = step.text("expected"),
                     .got = step.text("got")});
  });
  return trace;
}

void read_excuse(const Value& value, ReportedFinding& finding) {
  if (!value.has("excuse")) return;
  const std::string excuse = value["excuse"].text();
  if (excuse != "waiver" && excuse != "baseline") value["excuse"].refuse(fmt::format("'{}' is no excuse", printable_line(excuse)));
  finding.excuse = excuse == "waiver" ? Excuse::kWaiver : Excuse::kBaseline;
  if (excuse == "waiver") finding.waiver = waiver_in(value["waiver"], key_of(finding.finding));
}

ReportedFinding finding_in(const Value& value) {
  ReportedFinding finding{.finding = plain_finding_in(value)};
  if (value.has("back_trace")) value["back_trace"].each([&](const Value& frame) { finding.finding.back_trace.push_back(frame.text()); });
  read_excuse(value, finding);
  finding.remark = value.text("remark");
  finding.suite = value["suite"].text();
  finding.programs = value["programs"].count();
  finding.seconds = value["seconds"].number();
  finding.count = value["count"].count();
  finding.is_minimised = value["is_minimised"].truth();
  finding.ops_before = value["operations_before"].count();
  if (value.has("again")) {
    finding.shown = value["again"]["shown"].count<std::uint32_t>();
    finding.runs = value["again"]["runs"].count<std::uint32_t>();
  }
  if (value.has("program")) finding.program = program_in(value["program"]);
  if (value.has("before")) value["before"].each([&](const Value& one) { finding.before.push_back(program_in(one)); });
  if (value.has("trace")) finding.trace = trace_in(value["trace"]);
  finding.file = value.text("file");
  return finding;
}

SuiteRun suite_in(const Value& value) {
  SuiteRun run{.suite = value["suite"].text(),
               .programs = value["programs"].count(),
               .operations = value["operations"].count(),
               .inside = value["inside"].count(),
               .skipped_programs = value["skipped_programs"].count(),
               .seconds = value["seconds"].number(),
               .remark = value.text("remark")};
  const Value rows = value["rows"];
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const std::string text(info(static_cast<OpKind>(i)).text);
    if (rows.has(text.c_str())) run.by_kind[i] = rows[text.c_str()].count();
  }
  return run;
}

WaiverUse waiver_use_in(const Value& value) {
  return {.waiver = waiver_in(value, key_in(value)),
          .was_met = value["was_met"].truth(),
          .is_needless = value["is_needless"].truth(),
          .is_expired = value["is_expired"].truth()};
}

Comparison comparison_in(const Value& value) {
  Comparison comparison{.file = value["file"].text()};
  value["gone"].each([&](const Value& key) { comparison.gone.push_back(key_in(key)); });
  return comparison;
}

void read_head(const Value& value, Report& report) {
  if (const int version = value["version"].count<int>(); version != kReportVersion)
    value["version"].refuse(fmt::format("a report of version {}; this gmcheck reads version {}", version, kReportVersion));
  report.contract = value["contract"].count<int>();
  report.backend = value["backend"].text();
  report.implementation = value["implementation"].text();
  report.profile = value["profile"].text();
  report.profile_file = value.text("profile_file");
  report.seed = value["seed"].text();
  report.budget = value["budget"].text();
  report.sanitizer = value["sanitizer"].text();
  report.allows_unreached = value["allows_unreached"].truth();
  report.exit_code = value["exit_code"].count<int>();
  report.seconds = value["seconds"].number();
  if (!value.has("shard")) return;
  report.shard = {.index = value["shard"]["index"].count<unsigned>(), .total = value["shard"]["total"].count<unsigned>()};
  if (report.shard.index >= report.shard.total)
    value["shard"]["index"].refuse(fmt::format("is no index of {}", counted(report.shard.total, "shard")));
}

Report report_in(const Value& value) {
  Report report;
  read_head(value, report);
  report.selected = clauses_in(value["selected"]);
  if (value.has("missing")) report.missing = clauses_in(value["missing"]);
  value["clauses"].each([&](const Value& one) { report.clauses.push_back(clause_result_in(one)); });
  value["findings"].each([&](const Value& one) {
    report.findings.push_back(finding_in(one));
    if (std::ranges::find(report.clauses, report.findings.back().finding.clause, &ClauseResult::clause) == report.clauses.end())
      one["clause"].refuse("a finding under a clause that 'clauses' does not have");
  });
  value["suites"].each([&](const Value& one) { report.suites.push_back(suite_in(one)); });
  value["reached"].each([&](const Value& one) {
    report.reached.push_back(
        {.seconds = one["seconds"].number(), .decided = one["decided"].count<std::size_t>(), .wanted = one["wanted"].count<std::size_t>()});
  });
  value["waivers"].each([&](const Value& one) { report.waivers.push_back(waiver_use_in(one)); });
  if (value.has("baseline")) report.comparison = comparison_in(value["baseline"]);
  return report;
}

}  // namespace

Result<Report> read_report(std::string_view text, std::string_view place) {
  try {
    const Json json = Json::parse(text);
    return report_in(Value(json, ""));
  } catch (const Json::parse_error& error) {
    const std::string_view before = text.substr(0, error.byte == 0 ? 0 : error.byte - 1);
    const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return fail(fmt::format("{}:{}:{}", place, std::ranges::count(before, '\n') + 1, before.size() - line_start + 1), "no JSON");
  } catch (const Wrong& wrong) {
    return fail(std::string(place), wrong.pointer.empty() ? "this report " + wrong.cause : wrong.pointer + ": " + wrong.cause);
  }
}

}  // namespace gmc
