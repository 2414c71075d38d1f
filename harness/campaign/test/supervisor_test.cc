// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/supervisor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "harness/campaign/test/session.h"
#include "harness/generate/generator.h"

namespace gmc {
namespace {

CampaignOrder batches(std::uint64_t count, std::uint64_t seed = 1) { return {.settings = {}, .seed = seed, .batch_count = count}; }

TEST(Supervisor, KnowsTheBackendByItsWorker) {
  const auto supervisor = started(options_for("mmap"));
  ASSERT_NE(supervisor, nullptr);
  EXPECT_EQ(supervisor->opened().name, "mmap");
  EXPECT_TRUE(supervisor->profile().root().reset);
}

TEST(Supervisor, WhatCannotBeOpenedIsOneLineAndNoVerdict) {
  for (const char* backend : {"nobody", "./no_such_library.so", "mmap:granule=nonsense"}) {
    const auto supervisor = Supervisor::start(options_for(backend));
    ASSERT_FALSE(supervisor.has_value()) << backend;
    EXPECT_FALSE(supervisor.error().finding.has_value()) << backend;
    EXPECT_FALSE(supervisor.error().error.cause.empty()) << backend;
    EXPECT_EQ(supervisor.error().error.text().find('\n'), std::string::npos) << backend;
  }
  SupervisorOptions options = options_for("mmap");
  options.worker.worker_path = "./no_such_worker";
  const auto supervisor = Supervisor::start(std::move(options));
  ASSERT_FALSE(supervisor.has_value());
  EXPECT_EQ(supervisor.error().error.place, "./no_such_worker");
}

TEST(Supervisor, ACampaignOnMmapFindsNothing) {
  const auto supervisor = started(options_for("mmap"));
  ASSERT_NE(supervisor, nullptr);
  const CampaignResult result = supervisor->run(batches(60));
  for (const CampaignFinding& finding : result.findings) {
    const Finding& f = finding.found.blamed.finding;
    ADD_FAILURE() << name(f.verdict) << " " << id(f.clause) << " " << info(f.op).text << ": expected " << f.expected << ", got " << f.got
                  << "\n"
                  << f.note;
  }
  EXPECT_EQ(result.batches, 60u);
  EXPECT_EQ(result.statistics.programs, 60 * kProgramsPerBatch);
  EXPECT_GT(result.statistics.inside, result.statistics.operations / 3);
  EXPECT_GT(result.evidence.of(Clause::kRW1), 100u);
  EXPECT_EQ(result.deaths, 0u);
  EXPECT_EQ(result.stopped, "");
}

// The result depends on the seed, not on how many workers share the work.
TEST(Supervisor, TheResultIsTheSameForEveryNumberOfWorkers) {
  for (const std::string& backend : {std::string("mmap"), test_path("GMC_TEST_HOSTILE") + ":lie@load32"}) {
    std::vector<CampaignResult> results;
    for (const unsigned workers : {1u, 2u, 3u}) {
      SupervisorOptions options = options_for(backend);
      options.workers = workers;
      const auto supervisor = started(std::move(options));
      ASSERT_NE(supervisor, nullptr);
      results.push_back(supervisor->run(batches(50, 7)));
    }
    for (const CampaignResult& result : results) {
      EXPECT_EQ(result.statistics.operations, results[0].statistics.operations);
      EXPECT_EQ(result.evidence.checks, results[0].evidence.checks);
      ASSERT_EQ(result.findings.size(), results[0].findings.size());
      for (std::size_t i = 0; i < result.findings.size(); ++i) {
        EXPECT_EQ(result.findings[i].found.blamed.program, results[0].findings[i].found.blamed.program);
        EXPECT_EQ(result.findings[i].found.batch, results[0].findings[i].found.batch);
        EXPECT_EQ(result.findings[i].found.number, results[0].findings[i].found.number);
      }
    }
  }
}

TEST(Supervisor, ATimeBudgetIsKept) {
  const auto supervisor = started(options_for("mmap"));
  ASSERT_NE(supervisor, nullptr);
  CampaignOrder order;
  order.seed = 3;
  order.budget_ms = 400;
  const auto before = std::chrono::steady_clock::now();
  std::uint64_t told = 0;
  const CampaignResult result = supervisor->run(order, [&](const CampaignProgress& progress) {
    ++told;
    EXPECT_LE(progress.statistics.inside, progress.statistics.operations);
    return true;
  });
  const auto passed = std::chrono::steady_clock::now() - before;
  EXPECT_GE(passed, std::chrono::milliseconds(400));
  EXPECT_LT(passed, std::chrono::seconds(is_sanitized() ? 20 : 5));
  EXPECT_GT(result.statistics.programs, 100u);
  EXPECT_GT(told, 1u);
}

TEST(Supervisor, ACampaignEndsWhenItIsTold) {
  const auto supervisor = started(hostile("lie@load32"));
  ASSERT_NE(supervisor, nullptr);
  CampaignOrder order;
  order.budget_ms = 60000;
  const CampaignResult result = supervisor->run(order, [](const CampaignProgress& progress) { return progress.latest == nullptr; });
  EXPECT_FALSE(result.findings.empty());
  EXPECT_LT(result.seconds, 30);
}

TEST(Supervisor, AFindingIsConfirmedMadeSmallAndReplayed) {
  const auto supervisor = started(hostile("lie@load32"));
  ASSERT_NE(supervisor, nullptr);
  CampaignOrder order = batches(20);
  order.settings.ops_per_program = 400;
  const CampaignResult result = supervisor->run(order);
  ASSERT_FALSE(result.findings.empty());
  for (const CampaignFinding& finding : result.findings) {
    EXPECT_EQ(finding.found.blamed.finding.verdict, Verdict::kViolation);
    EXPECT_EQ(finding.found.blamed.finding.op, OpKind::kLoad);
  }
  const auto confirmed = supervisor->confirm(result.findings[0]);
  ASSERT_TRUE(confirmed.has_value()) << confirmed.error().text();
  EXPECT_EQ(confirmed->blamed.finding.verdict, Verdict::kViolation);
  const auto smallest = supervisor->minimize(confirmed->blamed);
  ASSERT_TRUE(smallest.has_value()) << smallest.error().text();
  EXPECT_LE(smallest->program.ops.size(), 2u);
  EXPECT_TRUE(smallest->finding.same_as(confirmed->blamed.finding));
  const auto trace = supervisor->replay(smallest->program);
  ASSERT_TRUE(trace.has_value()) << trace.error().text();
  ASSERT_TRUE(trace->finding.has_value());
  EXPECT_TRUE(trace->finding->same_as(smallest->finding));
  ASSERT_EQ(trace->lines.size(), smallest->program.ops.size());
  EXPECT_FALSE(trace->lines.back().agrees);
  EXPECT_NE(trace->lines.back().expected, trace->lines.back().got);
}

TEST(Supervisor, ALongProgramIsSmallWithinFiveSeconds) {
  const auto supervisor = started(hostile("lie@load32"));
  ASSERT_NE(supervisor, nullptr);
  Generator generator(supervisor->profile(), {.ops_per_program = 400});
  int tried = 0;
  for (std::uint64_t seed = 0; tried < 3 && seed < 200; ++seed) {
    generator.begin(seed);
    Program program;
    generator.next(program);
    const auto trace = supervisor->replay(program);
    ASSERT_TRUE(trace.has_value()) << trace.error().text();
    if (!trace->finding) continue;
    ++tried;
    ASSERT_GE(program.ops.size(), 300u);
    const auto before = std::chrono::steady_clock::now();
    const auto smallest = supervisor->minimize({*trace->finding, program}, std::chrono::seconds(is_sanitized() ? 60 : 5));
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - before;
    ASSERT_TRUE(smallest.has_value()) << smallest.error().text();
    EXPECT_LE(smallest->program.ops.size(), 8u);
    RecordProperty("seconds", std::to_string(passed.count()));
  }
  EXPECT_EQ(tried, 3);
}

TEST(Supervisor, WhatNeedsOtherProgramsIsHistory) {
  const auto supervisor = started(hostile("lie@write_then_load"));
  ASSERT_NE(supervisor, nullptr);
  // A program of loads alone lies only after another one has written.
  const CampaignResult result = supervisor->run(batches(30));
  ASSERT_FALSE(result.findings.empty());
  bool is_any_history = false;
  for (const CampaignFinding& found : result.findings) {
    CampaignFinding loads = found;
    const auto writes = [](const Op& op) { return op.kind == OpKind::kWrite; };
    std::erase_if(loads.found.blamed.program.ops, writes);
    if (!validate(loads.found.blamed.program)) continue;
    const auto confirmed = supervisor->confirm(loads);
    ASSERT_TRUE(confirmed.has_value()) << confirmed.error().text();
    if (confirmed->blamed.finding.verdict != Verdict::kHistory) continue;
    if (confirmed->before.empty()) {
      EXPECT_NE(confirmed->blamed.finding.note.find("only after all programs"), std::string::npos) << "it came in a batch before";
      continue;
    }
    is_any_history = true;
    EXPECT_LE(confirmed->before.size(), 2u) << "the programs before it are made fewer";
  }
  EXPECT_TRUE(is_any_history);
}

TEST(Supervisor, WhatDoesNotComeAgainIsFlakyWithItsRate) {
  const std::string once = testing::TempDir() + "gmcheck_lie_once_" + std::to_string(getpid());
  close(open(once.c_str(), O_CREAT | O_WRONLY, 0600));
  const auto supervisor = started(hostile("lie_once@" + once));
  ASSERT_NE(supervisor, nullptr);
  const CampaignResult result = supervisor->run(batches(30));
  ASSERT_FALSE(result.findings.empty()) << "never dropped";
  const auto confirmed = supervisor->confirm(result.findings[0]);
  ASSERT_TRUE(confirmed.has_value()) << confirmed.error().text();
  EXPECT_EQ(confirmed->blamed.finding.verdict, Verdict::kFlaky);
  EXPECT_EQ(confirmed->shown, 0u);
  EXPECT_EQ(confirmed->runs, 11u);
}

TEST(Supervisor, AListIsRunToItsEndOverEveryCrash) {
  const auto supervisor = started(hostile("crash@write"));
  ASSERT_NE(supervisor, nullptr);
  Program reads;
  reads.layouts.push_back({.regions = {{.base = 0, .size = 8192}}});
  reads.ops.push_back({.kind = OpKind::kRead, .at = {.anchor = Anchor::kRegionStart}, .size = 8});
  Program writes = reads;
  writes.ops.push_back({.kind = OpKind::kWrite, .at = {.anchor = Anchor::kRegionStart}, .size = 8});
  const auto result = supervisor->run_list({reads, writes, reads, writes, reads});
  ASSERT_TRUE(result.has_value()) << result.error().text();
  ASSERT_EQ(result->found.size(), 2u);
  EXPECT_EQ(result->found[0].number, 1u);
  EXPECT_EQ(result->found[1].number, 3u);
  EXPECT_EQ(result->found[1].blamed.finding.op_index, 1u);
  EXPECT_EQ(result->statistics.by_kind[static_cast<std::size_t>(OpKind::kRead)], 3u) << "of programs that came to their end";
}

TEST(Supervisor, ProgramsAreTriedUnderAProfileOfTheCallers) {
  const auto supervisor = started(hostile("crash@write"));
  ASSERT_NE(supervisor, nullptr);
  Program reads;
  reads.layouts.push_back({.regions = {{.base = 0, .size = 8192}}});
  reads.ops.push_back({.kind = OpKind::kRead, .at = {.anchor = Anchor::kRegionStart}, .size = 8});
  Program writes = reads, fills = reads;
  writes.ops[0].kind = OpKind::kWrite;
  fills.ops[0].kind = OpKind::kFill;
  fills.ops[0].data = {.kind = PatternKind::kByte, .byte = 1};
  const std::vector<Program> programs = {reads, writes, fills, reads, writes, reads};
  using enum Supervisor::Probes::Answer;
  const auto answers = [&](const Profile& profile, unsigned deaths_max) {
    return supervisor->probe(profile, programs, deaths_max).answers;
  };
  const Profile own = supervisor->profile();
  EXPECT_EQ(answers(own, 3), (std::vector{kAgrees, kDiffers, kAgrees, kAgrees, kDiffers, kAgrees}));
  // What nobody ran is not known, and what the profile denies is wrong where it is there.
  EXPECT_EQ(answers(Profile{}, 1), (std::vector{kAgrees, kDiffers, kUnknown, kUnknown, kUnknown, kUnknown}));
  EXPECT_EQ(answers(Profile{}, 2), (std::vector{kAgrees, kDiffers, kDiffers, kAgrees, kDiffers, kUnknown}));
  const auto probes = supervisor->probe(Profile{}, programs, 2);
  EXPECT_EQ(probes.findings.at(1).verdict, Verdict::kCrashed);
  EXPECT_EQ(probes.findings.at(2).clause, Clause::kRW10);
  EXPECT_FALSE(probes.refusal.has_value());
}

TEST(Supervisor, ProfileThatABackendCannotHaveIsRefused) {
  const auto supervisor = started(options_for("mmap"));
  ASSERT_NE(supervisor, nullptr);
  const auto own = Profile::parse("layout = own\nregion_api = list\n", "test");
  ASSERT_TRUE(own.has_value());
  const auto probes = supervisor->probe(*own, {Program{}}, 1);
  ASSERT_TRUE(probes.refusal.has_value());
  EXPECT_NE(probes.refusal->cause.find("its own layout"), std::string::npos) << probes.refusal->cause;
  EXPECT_EQ(probes.answers, std::vector{Supervisor::Probes::Answer::kUnknown});
}

}  // namespace
}  // namespace gmc
