// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck from one end to the other: right backends pass, wrong ones fail under their own clauses, and what is found can be had again.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "harness/base/sanitizer.h"
#include "harness/cli/test/conformance_run.h"
#include "harness/report/printable.h"

namespace gmc {
namespace {

TEST_F(ConformanceRun, MmapPassesEveryClauseThatApplies) {
  const Ran ran = conform("mmap", {"--allow-unreached"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(clauses_in("fail"), std::set<std::string>{}) << ran.all();
  EXPECT_GT(clauses_in("pass").size(), 45u) << ran.all();
  EXPECT_EQ(states().at("GM-DIRTY-014"), "n/a");
  EXPECT_EQ(states().at("GM-KVM-001"), "not checked by this version");
  EXPECT_NE(ran.out.find("GM-RW-001     pass ("), std::string::npos) << ran.all();
  EXPECT_NE(ran.out.find("witness file"), std::string::npos) << ran.all();
  EXPECT_EQ(ran.out.substr(0, ran.out.find('\n')), "seed 0x7");
  // JUnit is GoogleTest's own: one test a clause, reasons in what is skipped.
  EXPECT_NE(junit().find("<testsuite name=\"mmap\""), std::string::npos) << junit();
  EXPECT_EQ(count_of(junit(), "<testcase "), report().at("clauses").size());
  EXPECT_NE(junit().find("n/a (dirty_enable = always)"), std::string::npos);
}

TEST_F(ConformanceRun, ExampleInCPasses) {
  const Ran ran = conform(plugin("example_c"));
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(clauses_in("not reached"), std::set<std::string>{}) << ran.all();
  EXPECT_NE(ran.out.find("the API"), std::string::npos) << ran.all();
}

TEST_F(ConformanceRun, PluginOfTheTestsIsRightWithoutFaults) {
  const Ran ran = conform(plugin("flat"));
  EXPECT_EQ(ran.code, 0) << ran.all();
}

TEST_F(ConformanceRun, TwoIndependentFaultsAreFoundUnderTheirOwnClauses) {
  const Ran ran = conform(flat("read_three,overlaps"));
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_EQ(clauses_in("fail"), (std::set<std::string>{"GM-REG-001", "GM-RW-001"})) << ran.all();
  // They hide nothing else.
  EXPECT_EQ(clauses_in("not reached"), std::set<std::string>{}) << ran.all();
  EXPECT_EQ(states().at("GM-RW-002"), "pass");
  EXPECT_EQ(states().at("GM-RW-007"), "pass");
  EXPECT_EQ(states().at("GM-REG-005"), "pass");
  EXPECT_NE(ran.out.find("expected overlap, got ok"), std::string::npos) << ran.all();
  EXPECT_EQ(count_of(junit(), "<failure "), report().at("findings").size()) << junit();
}

// In lists, through ranges, through regions that share bytes, and after programs that were steered round it: it stays the one fault.
TEST_F(ConformanceRun, OneFaultIsOneClause) {
  for (const char* const seed : {"1", "2", "3"}) {
    const Ran ran = conform("mutant:mismatch_leaves_byte", {"--seed", seed, "--programs", "5000"});
    // What it leaves in a region that is removed, and that no space is open on any more, nobody can see before a reset that does not know
    // of it: then another program meets it, and the finding says that it takes more than one.
    std::set<std::string> clauses;
    for (const Json& finding : report().at("findings")) {
      if (finding.at("verdict") != "history") clauses.insert(finding.at("clause"));
    }
    EXPECT_EQ(clauses, std::set<std::string>{"GM-ATOM-008"}) << ran.all();
  }
}

// Which takes no layout, and whose bytes nobody knows at first.
TEST_F(ConformanceRun, MemoryWithALayoutOfItsOwnIsHeldToAllThatAppliesToIt) {
  const Ran right = conform("mmap:layout=own", {"--seed", "1", "--programs", "3200"});
  EXPECT_EQ(right.code, 0) << right.all();
  const Ran wrong = conform("mutant:canary,layout=own", {"--seed", "1", "--programs", "640"});
  EXPECT_EQ(wrong.code, 1) << wrong.all();
  for (const Json& finding : report().at("findings")) {
    EXPECT_NE(finding.at("program").get<std::string>().find("memory adopt\n"), std::string::npos) << finding.dump(2);
    EXPECT_EQ(gmcheck({"run", finding.at("file"), "--backend", "mutant:canary,layout=own"}).code, 1);
    EXPECT_EQ(gmcheck({"run", finding.at("file"), "--backend", "mmap:layout=own"}).code, 0);
    EXPECT_EQ(gmcheck({"run", finding.at("file"), "--backend", "mmap"}).code, 4);
  }
}

TEST_F(ConformanceRun, WhatIsFoundIsSmallAndCanBeHadAgain) {
  ASSERT_EQ(conform(flat("read_three,overlaps")).code, 1);
  std::set<std::string> replayed;
  for (const Json& finding : report().at("findings")) {
    ASSERT_TRUE(finding.contains("replay")) << finding.dump(2);
    const std::string command = finding.at("replay");
    ASSERT_TRUE(command.starts_with("gmcheck run ")) << command;
    if (finding.at("is_minimised") == true) {
      const std::string program = finding.at("program");
      EXPECT_LE(count_of(program.substr(program.rfind("}\n") + 2), "\n"), 8u) << program;  // operations stand behind the last layout
      EXPECT_EQ(finding.at("again").at("shown"), 1) << finding.dump(2);
    }
    const Ran again = gmcheck({"run", finding.at("file"), "--backend", flat("read_three,overlaps")});
    EXPECT_EQ(again.code, 1) << again.all();
    EXPECT_NE(again.out.find(finding.at("clause").get<std::string>() + " violated"), std::string::npos) << again.all();
    EXPECT_NE(again.out.find("-->"), std::string::npos) << again.all();
    // On a right backend the same program agrees.
    EXPECT_EQ(gmcheck({"run", finding.at("file"), "--backend", plugin("flat")}).code, 0);
    replayed.insert(finding.at("clause"));
  }
  EXPECT_EQ(replayed, (std::set<std::string>{"GM-REG-001", "GM-RW-001"}));
}

TEST_F(ConformanceRun, DenyingWhatWorksIsAFinding) {
  const Ran ran = conform(flat("fills"));
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_EQ(clauses_in("fail"), std::set<std::string>{"GM-RW-010"}) << ran.all();
  EXPECT_NE(ran.out.find("the profile denies it (has_fill = no), and it is there"), std::string::npos) << ran.all();
}

TEST_F(ConformanceRun, CrashIsAFindingAndTheRunGoesOn) {
  const Ran ran = conform(flat("crash"));
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_EQ(clauses_in("fail"), std::set<std::string>{"GM-INV-001"}) << ran.all();
  EXPECT_EQ(states().at("GM-RW-001"), "pass") << ran.all();
  EXPECT_NE(ran.out.find("GM-INV-001 crashed"), std::string::npos) << ran.all();
  // Under a sanitizer its report is there instead.
  if (!is_sanitized()) {
    const Json trace = report().at("findings").at(0).at("back_trace");
    EXPECT_NE(trace.dump().find("libflat.so+0x"), std::string::npos) << trace;
    for (const Json& frame : trace) EXPECT_NE(ran.out.find(frame.get<std::string>()), std::string::npos) << ran.all();
    EXPECT_NE(ran.out.find("\n  crash: #0 "), std::string::npos) << ran.all();
  }
}

// A machine with other work can make a backend look so: a new worker is asked, for each operation that hung.
TEST_F(ConformanceRun, EveryHangIsConfirmed) {
  if (is_sanitized()) GTEST_SKIP() << "half a minute of waiting for limits, in which a sanitizer has nothing to see";
  ASSERT_EQ(conform(plugin("saboteur") + ":loop@op", {"--programs", "64", "--seed", "1", "--select", "GM-RW-001"}).code, 1);
  std::set<std::string> operations;
  for (const Json& finding : report().at("findings")) {
    if (finding.at("verdict") != "hung") continue;
    operations.insert(finding.at("operation"));
    EXPECT_TRUE(finding.contains("again")) << finding.dump();
  }
  EXPECT_EQ(operations, (std::set<std::string>{"create", "read"}));
}

TEST_F(ConformanceRun, RefusedIsNoPass) {
  const Ran ran = conform(flat("refuses"));
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_TRUE(clauses_in("refused").contains("GM-INV-001")) << ran.all();
  EXPECT_EQ(clauses_in("fail"), std::set<std::string>{}) << ran.all();
  EXPECT_NE(ran.out.find("GM-INV-001 refused ("), std::string::npos) << ran.all();
  EXPECT_NE(ran.out.find("the implementation would abort"), std::string::npos) << ran.all();
}

TEST_F(ConformanceRun, NoiseOfABackendReachesNoTerminalAndNoReport) {
  const Ran ran = conform(flat("noise,refuses"));
  EXPECT_EQ(ran.code, 1) << ran.all();
  for (const std::string& text : {ran.out, junit(), text_of_file(folder() / "report/report.json")}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST_F(ConformanceRun, SameSeedFindsTheSameWithAnyNumberOfWorkers) {
  ASSERT_EQ(conform(flat("read_three,overlaps"), {"--jobs", "1"}).code, 1);
  const auto without_times = [](Json json) {
    json.erase("seconds");
    json.erase("reached");
    for (Json& suite : json.at("suites")) suite.erase("seconds");
    for (Json& finding : json.at("findings")) finding.erase("seconds");
    return json;
  };
  const Json one = without_times(report());
  ASSERT_EQ(conform(flat("read_three,overlaps"), {"--jobs", "3"}).code, 1);
  EXPECT_EQ(one, without_times(report()));
}

TEST_F(ConformanceRun, StepsRoundAFindingLeaveNothingBehind) {
  // Once its resets are steered round, a program opens slots that it has not closed.
  for (const char* seed : {"3", "4", "6"}) {
    const Ran ran = conform("mutant:reset_keeps_bytes", {"--seed", seed});
    EXPECT_TRUE(clauses_in("fail").contains("GM-INV-004")) << ran.all();
    EXPECT_EQ(states().at("GM-REG-010"), "pass") << ran.all();
  }
}

TEST_F(ConformanceRun, SelectionTakesIdsGroupsAndGlobs) {
  EXPECT_EQ(conform(plugin("example_c"), {"--programs", "2560", "--select", "gm-rw-001,XR,GM-REG-00?"}).code, 0);
  std::set<std::string> selected;
  for (const auto& [clause, state] : states()) selected.insert(clause.substr(0, clause.rfind('-')));
  EXPECT_EQ(selected, (std::set<std::string>{"GM-RW", "GM-XR", "GM-REG"}));
  EXPECT_EQ(states().size(), 1u + 6u + 9u);
}

TEST_F(ConformanceRun, SelectionTakesTagsAndLeavesOut) {
  EXPECT_EQ(conform(plugin("example_c"), {"--select", "switch:cross_region,core,-later,!GM-INV-*,-group:RW"}).code, 0);
  std::set<std::string> groups;
  for (const auto& [clause, state] : states()) groups.insert(clause.substr(0, clause.rfind('-')));
  EXPECT_EQ(groups, (std::set<std::string>{"GM-ADDR", "GM-REG", "GM-TYPE", "GM-XR"}));
  EXPECT_TRUE(states().contains("GM-XR-002"));
  EXPECT_EQ(conform(plugin("example_c"), {"--select=-later,-unspecified"}).code, 0);
  EXPECT_EQ(clauses_in("not checked by this version"), std::set<std::string>{});
}

// Jobs filter and shard by these names, and dashboards have their history under them: a rename is a deliberate act.
TEST_F(ConformanceRun, NamesOfTheTestsAreStable) {
  const Ran ran = gmcheck({"conformance", "--backend", "naive", "--gtest_list_tests", "--seed", "1"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  const std::string golden = GMC_SOURCE_DIR "/harness/cli/test/golden/test_names.txt";
  if (std::getenv("GMC_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << ran.out;
  EXPECT_EQ(ran.out, text_of_file(golden)) << "set GMC_UPDATE_GOLDEN=1 to take what is new";
}

TEST_F(ConformanceRun, FindingOutsideTheSelectionFailsTheRun) {
  const Ran ran = conform(flat("read_three"), {"--select", "GM-ADDR-004"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_EQ(states().at("GM-RW-001"), "fail") << ran.all();
  EXPECT_NE(junit().find("GM-RW-001 violated"), std::string::npos) << junit();
}

TEST_F(ConformanceRun, ShardsShareTheClausesAndRunOnlyWhatTheyNeed) {
  std::set<std::string> seen;
  for (const char* index : {"0", "1"}) {
    const Ran ran = conform(plugin("example_c"), {"--select", "GM-RW-001,GM-XR-002"},
                            {"GTEST_TOTAL_SHARDS=2", std::string("GTEST_SHARD_INDEX=") + index});
    EXPECT_EQ(ran.code, 0) << ran.all();
    ASSERT_EQ(report().at("suites").size(), 1u) << ran.all();
    for (const auto& [clause, state] : states()) EXPECT_TRUE(seen.insert(clause).second) << clause;
  }
  EXPECT_EQ(seen, (std::set<std::string>{"GM-RW-001", "GM-XR-002"}));
}

TEST_F(ConformanceRun, FailingRunReadsAsItDid) {
  const Ran ran = conform(flat("read_three"), {"--select", "GM-RW-001,GM-RW-010,GM-RW-012"});
  std::string text = std::regex_replace(ran.out, std::regex("[0-9.]+ s\\b"), "N s");
  text = std::regex_replace(text, std::regex("[^ \n]*libflat"), "libflat");
  text = std::regex_replace(text, std::regex("[0-9]+ (checks|programs|operations)"), "N $1");
  text = std::regex_replace(text, std::regex("-[0-9a-f]{8}\\.gmp"), "-HASH.gmp");
  const std::string golden = GMC_SOURCE_DIR "/harness/cli/test/golden/failing_run.txt";
  if (std::getenv("GMC_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << text;
  EXPECT_EQ(text, text_of_file(golden)) << "set GMC_UPDATE_GOLDEN=1 to take what is new";
}

// ----------------------------------------------------------------------------------------------------------------------- run, minimize

class Replay : public GmcheckTest {
 protected:
  void SetUp() override {
    GmcheckTest::SetUp();
    write("p.gmp",
          "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nwrite m r0.start 8 imm ff\nread m r0.start 4 -> ok\n"
          "read m h0 4 -> out_of_range\nread m r0.start 3\n");
  }
};

TEST_F(Replay, ShowsExpectedBesideGot) {
  const Ran ran = gmcheck({"run", "p.gmp", "--backend", "naive"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_NE(ran.out.find("backend and reference agree"), std::string::npos) << ran.all();
  EXPECT_TRUE(std::regex_search(ran.out, std::regex("read m h0 4 +out_of_range.* +out_of_range"))) << ran.all();
}

TEST_F(Replay, OutcomesOfTheFileAreChecked) {
  write("q.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nread m r0.start 4 -> out_of_range\n");
  const Ran ran = gmcheck({"run", "q.gmp", "--backend", "naive"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_NE(ran.out.find("the file says out_of_range"), std::string::npos) << ran.all();
}

TEST_F(Replay, ProgramForAnotherProfileIsSkipped) {
  write("q.gmp", "# requires: cross_region = span\ngmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nread m r0.start 4\n");
  const Ran ran = gmcheck({"run", "q.gmp", "--backend", "naive"});
  EXPECT_EQ(ran.code, 4) << ran.all();
  EXPECT_NE(ran.out.find("skipped: it requires cross_region = span"), std::string::npos) << ran.all();
  EXPECT_EQ(gmcheck({"run", "q.gmp", "--backend", "naive:cross_region=span"}).code, 0);
  EXPECT_EQ(gmcheck({"run", "q.gmp", "p.gmp", "--backend", "naive"}).code, 0);
}

TEST_F(Replay, MinimizeMakesItSmaller) {
  const Ran ran = gmcheck({"minimize", "p.gmp", "--backend", flat("read_three"), "--output", "small.gmp"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(ran.err, "GM-RW-001: 2 operations, 4 before\n");
  const std::string small = text_of_file(folder() / "small.gmp");
  EXPECT_EQ(count_of(small, "read m"), 1u) << small;
  EXPECT_EQ(gmcheck({"run", "small.gmp", "--backend", flat("read_three")}).code, 1);
  EXPECT_EQ(gmcheck({"minimize", "small.gmp", "--backend", "naive"}).code, 4);
}

TEST_F(Replay, OneOperationIsNoPlural) {
  write("q.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nread m r0.start 8\nread m r0.end-4 8\n");
  const Ran ran = gmcheck({"minimize", "q.gmp", "--backend", flat("refuses"), "--output", "small.gmp"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(ran.err, "GM-INV-001: 1 operation, 2 before\n");
}

TEST_F(Replay, ExplainShowsTheContractsText) {
  const Ran ran = gmcheck({"explain", "GM-RW-007"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_TRUE(ran.out.starts_with("GM-RW-007 (switch range_fail_effect)\n  An exact byte access that begins at a mapped byte"))
      << ran.all();
}

TEST_F(Replay, ExplainShowsThePublicBugsOfAClause) {
  const Ran ran = gmcheck({"explain", "GM-RW-003"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  const std::size_t heading = ran.out.find("\n  Seen in the wild:\n    CVE-2023-41051: vm-memory before 0.12.2");
  ASSERT_NE(heading, std::string::npos) << ran.all();
  EXPECT_NE(ran.out.find("\n      https://github.com/rust-vmm/vm-memory/pull/251\n", heading), std::string::npos) << ran.all();
  const Ran none = gmcheck({"explain", "GM-RW-002"});
  EXPECT_EQ(count_of(none.out, "Seen in the wild"), 0u) << none.all();
  EXPECT_NE(none.out.find("\n  no public bug that broke it is known to us\n"), std::string::npos) << none.all();
  EXPECT_EQ(count_of(ran.out, "no public bug"), 0u) << ran.all();
}

TEST_F(Replay, BackendsListsWhatThereIs) {
  const Ran all = gmcheck({"backends"});
  EXPECT_EQ(all.code, 0) << all.all();
  EXPECT_NE(all.out.find("mmap: "), std::string::npos) << all.all();
  const Ran one = gmcheck({"backends", plugin("example_c")});
  EXPECT_EQ(one.code, 0) << one.all();
  EXPECT_NE(one.out.find("    regions_max = 16\n"), std::string::npos) << one.all();
}

}  // namespace
}  // namespace gmc
