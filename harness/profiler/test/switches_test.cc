// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every switch under every value: the naive memory follows whatever its config says, so that each can be had, declared truly and falsely.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/profiler/draft.h"
#include "harness/profiler/observer.h"
#include "harness/profiler/probe_table.h"
#include "harness/profiler/test/observing.h"
#include "harness/profiler/values.h"

namespace gmc {
namespace {

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
                            {"has_copy", "yes"},
                            {"atomic_buffers", "yes"},
                            {"dump_all", "at_least_length"},
                            {"range_api", "check_range checked_offset"},
                            {"typed_sizes", "0 1 2 4 8 16"},
                            {"atomics", "load store compare_exchange exchange add sub and or xor"},
                            {"dirty_source", "host_api"},
                            {"dirty_bitmap_api", "yes"},
                            {"harvest", "read clear both"},
                            {"fault_sites", "harvest access"},
                            {"permissions", "region_ro"},
                            {"slices", "yes"},
                            {"fd_io", "yes"}};

std::string config_text(const Config& config) {
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
      {"backing", "own fd host_pointer space", "own fd host_pointer"},
      {"backing", "own fd host_pointer", "own fd host_pointer space"},
      {"reset", "yes", "no"},
      {"reset", "no", "yes"},
      {"spaces_outlive", "yes", "yes", {}, {"no"}},
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
      {"zero_length_fd", "ok_anywhere", "start_mapped"},
      {"zero_length_fd", "in_bounds_incl_end", "ok_anywhere"},
      {"zero_length_fd", "start_mapped", "in_bounds_incl_end"},
      {"fd_io", "yes", "no"},
      {"fd_io", "no", "yes"},
      {"fd_short_read", "stop", "loop"},
      {"fd_short_read", "loop", "stop"},
      {"fd_exact_loops", "no", "yes"},
      {"fd_exact_loops", "yes", "no"},
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
      {"has_copy", "yes", "no"},
      {"has_copy", "no", "yes"},
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
      {"dirty_source", "none", "host_api", {{"dirty_bitmap_api", "no"}, {"fault_sites", "access"}}},
      {"dirty_source", "host_api", "none", {}, {"host_and_guest"}},
      {"dirty_source", "content_diff", "host_api"},
      // One thread sees no difference between return and harvest.
      {"dirty_when", "return", "release", {}, {"harvest"}},
      {"dirty_when", "harvest", "release", {}, {"return"}},
      {"dirty_when", "release", "return"},
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
      {"fault_sites", "harvest access", "none"},
      {"fault_sites", "access", "harvest access"},
      {"slices", "yes", "no"},
      {"slices", "no", "yes"},
      {"host_pointer", "none", "per_addr"},
      {"slice_lists", "yes", "no"},
      {"slice_lists", "no", "yes"},
      {"references", "aligned", "aligned atomic"},
      {"references", "aligned atomic", "none"},
      {"arrays", "yes", "no"},
      {"arrays", "no", "yes"},
      {"iova", "yes", "no"},
      {"iova", "no", "yes"},
      {"views", "yes", "no"},
      {"views", "no", "yes"},
      {"view_align", "1", "64", {{"views", "yes"}}},
      {"view_align", "64", "1", {{"views", "yes"}}},
      {"map_mutation", "immutable", "cow"},
      {"map_mutation", "cow", "in_place"},
      {"map_mutation", "in_place_addonly", "immutable"},
      {"map_mutation", "in_place", "in_place_addonly"},
      {"stale_handle", "denied", "keeps_alive", {{"map_mutation", "cow"}}},
      {"stale_handle", "keeps_alive", "denied", {{"map_mutation", "in_place"}}},
      {"size_counts_added", "yes", "no", {{"map_mutation", "cow"}, {"region_api", "list find last_address total_size"}}},
      {"size_counts_added", "no", "yes", {{"map_mutation", "in_place_addonly"}, {"region_api", "list find last_address total_size"}}},
      {"permissions", "none", "region_ro", {}, {"guest_only"}},
      {"permissions", "region_ro", "none", {}, {"typestate"}},
      {"permissions", "page_bitmap", "region_ro"},
      {"perm_fail_effect", "nothing", "prefix"},
      {"perm_fail_effect", "prefix", "nothing"},
  };
  return table;
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
    const auto supervisor =
        started("naive:" + config_text(followed), says == row.value ? std::nullopt : std::optional(declared->profile()));
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

}  // namespace
}  // namespace gmc
