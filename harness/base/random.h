// SPDX-License-Identifier: Apache-2.0 OR MIT
// One seeded source of randomness, the same on every machine and in every version: a seed that was printed once replays for ever, which the
// engines and above all the distributions of <random> do not promise.
#ifndef GMCHECK_HARNESS_BASE_RANDOM_H
#define GMCHECK_HARNESS_BASE_RANDOM_H

#include <cstdint>

namespace gmc {

// One step of SplitMix64 (Steele, Lea, Flood 2014): a bijection that scatters neighbouring inputs.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(mix(seed)) {}

  constexpr std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15u;
    return mix(state_);
  }

  // Uniform in [0, bound); bound > 0. The bias of the multiplication is below bound / 2^32.
  constexpr std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32); }

  // Uniform in [low, high].
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % (static_cast<std::uint64_t>(high - low) + 1));
  }

  // True `percent` times out of 100.
  constexpr bool percent(std::uint32_t percent) { return below(100) < percent; }
  constexpr bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_BASE_RANDOM_H
