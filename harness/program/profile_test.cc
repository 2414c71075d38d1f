// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/profile.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "harness/program/profile_rules.h"
#include "harness/program/switch_codec.h"

namespace gmc {
namespace {

std::string error_of(std::string_view text) {
  const auto profile = Profile::parse(text, "p");
  return profile ? "accepted" : profile.error().text();
}

Profile parsed(std::string_view text) {
  const auto profile = Profile::parse(text, "p");
  EXPECT_TRUE(profile.has_value()) << profile.error().text();
  return profile.value_or(Profile());
}

TEST(Profile, EmptyIsAllDefaults) {
  EXPECT_EQ(parsed(""), Profile());
  EXPECT_EQ(parsed("\n# nothing\n  \t\n"), Profile());
  EXPECT_EQ(Profile().print(), "");
}

TEST(Profile, EveryKindOfValueIsRead) {
  const Profile profile = parsed(
      "cross_region=span # as it says\n"
      "  region_api =  find list\n"
      "atomics = none\n"
      "partial = yes\n"
      "dirty_granule = 64\n"
      "last_address = 0xffff\n"
      "typed_sizes = 1 2 16 0\n"
      "error_detail = denied|out_of_range io|fault|short\n");
  const Switches& root = profile.root();
  EXPECT_EQ(root.cross_region, CrossRegion::kSpan);
  EXPECT_EQ(root.region_api, SetOf(RegionApi::kList, RegionApi::kFind));
  EXPECT_TRUE(root.atomics.empty());
  EXPECT_TRUE(root.partial);
  EXPECT_EQ(root.dirty_granule, 64u);
  EXPECT_EQ(root.last_address, 0xffffu);
  EXPECT_EQ(root.typed_sizes.mask, 0x10007u);
  EXPECT_EQ(root.error_detail.same[GMC_DENIED], status_bit(GMC_DENIED) | status_bit(GMC_OUT_OF_RANGE));
  EXPECT_EQ(root.error_detail.same[GMC_SHORT], status_bit(GMC_SHORT) | status_bit(GMC_IO) | status_bit(GMC_FAULT));
  EXPECT_EQ(root.error_detail.same[GMC_BUSY], status_bit(GMC_BUSY));
}

TEST(Profile, TheMostSpecificLineHoldsInAnyOrder) {
  const Profile profile = parsed(
      "vcpu.hole_kind = discard\n"
      "region.hole_kind = fault\n"
      "hole_kind = oob\n");
  EXPECT_EQ(profile.root().hole_kind, HoleKind::kOob);
  EXPECT_EQ(profile.of(GMC_SPACE_REGION).hole_kind, HoleKind::kFault);
  EXPECT_EQ(profile.of(GMC_SPACE_REGION, GMC_LANE_DEVICE).hole_kind, HoleKind::kFault);
  EXPECT_EQ(profile.of(GMC_SPACE_REGION, GMC_LANE_VCPU).hole_kind, HoleKind::kDiscard) << "lane before space";
  EXPECT_EQ(profile.of(GMC_SPACE_ROOT, GMC_LANE_VCPU).hole_kind, HoleKind::kDiscard);
}

TEST(Profile, ReservedRangesMayRepeat) {
  const Profile profile = parsed("reserved = 0x1000+0x10 4096000+1\nreserved = 0xffffffffffffffff+1\n");
  EXPECT_EQ(profile.reserved(), (std::vector<ByteRange>{{0x1000, 0x10}, {4096000, 1}, {UINT64_MAX, 1}}));
}

TEST(Profile, IsPrintedInTheOrderOfTheTableWithoutDefaults) {
  EXPECT_EQ(
      parsed("reserved=16+1\nregion.cross_region = reject\nhole_kind=fault\ncross_region = span\nlayout = given\nvcpu.has_fill = yes\n")
          .print(),
      "cross_region = span\n"
      "hole_kind = fault\n"
      "region.cross_region = reject\n"
      "vcpu.has_fill = yes\n"
      "reserved = 0x10+0x1\n");
  EXPECT_EQ(parsed("region.partial = yes\nrange.partial = yes\nsnapshot.partial = yes\nroot.partial = yes\n").print(),
            "partial = yes\npages.partial = no\n")
      << "the value of most kinds is the bare one";
  constexpr std::string_view kTie =
      "zero_length_fd = start_mapped\nrange.zero_length_fd = in_bounds_incl_end\n"
      "snapshot.zero_length_fd = in_bounds_incl_end\npages.zero_length_fd = ok_anywhere\n";
  EXPECT_EQ(parsed(kTie).print(), kTie) << "of equally frequent values that of the first kind";
}

TEST(Profile, MistakesAreNamedWithTheirLine) {
  const struct {
    const char* text;
    const char* error;
  } kCases[] = {
      {"cros_region = span", "p:1: unknown switch 'cros_region' (did you mean 'cross_region'?)"},
      {"\n\nfoo = 1", "p:3: unknown switch 'foo'"},
      {"guest.partial = yes", "p:1: unknown kind 'guest'; expected one of root, region, range, snapshot, pages, thread, vcpu, device"},
      {"region.vcpu.partial = yes", "p:1: unknown switch 'vcpu.partial'"},
      {"partial yes", "p:1: expected 'name = value', got 'partial yes'"},
      {"= yes", "p:1: expected a switch before '='"},
      {"partial =", "p:1: 'partial' has no value"},
      {"partial = # yes", "p:1: 'partial' has no value"},
      {"cross_region = spam", "p:1: cross_region: expected one of span, reject, got 'spam'"},
      {"range.cross_region = Span", "p:1: range.cross_region: expected one of span, reject, got 'Span'"},
      {"partial = true", "p:1: partial: expected yes or no, got 'true'"},
      {"last_address = -1", "p:1: last_address: expected a number, decimal or 0x..., at most 2^64-1, got '-1'"},
      {"last_address = 0x10000000000000000",
       "p:1: last_address: expected a number, decimal or 0x..., at most 2^64-1, got '0x10000000000000000'"},
      {"last_address = 010", "p:1: last_address: expected a number, decimal or 0x..., at most 2^64-1, got '010'"},
      {"harvest = read, clear", "p:1: harvest: expected none or some of read, clear, both, separated by a space, got 'read,'"},
      {"harvest = none read", "p:1: harvest: expected none or some of read, clear, both, separated by a space, got 'none'"},
      {"harvest = read read", "p:1: harvest: 'read' is said twice"},
      {"typed_sizes = 1 64", "p:1: typed_sizes: expected none or sizes from 0 to 63, separated by a space, got '64'"},
      {"typed_sizes = 1 1", "p:1: typed_sizes: '1' is said twice"},
      {"error_detail = ok|io",
       "p:1: error_detail: expected full or sets of statuses of short, out_of_range, misaligned, denied, unsupported, busy, "
       "invalid_argument, io, fault, no_memory, bad_state, overlap, not_found, got 'ok'"},
      {"error_detail = io", "p:1: error_detail: a set of one status, 'io'; write statuses that look the same as a|b"},
      {"error_detail = io|fault fault|busy", "p:1: error_detail: 'fault' is said twice"},
      {"partial = yes\n# again\npartial = yes", "p:3: 'partial' is said twice, first in line 1"},
      {"region.partial = yes\nregion.partial = no", "p:2: 'region.partial' is said twice, first in line 1"},
      {"region.reset = yes", "p:1: 'reset' is of the whole backend and takes no kind"},
      {"range.fault_sites = access", "p:1: 'fault_sites' is of the whole backend and takes no kind"},
      {"reserved = 0x1000", "p:1: reserved: expected BASE+SIZE, got '0x1000'"},
      {"reserved = 0x1000+0", "p:1: reserved: 0x1000+0 is empty"},
      {"reserved = 0xffffffffffffffff+2", "p:1: reserved: 0xffffffffffffffff+2 ends beyond 2^64"},
      {"reserved = 0x1000+0x10\nreserved = 0x100f+1", "p:2: reserved: 0x100f+1 overlaps 0x1000+0x10"},
      {"reserved = 0x1000+0x10 0xff0+0x11", "p:1: reserved: 0xff0+0x11 overlaps 0x1000+0x10"},
      {"reservd = 0+1", "p:1: unknown switch 'reservd' (did you mean 'reserved'?)"},
      {"\ndirty_bitmap_api = yes\npartial = yes", "p:2: dirty_bitmap_api = yes, dirty_source = none: marking where nothing is tracked"},
  };
  for (const auto& [text, error] : kCases) EXPECT_EQ(error_of(text), error);
}

// One profile a rule, which that rule and no other refuses.
TEST(ProfileRules, EachRefusesAProfileOfItsOwn) {
  constexpr std::string_view kRefused[] = {
      "dirty_granule = 0",
      "region_align_base = 3",
      "region_align_size = 0",
      "views = yes\nview_align = 6",
      "regions_max = 0",
      "hole_kind = discard\ndiscard_value = 256",
      "backing = none",
      "region_ends_at_2_64 = accept\nlast_address = 0xffff",
      "iteration_order = by_base",
      "size_counts_added = yes",
      "layout = own",
      "file_facts = flags",
      "eof_policy = accept_error",
      "backing = fd\neof_policy = accept_sigbus\nfault_model = recover",
      "backing = host_pointer\nguard_pages = 1",
      "discard_value = 1",
      "reports_count = yes",
      "typed_sizes = 1 2\ntyped_atomic_sizes = 4",
      "typed_sizes = 1 3\ntyped_atomic_sizes = 3",
      "atomic_sizes = 1 3",
      "atomics = load\natomic_sizes = none",
      "atomic_unaligned = hw",
      "atomic_order = seq_cst",
      "dirty_source = host_api\nharvest = none",
      "dirty_bitmap_api = yes",
      "dirty_enable = explicit",
      "dirty_start = all_dirty",
      "dirty_when = harvest",
      "dirty_source = content_diff\ndirty_when = release",
      "dirty_precision = over_approx",
      "dirty_origin = region",
      "dirty_space = iova",
      "pointer_lifetime = snapshot",
      "host_pointer = locked",
      "slices = yes\npointer_lifetime = lock_guard",
      "iova_base = 4096",
      "view_align = 4096",
      "perm_fail_effect = prefix",
      "permissions = iommu",
      "exclusive_failure = permanent_busy",
      "exclusive_excludes_guest = yes",
      "fd_short_read = loop",
      "fd_exact_loops = yes",
      "fault_sites = harvest",
      "fault_sites = change",
      "xen = grant_on_demand\nhost_pointer = whole",
      "xen = grant_on_demand\natomics = load",
      "xen = grant_on_demand\nhas_copy = yes",
  };
  ASSERT_EQ(std::size(kRefused), profile_rules().size());
  for (std::size_t i = 0; i < std::size(kRefused); ++i) {
    const std::string error = error_of(kRefused[i]);
    EXPECT_TRUE(error.ends_with(profile_rules()[i].reason))
        << kRefused[i] << "\n  " << error << "\n  expected: " << profile_rules()[i].reason;
  }
}

TEST(ProfileRules, NameSwitchesThatThereAre) {
  for (const ProfileRule& rule : profile_rules()) {
    for (const std::string_view name : rule.switches) EXPECT_TRUE(name.empty() || find_switch_codec(name) != nullptr) << name;
  }
}

TEST(ProfileRules, DefaultsHoldTogether) { EXPECT_EQ(find_contradiction(Switches{}), std::nullopt); }

TEST(ProfileRules, AnIdleClaimIsAllowedWhereAnotherKindNeedsIt) {
  EXPECT_EQ(error_of("dirty_source = host_api\ndirty_enable = explicit\nsnapshot.dirty_source = none"), "accepted");
  EXPECT_EQ(error_of("vcpu.permissions = guest_only\nregion.permissions = region_ro\nperm_fail_effect = prefix"), "accepted");
}

TEST(Switches, TableHasEverySwitchWithItsDefault) {
  const auto& table = switch_table();
  const auto row = [&](std::string_view name) -> const SwitchInfo& {
    const auto found = std::ranges::find(table, name, &SwitchInfo::name);
    EXPECT_NE(found, table.end()) << name;
    return found == table.end() ? table.front() : *found;
  };
  EXPECT_EQ(row("harvest").default_text, "both");
  EXPECT_EQ(row("harvest").values, (std::vector<std::string_view>{"read", "clear", "both"}));
  EXPECT_EQ(row("typed_sizes").default_text, "1 2 4 8");
  EXPECT_EQ(row("last_address").default_text, "0xffffffffffffffff");
  EXPECT_EQ(row("error_detail").default_text, "full");
  EXPECT_EQ(row("zero_length_fd").values, row("zero_length_bytes").values);
  std::set<std::string_view> names;
  for (const SwitchInfo& info : table) EXPECT_TRUE(names.insert(info.name).second) << info.name;
}

TEST(Switches, EveryValueIsReadBack) {
  for (const SwitchInfo& info : switch_table()) {
    for (const std::string_view value : info.values) {
      Switches switches;
      ASSERT_TRUE(set_switch(switches, info.name, value).has_value()) << info.name << " = " << value;
      EXPECT_EQ(switch_text(switches, info.name), value) << info.name;
    }
  }
  Switches switches;
  EXPECT_EQ(set_switch(switches, "foo", "1").error().text(), "unknown switch 'foo'");
  EXPECT_EQ(set_switch(switches, "partial", "1").error().text(), "partial: expected yes or no, got '1'");
}

// A line for any switch that has a closed set of values, and any kind.
std::string arbitrary_line() {
  static constexpr const char* kPrefixes[] = {"", "root.", "region.", "range.", "snapshot.", "pages.", "thread.", "vcpu.", "device."};
  const auto& table = switch_table();
  const SwitchInfo& info = table[*rc::gen::inRange<std::size_t>(0, table.size())];
  if (info.values.empty()) return {};
  const std::string_view value = info.values[*rc::gen::inRange<std::size_t>(0, info.values.size())];
  return std::string(kPrefixes[*rc::gen::inRange(0, 9)]) + std::string(info.name) + " = " + std::string(value) + "\n";
}

RC_GTEST_PROP(Profile, PrintThenParseIsIdentity, ()) {
  // Lines are added as long as the profile stays free of mistakes and contradictions.
  std::string text;
  for (int lines = *rc::gen::inRange(0, 30); lines > 0; --lines) {
    const std::string more = text + arbitrary_line();
    if (Profile::parse(more, "p")) text = more;
  }
  const Profile profile = Profile::parse(text, "p").value();
  const std::string printed = profile.print();
  const auto again = Profile::parse(printed, "q");
  RC_ASSERT(again.has_value());
  RC_ASSERT(again.value() == profile);
  RC_ASSERT(again.value().print() == printed);
}

}  // namespace
}  // namespace gmc
