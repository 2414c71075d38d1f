// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string_view>

#include "harness/base/counted.h"

namespace gmc {

namespace {

constexpr std::size_t kWidth = 56;      // characters inside of a box
constexpr std::size_t kBoxesMax = 24;   // of more than these, those far from the access are left out
constexpr std::size_t kListedMax = 16;  // windows, and regions that were removed
constexpr std::size_t kNear = 8;        // boxes on each side of the access

struct Box {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::string text{};
  bool is_hole = false;

  [[nodiscard]] std::uint64_t size_less_one() const { return last - first; }
};

std::string size_text(std::uint64_t size_less_one) {
  return size_less_one == UINT64_MAX ? "2^64 bytes" : fmt::format("{:#x} bytes", size_less_one + 1);
}

std::string backing_text(const Region& region) {
  if (region.backing == Backing::kHost) return "host";
  if (region.backing == Backing::kFile) return fmt::format("file f{}@{:#x}", region.file, region.file_offset);
  return "own";
}

std::string_view rights_text(const MappedRegion& mapped, const Region& region) {
  if (mapped.is_read_only) return "read-only";
  return region.is_read_only ? "read-only in the layout, and writable" : "writable";
}

std::string region_text(const MappedRegion& mapped, const Region& region, const EntryFate& fate) {
  std::string text =
      fmt::format("r{}  {}, {}, {}", mapped.entry, size_text(mapped.last - mapped.base), backing_text(region), rights_text(mapped, region));
  if (mapped.is_shared) text += ", bytes shared";
  if (fate.added_by) text += fmt::format(", added by op {}", *fate.added_by);
  return text;
}

// The addresses that a window covers; empty ones cover none.
bool lies_in(const Region& window, std::uint64_t gpa) { return gpa - window.base < window.size; }

std::vector<Box> boxes_of(const Layout& layout, const MemoryMap& map, std::span<const EntryFate> fates) {
  std::vector<Box> boxes;
  std::uint64_t next = 0;
  const auto hole = [&](std::uint64_t first, std::uint64_t last) {
    std::string text = fmt::format("hole  {}", size_text(last - first));
    for (std::size_t i = 0; i < layout.regions.size(); ++i) {
      const Region& window = layout.regions[i];
      if (window.is_window && (lies_in(window, first) || (window.size > 0 && window.base - first <= last - first)))
        text += fmt::format(", in part window r{}", i);
    }
    boxes.push_back({.first = first, .last = last, .text = std::move(text), .is_hole = true});
  };
  for (const MappedRegion& region : map.regions()) {
    if (region.base > next) hole(next, region.base - 1);
    boxes.push_back({.first = region.base,
                     .last = region.last,
                     .text = region_text(region, layout.regions[region.entry], fates[region.entry]),
                     .is_hole = false});
    if (region.last == UINT64_MAX) return boxes;
    next = region.last + 1;
  }
  hole(next, UINT64_MAX);
  return boxes;
}

// Lines inside of a box: one up to 64 KiB, and one more for every factor of 256.
std::size_t height_of(const Box& box) {
  if (box.is_hole) return 1;
  const auto bits = static_cast<std::size_t>(std::bit_width(box.size_less_one()));
  return bits <= 16 ? 1 : 1 + (bits - 9) / 8;
}

// What of the access lies in the box.
std::string mark_of(const Box& box, const std::optional<Access>& access) {
  if (!access) return "";
  if (access->size == 0) {
    return access->gpa - box.first <= box.size_less_one() ? fmt::format("  <== op {} at {:#x}, no bytes", access->op, access->gpa) : "";
  }
  const std::uint64_t last = access->size - 1 > UINT64_MAX - access->gpa ? UINT64_MAX : access->gpa + (access->size - 1);
  if (last < box.first || box.last < access->gpa) return "";
  const std::uint64_t from = std::max(access->gpa, box.first);
  const std::uint64_t to = std::min(last, box.last);
  return fmt::format("  <== op {} at {:#x}, bytes {} to {}", access->op, from, from - access->gpa, to - access->gpa);
}

void draw(const Box& box, const std::string& mark, std::vector<std::string>& lines) {
  const char wall = box.is_hole ? ':' : '|';
  lines.push_back(fmt::format("  {:#018x} +{:-<{}}+", box.first, "", kWidth));
  const std::size_t height = height_of(box);
  for (std::size_t i = 0; i < height; ++i) {
    lines.push_back(fmt::format("  {:18} {}{:<{}}{}{}", "", wall, i == 0 ? " " + box.text : "", kWidth, wall, i == 0 ? mark : ""));
  }
}

// Which of many boxes are drawn: those at both ends, and those near the access.
std::vector<bool> chosen(const std::vector<Box>& boxes, const std::optional<Access>& access) {
  std::vector<bool> is_drawn(boxes.size(), boxes.size() <= kBoxesMax);
  if (boxes.size() <= kBoxesMax) return is_drawn;
  std::size_t centre = 0;
  while (access && centre + 1 < boxes.size() && boxes[centre].last < access->gpa) ++centre;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const std::size_t distance = i > centre ? i - centre : centre - i;
    is_drawn[i] = distance <= kNear || i < 2 || i + 2 >= boxes.size();
  }
  return is_drawn;
}

void list_windows(const Layout& layout, HoleKind hole_kind, std::vector<std::string>& lines) {
  static constexpr const char* kHoles[] = {"out of range", "a fault", "discarded"};
  std::size_t count = 0;
  for (std::size_t i = 0; i < layout.regions.size(); ++i) {
    const Region& window = layout.regions[i];
    if (!window.is_window || window.size == 0 || ++count > kListedMax) continue;
    lines.push_back(fmt::format("  window r{}: {:#x} to {:#x}; what meets its holes is {}", i, window.base, window.base + (window.size - 1),
                                kHoles[static_cast<std::size_t>(hole_kind)]));
  }
  if (count > kListedMax) lines.push_back(fmt::format("  ... {}", counted(count - kListedMax, "more window")));
}

void list_removed(const MemoryMap& map, std::span<const EntryFate> fates, std::vector<std::string>& lines) {
  std::size_t count = 0;
  for (const MappedRegion& region : map.removed()) {
    if (++count > kListedMax) continue;
    std::string line = fmt::format("  removed: r{}, {:#x} to {:#x}", region.entry, region.base, region.last);
    if (const auto by = fates[region.entry].removed_by) line += fmt::format(", by op {}", *by);
    lines.push_back(std::move(line));
  }
  if (count > kListedMax) lines.push_back(fmt::format("  ... {} more that were removed", count - kListedMax));
}

void list_pages(const MemoryMap& map, std::vector<std::string>& lines) {
  std::size_t count = 0;
  for (const PageRights::Run& run : map.page_rights().runs()) {
    if (++count > kListedMax) continue;
    const std::string_view rights = !run.may_read ? "none" : run.may_write ? "rw" : "r";
    lines.push_back(fmt::format("  pages {:#x} to {:#x} have rights {}", run.first, run.last, rights));
  }
  if (count > kListedMax) lines.push_back(fmt::format("  ... {} of pages", counted(count - kListedMax, "more run")));
}

}  // namespace

std::vector<std::string> draw_map(const Layout& layout, const MemoryMap& map, std::span<const EntryFate> fates, HoleKind hole_kind,
                                  const std::optional<Access>& access) {
  std::vector<std::string> lines;
  const std::vector<Box> boxes = boxes_of(layout, map, fates);
  const std::vector<bool> is_drawn = chosen(boxes, access);
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!is_drawn[i]) {
      ++left_out;
      continue;
    }
    if (left_out > 0) lines.push_back(fmt::format("  {:18} ... {} left out", "", counted(left_out, "region or hole", "regions and holes")));
    left_out = 0;
    draw(boxes[i], mark_of(boxes[i], access), lines);
  }
  lines.push_back(fmt::format("  {:18} +{:-<{}}+", "2^64", "", kWidth));
  if (access && access->size > 0 && access->size - 1 > UINT64_MAX - access->gpa) {
    lines.push_back(fmt::format("  op {} goes on beyond 2^64", access->op));
  }
  list_windows(layout, hole_kind, lines);
  list_removed(map, fates, lines);
  list_pages(map, lines);
  return lines;
}

}  // namespace gmc
