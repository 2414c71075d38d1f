// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/layouts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/generate/profiles_for_test.h"
#include "harness/program/program.h"

namespace gmc {
namespace {

// What is wrong with a layout, found without anything of layouts.cc: every rule of CONTRACT.md, GM-REG, asked of every region and every
// pair.
std::multiset<std::string> flaws(const Layout& layout, const Profile& profile) {
  const Switches& s = profile.root();
  std::multiset<std::string> found;
  std::vector<Region> regions;
  std::vector<Region> windows;
  for (const Region& region : layout.regions) (region.is_window ? windows : regions).push_back(region);
  if (regions.size() > s.regions_max) found.insert("too_many");
  for (Region& region : regions) {
    if (region.size == 0) {
      if (s.region_zero == RegionZero::kReject) found.insert("zero_size");
      continue;
    }
    if (region.base % s.region_align_base != 0) found.insert("misaligned_base");
    if (region.size % s.region_align_size != 0) {
      if (s.region_rounding == RegionRounding::kReject) found.insert("misaligned_size");
      region.size += s.region_align_size - region.size % s.region_align_size;
    }
    const std::uint64_t last = region.base + (region.size - 1);
    if (last < region.base) {
      found.insert("wraps");
      continue;
    }
    if (last > s.last_address) found.insert("beyond_last");
    if (last == UINT64_MAX && s.region_ends_at_2_64 == RegionTop::kReject) found.insert("ends_at_top");
    if (region.backing == Backing::kOwn && !s.backing.has(Backings::kOwn)) found.insert("backing_unoffered");
    if (region.backing == Backing::kFile && !s.backing.has(Backings::kFd)) found.insert("backing_unoffered");
    if (region.backing == Backing::kHost && !s.backing.has(Backings::kHostPointer)) found.insert("backing_unoffered");
    if (region.file_offset % 4096 != 0) found.insert("file_offset");
  }
  for (const Region& window : windows) {
    if (window.base % s.region_align_base != 0 || window.size % s.region_align_size != 0) found.insert("misaligned_window");
  }
  for (const Region& window : windows) {
    if (window.base % s.region_align_base != 0 || window.size % s.region_align_size != 0) found.insert("misaligned_window");
  }
  const auto covers = [](const Region& r, std::uint64_t address) { return r.size > 0 && address >= r.base && address - r.base < r.size; };
  for (std::size_t i = 0; i < regions.size(); ++i) {
    for (std::size_t k = i + 1; k < regions.size(); ++k) {
      if (regions[k].size == 0 || regions[i].size == 0) continue;
      if (covers(regions[i], regions[k].base) || covers(regions[k], regions[i].base)) found.insert("overlap");
    }
  }
  if (s.region_order == RegionOrder::kSorted && !std::ranges::is_sorted(regions, {}, &Region::base)) found.insert("unsorted");
  if (s.region_order == RegionOrder::kPositional && regions.size() > 1) {
    const std::uint64_t window = regions[1].base;
    bool good = regions[0].base == 0 && std::has_single_bit(window) && window >= 4096;
    for (std::size_t i = 0; i < regions.size(); ++i) good = good && regions[i].base == window * i;
    if (!good) found.insert("unsorted");
    const bool fills = std::ranges::any_of(regions, [&](const Region& region) { return region.size >= window; });
    if (good && fills) found.insert("fills_window");
  }
  if (s.addr_space == AddrSpace::kOffset && (regions.size() != 1 || regions[0].base != 0)) found.insert("offset");
  for (const Region& region : regions) {
    if (region.size == 0) continue;
    std::size_t around = 0;
    for (const Region& window : windows) {
      const bool first = covers(window, region.base);
      const bool last = covers(window, region.base + (region.size - 1));
      if (first != last) found.insert("window_edge");
      around += first ? 1 : 0;
    }
    if (around > 1 || (around == 0 && s.addr_space == AddrSpace::kGpaWindow)) found.insert("window");
    for (const ByteRange& reserved : profile.reserved()) {
      if (covers(Region{.base = reserved.base, .size = reserved.size}, region.base) || covers(region, reserved.base))
        found.insert("reserved");
    }
  }
  return found;
}

std::string describe(const Layout& layout) {
  std::string text;
  for (const Region& r : layout.regions) {
    text += fmt::format("{}[{:#x}+{:#x} b{} f{}@{:#x}{}] ", r.is_window ? "window" : "", r.base, r.size, static_cast<int>(r.backing),
                        r.file, r.file_offset, r.is_read_only ? " ro" : "");
  }
  return text;
}

TEST(DrawLayout, IsLegalForEveryProfileAndEmphasis) {
  for (const auto& [name, profile] : test_profiles()) {
    for (std::uint32_t seed = 0; seed < 6000; ++seed) {
      GeneratorSettings settings;
      settings.emphasis = static_cast<LayoutEmphasis>(seed % 6);
      Random random(seed);
      const Layout layout = draw_layout(profile, settings, random);
      const auto wrong = flaws(layout, profile);
      ASSERT_TRUE(wrong.empty()) << name << " seed " << seed << ": " << *wrong.begin() << " in " << describe(layout);
      ASSERT_TRUE(validate(Program{.seed = 1, .adopts = false, .layouts = {layout}, .ops = {}})) << name << " " << describe(layout);
    }
  }
}

// The shapes that the fault classes ask for, each with the least share of the default layouts that is still worth its while.
TEST(DrawLayout, HasTheShapesThatFindFaults) {
  const Profile profile = rich_profile();
  constexpr int kDraws = 20000;
  std::map<std::string, int> seen;
  for (std::uint32_t seed = 0; seed < kDraws; ++seed) {
    Random random(seed);
    const std::vector<Region> given = draw_layout(profile, {}, random).regions;
    std::vector<Region> sorted = given;
    std::ranges::sort(sorted, {}, &Region::base);
    std::set<std::string> shape;
    std::uint64_t mapped = 0;
    bool on_file = false;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      const Region& r = sorted[i];
      mapped += r.size;
      on_file = on_file || r.backing == Backing::kFile;
      if (r.backing == Backing::kHost) shape.insert("host memory");
      if (r.base == 0) shape.insert("base 0");
      if (r.base + r.size == 0) shape.insert("ends at 2^64");
      if (r.size % 4096 != 0) shape.insert("odd size");
      if (r.base % 4096 != 0) shape.insert("odd base");
      for (const std::uint64_t pages : {1u, 63u, 64u, 65u, 127u}) {
        if (r.size == pages * 4096) shape.insert(fmt::format("{} pages", pages));
      }
      if (r.size >= kHugeRegion) shape.insert("huge");
      if (r.base < (1ull << 32) && r.base + (r.size - 1) >= (1ull << 32)) shape.insert("across 4 GiB");
      if (r.is_read_only) shape.insert("read-only");
      if (i > 0) shape.insert(sorted[i - 1].base + sorted[i - 1].size == r.base ? "adjacent" : "hole");
      if (i > 0 && r.is_read_only && sorted[i - 1].base + sorted[i - 1].size == r.base) shape.insert("read-only neighbour");
      for (std::size_t k = 0; k < i; ++k) {
        if (r.backing != Backing::kFile || sorted[k].backing != Backing::kFile || r.file != sorted[k].file) continue;
        shape.insert("one file for two");
        if (r.file_offset < sorted[k].file_offset) shape.insert("file order is not address order");
        if (r.file_offset < sorted[k].file_offset + sorted[k].size && sorted[k].file_offset < r.file_offset + r.size)
          shape.insert("aliases");
      }
    }
    if (on_file) shape.insert("on files");
    if (on_file && std::ranges::any_of(sorted, [](const Region& r) { return r.backing == Backing::kOwn; })) shape.insert("mixed");
    if (sorted != given) shape.insert("unsorted");
    if (sorted.size() >= 3) shape.insert("three or more");
    if (sorted.size() == 1) shape.insert("one");
    if (sorted.size() > 16) shape.insert("many");
    if (mapped >= 65536) shape.insert("64 KiB or more");
    for (const std::string& fact : shape) ++seen[fact];
  }
  const std::map<std::string, double> least = {{"host memory", 0.08},
                                               {"base 0", 0.1},
                                               {"ends at 2^64", 0.05},
                                               {"odd size", 0.3},
                                               {"odd base", 0.2},
                                               {"1 pages", 0.15},
                                               {"63 pages", 0.02},
                                               {"64 pages", 0.04},
                                               {"65 pages", 0.02},
                                               {"127 pages", 0.02},
                                               {"huge", 0.003},
                                               {"across 4 GiB", 0.02},
                                               {"read-only", 0.15},
                                               {"adjacent", 0.5},
                                               {"hole", 0.5},
                                               {"read-only neighbour", 0.05},
                                               {"one file for two", 0.2},
                                               {"file order is not address order", 0.1},
                                               {"aliases", 0.01},
                                               {"on files", 0.42},
                                               {"mixed", 0.03},
                                               {"unsorted", 0.25},
                                               {"three or more", 0.6},
                                               {"one", 0.01},
                                               {"many", 0.005},
                                               {"64 KiB or more", 0.7}};
  for (const auto& [fact, share] : least) EXPECT_GE(seen[fact], share * kDraws) << fact;
  EXPECT_LE(seen["aliases"], 0.08 * kDraws);
  EXPECT_LE(seen["on files"], 0.62 * kDraws);
  EXPECT_LE(seen["huge"], 0.02 * kDraws);
}

// One flaw, and the one that the kind is named after.
TEST(DrawCandidate, HasExactlyTheFlawOfItsKind) {
  const std::map<CandidateKind, std::string> flaw_of = {{CandidateKind::kOverlapInside, "overlap"},
                                                        {CandidateKind::kOverlapAround, "overlap"},
                                                        {CandidateKind::kOverlapByOne, "overlap"},
                                                        {CandidateKind::kOverlapEqual, "overlap"},
                                                        {CandidateKind::kOverlapLastPair, "overlap"},
                                                        {CandidateKind::kZeroSize, "zero_size"},
                                                        {CandidateKind::kMisalignedBase, "misaligned_base"},
                                                        {CandidateKind::kMisalignedSize, "misaligned_size"},
                                                        {CandidateKind::kWraps, "wraps"},
                                                        {CandidateKind::kEndsAtTop, "ends_at_top"},
                                                        {CandidateKind::kUnsorted, "unsorted"},
                                                        {CandidateKind::kTooMany, "too_many"},
                                                        {CandidateKind::kBeyondLast, "beyond_last"},
                                                        {CandidateKind::kBackingUnoffered, "backing_unoffered"},
                                                        {CandidateKind::kFillsWindow, "fills_window"}};
  std::set<CandidateKind> seen;
  for (const auto& [name_of_profile, profile] : test_profiles()) {
    for (std::uint32_t i = 0; i < kCandidateKindCount; ++i) {
      const auto kind = static_cast<CandidateKind>(i);
      if (!applies(kind, profile)) continue;
      seen.insert(kind);
      for (std::uint32_t seed = 0; seed < 1500; ++seed) {
        Random random(seed);
        const Layout layout = draw_candidate(kind, profile, random);
        const auto wrong = flaws(layout, profile);
        if (is_legal(kind)) {
          ASSERT_TRUE(wrong.empty()) << name_of_profile << " " << name(kind) << ": " << *wrong.begin() << " in " << describe(layout);
        } else {
          ASSERT_EQ(wrong, std::multiset<std::string>{flaw_of.at(kind)}) << name_of_profile << " " << name(kind) << " " << describe(layout);
        }
        ASSERT_TRUE(validate(Program{.seed = 1, .adopts = false, .layouts = {adopted_layout(), layout}, .ops = {}})) << describe(layout);
      }
    }
  }
  EXPECT_EQ(seen.size(), kCandidateKindCount) << "a kind that applies to no profile is not tested";
}

TEST(DrawCandidate, LegalKindsShowWhatTheyAreNamedAfter) {
  const Profile profile = rich_profile("region_zero = accept\n");
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    const auto adjacent = draw_candidate(CandidateKind::kLegalAdjacent, profile, random).regions;
    for (std::size_t i = 1; i < adjacent.size(); ++i) EXPECT_EQ(adjacent[i].base, adjacent[i - 1].base + adjacent[i - 1].size);
    const auto top = draw_candidate(CandidateKind::kLegalAtTop, profile, random).regions;
    EXPECT_EQ(top.back().base + top.back().size, 0u);
    const auto empty = draw_candidate(CandidateKind::kLegalZeroSize, profile, random).regions;
    EXPECT_TRUE(std::ranges::any_of(empty, [](const Region& region) { return region.size == 0; }));
    const auto unsorted = draw_candidate(CandidateKind::kLegalUnsorted, profile, random).regions;
    EXPECT_FALSE(std::ranges::is_sorted(unsorted, {}, &Region::base));
    const auto files = draw_candidate(CandidateKind::kLegalFileOverlap, profile, random).regions;
    EXPECT_LT(files.back().file_offset, files.front().file_offset + files.front().size);
    EXPECT_EQ(files.back().file, files.front().file);
  }
}

}  // namespace
}  // namespace gmc
