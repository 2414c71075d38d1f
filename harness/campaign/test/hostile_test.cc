// SPDX-License-Identifier: Apache-2.0 OR MIT
// The supervisor outlives what a plugin does, and says what it was.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/base/sanitizer.h"
#include "harness/campaign/flight_recorder.h"
#include "harness/campaign/processes.h"
#include "harness/campaign/test/session.h"

namespace gmc {
namespace {

std::string text_of(const CampaignResult& result) {
  std::string text;
  for (const CampaignFinding& finding : result.findings) {
    const Finding& f = finding.found.blamed.finding;
    text += std::string(name(f.verdict)) + " " + id(f.clause) + " " + std::string(info(f.op).text) + ": " + f.got + "\n" + f.note + "\n";
  }
  return text + "stopped: " + result.stopped;
}

// Children of this process that are still there.
std::size_t children() {
  const auto processes = all_processes();
  return static_cast<std::size_t>(std::ranges::count_if(processes, [](const ProcessState& p) { return p.parent == getpid(); }));
}

CampaignResult run(Supervisor& supervisor, std::uint64_t batches = 12) {
  return supervisor.run({.settings = {}, .seed = 1, .batch_count = batches});
}

struct Case {
  const char* what;
  Verdict verdict;
  Clause clause;
  const char* got;  // a part of it
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.what;
  std::ranges::replace(name, '@', '_');
  return name;
}

class WhileItRuns : public testing::TestWithParam<Case> {};

TEST_P(WhileItRuns, TheVerdictIsGivenAndTheSupervisorGoesOn) {
  const Case& c = GetParam();
  const std::size_t children_before = children();
  {
    const auto supervisor = started(hostile(c.what));
    ASSERT_NE(supervisor, nullptr);
    // Long enough for what a thread of the plugin's own does after a while; and memory without end takes a while to come to its limit.
    const std::uint64_t patience = std::string_view(c.what).starts_with("allocate") ? 10 : 1;
    const CampaignResult result = run(*supervisor, std::string_view(c.what).ends_with("own_thread") ? 400 * patience : 12);
    const auto found = std::ranges::find_if(result.findings, [&](const CampaignFinding& finding) {
      const Finding& f = finding.found.blamed.finding;
      return f.verdict == c.verdict && f.clause == c.clause && f.got.find(c.got) != std::string::npos;
    });
    EXPECT_NE(found, result.findings.end()) << text_of(result);
    for (const CampaignFinding& finding : result.findings)
      EXPECT_NE(finding.found.blamed.finding.verdict, Verdict::kViolation) << text_of(result);
    EXPECT_GT(result.statistics.programs + result.deaths, 0u);
  }
  EXPECT_EQ(children(), children_before) << "somebody was left behind";
}

INSTANTIATE_TEST_SUITE_P(Hostile, WhileItRuns,
                         testing::Values(Case{"crash@write", Verdict::kCrashed, Clause::kINV1, "killed by SIGABRT"},
                                         Case{"crash@create", Verdict::kCrashed, Clause::kINV1, "killed by SIGABRT in create"},
                                         Case{"crash@destroy", Verdict::kCrashed, Clause::kINV1, "killed by SIGABRT in destroy"},
                                         Case{"crash@close", Verdict::kCrashed, Clause::kINV1, "killed by SIGABRT in close"},
                                         Case{"crash@own_thread", Verdict::kCrashed, Clause::kINV1, "killed by SIGABRT"},
                                         Case{"loop@write", Verdict::kHung, Clause::kINV1, "no answer"},
                                         Case{"sleep@write", Verdict::kHung, Clause::kINV1, "no answer"},
                                         Case{"sleep@destroy", Verdict::kHung, Clause::kINV1, "in destroy"},
                                         Case{"sleep@close", Verdict::kHung, Clause::kINV1, "in close"},
                                         Case{"exit@write", Verdict::kCrashed, Clause::kINV1, "exited with code 7"},
                                         Case{"exit@close", Verdict::kCrashed, Clause::kINV1, "exited with code 7 in close"},
                                         Case{"exit@own_thread", Verdict::kCrashed, Clause::kINV1, "exited with code 7"},
                                         Case{"close_all@write", Verdict::kCrashed, Clause::kINV1, "closed descriptors"},
                                         Case{"close_all@destroy", Verdict::kCrashed, Clause::kINV1, "closed descriptors"},
                                         Case{"close_all@close", Verdict::kCrashed, Clause::kINV1, "closed descriptors"},
                                         Case{"close_all@own_thread", Verdict::kCrashed, Clause::kINV1, "closed descriptors"},
                                         Case{"fork@write", Verdict::kLeaked, Clause::kINV1, "processes"},
                                         Case{"fork@destroy", Verdict::kLeaked, Clause::kINV1, "processes"},
                                         Case{"fork@open", Verdict::kLeaked, Clause::kINV1, "processes"},
                                         Case{"fork@close", Verdict::kLeaked, Clause::kINV1, "processes"},
                                         Case{"fork@own_thread", Verdict::kLeaked, Clause::kINV1, "processes"},
                                         Case{"thread@create", Verdict::kLeaked, Clause::kINV1, "threads"},
                                         Case{"thread@open", Verdict::kLeaked, Clause::kINV1, "threads"},
                                         Case{"allocate@write", Verdict::kOverLimit, Clause::kINV1, "MiB of memory"},
                                         Case{"allocate@own_thread", Verdict::kOverLimit, Clause::kINV1, "MiB of memory"},
                                         Case{"flood@write", Verdict::kOverLimit, Clause::kINV1, "standard output"},
                                         Case{"flood@own_thread", Verdict::kOverLimit, Clause::kINV1, "standard output"},
                                         Case{"leak_descriptor@create", Verdict::kLeaked, Clause::kREG10, "descriptors"},
                                         Case{"leak_descriptor@write", Verdict::kLeaked, Clause::kREG10, "descriptors"},
                                         Case{"leak_mapping@destroy", Verdict::kLeaked, Clause::kREG10, "mappings"}),
                         name_of);

class WhileItOpens : public testing::TestWithParam<Case> {};

TEST_P(WhileItOpens, TheVerdictIsGiven) {
  const Case& c = GetParam();
  const std::size_t children_before = children();
  const auto supervisor = Supervisor::start(hostile(c.what));
  ASSERT_FALSE(supervisor.has_value());
  ASSERT_TRUE(supervisor.error().finding.has_value()) << supervisor.error().error.text();
  EXPECT_EQ(supervisor.error().finding->verdict, c.verdict) << supervisor.error().error.text();
  EXPECT_NE(supervisor.error().finding->got.find(c.got), std::string::npos) << supervisor.error().finding->got;
  EXPECT_EQ(supervisor.error().error.text().find('\n'), std::string::npos) << "the error is one line";
  EXPECT_EQ(children(), children_before) << "somebody was left behind";
}

INSTANTIATE_TEST_SUITE_P(Hostile, WhileItOpens,
                         testing::Values(Case{"crash@open", Verdict::kCrashed, Clause::kINV1, "killed by SIGABRT in open"},
                                         Case{"loop@open", Verdict::kHung, Clause::kINV1, "in open"},
                                         Case{"sleep@open", Verdict::kHung, Clause::kINV1, "in open"},
                                         Case{"exit@open", Verdict::kCrashed, Clause::kINV1, "exited with code 7 in open"},
                                         Case{"close_all@open", Verdict::kCrashed, Clause::kINV1, "closed descriptors"},
                                         Case{"allocate@open", Verdict::kOverLimit, Clause::kINV1, "MiB of memory"},
                                         Case{"flood@open", Verdict::kOverLimit, Clause::kINV1, "standard output"}),
                         name_of);

TEST(Hostile, ACrashStandsAtItsOperationAndHidesNothingElse) {
  const auto supervisor = started(hostile("crash@write"));
  ASSERT_NE(supervisor, nullptr);
  const CampaignResult result = run(*supervisor);
  ASSERT_EQ(result.findings.size(), 1u) << text_of(result);
  const Blamed& blamed = result.findings[0].found.blamed;
  ASSERT_LT(blamed.finding.op_index, blamed.program.ops.size());
  EXPECT_EQ(blamed.finding.op, OpKind::kWrite);
  EXPECT_EQ(blamed.program.ops[blamed.finding.op_index].kind, OpKind::kWrite);
  EXPECT_NE(blamed.finding.cell, 0xffffffffu);
  EXPECT_TRUE(result.stopped.empty()) << result.stopped;
  // Reads were still checked, and writes are left out from some point on.
  EXPECT_GT(result.statistics.by_kind[static_cast<std::size_t>(OpKind::kRead)], 100u);
  EXPECT_TRUE(std::ranges::find(result.muted, OpKind::kWrite) != result.muted.end());
}

TEST(Hostile, ACrashThatCannotBeLeftOutEndsTheCampaignWithItsReason) {
  const auto supervisor = started(hostile("crash@create"));
  ASSERT_NE(supervisor, nullptr);
  const CampaignResult result = run(*supervisor, 1000);
  EXPECT_NE(result.stopped.find("where nothing can be left out"), std::string::npos) << result.stopped;
  EXPECT_LT(result.deaths, 30u);
}

TEST(Hostile, ACrashIsConfirmedAndMadeSmall) {
  const auto supervisor = started(hostile("crash@write"));
  ASSERT_NE(supervisor, nullptr);
  const CampaignResult result = run(*supervisor);
  ASSERT_FALSE(result.findings.empty());
  const auto confirmed = supervisor->confirm(result.findings[0]);
  ASSERT_TRUE(confirmed.has_value()) << confirmed.error().text();
  EXPECT_EQ(confirmed->blamed.finding.verdict, Verdict::kCrashed);
  EXPECT_EQ(confirmed->shown, 1u);
  const auto smallest = supervisor->minimize(confirmed->blamed);
  ASSERT_TRUE(smallest.has_value()) << smallest.error().text();
  EXPECT_EQ(smallest->program.ops.size(), 1u);
  EXPECT_TRUE(smallest->finding.same_as(confirmed->blamed.finding));
}

// The worker looks whether its channel is still there after each program, so that the right one is told.
TEST(Hostile, ClosedDescriptorsStandAtTheirProgram) {
  const auto supervisor = started(hostile("close_all@write"));
  ASSERT_NE(supervisor, nullptr);
  CampaignOrder order{.settings = {}, .seed = 1, .batch_count = 1};
  order.settings.swarm = false;
  order.settings.submits = false;
  order.settings.weights = {};
  order.settings.weights[static_cast<std::size_t>(OpKind::kWrite)] = 1;
  const CampaignResult result = supervisor->run(order);
  ASSERT_FALSE(result.findings.empty());
  EXPECT_EQ(result.findings[0].found.number, 0u) << "the first program writes";
  const Blamed& blamed = result.findings[0].found.blamed;
  const auto smallest = supervisor->minimize(blamed);
  ASSERT_TRUE(smallest.has_value()) << smallest.error().text();
  ASSERT_EQ(smallest->program.ops.size(), 1u);
  EXPECT_EQ(smallest->program.ops[0].kind, OpKind::kWrite);
}

TEST(Hostile, ATraceGoesUpToTheCrash) {
  const auto supervisor = started(hostile("crash@write"));
  ASSERT_NE(supervisor, nullptr);
  const CampaignResult result = run(*supervisor);
  ASSERT_FALSE(result.findings.empty());
  const Blamed& blamed = result.findings[0].found.blamed;
  const auto trace = supervisor->replay(blamed.program);
  ASSERT_TRUE(trace.has_value()) << trace.error().text();
  ASSERT_TRUE(trace->finding.has_value());
  EXPECT_TRUE(trace->finding->same_as(blamed.finding)) << trace->finding->got;
  for (const TraceLine& line : trace->lines) EXPECT_LT(line.index, blamed.finding.op_index);
}

// The back-trace of what `act` does; empty where the worker does not end by `signal`.
std::vector<std::string> back_trace_of(const std::string& act, const std::string& signal) {
  const auto supervisor = started(hostile(act));
  if (supervisor == nullptr) return {};
  const CampaignResult result = run(*supervisor, act.ends_with("own_thread") ? 400 : 1);
  const auto found = std::ranges::find_if(result.findings, [&](const CampaignFinding& finding) {
    return finding.found.blamed.finding.got.find("killed by " + signal) != std::string::npos;
  });
  EXPECT_NE(found, result.findings.end()) << act << ": " << text_of(result);
  return found == result.findings.end() ? std::vector<std::string>{} : found->found.blamed.finding.back_trace;
}

bool names_the_plugin(const std::string& line) { return line.find("libcampaign_hostile.so+0x") != std::string::npos; }

TEST(Hostile, ACrashLeavesItsBackTrace) {
  if (is_sanitized()) GTEST_SKIP() << "a sanitizer's own report is there instead";
  struct Crash {
    const char* act;
    const char* signal;
  };
  for (const auto& [act, signal] : {Crash{"crash@write", "SIGABRT"},
                                    {"fault@write", "SIGSEGV"},
                                    {"overflow@write", "SIGSEGV"},
                                    {"lose_stack@write", "SIGSEGV"},
                                    {"crash@own_thread", "SIGABRT"}}) {
    const auto trace = back_trace_of(act, signal);
    EXPECT_LE(trace.size(), FlightRecord::kFramesMax) << act;
    EXPECT_TRUE(std::ranges::any_of(trace, names_the_plugin)) << act << ": " << (trace.empty() ? "nothing" : trace[0]);
  }
  const auto jumped = back_trace_of("jump@write", "SIGSEGV");
  ASSERT_FALSE(jumped.empty());
  EXPECT_EQ(jumped[0], "0x10") << "there is no module";
}

// What the handler asks the loader is never answered; the worker dies of its signal all the same, and at least the address is known.
TEST(Hostile, ABackTraceThatCannotBeHadHoldsNothingUp) {
  if (is_sanitized()) GTEST_SKIP() << "a sanitizer's own report is there instead";
  const auto trace = back_trace_of("lock_loader@write", "SIGABRT");
  ASSERT_EQ(trace.size(), 1u);
  EXPECT_TRUE(trace[0].starts_with("0x")) << trace[0];
}

// A child that a plugin starts is not the worker, and leaves nothing in its place.
TEST(Hostile, AChildsCrashIsNotTheWorkers) { EXPECT_TRUE(back_trace_of("crash_in_child@write", "SIGKILL").empty()); }

TEST(Hostile, ALeakIsConfirmedAndMadeSmall) {
  const auto supervisor = started(hostile("leak_descriptor@write"));
  ASSERT_NE(supervisor, nullptr);
  const CampaignResult result = run(*supervisor);
  ASSERT_FALSE(result.findings.empty()) << text_of(result);
  const auto confirmed = supervisor->confirm(result.findings[0]);
  ASSERT_TRUE(confirmed.has_value()) << confirmed.error().text();
  EXPECT_EQ(confirmed->blamed.finding.verdict, Verdict::kLeaked);
  const auto smallest = supervisor->minimize(confirmed->blamed);
  ASSERT_TRUE(smallest.has_value()) << smallest.error().text();
  ASSERT_EQ(smallest->program.ops.size(), 1u);
  EXPECT_EQ(smallest->program.ops[0].kind, OpKind::kWrite);
}

}  // namespace
}  // namespace gmc
