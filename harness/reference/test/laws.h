// SPDX-License-Identifier: Apache-2.0 OR MIT
// A reference that answers for itself, on memories that random programs left behind: what the laws are asked of.
#ifndef GMCHECK_HARNESS_REFERENCE_TEST_LAWS_H
#define GMCHECK_HARNESS_REFERENCE_TEST_LAWS_H

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/adapters/reference/answering.h"
#include "harness/reference/test/budget.h"
#include "harness/reference/test/random_programs.h"

namespace gmc::testing {

// A reference that answers for itself.
struct Machine {
  Reference reference;
  Program program;
  AnswerRoom room;

  explicit Machine(const Profile& profile) : reference(profile) {}
  Machine(const Machine& other) : reference(other.reference), program(other.program) {}
  Machine& operator=(const Machine&) = delete;

 private:
  std::vector<std::uint8_t> expected_;  // by a compare-exchange

 public:
  GmcOutcome run(const Op& op, std::span<std::uint8_t> bytes = {}) {
    room.bytes = bytes;
    expected_.assign(op.size <= bytes.size() ? op.size : 0, 0);
    if (op.kind == OpKind::kCompareExchange && op.expected.kind == PatternKind::kSame) reference.current(op, expected_);
    room.expected = expected_;
    return answer(reference, program, op, room);
  }
};

inline Op op_at(OpKind kind, std::uint64_t gpa, std::uint64_t size, std::uint8_t space = 0) {
  Op op{.kind = kind, .space = space};
  op.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(gpa)};
  op.size = size;
  return op;
}

// Memory, tracking and what is dirty; not by which clause.
inline bool same_state(const Reference& a, const Reference& b) {
  if (a.map() != b.map() || a.is_tracking() != b.is_tracking() || a.dirty().marks().size() != b.dirty().marks().size()) return false;
  for (std::uint32_t store = 0; store < a.map().store_count(); ++store) {
    if (!(a.store(store) == b.store(store))) return false;
  }
  return std::equal(a.dirty().marks().begin(), a.dirty().marks().end(), b.dirty().marks().begin(),
                    [](const DirtyLog::Mark& x, const DirtyLog::Mark& y) { return x.granule == y.granule && x.state == y.state; });
}

class ReferenceLaws : public ::testing::Test {
 protected:
  // Calls `law` with memories of all kinds.
  template <typename Law>
  void for_all(Law law) {
    const std::uint64_t seed = seed_of_run();
    const std::uint64_t count = budget(4000, 1000);
    std::vector<Profile> profiles;
    for (std::uint64_t i = 0; i < 64; ++i) {
      random_ = Random(mix(seed + i));
      profiles.push_back(draw_profile());
    }
    for (std::uint64_t i = 0; i < count && !HasFatalFailure(); ++i) {
      random_ = Random(mix(seed * 1000003 + i));
      const Profile& profile = profiles[i % profiles.size()];
      RandomPrograms source(profile, random_.next());
      Machine machine(profile);
      machine.program = source.draw(12);
      if (machine.program.layouts[0].regions.empty()) continue;
      machine.reference.create(machine.program.layouts[0]);
      std::vector<std::uint8_t> bytes(std::size_t{1} << 14);
      for (std::uint32_t j = 0; j < machine.program.ops.size(); ++j) {
        const Op& op = machine.program.ops[j];
        if (op.kind == OpKind::kFacts || !machine.reference.runs(op)) continue;
        for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(i + j);
        const bool has_buffer = buffer_size(op) <= bytes.size();
        machine.run(op, std::span(bytes).first(has_buffer ? buffer_size(op) : 0));
      }
      machine.run(Op{.kind = OpKind::kArm});
      const ::testing::ScopedTrace trace(__FILE__, __LINE__, "seed " + std::to_string(seed) + ", memory " + std::to_string(i));
      law(machine);
    }
  }

  Profile draw_profile() {
    const auto one = [&](std::initializer_list<std::string_view> lines) {
      return std::string(*(lines.begin() + random_.below(static_cast<std::uint32_t>(lines.size())))) + "\n";
    };
    std::string text =
        "partial = yes\nhas_fill = yes\nhas_zero_all = yes\nhas_copy = yes\natomic_buffers = yes\nreset = yes\nharvest = read clear both\n"
        "range_api = check_range checked_offset\nregion_api = list find last_address\ndirty_bitmap_api = yes\ntyped_sizes = 1 2 3 4 8 16\n"
        "atomics = load store compare_exchange exchange add sub and or xor\nhost_pointer = per_addr\nfault_sites = harvest access\n";
    text += one({"cross_region = span", "cross_region = reject"});
    text += one({"range_fail_effect = prefix", "range_fail_effect = nothing", "range_fail_effect = prefix\nreports_count = yes"});
    text += one({"hole_kind = oob", "hole_kind = discard\ndiscard_value = 9", "hole_kind = discard"});
    text += one({"dirty_source = host_api", "dirty_source = host_and_guest", "dirty_source = host_api\ndirty_enable = explicit"});
    text += one({"dirty_granule = 1", "dirty_granule = 8", "dirty_granule = 64", "dirty_granule = 4096"});
    text += one({"dirty_origin = gpa", "dirty_origin = region"});
    text += one({"permissions = none", "permissions = region_ro", "permissions = region_ro\nperm_fail_effect = prefix"});
    text += one({"zero_length_bytes = ok_anywhere", "zero_length_bytes = start_mapped", "zero_length_bytes = in_bounds_incl_end"});
    text += one({"region_ends_at_2_64 = accept", "region_ends_at_2_64 = reject"});
    const auto profile = Profile::parse(text, "laws");
    EXPECT_TRUE(profile.has_value()) << profile.error().text();
    return *profile;
  }

  // A range inside one region that may be written, or of size 0 where there is none.
  Op draw_inside(const Machine& machine, OpKind kind) {
    const auto& regions = machine.reference.map().regions();
    const MappedRegion& region = regions[random_.below(static_cast<std::uint32_t>(regions.size()))];
    if (region.is_read_only) return op_at(kind, region.base, 0);
    const std::uint64_t offset = random_.below(static_cast<std::uint32_t>(region.size()));
    const std::uint64_t room = region.size() - offset;
    return op_at(kind, region.base + offset, 1 + random_.below(static_cast<std::uint32_t>(std::min<std::uint64_t>(room, 70))));
  }

  // Any range near a region.
  Op draw_near(const Machine& machine, OpKind kind) {
    const auto& regions = machine.reference.map().regions();
    const MappedRegion& region = regions[random_.below(static_cast<std::uint32_t>(regions.size()))];
    const std::uint64_t size = 1 + random_.below(40);
    return op_at(kind, region.base + random_.below(static_cast<std::uint32_t>(region.size() + 24)) - 12, size);
  }

  std::vector<std::uint8_t> payload(std::uint64_t size) {
    std::vector<std::uint8_t> bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_.next());
    return bytes;
  }

  static Op with_kind(Op op, OpKind kind) {
    op.kind = kind;
    return op;
  }

  Random random_{0};
};

}  // namespace gmc::testing

#endif  // GMCHECK_HARNESS_REFERENCE_TEST_LAWS_H
