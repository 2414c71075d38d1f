// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/diff/diff_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/base/counted.h"
#include "harness/base/random.h"
#include "harness/program/document.h"
#include "harness/program/text.h"
#include "harness/report/printable.h"
#include "harness/report/text_report.h"

namespace gmc {

namespace {

using Ordered = nlohmann::ordered_json;

constexpr std::size_t kSwitchesShown = 4;
constexpr std::size_t kRowsShown = 12;  // of each meaning but violations

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string profiles_line(const DiffResult& result) {
  if (result.has_one_profile) return "both have the same profile\n";
  std::string text;
  for (std::size_t i = 0; i < std::min(result.switches.size(), kSwitchesShown); ++i) {
    const SwitchDifference& s = result.switches[i];
    text += fmt::format("{}{} ({}, {})", i == 0 ? "" : "; ", s.name, s.a, s.b);
  }
  if (result.switches.size() > kSwitchesShown) text += fmt::format("; and {} more", result.switches.size() - kSwitchesShown);
  return fmt::format("the profiles differ: {}\n", text.empty() ? "in what is reserved" : text);
}

// The operation; the reads behind the program are none of its own.
std::string where(const Difference& difference) {
  if (difference.part == AnswerPart::kCountGiven || difference.part == AnswerPart::kAddressGiven) return "(any)";
  if (difference.is_final) return "memory at the end";
  return std::string(keyword(difference.op));
}

struct Columns {
  std::string meaning;
  std::string where;
  std::string part;
  std::string a;
  std::string b;
  std::string count;
};

std::string rows(const std::vector<Columns>& table) {
  std::array<std::size_t, 6> widths{};
  const auto cells = [](const Columns& c) {
    return std::array<const std::string*, 6>{&c.meaning, &c.where, &c.part, &c.a, &c.b, &c.count};
  };
  for (const Columns& row : table) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], cells(row)[i]->size());
  }
  std::string text;
  for (const Columns& row : table) {
    std::string line = " ";
    for (std::size_t i = 0; i < widths.size(); ++i) line += fmt::format(" {:{}} ", *cells(row)[i], widths[i]);
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string table_of(const DiffResult& result) {
  if (result.differences.empty()) return "";
  std::vector<Columns> table = {{"", "operation", "what differs", "A", "B", "programs"}};
  std::map<Meaning, std::size_t> shown;
  std::size_t hidden = 0;
  for (const ReportedDifference& reported : result.differences) {
    const Difference& d = reported.difference;
    if (++shown[d.meaning] > kRowsShown && d.meaning != Meaning::kViolation) {
      ++hidden;
      continue;
    }
    table.push_back({std::string(name(d.meaning)), where(d), std::string(name(d.part)), d.a, d.b, std::to_string(reported.count)});
    if (!reported.switches.empty()) table.back().count += " by " + joined(reported.switches);
    if (!reported.file.empty()) table.back().count += "  " + printable_line(reported.file);
  }
  std::string text = rows(table);
  if (hidden > 0) text += fmt::format("  and {} more, met less often: --report-dir keeps them all\n", hidden);
  if (result.unlisted > 0) text += fmt::format("  others were met {} and are not listed\n", counted(result.unlisted, "time"));
  return text;
}

// GM-INV-003, whole: with the program and how to see it again.
std::string violation_of(const ReportedDifference& reported, const DiffResult& result) {
  const Difference& d = reported.difference;
  std::string text = fmt::format("\nGM-INV-003 violated: {}, {}\n", where(d), name(d.part));
  text += "  Both keep to the other clauses as far as they are checked, and none leaves this open: one of the two is wrong.\n";
  text += fmt::format("  A {}\n  B {}\n", printable_line(d.a), printable_line(d.b));
  const std::string program = print(reported.program);
  for (std::size_t at = 0; at < program.size();) {
    const std::size_t end = std::min(program.find('\n', at), program.size());
    text += "    " + program.substr(at, end - at) + "\n";
    at = end + 1;
  }
  text += fmt::format("  met in {}; again in {} of {} of workers\n", counted(reported.count, "program"), reported.shown,
                      counted(reported.runs, "new pair"));
  if (!reported.file.empty()) text += fmt::format("  replay: {}\n", diff_command(reported.file, result));
  return text;
}

std::string sum(const DiffResult& result) {
  std::string text = fmt::format("{} and {} compared in {:.1f} s", counted(result.programs, "program"),
                                 counted(result.operations, "operation"), result.seconds);
  if (result.skipped_programs > 0) text += fmt::format(", {} could not run on both", result.skipped_programs);
  text += fmt::format("; findings {}, GM-INV-003 violated {}, left open {}, explained {}\n", result.findings(),
                      result.count(Meaning::kViolation), result.count(Meaning::kLeftOpen), result.count(Meaning::kExplained));
  std::string remark;
  if (!result.has_one_profile) remark = " (the profiles differ)";
  if (result.has_one_profile && result.findings() > 0) remark = " (but for the programs of the findings, which are not compared)";
  return text + fmt::format("GM-INV-003: {}{}\n", state_of_inv3(result), remark);
}

Ordered json_of(const ReportedFinding& finding, const Report& side, const char* backend) {
  const Finding& f = finding.finding;
  Ordered json = {{"backend", backend},           {"clause", id(f.clause)},          {"verdict", name(f.verdict)},
                  {"operation", keyword(f.op)},   {"part", name(f.divergence.part)}, {"expected", printable_line(f.expected)},
                  {"got", printable_line(f.got)}, {"count", finding.count}};
  if (finding.runs > 0) json["again"] = {{"shown", finding.shown}, {"runs", finding.runs}};
  if (!finding.program.layouts.empty()) json["program"] = print(finding.program);
  if (!finding.file.empty()) json["file"] = finding.file;
  if (const std::string command = again_command(finding, side); !command.empty()) json["replay"] = command;
  return json;
}

Ordered json_of(const ReportedDifference& reported, const DiffResult& result) {
  const Difference& d = reported.difference;
  Ordered json = {{"meaning", name(d.meaning)}, {"operation", keyword(d.op)}, {"op_index", d.op_index},
                  {"is_final", d.is_final},     {"part", name(d.part)},       {"a", printable_line(d.a)},
                  {"b", printable_line(d.b)},   {"count", reported.count},    {"switches", reported.switches}};
  if (reported.runs > 0) json["again"] = {{"shown", reported.shown}, {"runs", reported.runs}};
  json["program"] = print(reported.program);
  if (!reported.file.empty()) {
    json["file"] = reported.file;
    json["replay"] = diff_command(reported.file, result);
  }
  return json;
}

}  // namespace

std::string_view state_of_inv3(const DiffResult& result) {
  if (result.count(Meaning::kViolation) > 0) return name(State::kFail);
  if (!result.has_one_profile) return name(State::kNotApplicable);
  return name(result.programs > 0 ? State::kPass : State::kNotReached);
}

std::string text_of(const DiffResult& result) {
  std::string text;
  for (std::size_t side = 0; side < 2; ++side) {
    text += fmt::format("{}  {} ({})\n", side == 0 ? 'A' : 'B', printable_line(result.sides[side].backend),
                        printable_line(result.sides[side].implementation));
  }
  text += profiles_line(result);
  text += table_of(result);
  for (std::size_t side = 0; side < 2; ++side) {
    const Report& report = result.sides[side];
    for (const ReportedFinding& finding : report.findings) {
      const Finding& f = finding.finding;
      const bool is_first =
          std::ranges::find_if(report.findings, [&](const ReportedFinding& o) { return o.finding.clause == f.clause; })->finding.same_as(f);
      if (is_first) {
        text += fmt::format("\n{} breaks the contract, in {}:\n{}", printable_line(report.backend), counted(finding.count, "program"),
                            text_of(finding, report));
      } else {
        text += fmt::format("{}: also {} {}: {}: expected {}, got {}\n", printable_line(report.backend), id(f.clause), word_of(f),
                            info(f.op).text, printable_line(f.expected), printable_line(f.got));
      }
    }
  }
  for (const ReportedDifference& reported : result.differences) {
    if (reported.difference.meaning == Meaning::kViolation) text += violation_of(reported, result);
  }
  if (!result.stopped.empty()) text += fmt::format("ended before its time: {}\n", printable_line(result.stopped));
  if (result.programs == 0 && !result.skip_reason.empty())
    text += fmt::format("nothing compared: {}\n", printable_line(result.skip_reason));
  return text + sum(result);
}

std::string json_of(const DiffResult& result, int exit_code) {
  Ordered json = {{"diff", 1}, {"seed", result.seed}, {"exit_code", exit_code}, {"GM-INV-003", state_of_inv3(result)}};
  constexpr std::array<const char*, 2> kNames = {"a", "b"};
  for (std::size_t side = 0; side < 2; ++side) {
    const Report& report = result.sides[side];
    json[kNames[side]] = {{"backend", printable_line(report.backend)},
                          {"implementation", printable_line(report.implementation)},
                          {"profile", printable(report.profile)}};
  }
  json["has_one_profile"] = result.has_one_profile;
  json["switches"] = Ordered::array();
  for (const SwitchDifference& s : result.switches) json["switches"].push_back({{"switch", s.name}, {"a", s.a}, {"b", s.b}});
  json["programs"] = result.programs;
  json["operations"] = result.operations;
  json["skipped_programs"] = result.skipped_programs;
  if (!result.skip_reason.empty()) json["skip_reason"] = printable_line(result.skip_reason);
  if (!result.stopped.empty()) json["stopped"] = printable_line(result.stopped);
  json["seconds"] = result.seconds;
  json["findings"] = Ordered::array();
  for (std::size_t side = 0; side < 2; ++side) {
    for (const ReportedFinding& finding : result.sides[side].findings)
      json["findings"].push_back(json_of(finding, result.sides[side], kNames[side]));
  }
  json["unlisted"] = result.unlisted;
  json["differences"] = Ordered::array();
  for (const ReportedDifference& reported : result.differences) json["differences"].push_back(json_of(reported, result));
  return json.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

std::string file_name(const ReportedDifference& reported) {
  std::uint64_t hash = static_cast<std::uint64_t>(reported.difference.part);
  for (const char c : print(reported.program)) hash = mix(hash ^ static_cast<unsigned char>(c));
  const std::string_view kind = reported.difference.meaning == Meaning::kViolation  ? "GM-INV-003"
                                : reported.difference.meaning == Meaning::kLeftOpen ? "left-open"
                                                                                    : "explained";
  return fmt::format("{}-{:08x}.gmp", kind, hash >> 32);
}

std::string document_of(const ReportedDifference& reported, const DiffResult& result) {
  const Difference& d = reported.difference;
  Document document{.program = reported.program, .outcomes = {}, .names = {}, .comments = {}};
  document.add_header(fmt::format("{}: {}, {}\nA {}: {}\nB {}: {}", name(d.meaning), where(d), name(d.part),
                                  printable_line(result.sides[0].backend), printable_line(d.a), printable_line(result.sides[1].backend),
                                  printable_line(d.b)));
  if (d.op_index < document.program.ops.size())
    document.comments.push_back({.line = {.kind = LineKey::Kind::kOp, .index = d.op_index}, .beside = true, .text = "here"});
  return print(document);
}

}  // namespace gmc
