// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/printable.h"

#include <algorithm>
#include <cstdint>

namespace gmc {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Bytes of the well-formed character at the front of `text`, 0 where there is none. RFC 3629: no overlong forms, no surrogates, nothing
// above U+10FFFF.
std::size_t character_size(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0}; };
  const auto is_tail = [&](std::size_t i, std::uint8_t low = 0x80, std::uint8_t high = 0xbf) { return at(i) >= low && at(i) <= high; };
  const std::uint8_t first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return is_tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const std::uint8_t low = first == 0xe0 ? 0xa0 : 0x80;
    const std::uint8_t high = first == 0xed ? 0x9f : 0xbf;
    return is_tail(1, low, high) && is_tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const std::uint8_t low = first == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = first == 0xf4 ? 0x8f : 0xbf;
    return is_tail(1, low, high) && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

// C0 without newline and tab, DEL, and C1, which is C2 80 to C2 9F.
bool is_control(std::string_view character) {
  const auto first = static_cast<std::uint8_t>(character[0]);
  if (character.size() == 1) return (first < 0x20 && first != '\n' && first != '\t') || first == 0x7f;
  return character.size() == 2 && first == 0xc2 && static_cast<std::uint8_t>(character[1]) < 0xa0;
}

// U+FFFE and U+FFFF are no characters, and XML 1.0 forbids them.
bool is_noncharacter(std::string_view character) { return character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf"; }

}  // namespace

std::string printable(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    clean += size == 0 || is_control(character) || is_noncharacter(character) ? kReplacement : character;
    text.remove_prefix(character.size());
  }
  return clean;
}

std::string printable_line(std::string_view text) {
  std::string clean = printable(text);
  std::ranges::replace_if(
      clean, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  while (clean.ends_with(' ')) clean.pop_back();
  return clean;
}

}  // namespace gmc
