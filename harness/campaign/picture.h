// SPDX-License-Identifier: Apache-2.0 OR MIT
// A memory's map drawn in lines of ASCII, for a person who looks at a finding.
#ifndef GMCHECK_HARNESS_CAMPAIGN_PICTURE_H
#define GMCHECK_HARNESS_CAMPAIGN_PICTURE_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/program/layout.h"
#include "harness/program/profile.h"
#include "harness/reference/memory_map.h"

namespace gmc {

// What became of an entry of a layout in the course of a program: the operations that brought it and took it away.
struct EntryFate {
  std::optional<std::uint32_t> added_by{};
  std::optional<std::uint32_t> removed_by{};

  bool operator==(const EntryFate&) const = default;
};

// Where an operation goes.
struct Access {
  std::uint32_t op = 0;
  std::uint64_t gpa = 0;
  std::uint64_t size = 0;  // bytes; it may reach beyond 2^64
};

// The regions from the lowest address up, each in a box that grows with the logarithm of its size, with the holes between them, who came
// and went, and beside the boxes what of `access` lies there. At most kPictureLines lines: of many regions those near the access are drawn.
// `fates` has an item for each entry of `layout`.
inline constexpr std::size_t kPictureLines = 120;
[[nodiscard]] std::vector<std::string> draw_map(const Layout& layout, const MemoryMap& map, std::span<const EntryFate> fates,
                                                HoleKind hole_kind, const std::optional<Access>& access);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_PICTURE_H
