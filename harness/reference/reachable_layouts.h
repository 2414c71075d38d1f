// SPDX-License-Identifier: Apache-2.0 OR MIT
// The places at which reachable_cells() asks: accesses of every width at every place in their page, each in layouts that lie to it in every
// way that the axes tell apart.
#ifndef GMCHECK_HARNESS_REFERENCE_REACHABLE_LAYOUTS_H
#define GMCHECK_HARNESS_REFERENCE_REACHABLE_LAYOUTS_H

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/program/layout.h"
#include "harness/program/profile.h"

namespace gmc {

struct Scene {
  Layout layout;  // legal under the profile
  std::uint64_t gpa = 0;
  std::uint64_t size = 0;     // bytes
  bool is_typical = false;    // to be asked everything about that has no place
  bool shares_bytes = false;  // two regions show one file
};

// All regions stand on one backing: which one, no rule of an access asks. `sizes` are in bytes.
void for_each_scene(const Profile& profile, const std::vector<std::uint64_t>& sizes, const std::function<void(const Scene&)>& visit);

// The same where there is only that layout: at every place of it at which one of the axes changes.
void for_each_place(const Layout& layout, const std::vector<std::uint64_t>& sizes, const std::function<void(const Scene&)>& visit);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_REACHABLE_LAYOUTS_H
