// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs through a worker and back as answers, also where the worker dies of one.
#include "harness/campaign/answer_source.h"

#include <gtest/gtest.h>

#include "harness/campaign/test/session.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

Program parsed(const std::string& ops) {
  const auto document = read_program("gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\n" + ops, "test");
  EXPECT_TRUE(document.has_value()) << document.error().text();
  return document ? document->program : Program{};
}

std::vector<ProgramAnswers> asked(AnswerSource& source, std::vector<Program> programs) {
  EXPECT_TRUE(source.send(std::move(programs)).has_value());
  auto answers = source.collect();
  EXPECT_TRUE(answers.has_value());
  return answers ? *std::move(answers) : std::vector<ProgramAnswers>{};
}

TEST(AnswerSource, AnswersAreThoseOfTheBackend) {
  const auto supervisor = started(options_for("mmap"));
  ASSERT_NE(supervisor, nullptr);
  AnswerSource source(*supervisor);
  const auto answers = asked(source, {parsed("write m r0.start 2 imm 0a0b\nread m r0.start 4\nload m r0.start 2\nread m r0.end-1 2\n"),
                                      parsed("write m r0.start 2 imm 0a0b\nread m r0.start 4\nread m r0.start+1 4\n")});
  ASSERT_EQ(answers.size(), 2u);
  for (const ProgramAnswers& one : answers) EXPECT_TRUE(one.is_whole());
  const auto& ops = answers[0].ops;
  ASSERT_EQ(ops.size(), 4u);
  EXPECT_EQ(ops[0].status, GMC_OK);
  EXPECT_EQ(ops[0].bytes, 0u);
  EXPECT_EQ(ops[1].shown, "0a0b0000");
  EXPECT_EQ(ops[2].value, 0x0b0au);
  EXPECT_EQ(ops[3].status, GMC_SHORT);
  EXPECT_EQ(ops[3].moved, 1u);
  EXPECT_EQ(ops[3].statuses, status_bit(GMC_SHORT));
  EXPECT_EQ(ops[3].clause, Clause::kRW7);
  // What is the same has the same hash in every program.
  EXPECT_EQ(answers[1].ops[1].bytes, ops[1].bytes);
  EXPECT_EQ(answers[1].ops[1].allowed, ops[1].allowed);
  EXPECT_NE(answers[1].ops[2].bytes, ops[1].bytes);
  EXPECT_FALSE(source.close().has_value());
  EXPECT_EQ(source.deaths(), 0u);
}

TEST(AnswerSource, AProgramThatKillsTheWorkerHasThatAsItsFinding) {
  const auto supervisor = started(hostile("crash@load32"));
  ASSERT_NE(supervisor, nullptr);
  AnswerSource source(*supervisor);
  const Program harmless = parsed("read m r0.start 4\n");
  const Program deadly = parsed("read m r0.start 4\nload m r0.start 4\n");
  const auto answers = asked(source, {harmless, deadly, harmless, deadly, harmless});
  ASSERT_EQ(answers.size(), 5u);
  for (const std::size_t i : {0u, 2u, 4u}) EXPECT_TRUE(answers[i].is_whole() && answers[i].ops.size() == 1) << i;
  for (const std::size_t i : {1u, 3u}) {
    ASSERT_TRUE(answers[i].finding.has_value()) << i;
    EXPECT_EQ(answers[i].finding->finding.verdict, Verdict::kCrashed);
    EXPECT_EQ(answers[i].finding->finding.op_index, 1u);
    EXPECT_EQ(answers[i].finding->program, deadly);
  }
  EXPECT_EQ(source.deaths(), 2u);
}

TEST(AnswerSource, WhatHangsIsAFinding) {
  const auto supervisor = started(hostile("sleep@load32"));
  ASSERT_NE(supervisor, nullptr);
  AnswerSource source(*supervisor);
  const auto answers = asked(source, {parsed("load m r0.start 4\n")});
  ASSERT_EQ(answers.size(), 1u);
  ASSERT_TRUE(answers[0].finding.has_value());
  EXPECT_EQ(answers[0].finding->finding.verdict, Verdict::kHung);
}

TEST(AnswerSource, AWorkerIsRenewedSoManyTimesAndNoMore) {
  const auto supervisor = started(hostile("crash@load32"));
  ASSERT_NE(supervisor, nullptr);
  AnswerSource source(*supervisor);
  const auto answers = asked(source, std::vector<Program>(AnswerSource::kDeathsMax + 2, parsed("load m r0.start 4\n")));
  ASSERT_EQ(answers.size(), AnswerSource::kDeathsMax + 2);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_FALSE(answers[i].is_whole()) << i;
    EXPECT_EQ(answers[i].finding.has_value(), i < AnswerSource::kDeathsMax) << i;
    EXPECT_EQ(answers[i].skip_reason.empty(), i < AnswerSource::kDeathsMax) << i;
  }
}

TEST(AnswerSource, WhatBreaksTheContractIsBlamed) {
  const auto supervisor = started(hostile("lie@load32"));
  ASSERT_NE(supervisor, nullptr);
  AnswerSource source(*supervisor);
  const auto answers = asked(source, {parsed("load m r0.start 4\nread m r0.start 4\n")});
  ASSERT_EQ(answers.size(), 1u);
  ASSERT_TRUE(answers[0].finding.has_value());
  EXPECT_EQ(answers[0].finding->finding.verdict, Verdict::kViolation);
  EXPECT_EQ(answers[0].ops.size(), 1u) << "what stands behind it did not run";
}

}  // namespace
}  // namespace gmc
