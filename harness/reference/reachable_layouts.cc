// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/reachable_layouts.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "harness/base/page.h"
#include "harness/base/random.h"
#include "harness/reference/memory_map.h"

namespace gmc {

namespace {

// Where in its page an access begins: at its edge, inside of it, and just before or behind the edge, aligned to 8, 4, 2 and 1.
constexpr std::uint64_t kPlaces[] = {0, 0x808, 0x804, 0x802, 0x801, 0xff8, 0xffc, 0xffe, 0xfff};
// The same round the middle of a page, where regions begin and end that are aligned to more than a byte and less than a page.
constexpr std::uint64_t kAlignedPlaces[] = {0x800, 0x7f8, 0x7fc, 0x7fe, 0x7ff};
constexpr std::uint64_t kLongest = 1u << 20;  // bytes; of an access that a region holds

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }
std::uint64_t round_down(std::uint64_t value, std::uint64_t unit) { return value / unit * unit; }

class Scenes {
 public:
  Scenes(const Profile& profile, const std::function<void(const Scene&)>& visit)
      : profile_(profile),
        s_(profile.root()),
        starts_at_0_(s_.region_order == RegionOrder::kPositional || s_.addr_space == AddrSpace::kOffset),
        visit_(visit) {
    if (!s_.backing.has(Backings::kOwn)) backing_ = s_.backing.has(Backings::kFd) ? Backing::kFile : Backing::kHost;
    rights_ = {false};
    if (s_.permissions != Permissions::kNone) rights_.push_back(true);
    step_ = std::lcm(s_.region_align_base, s_.region_align_size);
    unit_ = std::lcm(std::lcm(s_.region_align_base, s_.region_align_size), kPage);
  }

  void at_every_place(std::uint64_t size) {
    for (const std::uint64_t place : kPlaces) round_access(place, size);
    if (step_ > 1 || s_.view_align > 1) {
      for (const std::uint64_t place : kAlignedPlaces) round_access(place, size);
      // And it ends there.
      if (size > 0 && size < kPage) round_access((0x1800 - size) % kPage, size);
    }
    // Round the edge of a page with what is aligned to less than that.
    const std::uint64_t view = s_.view_align;
    const std::uint64_t base = s_.region_align_base;
    if (view > 1 && view < kPage) round_access(kPage - view, size);
    if (base > 1 && base < kPage && base < size && size < kPage) round_access(kPage + base - size, size);
    // It ends with its page.
    if (size > 0 && size <= kLongest && size % kPage != 0) round_access(kPage - size % kPage, size);
  }

  // Memories that are dumped whole begin at address 0.
  void of_dumps(const std::vector<std::uint64_t>& sizes) {
    for (const std::uint64_t size : sizes) {
      if (size == 0 || size > kLongest) continue;
      is_typical_ = true;
      gpa_ = 0;
      size_ = 1;
      show({region(0, size, false)});
    }
  }

  // Up to the last address that there is.
  void at_the_top() {
    const std::uint64_t size = round_up(4 * kPage, s_.region_align_size);
    const std::uint64_t base = s_.last_address - (size - 1);
    for (const std::uint64_t before : {std::uint64_t{1}, std::uint64_t{8}, kPage}) {
      for (const std::uint64_t width : {std::uint64_t{1}, std::uint64_t{8}, std::uint64_t{9}, 2 * kPage, UINT64_MAX}) {
        gpa_ = s_.last_address - (before - 1);
        size_ = width;
        show({region(base, size, false)});
        show({});
      }
    }
  }

 private:
  [[nodiscard]] Region region(std::uint64_t base, std::uint64_t size, bool is_read_only) const {
    return {.base = base, .size = size, .backing = backing_, .is_read_only = is_read_only};
  }

  void round_access(std::uint64_t place, std::uint64_t size) {
    size_ = size;
    is_typical_ = place == 0 && size <= 16;
    // The lowest place that will do, but for where memory is to begin at 0.
    const std::uint64_t low = starts_at_0_ ? 4 * kPage : 64 * unit_;
    gpa_ = low + place;
    if (low > s_.last_address / 2) gpa_ = 2 * kPage + place;
    outside();
    is_typical_ = false;
    if (size > kLongest) return;
    for (const bool is_read_only : rights_) {
      one_region(is_read_only);
      for (const bool second : rights_) two_regions(is_read_only, second);
    }
  }

  // The base of a region that begins before the access: by whole pages, and by what is no multiple of anything else.
  [[nodiscard]] std::uint64_t base_before() const { return starts_at_0_ ? 0 : round_down(gpa_ - kPage, s_.region_align_base); }
  [[nodiscard]] std::uint64_t odd_base_before() const { return starts_at_0_ ? 0 : base_before() - s_.region_align_base; }
  // The first byte of the access, but not the first one, at which a region can end that begins at `base`, and another one begin.
  [[nodiscard]] std::optional<std::uint64_t> seam(std::uint64_t base, std::uint64_t from) const {
    const std::uint64_t at = base + round_up(from - base, s_.region_align_size);
    if (at >= gpa_ + size_) return std::nullopt;
    return at;
  }

  // The edge of a page inside of the access: pages that one region has alone may be protected.
  [[nodiscard]] std::optional<std::uint64_t> page_seam() const {
    const std::uint64_t at = round_up(gpa_ + 1, kPage);
    if (at >= gpa_ + size_ || starts_at_0_) return std::nullopt;
    return at;
  }
  // A region that holds the first byte of the access, and as little before it as may be.
  [[nodiscard]] std::optional<Region> ending_at(std::uint64_t end, bool is_read_only) const {
    const std::uint64_t size = round_up(end - gpa_ + 1, s_.region_align_size);
    if (size > end || (starts_at_0_ && size != end)) return std::nullopt;
    return region(end - size, size, is_read_only);
  }

  void outside() {
    const std::uint64_t behind = round_up(gpa_ + std::min(size_, kLongest) + 8 * kPage, unit_);
    show({});
    if (!starts_at_0_) show({region(behind, 4 * unit_, false)});
    if (s_.region_order == RegionOrder::kPositional) {
      const std::uint64_t gpa = std::exchange(gpa_, std::bit_ceil(unit_ + 1) - kPage + gpa_ % kPage);
      show_as_it_is({region(0, unit_, false), region(std::bit_ceil(unit_ + 1), unit_, false)});
      gpa_ = gpa;
    }
    // Right behind a region.
    const std::uint64_t base = base_before();
    const std::uint64_t size = round_down(gpa_ - base, s_.region_align_size);
    if (size > 0) show({region(base, size, false)});
  }

  void one_region(bool is_read_only) {
    const std::uint64_t base = base_before();
    const std::uint64_t end = gpa_ + size_;
    is_typical_ = gpa_ % kPage == 0 && size_ <= 8;
    for (const std::uint64_t before : {base, odd_base_before()}) {
      show({region(before, round_up(end + kPage - before, s_.region_align_size), is_read_only)});
      is_typical_ = false;
      show({region(before, end - before, is_read_only)});
      if (is_read_only) show({region(before, round_up(end + 1 - before, s_.region_align_size), true)});
    }
    if (const auto ending = ending_at(end, is_read_only)) show({*ending});
    if (const auto ending = ending_at(round_up(gpa_ + 1, s_.region_align_base), is_read_only); ending && ending->base + ending->size < end)
      show({*ending});
    const std::uint64_t begin = starts_at_0_ ? 0 : gpa_;
    const std::uint64_t gpa = std::exchange(gpa_, begin);
    show({region(begin, round_up(size_ + kPage, s_.region_align_size), is_read_only)});
    show({region(begin, size_, is_read_only)});
    if (const auto at = seam(begin, gpa_ + 1)) show({region(begin, *at - begin, is_read_only)});
    gpa_ = gpa;
    if (const auto at = seam(base, gpa_ + 1)) show({region(base, *at - base, is_read_only)});
    if (const auto at = page_seam()) show({region(base, *at - base, is_read_only)});
    // A hole, and then a region.
    const std::uint64_t next = round_up(gpa_ + 1, s_.region_align_base);
    if (next < end) show({region(next, round_up(size_ + kPage, s_.region_align_size), is_read_only)});
  }

  void two_regions(bool is_read_only, bool is_second_read_only) {
    const std::uint64_t end = gpa_ + size_;
    const std::uint64_t behind_access = round_up(size_ + kPage, s_.region_align_size);
    std::vector<Region> firsts;
    for (const std::uint64_t base : {base_before(), gpa_}) {
      if (const auto at = seam(base, gpa_ + 1)) firsts.push_back(region(base, *at - base, is_read_only));
      // The access ends with the region, and another one touches it.
      if (end > base) show({region(base, end - base, is_read_only), region(end, behind_access, is_second_read_only)});
    }
    const std::uint64_t aligned = round_up(gpa_ + 1, s_.region_align_base);
    if (const auto at = page_seam()) firsts.push_back(region(base_before(), *at - base_before(), is_read_only));
    for (const std::uint64_t at : {aligned, end}) {
      if (const auto ending = ending_at(at, is_read_only)) firsts.push_back(*ending);
    }
    for (const Region& first : firsts) {
      // The access ends in the second, or behind it; which touches, or leaves a hole.
      const std::uint64_t at = first.base + first.size;
      show({first, region(at, behind_access, is_second_read_only)});
      show({first, region(at, s_.region_align_size, is_second_read_only)});
      show({first, region(round_up(at + 1, s_.region_align_base), behind_access, is_second_read_only)});
    }
  }

  // With another region far away, if there may be one; with windows, or without them, or both.
  void show(std::vector<Region> regions) {
    if (regions.empty() || s_.regions_max > regions.size()) {
      const std::uint64_t mapped_end = regions.empty() ? gpa_ + std::min(size_, kLongest) : regions.back().base + regions.back().size;
      std::uint64_t far = round_up(std::max(mapped_end, gpa_) + 64 * kPage, unit_);
      if (s_.region_order == RegionOrder::kPositional) far = regions.empty() ? 0 : std::bit_ceil(std::max(mapped_end + 1, kPage));
      std::vector<Region> more = regions;
      if (far > mapped_end || regions.empty()) more.push_back(region(far, unit_, false));
      // A window is to end behind what is near, too.
      if (show_as_it_is(more) && s_.hole_kind == HoleKind::kOob && !regions.empty() && !regions.front().is_read_only) return;
    }
    if (show_as_it_is(regions) && regions.size() == 1 && regions.front().is_read_only && s_.dirty_source != DirtySource::kNone)
      show_what_else_marks(regions.front());
  }

  // What cannot be written becomes dirty where something else can be that has its granule, or its bytes.
  void show_what_else_marks(const Region& only) {
    const std::uint64_t size = round_up(only.size, s_.region_align_size);
    show_as_it_is({only, region(only.base + size, s_.region_align_size, false)});
    if (only.base >= s_.region_align_size) show_as_it_is({region(only.base - s_.region_align_size, s_.region_align_size, false), only});
    if (!s_.backing.has(Backings::kFd)) return;
    Region shown = only;
    Region again = region(round_up(only.base + size + 64 * kPage, unit_), size, false);
    shown.backing = again.backing = Backing::kFile;
    shares_bytes_ = true;
    show_as_it_is({shown, again});
    shares_bytes_ = false;
  }

  bool show_as_it_is(const std::vector<Region>& regions) {
    if (regions.empty()) return false;
    const bool needs_window = s_.addr_space == AddrSpace::kGpaWindow;
    bool is_legal = !needs_window && show_if_legal(regions);
    if (!needs_window && s_.hole_kind == HoleKind::kOob) return is_legal;
    const std::uint64_t step = step_;
    const std::uint64_t last_end = regions.back().base + round_up(regions.back().size, s_.region_align_size);
    if (const std::uint64_t end = round_up(gpa_ + 1, step); end < gpa_ + size_ && last_end <= end) {
      std::vector<Region> all = {Region{.base = regions.front().base, .size = end - regions.front().base, .is_window = true}};
      all.insert(all.end(), regions.begin(), regions.end());
      is_legal |= show_if_legal(all);
    }
    // Such as end inside of the access, and such as hold all of it.
    for (const std::uint64_t slack : {step, round_up(std::min(size_, kLongest) + 2 * kPage, step)}) {
      const std::uint64_t first = regions.front().base;
      const std::uint64_t base = round_down(first < slack ? 0 : first - slack, step);
      const std::uint64_t end = last_end + slack;
      std::vector<Region> all = {Region{.base = base, .size = round_up(end - base, step), .is_window = true}};
      all.insert(all.end(), regions.begin(), regions.end());
      is_legal |= show_if_legal(all);
    }
    return is_legal;
  }

  bool show_if_legal(const std::vector<Region>& regions) {
    Scene scene{.layout = {regions}, .gpa = gpa_, .size = size_, .is_typical = is_typical_, .shares_bytes = shares_bytes_};
    if (!faults_of(scene.layout, profile_).empty() || meets_reserved(scene.layout)) return false;
    std::uint64_t key = mix(gpa_ ^ mix(size_));
    for (const Region& region : regions)
      key = mix(key ^ region.base ^
                mix(region.size * 16 + (region.is_window ? 8 : 0) + (region.is_read_only ? 4 : 0) + (is_typical_ ? 2 : 0) +
                    (shares_bytes_ ? 1 : 0)));
    if (shown_.insert(key).second) visit_(scene);
    return true;
  }

  [[nodiscard]] bool meets_reserved(const Layout& layout) const {
    return std::ranges::any_of(layout.regions, [&](const Region& region) {
      return std::ranges::any_of(profile_.reserved(), [&](const ByteRange& range) {
        return range.size != 0 && region.base <= range.base + (range.size - 1) && range.base <= region.base + (region.size - 1);
      });
    });
  }

  const Profile& profile_;
  const Switches& s_;
  bool starts_at_0_;
  const std::function<void(const Scene&)>& visit_;
  Backing backing_ = Backing::kOwn;
  std::vector<bool> rights_;  // whether a region is read-only
  std::uint64_t step_ = 1;    // between places at which one region may end and another one begin
  std::uint64_t unit_ = kPage;
  std::uint64_t gpa_ = 0;  // of the access that is shown
  std::uint64_t size_ = 0;
  bool is_typical_ = false;
  bool shares_bytes_ = false;
  std::unordered_set<std::uint64_t> shown_;
};

}  // namespace

void for_each_scene(const Profile& profile, const std::vector<std::uint64_t>& sizes, const std::function<void(const Scene&)>& visit) {
  Scenes scenes(profile, visit);
  for (const std::uint64_t size : sizes) scenes.at_every_place(size);
  scenes.of_dumps(sizes);
  scenes.at_the_top();
}

void for_each_place(const Layout& layout, const std::vector<std::uint64_t>& sizes, const std::function<void(const Scene&)>& visit) {
  constexpr std::uint64_t kSteps[] = {0, 1, 2, 4, 8};
  std::set<std::uint64_t> edges = {0};
  for (const Region& region : layout.regions) {
    edges.insert(
        {region.base, region.base + region.size, round_up(region.base + 1, kPage), round_down(region.base + region.size - 1, kPage)});
  }
  for (const std::uint64_t edge : edges) {
    for (const std::uint64_t size : sizes) {
      const auto show = [&](std::uint64_t gpa) { visit({.layout = layout, .gpa = gpa, .size = size, .is_typical = size == 0}); };
      for (const std::uint64_t step : kSteps) {
        show(edge + step);         // begins there, or behind it
        show(edge - size - step);  // ends there, or before it
        if (step == 0) continue;
        show(edge - step);         // begins before it
        show(edge - size + step);  // ends behind it
      }
    }
  }
}

}  // namespace gmc
