// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/sarif_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "harness/base/random.h"
#include "harness/report/clause_text.h"
#include "harness/report/printable.h"
#include "harness/runner/plugin.h"

namespace gmc {

namespace {

using Ordered = nlohmann::ordered_json;

// A path as a URI reference of RFC 3986. A relative one whose first segment holds a ':' would read as a scheme.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  std::string uri = path.starts_with('/') ? "file://" : "";
  while (path.starts_with("./")) path.remove_prefix(2);
  for (const char c : path) uri += kPlain.contains(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return uri;
}

// The line of the program on which the operation stands that went wrong: document_of() marks it.
std::size_t line_of(const ReportedFinding& finding, const Report& report) {
  const std::string text = document_of(finding, report);
  const std::size_t mark = text.find("# here\n");
  if (mark == std::string::npos) return 1;
  return static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(mark), '\n')) + 1;
}

std::string first_sentence(const std::string& text) { return text.substr(0, std::min(text.find(". "), text.size() - 1) + 1); }

Ordered rule_of(Clause clause) {
  const ClauseText& text = clause_text(clause);
  return {{"id", id(clause)},
          {"shortDescription", {{"text", first_sentence(text.text)}}},
          {"fullDescription", {{"text", text.text}}},
          {"help",
           {{"text", fmt::format("{} ({})\n{}\nSee {}, line {}, or `gmcheck explain {}`.", id(clause), text.kind, text.text, kContractPath,
                                 text.line, id(clause))}}},
          {"defaultConfiguration", {{"level", "error"}}},
          {"properties", {{"tags", {text.kind, fmt::format("GM-{}", info(clause).group)}}}}};
}

Ordered location_of(const ReportedFinding& finding, const Report& report) {
  // Consumers ask for a place. Without a program it is the backend.
  const bool has_file = !finding.file.empty();
  Ordered place = {{"artifactLocation", {{"uri", uri_of(has_file ? finding.file : printable_line(report.backend))}}}};
  if (has_file) place["region"] = {{"startLine", line_of(finding, report)}};
  return {{"physicalLocation", std::move(place)}};
}

// The backend without the folder that its library lies in: another machine has it elsewhere.
std::string label_of(const Report& report) {
  const auto spec = BackendSpec::parse(report.backend);
  if (!spec) return printable_line(report.backend);
  return printable_line(BackendSpec{.name = spec->name.substr(spec->name.rfind('/') + 1), .config = spec->config}.text());
}

// 64 bits of backend, clause, operation and part. `nth` tells those apart that agree in all of them.
std::string fingerprint_of(const ReportedFinding& finding, const Report& report, unsigned nth) {
  std::uint64_t hash = 0;
  for (const char c : label_of(report) + " " + text_of(key_of(finding.finding))) hash = mix(hash ^ static_cast<unsigned char>(c));
  return fmt::format("{:016x}:{}", hash, nth);
}

Ordered result_of(const ReportedFinding& finding, const Report& report, std::size_t rule, unsigned nth) {
  const Finding& f = finding.finding;
  const std::string command = again_command(finding, report), fingerprint = fingerprint_of(finding, report, nth);
  std::string message = fmt::format("{} {} by {} in {}: expected {}, got {}.", id(f.clause), word_of(f), printable_line(report.backend),
                                    keyword(f.op), printable_line(f.expected), printable_line(f.got));
  if (!command.empty()) message += "\nReplay: " + printable_line(command);
  Ordered result = {{"ruleId", id(f.clause)},
                    {"ruleIndex", rule},
                    {"kind", "fail"},
                    {"level", "error"},
                    {"message", {{"text", message}}},
                    {"locations", Ordered::array({location_of(finding, report)})},
                    // GitHub looks at the second one alone, and could not make it: the program's file is not in the repository.
                    {"partialFingerprints", {{"gmcheckFinding/v1", fingerprint}, {"primaryLocationLineHash", fingerprint}}},
                    {"occurrenceCount", std::max<std::uint64_t>(finding.count, 1)}};
  if (finding.excuse == Excuse::kWaiver)
    result["suppressions"] = Ordered::array({{{"kind", "external"}, {"status", "accepted"}, {"justification", excuse_of(finding)}}});
  if (report.comparison) result["baselineState"] = finding.excuse == Excuse::kBaseline ? "unchanged" : "new";
  Ordered properties = {{"operation", keyword(f.op)}, {"part", name(f.divergence.part)}, {"verdict", name(f.verdict)}};
  if (!command.empty()) properties["replay"] = printable_line(command);
  result["properties"] = std::move(properties);
  return result;
}

}  // namespace

std::string sarif_report(const Report& report, int exit_code, std::string_view version) {
  std::map<Clause, std::size_t> index;
  Ordered rules = Ordered::array();
  for (const ClauseResult& result : report.clauses) {
    index[result.clause] = rules.size();
    rules.push_back(rule_of(result.clause));
  }
  std::map<FindingKey, unsigned> seen;
  Ordered results = Ordered::array();
  for (const ReportedFinding& finding : report.findings) {
    const FindingKey key = key_of(finding.finding);
    results.push_back(result_of(finding, report, index.at(key.clause), ++seen[key]));
  }
  Ordered run = {{"tool", {{"driver", {{"name", "gmcheck"}, {"version", version}, {"rules", std::move(rules)}}}}},
                 {"automationDetails", {{"id", fmt::format("gmcheck/{}/", label_of(report))}}},
                 // What gmcheck could not do, exit code 3, is told apart from what it found.
                 {"invocations", Ordered::array({{{"executionSuccessful", exit_code != 3}, {"exitCode", exit_code}}})},
                 {"columnKind", "utf16CodeUnits"},
                 {"results", std::move(results)},
                 {"properties", {{"seed", printable_line(report.seed)}, {"contract", report.contract}}}};
  const Ordered log = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Ordered::array({std::move(run)})}};
  return log.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace gmc
