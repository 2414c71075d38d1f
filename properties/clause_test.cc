// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "properties/clause_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "harness/report/clause_text.h"
#include "harness/report/printable.h"
#include "harness/report/text_report.h"
#include "properties/glob.h"

namespace gmc {

namespace {

Clause clause_at(std::size_t index) { return static_cast<Clause>(index); }

// Every test asks for all that were chosen: with a name made for each comparison a short run spent half of its time here.
std::optional<Clause> clause_of_test(std::string_view name) {
  static const auto by_name = [] {
    std::map<std::string, Clause, std::less<>> clauses;
    for (std::size_t i = 0; i < kClauseCount; ++i) clauses.emplace(test_name(clause_at(i)), clause_at(i));
    return clauses;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? std::nullopt : std::optional(found->second);
}

// The one fixture: GoogleTest fails suites whose factories return different types.
class ClauseTest : public testing::Test {
 public:
  ClauseTest(ClauseSource& source, Clause clause) : source_(source), clause_(clause) {}

  void TestBody() override {
    source_.decide(clause_, chosen_clauses());
    const ClauseResult result = source_.result(clause_);
    RecordProperty("clause", id(clause_));
    RecordProperty("checks", std::to_string(result.checks));
    RecordProperty("seed", source_.report().seed);
    if (!result.witness.empty()) RecordProperty("witness", result.witness);
    switch (result.state) {
      case State::kPass:
        return;
      case State::kFail:
      case State::kRefused:
        for (const ReportedFinding* finding : source_.findings(clause_)) {
          if (finding->excuse == Excuse::kNone) ADD_FAILURE() << printable(text_of(*finding, source_.report()));
        }
        return;
      case State::kWaived:
      case State::kKnown:
        GTEST_SKIP() << printable_line(excuses());
      default:
        GTEST_SKIP() << printable_line(text_of(result));
    }
  }

 private:
  [[nodiscard]] std::string excuses() const {
    std::string text;
    for (const ReportedFinding* finding : source_.findings(clause_))
      text += fmt::format("{}{} {}", text.empty() ? "" : "; ", text_of(key_of(finding->finding)), excuse_of(*finding));
    return text;
  }

  ClauseSource& source_;
  Clause clause_;
};

// Findings that fall on clauses whose tests were not chosen here: they fail the run all the same.
class StrayFindings : public testing::Environment {
 public:
  explicit StrayFindings(ClauseSource& source) : source_(source) {}
  void TearDown() override {
    const std::vector<Clause> chosen = chosen_clauses();
    for (const ReportedFinding& finding : source_.report().findings) {
      if (finding.excuse != Excuse::kNone || std::ranges::find(chosen, finding.finding.clause) != chosen.end()) continue;
      ADD_FAILURE() << printable(text_of(finding, source_.report()));
    }
  }

 private:
  ClauseSource& source_;
};

bool matches_any(std::string_view patterns, std::string_view text) {
  while (true) {
    const std::size_t end = std::min(patterns.find(':'), patterns.size());
    if (matches_glob(patterns.substr(0, end), text)) return true;
    if (end == patterns.size()) return false;
    patterns.remove_prefix(end + 1);
  }
}

}  // namespace

std::string test_suite_name(std::string_view backend) {
  std::string name;
  for (const char c : backend) {
    const bool is_word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (is_word) name += c;
    if (!is_word && !name.empty() && !name.ends_with('_')) name += '_';
  }
  while (name.ends_with('_')) name.pop_back();
  return name.empty() ? "backend" : name;
}

std::string test_name(Clause clause) {
  std::string name = id(clause);
  std::ranges::replace(name, '-', '_');
  return name;
}

void register_clause_tests(ClauseSource& source) {
  const std::string suite = test_suite_name(source.report().backend);
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const Clause clause = clause_at(i);
    testing::RegisterTest(suite.c_str(), test_name(clause).c_str(), nullptr, nullptr, kContractPath, clause_text(clause).line,
                          [&source, clause]() -> ClauseTest* { return new ClauseTest(source, clause); });
  }
  testing::AddGlobalTestEnvironment(new StrayFindings(source));  // GoogleTest owns it
}

std::vector<Clause> chosen_clauses() {
  std::vector<Clause> chosen;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const testing::TestInfo& test = *suite.GetTestInfo(t);
      if (!test.should_run()) continue;
      if (const auto clause = clause_of_test(test.name())) chosen.push_back(*clause);
    }
  }
  return chosen;
}

std::string filter_of(const std::vector<Clause>& clauses) {
  std::string filter;
  for (const Clause clause : clauses) filter += fmt::format("{}*.{}", filter.empty() ? "" : ":", test_name(clause));
  return filter;
}

std::vector<Clause> clauses_of_filter(std::string_view filter, std::string_view backend) {
  const std::size_t minus = filter.find('-');
  const std::string_view positive = filter.substr(0, minus);
  const std::string_view negative = minus == std::string_view::npos ? std::string_view{} : filter.substr(minus + 1);
  const std::string suite = test_suite_name(backend);
  std::vector<Clause> clauses;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const std::string name = fmt::format("{}.{}", suite, test_name(clause_at(i)));
    if (matches_any(positive.empty() ? "*" : positive, name) && (minus == std::string_view::npos || !matches_any(negative, name)))
      clauses.push_back(clause_at(i));
  }
  return clauses;
}

}  // namespace gmc
