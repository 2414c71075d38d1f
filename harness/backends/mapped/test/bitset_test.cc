// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mapped/bitset.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace gmc::mapped {
namespace {

std::vector<std::uint64_t> contents(const Bitset& bits) {
  std::vector<std::uint64_t> found;
  for (std::uint64_t at = bits.next_word(0); at != Bitset::kNone; at = bits.next_word(at + 1)) {
    EXPECT_NE(bits.word(at), 0u);
    for (std::uint64_t bit = 0; bit < 64; ++bit) {
      if (bits.has(at * 64 + bit)) found.push_back(at * 64 + bit);
    }
  }
  return found;
}

TEST(Bitset, AgreesWithASetUnderRandomUse) {
  std::mt19937_64 random(20240607);
  for (const std::uint64_t capacity : {1u, 63u, 64u, 65u, 4096u, 4097u, 300'000u}) {
    Bitset bits = *Bitset::make(capacity);
    std::set<std::uint64_t> model;
    for (int step = 0; step < 400; ++step) {
      const std::uint64_t first = random() % capacity;
      switch (random() % 8) {
        case 0: {
          const std::uint64_t last = std::min(capacity - 1, first + random() % 200);
          bits.add_range(first, last);
          for (std::uint64_t i = first; i <= last; ++i) model.insert(i);
          break;
        }
        case 1: {
          const std::uint64_t mask = random();
          bits.remove_from_word(first / 64, mask);
          for (std::uint64_t bit = 0; bit < 64; ++bit) {
            if ((mask >> bit) & 1) model.erase(first / 64 * 64 + bit);
          }
          break;
        }
        case 2:
          if (step % 10 == 0) {
            bits.clear();
            model.clear();
          }
          break;
        default:
          bits.add(first);
          model.insert(first);
      }
      ASSERT_EQ(contents(bits), std::vector<std::uint64_t>(model.begin(), model.end())) << capacity << " " << step;
    }
  }
}

TEST(Bitset, AHugeOneCostsWhatIsInIt) {
  const std::uint64_t capacity = std::uint64_t{1} << 36;  // 8 GiB of words if they were touched
  auto bits = Bitset::make(capacity);
  if (!bits) GTEST_SKIP() << "the system does not lend address space that it does not have";
  bits->add(0);
  bits->add(capacity - 1);
  EXPECT_EQ(contents(*bits), (std::vector<std::uint64_t>{0, capacity - 1}));
  bits->clear();
  EXPECT_EQ(bits->next_word(0), Bitset::kNone);
}

TEST(Bitset, OfNoCapacityIsEmpty) {
  Bitset none;
  EXPECT_EQ(none.next_word(0), Bitset::kNone);
  none.clear();
  EXPECT_EQ(Bitset::make(0)->next_word(0), Bitset::kNone);
}

}  // namespace
}  // namespace gmc::mapped
