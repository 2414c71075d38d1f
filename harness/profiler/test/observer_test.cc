// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is observed is what the backend does: the naive memory follows whatever its config says, so that every value of a switch can be had,
// declared truly and falsely.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/profiler/draft.h"
#include "harness/profiler/observer.h"
#include "harness/profiler/probe_table.h"
#include "harness/profiler/values.h"

namespace gmc {
namespace {

std::unique_ptr<Supervisor> started(const std::string& backend, const std::optional<Profile>& profile = {}) {
  SupervisorOptions options;
  options.worker.worker_path = std::getenv("GMC_TEST_WORKER");
  options.worker.backend = *BackendSpec::parse(backend);
  if (profile) options.worker.profile_text = profile->print();
  options.workers = 1;
  auto supervisor = Supervisor::start(std::move(options));
  if (!supervisor) {
    ADD_FAILURE() << backend << ": " << supervisor.error().error.text();
    return nullptr;
  }
  return *std::move(supervisor);
}

std::string text_of(const ObservedSwitch& one) {
  std::string text = fmt::format("{}{} (declared: {})", one.differs ? "! " : "", one.name, one.declared);
  for (const std::string& value : one.values) text += fmt::format(" [{}]", value);
  if (!one.why_not.empty()) text += " not observed: " + one.why_not;
  for (const std::string& member : one.untold) text += fmt::format(" ({} untold)", member);
  return text + (one.evidence.empty() ? "" : "; " + one.evidence);
}

std::set<std::string> differing(const ObservedProfile& observed) {
  std::set<std::string> names;
  for (const ObservedSwitch& one : observed.switches) {
    if (one.differs) names.insert(one.name);
  }
  return names;
}

// ------------------------------------------------------------------------------------------------------------------- Every switch

using Config = std::map<std::string, std::string>;

// Everything that the naive memory does. Blanks stand for the plus of its config.
const Config kEverything = {{"backing", "own fd host_pointer"},
                            {"reset", "yes"},
                            {"region_ends_at_2_64", "accept"},
                            {"region_api", "list find last_address"},
                            {"file_facts", "protection flags file_offset fds_overlap"},
                            {"cross_region", "span"},
                            {"range_fail_effect", "prefix"},
                            {"partial", "yes"},
                            {"has_fill", "yes"},
                            {"has_zero_all", "yes"},
                            {"atomic_buffers", "yes"},
                            {"dump_all", "at_least_length"},
                            {"range_api", "check_range checked_offset"},
                            {"typed_sizes", "0 1 2 4 8 16"},
                            {"atomics", "load store compare_exchange exchange add sub and or xor"},
                            {"dirty_source", "host_api"},
                            {"dirty_bitmap_api", "yes"},
                            {"harvest", "read clear both"},
                            {"permissions", "region_ro"},
                            {"slices", "yes"}};

std::string text_of(const Config& config) {
  std::string text;
  for (const auto& [name, value] : config) {
    std::string joined = value;
    std::ranges::replace(joined, ' ', '+');
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", name, joined);
  }
  return text;
}

struct Row {
  std::string name;
  std::string value;                   // that the memory follows
  std::string lie;                     // another one, that it declares
  Config others = {};                  // besides kEverything
  std::vector<std::string> also = {};  // values that programs cannot tell from it
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name << " = " << row.value; }

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {"last_address", "0xffffffff", "0xffffffffffffffff", {{"region_ends_at_2_64", "reject"}}},
      {"last_address", "0xffffffffffffffff", "0xffffffff", {{"region_ends_at_2_64", "reject"}}},
      {"layout", "given", "given"},
      {"backing", "own", "own fd", {{"file_facts", "none"}}},
      {"backing", "own fd host_pointer", "own host_pointer"},
      {"reset", "yes", "no"},
      {"reset", "no", "yes"},
      {"spaces_outlive", "yes", "yes"},
      {"regions_max", "4", "8"},
      {"regions_max", "0xffffffffffffffff", "8"},
      {"region_align_base", "1", "64"},
      {"region_align_base", "4096", "1"},
      {"region_align_size", "1", "64"},
      {"region_align_size", "64", "1"},
      {"region_rounding", "reject", "up", {{"region_align_size", "64"}}},
      {"region_rounding", "up", "reject", {{"region_align_size", "64"}}},
      {"region_zero", "reject", "accept"},
      {"region_zero", "accept", "reject"},
      {"region_order", "any", "sorted"},
      {"region_order", "sorted", "any"},
      {"region_order", "positional", "sorted"},
      {"region_ends_at_2_64", "reject", "accept"},
      {"region_ends_at_2_64", "accept", "reject"},
      {"region_api", "find last_address", "list find last_address"},
      {"region_api", "list find last_address", "list"},
      {"iteration_order", "by_base", "as_given"},
      {"iteration_order", "as_given", "by_base"},
      {"file_facts", "flags file_offset", "protection flags file_offset fds_overlap"},
      {"file_facts", "protection flags file_offset fds_overlap", "protection flags file_offset"},
      {"cross_region", "span", "reject"},
      {"cross_region", "reject", "span"},
      {"hole_kind", "oob", "fault"},
      {"hole_kind", "fault", "discard"},
      {"hole_kind", "discard", "oob"},
      {"discard_value", "255", "0", {{"hole_kind", "discard"}}},
      {"discard_value", "0", "170", {{"hole_kind", "discard"}}},
      {"zero_length_bytes", "ok_anywhere", "in_bounds_incl_end"},
      {"zero_length_bytes", "in_bounds_incl_end", "start_mapped"},
      {"zero_length_bytes", "start_mapped", "ok_anywhere"},
      {"zero_length_typed", "ok_anywhere", "start_mapped"},
      {"zero_length_typed", "in_bounds_incl_end", "ok_anywhere"},
      {"zero_length_typed", "start_mapped", "in_bounds_incl_end"},
      {"zero_length_slice", "ok_anywhere", "start_mapped"},
      {"zero_length_slice", "in_bounds_incl_end", "ok_anywhere"},
      {"zero_length_slice", "start_mapped", "in_bounds_incl_end"},
      {"zero_length_query", "ok_anywhere", "start_mapped"},
      {"zero_length_query", "in_bounds_incl_end", "ok_anywhere"},
      {"zero_length_query", "start_mapped", "in_bounds_incl_end"},
      {"range_fail_effect", "nothing", "prefix"},
      {"range_fail_effect", "prefix", "nothing"},
      {"reports_count", "yes", "yes"},
      {"reports_count", "no", "yes"},
      {"partial", "yes", "no"},
      {"partial", "no", "yes"},
      {"has_fill", "yes", "no"},
      {"has_fill", "no", "yes"},
      {"has_zero_all", "yes", "no"},
      {"has_zero_all", "no", "yes"},
      {"atomic_buffers", "yes", "no"},
      {"atomic_buffers", "no", "yes"},
      {"dump_all", "none", "exact_length"},
      {"dump_all", "exact_length", "at_least_length"},
      {"dump_all", "at_least_length", "exact_length"},
      {"range_api", "check_range", "check_range checked_offset"},
      {"range_api", "check_range checked_offset", "none"},
      {"error_detail", "full", "full"},
      {"error_detail", "denied|out_of_range", "full"},
      {"typed_sizes", "1 2 4 8", "0 1 2 4 8 16"},
      {"typed_sizes", "0 1 2 4 8 16", "1 2 4 8"},
      {"align_basis", "gpa", "hva"},
      {"align_basis", "hva", "gpa"},
      {"atomics", "load store add", "load store compare_exchange add"},
      {"atomics", "load store compare_exchange exchange add sub and or xor", "load store"},
      {"atomic_sizes", "4 8", "1 2 4 8"},
      {"atomic_sizes", "1 2 4 8", "4 8"},
      {"atomic_unaligned", "error", "error"},
      {"atomic_unaligned", "hw", "error"},
      {"dirty_source", "none", "host_api", {{"dirty_bitmap_api", "no"}}},
      {"dirty_source", "host_api", "none", {}, {"host_and_guest"}},
      {"dirty_source", "content_diff", "host_api"},
      {"dirty_precision", "exact", "exact"},
      {"dirty_precision", "over_approx", "exact"},
      {"dirty_granule", "64", "4096"},
      {"dirty_granule", "4096", "64"},
      {"dirty_origin", "gpa", "region"},
      {"dirty_origin", "region", "gpa"},
      {"dirty_enable", "always", "explicit"},
      {"dirty_enable", "explicit", "always"},
      {"dirty_start", "clean", "all_dirty", {{"dirty_enable", "explicit"}}},
      {"dirty_start", "all_dirty", "clean", {{"dirty_enable", "explicit"}}},
      {"dirty_bitmap_api", "yes", "no"},
      {"dirty_bitmap_api", "no", "yes"},
      {"harvest", "both", "read both"},
      {"harvest", "read clear both", "both"},
      {"slices", "yes", "no"},
      {"slices", "no", "yes"},
      {"host_pointer", "none", "per_addr"},
      {"views", "yes", "no"},
      {"views", "no", "yes"},
      {"view_align", "1", "64", {{"views", "yes"}}},
      {"view_align", "64", "1", {{"views", "yes"}}},
      {"permissions", "none", "region_ro", {}, {"guest_only"}},
      {"permissions", "region_ro", "none", {}, {"page_bitmap", "typestate"}},
      {"perm_fail_effect", "nothing", "prefix"},
      {"perm_fail_effect", "prefix", "nothing"},
  };
  return table;
}

// What the memory says of itself: the contract's own names, as its config has them.
Profile profile_of(const Config& config) {
  std::string text;
  for (const auto& [name, value] : config) text += fmt::format("{} = {}\n", name, value);
  auto profile = Profile::parse(text, "test");
  EXPECT_TRUE(profile.has_value()) << profile.error().text();
  return profile.value_or(Profile{});
}

class NaiveVariants : public testing::TestWithParam<Row> {
 protected:
  // Of the memory that follows the row: that is what it declares, but for what it says of the row's switch.
  static ObservedSwitch look(const std::string& says) {
    const Row& row = GetParam();
    Config config = kEverything;
    for (const auto& [name, value] : row.others) config[name] = value;
    config[row.name] = row.value;
    // The naive memory has no word for two of the switches, and is as their defaults say.
    const bool has_word = row.name != "layout" && row.name != "host_pointer";
    Config followed = config;
    if (!has_word) followed.erase(row.name);
    // What depends on the switch goes with it, as it would in a profile that somebody writes.
    const auto truth = Draft(profile_of(config)).with(row.name, row.value);
    const auto declared = truth->with(row.name, says);
    EXPECT_TRUE(declared.has_value());
    const auto supervisor = started("naive:" + text_of(followed), says == row.value ? std::nullopt : std::optional(declared->profile()));
    if (supervisor == nullptr) return {};
    const ObservedProfile observed = observe(*supervisor, {.only = {row.name}});
    return observed.switches.empty() ? ObservedSwitch{} : observed.switches.front();
  }

  // The row's value, and nothing that programs can tell from it.
  static void expect_truth(const ObservedSwitch& seen) {
    const Row& row = GetParam();
    const std::string value = canonical(row.name, row.value);
    EXPECT_NE(std::ranges::find(seen.values, value), seen.values.end()) << text_of(seen);
    EXPECT_EQ(seen.values.size(), 1 + row.also.size()) << text_of(seen);
    for (const std::string& also : row.also) EXPECT_NE(std::ranges::find(seen.values, also), seen.values.end()) << text_of(seen);
  }
};

TEST_P(NaiveVariants, AreObservedAsTheyAre) {
  const ObservedSwitch seen = look(GetParam().value);
  expect_truth(seen);
  EXPECT_FALSE(seen.differs) << text_of(seen);
}

TEST_P(NaiveVariants, AreObservedAsTheyAreWhenTheyLie) {
  if (GetParam().lie == GetParam().value) GTEST_SKIP() << "the other value asks less, and is no lie";
  const ObservedSwitch seen = look(GetParam().lie);
  expect_truth(seen);
  EXPECT_TRUE(seen.differs) << text_of(seen);
  EXPECT_FALSE(seen.evidence.empty()) << text_of(seen);
}

INSTANTIATE_TEST_SUITE_P(, NaiveVariants, testing::ValuesIn(rows()),
                         [](const auto& tested) { return fmt::format("{}_{}", tested.param.name, tested.index); });

TEST(Observer, EverySwitchThatIsProbedIsInTheTable) {
  std::set<std::string_view> told;
  for (const Row& row : rows()) told.insert(row.name);
  for (const Probe& probe : probe_table()) EXPECT_TRUE(told.contains(probe.name)) << probe.name;
  fmt::print("{} of {} switches are observed\n", told.size(), switch_shapes().size());
}

// ---------------------------------------------------------------------------------------------------------------------- Whole profiles

void expect_as_declared(const std::string& backend, const std::optional<Profile>& profile = {}) {
  const auto supervisor = started(backend, profile);
  ASSERT_NE(supervisor, nullptr);
  const ObservedProfile observed = observe(*supervisor);
  for (const ObservedSwitch& one : observed.switches) EXPECT_FALSE(one.differs) << text_of(one);
  EXPECT_EQ(observed.profile, supervisor->profile());
  EXPECT_EQ(observed.switches.size(), switch_shapes().size()) << "and every switch has a line";
}

TEST(Observer, MmapIsAsItDeclares) { expect_as_declared("mmap"); }

TEST(Observer, MmapIsAsItDeclaresInAnotherConfiguration) {
  expect_as_declared("mmap:dirty=explicit,granule=64,origin=region,fail=nothing,ranges=views,own=memfd");
}

TEST(Observer, NaiveIsAsItDeclares) { expect_as_declared("naive"); }

// Mutants that say one thing and do another, and are right in everything else.
TEST(Observer, OneWrongLineLeavesTheOthersAsTheyAre) {
  const std::pair<const char*, const char*> liars[] = {{"crosses_all_the_same", "cross_region"}, {"order_matters", "region_order"}};
  for (const auto& [mutant, name] : liars) {
    const auto supervisor = started(fmt::format("mutant:{}", mutant));
    ASSERT_NE(supervisor, nullptr);
    EXPECT_EQ(differing(observe(*supervisor)), std::set<std::string>{name}) << mutant;
  }
}

// From the empty profile: whatever a backend of ours has and does not say is found, and with it said nothing differs any more.
TEST(Observer, WhatWasObservedIsAProfileThatTheBackendKeeps) {
  const auto silent = started("mmap", Profile{});
  ASSERT_NE(silent, nullptr);
  const ObservedProfile observed = observe(*silent);
  const std::set<std::string> found = differing(observed);
  for (const char* name : {"backing", "reset", "region_api", "cross_region", "partial", "has_fill", "atomics", "dirty_source", "slices"})
    EXPECT_TRUE(found.contains(name)) << name;
  expect_as_declared("mmap", observed.profile);
}

// A line for one kind of space is observed by itself.
TEST(Observer, LinesOfKindsAreObservedToo) {
  const auto profile = profile_of({{"has_fill", "yes"}, {"region.has_fill", "no"}});
  const auto supervisor = started("naive:has_fill=yes", profile);
  ASSERT_NE(supervisor, nullptr);
  const ObservedProfile observed = observe(*supervisor, {.only = {"has_fill"}});
  ASSERT_EQ(observed.switches.size(), 2u);
  EXPECT_FALSE(observed.switches[0].differs) << text_of(observed.switches[0]);
  EXPECT_EQ(observed.switches[1].name, "region.has_fill");
  EXPECT_TRUE(observed.switches[1].differs) << text_of(observed.switches[1]);
  EXPECT_EQ(observed.profile, profile_of({{"has_fill", "yes"}}));
}

TEST(Observer, WhatNobodyOpensIsSaid) {
  const auto supervisor = started("naive:has_fill=yes", profile_of({{"has_fill", "yes"}, {"vcpu.has_fill", "no"}}));
  ASSERT_NE(supervisor, nullptr);
  const ObservedProfile observed = observe(*supervisor, {.only = {"has_fill"}});
  ASSERT_EQ(observed.switches.size(), 2u);
  EXPECT_EQ(observed.switches[1].name, "vcpu.has_fill");
  EXPECT_EQ(observed.switches[1].why_not, "this version opens no vcpu");
  EXPECT_FALSE(observed.differs());
}

// A limit that is no power of two is found as near as layouts of whole pages come to it.
TEST(Observer, NumberBetweenThoseThatAreTriedIsNarrowedDown) {
  const auto supervisor = started("naive:last_address=0x12345fff", Profile{});
  ASSERT_NE(supervisor, nullptr);
  const ObservedProfile observed = observe(*supervisor, {.only = {"last_address"}});
  ASSERT_EQ(observed.switches.size(), 1u);
  const ObservedSwitch& seen = observed.switches.front();
  EXPECT_TRUE(seen.differs) << text_of(seen);
  ASSERT_EQ(seen.values.size(), 1u) << text_of(seen);
  EXPECT_NEAR(static_cast<double>(number_of("last_address", seen.values.front())), 0x12345fff, 0x10000) << text_of(seen);
}

TEST(Observer, IsTheSameEachTime) {
  const auto text = [] {
    const auto supervisor = started("naive:cross_region=span");
    std::string all;
    for (const ObservedSwitch& one : observe(*supervisor, {.only = {"cross_region", "hole_kind", "typed_sizes"}}).switches)
      all += text_of(one) + "\n";
    return all;
  };
  EXPECT_EQ(text(), text());
}

}  // namespace
}  // namespace gmc
