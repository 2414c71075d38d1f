// SPDX-License-Identifier: Apache-2.0 OR MIT
// A set of indices below a fixed capacity. Bits in words, and above them summaries: bit i of level k+1 says that word i of level k is not
// 0. So iterating and clearing cost what is in the set and nothing for what is not, however large the capacity; the room is taken from the
// system untouched, so that a terabyte of granules costs address space alone.
//
// Not safe for threads: adding is a plain read-modify-write. Testing a bit before setting it would lose marks against a concurrent
// harvester.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_BITSET_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_BITSET_H

#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

namespace gmc::mapped {

class Bitset {
 public:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  Bitset() = default;  // of capacity 0

  // Empty, for indices below `capacity`; nothing where the system has no room.
  [[nodiscard]] static std::optional<Bitset> make(std::uint64_t capacity) {
    Bitset made;
    std::uint64_t total = 0;
    std::uint64_t count = capacity;
    do {  // at least one summary, so that iteration has a top
      count = count / 64 + (count % 64 != 0);
      made.counts_[made.depth_++] = count;
      total += count;
    } while (count > 1 || made.depth_ < 2);
    // calloc takes large blocks from the system as they are, without touching them.
    made.words_.reset(static_cast<std::uint64_t*>(std::calloc(total, sizeof(std::uint64_t))));
    if (made.words_ == nullptr && total != 0) return std::nullopt;
    std::uint64_t* level = made.words_.get();
    for (unsigned k = 0; k < made.depth_; ++k) {
      made.levels_[k] = level;
      level += made.counts_[k];
    }
    return made;
  }

  [[nodiscard]] bool has(std::uint64_t index) const { return (word(index >> 6) >> (index & 63)) & 1; }
  [[nodiscard]] std::uint64_t word(std::uint64_t at) const { return levels_[0][at]; }

  void add(std::uint64_t index) { add_range(index, index); }

  // Adds first .. last, both included. Nearly always they are one, and it is in the set already.
  [[gnu::always_inline]] void add_range(std::uint64_t first, std::uint64_t last) {
    if (first == last && has(first)) [[likely]]
      return;
    add_new(first, last);
  }

  // Adds the bits of `mask`, which has one, to a word.
  void add_to_word(std::uint64_t at, std::uint64_t mask) {
    std::uint64_t& word = levels_[0][at];
    const std::uint64_t before = word;
    word = before | mask;
    if (before == 0) summarise(at);
  }
  // Removes the bits of `mask` from a word.
  void remove_from_word(std::uint64_t at, std::uint64_t mask) {
    levels_[0][at] &= ~mask;
    for (unsigned k = 1; k < depth_ && levels_[k - 1][at] == 0; ++k) {
      levels_[k][at >> 6] &= ~(std::uint64_t{1} << (at & 63));
      at >>= 6;
    }
  }

  // The first word from `at` on that is not 0, or kNone.
  [[nodiscard]] std::uint64_t next_word(std::uint64_t at) const {
    for (unsigned k = 1; k < depth_; ++k) {
      const std::uint64_t above = at >> 6;
      if (above >= counts_[k]) return kNone;
      const std::uint64_t bits = levels_[k][above] & (~std::uint64_t{0} << (at & 63));
      if (bits != 0) return descend(k, above, bits);
      at = above + 1;
    }
    return kNone;
  }

  // The bits of word `at` that lie between the indices first and last, both included.
  [[nodiscard]] static std::uint64_t mask_between(std::uint64_t at, std::uint64_t first, std::uint64_t last) {
    std::uint64_t mask = ~std::uint64_t{0};
    if (at == first >> 6) mask &= ~std::uint64_t{0} << (first & 63);
    if (at == last >> 6) mask &= ~std::uint64_t{0} >> (63 - (last & 63));
    return mask;
  }

  void clear() {
    for (std::uint64_t at = next_word(0); at != kNone; at = next_word(at + 1)) remove_from_word(at, ~std::uint64_t{0});
  }

 private:
  struct Free {
    void operator()(std::uint64_t* words) const { std::free(words); }
  };

  [[gnu::noinline]] void add_new(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t at = first >> 6; at <= last >> 6; ++at) add_to_word(at, mask_between(at, first, last));
  }
  void summarise(std::uint64_t at) {
    for (unsigned k = 1; k < depth_; ++k) {
      std::uint64_t& word = levels_[k][at >> 6];
      const std::uint64_t before = word;
      word = before | std::uint64_t{1} << (at & 63);
      if (before != 0) return;
      at >>= 6;
    }
  }
  [[nodiscard]] std::uint64_t descend(unsigned k, std::uint64_t at, std::uint64_t bits) const {
    at = (at << 6) + static_cast<std::uint64_t>(std::countr_zero(bits));
    for (--k; k > 0; --k) at = (at << 6) + static_cast<std::uint64_t>(std::countr_zero(levels_[k][at]));
    return at;
  }

  static constexpr unsigned kDepthMax = 11;  // 64^11 > 2^64

  std::unique_ptr<std::uint64_t[], Free> words_;
  std::array<std::uint64_t*, kDepthMax> levels_ = {};
  std::array<std::uint64_t, kDepthMax> counts_ = {};  // words of a level
  unsigned depth_ = 0;
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_BITSET_H
