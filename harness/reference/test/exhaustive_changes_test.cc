// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every program of up to four operations that change the map of two small regions, and look at what came of it; of those with five a part.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>

#include "harness/reference/test/budget.h"
#include "harness/reference/test/exhaustive_walk.h"

namespace gmc::testing {
namespace {

constexpr std::size_t kDepth = 5;
constexpr std::uint64_t kSize = 8;  // of a region

struct World {
  std::string_view name;
  std::string_view profile;  // besides what all have
  std::uint64_t second;      // where the second region begins; the first one does at kFirst
};
constexpr std::uint64_t kFirst = 0x10;

constexpr std::string_view kOffered =
    "reset = yes\nbacking = own space\nregion_api = list find last_address total_size\nharvest = read clear both\nslices = yes\n"
    "dirty_source = host_api\n";

constexpr World kWorlds[] = {
    {"beside what snapshots show",
     "map_mutation = cow\nstale_handle = keeps_alive\ncross_region = span\ndirty_granule = 4\ndirty_origin = region\nsize_counts_added = "
     "yes\n"
     "range_fail_effect = prefix\n",
     0x20},
    {"in place",
     "map_mutation = in_place\ndirty_granule = 8\niteration_order = as_given\ndirty_precision = over_approx\nspaces_outlive = yes\n", 0x20},
    {"regions that touch, and rights of their page",
     "map_mutation = cow\ncross_region = span\npermissions = page_bitmap\nperm_fail_effect = prefix\ndirty_granule = 16\n"
     "dirty_enable = explicit\ndirty_start = all_dirty\n",
     0x18},
};

class Changes {
 public:
  explicit Changes(const World& world) : second_(world.second), added_(world.second == 0x18 ? 0x20 : 0x18) {
    layouts_ = {{{{.base = kFirst, .size = kSize}, {.base = second_, .size = kSize}}},
                {{{.base = added_, .size = kSize}}},
                {{{.base = kFirst + 4, .size = kSize}}},
                {{{.base = kFirst + 4, .size = 2 * kSize}}},
                {{{.base = kFirst, .size = kSize}, {.base = kFirst + 7, .size = kSize}}}};
    add_changes();
    add_accesses();
  }
  [[nodiscard]] const std::vector<Layout>& layouts() const { return layouts_; }
  [[nodiscard]] const std::vector<Op>& ops() const { return ops_; }

 private:
  Op& add(OpKind kind, std::uint8_t space = 0, std::uint64_t gpa = 0, std::uint64_t size = 0) {
    Op& op = ops_.emplace_back(Op{.kind = kind, .space = space});
    op.at.delta = static_cast<std::int64_t>(gpa);
    op.size = size;
    return op;
  }
  void add_changes() {
    for (const std::uint8_t opens : {std::uint8_t{0}, std::uint8_t{3}}) {
      Op& coming = add(OpKind::kAdd);
      coming.layout = 1;
      coming.opens = opens;
    }
    add(OpKind::kAdd).layout = 2;
    add(OpKind::kRemove, 0, kFirst, kSize);
    add(OpKind::kRemove, 0, kFirst, kSize).opens = 1;
    add(OpKind::kRemove, 0, kFirst, 4);
    add(OpKind::kRemove, 0, added_, kSize);
    for (const std::uint8_t opens : {std::uint8_t{0}, std::uint8_t{3}}) {
      Op& back = add(OpKind::kInsert, 0, kFirst, kSize);
      back.other = 1;
      back.opens = opens;
    }
    add(OpKind::kInsert, 0, kFirst, kSize - 1).other = 1;
    for (const std::uint8_t layout : {std::uint8_t{1}, std::uint8_t{3}, std::uint8_t{4}}) add(OpKind::kReplace).layout = layout;
    Op& beside = add(OpKind::kOpenMemory, 0, kFirst, kSize);
    beside.other = 1;
    beside.opens = 4;
    add(OpKind::kDestroy);
    add(OpKind::kReset);
    add(OpKind::kProtect, 0, kFirst, 2 * kSize).rights = GMC_RIGHT_READ;
    add(OpKind::kOpenRegion, 0, kFirst).opens = 1;
    add(OpKind::kOpenSnapshot).opens = 2;
    add(OpKind::kClose, 1);
  }
  void add_accesses() {
    add(OpKind::kWrite, 0, kFirst, kSize);
    add(OpKind::kWrite, 0, second_, 4);
    add(OpKind::kRead, 0, kFirst + 4, kSize);
    add(OpKind::kRead, 0, second_, kSize);
    add(OpKind::kWrite, 1, kFirst, 2);
    add(OpKind::kRead, 1, kFirst, kSize);
    add(OpKind::kRead, 2, kFirst, kSize);
    add(OpKind::kWrite, 2, second_, 1);
    add(OpKind::kWrite, 3, added_ + 1, 4);
    add(OpKind::kRead, 4, kFirst, kSize);
    add(OpKind::kWrite, 4, kFirst + 3, 1);
    add(OpKind::kTotalSize);
    add(OpKind::kHarvest).form = HarvestForm::kSparse;
    Op& on = add(OpKind::kTrack);
    on.on = true;
  }

  std::uint64_t second_;
  std::uint64_t added_;
  std::vector<Layout> layouts_;
  std::vector<Op> ops_;
};

TEST(ReferenceExhaustive, AgreesOnEveryProgramOfFourMapChanges) {
  const std::uint64_t share = is_quick() ? 40 : is_sanitized() ? 16 : 4;  // of the longest
  std::uint64_t programs = 0;
  Evidence evidence;
  for (const World& world : kWorlds) {
    const auto profile = Profile::parse(std::string(kOffered) + std::string(world.profile), world.name);
    ASSERT_TRUE(profile.has_value()) << profile.error().text();
    const Changes changes(world);
    std::vector<Op> alphabet = changes.ops();
    if (profile->root().dirty_enable == DirtyEnable::kAlways)
      std::erase_if(alphabet, [](const Op& op) { return op.kind == OpKind::kTrack; });
    ExhaustiveWalk walk(*profile, changes.layouts(), alphabet, kDepth, share);
    walk.run();
    programs += walk.programs();
    evidence.add(walk.evidence());
    std::cout << fmt::format("{}: {} operations, {} programs\n", world.name, walk.letters(), walk.programs());
    if (walk.wrong()) ADD_FAILURE() << world.name << ": " << *walk.wrong() << "\n" << walk.program();
    if (is_quick() && walk.wrong()) return;
  }
  std::cout << fmt::format("{} programs in all, 1 of {} of those with five operations\n", programs, share);
  if (share != 4 || HasFailure()) return;
  EXPECT_GE(programs, 2'000'000);
  for (const Clause clause : {Clause::kMAP1, Clause::kMAP2, Clause::kMAP3, Clause::kMAP4, Clause::kMAP7, Clause::kMAP8, Clause::kMAP9,
                              Clause::kMAP10, Clause::kPERM6}) {
    EXPECT_GT(evidence.of(clause), 0u) << id(clause);
  }
}

}  // namespace
}  // namespace gmc::testing
