// SPDX-License-Identifier: Apache-2.0 OR MIT
// What holds of transfers whatever backend makes them, asked of the reference alone: of everything that may be seen of a stream, only what
// follows from it is right.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/base/random.h"
#include "harness/reference/reference.h"
#include "harness/reference/test/budget.h"

namespace gmc::testing {
namespace {

constexpr OpKind kKinds[] = {OpKind::kReadFrom, OpKind::kReadFromPartial, OpKind::kWriteTo, OpKind::kWriteToPartial};
constexpr std::uint64_t kBase = 0x1000;
constexpr std::uint64_t kSize = 48;  // of each of two regions that touch
constexpr std::uint64_t kHole = 2 * kSize;

struct Seen {
  StreamSeen stream;
  std::uint16_t status = GMC_OK;
  std::optional<std::uint64_t> count = {};
};

class ReferenceLawsOfStreams : public ::testing::Test {
 protected:
  template <typename Law>
  void for_all(Law law) {
    const std::uint64_t seed = seed_of_run();
    for (std::uint64_t i = 0; i < budget(3000, 600) && !HasFatalFailure(); ++i) {
      random_ = Random(mix(seed * 7919 + i));
      const Profile profile = draw_profile();
      Reference reference(profile);
      program_ = Program{.seed = seed + i, .adopts = false, .layouts = {two_regions()}, .ops = {}};
      reference.create(program_.layouts.front());
      const ::testing::ScopedTrace trace(__FILE__, __LINE__, "seed " + std::to_string(seed) + ", memory " + std::to_string(i));
      law(reference);
    }
  }

  static Layout two_regions() { return Layout{{Region{.base = kBase, .size = kSize}, Region{.base = kBase + kSize, .size = kSize}}}; }

  Profile draw_profile() {
    const auto one = [&](std::initializer_list<std::string_view> lines) {
      return std::string(*(lines.begin() + random_.below(static_cast<std::uint32_t>(lines.size())))) + "\n";
    };
    std::string text = "fd_io = yes\ncross_region = span\ndirty_source = host_api\ndirty_granule = 8\nharvest = read clear both\n";
    text += one({"fd_short_read = stop", "fd_short_read = loop"});
    text += one({"fd_exact_loops = yes", "fd_exact_loops = no"});
    text += one({"range_fail_effect = nothing", "range_fail_effect = prefix", "range_fail_effect = prefix\nreports_count = yes"});
    text += one({"zero_length_fd = ok_anywhere", "zero_length_fd = start_mapped", "zero_length_fd = in_bounds_incl_end"});
    const auto profile = Profile::parse(text, "laws");
    EXPECT_TRUE(profile.has_value()) << profile.error().text();
    return *profile;
  }

  // Anywhere in the two regions, with a stream that ends where the range does, before it, behind it, or not at all.
  Op draw_transfer(std::uint64_t offset_max, std::uint64_t room) {
    Op op{.kind = kKinds[random_.below(4)]};
    const std::uint64_t offset = random_.below(static_cast<std::uint32_t>(offset_max));
    op.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(kBase + offset)};
    op.size = 1 + random_.below(static_cast<std::uint32_t>(room - offset));
    op.stream.kind = static_cast<StreamKind>(random_.below(3));
    op.stream.end = static_cast<StreamEnd>(random_.below(3));
    if (op.stream.end != StreamEnd::kNone) op.stream.limit = random_.below(static_cast<std::uint32_t>(op.size) + 3);
    if (random_.percent(30)) op.stream.at_most = 1 + random_.below(8);
    return op;
  }

  std::vector<std::uint8_t> bytes_of(const Reference& reference, const Op& op, std::uint64_t moved) {
    std::vector<std::uint8_t> bytes(takes_from_stream(op.kind) ? op.size + kStreamBeyond : moved);
    if (takes_from_stream(op.kind)) {
      fill_pattern(Pattern{}, program_.seed, 0, {}, bytes);
    } else {
      reference.current(op, std::span(bytes).first(std::min<std::uint64_t>(moved, op.size)));
    }
    return bytes;
  }

  [[nodiscard]] bool is_right(const Reference& reference, const Op& op, const Seen& seen, const std::vector<std::uint8_t>& bytes) const {
    Answer answer;
    answer.outcome = gmc_outcome(static_cast<GmcStatus>(seen.status));
    if (seen.count) {
      answer.outcome.flags = GMC_HAS_COUNT;
      answer.outcome.count = *seen.count;
    }
    answer.bytes = bytes;
    answer.stream = seen.stream;
    Expectation expectation;
    reference.predict(program_, op, expectation);
    reference.settle(expectation, answer);
    return !reference.judge(expectation, answer).violation.has_value();
  }

  // Under which statuses this may have been seen; the count is what was moved.
  [[nodiscard]] StatusMask statuses_for(const Reference& reference, const Op& op, const StreamSeen& stream) {
    const auto bytes = bytes_of(reference, op, stream.moved);
    StatusMask right = 0;
    for (std::uint16_t status = 0; status < GMC_STATUS_COUNT + 2; ++status) {
      if (is_right(reference, op, {.stream = stream, .status = status, .count = std::min(stream.moved, op.size)}, bytes))
        right |= StatusMask{1} << status;
    }
    return right;
  }

  static bool is_exact(const Op& op) { return op.kind == OpKind::kReadFrom || op.kind == OpKind::kWriteTo; }

  Random random_{1};
  Program program_;
};

TEST_F(ReferenceLawsOfStreams, ATransferHasOneLengthAndItsStatus) {
  for_all([&](Reference& reference) {
    const Op op = draw_transfer(2 * kSize, 2 * kSize);
    const bool takes = takes_from_stream(op.kind);
    const std::uint64_t possible = op.stream.room(op.size);
    const StatusMask ended = status_bit(GMC_SHORT) | status_bit(GMC_IO);
    for (std::uint64_t moved = 0; moved < op.size + 3; ++moved) {
      StatusMask expected = 0;
      if (moved == possible) {
        if (is_exact(op)) expected = moved == op.size ? status_bit(GMC_OK) : ended;
        if (!is_exact(op) && moved > 0) expected = status_bit(GMC_OK);
        if (!is_exact(op) && takes && moved > 0 && moved < op.size && op.stream.fails()) expected |= status_bit(GMC_IO);
        if (!is_exact(op) && moved == 0) expected = takes && !op.stream.fails() ? ended | status_bit(GMC_OK) : ended;
      }
      ASSERT_EQ(statuses_for(reference, op, {.moved = moved}), expected) << moved << " of " << op.size << ", possible " << possible;
    }
  });
}

TEST_F(ReferenceLawsOfStreams, AShortCallEndsWhatDoesNotGoOn) {
  for_all([&](Reference& reference) {
    const Op op = draw_transfer(2 * kSize, 2 * kSize);
    const Switches& s = reference.profile().root();
    const bool takes = takes_from_stream(op.kind);
    const std::uint64_t possible = op.stream.room(op.size);
    if (possible < 2) return;
    const bool must_go_on = is_exact(op) ? s.fd_exact_loops : takes && s.fd_short_read == FdShortRead::kLoop;
    const bool must_stop = is_exact(op) ? !s.fd_exact_loops : takes && s.fd_short_read == FdShortRead::kStop;
    const std::uint64_t early = 1 + random_.below(static_cast<std::uint32_t>(possible) - 1);
    ASSERT_EQ(statuses_for(reference, op, {.moved = early, .was_short = true}) != 0, !must_go_on);
    ASSERT_EQ(statuses_for(reference, op, {.moved = early, .moved_before_going_on = 1, .was_short = true, .went_on = true}), 0u);
    ASSERT_EQ(statuses_for(reference, op, {.moved = possible, .moved_before_going_on = 1, .was_short = true, .went_on = true}) != 0,
              !must_stop);
  });
}

TEST_F(ReferenceLawsOfStreams, WhatArrivesIsWhatMemoryHolds) {
  for_all([&](Reference& reference) {
    Op op = draw_transfer(2 * kSize, 2 * kSize);
    op.kind = OpKind::kWriteToPartial;
    const std::uint64_t possible = op.stream.room(op.size);
    if (possible == 0) return;
    auto bytes = bytes_of(reference, op, possible);
    const Seen seen{.stream = {.moved = possible}, .status = GMC_OK, .count = possible};
    ASSERT_TRUE(is_right(reference, op, seen, bytes));
    bytes[random_.below(static_cast<std::uint32_t>(possible))] ^= 0x20;
    ASSERT_FALSE(is_right(reference, op, seen, bytes));
    bytes = bytes_of(reference, op, possible);
    ASSERT_FALSE(is_right(reference, op, {.stream = seen.stream, .status = GMC_OK, .count = possible + 1}, bytes));
    ASSERT_FALSE(is_right(reference, op, {.stream = seen.stream, .status = GMC_OK}, bytes));
  });
}

// The bytes and the marks are those of a write of as many bytes.
TEST_F(ReferenceLawsOfStreams, WhatWasTakenIsWritten) {
  for_all([&](Reference& reference) {
    Op op = draw_transfer(2 * kSize, 2 * kSize);
    op.kind = random_.percent(50) ? OpKind::kReadFrom : OpKind::kReadFromPartial;
    const std::uint64_t possible = op.stream.room(op.size);
    Reference written = reference;
    const auto bytes = bytes_of(reference, op, possible);
    Evidence evidence;
    const auto run = [&](Reference& on, const Op& ran, GmcStatus status, std::span<const std::uint8_t> data) {
      Answer answer;
      answer.outcome = gmc_outcome(status);
      answer.outcome.flags = GMC_HAS_COUNT;
      answer.outcome.count = possible;
      answer.bytes = data;
      answer.stream.moved = possible;
      Expectation expectation;
      on.predict(program_, ran, expectation);
      on.settle(expectation, answer);
      const Judgement judgement = on.judge(expectation, answer);
      ASSERT_FALSE(judgement.violation.has_value());
      on.commit(program_, expectation, judgement, answer, evidence);
    };
    const bool is_ok = is_exact(op) ? possible == op.size : possible > 0;
    run(reference, op, is_ok ? GMC_OK : GMC_IO, bytes);
    Op write{.kind = OpKind::kWrite};
    write.at = op.at;
    write.size = possible;
    if (possible > 0) run(written, write, GMC_OK, std::span(bytes).first(possible));
    Op all{.kind = OpKind::kRead};
    all.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(kBase)};
    std::vector<std::uint8_t> here(2 * kSize), there(2 * kSize);
    reference.current(all, here);
    written.current(all, there);
    ASSERT_EQ(here, there);
    // Those that have to be dirty are; where a system call failed, others of the target may be.
    const bool may_be_more = op.stream.fails() && possible < op.size;
    for (const DirtyLog::Mark& mark : written.dirty().marks()) {
      const auto marks = reference.dirty().marks();
      const auto same = std::ranges::find_if(marks, [&](const DirtyLog::Mark& other) { return other.granule == mark.granule; });
      ASSERT_TRUE(same != marks.end() && same->state == mark.state);
    }
    const auto first = static_cast<std::uint64_t>(op.at.delta);
    const std::uint64_t target = (first + op.size - 1) / 8 - first / 8 + 1;
    ASSERT_EQ(reference.dirty().marks().size(), may_be_more ? target : written.dirty().marks().size());
  });
}

TEST_F(ReferenceLawsOfStreams, NothingIsTakenForAnUnmappedByte) {
  for_all([&](Reference& reference) {
    Op op = draw_transfer(1, 40);
    op.at.delta += static_cast<std::int64_t>(kHole);
    ASSERT_EQ(statuses_for(reference, op, {.moved = 0}), status_bit(GMC_OUT_OF_RANGE));
    ASSERT_EQ(statuses_for(reference, op, {.moved = 1}), 0u);
    const auto rule = reference.profile().root().zero_length_fd;
    op.size = 0;
    if (op.kind == OpKind::kReadFromPartial || op.kind == OpKind::kWriteToPartial) return;
    const bool passes = rule != ZeroLength::kStartMapped;  // it is the first address behind a region
    ASSERT_EQ(statuses_for(reference, op, {.moved = 0}), status_bit(passes ? GMC_OK : GMC_OUT_OF_RANGE));
    ASSERT_EQ(statuses_for(reference, op, {.moved = 1}), 0u);
  });
}

// Where the range ends first, a prefix is kept or nothing is; how much left the descriptor is open.
TEST_F(ReferenceLawsOfStreams, ARangeThatEndsKeepsItsPrefixOrNothing) {
  for_all([&](Reference& reference) {
    Op op = draw_transfer(2 * kSize, 2 * kSize);
    op.kind = random_.percent(50) ? OpKind::kReadFrom : OpKind::kWriteTo;
    op.stream = Stream{.kind = op.stream.kind};
    const std::uint64_t mapped = kBase + kHole - static_cast<std::uint64_t>(op.at.delta);
    op.size = mapped + 1 + random_.below(8);
    const bool keeps = reference.profile().root().range_fail_effect == FailEffect::kPrefix;
    const std::uint64_t most = op.kind == OpKind::kReadFrom ? op.size : mapped;
    for (std::uint64_t moved = 0; moved < op.size + 2; ++moved) {
      const bool fits = moved <= most && (!keeps || moved >= mapped);
      StatusMask expected = fits ? status_bit(keeps ? GMC_SHORT : GMC_OUT_OF_RANGE) : 0;
      if (moved == 0) expected |= status_bit(GMC_OUT_OF_RANGE);  // it did not begin
      const auto bytes = bytes_of(reference, op, moved);
      StatusMask right = 0;
      for (std::uint16_t status = 0; status < GMC_STATUS_COUNT; ++status) {
        Seen seen{.stream = {.moved = moved}, .status = status};
        if (keeps && moved > 0) seen.count = mapped;
        if (is_right(reference, op, seen, bytes)) right |= StatusMask{1} << status;
      }
      ASSERT_EQ(right, expected) << moved << " of " << op.size << ", mapped " << mapped;
    }
  });
}

// Nothing is short about a descriptor that moves nothing; and where the range fails as well, either may be said.
TEST_F(ReferenceLawsOfStreams, AWrongKindIsSaidOrWhatElseIsWrong) {
  for_all([&](Reference& reference) {
    Op op = draw_transfer(2 * kSize, 2 * kSize);
    op.stream = Stream{.kind = StreamKind::kDirectory};
    const StatusMask wrong_kind = status_bit(GMC_IO) | status_bit(GMC_UNSUPPORTED) | status_bit(GMC_INVALID_ARGUMENT);
    EXPECT_EQ(statuses_for(reference, op, {}), wrong_kind);
    op.at.delta = static_cast<std::int64_t>(kBase + kHole);
    EXPECT_EQ(statuses_for(reference, op, {}), wrong_kind | status_bit(GMC_OUT_OF_RANGE));
  });
}

// GM-DIRTY-018: a backend need not tell an interrupted call from one that failed.
TEST_F(ReferenceLawsOfStreams, AnInterruptedCallMayMarkTheWholeTarget) {
  for_all([&](Reference& reference) {
    Op op = draw_transfer(2 * kSize, 2 * kSize);
    op.kind = OpKind::kReadFromPartial;
    op.stream = Stream{.kind = op.stream.kind, .end = StreamEnd::kEnds, .limit = 1};
    for (const bool was_interrupted : {false, true}) {
      Answer answer;
      answer.stream = {.moved = 1, .was_interrupted = was_interrupted};
      Expectation expectation;
      reference.predict(program_, op, expectation);
      reference.settle(expectation, answer);
      EXPECT_EQ(expectation.marks_target, was_interrupted);
    }
  });
}

}  // namespace
}  // namespace gmc::testing
