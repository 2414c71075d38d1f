// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/coverage_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace gmc {

namespace {

constexpr Axis kTold[] = {Axis::kSpace, Axis::kRegionEdge, Axis::kPermission, Axis::kOutcome};

CoverageCell situation_of(std::uint32_t number) {
  const CoverageCell cell = cell_of_number(number);
  CoverageCell situation;
  situation.at[0] = cell.at[0];
  for (const Axis axis : kTold) situation.at[static_cast<std::size_t>(axis)] = cell.at[static_cast<std::size_t>(axis)];
  return situation;
}

double percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::string Situation::name() const {
  std::string text(value_name(Axis::kOperation, cell.at[0]));
  for (const Axis axis : kTold) text += fmt::format(" {}={}", gmc::name(axis), value_name(axis, cell.at[static_cast<std::size_t>(axis)]));
  return text;
}

std::size_t CoverageReport::situations_met() const {
  return static_cast<std::size_t>(std::ranges::count_if(situations, [](const Situation& situation) { return situation.met > 0; }));
}

CoverageReport coverage_report(std::span<const std::uint32_t> reachable, std::span<const std::uint32_t> met) {
  CoverageReport report;
  report.reachable = reachable.size();
  const std::unordered_set<std::uint32_t> were_met(met.begin(), met.end());
  std::map<CoverageCell, Situation> situations;
  for (const std::uint32_t number : reachable) {
    const CoverageCell cell = situation_of(number);
    Situation& situation = situations.try_emplace(cell, Situation{.cell = cell}).first->second;
    ++situation.reachable;
    if (!were_met.contains(number)) continue;
    ++situation.met;
    ++report.met;
  }
  report.beyond = were_met.size() - report.met;
  for (auto& [cell, situation] : situations) report.situations.push_back(situation);
  return report;
}

std::string text_of(const CoverageReport& report, std::size_t names_max) {
  const std::size_t met = report.situations_met();
  std::string text =
      fmt::format("coverage: {} of {} reachable cells ({:.1f} %), in {} of {} situations ({:.1f} %)\n", report.met, report.reachable,
                  percent(report.met, report.reachable), met, report.situations.size(), percent(met, report.situations.size()));
  if (report.beyond > 0)
    text += fmt::format("  {} more cells were met that gmcheck takes for unreachable, which is a mistake of its own\n", report.beyond);
  std::size_t told = 0;
  for (const Situation& situation : report.situations) {
    if (situation.met > 0) continue;
    if (told == names_max) break;
    ++told;
    text += fmt::format("  not met: {}\n", situation.name());
  }
  if (const std::size_t left = report.situations.size() - met - told; told > 0 && left > 0)
    text += fmt::format("  not met: {} more\n", left);
  return text;
}

std::string json_of(const CoverageReport& report) {
  nlohmann::json situations = nlohmann::json::array();
  for (const Situation& situation : report.situations)
    situations.push_back({{"situation", situation.name()}, {"met", situation.met}, {"reachable", situation.reachable}});
  const nlohmann::json json = {{"version", 1},
                               {"met", report.met},
                               {"reachable", report.reachable},
                               {"beyond", report.beyond},
                               {"situations", std::move(situations)}};
  return json.dump(1) + "\n";
}

}  // namespace gmc
