// SPDX-License-Identifier: Apache-2.0 OR MIT
// corpora/seeds: a program for each clause that this version checks. It decides its clause on the backend that it names, answers as it
// says, and finds a mutant of its clause; so together they are a small run that means something, and what fuzzing begins with.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/backends/mutants/mutants.h"
#include "harness/cli/built_ins.h"
#include "harness/cli/kept_programs.h"
#include "harness/program/text.h"
#include "harness/runner/executor.h"

namespace gmc {
namespace {

std::unique_ptr<Backend> open(const std::string& backend) {
  const auto spec = BackendSpec::parse(backend);
  GMC_CHECK(spec.has_value(), backend);
  const auto table = load_plugin(*spec, built_ins());
  GMC_CHECK(table.has_value(), backend);
  auto opened = Backend::open(*spec, *table);
  GMC_CHECK(opened.has_value(), opened.error().text());
  return *std::move(opened);
}

// What became of the operations: each runs, and answers as the file says.
class Answers : public Observer {
 public:
  explicit Answers(const Document& document) : document_(document) {}

  void on_operation(std::uint32_t index, const Expectation&, const Answer& answer, const Judgement&) override {
    if (index >= document_.outcomes.size() || !document_.outcomes[index]) return;
    const ExpectedOutcome& expected = *document_.outcomes[index];
    const GmcOutcome& got = answer.outcome;
    const bool holds = expected.status == got.status &&
                       (!expected.count || ((got.flags & GMC_HAS_COUNT) != 0 && *expected.count == got.count)) &&
                       (!expected.value || *expected.value == got.value);
    if (!holds) wrong_ += fmt::format("{} -> {}\n", print_op(document_.program.ops[index]), status_name(got.status));
  }
  void on_skipped(std::uint32_t index) override { wrong_ += print_op(document_.program.ops[index]) + " was left out\n"; }

  [[nodiscard]] const std::string& wrong() const { return wrong_; }

 private:
  const Document& document_;
  std::string wrong_;
};

struct Ran {
  Evidence evidence;
  std::string wrong;  // "" where all is as it should be
};

// Once, to the destruction of its memory.
Ran run(const KeptProgram& seed) {
  const auto backend = open(backend_of(seed.document));
  Executor executor(*backend);
  Answers answers(seed.document);
  executor.set_observer(&answers);
  auto finding = executor.run(seed.document.program, Compare::kEverything);
  executor.set_observer(nullptr);
  if (!finding) finding = executor.finish();
  if (finding)
    return {.evidence = {}, .wrong = fmt::format("{}: expected {}, got {}", id(finding->clause), finding->expected, finding->got)};
  return {.evidence = executor.evidence(), .wrong = answers.wrong()};
}

// True where the program goes wrong on that mutant under the mutant's clause, as it is seen or as it is blamed.
bool finds(const KeptProgram& seed, const Mutant& mutant) {
  const auto backend = open("mutant:" + std::string(mutant.name));
  Executor executor(*backend);
  const Program& program = seed.document.program;
  if (const auto seen = executor.run(program, Compare::kEverything)) {
    return id(seen->clause) == mutant.clause || id(executor.blame(program, *seen).finding.clause) == mutant.clause;
  }
  const auto left = executor.finish();
  return left && id(left->clause) == mutant.clause;
}

// The clauses that this version checks and that no evidence is for.
std::string undecided(const Evidence& evidence) {
  std::string names;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    if (info(clause).state == ClauseState::kChecked && evidence.of(clause) == 0) names += id(clause) + "\n";
  }
  return names;
}

std::vector<KeptProgram> seeds() {
  auto read = read_programs(GMC_SOURCE_DIR "/corpora/seeds");
  GMC_CHECK(read.has_value(), read.error().text());
  return *std::move(read);
}

// Evidence that each seed has for the clause that it is named after.
Evidence evidence_of(const std::vector<KeptProgram>& programs) {
  Evidence own;
  for (const KeptProgram& seed : programs) {
    const auto clause = find_clause(seed.name);
    if (!clause) {
      ADD_FAILURE() << seed.path << ": no clause has this name";
      continue;
    }
    const Ran ran = run(seed);
    EXPECT_EQ(ran.wrong, "") << seed.path;
    own.add(*clause, ran.evidence.of(*clause));
  }
  return own;
}

TEST(Seeds, EveryCheckedClauseIsDecidedByTheSeedOfItsName) { EXPECT_EQ(undecided(evidence_of(seeds())), ""); }

TEST(Seeds, ClauseWithoutASeedIsNamed) {
  std::vector<KeptProgram> without = seeds();
  std::erase_if(without, [](const KeptProgram& seed) { return seed.name == "GM-XR-001" || seed.name == "GM-REG-010"; });
  EXPECT_EQ(undecided(evidence_of(without)), "GM-REG-010\nGM-XR-001\n");
}

TEST(Seeds, EachFindsAMutantOfItsClause) {
  std::size_t found = 0;
  for (const KeptProgram& seed : seeds()) {
    std::size_t own = 0;
    std::size_t there = 0;
    for (const Mutant& mutant : mutant_table()) {
      if (mutant.clause != seed.name) continue;
      ++there;
      if (finds(seed, mutant)) ++own;
    }
    EXPECT_GT(own, 0u) << seed.path << " finds none of the " << there << " mutants of its clause";
    found += own;
  }
  EXPECT_GE(found, 174u) << "of " << mutant_table().size() << " mutants: the seeds have become weaker";
}

// The canonical form, which `gmcheck` writes, and a first line with the clause and the idea.
TEST(Seeds, AreWrittenAsProgramsAreAndSayWhatTheyAreFor) {
  for (const KeptProgram& seed : seeds()) {
    const auto again = read_program(print(seed.document), seed.path);
    ASSERT_TRUE(again.has_value()) << seed.path;
    EXPECT_EQ(*again, seed.document) << seed.path;
    ASSERT_FALSE(seed.document.comments.empty()) << seed.path;
    const std::string& idea = seed.document.comments.front().text;
    EXPECT_TRUE(idea.starts_with(seed.name + ": ") && idea.size() > seed.name.size() + 20) << seed.path << ": " << idea;
    EXPECT_EQ(seed.document.headers("backend").size(), 1u) << seed.path;
  }
}

}  // namespace
}  // namespace gmc
