// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/seed.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <random>

#include "harness/report/printable.h"

namespace gmc {

namespace {

std::optional<std::uint64_t> parse_digits(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<std::uint64_t> parse_seed(std::string_view text) {
  if (const auto decimal = parse_digits(text, 10)) return *decimal;
  if (text.starts_with("0x")) {
    if (const auto hexadecimal = parse_digits(text.substr(2), 16)) return *hexadecimal;
  }
  const bool is_hash = text.size() >= 7 && text.size() <= 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  if (is_hash) return *parse_digits(text.substr(0, 16), 16);
  return fail("--seed", fmt::format("'{}' is neither a number below 2^64 nor a commit's hash", printable_line(text)));
}

Result<std::uint64_t> default_seed() {
  if (const char* set = std::getenv("GMCHECK_SEED"); set != nullptr && *set != '\0') {
    auto seed = parse_seed(set);
    if (!seed) return fail("GMCHECK_SEED", seed.error().cause);
    return *seed;
  }
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace gmc
