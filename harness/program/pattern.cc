// SPDX-License-Identifier: Apache-2.0 OR MIT
// What patterns and backgrounds expand to: the same bytes on every machine. Word k of a pattern holds its bytes 8k to 8k+7, the lowest
// first.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include "harness/base/random.h"
#include "harness/program/program.h"

namespace gmc {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

void store_word(std::uint8_t* to, std::uint64_t word, std::size_t size = kWord) {
  if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
  std::memcpy(to, &word, size);
}

// Two steps of mixing, so that neither neighbouring operations nor neighbouring seeds share bytes at shifted positions.
std::uint64_t unique_key(std::uint64_t seed, std::uint32_t op_index) { return mix(mix(seed) + op_index); }

// The background repeats after a prime number of bytes: filling is copying, and no error of a whole number of pages or words goes unseen.
constexpr std::size_t kBackgroundPeriod = 65521;

// One period and, behind it, the beginning of the next one, so that a piece from any position on stands in one place.
const std::uint8_t* background() {
  static const auto kTable = [] {
    constexpr std::uint64_t kKey = 0x6261636b67726f75u;
    std::array<std::uint8_t, kBackgroundPeriod + kBackgroundPiece> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<std::uint8_t>(1 + mix(kKey ^ (i % kBackgroundPeriod)) % 255);
    return table;
  }();
  return kTable.data();
}

void fill_unique(std::uint64_t key, std::span<std::uint8_t> bytes) {
  std::uint8_t* to = bytes.data();
  const std::size_t words = bytes.size() / kWord;
  for (std::size_t i = 0; i < words; ++i, to += kWord) store_word(to, mix(key + i));
  if (const std::size_t rest = bytes.size() % kWord; rest != 0) store_word(to, mix(key + words), rest);
}

}  // namespace

void fill_pattern(const Pattern& pattern, std::uint64_t seed, std::uint32_t op_index, std::span<const std::uint8_t> current,
                  std::span<std::uint8_t> bytes) {
  if (bytes.empty()) return;
  switch (pattern.kind) {
    case PatternKind::kUnique:
      fill_unique(unique_key(seed, op_index), bytes);
      break;
    case PatternKind::kByte:
      std::memset(bytes.data(), pattern.byte, bytes.size());
      break;
    case PatternKind::kSame: {
      const std::size_t known = std::min(current.size(), bytes.size());
      if (known > 0) std::memmove(bytes.data(), current.data(), known);
      std::ranges::fill(bytes.subspan(known), std::uint8_t{0});
      break;
    }
    case PatternKind::kImmediate:
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = pattern.immediate[i % pattern.immediate_size];
      break;
  }
}

std::uint8_t unique_byte(std::uint64_t seed, std::uint32_t op_index, std::uint64_t position) {
  return static_cast<std::uint8_t>(mix(unique_key(seed, op_index) + position / kWord) >> (8 * (position % kWord)));
}

std::uint8_t background_byte(std::uint64_t position) { return *background_at(position); }

const std::uint8_t* background_at(std::uint64_t position) { return background() + position % kBackgroundPeriod; }

void fill_background(std::uint64_t position, std::span<std::uint8_t> bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t length = std::min(bytes.size() - done, kBackgroundPiece);
    std::memcpy(bytes.data() + done, background_at(position + done), length);
    done += length;
  }
}

}  // namespace gmc
