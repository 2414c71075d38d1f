// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/test/variants.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/random.h"

namespace gmc::testing {

const std::vector<Factor>& factors() {
  static const std::vector<Factor> table = {
      {"cross_region", {"reject", "span"}},
      {"region.cross_region", {"reject", "span"}},
      {"hole_kind", {"oob", "fault", "discard"}},
      {"discard_value", {"0", "0x5a"}},
      {"zero_length_bytes", {"ok_anywhere", "in_bounds_incl_end", "start_mapped"}},
      {"region.zero_length_bytes", {"ok_anywhere", "in_bounds_incl_end", "start_mapped"}},
      {"zero_length_typed", {"ok_anywhere", "in_bounds_incl_end", "start_mapped"}},
      {"zero_length_query", {"ok_anywhere", "in_bounds_incl_end", "start_mapped"}},
      {"range_fail_effect", {"nothing", "prefix"}},
      {"region.range_fail_effect", {"nothing", "prefix"}},
      {"reports_count", {"no", "yes"}},
      {"partial", {"no", "yes"}},
      {"has_fill", {"no", "yes"}},
      {"has_zero_all", {"no", "yes"}},
      {"has_copy", {"no", "yes"}},
      {"region.has_copy", {"no", "yes"}},
      {"atomic_buffers", {"no", "yes"}},
      {"dump_all", {"none", "exact_length", "at_least_length"}},
      {"range_api", {"none", "check_range", "checked_offset", "check_range checked_offset"}},
      {"region_api", {"none", "list", "find last_address", "list find last_address", "list find last_address total_size"}},
      {"size_counts_added", {"no", "yes"}},
      {"iteration_order", {"any", "by_base", "as_given"}},
      {"error_detail", {"full", "denied|out_of_range", "out_of_range|invalid_argument|not_found", "short|out_of_range fault|io"}},
      {"typed_sizes", {"1 2 4 8", "0 1 2 3 4 8 16", "none", "5 8"}},
      {"dirty_source", {"none", "host_api", "guest", "host_and_guest", "content_diff"}},
      {"dirty_precision", {"exact", "over_approx"}},
      {"dirty_granule", {"4096", "1", "8", "64"}},
      {"dirty_origin", {"gpa", "region"}},
      {"dirty_enable", {"always", "explicit"}},
      {"dirty_start", {"clean", "all_dirty"}},
      {"dirty_when", {"return", "release", "harvest"}},
      {"dirty_bitmap_api", {"no", "yes"}},
      {"harvest", {"both", "read clear both", "read", "clear", "read clear"}},
      {"fault_sites", {"none", "harvest access", "access", "harvest access change", "change"}},
      {"permissions", {"none", "region_ro", "page_bitmap", "typestate", "guest_only"}},
      {"perm_fail_effect", {"nothing", "prefix"}},
      {"reset", {"no", "yes"}},
      {"backing", {"own", "fd", "host_pointer", "own fd host_pointer", "own space", "own fd host_pointer space"}},
      {"file_facts",
       {"none", "protection flags", "file_offset hugetlbfs fds_overlap", "protection flags file_offset hugetlbfs fds_overlap"}},
      {"region_zero", {"reject", "accept"}},
      {"region_align_base", {"1", "16"}},
      {"region_align_size", {"1", "8"}},
      {"region_rounding", {"reject", "up"}},
      {"region_order", {"any", "sorted", "positional"}},
      {"region_ends_at_2_64", {"reject", "accept"}},
      {"regions_max", {"0xffffffffffffffff", "3"}},
      {"last_address", {"0xffffffffffffffff", "0xffffffff"}},
      {"atomics", {"none", "load store", "load store compare_exchange", "load store compare_exchange exchange add sub and or xor"}},
      {"atomic_sizes", {"1 2 4 8", "4 8", "1 2 4 8 16"}},
      {"atomic_unaligned", {"error", "hw"}},
      {"align_basis", {"gpa", "hva"}},
      {"region.atomics", {"none", "compare_exchange"}},
      {"iova", {"no", "yes"}},
      {"iova_base", {"0", "0xffffffffffff0000"}},
      {"slice_lists", {"no", "yes"}},
      {"references", {"none", "aligned", "aligned atomic"}},
      {"arrays", {"no", "yes"}},
      {"region.arrays", {"no", "yes"}},
      {"slices", {"no", "yes"}},
      {"views", {"no", "yes"}},
      {"range.views", {"no", "yes"}},
      {"view_align", {"1", "8"}},
      {"zero_length_slice", {"ok_anywhere", "in_bounds_incl_end", "start_mapped"}},
      {"range.range_fail_effect", {"nothing", "prefix"}},
      {"spaces_outlive", {"no", "yes"}},
      {"map_mutation", {"immutable", "cow", "in_place_addonly", "in_place"}},
      {"stale_handle", {"denied", "keeps_alive"}},
      {"fd_io", {"no", "yes"}},
      {"fd_short_read", {"stop", "loop"}},
      {"fd_exact_loops", {"no", "yes"}},
      {"zero_length_fd", {"ok_anywhere", "in_bounds_incl_end", "start_mapped"}},
  };
  return table;
}

namespace {

using Row = std::vector<std::size_t>;  // by factor: which of its values

// A value of one factor.
using Level = std::pair<std::size_t, std::size_t>;
using LevelPair = std::pair<Level, Level>;

// Contradictions are between what is said of all spaces.
bool is_possible(const Row& row) {
  Switches switches;
  for (std::size_t f = 0; f < row.size(); ++f) {
    if (factors()[f].name.find('.') != std::string_view::npos) continue;
    const auto set = set_switch(switches, factors()[f].name, factors()[f].values[row[f]]);
    GMC_CHECK(set.has_value(), factors()[f].name);
  }
  return !find_contradiction(switches).has_value();
}

Profile profile_of(const Row& row) {
  std::string text;
  for (std::size_t f = 0; f < row.size(); ++f) text.append(factors()[f].name).append(" = ").append(factors()[f].values[row[f]]) += '\n';
  const auto profile = Profile::parse(text, "variant");
  GMC_CHECK(profile.has_value(), text);
  return *profile;
}

// Takes back what contradicts, one factor after the other, but for the two that are asked for.
bool repair(Row& row, const LevelPair& kept, Random& random) {
  std::vector<std::size_t> order(row.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  bool possible = is_possible(row);
  for (std::size_t i = 0; i < order.size() && !possible; ++i) {
    if (order[i] == kept.first.first || order[i] == kept.second.first || row[order[i]] == 0) continue;
    row[order[i]] = 0;
    possible = is_possible(row);
  }
  return possible;
}

void erase_covered(std::set<LevelPair>& open, const Row& row) {
  for (std::size_t a = 0; a < row.size(); ++a) {
    for (std::size_t b = a + 1; b < row.size(); ++b) open.erase({{a, row[a]}, {b, row[b]}});
  }
}

std::uint64_t count_covered(const std::set<LevelPair>& open, const Row& row) {
  std::uint64_t count = 0;
  for (std::size_t a = 0; a < row.size(); ++a) {
    for (std::size_t b = a + 1; b < row.size(); ++b) count += open.contains({{a, row[a]}, {b, row[b]}}) ? 1 : 0;
  }
  return count;
}

}  // namespace

Variants pairwise_variants(std::uint64_t seed) {
  constexpr int kCandidates = 12;
  constexpr int kAttempts = 60;
  Random random(seed);
  const auto& table = factors();
  std::set<LevelPair> open;
  for (std::size_t a = 0; a < table.size(); ++a) {
    for (std::size_t b = a + 1; b < table.size(); ++b) {
      for (std::size_t i = 0; i < table[a].values.size(); ++i) {
        for (std::size_t j = 0; j < table[b].values.size(); ++j) open.insert({{a, i}, {b, j}});
      }
    }
  }
  Variants variants;
  variants.pairs = open.size();
  while (!open.empty()) {
    const LevelPair wanted = *open.begin();
    Row best;
    std::uint64_t best_count = 0;
    int found = 0;
    for (int attempt = 0; attempt < kAttempts && found < kCandidates; ++attempt) {
      Row row;
      for (const Factor& factor : table) row.push_back(random.below(static_cast<std::uint32_t>(factor.values.size())));
      row[wanted.first.first] = wanted.first.second;
      row[wanted.second.first] = wanted.second.second;
      if (!repair(row, wanted, random)) continue;
      ++found;
      const std::uint64_t count = count_covered(open, row);
      if (count <= best_count) continue;
      best_count = count;
      best = row;
    }
    if (best.empty()) {
      open.erase(wanted);
      ++variants.infeasible;
      continue;
    }
    erase_covered(open, best);
    variants.profiles.push_back(profile_of(best));
  }
  variants.pairs -= variants.infeasible;
  return variants;
}

}  // namespace gmc::testing
