// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a difference means, case by case, on answers that are written down here: no backend is asked.
#include "harness/diff/difference.h"

#include <gtest/gtest.h>

#include <set>

namespace gmc {
namespace {

constexpr bool kOneProfile = true;
constexpr bool kTwoProfiles = false;

Program program_of(const std::vector<OpKind>& kinds) {
  Program program;
  program.layouts.push_back({{Region{.base = 0x1000, .size = 0x1000}}});
  for (const OpKind kind : kinds) program.ops.push_back({.kind = kind, .size = 8});
  return program;
}

// Ok, as nothing but ok was allowed.
OpAnswer ok(std::uint32_t index) { return {.index = index, .status = GMC_OK, .statuses = status_bit(GMC_OK), .allowed = 11, .moved = 8}; }
OpAnswer failed(std::uint32_t index, GmcStatus status, StatusMask allowed) {
  return {.index = index, .status = static_cast<std::uint16_t>(status), .statuses = allowed, .allowed = allowed};
}
ProgramAnswers answers(std::vector<OpAnswer> ops) { return {.ops = std::move(ops)}; }

std::vector<Difference> compared(const std::vector<OpKind>& kinds, std::vector<OpAnswer> a, std::vector<OpAnswer> b, bool has_one_profile) {
  const Program program = program_of(kinds);
  return compare(program, static_cast<std::uint32_t>(kinds.size()), answers(std::move(a)), answers(std::move(b)), has_one_profile);
}

TEST(Difference, EqualAnswersGiveNone) {
  EXPECT_TRUE(compared({OpKind::kRead, OpKind::kWrite}, {ok(0), ok(1)}, {ok(0), ok(1)}, kOneProfile).empty());
  OpAnswer skipped{.index = 0, .was_skipped = true};
  EXPECT_TRUE(compared({OpKind::kRead}, {skipped}, {skipped}, kOneProfile).empty());
}

TEST(Difference, StatusIsOpenWhereBothWereAllowed) {
  const StatusMask either = status_bit(GMC_UNSUPPORTED) | status_bit(GMC_INVALID_ARGUMENT);
  const auto found =
      compared({OpKind::kLoad}, {failed(0, GMC_UNSUPPORTED, either)}, {failed(0, GMC_INVALID_ARGUMENT, either)}, kOneProfile);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].meaning, Meaning::kLeftOpen);
  EXPECT_EQ(found[0].part, AnswerPart::kStatus);
  EXPECT_EQ(found[0].a, "unsupported");
  EXPECT_EQ(found[0].b, "invalid_argument");
  // The same freedom under two profiles is the contract's, too.
  EXPECT_EQ(
      compared({OpKind::kLoad}, {failed(0, GMC_UNSUPPORTED, either)}, {failed(0, GMC_INVALID_ARGUMENT, either)}, kTwoProfiles)[0].meaning,
      Meaning::kLeftOpen);
}

// One reference, one state, and an answer that it cannot have accepted: then the comparison does not believe it.
TEST(Difference, StatusThatWasNotAllowedIsAViolation) {
  const StatusMask only = status_bit(GMC_UNSUPPORTED);
  const auto found = compared({OpKind::kLoad}, {failed(0, GMC_UNSUPPORTED, only)}, {failed(0, GMC_INVALID_ARGUMENT, only)}, kOneProfile);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].meaning, Meaning::kViolation);
}

TEST(Difference, StatusOfAnotherProfileIsExplained) {
  const auto found = compared({OpKind::kRead}, {failed(0, GMC_OUT_OF_RANGE, status_bit(GMC_OUT_OF_RANGE))},
                              {failed(0, GMC_DENIED, status_bit(GMC_DENIED))}, kTwoProfiles);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].meaning, Meaning::kExplained);
}

// A function that one has though nobody declares it: the profile says nothing of it, and the contract allows both.
TEST(Difference, WhatIsAllowedToOneAloneUnderOneProfileIsOpen) {
  const OpAnswer unsupported = failed(0, GMC_UNSUPPORTED, status_bit(GMC_UNSUPPORTED));
  EXPECT_EQ(compared({OpKind::kHarvest}, {ok(0)}, {unsupported}, kOneProfile)[0].meaning, Meaning::kLeftOpen);
  EXPECT_EQ(compared({OpKind::kHarvest}, {ok(0)}, {unsupported}, kTwoProfiles)[0].meaning, Meaning::kExplained);
  // Of region spaces no profile says whether they are there.
  EXPECT_EQ(compared({OpKind::kOpenRegion}, {ok(0)}, {unsupported}, kTwoProfiles)[0].meaning, Meaning::kLeftOpen);
}

struct PartCase {
  const char* name;
  OpKind kind;
  AnswerPart part;
  void (*change)(OpAnswer& answer);
  void (*open)(OpAnswer& answer);
};

class Parts : public testing::TestWithParam<PartCase> {};

TEST_P(Parts, ViolatesUnlessItIsOpen) {
  const PartCase& tested = GetParam();
  OpAnswer a = ok(0), b = ok(0);
  a.count = b.count = 8;
  a.value = b.value = 1;
  a.bytes = b.bytes = 3;
  ASSERT_TRUE(compared({tested.kind}, {a}, {b}, kOneProfile).empty());
  tested.change(b);
  auto found = compared({tested.kind}, {a}, {b}, kOneProfile);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].part, tested.part);
  EXPECT_EQ(found[0].meaning, Meaning::kViolation);
  EXPECT_EQ(compared({tested.kind}, {a}, {b}, kTwoProfiles)[0].meaning, Meaning::kExplained);
  tested.open(a);
  EXPECT_EQ(compared({tested.kind}, {a}, {b}, kOneProfile)[0].meaning, Meaning::kLeftOpen);
  EXPECT_EQ(compared({tested.kind}, {a}, {b}, kTwoProfiles)[0].meaning, Meaning::kLeftOpen);
}

INSTANTIATE_TEST_SUITE_P(Difference, Parts,
                         testing::Values(PartCase{"Value", OpKind::kFind, AnswerPart::kValue, [](OpAnswer& a) { a.value = 2; },
                                                  [](OpAnswer& a) { a.open.value = true; }},
                                         PartCase{"Bytes", OpKind::kRead, AnswerPart::kBytes, [](OpAnswer& a) { a.bytes = 4; },
                                                  [](OpAnswer& a) { a.open.bytes = true; }},
                                         PartCase{"Count", OpKind::kZeroAll, AnswerPart::kCount, [](OpAnswer& a) { a.count = 1; },
                                                  [](OpAnswer& a) { a.open.count = true; }}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Difference, WhatIsOptionalIsOneDifferenceForAllOperations) {
  OpAnswer with = ok(0), later = ok(1);
  with.count = later.count = 8;
  const auto found = compared({OpKind::kRead, OpKind::kWrite}, {with, later}, {ok(0), ok(1)}, kTwoProfiles);
  ASSERT_EQ(found.size(), 2u);
  for (const Difference& difference : found) {
    EXPECT_EQ(difference.part, AnswerPart::kCountGiven);
    EXPECT_EQ(difference.meaning, Meaning::kLeftOpen);
  }
  EXPECT_TRUE(found[0].same_as(found[1]));
}

TEST(Difference, StatusesTellApartWhatIsExplainedAndNotWhatIsOpen) {
  Difference a{.meaning = Meaning::kLeftOpen, .status_a = 1, .status_b = 2}, b = a;
  b.status_b = 3;
  EXPECT_TRUE(a.same_as(b));
  for (const Meaning meaning : {Meaning::kExplained, Meaning::kViolation}) {
    a.meaning = b.meaning = meaning;
    EXPECT_FALSE(a.same_as(b));
  }
  b = a;
  EXPECT_TRUE(a.same_as(b));
  b.is_final = true;
  EXPECT_FALSE(a.same_as(b));
  b = a;
  b.op = OpKind::kWrite;
  EXPECT_FALSE(a.same_as(b));
}

TEST(Difference, AddressesOfOneFailureAreOpen) {
  OpAnswer a = failed(0, GMC_OUT_OF_RANGE, status_bit(GMC_OUT_OF_RANGE)), b = a;
  a.address = 1;
  b.address = 2;
  EXPECT_EQ(compared({OpKind::kAtomicLoad}, {a}, {b}, kOneProfile)[0].meaning, Meaning::kLeftOpen);
}

// After an interrupted write each byte may be the old one or the new one, in whatever reads it.
TEST(Difference, BytesAreOpenBehindAWriteThatWasInterrupted) {
  const StatusMask fault = status_bit(GMC_FAULT);
  OpAnswer write = failed(0, GMC_FAULT, fault);
  write.moved = 4;
  write.may_have_moved = true;
  OpAnswer a = ok(1), b = ok(1);
  a.bytes = 1;
  b.bytes = 2;
  EXPECT_EQ(compared({OpKind::kWrite, OpKind::kRead}, {write, a}, {write, b}, kOneProfile)[0].meaning, Meaning::kLeftOpen);
  a.bytes = b.bytes = 0;
  a.value = 1;
  b.value = 2;
  EXPECT_EQ(compared({OpKind::kWrite, OpKind::kFetchAdd}, {write, a}, {write, b}, kOneProfile)[0].meaning, Meaning::kLeftOpen);
  // Where regions lie has nothing to do with it.
  EXPECT_EQ(compared({OpKind::kWrite, OpKind::kFind}, {write, a}, {write, b}, kOneProfile)[0].meaning, Meaning::kViolation);
  write.moved = 0;
  EXPECT_EQ(compared({OpKind::kWrite, OpKind::kFetchAdd}, {write, a}, {write, b}, kOneProfile)[0].meaning, Meaning::kViolation);
}

TEST(Difference, CountOfZeroAllIsOpenWhereRegionsMayShareBytes) {
  Program program = program_of({OpKind::kZeroAll});
  OpAnswer a = ok(0), b = ok(0);
  a.count = 1;
  b.count = 2;
  auto& regions = program.layouts[0].regions;
  regions = {{.base = 0, .size = 8, .backing = Backing::kFile, .file = 1}, {.base = 8, .size = 8, .backing = Backing::kFile, .file = 2}};
  EXPECT_EQ(compare(program, 1, answers({a}), answers({b}), kOneProfile)[0].meaning, Meaning::kViolation);
  regions[1].file = 1;
  EXPECT_EQ(compare(program, 1, answers({a}), answers({b}), kOneProfile)[0].meaning, Meaning::kLeftOpen);
}

TEST(Difference, BytesOfAnAdoptedMemoryAreOpen) {
  Program program = program_of({OpKind::kRead});
  program.adopts = true;
  OpAnswer a = ok(0), b = ok(0);
  a.bytes = 1;
  b.bytes = 2;
  EXPECT_EQ(compare(program, 1, answers({a}), answers({b}), kOneProfile)[0].meaning, Meaning::kLeftOpen);
}

TEST(Difference, NothingIsComparedBehindOneThatPartsTheMemories) {
  const StatusMask either = status_bit(GMC_OK) | status_bit(GMC_OUT_OF_RANGE);
  OpAnswer written = ok(0), failing = failed(0, GMC_OUT_OF_RANGE, either);
  written.statuses = either;
  written.allowed = failing.allowed;
  OpAnswer a = ok(1), b = ok(1);
  a.bytes = 1;
  b.bytes = 2;
  EXPECT_EQ(compared({OpKind::kWrite, OpKind::kRead}, {written, a}, {failing, b}, kOneProfile).size(), 1u);
  // A layout that is tried changes nothing, and neither does one failure or another.
  EXPECT_EQ(compared({OpKind::kCreate, OpKind::kRead}, {written, a}, {failing, b}, kOneProfile).size(), 2u);
  OpAnswer denied = failed(0, GMC_DENIED, either | status_bit(GMC_DENIED));
  failing.statuses = denied.statuses;
  EXPECT_EQ(compared({OpKind::kWrite, OpKind::kRead}, {denied, a}, {failing, b}, kTwoProfiles).size(), 2u);
}

TEST(Difference, ReadsBehindTheProgramAreMemoryAtTheEnd) {
  const Program program = program_of({OpKind::kWrite, OpKind::kRead});
  OpAnswer a = ok(1), b = ok(1);
  a.bytes = 1;
  b.bytes = 2;
  const auto found = compare(program, 1, answers({ok(0), a}), answers({ok(0), b}), kOneProfile);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].is_final);
  EXPECT_EQ(found[0].meaning, Meaning::kViolation);
}

TEST(Difference, AnAnswerThatIsMissingEndsTheComparison) {
  OpAnswer a = ok(1), b = ok(1);
  b.bytes = 2;
  EXPECT_TRUE(compared({OpKind::kRead, OpKind::kRead}, {ok(0), a}, {b}, kOneProfile).empty());
}

// The worker is not believed: these numbers are no statuses.
TEST(Difference, NumbersThatAreNoStatusesDoNoHarm) {
  OpAnswer a = ok(0), b = ok(0);
  b.status = UINT16_MAX;
  EXPECT_EQ(compared({OpKind::kRead}, {a}, {b}, kOneProfile)[0].meaning, Meaning::kViolation);
  a.index = b.index = kOpsMax;
  EXPECT_TRUE(compared({OpKind::kRead}, {a}, {b}, kOneProfile).empty());
}

TEST(Difference, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(AnswerPart::kAddressGiven); ++i) names.insert(name(static_cast<AnswerPart>(i)));
  EXPECT_EQ(names.size(), 8u);
  for (int i = 0; i <= static_cast<int>(Meaning::kExplained); ++i) names.insert(name(static_cast<Meaning>(i)));
  EXPECT_EQ(names.size(), 11u);
}

}  // namespace
}  // namespace gmc
