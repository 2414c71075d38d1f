// SPDX-License-Identifier: Apache-2.0 OR MIT
// What holds of arrays, references and lists of slices whatever the memory is, asked of the reference alone.
#include <gmcheck.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "harness/adapters/reference/answering.h"
#include "harness/base/random.h"
#include "harness/reference/reference.h"
#include "harness/reference/test/budget.h"
#include "harness/reference/test/laws.h"

namespace gmc::testing {
namespace {

constexpr std::uint64_t kSize = 48;       // of each of two regions that touch; the second one is read-only
constexpr std::uint64_t kFirst = 0x1004;  // so that what is aligned in the guest is not aligned in the host
constexpr std::uint64_t kSecond = kFirst + kSize;
constexpr std::uint64_t kEnd = kSecond + kSize;
constexpr std::uint8_t kPoison = 0xa5;

class ReferenceLawsOfSlices : public ::testing::Test {
 protected:
  template <typename Law>
  void for_all(Law law) {
    const std::uint64_t seed = seed_of_run();
    for (std::uint64_t i = 0; i < budget(3000, 600) && !HasFatalFailure(); ++i) {
      random_ = Random(mix(seed * 104729 + i));
      const Profile profile = draw_profile();
      Reference reference(profile);
      program_ = Program{.seed = seed + i, .adopts = false, .layouts = {two_regions()}, .ops = {}};
      reference.create(program_.layouts.front());
      std::vector<std::uint8_t> bytes(kSize);
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_.below(kPoison));
      run(reference, op_at(OpKind::kWrite, kFirst, kSize), bytes);
      const ::testing::ScopedTrace trace(__FILE__, __LINE__, "seed " + std::to_string(seed) + ", memory " + std::to_string(i));
      law(reference);
    }
  }

  static Layout two_regions() {
    return Layout{{Region{.base = kFirst, .size = kSize}, Region{.base = kSecond, .size = kSize, .is_read_only = true}}};
  }

  Profile draw_profile() {
    const auto one = [&](std::initializer_list<std::string_view> lines) {
      return std::string(*(lines.begin() + random_.below(static_cast<std::uint32_t>(lines.size())))) + "\n";
    };
    std::string text =
        "arrays = yes\nreferences = aligned atomic\nslice_lists = yes\ntyped_sizes = 1 2 3 4 8\npermissions = region_ro\n"
        "dirty_source = host_api\ndirty_granule = 8\nharvest = read clear both\n";
    text += one({"cross_region = span", "cross_region = reject"});
    text += one({"perm_fail_effect = nothing", "perm_fail_effect = prefix"});
    text += one({"range_fail_effect = nothing", "range_fail_effect = prefix"});
    const auto profile = Profile::parse(text, "laws");
    EXPECT_TRUE(profile.has_value()) << profile.error().text();
    return *profile;
  }

  GmcOutcome run(Reference& reference, const Op& op, std::span<std::uint8_t> bytes) {
    room_.bytes = bytes;
    return answer(reference, program_, op, room_);
  }

  // Which clause it is that an answer violates.
  std::optional<Clause> violated(const Reference& reference, const Op& op, const Answer& answer) {
    Expectation expectation;
    reference.predict(program_, op, expectation);
    const Judgement judgement = reference.judge(expectation, answer);
    return judgement.violation ? std::optional(judgement.violation->clause) : std::nullopt;
  }

  Op draw_array(OpKind kind) {
    static constexpr std::uint64_t kSizes[] = {1, 2, 3, 4, 8};
    Op op = op_at(kind, kFirst + random_.below(2 * kSize), kSizes[random_.below(5)]);
    op.count = random_.below(12);
    op.room = random_.below(12);
    return op;
  }

  static std::uint64_t start_of(const Op& op) { return static_cast<std::uint64_t>(op.at.delta); }
  // Bytes from the operation's address to the end of its region.
  static std::uint64_t left_of(const Op& op) { return (start_of(op) < kSecond ? kSecond : kEnd) - start_of(op); }

  Random random_{0};
  Program program_;
  AnswerRoom room_;
};

TEST_F(ReferenceLawsOfSlices, AnArrayIsAnAccessToTheElementsThatBothHave) {
  for_all([&](Reference& array) {
    const Op op = draw_array(random_.percent(50) ? OpKind::kReadArray : OpKind::kWriteArray);
    const bool is_write = op.kind == OpKind::kWriteArray;
    const std::uint64_t elements = std::min(op.count, op.room);
    const std::uint64_t moved = elements * op.size;
    Reference plain = array;
    std::vector<std::uint8_t> bytes(op.room * op.size, kPoison);
    const GmcOutcome outcome = run(array, op, bytes);
    if (op.count * op.size > left_of(op)) {
      ASSERT_EQ(outcome.status, GMC_OUT_OF_RANGE);
    } else if (is_write && moved > 0 && start_of(op) >= kSecond) {
      ASSERT_EQ(outcome.status, GMC_DENIED);
    } else {
      ASSERT_EQ(outcome.status, GMC_OK);
      if (op.count > 0) {
        ASSERT_EQ(outcome.count, elements);
      }
      std::vector<std::uint8_t> expected(moved, kPoison);
      const Op access = op_at(is_write ? OpKind::kWrite : OpKind::kRead, start_of(op), moved);
      ASSERT_EQ(run(plain, access, expected).status, GMC_OK);
      expected.resize(bytes.size(), kPoison);
      ASSERT_EQ(bytes, expected);
    }
    ASSERT_TRUE(same_state(array, plain));
  });
}

TEST_F(ReferenceLawsOfSlices, AWrongAnswerOfAnArrayIsAViolation) {
  for_all([&](Reference& reference) {
    Op op = op_at(OpKind::kReadArray, kFirst + random_.below(8), 2);
    op.count = 4 + random_.below(4);
    op.room = 4 + random_.below(4);
    const std::uint64_t elements = std::min(op.count, op.room);
    std::vector<std::uint8_t> bytes(op.room * op.size, kPoison);
    reference.current(op_at(OpKind::kRead, start_of(op), elements * op.size), std::span(bytes).first(elements * op.size));
    const auto answered = [&](GmcOutcome outcome) {
      Answer answer;
      answer.outcome = outcome;
      answer.bytes = bytes;
      answer.poison = kPoison;
      return violated(reference, op, answer);
    };
    ASSERT_EQ(answered(gmc_ok_count(elements)), std::nullopt);
    ASSERT_EQ(answered(gmc_ok_count(elements - 1)), Clause::kSLICE5);
    ASSERT_EQ(answered(gmc_ok_count(elements * op.size)), Clause::kSLICE5);
    ASSERT_EQ(answered(gmc_ok()), Clause::kSLICE5);
    ASSERT_EQ(answered(gmc_outcome(GMC_OUT_OF_RANGE)), Clause::kSLICE5);
    // One byte of another element than that which belongs there, and one where none does.
    bytes[random_.below(static_cast<std::uint32_t>(bytes.size()))] ^= 0x80;
    ASSERT_EQ(answered(gmc_ok_count(elements)), Clause::kSLICE5);
  });
}

TEST_F(ReferenceLawsOfSlices, AnArrayThatIsTooLongFails) {
  for_all([&](Reference& reference) {
    Op op = draw_array(OpKind::kReadArray);
    static constexpr std::uint64_t kPowers[] = {1, 2, 4, 8};
    op.size = kPowers[random_.below(4)];
    op.count = random_.percent(50) ? INT64_MAX / op.size + random_.below(3) : UINT64_MAX - random_.below(3);
    op.room = 0;
    const auto answered = [&](GmcOutcome outcome) {
      Answer answer;
      answer.outcome = outcome;
      answer.poison = kPoison;
      return violated(reference, op, answer);
    };
    ASSERT_EQ(answered(gmc_ok_count(0)), Clause::kSLICE4);
    ASSERT_EQ(answered(gmc_outcome(GMC_OUT_OF_RANGE)), std::nullopt);
    // Up to 2^63-1 bytes it is a range like others, which ends too late.
    const bool is_beyond_any_length = op.count > INT64_MAX / op.size;
    ASSERT_EQ(answered(gmc_outcome(GMC_INVALID_ARGUMENT)) == std::nullopt, is_beyond_any_length);
  });
}

TEST_F(ReferenceLawsOfSlices, AReferenceHasTheAlignmentOfItsObject) {
  for_all([&](Reference& reference) {
    Op op = op_at(OpKind::kReference, kFirst + random_.below(2 * kSize), std::uint64_t{1} << random_.below(4));
    op.rights = random_.percent(50) ? GMC_RIGHT_READ : GMC_RIGHT_READ | GMC_RIGHT_WRITE;
    op.use = static_cast<std::uint8_t>(random_.below(2));
    const bool is_second = start_of(op) >= kSecond;
    const bool is_aligned = (start_of(op) - (is_second ? kSecond : kFirst)) % op.size == 0;
    const bool is_there = op.size <= left_of(op);
    const bool is_permitted = !is_second || (op.rights & GMC_RIGHT_WRITE) == 0;
    std::vector<std::uint8_t> there(op.size);
    reference.current(op_at(OpKind::kRead, start_of(op), op.size), there);
    const auto answered = [&](GmcStatus status, std::uint64_t value) {
      Answer answer;
      answer.outcome = gmc_outcome(status);
      answer.outcome.value = value;
      if (value != 0) answer.pointed = there;
      return violated(reference, op, answer);
    };
    const auto passes = [&](GmcStatus status) { return answered(status, 0) == std::nullopt; };
    ASSERT_EQ(passes(GMC_OK), is_aligned && is_there && is_permitted);
    ASSERT_EQ(passes(GMC_MISALIGNED), !is_aligned);
    ASSERT_EQ(passes(GMC_OUT_OF_RANGE), !is_there);
    ASSERT_EQ(passes(GMC_DENIED), !is_permitted);
    if (!passes(GMC_OK)) return;
    ASSERT_EQ(answered(GMC_OK, 0x1000), std::nullopt);
    there.back() ^= 0x01;
    ASSERT_EQ(answered(GMC_OK, 0x1000), Clause::kSLICE3);
  });
}

TEST_F(ReferenceLawsOfSlices, PiecesCoverWhatIsAskedForAndNothingElse) {
  for_all([&](Reference& reference) {
    const std::uint64_t start = kFirst + random_.below(kSize - 4);
    const std::uint64_t end = kSecond + 4 + random_.below(kSize);
    const Op op = op_at(OpKind::kSlices, start, end - start);
    const std::uint64_t covered = std::min(end, kEnd);
    std::vector<GmcPiece> pieces = {{start, 2}, {start + 2, kSecond - start - 2}, {kSecond, covered - kSecond}, {}};
    const auto answered = [&](std::uint64_t count, std::uint16_t status) {
      Answer answer;
      answer.outcome = gmc_ok_count(count);
      answer.outcome.status = status;
      answer.pieces = pieces;
      return violated(reference, op, answer);
    };
    const std::uint16_t right = covered < end ? GMC_OUT_OF_RANGE : GMC_OK;
    const std::uint16_t wrong = covered < end ? GMC_OK : GMC_OUT_OF_RANGE;
    ASSERT_EQ(answered(3, right), std::nullopt);
    ASSERT_EQ(answered(3, wrong), Clause::kXR5);
    ASSERT_EQ(answered(4, right), Clause::kXR5);  // one without a byte
    ASSERT_EQ(answered(pieces.size() + 1, right), Clause::kXR5);
    if (right == GMC_OK) {
      ASSERT_EQ(answered(2, right), Clause::kXR5);
    }
    const std::vector<GmcPiece> whole = pieces;
    pieces[1].size += 1;  // over the end of its region
    ASSERT_EQ(answered(2, GMC_OUT_OF_RANGE), Clause::kXR5);
    pieces = whole;
    pieces[2].address -= 1;  // twice
    ASSERT_EQ(answered(3, right), Clause::kXR5);
    pieces = whole;
    pieces[1].address += 1;  // not at all
    pieces[1].size -= 1;
    ASSERT_EQ(answered(3, right), Clause::kXR5);
    pieces = whole;
    pieces[2].address += 1;  // as many bytes as are asked for, and others
    ASSERT_EQ(answered(3, right), Clause::kXR5);
    pieces = {{start, kSecond - start}, {kSecond, kEnd - kSecond + 1}};  // beyond the end
    ASSERT_EQ(answered(2, right), Clause::kXR5);
  });
}

}  // namespace
}  // namespace gmc::testing
