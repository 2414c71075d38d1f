// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a process holds of the kernel's: counted before and after, it shows what a backend does not give back.
#ifndef GMCHECK_HARNESS_CAMPAIGN_RESOURCES_H
#define GMCHECK_HARNESS_CAMPAIGN_RESOURCES_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gmc {

enum class Resource : std::uint8_t { kMappings, kDescriptors, kThreads, kChildren };
inline constexpr std::size_t kResourceCount = 4;

[[nodiscard]] std::string_view name(Resource resource);  // in the plural

struct Resources {
  std::array<std::uint64_t, kResourceCount> counts{};

  // Of this process, now. Children are processes whose parent it is, zombies too.
  [[nodiscard]] static Resources now();

  // The same, after a short wait where there are more threads than in `before`: one that was joined is still listed for a moment.
  [[nodiscard]] static Resources settled(const Resources& before);

  [[nodiscard]] std::uint64_t of(Resource resource) const { return counts[static_cast<std::size_t>(resource)]; }
};

// Whether there is any child, in one cheap call.
[[nodiscard]] bool has_children();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_RESOURCES_H
