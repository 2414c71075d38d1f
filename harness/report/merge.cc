// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "harness/base/check.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

std::string baseline_of(const Report& report) { return report.comparison ? report.comparison->file : ""; }

// Why the two are not shards of one run, or "". The profile is named and not shown: it has many lines.
std::string difference(const Report& a, const Report& b) {
  const auto differ = [](std::string_view what, const std::string& x, const std::string& y) {
    return x == y ? std::string() : fmt::format("{} '{}', not '{}'", what, printable_line(y), printable_line(x));
  };
  const std::array all = {
      differ("is on the backend", a.backend, b.backend),
      differ("is on the implementation", a.implementation, b.implementation),
      a.profile == b.profile ? std::string() : std::string("is on another profile of the backend"),
      differ("is on the contract's version", std::to_string(a.contract), std::to_string(b.contract)),
      differ("has the seed", a.seed, b.seed),
      differ("has the budget", a.budget, b.budget),
      differ("has the sanitizer", a.sanitizer, b.sanitizer),
      differ("has the baseline", baseline_of(a), baseline_of(b)),
      differ("has the number of shards", std::to_string(a.shard.total), std::to_string(b.shard.total)),
  };
  const auto first = std::ranges::find_if(all, [](const std::string& text) { return !text.empty(); });
  return first == all.end() ? "" : *first;
}

// A clause that both were asked for, in the contract's order; a report that is no shard has decided all of those.
std::optional<Clause> asked_of_both(const Report& a, const Report& b) {
  for (const Clause clause : a.selected) {
    if (std::ranges::find(b.selected, clause) != b.selected.end()) return clause;
  }
  return std::nullopt;
}

// Why the two would count something twice, or "": they are one shard, or no shards and of the same clauses.
std::string repetition(const PartialReport& earlier, const PartialReport& part) {
  if (earlier.file == part.file) return "is given twice";
  const Shard& shard = part.report.shard;
  if (shard.total > 1)
    return shard.index == earlier.report.shard.index ? fmt::format("is shard {} of {}, as {} is", shard.index, shard.total, earlier.file)
                                                     : "";
  const auto clause = asked_of_both(earlier.report, part.report);
  return clause ? fmt::format("is on {}, as {} is, and neither is a shard", id(*clause), earlier.file) : "";
}

Result<void> check_repetition(const std::vector<PartialReport>& parts, std::size_t index) {
  for (std::size_t i = 0; i < index; ++i) {
    if (const std::string why = repetition(parts[i], parts[index]); !why.empty()) return fail(parts[index].file, why);
  }
  return {};
}

void add_findings(Report& whole, const Report& part) {
  for (const ReportedFinding& finding : part.findings) {
    const auto known = std::ranges::find_if(whole.findings, [&](const ReportedFinding& f) { return f.finding.same_as(finding.finding); });
    if (known == whole.findings.end()) {
      whole.findings.push_back(finding);
      continue;
    }
    const std::uint64_t count = known->count + finding.count;
    // The one that was looked at more closely is what a reader wants.
    if (!known->is_minimised && finding.is_minimised) *known = finding;
    known->count = count;
  }
}

// Findings aside, more checks decide more: shards of one seed that share a suite have run the same programs, so nothing is added up.
void add_clauses(std::map<Clause, ClauseResult>& clauses, const Report& part) {
  for (const ClauseResult& result : part.clauses) {
    const auto [known, is_new] = clauses.emplace(result.clause, result);
    if (is_new) continue;
    const auto reach = [](const ClauseResult& r) { return std::pair(r.state == State::kPass, r.checks); };
    if (reach(result) > reach(known->second)) known->second = result;
  }
}

void add_waivers(Report& whole, const Report& part) {
  for (const WaiverUse& use : part.waivers) {
    const auto known = std::ranges::find_if(whole.waivers, [&](const WaiverUse& w) {
      return w.waiver.key == use.waiver.key && w.waiver.backend == use.waiver.backend && w.waiver.place == use.waiver.place;
    });
    if (known == whole.waivers.end()) {
      whole.waivers.push_back(use);
      continue;
    }
    known->was_met = known->was_met || use.was_met;
    known->is_needless = known->is_needless || use.is_needless;
    known->is_expired = known->is_expired || use.is_expired;
  }
}

void add_gone(Report& whole, const Report& part) {
  if (!part.comparison) return;
  if (!whole.comparison) whole.comparison = Comparison{.file = part.comparison->file};
  std::ranges::copy_if(part.comparison->gone, std::back_inserter(whole.comparison->gone), [&](const FindingKey& key) {
    return std::ranges::find(whole.comparison->gone, key) == whole.comparison->gone.end();
  });
}

bool is_met(const Report& report, const FindingKey& key) {
  return std::ranges::any_of(report.findings, [&](const ReportedFinding& f) { return key_of(f.finding) == key; });
}

// What one shard did not meet another one may have.
void correct_excuses(Report& whole) {
  for (WaiverUse& use : whole.waivers) use.is_needless = use.is_needless && !use.was_met;
  if (whole.comparison) std::erase_if(whole.comparison->gone, [&](const FindingKey& key) { return is_met(whole, key); });
}

void add_reached(Report& whole, const Report& part) {
  if (part.reached.empty()) return;
  if (whole.reached.empty()) whole.reached.emplace_back();
  Reached& end = whole.reached.front();
  end.seconds = std::max(end.seconds, part.reached.back().seconds);
  end.decided += part.reached.back().decided;
  end.wanted += part.reached.back().wanted;
}

void settle_clauses(Report& whole, const std::map<Clause, ClauseResult>& clauses, const std::set<Clause>& selected) {
  for (const auto& [clause, result] : clauses) {
    whole.clauses.push_back(result);
    const auto findings = whole.findings_of(clause);
    if (!findings.empty()) whole.clauses.back().state = state_of(findings);
  }
  whole.selected.assign(selected.begin(), selected.end());
  std::ranges::copy_if(selected, std::back_inserter(whole.missing), [&](Clause clause) { return !clauses.contains(clause); });
}

}  // namespace

Result<Report> merge(const std::vector<PartialReport>& parts) {
  GMC_CHECK(!parts.empty());
  const Report& first = parts.front().report;
  Report whole{.contract = first.contract,
               .backend = first.backend,
               .implementation = first.implementation,
               .profile = first.profile,
               .profile_file = first.profile_file,
               .seed = first.seed,
               .budget = first.budget,
               .sanitizer = first.sanitizer,
               .allows_unreached = true};
  std::map<Clause, ClauseResult> clauses;
  std::set<Clause> selected;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const PartialReport& part = parts[i];
    if (const std::string why = difference(first, part.report); !why.empty())
      return fail(part.file, fmt::format("{} as of {}", why, parts.front().file));
    GMC_TRY_VOID(check_repetition(parts, i));
    add_findings(whole, part.report);
    add_clauses(clauses, part.report);
    add_waivers(whole, part.report);
    add_gone(whole, part.report);
    add_reached(whole, part.report);
    whole.suites.insert(whole.suites.end(), part.report.suites.begin(), part.report.suites.end());
    selected.insert(part.report.selected.begin(), part.report.selected.end());
    whole.seconds += part.report.seconds;
    whole.allows_unreached = whole.allows_unreached && part.report.allows_unreached;
  }
  settle_clauses(whole, clauses, selected);
  correct_excuses(whole);
  return whole;
}

}  // namespace gmc
