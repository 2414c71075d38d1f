// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mapped/options.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

namespace gmc::mapped {
namespace {

constexpr std::uint64_t kGranuleMin = 8;
constexpr std::uint64_t kGranuleMax = std::uint64_t{1} << 30;

// What one key took or why not; nothing where the key is another one's.
using Taken = std::optional<std::expected<void, std::string>>;

template <class Value>
std::expected<void, std::string> pick(std::string_view key, std::string_view value, Value& target,
                                      std::initializer_list<std::pair<std::string_view, Value>> choices) {
  std::string expected;
  for (const auto& [text, choice] : choices) {
    if (text == value) {
      target = choice;
      return {};
    }
    expected.append(expected.empty() ? "" : "|").append(text);
  }
  return std::unexpected(std::string(key) + " is one of " + expected);
}

// Decimal, at most `max`.
std::optional<std::uint64_t> number(std::string_view text, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::expected<void, std::string> take_streams(Options& options, std::string_view key, std::string_view value) {
  int what = 0;
  if (auto done = pick(key, value, what, {{"loop", 2}, {"stop", 1}, {"none", 0}}); !done) return done;
  options.has_streams = what > 0;
  options.short_reads_loop = what == 2;
  return {};
}

Taken take_product_key(Options& options, std::string_view key, std::string_view value) {
  if (key == "own") return pick(key, value, options.own, {{"anon", OwnMemory::kAnonymous}, {"memfd", OwnMemory::kMemfd}});
  if (key == "origin") return pick(key, value, options.origin, {{"gpa", DirtyOrigin::kGpa}, {"region", DirtyOrigin::kRegion}});
  if (key == "dirty") {
    return pick(key, value, options.dirty, {{"always", Dirty::kAlways}, {"explicit", Dirty::kExplicit}, {"none", Dirty::kNone}});
  }
  if (key == "fail") {
    auto done = pick(key, value, options.range_fail, {{"prefix", FailEffect::kPrefix}, {"nothing", FailEffect::kNothing}});
    options.permission_fail = options.range_fail;
    return done;
  }
  if (key == "ranges") {
    return pick(key, value, options.ranges, {{"slices", Ranges::kSlices}, {"views", Ranges::kViews}, {"none", Ranges::kNone}});
  }
  if (key == "map") {
    return pick(
        key, value, options.map,
        {{"cow", MapChanges::kCow}, {"in_place", MapChanges::kInPlace}, {"addonly", MapChanges::kAddOnly}, {"none", MapChanges::kNone}});
  }
  if (key == "fd") return take_streams(options, key, value);
  if (key == "pointers") return pick(key, value, options.is_whole, {{"single", false}, {"whole", true}});
  if (key == "iova") {
    const auto base = number(value, ~std::uint64_t{0});
    if (!base && value != "none") return std::unexpected("iova is none, or what is added to an address, decimal");
    options.has_iova = base.has_value();
    options.iova_base = base.value_or(0);
    return std::expected<void, std::string>();
  }
  if (key == "layout") return pick(key, value, options.has_layout, {{"own", true}, {"given", false}});
  if (key == "faults") return pick(key, value, options.has_faults, {{"all", true}, {"none", false}});
  if (key == "rights") {
    return pick(key, value, options.rights,
                {{"page", Rights::kPages}, {"region", Rights::kRegions}, {"type", Rights::kTypes}, {"guest", Rights::kGuests}});
  }
  if (key == "stale") return pick(key, value, options.denies_stale, {{"keeps_alive", false}, {"denied", true}});
  if (key != "granule") return std::nullopt;
  const auto granule = number(value, kGranuleMax);
  if (!granule || !std::has_single_bit(*granule) || *granule < kGranuleMin) {
    return std::unexpected("granule is a power of two from 8 to 2^30, in bytes");
  }
  options.granule = *granule;
  return std::expected<void, std::string>();
}

Taken take_layout_key(Options& options, std::string_view key, std::string_view value) {
  if (key == "empty") return pick(key, value, options.accepts_empty_region, {{"accept", true}, {"reject", false}});
  if (key == "top") return pick(key, value, options.accepts_top, {{"accept", true}, {"reject", false}});
  if (key == "order") {
    return pick(key, value, options.order, {{"any", Order::kAny}, {"sorted", Order::kSorted}, {"positional", Order::kPositional}});
  }
  if (key == "list") return pick(key, value, options.lists_as_given, {{"by_base", false}, {"as_given", true}});
  if (key == "total") return pick(key, value, options.counts_added, {{"all", true}, {"created", false}});
  if (key == "align") {
    const auto align = number(value, kGranuleMax);
    if (!align || !std::has_single_bit(*align)) return std::unexpected("align is a power of two up to 2^30, in bytes");
    options.align = *align;
    return std::expected<void, std::string>();
  }
  if (key != "last") return std::nullopt;
  const auto last = number(value, ~std::uint64_t{0});
  if (!last) return std::unexpected("last is an address, decimal");
  options.last_address = *last;
  return std::expected<void, std::string>();
}

Taken take_access_key(Options& options, std::string_view key, std::string_view value) {
  const auto pick_zero_length = [&](ZeroLength& target) {
    return pick(key, value, target,
                {{"ok_anywhere", ZeroLength::kOkAnywhere},
                 {"in_bounds_incl_end", ZeroLength::kInBoundsInclEnd},
                 {"start_mapped", ZeroLength::kStartMapped}});
  };
  if (key == "zero_bytes") return pick_zero_length(options.zero_bytes);
  if (key == "zero_typed") return pick_zero_length(options.zero_typed);
  if (key == "zero_query") return pick_zero_length(options.zero_query);
  if (key == "zero_slice") return pick_zero_length(options.zero_slice);
  if (key == "zero_fd") return pick_zero_length(options.zero_streams);
  if (key == "fd_exact") return pick(key, value, options.exact_streams_loop, {{"loop", true}, {"once", false}});
  if (key == "lifetime") return pick(key, value, options.ends_with_snapshot, {{"snapshot", true}, {"map", false}});
  if (key == "atomics") return pick(key, value, options.has_atomics, {{"yes", true}, {"no", false}});
  if (key == "unaligned") return pick(key, value, options.atomics_anywhere, {{"hw", true}, {"error", false}});
  if (key == "view_align") {
    const auto align = number(value, kGranuleMax);
    if (!align || !std::has_single_bit(*align)) return std::unexpected("view_align is a power of two up to 2^30, in bytes");
    options.view_align = *align;
    return std::expected<void, std::string>();
  }
  if (key == "cross") return pick(key, value, options.spans_regions, {{"span", true}, {"reject", false}});
  if (key == "holes") {
    return pick(key, value, options.holes, {{"oob", HoleKind::kOob}, {"fault", HoleKind::kFault}, {"discard", HoleKind::kDiscard}});
  }
  if (key == "denied") {
    return pick(key, value, options.permission_fail, {{"prefix", FailEffect::kPrefix}, {"nothing", FailEffect::kNothing}});
  }
  if (key == "counts") return pick(key, value, options.reports_count, {{"yes", true}, {"no", false}});
  if (key == "dump") return pick(key, value, options.dump_needs_exact_length, {{"exact", true}, {"at_least", false}});
  if (key == "start") return pick(key, value, options.starts_all_dirty, {{"clean", false}, {"all_dirty", true}});
  if (key == "when")
    return pick(key, value, options.when, {{"return", When::kReturn}, {"release", When::kRelease}, {"harvest", When::kHarvest}});
  if (key == "marks") return pick(key, value, options.marks_request, {{"written", false}, {"requested", true}});
  if (key != "discard") return std::nullopt;
  const auto byte = number(value, 255);
  if (!byte) return std::unexpected("discard is a byte, decimal");
  options.discard_value = static_cast<std::uint8_t>(*byte);
  return std::expected<void, std::string>();
}

// Sets one option; the error is the reason alone.
std::expected<void, std::string> set(Options& options, std::string_view key, std::string_view value, Keys keys) {
  if (auto taken = take_product_key(options, key, value)) return *taken;
  if (keys == Keys::kProduct)
    return std::unexpected(
        "known keys are own, granule, origin, dirty, fail, ranges, map, stale, rights, fd, faults, iova, pointers, layout");
  if (auto taken = take_layout_key(options, key, value)) return *taken;
  if (auto taken = take_access_key(options, key, value)) return *taken;
  return std::unexpected("no such key");
}

}  // namespace

std::expected<Options, std::string> parse_options(std::string_view config, Keys keys) {
  Options options;
  std::vector<std::string_view> seen;
  while (!config.empty()) {
    const std::size_t comma = config.find(',');
    const std::string_view part = config.substr(0, comma);
    const std::size_t equals = part.find('=');
    const std::string_view key = part.substr(0, equals);
    const auto fail = [&](const std::string& reason) { return std::unexpected("config: `" + std::string(part) + "`: " + reason); };
    if (equals == std::string_view::npos) return fail("not key=value");
    if (std::ranges::find(seen, key) != seen.end()) return fail("said twice");
    seen.push_back(key);
    if (auto done = set(options, key, part.substr(equals + 1), keys); !done) return fail(done.error());
    if (comma == std::string_view::npos) break;
    config.remove_prefix(comma + 1);
    if (config.empty()) return std::unexpected("config: a comma at the end");
  }
  return options;
}

}  // namespace gmc::mapped
