// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/swarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>

namespace gmc {
namespace {

std::uint8_t pick(std::initializer_list<std::uint8_t> values, Random& random) {
  return values.begin()[random.below(static_cast<std::uint32_t>(values.size()))];
}

std::string_view name(LengthMix lengths) {
  static constexpr std::string_view kNames[] = {"usual", "tiny", "edges", "long"};
  return kNames[static_cast<std::size_t>(lengths)];
}

void scatter(std::array<std::uint32_t, kOpKindCount>& weights, Random& random) {
  const std::array<std::uint32_t, kOpKindCount> before = weights;
  for (std::uint32_t& weight : weights) {
    // One in five is off; of the others the odds range over a factor of 64.
    weight = random.one_in(5) ? 0 : (weight << random.below(4)) >> random.below(4);
  }
  if (std::ranges::all_of(weights, [](std::uint32_t weight) { return weight == 0; })) weights = before;
}

}  // namespace

Swarm draw_swarm(const std::array<std::uint32_t, kOpKindCount>& weights, const GeneratorSettings& settings, Random& random) {
  Swarm swarm;
  swarm.spots = {30, 20, 12, 14, 14};
  swarm.weights = weights;
  if (settings.swarm) {
    scatter(swarm.weights, random);
    for (std::uint32_t& weight : swarm.spots) weight = random.one_in(6) ? 0 : weight << random.below(3);
    swarm.inside_percent = pick({65, 75, 80, 85, 90, 95}, random);
    swarm.hot_percent = pick({20, 50, 50, 75, 90}, random);
    swarm.space_percent = pick({0, 15, 25, 50, 80}, random);
    swarm.submit_percent = pick({0, 0, 1, 2, 5}, random);
    swarm.unique_percent = pick({50, 75, 90, 100}, random);
    swarm.track_percent = pick({60, 90, 100}, random);
    swarm.lengths = static_cast<LengthMix>(pick({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3}, random));
  }
  if (!settings.submits) swarm.submit_percent = 0;
  if (std::ranges::all_of(swarm.spots, [](std::uint32_t weight) { return weight == 0; })) swarm.spots.fill(1);
  return swarm;
}

std::string Swarm::text() const {
  const std::uint64_t total = std::max<std::uint64_t>(1, std::accumulate(weights.begin(), weights.end(), std::uint64_t{0}));
  std::string line;
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    if (weights[i] == 0) continue;
    line += fmt::format("{}={} ", info(static_cast<OpKind>(i)).text, std::max<std::uint64_t>(1, weights[i] * std::uint64_t{1000} / total));
  }
  line += fmt::format("inside={}% hot={}% spaces={}% submits={}% unique={}% track={}% lengths={}", inside_percent, hot_percent,
                      space_percent, submit_percent, unique_percent, track_percent, name(lengths));
  return line;
}

}  // namespace gmc
