// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <utility>

#include "harness/base/check.h"
#include "harness/program/profile.h"

namespace gmc {

namespace {

constexpr std::string_view kNone = "none";
constexpr std::string_view kFull = "full";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// What is tried of a number. Large alignments and granules would need memories that nobody wants to fill.
std::vector<std::uint64_t> grid_of(std::string_view switch_name) {
  std::vector<std::uint64_t> grid;
  const auto powers = [&](unsigned from, unsigned to, std::uint64_t less) {
    for (unsigned k = from; k <= to; ++k) grid.push_back((k == 64 ? 0 : std::uint64_t{1} << k) - less);
  };
  if (switch_name == "last_address") {
    powers(24, 64, 1);
  } else if (switch_name == "regions_max") {
    grid = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 16, 20, 24, 30, 31, 32, 48, 60, 63, UINT64_MAX};
  } else if (switch_name == "discard_value") {
    for (std::uint64_t byte = 0; byte < 256; ++byte) grid.push_back(byte);
  } else if (switch_name == "dirty_granule") {
    powers(3, 16, 0);
    powers(21, 21, 0);
  } else {
    powers(0, 16, 0);
  }
  return grid;
}

std::vector<std::string> as_texts(std::string_view switch_name, const std::set<std::uint64_t>& numbers) {
  std::vector<std::string> texts;
  for (const std::uint64_t number : numbers) texts.push_back(canonical(switch_name, fmt::to_string(number)));
  return texts;
}

using Details = std::vector<std::set<std::string>>;

Details details_of(std::string_view value) {
  Details details;
  if (value == kFull) return details;
  for (const std::string& group : split(value, ' ')) {
    const auto statuses = split(group, '|');
    details.emplace_back(statuses.begin(), statuses.end());
  }
  return details;
}

std::string text_of(const Details& details) {
  if (details.empty()) return std::string(kFull);
  std::vector<std::string> groups;
  for (const auto& group : details) groups.push_back(fmt::format("{}", fmt::join(group, "|")));
  return canonical("error_detail", fmt::format("{}", fmt::join(groups, " ")));
}

}  // namespace

const std::vector<SwitchShape>& switch_shapes() {
#define GMC_CHOICE(name, Type, initial, values) {#name, Shape::kChoice},
#define GMC_SAME(name, Type, initial) {#name, Shape::kChoice},
#define GMC_SET(name, Type, initial, values) {#name, Shape::kSet},
#define GMC_BOOL(name, initial) {#name, Shape::kBool},
#define GMC_NUMBER(name, initial) {#name, Shape::kNumber},
#define GMC_SIZES(name, initial) {#name, Shape::kSizes},
#define GMC_DETAIL(name) {#name, Shape::kDetail},
  static const std::vector<SwitchShape> shapes = {
#include "harness/program/switches.def"
  };
  return shapes;
}

Shape shape_of(std::string_view switch_name) {
  const auto found = std::ranges::find(switch_shapes(), switch_name, &SwitchShape::name);
  GMC_CHECK(found != switch_shapes().end(), switch_name);
  return found->shape;
}

std::string canonical(std::string_view switch_name, std::string_view value) {
  Switches switches;
  const auto set = set_switch(switches, switch_name, value);
  GMC_CHECK(set.has_value(), set.error().text());
  return switch_text(switches, switch_name);
}

std::vector<std::string> all_values(std::string_view switch_name) {
  if (shape_of(switch_name) == Shape::kBool) return {"no", "yes"};
  const auto info = std::ranges::find(switch_table(), switch_name, &SwitchInfo::name);
  return {info->values.begin(), info->values.end()};
}

std::string safest(std::string_view switch_name, const std::vector<std::string>& values) {
  GMC_CHECK(!values.empty(), switch_name);
  // Elsewhere the default comes first, and then the order in which the values stand in switches.def. With `guest` no write is checked that
  // this version makes: it is no claim to fall back on while another explains what was seen.
  static constexpr std::pair<std::string_view, std::string_view> kOrders[] = {
      {"dirty_source", "none host_api host_and_guest content_diff guest"},
      {"permissions", "none guest_only region_ro typestate page_bitmap iommu"},
  };
  std::vector<std::string> order = {switch_text(Switches{}, switch_name)};
  std::ranges::copy(all_values(switch_name), std::back_inserter(order));
  const auto row = std::ranges::find(kOrders, switch_name, [](const auto& one) { return one.first; });
  if (row != std::end(kOrders)) order = split(row->second, ' ');
  return *std::ranges::min_element(values, {}, [&](const std::string& value) { return std::ranges::find(order, value) - order.begin(); });
}

std::uint64_t number_of(std::string_view switch_name, std::string_view value) {
  Switches switches;
  GMC_CHECK(set_switch(switches, switch_name, value).has_value(), switch_name, value);
#define GMC_CHOICE(name, Type, initial, values)
#define GMC_SAME(name, Type, initial)
#define GMC_SET(name, Type, initial, values)
#define GMC_BOOL(name, initial)
#define GMC_NUMBER(name, initial) \
  if (switch_name == #name) return switches.name;
#define GMC_SIZES(name, initial)
#define GMC_DETAIL(name)
#include "harness/program/switches.def"
  GMC_CHECK(false, switch_name);
  return 0;
}

std::vector<std::string> all_numbers(std::string_view switch_name, std::string_view declared) {
  const auto grid = grid_of(switch_name);
  std::set<std::uint64_t> numbers(grid.begin(), grid.end());
  numbers.insert(number_of(switch_name, declared));
  return as_texts(switch_name, numbers);
}

// The neighbours show that it is not more or less, and some far away that it is not wholly different.
std::vector<std::string> numbers_near(std::string_view switch_name, std::string_view declared) {
  const auto grid = grid_of(switch_name);
  const std::uint64_t number = number_of(switch_name, declared);
  std::set<std::uint64_t> numbers = {grid.front(), grid[grid.size() / 2], grid.back(), number};
  const auto above = std::ranges::upper_bound(grid, number);
  if (above != grid.end()) numbers.insert(*above);
  const auto from = std::ranges::lower_bound(grid, number);
  if (from != grid.begin()) numbers.insert(*std::prev(from));
  return as_texts(switch_name, numbers);
}

std::vector<std::string> members_tried(std::string_view switch_name, std::string_view declared) {
  if (shape_of(switch_name) == Shape::kSet) return all_values(switch_name);
  // Sizes: those that machines have, some that none has, and what is declared.
  std::set<unsigned> sizes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 32, 63};
  if (switch_name == "atomic_sizes") sizes = {1, 2, 4, 8, 16};
  std::vector<std::string> members;
  for (unsigned size = 0; size < 64; ++size) {
    if (sizes.contains(size) || has_member(declared, fmt::to_string(size))) members.push_back(fmt::to_string(size));
  }
  return members;
}

bool has_member(std::string_view value, std::string_view member) {
  const auto words = split(value, ' ');
  return std::ranges::find(words, member) != words.end();
}

std::string with_member(std::string_view switch_name, std::string_view value, std::string_view member, bool is_in) {
  std::vector<std::string> words;
  if (value != kNone) words = split(value, ' ');
  std::erase(words, member);
  if (is_in) words.emplace_back(member);
  return canonical(switch_name, words.empty() ? std::string(kNone) : fmt::format("{}", fmt::join(words, " ")));
}

std::vector<std::string> details_without_one(std::string_view value) {
  const Details details = details_of(value);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < details.size(); ++i) {
    Details fewer = details;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    texts.push_back(text_of(fewer));
  }
  return texts;
}

std::string detail_with(std::string_view value, std::string_view status, std::string_view other) {
  Details details = details_of(value);
  std::set<std::string> joined = {std::string(status), std::string(other)};
  for (const std::string_view one : {status, other}) {
    const auto group = std::ranges::find_if(details, [&](const auto& statuses) { return statuses.contains(std::string(one)); });
    if (group == details.end()) continue;
    joined.insert(group->begin(), group->end());
    details.erase(group);
  }
  details.push_back(std::move(joined));
  return text_of(details);
}

}  // namespace gmc
