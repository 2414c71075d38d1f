// SPDX-License-Identifier: Apache-2.0 OR MIT
// A memory with a layout of its own, in which anything may stand at first: whatever it holds is right, and what was once seen stays.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "harness/reference/test/laws.h"

namespace gmc::testing {
namespace {

constexpr std::uint64_t kBase = 0x1000;
constexpr std::uint64_t kSize = 3000;

// A memory beside the reference. It knows which of its bytes were seen or written; of the others the reference can know nothing.
class ReferenceLawsOfAdopting : public ReferenceLaws {
 protected:
  ReferenceLawsOfAdopting() : machine_(profile()) {
    machine_.reference.create(Layout{{Region{.base = kBase, .size = kSize}}});
    machine_.program = {.seed = 1, .adopts = true, .layouts = {Layout{}}, .ops = {}};
    random_ = Random(seed_of_run());
    truth_ = payload(kSize);
    first_ = truth_;
  }

  // What is wrong with the answer; nothing, and the reference goes on.
  std::optional<Clause> tell(const Op& op, const Answer& answer) {
    Expectation expectation;
    machine_.reference.predict(machine_.program, op, expectation);
    const Judgement judgement = machine_.reference.judge(expectation, answer);
    if (judgement.violation) return judgement.violation->clause;
    Evidence evidence;
    machine_.reference.commit(machine_.program, expectation, judgement, answer, evidence);
    EXPECT_EQ(evidence.of(Clause::kREG7), 0u);
    return std::nullopt;
  }
  std::optional<Clause> tell_read(std::uint64_t offset, const std::vector<std::uint8_t>& bytes) {
    Answer answer;
    answer.outcome = gmc_ok();
    answer.bytes = bytes;
    return tell(op_at(OpKind::kRead, kBase + offset, bytes.size()), answer);
  }

  [[nodiscard]] std::vector<std::uint8_t> truth(std::uint64_t offset, std::uint64_t size) const {
    return {truth_.begin() + static_cast<std::ptrdiff_t>(offset), truth_.begin() + static_cast<std::ptrdiff_t>(offset + size)};
  }
  void set(std::uint64_t offset, const std::vector<std::uint8_t>& bytes) {
    std::copy(bytes.begin(), bytes.end(), truth_.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  void know(std::uint64_t offset, std::uint64_t size, bool is = true) {
    std::fill_n(is_known_.begin() + static_cast<std::ptrdiff_t>(offset), size, is);
  }

  void read(std::uint64_t offset, std::uint64_t size) {
    ASSERT_EQ(tell_read(offset, truth(offset, size)), std::nullopt);
    know(offset, size);
  }
  void write(std::uint64_t offset, std::uint64_t size) {
    const auto bytes = payload(size);
    Answer answer;
    answer.outcome = gmc_ok();
    answer.bytes = bytes;
    ASSERT_EQ(tell(op_at(OpKind::kWrite, kBase + offset, size), answer), std::nullopt);
    set(offset, bytes);
    know(offset, size);
  }
  void copy(std::uint64_t to, std::uint64_t from, std::uint64_t size) {
    Op op = op_at(OpKind::kCopy, kBase + from, size);
    op.at2 = op_at(OpKind::kRead, kBase + to, 0).at;
    Answer answer;
    answer.outcome = gmc_ok();
    ASSERT_EQ(tell(op, answer), std::nullopt);
    set(to, truth(from, size));
    const std::vector<bool> known = is_known_;  // the ranges may overlap
    for (std::uint64_t i = 0; i < size; ++i) know(to + i, 1, known[from + i]);
  }
  // With what stands there or with something else; of a value that nobody saw nobody knows which it is.
  void compare_exchange(std::uint64_t offset, bool fits) {
    Op op = op_at(OpKind::kCompareExchange, kBase + offset, 2);
    op.order = op.failure_order = GMC_ORDER_SEQ_CST;
    const auto there = truth(offset, 2);
    auto expected = there;
    if (!fits) expected[0] ^= 1;
    const auto desired = payload(2);
    Answer answer;
    answer.outcome = gmc_outcome(fits ? GMC_OK : GMC_MISMATCH);
    std::memcpy(&answer.outcome.value, there.data(), 2);
    answer.bytes = desired;
    answer.expected = expected;
    ASSERT_EQ(tell(op, answer), std::nullopt);
    if (fits) set(offset, desired);
    know(offset, 2);
  }
  void run_something() {
    const std::uint64_t size = 1 + random_.below(random_.one_in(4) ? 700 : 20);
    const std::uint64_t offset = random_.below(static_cast<std::uint32_t>(kSize - size));
    switch (random_.below(4)) {
      case 0:
        return read(offset, size);
      case 1:
        return write(offset, size);
      case 2:
        return copy(random_.below(static_cast<std::uint32_t>(kSize - size)), offset, size);
      default:
        return compare_exchange(offset & ~std::uint64_t{1}, random_.one_in(2));
    }
  }

  Machine machine_;
  std::vector<std::uint8_t> truth_;
  std::vector<std::uint8_t> first_;  // what stood there at creation
  std::vector<bool> is_known_ = std::vector<bool>(kSize);

 private:
  static Profile profile() {
    const auto profile = Profile::parse(
        "layout = own\nregion_api = list\nmap_mutation = in_place\nreset = yes\nhas_copy = yes\natomics = compare_exchange\natomic_sizes = "
        "2\ntyped_sizes = 2\n",
        "laws");
    EXPECT_TRUE(profile.has_value()) << profile.error().text();
    return *profile;
  }
};

TEST_F(ReferenceLawsOfAdopting, WhatWasSeenStaysAndWhatWasNotMayBeAnything) {
  for (int round = 0; round < 300 && !HasFatalFailure(); ++round) {
    run_something();
    const std::uint64_t at = random_.below(kSize);
    auto bytes = truth(at, 1);
    bytes[0] ^= static_cast<std::uint8_t>(1 + random_.below(255));
    Expectation expectation;
    Answer answer;
    answer.outcome = gmc_ok();
    answer.bytes = bytes;
    const Op op = op_at(OpKind::kRead, kBase + at, 1);
    machine_.reference.predict(machine_.program, op, expectation);
    ASSERT_EQ(machine_.reference.judge(expectation, answer).violation.has_value(), is_known_[at]) << "round " << round << ", byte " << at;
  }
}

TEST_F(ReferenceLawsOfAdopting, WhatChangesUnwrittenIsNoMatterOfZeroes) {
  read(100, 4);
  auto changed = truth(100, 4);
  changed[3] ^= 1;
  EXPECT_EQ(tell_read(100, changed), Clause::kRW1);
}

TEST_F(ReferenceLawsOfAdopting, WhatWasLookedAtIsKnownAndAResetBringsItBack) {
  machine_.reference.adopt(0, truth(0, kSize));
  const auto is_held_to = [&](std::uint64_t offset, std::uint64_t size) {
    const std::vector<std::uint8_t> first(first_.begin() + static_cast<std::ptrdiff_t>(offset),
                                          first_.begin() + static_cast<std::ptrdiff_t>(offset + size));
    auto changed = first;
    changed.back() ^= 1;
    return tell_read(offset, changed) == Clause::kRW1 && tell_read(offset, first) == std::nullopt;
  };
  EXPECT_TRUE(is_held_to(0, 1));
  EXPECT_TRUE(is_held_to(290, 700));
  write(300, 100);
  copy(1500, 290, 200);
  read(1500, 200);
  EXPECT_FALSE(is_held_to(300, 100));
  machine_.reference.reset();
  EXPECT_TRUE(is_held_to(290, 700));
  EXPECT_TRUE(is_held_to(1500, 200));
}

TEST_F(ReferenceLawsOfAdopting, AResetAfterAChangeOfTheMapKnowsWhatWasLookedAt) {
  machine_.reference.adopt(0, truth(0, kSize));
  ASSERT_EQ(machine_.run(op_at(OpKind::kRemove, kBase, kSize)).status, GMC_OK);
  machine_.reference.reset();
  EXPECT_EQ(tell_read(0, std::vector<std::uint8_t>(256, 0x55)), Clause::kRW1);
  EXPECT_EQ(tell_read(0, truth(0, 256)), std::nullopt);
}

TEST_F(ReferenceLawsOfAdopting, AResetLeavesUnknownWhatWasNeverLookedAt) {
  read(300, 40);
  machine_.reference.reset();
  EXPECT_EQ(tell_read(300, std::vector<std::uint8_t>(40, 0x55)), std::nullopt);
}

TEST_F(ReferenceLawsOfAdopting, AnotherMemoryMayHoldSomethingElse) {
  machine_.reference.adopt(0, truth(0, kSize));
  machine_.reference.create(Layout{{Region{.base = kBase, .size = kSize}}});
  EXPECT_EQ(tell_read(0, std::vector<std::uint8_t>(64, 0x55)), std::nullopt);
}

TEST_F(ReferenceLawsOfAdopting, EqualIsWhatIsKnownOfEqualBytes) {
  const Reference before = machine_.reference;
  EXPECT_EQ(before, machine_.reference);
  write(10, 1);
  Reference other = before;
  EXPECT_NE(other, machine_.reference);
  std::swap(other, machine_.reference);
  read(0, 256);  // the byte is another one, or as many are known
  EXPECT_NE(other, machine_.reference);
}

}  // namespace
}  // namespace gmc::testing
