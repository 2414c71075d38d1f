// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mapped/options.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <vector>

namespace gmc::mapped {
namespace {

constexpr std::uint64_t kGranuleMin = 8;
constexpr std::uint64_t kGranuleMax = std::uint64_t{1} << 30;

// Sets one option; the error is the reason alone.
std::expected<void, std::string> set(Options& options, std::string_view key, std::string_view value) {
  const auto pick = [&]<class Value>(
                        Value& target,
                        std::initializer_list<std::pair<std::string_view, Value>> choices) -> std::expected<void, std::string> {
    std::string expected;
    for (const auto& [text, choice] : choices) {
      if (text == value) {
        target = choice;
        return {};
      }
      expected.append(expected.empty() ? "" : "|").append(text);
    }
    return std::unexpected(std::string(key) + " is one of " + expected);
  };
  if (key == "own") return pick(options.own, {{"anon", OwnMemory::kAnonymous}, {"memfd", OwnMemory::kMemfd}});
  if (key == "origin") return pick(options.origin, {{"gpa", DirtyOrigin::kGpa}, {"region", DirtyOrigin::kRegion}});
  if (key == "dirty") return pick(options.dirty, {{"always", Dirty::kAlways}, {"explicit", Dirty::kExplicit}, {"none", Dirty::kNone}});
  if (key == "fail") {
    auto done = pick(options.range_fail, {{"prefix", FailEffect::kPrefix}, {"nothing", FailEffect::kNothing}});
    options.permission_fail = options.range_fail;
    return done;
  }
  if (key == "granule") {
    std::uint64_t granule = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), granule);
    const bool is_number = error == std::errc() && end == value.data() + value.size();
    if (!is_number || !std::has_single_bit(granule) || granule < kGranuleMin || granule > kGranuleMax) {
      return std::unexpected("granule is a power of two from 8 to 2^30, in bytes");
    }
    options.granule = granule;
    return {};
  }
  return std::unexpected("known keys are own, granule, origin, dirty, fail");
}

}  // namespace

std::expected<Options, std::string> parse_options(std::string_view config) {
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
    if (auto done = set(options, key, part.substr(equals + 1)); !done) return fail(done.error());
    if (comma == std::string_view::npos) break;
    config.remove_prefix(comma + 1);
    if (config.empty()) return std::unexpected("config: a comma at the end");
  }
  return options;
}

}  // namespace gmc::mapped
