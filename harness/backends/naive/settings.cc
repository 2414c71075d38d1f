// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/naive/settings.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace gmc::naive {

namespace {

using Words = std::vector<std::string_view>;

struct Choice {
  std::string_view name;
  int Settings::*field;
  Words values;
};
struct Set {
  std::string_view name;
  std::uint32_t Settings::*field;
  Words values;
};
struct Flag {
  std::string_view name;
  bool Settings::*field;
};
struct Number {
  std::string_view name;
  std::uint64_t Settings::*field;
};

const Words kZeroLengths = {"ok_anywhere", "in_bounds_incl_end", "start_mapped"};
const Words kEffects = {"nothing", "prefix"};
const Words kAcceptances = {"reject", "accept"};

const std::vector<Choice> kChoices = {
    {"region_rounding", &Settings::region_rounding, {"reject", "up"}},
    {"region_zero", &Settings::region_zero, kAcceptances},
    {"region_order", &Settings::region_order, {"any", "sorted", "positional"}},
    {"region_ends_at_2_64", &Settings::region_ends_at_2_64, kAcceptances},
    {"iteration_order", &Settings::iteration_order, {"any", "by_base", "as_given"}},
    {"map_mutation", &Settings::map_mutation, {"immutable", "cow", "in_place_addonly", "in_place"}},
    {"stale_handle", &Settings::stale_handle, {"keeps_alive", "denied"}},
    {"cross_region", &Settings::cross_region, {"span", "reject"}},
    {"hole_kind", &Settings::hole_kind, {"oob", "fault", "discard"}},
    {"zero_length_bytes", &Settings::zero_length_bytes, kZeroLengths},
    {"zero_length_typed", &Settings::zero_length_typed, kZeroLengths},
    {"atomic_unaligned", &Settings::atomic_unaligned, {"error", "hw"}},
    {"align_basis", &Settings::align_basis, {"gpa", "hva"}},
    {"zero_length_slice", &Settings::zero_length_slice, kZeroLengths},
    {"zero_length_query", &Settings::zero_length_query, kZeroLengths},
    {"range_fail_effect", &Settings::range_fail_effect, kEffects},
    {"dump_all", &Settings::dump_all, {"none", "exact_length", "at_least_length"}},
    {"dirty_source", &Settings::dirty_source, {"none", "host_api", "guest", "host_and_guest", "content_diff"}},
    {"dirty_precision", &Settings::dirty_precision, {"exact", "over_approx"}},
    {"dirty_origin", &Settings::dirty_origin, {"gpa", "region"}},
    {"dirty_enable", &Settings::dirty_enable, {"always", "explicit"}},
    {"dirty_start", &Settings::dirty_start, {"clean", "all_dirty"}},
    {"dirty_when", &Settings::dirty_when, {"return", "release", "harvest"}},
    {"permissions", &Settings::permissions, {"none", "region_ro", "page_bitmap", "iommu", "typestate", "guest_only"}},
    {"perm_fail_effect", &Settings::perm_fail_effect, kEffects},
    {"fd_short_read", &Settings::fd_short_read, {"stop", "loop"}},
    {"zero_length_fd", &Settings::zero_length_fd, kZeroLengths},
};

const std::vector<Set> kSets = {
    {"backing", &Settings::backing, {"own", "fd", "host_pointer", "space"}},
    {"region_api", &Settings::region_api, {"list", "find", "last_address", "total_size"}},
    {"file_facts", &Settings::file_facts, {"protection", "flags", "file_offset", "hugetlbfs", "fds_overlap"}},
    {"range_api", &Settings::range_api, {"check_range", "checked_offset"}},
    {"atomics", &Settings::atomics, {"load", "store", "compare_exchange", "exchange", "add", "sub", "and", "or", "xor"}},
    {"harvest", &Settings::harvest, {"read", "clear", "both"}},
    {"references", &Settings::references, {"aligned", "atomic"}},
    {"fault_sites", &Settings::fault_sites, {"harvest", "access", "change"}},
};

const std::vector<Flag> kFlagSwitches = {
    {"reset", &Settings::reset},
    {"reports_count", &Settings::reports_count},
    {"partial", &Settings::partial},
    {"has_fill", &Settings::has_fill},
    {"has_zero_all", &Settings::has_zero_all},
    {"has_copy", &Settings::has_copy},
    {"atomic_buffers", &Settings::atomic_buffers},
    {"size_counts_added", &Settings::size_counts_added},
    {"iova", &Settings::iova},
    {"slices", &Settings::slices},
    {"slice_lists", &Settings::slice_lists},
    {"arrays", &Settings::arrays},
    {"views", &Settings::views},
    {"dirty_bitmap_api", &Settings::dirty_bitmap_api},
    {"fd_io", &Settings::fd_io},
    {"fd_exact_loops", &Settings::fd_exact_loops},
};

const std::vector<Number> kNumbers = {
    {"last_address", &Settings::last_address},
    {"regions_max", &Settings::regions_max},
    {"region_align_base", &Settings::region_align_base},
    {"region_align_size", &Settings::region_align_size},
    {"discard_value", &Settings::discard_value},
    {"dirty_granule", &Settings::dirty_granule},
    {"view_align", &Settings::view_align},
    {"iova_base", &Settings::iova_base},
};

// What is declared and changes nothing that one thread can see here.
const Words kDeclaredOnly = {"addr_space",   "concurrency", "spaces_outlive", "typed_atomic_sizes",
                             "atomic_order", "fault_model", "eof_policy"};

const Words kStatuses = {"ok", "mismatch", "short",     "out_of_range", "misaligned", "denied",   "unsupported", "busy", "invalid_argument",
                         "io", "fault",    "no_memory", "bad_state",    "overlap",    "not_found"};

Words split(std::string_view text, std::string_view separators) {
  Words words;
  while (true) {
    const std::size_t end = text.find_first_of(separators);
    const std::string_view word = text.substr(0, end);
    if (!word.empty()) words.push_back(word);
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end + 1);
  }
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> number(std::string_view text) {
  const bool is_hex = text.starts_with("0x");
  if (is_hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, is_hex ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::size_t> position(const Words& words, std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<std::size_t>(found - words.begin());
}

template <typename Table>
auto row(const Table& table, std::string_view name) {
  return std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.name == name; });
}

bool set_sizes(std::uint64_t& sizes, std::string_view value) {
  sizes = 0;
  if (value == "none") return true;
  for (const std::string_view word : split(value, " +")) {
    const auto size = number(word);
    if (!size || *size > 63) return false;
    sizes |= std::uint64_t{1} << *size;
  }
  return true;
}

bool set_error_detail(Settings& settings, std::string_view value) {
  settings.error_detail.clear();
  if (value == "full") return true;
  for (const std::string_view group : split(value, " +")) {
    std::vector<std::uint16_t> statuses;
    for (const std::string_view word : split(group, "|")) {
      const auto status = position(kStatuses, word);
      if (!status) return false;
      statuses.push_back(static_cast<std::uint16_t>(*status));
    }
    settings.error_detail.push_back(statuses);
  }
  return true;
}

// True where `value` is one that the switch `name` has.
bool set(Settings& settings, std::string_view name, std::string_view value) {
  if (const auto choice = row(kChoices, name); choice != kChoices.end()) {
    const auto index = position(choice->values, value);
    if (index) settings.*choice->field = static_cast<int>(*index);
    return index.has_value();
  }
  if (const auto members = row(kSets, name); members != kSets.end()) {
    settings.*members->field = 0;
    if (value == "none") return true;
    for (const std::string_view word : split(value, " +")) {
      const auto index = position(members->values, word);
      if (!index) return false;
      settings.*members->field |= std::uint32_t{1} << *index;
    }
    return true;
  }
  if (const auto flag = row(kFlagSwitches, name); flag != kFlagSwitches.end()) {
    settings.*flag->field = value == "yes";
    return value == "yes" || value == "no";
  }
  if (const auto counted = row(kNumbers, name); counted != kNumbers.end()) {
    const auto parsed = number(value);
    if (parsed) settings.*counted->field = *parsed;
    return parsed.has_value();
  }
  if (name == "typed_sizes") return set_sizes(settings.typed_sizes, value);
  if (name == "atomic_sizes") return set_sizes(settings.atomic_sizes, value);
  if (name == "error_detail") return set_error_detail(settings, value);
  return position(kDeclaredOnly, name).has_value();
}

std::string declared_text(std::string_view value) {
  std::string text(value);
  // No value has a plus in it: it stands for the space that a shell would make us quote.
  std::replace(text.begin(), text.end(), '+', ' ');
  return text;
}

}  // namespace

std::string parse(std::string_view config, Profile& profile) {
  profile = Profile{};
  // The more specific line holds, wherever it stands: so the general ones are applied first.
  for (const bool is_specific : {false, true}) {
    for (const std::string_view pair : split(config, ",\n")) {
      if (trim(pair).empty()) continue;
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos) return "expected name=value, got '" + std::string(pair) + "'";
      std::string_view name = trim(pair.substr(0, equals));
      const std::string_view value = trim(pair.substr(equals + 1));
      const std::string full_name(name);
      const std::size_t dot = name.find('.');
      const std::string_view kind = name.substr(0, dot == std::string_view::npos ? 0 : dot);
      if (!kind.empty()) name.remove_prefix(dot + 1);
      if (kind.empty() == is_specific) continue;
      const std::pair<std::string_view, Settings*> spaces[] = {
          {"root", &profile.root}, {"region", &profile.region}, {"range", &profile.range}, {"snapshot", &profile.snapshot}};
      bool is_followed = false;
      for (const auto& [space, settings] : spaces) {
        if (!kind.empty() && kind != space) continue;
        is_followed = set(*settings, name, value);
        if (!is_followed) break;
      }
      if (!is_followed) return "the naive memory does not follow '" + full_name + " = " + std::string(value) + "'";
      profile.lines.emplace_back(full_name, declared_text(value));
    }
  }
  return "";
}

}  // namespace gmc::naive
