// SPDX-License-Identifier: Apache-2.0 OR MIT
// Rights of pages: what `protect` takes and gives back, and who is told.
#include <gtest/gtest.h>

#include <string>

#include "harness/backends/mapped/page_rights.h"
#include "harness/backends/mapped/test/opened.h"

namespace gmc::mapped {
namespace {

template <class Memory>
GmcStatus protect(const Memory& opened, std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
  return static_cast<GmcStatus>(opened.memory->protect(nullptr, opened.root, address, size, rights).status);
}

TEST(PageRightsSet, SaysHowFarARightReaches) {
  PageRights pages;
  ASSERT_TRUE(pages.keep(200));
  pages.set(3, 3, GMC_RIGHT_READ);
  pages.set(130, 140, 0);
  EXPECT_EQ(pages.permitted(0, 200 * kPage, GMC_RIGHT_WRITE), 3 * kPage);
  EXPECT_EQ(pages.permitted(0, 200 * kPage, GMC_RIGHT_READ), 130 * kPage);
  EXPECT_EQ(pages.permitted(3 * kPage + 1, 1, GMC_RIGHT_WRITE), 0u);
  EXPECT_EQ(pages.permitted(4 * kPage + 1, 8 * kPage, GMC_RIGHT_WRITE), 8 * kPage);
  EXPECT_EQ(pages.permitted(129 * kPage + 7, 2 * kPage, kReadWrite), kPage - 7);
  pages.set(130, 139, kReadWrite);
  EXPECT_EQ(pages.permitted(4 * kPage, 196 * kPage, kReadWrite), 136 * kPage);
  EXPECT_EQ(pages.permitted(141 * kPage, 59 * kPage, kReadWrite), 59 * kPage);
}

// Two regions that touch in the middle of a page, and pages of each kind, against a flat model of a byte each.
TEST(Protect, EveryEdgeAgreesWithAFlatModel) {
  Opened opened("fail=prefix");
  ASSERT_EQ(opened.create({own(0x1800, 0x2000), own(0x3800, 0x1800)}).status, GMC_OK);
  ASSERT_EQ(protect(opened, 0x2fff, 1, GMC_RIGHT_READ), GMC_OK);       // page 2
  ASSERT_EQ(protect(opened, 0x37ff, 2, 0), GMC_OK);                    // page 3, which both have
  ASSERT_EQ(protect(opened, 0x4000, 0x1000, GMC_RIGHT_READ), GMC_OK);  // page 4, and back again
  ASSERT_EQ(protect(opened, 0x4800, 0x10, kReadWrite), GMC_OK);
  const auto may = [](bool write, std::uint64_t at) { return at >> 12 != 3 && !(write && at >> 12 == 2); };
  const std::uint64_t edges[] = {0x1800, 0x2000, 0x3000, 0x3800, 0x4000};
  for (const std::uint64_t edge : edges) {
    for (std::uint64_t address = edge - (edge > 0x1800 ? 2 : 0); address < edge + 2; ++address) {
      for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{4}, kPage, 2 * kPage}) {
        for (const bool write : {false, true}) {
          std::uint64_t prefix = 0;
          while (prefix < size && address + prefix < 0x5000 && may(write, address + prefix)) ++prefix;
          const bool is_denied = address + prefix < 0x5000;
          std::string buffer(size, '?');
          const GmcOutcome outcome = write ? opened.access->write(nullptr, opened.root, address, buffer.data(), size)
                                           : opened.access->read(nullptr, opened.root, address, buffer.data(), size);
          const GmcStatus expected = prefix == size ? GMC_OK : prefix > 0 ? GMC_SHORT : is_denied ? GMC_DENIED : GMC_OUT_OF_RANGE;
          ASSERT_EQ(outcome.status, expected) << std::hex << address << " " << size << " " << write;
          const std::uint32_t rights = write ? GMC_RIGHT_WRITE : GMC_RIGHT_READ;
          GmcCall call{};
          call.op = GMC_CALL_CHECK_RANGE, call.space = opened.root, call.address = address, call.size = size, call.rights = rights;
          GmcOutcome checked{};
          ASSERT_EQ(opened.access->submit(nullptr, &call, 1, &checked).status, GMC_OK);
          ASSERT_EQ(checked.value, prefix == size ? 1u : 0u);
        }
      }
    }
  }
}

TEST(Protect, AllOfTheRangeOrNothing) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0x1000, 0x1000), own(0x3000, 0x1000, GMC_RIGHT_READ)}).status, GMC_OK);
  EXPECT_EQ(protect(opened, 0x1000, 0x1001, 0), GMC_OUT_OF_RANGE);
  EXPECT_EQ(protect(opened, 0xfff, 0x10, 0), GMC_OUT_OF_RANGE);
  EXPECT_EQ(protect(opened, kTop, 2, 0), GMC_OUT_OF_RANGE);
  EXPECT_EQ(protect(opened, 0x1000, 0x3000, 0), GMC_OUT_OF_RANGE);
  EXPECT_EQ(protect(opened, 0x3000, 1, kReadWrite), GMC_DENIED);
  EXPECT_EQ(protect(opened, 0x1000, 1, 4), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(protect(opened, 0x1000, 0, 0), GMC_OK);
  EXPECT_EQ(opened.write(0x1000, "abcd").status, GMC_OK);
  EXPECT_EQ(opened.read(0x3000, 4), std::string(4, '\0'));
}

TEST(Protect, SpacesThatAreOpenAreTold) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0x1000, 0x2000)}).status, GMC_OK);
  GmcSpace* const region = opened.open_region(0x1000);
  ASSERT_EQ(protect(opened, 0x2000, 0x1000, GMC_RIGHT_READ), GMC_OK);
  EXPECT_EQ(opened.access->store8(nullptr, region, 0x0fff, 1).status, GMC_OK);
  EXPECT_EQ(opened.access->store8(nullptr, region, 0x1000, 1).status, GMC_DENIED);
  EXPECT_EQ(opened.access->load8(nullptr, region, 0x1000).status, GMC_OK);
  ASSERT_EQ(protect(opened, 0x2000, 0x1000, kReadWrite), GMC_OK);
  EXPECT_EQ(opened.access->store8(nullptr, region, 0x1000, 1).status, GMC_OK);
}

TEST(Protect, ZeroAllLeavesPagesThatMayNotBeWritten) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0x1800, 0x2000)}).status, GMC_OK);
  for (const std::uint64_t at : {0x1800u, 0x2000u, 0x2ff8u, 0x3000u, 0x37f8u}) ASSERT_EQ(opened.write(at, "abcdefgh").status, GMC_OK);
  ASSERT_EQ(protect(opened, 0x2000, 1, GMC_RIGHT_READ), GMC_OK);
  ASSERT_EQ(opened.call(GMC_CALL_ZERO_ALL, 0, 0).status, GMC_OK);
  for (const std::uint64_t at : {0x1800u, 0x3000u, 0x37f8u}) EXPECT_EQ(opened.read(at, 8), std::string(8, '\0')) << at;
  for (const std::uint64_t at : {0x2000u, 0x2ff8u}) EXPECT_EQ(opened.read(at, 8), "abcdefgh") << at;
}

TEST(Protect, ResetGivesEverythingBack) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0x1000, 0x1000)}).status, GMC_OK);
  ASSERT_EQ(protect(opened, 0x1000, 1, 0), GMC_OK);
  EXPECT_EQ(opened.write(0x1000, "a").status, GMC_DENIED);
  ASSERT_EQ(opened.memory->reset(nullptr, opened.root).status, GMC_OK);
  EXPECT_EQ(opened.write(0x1000, "a").status, GMC_OK);
}

TEST(Protect, IsNotOfferedWhereRightsAreTheRegions) {
  Opened opened("rights=region");
  ASSERT_EQ(opened.create({own(0x1000, 0x1000)}).status, GMC_OK);
  EXPECT_EQ(protect(opened, 0x1000, 1, 0), GMC_UNSUPPORTED);
}

}  // namespace
}  // namespace gmc::mapped
