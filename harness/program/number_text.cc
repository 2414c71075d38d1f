// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/number_text.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace gmc {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  const bool is_hex = text.starts_with("0x");
  if (is_hex) text.remove_prefix(2);
  if (!is_hex && text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number, is_hex ? 16 : 10);
  if (error != std::errc{} || last != end) return std::nullopt;
  return number;
}

std::string print_number(std::uint64_t number) { return number < 4096 ? fmt::format("{}", number) : fmt::format("{:#x}", number); }

}  // namespace gmc
