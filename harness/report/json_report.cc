// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/json_report.h"

#include <nlohmann/json.hpp>

#include "harness/program/text.h"
#include "harness/report/clause_text.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

using Ordered = nlohmann::ordered_json;

Ordered json_of(const ClauseResult& result) {
  Ordered json = {{"clause", id(result.clause)}, {"state", name(result.state)}};
  if (result.state == State::kPass || result.checks > 0) json["checks"] = result.checks;
  if (info(result.clause).floor > 0) json["floor"] = info(result.clause).floor;
  if (!result.reason.empty()) json["reason"] = printable_line(result.reason);
  if (!result.witness.empty()) json["witness"] = result.witness;
  if (!result.suite.empty()) json["suite"] = result.suite;
  return json;
}

Ordered json_of(const FindingKey& key) { return {{"clause", id(key.clause)}, {"operation", keyword(key.op)}, {"part", name(key.part)}}; }

Ordered json_of(const Waiver& waiver) {
  return {{"backend", printable_line(waiver.backend)},
          {"reason", printable_line(waiver.reason)},
          {"link", printable_line(waiver.link)},
          {"expires", text_of(waiver.expires)},
          {"place", printable_line(waiver.place)}};
}

Ordered json_of(const WaiverUse& use) {
  Ordered json = json_of(use.waiver.key);
  json.update(json_of(use.waiver));
  json["was_met"] = use.was_met;
  json["is_needless"] = use.is_needless;
  json["is_expired"] = use.is_expired;
  return json;
}

Ordered json_of(const Comparison& comparison) {
  Ordered json = {{"file", printable_line(comparison.file)}, {"gone", Ordered::array()}};
  for (const FindingKey& key : comparison.gone) json["gone"].push_back(json_of(key));
  return json;
}

// Of every operation of the program what was expected beside what came.
Ordered json_of(const std::vector<TraceLine>& trace) {
  Ordered json = Ordered::array();
  for (const TraceLine& line : trace) {
    Ordered step = {{"op_index", line.index}};
    if (line.was_skipped) {
      step["was_skipped"] = true;
    } else {
      step["expected"] = printable_line(line.expected);
      step["got"] = printable_line(line.got);
    }
    json.push_back(std::move(step));
  }
  return json;
}

Ordered ids_of(const std::vector<Clause>& clauses) {
  Ordered json = Ordered::array();
  for (const Clause clause : clauses) json.push_back(id(clause));
  return json;
}

Ordered json_of(const ReportedFinding& finding, const Report& report) {
  const Finding& f = finding.finding;
  Ordered json = {{"clause", id(f.clause)},
                  {"text", clause_text(f.clause).text},
                  {"verdict", name(f.verdict)},
                  {"part", name(f.divergence.part)},
                  {"operation", keyword(f.op)},
                  {"op_index", f.op_index},
                  {"statuses", {{"expected", f.divergence.expected_status}, {"got", f.divergence.got_status}}},
                  {"expected", printable_line(f.expected)},
                  {"got", printable_line(f.got)}};
  if (finding.excuse == Excuse::kBaseline) json["excuse"] = "baseline";
  if (finding.excuse == Excuse::kWaiver) {
    json["excuse"] = "waiver";
    json["waiver"] = json_of(*finding.waiver);
  }
  if (!f.note.empty()) json["log"] = printable(f.note);
  for (const std::string& frame : f.back_trace) json["back_trace"].push_back(printable_line(frame));
  if (!finding.remark.empty()) json["remark"] = printable_line(finding.remark);
  json["suite"] = finding.suite;
  json["programs"] = finding.programs;
  json["seconds"] = finding.seconds;
  json["count"] = finding.count;
  if (finding.runs > 0) json["again"] = {{"shown", finding.shown}, {"runs", finding.runs}};
  json["is_minimised"] = finding.is_minimised;
  json["operations_before"] = finding.ops_before;
  if (!finding.program.layouts.empty()) json["program"] = print(finding.program);
  for (const Program& program : finding.before) json["before"].push_back(print(program));
  if (!finding.trace.empty()) json["trace"] = json_of(finding.trace);
  if (!finding.file.empty()) json["file"] = finding.file;
  if (const std::string command = again_command(finding, report); !command.empty()) json["replay"] = command;
  return json;
}

// Of every row that is generated, those that never ran too.
Ordered json_of_rows(const SuiteRun& run) {
  Ordered json = Ordered::object();
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const OpInfo& row = info(static_cast<OpKind>(i));
    if (row.weight > 0) json[std::string(row.text)] = run.by_kind[i];
  }
  return json;
}

Ordered json_of(const SuiteRun& run) {
  Ordered json = {{"suite", run.suite},    {"programs", run.programs},  {"operations", run.operations},
                  {"inside", run.inside},  {"rows", json_of_rows(run)}, {"skipped_programs", run.skipped_programs},
                  {"seconds", run.seconds}};
  if (!run.remark.empty()) json["remark"] = printable_line(run.remark);
  return json;
}

}  // namespace

std::string json_report(const Report& report, int exit_code) {
  Ordered json = {{"version", kReportVersion},
                  {"contract", report.contract},
                  {"backend", printable_line(report.backend)},
                  {"implementation", printable_line(report.implementation)},
                  {"seed", report.seed},
                  {"budget", report.budget},
                  {"sanitizer", report.sanitizer},
                  {"allows_unreached", report.allows_unreached},
                  {"exit_code", exit_code},
                  {"seconds", report.seconds},
                  {"profile", printable(report.profile)}};
  if (!report.profile_file.empty()) json["profile_file"] = printable_line(report.profile_file);
  if (report.shard.total > 1) json["shard"] = {{"index", report.shard.index}, {"total", report.shard.total}};
  json["selected"] = ids_of(report.selected);
  if (!report.missing.empty()) json["missing"] = ids_of(report.missing);
  json["clauses"] = Ordered::array();
  for (const ClauseResult& result : report.clauses) json["clauses"].push_back(json_of(result));
  json["findings"] = Ordered::array();
  for (const ReportedFinding& finding : report.findings) json["findings"].push_back(json_of(finding, report));
  json["suites"] = Ordered::array();
  for (const SuiteRun& run : report.suites) json["suites"].push_back(json_of(run));
  json["reached"] = Ordered::array();
  for (const Reached& reached : report.reached) {
    json["reached"].push_back({{"seconds", reached.seconds}, {"decided", reached.decided}, {"wanted", reached.wanted}});
  }
  json["waivers"] = Ordered::array();
  for (const WaiverUse& use : report.waivers) json["waivers"].push_back(json_of(use));
  if (report.comparison) json["baseline"] = json_of(*report.comparison);
  // Paths may hold any bytes; what is not UTF-8 is replaced rather than thrown at.
  return json.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace gmc
