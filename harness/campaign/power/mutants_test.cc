// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every mutant passes the bland set and is killed by generated programs under its own clause. One seed, GMCHECK_SEED or 1, and numbers of
// programs, never seconds; the table that is printed says how many programs each took.
#include "harness/backends/mutants/mutants.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "harness/base/sanitizer.h"
#include "harness/campaign/power/hunt.h"
#include "harness/program/document.h"
#include "harness/program/text.h"

namespace gmc {

void PrintTo(const Mutant& mutant, std::ostream* out) { *out << mutant.name; }

namespace {

std::unique_ptr<Backend> open(const std::string& name, const std::string& config, const GmcPlugin* table) {
  auto opened = Backend::open(BackendSpec{.name = name, .config = config}, table);
  EXPECT_TRUE(opened.has_value()) << opened.error().text();
  return opened ? std::move(*opened) : nullptr;
}

std::unique_ptr<Backend> open(const Mutant& mutant) {
  return open("mutant:" + std::string(mutant.name), std::string(mutant.config), mutant.table());
}

std::vector<std::pair<std::string, Program>> bland_set() {
  std::vector<std::pair<std::string, Program>> programs;
  for (const auto& entry : std::filesystem::directory_iterator(GMC_BLAND_FOLDER)) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    auto document = read_program(text.str(), entry.path().filename().string());
    EXPECT_TRUE(document.has_value()) << document.error().text();
    if (document) programs.emplace_back(entry.path().filename().string(), document->program);
  }
  std::ranges::sort(programs, {}, &std::pair<std::string, Program>::first);
  return programs;
}

std::string in_words(const Blamed& blamed) {
  return fmt::format("{} at op {}: expected {}, got {}\n{}", id(blamed.finding.clause), blamed.finding.op_index, blamed.finding.expected,
                     blamed.finding.got, print(blamed.program));
}

// Checked where two backends are compared, and nowhere else.
bool is_compared(Clause clause) { return info(clause).state == ClauseState::kCompared; }

TEST(MutantTable, EveryCheckedClauseHasOne) {
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    const bool has_one = std::ranges::any_of(mutant_table(), [&](const Mutant& mutant) { return mutant.clause == id(clause); });
    EXPECT_EQ(has_one, info(clause).state == ClauseState::kChecked || is_compared(clause)) << id(clause);
  }
}

// A1 to A5, B1 to B3, ...: as many of each kind as public bugs have shown.
bool is_fault_class(std::string_view name) {
  static constexpr std::string_view kLast[] = {"A5", "B3", "C4", "D4", "E4", "F2", "G4", "H5", "I4",
                                               "J4", "K4", "L3", "M2", "N2", "O2", "P4", "Q4"};
  return name.size() == 2 &&
         std::ranges::any_of(kLast, [&](std::string_view last) { return name[0] == last[0] && name[1] >= '1' && name[1] <= last[1]; });
}

TEST(MutantTable, EachHasANameOfItsOwnAndAClassThatIsNotCrowded) {
  std::set<std::string_view> names;
  std::map<std::string_view, int> classes;
  for (const Mutant& mutant : mutant_table()) {
    EXPECT_TRUE(names.insert(mutant.name).second) << mutant.name;
    EXPECT_LE(++classes[mutant.fault_class], static_cast<int>(mutant_table().size() / 15)) << mutant.fault_class;
    EXPECT_TRUE(is_fault_class(mutant.fault_class)) << mutant.name << ' ' << mutant.fault_class;
    EXPECT_FALSE(mutant.what.empty()) << mutant.name;
  }
  for (const char* needed : {"A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "C1", "C2", "C3", "C4", "D1", "D2", "D3",
                             "D4", "F1", "G1", "G2", "G3", "G4", "H1", "H5", "J1", "J2", "J3", "K1", "L1", "M1"}) {
    EXPECT_TRUE(classes.contains(needed)) << needed;
  }
  EXPECT_TRUE(names.contains("canary"));
}

TEST(MutantPlugin, OpensOneByItsName) {
  for (const Mutant& mutant : mutant_table()) {
    EXPECT_NE(open("mutant", std::string(mutant.name), gmc_mutants_plugin()), nullptr);
  }
  EXPECT_NE(open("mutant", "canary,own=memfd", gmc_mutants_plugin()), nullptr);
  const auto unknown = Backend::open(BackendSpec{.name = "mutant", .config = "tame"}, gmc_mutants_plugin());
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().text().find("`tame` is no mutant"), std::string::npos) << unknown.error().text();
}

// How often each showed, of those that were hunted.
std::map<std::string_view, double>& rates() {
  static std::map<std::string_view, double> rates;
  return rates;
}

class Mutants : public testing::TestWithParam<Mutant> {
 protected:
  // What shows in every program says nothing about the generator.
  static void TearDownTestSuite() {
    if (is_sanitized() || rates().size() < mutant_table().size()) return;  // not measured, or a filter left some out
    const auto rare = std::ranges::count_if(rates(), [](const auto& rate) { return rate.second < 1; });
    fmt::print("{} of {} mutants show in fewer than 1 of 1000 programs\n", rare, rates().size());
    EXPECT_GE(rare, 8);
  }
};

TEST_P(Mutants, PassTheBlandSet) {
  const auto backend = open(GetParam());
  ASSERT_NE(backend, nullptr);
  const bool adopts = backend->profile().root().layout == LayoutSource::kOwn;
  for (const auto& [name, program] : bland_set()) {
    if (program.adopts != adopts) continue;
    Executor executor(*backend);
    const auto finding = executor.run(program, Compare::kEverything);
    EXPECT_FALSE(finding) << name << ": " << id(finding->clause) << ": expected " << finding->expected << ", got " << finding->got;
  }
}

TEST_P(Mutants, AreKilledUnderTheirClause) {
  const Mutant& mutant = GetParam();
  const auto clause = find_clause(mutant.clause);
  ASSERT_TRUE(clause) << mutant.clause;
  const auto backend = open(mutant);
  ASSERT_NE(backend, nullptr);
  if (is_compared(*clause)) {
    // Alone it is right: `gmcheck power` hunts it, and its test is that one's.
    const Hunted alone = hunt(*backend, std::nullopt, {.programs_max = 20'000});
    EXPECT_EQ(alone.failing, 0u);
    for (const auto& [other, blamed] : alone.examples) fmt::print("{}", in_words(blamed));
    rates()[mutant.name] = 0;
    return;
  }
  // With any seed: the rarest takes some hundred thousand programs with some. How often each shows is the same in every build.
  HuntSettings settings{.programs_max = 3'000'000};
  if (!is_sanitized()) settings.programs_min = 2'000, settings.programs_rare = 30'000;
  const Hunted hunted = hunt(*backend, clause, settings);
  std::string others;
  for (const auto& [other, count] : hunted.blamed) {
    if (other != *clause) others += fmt::format(" {}x{}", id(other), count);
  }
  const double rate = 1000.0 * static_cast<double>(hunted.failing) / static_cast<double>(hunted.programs);
  rates()[mutant.name] = rate;
  fmt::print("{:24} {:13} {:3} {:>8} {:>9.3f}  {}\n", mutant.name, mutant.clause, mutant.fault_class,
             hunted.killed_after ? std::to_string(*hunted.killed_after) : "-", rate, others);
  EXPECT_TRUE(hunted.killed_after);
  if (hunted.killed_after) return;
  for (const auto& [other, blamed] : hunted.examples) fmt::print("{}", in_words(blamed));
}

INSTANTIATE_TEST_SUITE_P(, Mutants, testing::ValuesIn(mutant_table().begin(), mutant_table().end()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace gmc
