// SPDX-License-Identifier: Apache-2.0 OR MIT
// The profiles on which the tests of this folder stand: one for each way in which a layout or a program can be constrained.
#ifndef GMCHECK_HARNESS_GENERATE_PROFILES_FOR_TEST_H
#define GMCHECK_HARNESS_GENERATE_PROFILES_FOR_TEST_H

#include <string>
#include <vector>

#include "harness/base/check.h"
#include "harness/generate/settings.h"
#include "harness/program/profile.h"

namespace gmc {

struct NamedProfile {
  std::string name;
  Profile profile;
};

inline Profile parse_profile(std::string_view text) {
  auto profile = Profile::parse(text, "test");
  GMC_CHECK(profile.has_value(), profile.error().text());
  return *profile;
}

// Everything that this version drives, at byte alignment.
inline constexpr std::string_view kRichProfile =
    "backing = own fd host_pointer space\nreset = yes\nregion_ends_at_2_64 = accept\nregion_api = list find last_address total_size\n"
    "map_mutation = cow\nstale_handle = keeps_alive\nsize_counts_added = yes\n"
    "file_facts = protection flags file_offset fds_overlap\ncross_region = span\nrange_fail_effect = prefix\nreports_count = yes\n"
    "partial = yes\nhas_fill = yes\nhas_zero_all = yes\nhas_copy = yes\natomic_buffers = yes\ndump_all = at_least_length\n"
    "range_api = check_range checked_offset\ntyped_sizes = 0 1 2 3 4 8 16\ndirty_source = host_api\ndirty_enable = explicit\n"
    "dirty_bitmap_api = yes\nharvest = read clear both\npermissions = region_ro\nfd_io = yes\nfd_short_read = loop\nfd_exact_loops = yes\n"
    "fault_sites = harvest access change\niova = yes\niova_base = 4096\n"
    "slice_lists = yes\nreferences = aligned atomic\narrays = yes\n";

// The rich profile with some of its lines said otherwise.
inline Profile rich_profile(std::string_view lines = "") {
  const auto next_line = [](std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n') + 1);
    text.remove_prefix(line.size());
    return line;
  };
  std::string text(lines);
  for (std::string_view rest = kRichProfile; !rest.empty();) {
    const std::string_view line = next_line(rest);
    const std::string_view name = line.substr(0, line.find('=') + 1);
    if (!lines.starts_with(name) && lines.find("\n" + std::string(name)) == std::string_view::npos) text += line;
  }
  return parse_profile(text);
}

inline std::vector<NamedProfile> test_profiles() {
  std::vector<NamedProfile> profiles;
  const auto add = [&](const char* name, std::string_view text) { profiles.push_back({name, parse_profile(text)}); };
  const auto add_rich = [&](const char* name, std::string_view lines) { profiles.push_back({name, rich_profile(lines)}); };
  add("defaults", "");
  add_rich("rich", "");
  add_rich("pages", "region_align_base = 4096\nregion_align_size = 4096\ndirty_granule = 65536\n");
  add_rich("small_granule", "dirty_granule = 64\ndirty_origin = region\nregion_order = sorted\nregion_zero = accept\n");
  add_rich("rounds_up", "region_align_base = 4096\nregion_align_size = 65536\nregion_rounding = up\nregions_max = 4\n");
  add_rich("rounds_up_in_windows", "region_align_base = 64\nregion_align_size = 4096\nregion_rounding = up\nhole_kind = discard\n");
  add_rich("needs_windows_and_rounds_up", "region_align_size = 4096\nregion_rounding = up\naddr_space = gpa_window\nhole_kind = fault\n");
  add_rich("window",
           "addr_space = gpa_window\nhole_kind = fault\nregion_align_base = 4096\nregion_align_size = 4096\n"
           "last_address = 0xffffffffff\nregion_ends_at_2_64 = reject\n");
  add_rich("discard", "hole_kind = discard\ndiscard_value = 255\nreserved = 0x0+0x1000 0xfee00000+0x100000\n");
  add_rich("views", "views = yes\nview_align = 64\nhole_kind = discard\nlast_address = 0xffffffffff\nregion_ends_at_2_64 = reject\n");
  add_rich("positional", "region_order = positional\nregion_align_base = 4096\nregion_align_size = 4096\n");
  add("offset", "addr_space = offset\nlast_address = 0x1ffff\nregions_max = 1\nhas_fill = yes\nhas_zero_all = yes\n");
  add("files_only",
      "backing = fd\nreset = yes\nregion_align_size = 16\nlast_address = 0x7fffffffffffffff\ncross_region = span\n"
      "dirty_source = content_diff\ndirty_origin = region\nregions_max = 2\n");
  return profiles;
}

// The layout of a backend that has its own.
inline Layout adopted_layout() {
  return Layout{{Region{.base = 0x1000, .size = 0x8000}, Region{.base = 0x9000, .size = 0x3001, .is_read_only = true},
                 Region{.base = 0x100000000, .size = 0x10000}}};
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_PROFILES_FOR_TEST_H
