// SPDX-License-Identifier: Apache-2.0 OR MIT
// The binary layout of the contract. A change here breaks every plugin that was built before it, so it is a compile error and not a
// surprise. The numbers are those of a 64-bit target, where every pointer is 8 bytes.
#include <gmcheck.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

extern "C" unsigned gmc_c11_sees(void);  // c11_check.c

namespace {

#define GMC_AT(Type, member, offset) static_assert(offsetof(Type, member) == (offset), #Type "." #member " has moved")
#define GMC_SIZE(Type, size) static_assert(sizeof(Type) == (size), #Type " has another size")

GMC_SIZE(GmcOutcome, 32);
GMC_AT(GmcOutcome, status, 0);
GMC_AT(GmcOutcome, flags, 2);
GMC_AT(GmcOutcome, native, 4);
GMC_AT(GmcOutcome, count, 8);
GMC_AT(GmcOutcome, address, 16);
GMC_AT(GmcOutcome, value, 24);

GMC_SIZE(GmcHost, 32);
GMC_AT(GmcHost, size, 0);
GMC_AT(GmcHost, abi_version, 8);
GMC_AT(GmcHost, reserved, 12);
GMC_AT(GmcHost, log, 16);
GMC_AT(GmcHost, yield, 24);

GMC_SIZE(GmcSink, 8);
GMC_AT(GmcSink, write, 0);

GMC_SIZE(GmcPlugin, 64);
GMC_AT(GmcPlugin, size, 0);
GMC_AT(GmcPlugin, abi_version, 8);
GMC_AT(GmcPlugin, reserved, 12);
GMC_AT(GmcPlugin, name, 16);
GMC_AT(GmcPlugin, version, 24);
GMC_AT(GmcPlugin, open, 32);
GMC_AT(GmcPlugin, close, 40);
GMC_AT(GmcPlugin, describe, 48);
GMC_AT(GmcPlugin, group, 56);

GMC_SIZE(GmcEntry, 56);
GMC_AT(GmcEntry, kind, 0);
GMC_AT(GmcEntry, rights, 4);
GMC_AT(GmcEntry, base, 8);
GMC_AT(GmcEntry, size, 16);
GMC_AT(GmcEntry, backing, 24);
GMC_AT(GmcEntry, fd, 28);
GMC_AT(GmcEntry, fd_offset, 32);
GMC_AT(GmcEntry, host, 40);
GMC_AT(GmcEntry, space, 48);

GMC_SIZE(GmcLayout, 16);
GMC_AT(GmcLayout, entries, 0);
GMC_AT(GmcLayout, count, 8);

GMC_SIZE(GmcRegionInfo, 24);
GMC_AT(GmcRegionInfo, base, 0);
GMC_AT(GmcRegionInfo, size, 8);
GMC_AT(GmcRegionInfo, rights, 16);
GMC_AT(GmcRegionInfo, reserved, 20);

GMC_SIZE(GmcMemoryGroup, 72);
GMC_AT(GmcMemoryGroup, size, 0);
GMC_AT(GmcMemoryGroup, create, 8);
GMC_AT(GmcMemoryGroup, destroy, 16);
GMC_AT(GmcMemoryGroup, reset, 24);
GMC_AT(GmcMemoryGroup, regions, 32);
GMC_AT(GmcMemoryGroup, add, 40);
GMC_AT(GmcMemoryGroup, remove, 48);
GMC_AT(GmcMemoryGroup, replace, 56);
GMC_AT(GmcMemoryGroup, protect, 64);

GMC_SIZE(GmcSpaceRequest, 40);
GMC_AT(GmcSpaceRequest, kind, 0);
GMC_AT(GmcSpaceRequest, flags, 4);
GMC_AT(GmcSpaceRequest, address, 8);
GMC_AT(GmcSpaceRequest, size, 16);
GMC_AT(GmcSpaceRequest, frames, 24);
GMC_AT(GmcSpaceRequest, frame_count, 32);

GMC_SIZE(GmcSpaceGroup, 24);
GMC_AT(GmcSpaceGroup, size, 0);
GMC_AT(GmcSpaceGroup, open, 8);
GMC_AT(GmcSpaceGroup, close, 16);

GMC_SIZE(GmcLaneGroup, 24);
GMC_AT(GmcLaneGroup, size, 0);
GMC_AT(GmcLaneGroup, open, 8);
GMC_AT(GmcLaneGroup, close, 16);

GMC_SIZE(GmcCall, 88);
GMC_AT(GmcCall, op, 0);
GMC_AT(GmcCall, rights, 4);
GMC_AT(GmcCall, space, 8);
GMC_AT(GmcCall, address, 16);
GMC_AT(GmcCall, size, 24);
GMC_AT(GmcCall, value, 32);
GMC_AT(GmcCall, expected, 40);
GMC_AT(GmcCall, buffer, 48);
GMC_AT(GmcCall, other, 56);
GMC_AT(GmcCall, other_address, 64);
GMC_AT(GmcCall, order, 72);
GMC_AT(GmcCall, failure_order, 76);
GMC_AT(GmcCall, fd, 80);
GMC_AT(GmcCall, reserved, 84);

GMC_SIZE(GmcAccessGroup, 120);
GMC_AT(GmcAccessGroup, size, 0);
GMC_AT(GmcAccessGroup, read, 8);
GMC_AT(GmcAccessGroup, write, 16);
GMC_AT(GmcAccessGroup, load8, 24);
GMC_AT(GmcAccessGroup, load16, 32);
GMC_AT(GmcAccessGroup, load32, 40);
GMC_AT(GmcAccessGroup, load64, 48);
GMC_AT(GmcAccessGroup, store8, 56);
GMC_AT(GmcAccessGroup, store16, 64);
GMC_AT(GmcAccessGroup, store32, 72);
GMC_AT(GmcAccessGroup, store64, 80);
GMC_AT(GmcAccessGroup, atomic_load, 88);
GMC_AT(GmcAccessGroup, atomic_store, 96);
GMC_AT(GmcAccessGroup, compare_exchange, 104);
GMC_AT(GmcAccessGroup, submit, 112);

GMC_SIZE(GmcPiece, 16);
GMC_AT(GmcPiece, address, 0);
GMC_AT(GmcPiece, size, 8);

GMC_SIZE(GmcDirtyWord, 16);
GMC_AT(GmcDirtyWord, index, 0);
GMC_AT(GmcDirtyWord, bits, 8);

GMC_SIZE(GmcDirtyGroup, 40);
GMC_AT(GmcDirtyGroup, size, 0);
GMC_AT(GmcDirtyGroup, track, 8);
GMC_AT(GmcDirtyGroup, mark, 16);
GMC_AT(GmcDirtyGroup, harvest_dense, 24);
GMC_AT(GmcDirtyGroup, harvest_sparse, 32);

GMC_SIZE(GmcExclusiveGroup, 16);
GMC_AT(GmcExclusiveGroup, size, 0);
GMC_AT(GmcExclusiveGroup, run, 8);

GMC_SIZE(GmcControlGroup, 16);
GMC_AT(GmcControlGroup, size, 0);
GMC_AT(GmcControlGroup, arm, 8);

// Numbers that travel: a plugin in another language has its own copy of them.
static_assert(GMC_ABI_VERSION == 1);
static_assert(GMC_OK == 0 && GMC_LOST + 1 == static_cast<int>(GMC_STATUS_COUNT));
static_assert(GMC_CALL_READ == 0 && GMC_CALL_SLICES + 1 == static_cast<int>(GMC_CALL_COUNT));
static_assert(GMC_GROUP_MEMORY == 1 && GMC_GROUP_SPACE == 2 && GMC_GROUP_LANE == 3 && GMC_GROUP_ACCESS == 4 && GMC_GROUP_DIRTY == 5);

TEST(ContractHeader, IsTheSameInC11) {
  // What the C compiler computes from the header, folded into one number; the C++ side computes it again.
  const unsigned here = static_cast<unsigned>(sizeof(GmcOutcome) + 3 * sizeof(GmcEntry) + 5 * sizeof(GmcCall) + 7 * sizeof(GmcAccessGroup));
  EXPECT_EQ(gmc_c11_sees(), here);
}

TEST(ContractHeader, OutcomesSayWhatTheyHold) {
  EXPECT_EQ(gmc_ok().status, GMC_OK);
  EXPECT_EQ(gmc_ok().flags, 0u);
  EXPECT_EQ(gmc_ok_value(7).value, 7u);
  EXPECT_EQ(gmc_ok_count(0).flags, GMC_HAS_COUNT);
  const GmcOutcome failed = gmc_fail_at(GMC_DENIED, ~std::uint64_t{0});
  EXPECT_EQ(failed.status, GMC_DENIED);
  EXPECT_EQ(failed.flags, GMC_HAS_ADDRESS);
  EXPECT_EQ(failed.address, ~std::uint64_t{0});
}

}  // namespace
