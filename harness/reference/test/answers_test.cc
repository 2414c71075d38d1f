// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the reference says of answers: the right one passes, and one that is wrong in any part is a violation.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/adapters/reference/reference_plugin.h"
#include "harness/reference/test/laws.h"

namespace gmc::testing {
namespace {

TEST_F(ReferenceLaws, AWrongAnswerIsAViolation) {
  for_all([&](Machine& m) {
    const Op read = with_kind(draw_inside(m, OpKind::kWrite), OpKind::kRead);
    if (read.size == 0) return;
    std::vector<std::uint8_t> bytes(read.size);
    Machine copy = m;
    Answer right;
    right.outcome = copy.run(read, bytes);
    right.bytes = bytes;
    Expectation expectation;
    m.reference.predict(m.program, read, expectation);
    ASSERT_FALSE(m.reference.judge(expectation, right).violation.has_value());
    auto flipped = bytes;
    flipped[random_.below(static_cast<std::uint32_t>(read.size))] ^= 0x40;
    Answer wrong = right;
    wrong.bytes = flipped;
    ASSERT_TRUE(m.reference.judge(expectation, wrong).violation.has_value());
    for (std::uint16_t status = 1; status < GMC_STATUS_COUNT + 2; ++status) {
      wrong = right;
      wrong.outcome.status = status;
      ASSERT_TRUE(m.reference.judge(expectation, wrong).violation.has_value()) << status;
    }
    wrong = right;
    wrong.outcome.flags |= GMC_HAS_COUNT;
    wrong.outcome.count = read.size + 1;
    const auto judgement = m.reference.judge(expectation, wrong);
    ASSERT_TRUE(judgement.violation.has_value());
    ASSERT_EQ(judgement.violation->clause, Clause::kRW8);
  });
}

// Behind a region's last byte its last granule goes on, also where guest addresses do not (GM-DIRTY-009).
TEST_F(ReferenceLaws, AMarkNearTheTopMayMarkTheLastGranule) {
  constexpr std::uint64_t kBase = 0xfffffffffffefffe;
  const auto profile = Profile::parse(
      "dirty_source = host_api\ndirty_granule = 4096\ndirty_origin = region\ndirty_bitmap_api = yes\nharvest = read clear both\n", "test");
  ASSERT_TRUE(profile.has_value()) << profile.error().text();
  for (const std::uint64_t beyond : {std::uint64_t{1}, std::uint64_t{0xffe}, std::uint64_t{0x1000}}) {
    Machine m(*profile);
    m.program.layouts = {Layout{{Region{.base = kBase, .size = 0x10001}}}};
    m.reference.create(m.program.layouts[0]);
    Op open{.kind = OpKind::kOpenRegion, .opens = 1};
    open.at = op_at(OpKind::kRead, kBase, 0).at;
    ASSERT_EQ(m.run(open).status, GMC_OK);
    ASSERT_EQ(m.run(op_at(OpKind::kMark, kBase + 0x10000 + beyond, 1, 1)).status, GMC_OK);
    // The granule of bytes 0x10000 to 0x10fff of the region.
    const auto& marks = m.reference.dirty().marks();
    const bool is_maybe = !marks.empty() && marks.begin()->state == DirtyLog::State::kMaybe && marks.begin()->granule.number == 16;
    EXPECT_EQ(marks.size() == 1 && is_maybe, beyond < 0x1000) << beyond;
  }
}

// A pointer leads to its byte and up to the end of its region; nothing may be written through one to memory that is not to be written.
TEST_F(ReferenceLaws, APointerLeadsToItsByte) {
  for_all([&](Machine& m) {
    const auto& regions = m.reference.map().regions();
    const MappedRegion& region = regions[random_.below(static_cast<std::uint32_t>(regions.size()))];
    const std::uint64_t offset = random_.below(static_cast<std::uint32_t>(std::min<std::uint64_t>(region.size(), 4096)));
    Op op = op_at(OpKind::kHostAddress, region.base + offset, std::min<std::uint64_t>(region.size() - offset, 64));
    op.rights = GMC_RIGHT_READ;
    std::vector<std::uint8_t> there(op.size);
    m.reference.current(op, there);
    const auto is_wrong = [&](GmcStatus status, std::uint64_t pointer, std::span<const std::uint8_t> pointed) {
      Answer answer;
      answer.outcome = gmc_outcome(status);
      answer.outcome.value = pointer;
      answer.pointed = pointed;
      Expectation expectation;
      m.reference.predict(m.program, op, expectation);
      return m.reference.judge(expectation, answer).violation.has_value();
    };
    ASSERT_FALSE(is_wrong(GMC_OK, 0x1000, there));
    ASSERT_TRUE(is_wrong(GMC_OK, 0, {}));
    ASSERT_TRUE(is_wrong(GMC_OUT_OF_RANGE, 0, {}));
    there[random_.below(static_cast<std::uint32_t>(there.size()))] ^= 0x01;
    ASSERT_TRUE(is_wrong(GMC_OK, 0x1000, there));
    op.rights = GMC_RIGHT_READ | GMC_RIGHT_WRITE;
    ASSERT_EQ(is_wrong(GMC_DENIED, 0, {}), !region.is_read_only);
    op.size = region.size() - offset + 1;
    op.rights = GMC_RIGHT_READ;
    ASSERT_TRUE(is_wrong(GMC_OK, 0x1000, {}));
    ASSERT_FALSE(is_wrong(GMC_OUT_OF_RANGE, 0, {}));
  });
}

// A compare-exchange says what it found, and whether that was expected decides it; an atomic load and an exchange say what stood there.
TEST_F(ReferenceLaws, AWrongAtomicAnswerIsAViolation) {
  static constexpr OpKind kKinds[] = {OpKind::kCompareExchange, OpKind::kAtomicLoad, OpKind::kExchange, OpKind::kFetchSub};
  for_all([&](Machine& m) {
    Op op = draw_inside(m, OpKind::kWrite);
    const std::uint64_t room = op.size;
    const std::uint64_t gpa = static_cast<std::uint64_t>(op.at.delta);
    op.kind = kKinds[random_.below(4)];
    op.size = room >= 8 && gpa % 8 == 0 ? 8 : room >= 2 && gpa % 2 == 0 ? 2 : 1;
    op.order = op.failure_order = GMC_ORDER_SEQ_CST;
    if (room == 0) return;
    std::vector<std::uint8_t> there(op.size);
    m.reference.current(op, there);
    const std::vector<std::uint8_t> desired = payload(op.size);
    std::vector<std::uint8_t> other = there;
    other.back() ^= 0x10;
    std::uint64_t value = 0;
    std::memcpy(&value, there.data(), there.size());
    const auto is_wrong = [&](GmcStatus status, std::uint64_t told, const std::vector<std::uint8_t>& expected) {
      Answer answer;
      answer.outcome = gmc_outcome(status);
      answer.outcome.value = told;
      answer.bytes = desired;
      answer.expected = expected;
      Expectation expectation;
      m.reference.predict(m.program, op, expectation);
      return m.reference.judge(expectation, answer).violation.has_value();
    };
    const bool is_compare = op.kind == OpKind::kCompareExchange;
    ASSERT_FALSE(is_wrong(GMC_OK, value, there));
    ASSERT_TRUE(is_wrong(GMC_MISMATCH, value, there));
    ASSERT_EQ(is_wrong(GMC_MISMATCH, value, other), !is_compare);
    ASSERT_EQ(is_wrong(GMC_OK, value, other), is_compare);
    ASSERT_TRUE(is_wrong(is_compare ? GMC_MISMATCH : GMC_OK, value ^ 0x10, other));
    ASSERT_TRUE(is_wrong(GMC_MISALIGNED, 0, there));
    ASSERT_TRUE(is_wrong(GMC_INVALID_ARGUMENT, 0, there));
  });
}

// After a fault each byte in front of the hole is old or new; a write that succeeds ends that.
TEST_F(ReferenceLaws, AWriteClosesWhatAFaultLeftOpen) {
  const auto profile = Profile::parse("hole_kind = fault\ndirty_source = host_api\n", "laws");
  ASSERT_TRUE(profile.has_value());
  Machine m(*profile);
  m.program.layouts = {{{{.base = 0, .size = 64, .is_window = true}, {.base = 8, .size = 16}}}};
  m.reference.create(m.program.layouts[0]);
  std::vector<std::uint8_t> old(16, 1), interrupted(17, 2), last(16, 3);
  Expectation expectation;
  const Op read = op_at(OpKind::kRead, 8, 16);
  const auto is_right = [&](const std::vector<std::uint8_t>& bytes) {
    m.reference.predict(m.program, read, expectation);
    Answer answer;
    answer.bytes = bytes;
    return !m.reference.judge(expectation, answer).violation.has_value();
  };
  m.run(op_at(OpKind::kWrite, 8, 16), old);
  ASSERT_NE(m.run(op_at(OpKind::kWrite, 8, 17), interrupted).status, GMC_OK);
  ASSERT_TRUE(is_right(old));
  ASSERT_TRUE(is_right(std::vector<std::uint8_t>(16, 2)));
  ASSERT_FALSE(is_right(last));
  ASSERT_EQ(m.run(op_at(OpKind::kWrite, 8, 16), last).status, GMC_OK);
  ASSERT_TRUE(is_right(last));
  for (std::size_t i = 0; i < last.size(); ++i) {
    for (const std::uint8_t byte : {old[0], interrupted[0]}) {
      auto mixed = last;
      mixed[i] = byte;
      ASSERT_FALSE(is_right(mixed)) << i;
    }
  }
}

// GM-INV-005: one byte is one use, so that nothing fails before the use that was asked for; of more bytes nobody knows how many they are.
TEST(ReferenceFaults, NoneComesTooEarly) {
  const auto profile = Profile::parse("backing = own\nfault_sites = access\n", "test");
  ASSERT_TRUE(profile.has_value()) << profile.error().text();
  Machine m(*profile);
  m.program.layouts = {Layout{{Region{.base = 0, .size = 64}}}};
  m.reference.create(m.program.layouts.front());
  const auto clause_of_fault = [&](std::uint64_t size) -> std::optional<Clause> {
    const Op read = op_at(OpKind::kRead, 8, size);
    Expectation expectation;
    m.reference.predict(m.program, read, expectation);
    Answer answer;
    answer.outcome = gmc_outcome(GMC_FAULT);
    const std::vector<std::uint8_t> untouched(size);
    answer.bytes = untouched;
    const Judgement judgement = m.reference.judge(expectation, answer);
    return judgement.violation ? std::optional(judgement.violation->clause) : std::nullopt;
  };
  const auto read = [&](std::uint64_t size) {
    std::vector<std::uint8_t> bytes(size);
    ASSERT_EQ(m.run(op_at(OpKind::kRead, 8, size), bytes).status, GMC_OK);
  };
  Op arm{.kind = OpKind::kArm};
  arm.fault = GMC_FAULT_ACCESS;
  arm.count = 4;
  ASSERT_EQ(m.run(arm).status, GMC_OK);
  EXPECT_EQ(clause_of_fault(1), Clause::kINV5);
  EXPECT_EQ(clause_of_fault(2), std::nullopt);
  read(1);
  EXPECT_EQ(clause_of_fault(1), Clause::kINV5) << "three are left";
  read(2);
  EXPECT_EQ(clause_of_fault(1), std::nullopt) << "two or one are left";
}

// What a write left dirty, a harvest has to report, and what nobody wrote it may not.
TEST_F(ReferenceLaws, AWrongHarvestIsAViolation) {
  for_all([&](Machine& m) {
    const Op write = draw_inside(m, OpKind::kWrite);
    if (write.size == 0 || !m.reference.is_tracking() || !m.reference.sparse_is_possible()) return;
    m.run(Op{.kind = OpKind::kHarvest, .form = HarvestForm::kSparse});
    auto bytes = payload(write.size);
    m.run(write, bytes);
    const std::vector<GmcDirtyWord> right = sparse_words(m.reference, 0);
    ASSERT_FALSE(right.empty());
    ASSERT_FALSE(m.reference.judge_sparse(right).has_value());
    for (std::size_t word = 0; word < right.size(); ++word) {
      for (std::uint32_t bit = 0; bit < 64; ++bit) {
        auto wrong = right;
        wrong[word].bits ^= std::uint64_t{1} << bit;
        if (wrong[word].bits == 0) wrong.erase(wrong.begin() + static_cast<std::ptrdiff_t>(word));
        ASSERT_TRUE(m.reference.judge_sparse(wrong).has_value()) << word << " " << bit;
      }
    }
  });
}

TEST_F(ReferenceLaws, ExtentsOverlapWhereTheyShareAByte) {
  const auto profile = Profile::parse("backing = fd\nfile_facts = fds_overlap\n", "laws");
  ASSERT_TRUE(profile.has_value());
  random_ = Random(seed_of_run());
  for (int round = 0; round < 2000; ++round) {
    Machine m(*profile);
    std::array<Region, 2> regions;
    for (std::size_t i = 0; i < 2; ++i) {
      regions[i] = {.base = 0x100 * i, .size = 1 + random_.below(4), .backing = Backing::kFile};
      regions[i].file = static_cast<std::uint8_t>(random_.below(2));
      regions[i].file_offset = random_.below(8);
    }
    m.program.layouts = {{{regions[0], regions[1]}}};
    m.reference.create(m.program.layouts[0]);
    for (std::uint8_t i = 0; i < 2; ++i) {
      Op open = op_at(OpKind::kOpenRegion, regions[i].base, 0);
      open.opens = static_cast<std::uint8_t>(i + 1);
      ASSERT_EQ(m.run(open).status, GMC_OK);
    }
    std::uint64_t shared = 0;
    for (std::uint64_t byte = 0; byte < 16; ++byte) {
      const auto holds = [&](const Region& region) { return byte >= region.file_offset && byte < region.file_offset + region.size; };
      if (regions[0].file == regions[1].file && holds(regions[0]) && holds(regions[1])) ++shared;
    }
    ASSERT_EQ(m.run(Op{.kind = OpKind::kFdsOverlap, .space = 1, .other = 2}).value, shared > 0 ? 1u : 0u);
  }
}

TEST(ReferenceFacts, ProtectionIsThatOfTheLayout) {
  const auto profile = Profile::parse("backing = own fd\npermissions = region_ro\nfile_facts = protection\n", "laws");
  ASSERT_TRUE(profile.has_value()) << profile.error().text();
  for (const bool is_read_only : {false, true}) {
    Machine m(*profile);
    m.program.layouts = {Layout{{Region{.base = 0x1000, .size = 0x1000, .is_read_only = is_read_only}}}};
    m.reference.create(m.program.layouts.front());
    Op open = op_at(OpKind::kOpenRegion, 0x1000, 0);
    open.opens = 1;
    ASSERT_EQ(m.run(open).status, GMC_OK);
    const Op facts{.kind = OpKind::kFacts, .space = 1};
    Expectation expectation;
    m.reference.predict(m.program, facts, expectation);
    Answer answer;
    for (const std::string_view text : {"protection = 1\n", "protection = 3\n"}) {
      answer.facts = text;
      EXPECT_EQ(m.reference.judge(expectation, answer).violation.has_value(), is_read_only == (text == "protection = 3\n")) << text;
    }
  }
}

TEST_F(ReferenceLaws, SubmitIsTheSameCallsOneByOne) {
  const GmcPlugin* const table = gmc_reference_plugin();
  GmcHost host{};
  host.size = sizeof host;
  GmcBackend* backend = nullptr;
  ASSERT_EQ(table
                ->open(&host, "cross_region=span,range_fail_effect=prefix,partial=yes,has_fill=yes,dirty_source=host_api,dirty_granule=8",
                       &backend)
                .status,
            GMC_OK);
  const auto& memory = *static_cast<const GmcMemoryGroup*>(table->group(backend, GMC_GROUP_MEMORY));
  const auto& access = *static_cast<const GmcAccessGroup*>(table->group(backend, GMC_GROUP_ACCESS));
  const auto& dirty = *static_cast<const GmcDirtyGroup*>(table->group(backend, GMC_GROUP_DIRTY));
  const std::array<GmcEntry, 2> entries = {GmcEntry{0, 3, 0x10, 40, 0, -1, 0, nullptr, nullptr},
                                           GmcEntry{0, 3, 0x38, 24, 0, -1, 0, nullptr, nullptr}};
  const GmcLayout layout{.entries = entries.data(), .count = entries.size()};
  Random random(seed_of_run());
  for (int round = 0; round < 100; ++round) {
    std::array<GmcSpace*, 2> roots{};
    for (GmcSpace*& root : roots) ASSERT_EQ(memory.create(backend, nullptr, &layout, &root).status, GMC_OK);
    std::array<std::array<std::array<std::uint8_t, 64>, 8>, 2> buffers{};
    std::array<std::array<GmcCall, 8>, 2> calls{};
    std::array<std::array<GmcOutcome, 8>, 2> outcomes{};
    static constexpr std::array<GmcCallOp, 6> kOps = {GMC_CALL_READ,          GMC_CALL_WRITE, GMC_CALL_READ_PARTIAL,
                                                      GMC_CALL_WRITE_PARTIAL, GMC_CALL_FILL,  GMC_CALL_STORE};
    for (std::size_t i = 0; i < 8; ++i) {
      GmcCall call{};
      call.op = kOps[random.below(6)];
      call.address = random.below(0x60);
      call.size = call.op == GMC_CALL_STORE ? 8 : random.below(64);
      call.value = random.next();
      const auto bytes = payload(64);
      for (std::size_t side = 0; side < 2; ++side) {
        std::copy(bytes.begin(), bytes.end(), buffers[side][i].begin());
        calls[side][i] = call;
        calls[side][i].space = roots[side];
        calls[side][i].buffer = buffers[side][i].data();
      }
    }
    ASSERT_EQ(access.submit(nullptr, calls[0].data(), 8, outcomes[0].data()).status, GMC_OK);
    for (std::size_t i = 0; i < 8; ++i) access.submit(nullptr, &calls[1][i], 1, &outcomes[1][i]);
    for (std::size_t i = 0; i < 8; ++i) {
      ASSERT_EQ(std::memcmp(&outcomes[0][i], &outcomes[1][i], sizeof(GmcOutcome)), 0);
      ASSERT_EQ(buffers[0][i], buffers[1][i]);
    }
    std::array<std::array<GmcDirtyWord, 2>, 2> words{};
    for (std::size_t side = 0; side < 2; ++side) {
      ASSERT_EQ(dirty.harvest_sparse(nullptr, roots[side], GMC_HARVEST_READ | GMC_HARVEST_CLEAR, words[side].data(), 2).status, GMC_OK);
      ASSERT_EQ(memory.destroy(nullptr, roots[side]).status, GMC_OK);
    }
    ASSERT_EQ(words[0][0].bits, words[1][0].bits);
  }
  table->close(backend);
}

// GM-ATOM-006 with hardware that may decline what is unaligned: unaligned where the profile's basis says so, and nowhere else.
TEST(ReferenceAtomics, WhatIsUnalignedFollowsTheBasis) {
  for (const bool by_host : {false, true}) {
    const std::string text =
        std::string("backing = own fd\natomics = load\natomic_unaligned = hw\nalign_basis = ") + (by_host ? "hva" : "gpa");
    const auto profile = Profile::parse(text, "test");
    ASSERT_TRUE(profile.has_value()) << profile.error().text();
    Machine m(*profile);
    // Guest and host differ by four bytes.
    m.program.layouts = {Layout{{Region{.base = 0x1000, .size = 64, .backing = Backing::kFile, .file_offset = 4}}}};
    m.reference.create(m.program.layouts.front());
    for (const std::uint64_t gpa : {std::uint64_t{0x1000}, std::uint64_t{0x1004}}) {
      Op op = op_at(OpKind::kAtomicLoad, gpa, 8);
      op.order = GMC_ORDER_SEQ_CST;
      Expectation expectation;
      m.reference.predict(m.program, op, expectation);
      const bool may_decline = expectation.alternative_count > 1;
      EXPECT_EQ(may_decline, by_host == (gpa == 0x1000)) << text << " at " << gpa;
    }
  }
}

}  // namespace
}  // namespace gmc::testing
