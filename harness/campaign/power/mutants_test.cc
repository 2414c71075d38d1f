// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every mutant passes the bland set and is killed by generated programs under its own clause. One seed and numbers of programs, never
// seconds; the table that is printed says how many programs each took.
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

#include "harness/backends/mmap/mmap.h"
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

class Mutants : public testing::TestWithParam<Mutant> {};

TEST_P(Mutants, PassTheBlandSet) {
  const auto backend = open(GetParam());
  ASSERT_NE(backend, nullptr);
  for (const auto& [name, program] : bland_set()) {
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
  const Hunted hunted = hunt(*backend, clause, {.seed = 1, .programs_max = 300'000, .programs_min = 3'000});
  std::string others;
  for (const auto& [other, count] : hunted.blamed) {
    if (other != *clause) others += fmt::format(" {}x{}", id(other), count);
  }
  fmt::print("{:24} {:13} {:3} {:>8} {:>9.3f}  {}\n", mutant.name, mutant.clause, mutant.fault_class,
             hunted.killed_after ? std::to_string(*hunted.killed_after) : "-",
             1000.0 * static_cast<double>(hunted.failing) / static_cast<double>(hunted.programs), others);
  EXPECT_TRUE(hunted.killed_after);
  if (hunted.killed_after) return;
  for (const auto& [other, blamed] : hunted.examples) fmt::print("{}", in_words(blamed));
}

INSTANTIATE_TEST_SUITE_P(, Mutants, testing::ValuesIn(mutant_table().begin(), mutant_table().end()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace gmc
