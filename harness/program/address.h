// SPDX-License-Identifier: Apache-2.0 OR MIT
// Addresses as programs write them: relative to the layout, so that a layout can be mutated and shrunk without destroying the program.
#ifndef GMCHECK_HARNESS_PROGRAM_ADDRESS_H
#define GMCHECK_HARNESS_PROGRAM_ADDRESS_H

#include <compare>
#include <cstdint>
#include <optional>

namespace gmc {

// A guest physical address. There is no operator+: whoever adds says what happens on overflow.
struct Gpa {
  std::uint64_t raw = 0;

  // The address `size` bytes on, or none where that exceeds 2^64 - 1.
  [[nodiscard]] constexpr std::optional<Gpa> checked_add(std::uint64_t size) const {
    if (size > UINT64_MAX - raw) return std::nullopt;
    return Gpa{raw + size};
  }
  // Modulo 2^64; for programs that mean to wrap.
  [[nodiscard]] constexpr Gpa wrapping_add(std::uint64_t size) const { return Gpa{raw + size}; }

  auto operator<=>(const Gpa&) const = default;
};

enum class Anchor : std::uint8_t {
  kAbsolute,     // 0x1234
  kRegionStart,  // r1.start: the first byte of the layout's entry 1
  kRegionEnd,    // r1.end: one past its last byte
  kHole,         // h0: the first unmapped byte after the first run of adjacent regions, h1 after the second, ...
  kTop,          // top: 2^64, that is 0, so that top-1 is the last address there is
  kLast,         // last: the greatest mapped address
};

// `index` is taken modulo the number of entries or holes, so every address means something in every layout. In a space other than the root
// it still names the byte of the root: what is passed is the distance from the first byte of the space, modulo 2^64.
struct Address {
  Anchor anchor = Anchor::kAbsolute;
  std::uint8_t index = 0;
  std::int64_t delta = 0;

  bool operator==(const Address&) const = default;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_ADDRESS_H
