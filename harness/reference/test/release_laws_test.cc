// SPDX-License-Identifier: Apache-2.0 OR MIT
// When what is written through a space is marked, with dirty_when = release; asked of the reference alone.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "harness/reference/test/laws.h"

namespace gmc::testing {
namespace {

constexpr std::uint64_t kBase = 0x100;
constexpr std::uint64_t kSize = 64;
constexpr std::uint64_t kGranule = 8;
constexpr std::uint8_t kRange = 1;  // slots
constexpr std::uint8_t kInner = 2;

class ReferenceLawsOfRelease : public ::testing::Test {
 protected:
  explicit ReferenceLawsOfRelease(const std::string& more = "") : machine_(profile(more)) {
    machine_.program.layouts = {Layout{{Region{.base = kBase, .size = kSize}}}};
    machine_.reference.create(machine_.program.layouts.front());
    open(kRange, 0);
    open(kInner, kRange);
  }

  void open(std::uint8_t slot, std::uint8_t parent) {
    Op op = op_at(OpKind::kOpenRange, kBase, kSize, parent);
    op.opens = slot;
    ASSERT_EQ(machine_.run(op).status, GMC_OK);
  }
  void write(std::uint64_t offset, std::uint8_t slot) {
    std::vector<std::uint8_t> bytes(1, 7);
    ASSERT_EQ(machine_.run(op_at(OpKind::kWrite, kBase + offset, 1, slot), bytes).status, GMC_OK);
  }
  void close(std::uint8_t slot) { ASSERT_EQ(machine_.run(Op{.kind = OpKind::kClose, .space = slot}).status, GMC_OK); }
  void track(bool on) { ASSERT_EQ(machine_.run(Op{.kind = OpKind::kTrack, .on = on}).status, GMC_OK); }

  // What a harvest of the root that shows these granules of the region breaks.
  std::optional<Clause> broken_by(std::vector<std::uint64_t> granules) {
    GmcDirtyWord word{.index = 0, .bits = 0};
    for (const std::uint64_t granule : granules) word.bits |= std::uint64_t{1} << (kBase / kGranule + granule);
    const auto violation = machine_.reference.judge_sparse(std::span(&word, granules.empty() ? 0 : 1));
    return violation ? std::optional(violation->clause) : std::nullopt;
  }

  Machine machine_;

 private:
  static Profile profile(const std::string& more) {
    const auto profile = Profile::parse(
        "slices = yes\nspaces_outlive = yes\ndirty_source = host_api\ndirty_bitmap_api = yes\ndirty_granule = 8\ndirty_when = release\n" +
            more,
        "laws");
    EXPECT_TRUE(profile.has_value()) << profile.error().text();
    return *profile;
  }
};

TEST_F(ReferenceLawsOfRelease, NothingIsMarkedBeforeTheSpaceIsClosed) {
  write(9, kRange);
  EXPECT_EQ(broken_by({}), std::nullopt);
  EXPECT_EQ(broken_by({1}), Clause::kDIRTY2);
  close(kRange);
  EXPECT_EQ(broken_by({}), Clause::kDIRTY2);
  EXPECT_EQ(broken_by({1}), std::nullopt);
}

TEST_F(ReferenceLawsOfRelease, EachSpaceBringsItsOwn) {
  write(1, kRange);
  write(17, kInner);
  close(kRange);
  EXPECT_EQ(broken_by({0}), std::nullopt);
  EXPECT_EQ(broken_by({0, 2}), Clause::kDIRTY2);
  close(kInner);
  EXPECT_EQ(broken_by({0, 2}), std::nullopt);
}

TEST_F(ReferenceLawsOfRelease, TheRootAndMarkDoNotWait) {
  write(1, 0);
  EXPECT_EQ(broken_by({0}), std::nullopt);
  EXPECT_EQ(broken_by({}), Clause::kDIRTY2);
  ASSERT_EQ(machine_.run(op_at(OpKind::kMark, kBase + 24, 1, kRange)).status, GMC_OK);
  EXPECT_EQ(broken_by({0, 3}), std::nullopt);
  EXPECT_EQ(broken_by({0}), Clause::kDIRTY9);
}

TEST_F(ReferenceLawsOfRelease, AHarvestLeavesAloneWhatWaits) {
  write(9, kRange);
  Op harvest{.kind = OpKind::kHarvest};
  harvest.form = HarvestForm::kSparse;
  harvest.mode = HarvestMode::kBoth;
  ASSERT_EQ(machine_.run(harvest).status, GMC_OK);
  EXPECT_TRUE(machine_.room.sparse.empty());
  close(kRange);
  EXPECT_EQ(broken_by({}), Clause::kDIRTY2);
}

class ReferenceLawsOfReleaseOnDemand : public ReferenceLawsOfRelease {
 protected:
  ReferenceLawsOfReleaseOnDemand() : ReferenceLawsOfRelease("dirty_enable = explicit\n") { track(true); }
};

TEST_F(ReferenceLawsOfReleaseOnDemand, WhatWaitsForLongerThanAPeriodMayBeMarkedOrNot) {
  write(9, kRange);
  track(false);
  track(true);
  close(kRange);
  EXPECT_EQ(broken_by({}), std::nullopt);
  EXPECT_EQ(broken_by({1}), std::nullopt);
  EXPECT_EQ(broken_by({2}), Clause::kDIRTY5);
}

TEST_F(ReferenceLawsOfReleaseOnDemand, SoMayWhatWasWrittenBefore) {
  track(false);
  write(9, kRange);
  track(true);
  EXPECT_EQ(broken_by({1}), Clause::kDIRTY2);
  close(kRange);
  EXPECT_EQ(broken_by({}), std::nullopt);
  EXPECT_EQ(broken_by({1}), std::nullopt);
}

TEST_F(ReferenceLawsOfReleaseOnDemand, NothingIsMarkedWhileTrackingIsOff) {
  write(9, kRange);
  track(false);
  close(kRange);
  track(true);
  EXPECT_EQ(broken_by({1}), Clause::kDIRTY5);
}

}  // namespace
}  // namespace gmc::testing
