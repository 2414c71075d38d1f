// SPDX-License-Identifier: Apache-2.0 OR MIT
// Dirty tracking: which granules, counted from where, seen how, and gone when.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "harness/backends/mapped/test/opened.h"

namespace gmc::mapped {
namespace {

constexpr std::uint32_t kTake = GMC_HARVEST_READ | GMC_HARVEST_CLEAR;

TEST(Dirty, EveryWayToWriteMarksAndNoReadDoes) {
  Opened opened("granule=64");
  ASSERT_EQ(opened.create({own(0, 0x1000)}).status, GMC_OK);
  std::string bytes(8, 'x');
  opened.access->store8(nullptr, opened.root, 0x40, 1);
  opened.access->store16(nullptr, opened.root, 0x80, 1);
  opened.access->store32(nullptr, opened.root, 0xc0, 1);
  opened.access->store64(nullptr, opened.root, 0x100, 1);
  opened.write(0x140, bytes);
  opened.call(GMC_CALL_FILL, 0x180, 8, nullptr, 1);
  opened.call(GMC_CALL_WRITE_PARTIAL, 0x1c0, 8, bytes.data());
  opened.call(GMC_CALL_WRITE_ATOMICS, 0x200, 8, bytes.data());
  opened.call(GMC_CALL_STORE, 0x240, 4, nullptr, 1);
  EXPECT_EQ(opened.harvest(), (Granules{1, 2, 3, 4, 5, 6, 7, 8, 9}));
  opened.access->load64(nullptr, opened.root, 0x40);
  opened.read(0, 0x1000);
  opened.call(GMC_CALL_READ_PARTIAL, 0, 8, bytes.data());
  opened.call(GMC_CALL_READ_ATOMICS, 0, 8, bytes.data());
  opened.call(GMC_CALL_CHECK_RANGE, 0, 8);
  opened.access->write(nullptr, opened.root, 0, bytes.data(), 0);
  EXPECT_TRUE(opened.harvest().empty());
  opened.call(GMC_CALL_ZERO_ALL);
  EXPECT_EQ(opened.harvest().size(), 64u);
}

TEST(Dirty, TheGranulesOfTheBytesAndNoOthers) {
  Opened opened("granule=64");
  ASSERT_EQ(opened.create({own(0, 0x2000)}).status, GMC_OK);
  for (std::uint64_t address = 0x1000 - 70; address < 0x1000 + 70; ++address) {
    for (const std::uint64_t size : {1u, 2u, 63u, 64u, 65u, 128u, 129u}) {
      opened.write(address, std::string(size, 'd'));
      Granules expected;
      for (std::uint64_t granule = address / 64; granule <= (address + size - 1) / 64; ++granule) expected.push_back(granule);
      ASSERT_EQ(opened.harvest(), expected) << address << " " << size;
    }
  }
}

TEST(Dirty, AFailedWriteMarksThePrefixThatItKept) {
  Opened opened("granule=8");
  ASSERT_EQ(opened.create({own(0, 32)}).status, GMC_OK);
  EXPECT_EQ(opened.write(12, std::string(100, 'x')).status, GMC_SHORT);
  EXPECT_EQ(opened.harvest(), (Granules{1, 2, 3}));
  EXPECT_EQ(opened.write(32, "x").status, GMC_OUT_OF_RANGE);
  EXPECT_TRUE(opened.harvest().empty());
}

TEST(Dirty, ReadingKeepsClearingDropsAndTooLittleRoomDoesNeither) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0, 0x100000)}).status, GMC_OK);
  opened.write(0x1000, "a");
  opened.write(0x80000, "b");
  GmcDirtyWord words[2] = {{77, 77}, {77, 77}};
  EXPECT_EQ(opened.dirty->harvest_sparse(nullptr, opened.root, kTake, words, 1).status, GMC_INVALID_ARGUMENT);
  EXPECT_EQ(words[0].index, 77u);
  EXPECT_EQ(opened.dirty_granules(), (Granules{1, 128}));
  EXPECT_EQ(opened.dirty_granules(), (Granules{1, 128}));
  const GmcOutcome cleared = opened.dirty->harvest_sparse(nullptr, opened.root, GMC_HARVEST_CLEAR, nullptr, 0);
  EXPECT_EQ(cleared.status, GMC_OK);
  EXPECT_EQ(cleared.count, 0u);
  EXPECT_TRUE(opened.dirty_granules().empty());
  EXPECT_EQ(opened.dirty->harvest_sparse(nullptr, opened.root, 0, words, 2).status, GMC_INVALID_ARGUMENT);
  EXPECT_EQ(opened.dirty->harvest_sparse(nullptr, opened.root, 4, words, 2).status, GMC_INVALID_ARGUMENT);
}

TEST(Dirty, DenseHasOneBitForEachGranuleOfTheRegion) {
  Opened opened("granule=64");
  const std::uint64_t size = 127 * 64;
  ASSERT_EQ(opened.create({own(0x40, 64), own(0x80, size)}).status, GMC_OK);
  GmcSpace* const region = opened.open_region(0x80);
  opened.write(0x40, std::string(64 + size, 'x'));
  std::uint64_t words[3] = {5, 5, 5};
  EXPECT_EQ(opened.dirty->harvest_dense(nullptr, region, kTake, words, 1).status, GMC_INVALID_ARGUMENT);
  EXPECT_EQ(words[0], 5u);
  const GmcOutcome outcome = opened.dirty->harvest_dense(nullptr, region, kTake, words, 3);
  EXPECT_EQ(outcome.count, 2u);
  EXPECT_EQ(words[0], ~std::uint64_t{0});
  EXPECT_EQ(words[1], ~std::uint64_t{0} >> 1);
  EXPECT_EQ(words[2], 5u);
  EXPECT_EQ(opened.dirty_granules(), Granules{1});  // the neighbour's was not asked for
  EXPECT_EQ(opened.dirty->harvest_dense(nullptr, opened.root, kTake, words, 3).status, GMC_INVALID_ARGUMENT);
}

TEST(Dirty, TwoRegionsMayShareAGranule) {
  Opened opened("granule=64");
  ASSERT_EQ(opened.create({own(0x10, 0x38), own(0x48, 0x10), own(0x58, 0x100)}).status, GMC_OK);  // granule 1 belongs to all three
  GmcSpace* const first = opened.open_region(0x10);
  GmcSpace* const last = opened.open_region(0x58);
  opened.write(0x47, "x");
  std::uint64_t word = 0;
  EXPECT_EQ(opened.dirty->harvest_dense(nullptr, last, GMC_HARVEST_READ, &word, 1).count, 1u);
  EXPECT_EQ(word, 1u);
  opened.dirty->harvest_dense(nullptr, first, kTake, &word, 1);
  EXPECT_EQ(word, 2u);
  EXPECT_TRUE(opened.dirty_granules().empty());
}

TEST(Dirty, WithOriginRegionTheFirstByteBeginsAGranule) {
  Opened opened("granule=64,origin=region");
  ASSERT_EQ(opened.create({own(0x30, 0x41), own(0x71, 1)}).status, GMC_OK);
  GmcSpace* const region = opened.open_region(0x30);
  opened.write(0x6f, "xy");
  std::uint64_t word = 0;
  EXPECT_EQ(opened.dirty->harvest_dense(nullptr, region, kTake, &word, 1).count, 1u);
  EXPECT_EQ(word, 3u);
  EXPECT_EQ(opened.dirty->harvest_sparse(nullptr, opened.root, kTake, nullptr, 0).status, GMC_UNSUPPORTED);
  Opened aligned("granule=64,origin=region");
  ASSERT_EQ(aligned.create({own(0x40, 0x60), own(0xc0, 0x40)}).status, GMC_OK);
  aligned.write(0x9f, "x");
  aligned.write(0xc0, "y");
  EXPECT_EQ(aligned.harvest(), (Granules{2, 3}));
}

TEST(Dirty, MarkingByHandIgnoresWhatIsOutside) {
  Opened opened("granule=64");
  ASSERT_EQ(opened.create({own(0x40, 0x80), own(0x400, 0x40), own(kTop - 0x3f, 0x40)}).status, GMC_OK);
  EXPECT_EQ(opened.dirty->mark(nullptr, opened.root, 0, 0x41).status, GMC_OK);
  EXPECT_EQ(opened.harvest(), Granules{1});
  opened.dirty->mark(nullptr, opened.root, 0xbf, 0);
  EXPECT_TRUE(opened.harvest().empty());
  opened.dirty->mark(nullptr, opened.root, 0xbf, kTop);
  EXPECT_EQ(opened.harvest(), (Granules{2, 16, kTop / 64}));
  GmcSpace* const region = opened.open_region(0x400);
  opened.dirty->mark(nullptr, region, 0x40, 100);
  EXPECT_TRUE(opened.harvest().empty());
  opened.dirty->mark(nullptr, region, 0x3f, kTop);
  EXPECT_EQ(opened.harvest(), Granules{16});
}

TEST(Dirty, ExplicitTrackingBeginsAnewEachTime) {
  Opened opened("dirty=explicit");
  ASSERT_EQ(opened.create({own(0, 0x4000)}).status, GMC_OK);
  GmcDirtyWord word = {};
  opened.write(0, "before");
  EXPECT_EQ(opened.dirty->mark(nullptr, opened.root, 0, 1).status, GMC_OK);
  EXPECT_EQ(opened.dirty->harvest_sparse(nullptr, opened.root, kTake, &word, 1).status, GMC_BAD_STATE);
  EXPECT_EQ(opened.dirty->track(nullptr, opened.root, 1).status, GMC_OK);
  EXPECT_TRUE(opened.dirty_granules().empty());
  opened.write(0x1000, "during");
  EXPECT_EQ(opened.dirty->track(nullptr, opened.root, 1).status, GMC_OK);
  EXPECT_EQ(opened.dirty_granules(), Granules{1});
  opened.dirty->track(nullptr, opened.root, 0);
  opened.dirty->track(nullptr, opened.root, 0);
  opened.dirty->track(nullptr, opened.root, 1);
  EXPECT_TRUE(opened.dirty_granules().empty());
  opened.memory->reset(nullptr, opened.root);
  EXPECT_EQ(opened.dirty->harvest_sparse(nullptr, opened.root, kTake, &word, 1).status, GMC_BAD_STATE);
  Opened always;
  ASSERT_EQ(always.create({own(0, 8)}).status, GMC_OK);
  EXPECT_EQ(always.dirty->track(nullptr, always.root, 0).status, GMC_UNSUPPORTED);
}

struct StartsAllDirty : ProductPolicy {
  static std::expected<Options, std::string> options(std::string_view) {
    Options options;
    options.dirty = Dirty::kExplicit;
    options.starts_all_dirty = true;
    options.marks_request = true;
    return options;
  }
};
TEST(Dirty, VariantsStartAllDirtyAndOverApproximate) {
  OpenedAs<StartsAllDirty> opened;
  ASSERT_EQ(opened.create({own(0, 0x4000), own(0x10000, 1)}).status, GMC_OK);
  opened.dirty->track(nullptr, opened.root, 1);
  EXPECT_EQ(opened.harvest(), (Granules{0, 1, 2, 3, 16}));
  EXPECT_EQ(opened.write(0x3fff, std::string(0xd000, 'x')).status, GMC_SHORT);
  EXPECT_EQ(opened.harvest(), (Granules{3, 16}));
  EXPECT_EQ(opened.write(0x4000, std::string(0xd000, 'x')).status, GMC_OUT_OF_RANGE);
  EXPECT_TRUE(opened.harvest().empty());
}

// Random writes and harvests over regions of 1, 63, 64, 65 and 127 granules, some of which touch, against a set of granules.
TEST(Dirty, AgreesWithASetOfGranulesUnderRandomUse) {
  std::mt19937_64 random(7);
  constexpr std::uint64_t kGranule = 16;
  Opened opened("granule=16");
  const std::vector<GmcEntry> entries = {own(0x1008, 1 * kGranule), own(0x1018, 63 * kGranule), own(0x3000, 64 * kGranule),
                                         own(0x3400, 65 * kGranule), own(0x7ff9, 127 * kGranule)};
  const GmcLayout layout = {entries.data(), entries.size()};
  ASSERT_EQ(opened.memory->create(opened.backend, nullptr, &layout, &opened.root).status, GMC_OK);
  std::vector<GmcSpace*> spaces;
  for (const GmcEntry& entry : entries) spaces.push_back(opened.open_region(entry.base));
  std::set<std::uint64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t at = random() % entries.size();
    const GmcEntry& entry = entries[at];
    const std::uint64_t offset = random() % entry.size;
    const std::uint64_t size = 1 + random() % std::min<std::uint64_t>(entry.size - offset, 100);
    const std::uint64_t first = entry.base / kGranule;
    const std::uint64_t last = (entry.base + entry.size - 1) / kGranule;
    if (random() % 4 != 0) {
      ASSERT_EQ(opened.write(entry.base + offset, std::string(size, 'r')).status, GMC_OK);
      for (std::uint64_t g = (entry.base + offset) / kGranule; g <= (entry.base + offset + size - 1) / kGranule; ++g) model.insert(g);
    } else if (random() % 2 != 0) {
      const bool clears = random() % 2 != 0;
      std::vector<std::uint64_t> words(3);
      const GmcOutcome outcome =
          opened.dirty->harvest_dense(nullptr, spaces[at], clears ? kTake : GMC_HARVEST_READ, words.data(), words.size());
      ASSERT_EQ(outcome.count, (last - first) / 64 + 1);
      for (std::uint64_t g = first; g <= last; ++g) {
        ASSERT_EQ((words[(g - first) / 64] >> ((g - first) % 64)) & 1, model.count(g)) << step;
        if (clears) model.erase(g);
      }
    } else {
      ASSERT_EQ(opened.dirty_granules(), Granules(model.begin(), model.end())) << step;
    }
  }
}

}  // namespace
}  // namespace gmc::mapped
