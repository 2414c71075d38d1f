// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace gmc {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> draw(const Layout& layout, const std::optional<Access>& access, std::vector<EntryFate> fates = {},
                              const std::vector<bool>& is_removed = {}) {
  fates.resize(layout.regions.size());
  Switches switches;
  switches.region_ends_at_2_64 = RegionTop::kAccept;
  switches.permissions = Permissions::kRegionRo;
  return draw_map(layout, MemoryMap(layout, switches, is_removed), fates, HoleKind::kFault, access);
}

// The line with `text`, or "".
std::string line_with(const std::vector<std::string>& lines, std::string_view text) {
  const auto found = std::ranges::find_if(lines, [&](const std::string& line) { return line.contains(text); });
  return found == lines.end() ? "" : *found;
}

Layout two_regions() {
  Layout layout;
  layout.regions = {{.base = 0x10000, .size = 0x2000, .backing = Backing::kFile, .file = 1, .file_offset = 0x1000},
                    {.base = 0x12000, .size = 0x1000, .is_read_only = true}};
  return layout;
}

TEST(Picture, ShowsBaseSizeBackingAndRights) {
  const auto lines = draw(two_regions(), std::nullopt);
  EXPECT_THAT(lines, Contains(HasSubstr("r0  0x2000 bytes, file f1@0x1000, writable")));
  EXPECT_THAT(lines, Contains(HasSubstr("r1  0x1000 bytes, own, read-only")));
  for (const char* base : {"  0x0000000000000000 +-", "  0x0000000000010000 +-", "  0x0000000000012000 +-", "  0x0000000000013000 +-"})
    EXPECT_THAT(lines, Contains(StartsWith(base)));
  EXPECT_THAT(line_with(lines, "hole"), HasSubstr(": hole  0x10000 bytes"));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("<=="))));
}

TEST(Picture, MarksWhatOfAnAccessLiesWhere) {
  const auto lines = draw(two_regions(), Access{.op = 5, .gpa = 0x11ffe, .size = 0x1004});
  EXPECT_THAT(line_with(lines, "r0 "), HasSubstr("<== op 5 at 0x11ffe, bytes 0 to 1"));
  EXPECT_THAT(line_with(lines, "r1 "), HasSubstr("<== op 5 at 0x12000, bytes 2 to 4097"));
  EXPECT_THAT(lines, Contains(HasSubstr("<== op 5 at 0x13000, bytes 4098 to 4099")));
  EXPECT_EQ(std::ranges::count_if(lines, [](const std::string& line) { return line.contains("<=="); }), 3);
}

TEST(Picture, AccessesOfNoBytesAndBeyondTheTopAreMarked) {
  EXPECT_THAT(line_with(draw(two_regions(), Access{.op = 1, .gpa = 0x12fff, .size = 0}), "r1 "),
              HasSubstr("<== op 1 at 0x12fff, no bytes"));
  const auto lines = draw(two_regions(), Access{.op = 1, .gpa = UINT64_MAX, .size = 2});
  EXPECT_THAT(lines, Contains(HasSubstr("<== op 1 at 0xffffffffffffffff, bytes 0 to 0")));
  EXPECT_THAT(lines, Contains(HasSubstr("op 1 goes on beyond 2^64")));
}

TEST(Picture, SaysWhoCameAndWhoWent) {
  const auto lines = draw(two_regions(), std::nullopt, {{.removed_by = 7}, {.added_by = 3}}, {true, false});
  EXPECT_THAT(lines, Contains(HasSubstr("removed: r0, 0x10000 to 0x11fff, by op 7")));
  EXPECT_THAT(line_with(lines, "r1  "), HasSubstr("added by op 3"));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("r0  "))));
}

TEST(Picture, SaysWhatWasProtected) {
  const Layout layout = two_regions();
  MemoryMap map(layout, Switches());
  map.page_rights().set({.first = 0x10000, .last = 0x10fff, .may_read = true, .may_write = false});
  map.page_rights().set({.first = 0x12000, .last = 0x12fff, .may_read = false, .may_write = false});
  const auto lines = draw_map(layout, map, std::vector<EntryFate>(2), HoleKind::kOob, std::nullopt);
  EXPECT_THAT(lines, Contains("  pages 0x10000 to 0x10fff have rights r"));
  EXPECT_THAT(lines, Contains("  pages 0x12000 to 0x12fff have rights none"));
}

TEST(Picture, WindowsAndTheirHolesAreNamed) {
  Layout layout = two_regions();
  layout.regions.push_back({.base = 0x8000, .size = 0x10000, .is_window = true});
  const auto lines = draw(layout, std::nullopt);
  EXPECT_THAT(lines, Contains(HasSubstr("window r2: 0x8000 to 0x17fff; what meets its holes is a fault")));
  EXPECT_THAT(line_with(lines, "hole  0x10000 bytes"), HasSubstr("in part window r2"));
}

TEST(Picture, LargerRegionsAreTaller) {
  const auto height = [](std::uint64_t size) {
    Layout layout;
    layout.regions = {{.base = 0, .size = size}};
    return draw(layout, std::nullopt).size();
  };
  EXPECT_EQ(height(1), height(0x10000));
  EXPECT_LT(height(0x10000), height(0x1000000));
  EXPECT_LT(height(0x1000000), height(0x100000000));
}

TEST(Picture, OfManyRegionsThoseNearTheAccessAreDrawn) {
  Layout layout;
  for (std::uint64_t i = 0; i < kRegionsMax; ++i) layout.regions.push_back({.base = i << 44, .size = 1ull << 43});
  const auto lines = draw(layout, Access{.op = 2, .gpa = 30ull << 44, .size = 8});
  EXPECT_LE(lines.size(), kPictureLines);
  EXPECT_THAT(line_with(lines, "r30 "), HasSubstr("<== op 2"));
  EXPECT_EQ(line_with(lines, "r15 "), "");
  EXPECT_THAT(lines, Contains(HasSubstr("regions and holes left out")));
}

}  // namespace
}  // namespace gmc
