// SPDX-License-Identifier: Apache-2.0 OR MIT
// What two memories that share a region show of each other, and what of everything else; asked of the reference alone.
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/reference/test/laws.h"

namespace gmc::testing {
namespace {

constexpr std::uint64_t kSize = 64;      // of each region
constexpr std::uint64_t kFirst = 0x100;  // two regions with a hole between them
constexpr std::uint64_t kSecond = 0x200;
constexpr std::uint64_t kBeside = 0x800;  // where the other memory has the second one
constexpr std::uint8_t kHandle = 1;       // slots: the second region, and the other memory
constexpr std::uint8_t kOther = 2;

class ReferenceLawsOfSharing : public ::testing::Test {
 protected:
  explicit ReferenceLawsOfSharing(const std::string& more = "stale_handle = keeps_alive\n") : machine_(profile(more)) {
    machine_.program.layouts = {Layout{{Region{.base = kFirst, .size = kSize}, Region{.base = kSecond, .size = kSize}}}};
    machine_.reference.create(machine_.program.layouts.front());
    Op handle = op_at(OpKind::kOpenRegion, kSecond, 0);
    handle.opens = kHandle;
    EXPECT_EQ(machine_.run(handle).status, GMC_OK);
    Op other = op_at(OpKind::kOpenMemory, kBeside, kSize);
    other.other = kHandle;
    other.opens = kOther;
    EXPECT_EQ(machine_.run(other).status, GMC_OK);
  }

  GmcStatus write(std::uint64_t gpa, std::uint8_t value, std::uint8_t memory) {
    std::vector<std::uint8_t> bytes(8, value);
    return static_cast<GmcStatus>(machine_.run(op_at(OpKind::kWrite, gpa, bytes.size(), memory), bytes).status);
  }

  // What is read, or nothing.
  std::vector<std::uint8_t> read(std::uint64_t gpa, std::uint8_t memory) {
    std::vector<std::uint8_t> bytes(8);
    if (machine_.run(op_at(OpKind::kRead, gpa, bytes.size(), memory), bytes).status != GMC_OK) bytes.clear();
    return bytes;
  }

  Machine machine_;

 private:
  static Profile profile(const std::string& more) {
    const auto profile = Profile::parse("backing = own space\nmap_mutation = in_place\n" + more, "laws");
    EXPECT_TRUE(profile.has_value()) << profile.error().text();
    return *profile;
  }
};

const std::vector<std::uint8_t> kSevens(8, 7), kNines(8, 9), kNothing;

TEST_F(ReferenceLawsOfSharing, WhatOneWritesTheOtherReads) {
  ASSERT_EQ(write(kSecond + 3, 7, 0), GMC_OK);
  EXPECT_EQ(read(kBeside + 3, kOther), kSevens);
  ASSERT_EQ(write(kBeside + 30, 9, kOther), GMC_OK);
  EXPECT_EQ(read(kSecond + 30, 0), kNines);
}

TEST_F(ReferenceLawsOfSharing, TheOtherHasThatRegionAloneAtItsOwnAddress) {
  for (std::uint64_t gpa = 0; gpa < 0x1000; gpa += 8) {
    EXPECT_EQ(read(gpa, kOther).empty(), gpa < kBeside || gpa >= kBeside + kSize) << gpa;
    const bool is_own = (gpa >= kFirst && gpa < kFirst + kSize) || (gpa >= kSecond && gpa < kSecond + kSize);
    EXPECT_EQ(read(gpa, 0).empty(), !is_own) << gpa;
  }
}

TEST_F(ReferenceLawsOfSharing, WhatIsSharedOutlivesTheMemoryThatMadeIt) {
  ASSERT_EQ(write(kSecond, 7, 0), GMC_OK);
  ASSERT_EQ(machine_.run(Op{.kind = OpKind::kDestroy}).status, GMC_OK);
  EXPECT_EQ(read(kBeside, kOther), kSevens);
  ASSERT_EQ(write(kBeside, 9, kOther), GMC_OK);
  EXPECT_EQ(read(kBeside, kOther), kNines);
  EXPECT_EQ(read(kSecond, kOther), kNothing);
}

class WhereRemovedRegionsAreDead : public ReferenceLawsOfSharing {
 protected:
  WhereRemovedRegionsAreDead() : ReferenceLawsOfSharing("stale_handle = denied\nslices = yes\n") {}
};

TEST_F(WhereRemovedRegionsAreDead, WhatTheOtherShowsIsNot) {
  Op range = op_at(OpKind::kOpenRange, kBeside, 16, kOther);
  range.opens = kOther + 1;
  ASSERT_EQ(machine_.run(range).status, GMC_OK);
  ASSERT_EQ(machine_.run(op_at(OpKind::kRemove, kSecond, kSize)).status, GMC_OK);
  EXPECT_EQ(read(kSecond, kHandle), kNothing);
  EXPECT_EQ(read(kBeside, kOther).size(), 8u);
  EXPECT_EQ(read(kBeside, kOther + 1).size(), 8u);
}

class WhereTrackingIsTurnedOn : public ReferenceLawsOfSharing {
 protected:
  WhereTrackingIsTurnedOn()
      : ReferenceLawsOfSharing(
            "dirty_source = host_api\ndirty_enable = explicit\ndirty_origin = region\ndirty_granule = 8\n"
            "harvest = read clear both\n") {}
};

// The other memory's tracking was never turned on.
TEST_F(WhereTrackingIsTurnedOn, MarksThroughTheOtherMayShowOrNot) {
  Op on{.kind = OpKind::kTrack};
  on.on = true;
  ASSERT_EQ(machine_.run(on).status, GMC_OK);
  ASSERT_EQ(write(kBeside, 7, kOther), GMC_OK);
  const GmcDirtyWord shown{.index = kSecond / 8 / 64, .bits = std::uint64_t{1} << (kSecond / 8 % 64)};
  EXPECT_FALSE(machine_.reference.judge_sparse({}).has_value());
  EXPECT_FALSE(machine_.reference.judge_sparse(std::span(&shown, 1)).has_value());
  ASSERT_EQ(write(kSecond, 7, 0), GMC_OK);
  EXPECT_TRUE(machine_.reference.judge_sparse({}).has_value());
}

// GM-SLICE-008: what the fact may say of regions that touch, and of such as do not.
TEST(ReferenceFullMapping, OneMappingOfEverything) {
  const auto profile = Profile::parse("host_pointer = whole\n", "laws");
  ASSERT_TRUE(profile.has_value()) << profile.error().text();
  const auto is_right = [&](std::uint64_t second, std::string_view fact, std::size_t wrong_byte = 2 * kSize) {
    Machine m(*profile);
    m.program.layouts = {Layout{{Region{.base = kFirst, .size = kSize}, Region{.base = second, .size = kSize}}}};
    m.reference.create(m.program.layouts.front());
    const Op facts{.kind = OpKind::kFacts};
    Expectation expectation;
    m.reference.predict(m.program, facts, expectation);
    Answer answer;
    const std::string text = fact.empty() ? std::string() : "full_mapping = " + std::string(fact) + "\n";
    std::vector<std::uint8_t> there(2 * kSize + 1);
    there[wrong_byte] = 1;
    there.resize(2 * kSize);
    answer.facts = text;
    answer.pointed = there;
    return !m.reference.judge(expectation, answer).violation.has_value();
  };
  EXPECT_TRUE(is_right(kFirst + kSize, "0x7f0000001000 128"));
  EXPECT_TRUE(is_right(kFirst + kSize, "none"));
  EXPECT_FALSE(is_right(kFirst + kSize, "0x7f0000001000 128", 3));
  EXPECT_FALSE(is_right(kFirst + kSize, "0x7f0000001000 128", kSize)) << "the second region";
  EXPECT_TRUE(is_right(kSecond, "none"));
  EXPECT_FALSE(is_right(kSecond, ""));
  EXPECT_FALSE(is_right(kSecond, "0x7f0000001000 128")) << "with a hole between them";
  EXPECT_FALSE(is_right(kFirst + kSize, "0x7f0000001000 64"));
  EXPECT_FALSE(is_right(kFirst + kSize, "0x0 128"));
  EXPECT_FALSE(is_right(kFirst + kSize, "0x7f0000001000 128 more"));
  EXPECT_FALSE(is_right(kFirst + kSize, "0x7f0000001000"));
}

}  // namespace
}  // namespace gmc::testing
