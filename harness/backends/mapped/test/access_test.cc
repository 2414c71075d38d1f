// SPDX-License-Identifier: Apache-2.0 OR MIT
// Accesses at edges, over seams, into holes and around the top of the address space.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include "harness/backends/mapped/test/opened.h"

namespace gmc::mapped {
namespace {

TEST(Access, TheProductOffersEveryEntryThatItsProfileClaims) {
  const Opened opened;
  const GmcAccessGroup& access = *opened.access;
  EXPECT_TRUE(access.read && access.write && access.load8 && access.load16 && access.load32 && access.load64 && access.submit);
  EXPECT_TRUE(access.store8 && access.store16 && access.store32 && access.store64);
  EXPECT_TRUE(opened.memory->create && opened.memory->destroy && opened.memory->reset && opened.memory->regions);
  EXPECT_TRUE(opened.space->open && opened.space->close);
  EXPECT_TRUE(opened.dirty->track && opened.dirty->mark && opened.dirty->harvest_dense && opened.dirty->harvest_sparse);
  EXPECT_TRUE(opened.memory->add && opened.memory->remove && opened.memory->replace && opened.memory->protect);
  EXPECT_EQ(opened.plugin->group(opened.backend, GMC_GROUP_LANE), nullptr);
}

TEST(Access, WhatWasWrittenIsReadByEveryWidth) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0x1000, 0x1000)}).status, GMC_OK);
  ASSERT_EQ(opened.access->store64(nullptr, opened.root, 0x1003, 0x8877665544332211).status, GMC_OK);
  EXPECT_EQ(opened.access->load64(nullptr, opened.root, 0x1003).value, 0x8877665544332211u);
  EXPECT_EQ(opened.access->load32(nullptr, opened.root, 0x1003).value, 0x44332211u);
  EXPECT_EQ(opened.access->load16(nullptr, opened.root, 0x1009).value, 0x8877u);
  EXPECT_EQ(opened.access->load8(nullptr, opened.root, 0x100a).value, 0x88u);
  EXPECT_EQ(opened.read(0x1002, 10), std::string("\0\x11\x22\x33\x44\x55\x66\x77\x88\0", 10));
  ASSERT_EQ(opened.write(0x1ff8, "abcdefgh").status, GMC_OK);
  EXPECT_EQ(opened.call(GMC_CALL_LOAD, 0x1ff8, 2).value, 0x6261u);
}

TEST(Access, ObjectsOfSixteenBytesGoThroughTheBuffer) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0, 64)}).status, GMC_OK);
  std::string object = "0123456789abcdef";
  ASSERT_EQ(opened.call(GMC_CALL_STORE, 5, 16, object.data()).status, GMC_OK);
  std::string loaded(16, '?');
  ASSERT_EQ(opened.call(GMC_CALL_LOAD, 5, 16, loaded.data()).status, GMC_OK);
  EXPECT_EQ(loaded, object);
  EXPECT_EQ(opened.call(GMC_CALL_LOAD, 5, 3, loaded.data()).status, GMC_UNSUPPORTED);
}

// All addresses and lengths around the edges of two touching regions, a hole and a third region, against a flat model.
TEST(Access, EveryEdgeAgreesWithAFlatModel) {
  Opened opened;
  ASSERT_EQ(opened.create({own(8, 8), own(16, 4), own(24, 8)}).status, GMC_OK);
  const auto is_mapped = [](std::uint64_t at) { return (at >= 8 && at < 20) || (at >= 24 && at < 32); };
  for (std::uint64_t address = 0; address < 36; ++address) {
    for (std::uint64_t size = 1; size < 30; ++size) {
      std::uint64_t prefix = 0;
      while (prefix < size && is_mapped(address + prefix)) ++prefix;
      std::string buffer(size + 2, '?');
      const GmcOutcome outcome = opened.access->read(nullptr, opened.root, address, buffer.data() + 1, size);
      const GmcStatus expected = prefix == size ? GMC_OK : prefix > 0 ? GMC_SHORT : GMC_OUT_OF_RANGE;
      ASSERT_EQ(outcome.status, expected) << address << " " << size;
      if (expected == GMC_SHORT) {
        ASSERT_EQ(outcome.count, prefix);
      }
      if (expected != GMC_OK) {
        ASSERT_EQ(outcome.address, address + prefix);
      }
      ASSERT_EQ(buffer, "?" + std::string(prefix, '\0') + std::string(size - prefix + 1, '?'));
      const GmcOutcome partial = opened.call(GMC_CALL_READ_PARTIAL, address, size, buffer.data());
      ASSERT_EQ(partial.status, prefix > 0 ? GMC_OK : GMC_OUT_OF_RANGE);
      ASSERT_EQ(partial.count, prefix);
      ASSERT_EQ(opened.call(GMC_CALL_CHECK_RANGE, address, size).value, prefix == size ? 1u : 0u);
    }
  }
}

TEST(Access, TheTopOfTheAddressSpaceIsNotFollowedByItsBottom) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0, 16), own(kTop - 15, 16)}).status, GMC_OK);
  ASSERT_EQ(opened.write(0, "low memory stays").status, GMC_OK);
  const GmcOutcome outcome = opened.write(kTop - 3, "topmost!");
  EXPECT_EQ(outcome.status, GMC_SHORT);
  EXPECT_EQ(outcome.count, 4u);
  EXPECT_EQ(outcome.flags, GMC_HAS_COUNT);  // the byte behind 2^64-1 has no address
  EXPECT_EQ(opened.read(kTop - 3, 4), "topm");
  EXPECT_EQ(opened.read(0, 16), "low memory stays");
  EXPECT_EQ(opened.access->load8(nullptr, opened.root, kTop).status, GMC_OK);
  EXPECT_EQ(opened.access->load64(nullptr, opened.root, kTop).status, GMC_SHORT);
  EXPECT_EQ(opened.call(GMC_CALL_CHECK_RANGE, kTop, kTop).value, 0u);
  EXPECT_EQ(opened.call(GMC_CALL_CHECK_RANGE, 1, kTop).value, 0u);
  EXPECT_EQ(opened.call(GMC_CALL_LAST_ADDRESS).value, kTop);
  EXPECT_EQ(opened.call(GMC_CALL_CHECKED_OFFSET, kTop, 1).status, GMC_NOT_FOUND);
  EXPECT_EQ(opened.call(GMC_CALL_CHECKED_OFFSET, 100, kTop - 100).value, kTop);
}

TEST(Access, NothingKeepsNothing) {
  Opened opened("fail=nothing");
  ASSERT_EQ(opened.create({own(0, 16), own(16, 16, GMC_RIGHT_READ)}).status, GMC_OK);
  EXPECT_EQ(opened.write(12, "abcdefgh").status, GMC_DENIED);
  EXPECT_EQ(opened.read(12, 8), std::string(8, '\0'));
  const GmcOutcome outcome = opened.access->store64(nullptr, opened.root, 28, 1);
  EXPECT_EQ(outcome.status, GMC_DENIED);
  EXPECT_EQ(outcome.address, 28u);
  EXPECT_EQ(opened.access->load64(nullptr, opened.root, 28).status, GMC_OUT_OF_RANGE);
  EXPECT_TRUE(opened.harvest().empty());
}

TEST(Access, ReadOnlyMemoryIsReadAndNotWritten) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0, 16), own(16, 16, GMC_RIGHT_READ)}).status, GMC_OK);
  EXPECT_EQ(opened.read(0, 32), std::string(32, '\0'));
  EXPECT_EQ(opened.write(16, "x").status, GMC_DENIED);
  EXPECT_EQ(opened.call(GMC_CALL_FILL, 20, 4, nullptr, 7).status, GMC_DENIED);
  EXPECT_EQ(opened.call(GMC_CALL_FILL, 0, 16, nullptr, 7).status, GMC_OK);
  EXPECT_EQ(opened.call(GMC_CALL_ZERO_ALL).status, GMC_OK);  // what may not be written is left as it is
  EXPECT_EQ(opened.read(0, 32), std::string(32, '\0'));
  const GmcOutcome outcome = opened.write(12, "abcdefgh");
  EXPECT_EQ(outcome.status, GMC_SHORT);
  EXPECT_EQ(outcome.count, 4u);
  EXPECT_EQ(opened.read(12, 8), std::string("abcd\0\0\0\0", 8));
  std::string partial = "wxyz+";
  EXPECT_EQ(opened.call(GMC_CALL_WRITE_PARTIAL, 12, 5, partial.data()).count, 4u);
}

TEST(Access, FillAndArraysOfAtomicsAreWritesAndReads) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0, 8), own(8, 8), own(32, 8)}).status, GMC_OK);
  EXPECT_EQ(opened.call(GMC_CALL_FILL, 6, 4, nullptr, 'f').status, GMC_OK);
  EXPECT_EQ(opened.read(5, 6), std::string("\0ffff\0", 6));
  std::string bytes = "atom";
  EXPECT_EQ(opened.call(GMC_CALL_WRITE_ATOMICS, 14, 4, bytes.data()).status, GMC_SHORT);
  EXPECT_EQ(opened.read(14, 2), "at");
  std::string back(4, '?');
  EXPECT_EQ(opened.call(GMC_CALL_READ_ATOMICS, 14, 4, back.data()).status, GMC_SHORT);
  EXPECT_EQ(back, "at??");
  EXPECT_EQ(opened.call(GMC_CALL_ZERO_ALL).status, GMC_OK);
  EXPECT_EQ(opened.read(0, 16), std::string(16, '\0'));
}

TEST(Access, DumpPutsEachByteAtItsAddress) {
  Opened opened;
  ASSERT_EQ(opened.create({own(4, 4), own(12, 4)}).status, GMC_OK);
  opened.write(4, "abcd");
  opened.write(12, "efgh");
  std::string buffer(20, '.');
  EXPECT_EQ(opened.call(GMC_CALL_DUMP, 0, 15, buffer.data()).status, GMC_INVALID_ARGUMENT);
  EXPECT_EQ(buffer, std::string(20, '.'));
  EXPECT_EQ(opened.call(GMC_CALL_DUMP, 0, 20, buffer.data()).status, GMC_OK);
  EXPECT_EQ(buffer, "....abcd....efgh....");
}

TEST(Access, ZeroLengthIsOkAnywhereAndHasNoEffect) {
  Opened opened;
  ASSERT_EQ(opened.create({own(16, 16, GMC_RIGHT_READ)}).status, GMC_OK);
  for (const std::uint64_t address : {std::uint64_t{0}, std::uint64_t{16}, std::uint64_t{32}, kTop}) {
    char none = '?';
    EXPECT_EQ(opened.access->read(nullptr, opened.root, address, &none, 0).status, GMC_OK);
    EXPECT_EQ(opened.access->write(nullptr, opened.root, address, &none, 0).status, GMC_OK);
    EXPECT_EQ(opened.call(GMC_CALL_READ_PARTIAL, address, 0, &none).flags, GMC_HAS_COUNT);
    EXPECT_EQ(opened.call(GMC_CALL_LOAD, address, 0, &none).status, GMC_OK);
    EXPECT_EQ(opened.call(GMC_CALL_CHECK_RANGE, address, 0).value, 1u);
    EXPECT_EQ(none, '?');
  }
}

TEST(Access, ARegionSpaceBeginsAtZeroAndEndsWithItsRegion) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0x1000, 16), own(0x1010, 16)}).status, GMC_OK);
  GmcSpace* const region = opened.open_region(0x1010);
  ASSERT_EQ(opened.access->store8(nullptr, region, 0, 'r').status, GMC_OK);
  EXPECT_EQ(opened.read(0x1010, 1), "r");
  const GmcOutcome outcome = opened.access->store16(nullptr, region, 15, 1);
  EXPECT_EQ(outcome.status, GMC_SHORT);
  EXPECT_EQ(outcome.address, 0x1020u);  // the memory's own
  EXPECT_EQ(opened.access->load8(nullptr, region, 0x1010).status, GMC_OUT_OF_RANGE);
  EXPECT_EQ(opened.call(GMC_CALL_LAST_ADDRESS, 0, 0, nullptr, 0, region).value, 15u);
  EXPECT_EQ(opened.call(GMC_CALL_FIND, 0, 0, nullptr, 0, region).status, GMC_INVALID_ARGUMENT);
  GmcRegionInfo info = {};
  EXPECT_EQ(opened.memory->regions(nullptr, region, &info, 1).status, GMC_INVALID_ARGUMENT);
  GmcSpaceRequest request = {};
  request.kind = GMC_SPACE_REGION;
  request.address = 0xfff;
  GmcSpace* none = nullptr;
  EXPECT_EQ(opened.space->open(nullptr, opened.root, &request, &none).status, GMC_OUT_OF_RANGE);
}

TEST(Access, ManyRegionsAreAllFound) {
  std::vector<GmcEntry> entries;
  for (std::uint64_t i = 0; i < 100; ++i) entries.push_back(own(i * 0x100 + 0x10, 0x40 + i));
  Opened opened;
  const GmcLayout layout = {entries.data(), entries.size()};
  ASSERT_EQ(opened.memory->create(opened.backend, nullptr, &layout, &opened.root).status, GMC_OK);
  for (std::uint64_t step = 1; step < 100; step += 7) {
    for (std::uint64_t i = 0, at = 0; i < 100; ++i, at = (at + step) % 100) {
      const GmcEntry& entry = entries[at];
      const GmcOutcome found = opened.call(GMC_CALL_FIND, entry.base + entry.size - 1);
      ASSERT_EQ(found.value, entry.base);
      ASSERT_EQ(found.count, entry.size);
      ASSERT_EQ(opened.call(GMC_CALL_FIND, entry.base - 1).status, GMC_NOT_FOUND);
      ASSERT_EQ(opened.call(GMC_CALL_FIND, entry.base + entry.size).status, GMC_NOT_FOUND);
    }
  }
  std::vector<GmcRegionInfo> infos(100);
  EXPECT_EQ(opened.memory->regions(nullptr, opened.root, infos.data(), 99).status, GMC_INVALID_ARGUMENT);
  EXPECT_EQ(opened.memory->regions(nullptr, opened.root, infos.data(), 100).count, 100u);
  EXPECT_EQ(infos[99].base, entries[99].base);
  EXPECT_EQ(infos[99].size, entries[99].size);
}

TEST(Access, AnEmptyMemoryHoldsNothing) {
  Opened opened;
  ASSERT_EQ(opened.create({}).status, GMC_OK);
  EXPECT_EQ(opened.access->load8(nullptr, opened.root, 0).status, GMC_OUT_OF_RANGE);
  EXPECT_EQ(opened.call(GMC_CALL_LAST_ADDRESS).status, GMC_NOT_FOUND);
  EXPECT_EQ(opened.call(GMC_CALL_ZERO_ALL).status, GMC_OK);
  EXPECT_EQ(opened.call(GMC_CALL_TOTAL_SIZE).value, 0u);
  EXPECT_TRUE(opened.harvest().empty());
  EXPECT_EQ(opened.memory->reset(nullptr, opened.root).status, GMC_OK);
}

// ------------------------------------------------------------------------------------------------------------------- Legal variants

struct RejectsCrossing : ProductPolicy {
  static std::expected<Options, std::string> options(std::string_view) {
    Options options;
    options.spans_regions = false;
    options.range_fail = FailEffect::kNothing;
    return options;
  }
};
TEST(Variant, CrossingIsRejectedAndAPartialAccessEndsAtTheSeam) {
  OpenedAs<RejectsCrossing> opened;
  ASSERT_EQ(opened.create({own(0, 8), own(8, 8)}).status, GMC_OK);
  const GmcOutcome outcome = opened.write(6, "abcd");
  EXPECT_EQ(outcome.status, GMC_OUT_OF_RANGE);
  EXPECT_EQ(opened.read(6, 2), std::string(2, '\0'));
  std::string bytes = "abcd";
  EXPECT_EQ(opened.call(GMC_CALL_WRITE_PARTIAL, 6, 4, bytes.data()).count, 2u);
  EXPECT_EQ(opened.call(GMC_CALL_CHECK_RANGE, 6, 4).value, 0u);
}

struct RejectsCrossingKeepsPrefix : ProductPolicy {
  static std::expected<Options, std::string> options(std::string_view) {
    Options options;
    options.spans_regions = false;
    return options;
  }
};
TEST(Variant, ACrossingKeepsNothingEvenWherePrefixesAreKept) {
  OpenedAs<RejectsCrossingKeepsPrefix> opened;
  ASSERT_EQ(opened.create({own(0, 8), own(8, 8)}).status, GMC_OK);
  EXPECT_EQ(opened.write(6, "abcd").status, GMC_OUT_OF_RANGE);
  EXPECT_EQ(opened.read(6, 2), std::string(2, '\0'));
  EXPECT_EQ(opened.write(14, "abcd").status, GMC_SHORT);
  EXPECT_EQ(opened.read(14, 2), "ab");
}

struct Discards : ProductPolicy {
  static std::expected<Options, std::string> options(std::string_view) {
    Options options;
    options.holes = HoleKind::kDiscard;
    options.discard_value = 0xee;
    return options;
  }
};
TEST(Variant, AWindowThatDiscardsLetsAccessesThrough) {
  OpenedAs<Discards> opened;
  ASSERT_EQ(opened.create({window(0, 64), own(8, 8), own(24, 8)}).status, GMC_OK);
  EXPECT_EQ(opened.write(4, std::string(24, 'w')).status, GMC_OK);
  EXPECT_EQ(opened.read(6, 22), "\xee\xee" + std::string(8, 'w') + std::string(8, '\xee') + std::string(4, 'w'));
  EXPECT_EQ(opened.access->load16(nullptr, opened.root, 62).value, 0xeeeeu);
  EXPECT_EQ(opened.access->load16(nullptr, opened.root, 63).status, GMC_SHORT);
  EXPECT_EQ(opened.access->load16(nullptr, opened.root, 64).status, GMC_OUT_OF_RANGE);
  EXPECT_EQ(opened.harvest(), Granules{0});
}

TEST(Variant, AWindowAtTheBottomDoesNotTakeWhatWrapsAtTheTop) {
  OpenedAs<Discards> opened;
  ASSERT_EQ(opened.create({window(0, 64), window(kTop - 63, 64)}).status, GMC_OK);
  EXPECT_EQ(opened.write(kTop - 3, "four").status, GMC_OK);
  EXPECT_EQ(opened.write(kTop - 3, "fives").status, GMC_SHORT);
  EXPECT_EQ(opened.call(GMC_CALL_CHECK_RANGE, kTop - 3, 5).value, 0u);
}

struct Faults : ProductPolicy {
  static std::expected<Options, std::string> options(std::string_view) {
    Options options;
    options.holes = HoleKind::kFault;
    options.range_fail = FailEffect::kNothing;
    options.zero_bytes = ZeroLength::kInBoundsInclEnd;
    options.zero_query = ZeroLength::kStartMapped;
    return options;
  }
};
TEST(Variant, AHoleInAWindowFaultsAndOneOutsideIsOutOfRange) {
  OpenedAs<Faults> opened;
  ASSERT_EQ(opened.create({window(0, 64), own(8, 8), own(100, 4)}).status, GMC_OK);
  EXPECT_EQ(opened.access->load8(nullptr, opened.root, 20).status, GMC_FAULT);
  EXPECT_EQ(opened.write(12, "abcdefgh").status, GMC_FAULT);
  EXPECT_EQ(opened.write(102, "abcd").status, GMC_OUT_OF_RANGE);
}
TEST(Variant, ZeroLengthsFollowTheirRules) {
  OpenedAs<Faults> opened;
  ASSERT_EQ(opened.create({own(8, 8), own(kTop - 7, 8)}).status, GMC_OK);
  const auto zero_read = [&](std::uint64_t address) { return opened.access->read(nullptr, opened.root, address, nullptr, 0).status; };
  EXPECT_EQ(zero_read(7), GMC_OUT_OF_RANGE);
  EXPECT_EQ(zero_read(8), GMC_OK);
  EXPECT_EQ(zero_read(16), GMC_OK);
  EXPECT_EQ(zero_read(17), GMC_OUT_OF_RANGE);
  EXPECT_EQ(zero_read(kTop), GMC_OK);
  EXPECT_EQ(zero_read(0), GMC_OUT_OF_RANGE);  // the end of the topmost region is not address 0
  EXPECT_EQ(opened.call(GMC_CALL_CHECK_RANGE, 15, 0).value, 1u);
  EXPECT_EQ(opened.call(GMC_CALL_CHECK_RANGE, 16, 0).value, 0u);
}

}  // namespace
}  // namespace gmc::mapped
