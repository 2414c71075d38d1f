// SPDX-License-Identifier: Apache-2.0 OR MIT
// Changes of the map: the spaces that they give, and what they leave alone where they fail.
#include <gtest/gtest.h>

#include <expected>
#include <string>
#include <string_view>

#include "harness/backends/mapped/test/opened.h"

namespace gmc::mapped {
namespace {

std::string bytes_of(const Opened& opened, GmcSpace* space, std::uint64_t size) {
  std::string bytes(size, '?');
  return opened.access->read(nullptr, space, 0, bytes.data(), size).status == GMC_OK ? bytes : "";
}

TEST(MapChange, GivesASpaceOfTheRegionThatComesAndGoes) {
  Opened opened("map=cow,stale=keeps_alive");
  ASSERT_EQ(opened.create({own(kPage, kPage)}).status, GMC_OK);
  const GmcEntry entry = own(4 * kPage, kPage);
  GmcSpace* added = nullptr;
  ASSERT_EQ(opened.memory->add(nullptr, opened.root, &entry, &added).status, GMC_OK);
  ASSERT_NE(added, nullptr);
  ASSERT_EQ(opened.write(4 * kPage, "abc").status, GMC_OK);
  EXPECT_EQ(bytes_of(opened, added, 3), "abc");
  GmcSpace* removed = nullptr;
  ASSERT_EQ(opened.memory->remove(nullptr, opened.root, 4 * kPage, kPage, &removed).status, GMC_OK);
  ASSERT_NE(removed, nullptr);
  EXPECT_EQ(opened.read(4 * kPage, 3), "");
  EXPECT_EQ(bytes_of(opened, removed, 3), "abc");
  EXPECT_EQ(opened.access->write(nullptr, removed, 1, "X", 1).status, GMC_OK);
  GmcEntry back = entry;
  back.backing = GMC_BACKING_SPACE;
  back.space = removed;
  GmcSpace* again = nullptr;
  ASSERT_EQ(opened.memory->add(nullptr, opened.root, &back, &again).status, GMC_OK);
  ASSERT_NE(again, nullptr);
  opened.space->close(nullptr, removed);
  EXPECT_EQ(opened.read(4 * kPage, 3), "aXc");
  EXPECT_EQ(bytes_of(opened, again, 3), "aXc");
  opened.space->close(nullptr, again);
  EXPECT_EQ(bytes_of(opened, added, 3), "aXc");
  opened.space->close(nullptr, added);
}

TEST(MapChange, SpaceOfARemovalIsDeniedWhereStaleOnesAre) {
  Opened opened("map=in_place,stale=denied");
  ASSERT_EQ(opened.create({own(kPage, kPage), own(4 * kPage, kPage)}).status, GMC_OK);
  GmcSpace* removed = nullptr;
  ASSERT_EQ(opened.memory->remove(nullptr, opened.root, kPage, kPage, &removed).status, GMC_OK);
  ASSERT_NE(removed, nullptr);
  char byte = 0;
  EXPECT_EQ(opened.access->read(nullptr, removed, 0, &byte, 1).status, GMC_DENIED);
  EXPECT_EQ(opened.access->write(nullptr, removed, 0, &byte, 1).status, GMC_DENIED);
  opened.space->close(nullptr, removed);
}

// Another memory of the region that `region` is a space of; null where that is declined.
GmcSpace* share(const Opened& opened, GmcSpace* region, std::uint64_t base, std::uint64_t size) {
  GmcEntry entry = own(base, size);
  entry.backing = GMC_BACKING_SPACE;
  entry.space = region;
  const GmcLayout layout = {&entry, 1};
  GmcSpace* root = nullptr;
  return opened.memory->create(opened.backend, nullptr, &layout, &root).status == GMC_OK ? root : nullptr;
}

TEST(SharedRegion, IsOneInBothMemories) {
  Opened opened("origin=region");
  ASSERT_EQ(opened.create({own(kPage, 2 * kPage), own(8 * kPage, kPage)}).status, GMC_OK);
  GmcSpace* const region = opened.open_region(kPage);
  EXPECT_EQ(share(opened, region, kPage, kPage), nullptr);
  EXPECT_EQ(share(opened, region, 2 * kPage, 2 * kPage), nullptr);
  EXPECT_EQ(share(opened, opened.root, kPage, 2 * kPage), nullptr);
  GmcSpace* const other = share(opened, region, kPage, 2 * kPage);
  ASSERT_NE(other, nullptr);
  ASSERT_EQ(opened.write(kPage, "abc").status, GMC_OK);
  char bytes[3] = {};
  EXPECT_EQ(opened.access->read(nullptr, other, kPage, bytes, 3).status, GMC_OK);
  EXPECT_EQ(std::string(bytes, 3), "abc");
  EXPECT_EQ(opened.access->read(nullptr, other, 8 * kPage, bytes, 1).status, GMC_OUT_OF_RANGE);
  EXPECT_EQ(opened.harvest(), (Granules{1}));
  EXPECT_EQ(opened.access->write(nullptr, other, 2 * kPage, "X", 1).status, GMC_OK);
  EXPECT_EQ(opened.read(2 * kPage, 1), "X");
  EXPECT_EQ(opened.harvest(), (Granules{2}));
  // What comes to the other memory is its own.
  const GmcEntry more = own(8 * kPage, kPage);
  ASSERT_EQ(opened.memory->add(nullptr, other, &more, nullptr).status, GMC_OK);
  EXPECT_EQ(opened.access->write(nullptr, other, 8 * kPage, "Y", 1).status, GMC_OK);
  EXPECT_EQ(opened.read(8 * kPage, 1), std::string(1, '\0'));
  EXPECT_EQ(opened.harvest(), Granules{});
  EXPECT_EQ(opened.memory->destroy(nullptr, other).status, GMC_OK);
  EXPECT_EQ(opened.read(kPage, 3), "abc");
}

TEST(SharedRegion, OutlivesTheMemoryThatItCameFrom) {
  Opened opened("map=cow");
  ASSERT_EQ(opened.create({own(kPage, kPage), own(4 * kPage, kPage)}).status, GMC_OK);
  GmcSpaceRequest request = {};
  request.kind = GMC_SPACE_REGION;
  request.address = 4 * kPage;
  GmcSpace* region = nullptr;
  ASSERT_EQ(opened.space->open(nullptr, opened.root, &request, &region).status, GMC_OK);
  GmcSpace* const other = share(opened, region, 4 * kPage, kPage);
  ASSERT_NE(other, nullptr);
  ASSERT_EQ(opened.write(4 * kPage, "abc").status, GMC_OK);
  opened.space->close(nullptr, region);
  EXPECT_EQ(opened.memory->destroy(nullptr, opened.root).status, GMC_OK);
  opened.root = nullptr;
  char bytes[3] = {};
  EXPECT_EQ(opened.access->read(nullptr, other, 4 * kPage, bytes, 3).status, GMC_OK);
  EXPECT_EQ(std::string(bytes, 3), "abc");
  EXPECT_EQ(opened.memory->reset(nullptr, other).status, GMC_OK);
  EXPECT_EQ(opened.memory->destroy(nullptr, other).status, GMC_OK);
}

struct EveryOptionPolicy : ProductPolicy {
  static std::expected<Options, std::string> options(std::string_view config) { return parse_options(config, Keys::kAll); }
};

TEST(WindowsInARow, EachHoldsARegionThatDoesNotFillIt) {
  OpenedAs<EveryOptionPolicy> opened("order=positional,empty=accept");
  EXPECT_EQ(opened.create({own(0, kPage), own(kPage, 8)}).status, GMC_INVALID_ARGUMENT);                     // fills its window
  EXPECT_EQ(opened.create({own(0, 8), own(kPage / 2, 8)}).status, GMC_INVALID_ARGUMENT);                     // too small a window
  EXPECT_EQ(opened.create({own(0, 8), own(3 * kPage, 8)}).status, GMC_INVALID_ARGUMENT);                     // no power of two
  EXPECT_EQ(opened.create({own(0, 8), own(2 * kPage, 8), own(3 * kPage, 8)}).status, GMC_INVALID_ARGUMENT);  // not in its place
  ASSERT_EQ(opened.create({own(0, 8), own(2 * kPage, 0), own(4 * kPage, 2 * kPage - 1)}).status, GMC_OK);
  const auto add = [&](const GmcEntry& entry) {
    return static_cast<GmcStatus>(opened.memory->add(nullptr, opened.root, &entry, nullptr).status);
  };
  EXPECT_EQ(add(own(kPage, 8)), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(add(own(2 * kPage, 2 * kPage)), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(add(own(0, 8)), GMC_OVERLAP);
  EXPECT_EQ(add(own(2 * kPage, kPage)), GMC_OK);
  EXPECT_EQ(opened.memory->remove(nullptr, opened.root, 0, 8, nullptr).status, GMC_OK);
  EXPECT_EQ(add(own(0, 2 * kPage - 1)), GMC_OK);
}

TEST(RightsOfGuests, DoNotBindTheHost) {
  Opened opened("rights=guest");
  ASSERT_EQ(opened.create({own(kPage, kPage, GMC_RIGHT_READ)}).status, GMC_OK);
  EXPECT_EQ(opened.write(kPage, "abc").status, GMC_OK);
  EXPECT_EQ(opened.read(kPage, 3), "abc");
  EXPECT_EQ(opened.memory->protect(nullptr, opened.root, kPage, 1, 0).status, GMC_UNSUPPORTED);
}

}  // namespace
}  // namespace gmc::mapped
