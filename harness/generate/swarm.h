// SPDX-License-Identifier: Apache-2.0 OR MIT
// The knobs of one batch of programs. Swarm testing: every batch leaves some operations out and lets others prevail, so that what one of
// them would always destroy (a harvest that clears, a reset) gets time to build up elsewhere.
#ifndef GMCHECK_HARNESS_GENERATE_SWARM_H
#define GMCHECK_HARNESS_GENERATE_SWARM_H

#include <array>
#include <cstdint>
#include <string>

#include "harness/base/random.h"
#include "harness/generate/settings.h"
#include "harness/generate/terrain.h"
#include "harness/program/op.h"

namespace gmc {

// Which lengths byte accesses have.
enum class LengthMix : std::uint8_t {
  kUsual,  // half of them at most 8, one in twenty above 256
  kTiny,   // at most 17
  kEdges,  // powers of two and their neighbours
  kLong,   // often pages and more
};

struct Swarm {
  std::array<std::uint32_t, kOpKindCount> weights{};  // indexed by OpKind; 0: off in this batch, but for openings that others need
  std::array<std::uint32_t, kSpotKindCount> spots{};  // weights of SpotKind
  LengthMix lengths = LengthMix::kUsual;
  std::uint8_t inside_percent = 80;  // of accesses: those aimed into mapped memory
  std::uint8_t hot_percent = 50;     // of those: at one of a program's few hot addresses
  std::uint8_t space_percent = 25;   // of accesses: through a region space, where one is open
  std::uint8_t submit_percent = 2;   // of operations: where a list of calls begins
  std::uint8_t unique_percent = 75;  // of payloads
  std::uint8_t track_percent = 85;   // of programs, with explicit tracking: those that begin by turning it on

  // One line: the operations that are on with their shares in thousandths, then the knobs.
  [[nodiscard]] std::string text() const;
};

// `weights`: as they are before the swarm, with the profile taken into account, and below 2^28.
[[nodiscard]] Swarm draw_swarm(const std::array<std::uint32_t, kOpKindCount>& weights, const GeneratorSettings& settings, Random& random);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_SWARM_H
