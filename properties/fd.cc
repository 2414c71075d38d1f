// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-FD: transfers from and to descriptors that end, fail, come short and are interrupted.
#include "properties/groups.h"

namespace gmc {

namespace {

bool has_transfers(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return s.fd_io; });
}

constexpr Rule kRules[] = {
    {1, "fd_io", has_transfers}, {2, "fd_io", has_transfers}, {3, "fd_io", has_transfers}, {4, "fd_io", has_transfers},
    {5, "fd_io", has_transfers}, {6, "fd_io", has_transfers}, {7, "fd_io", has_transfers}, {9, "fd_io", has_transfers},
};

GeneratorSettings settings(const Profile&) {
  GeneratorSettings settings;
  neglect_others(settings,
                 {OpKind::kReadFrom, OpKind::kReadFromPartial, OpKind::kWriteTo, OpKind::kWriteToPartial, OpKind::kRead, OpKind::kWrite,
                  OpKind::kHarvest, OpKind::kTrack, OpKind::kOpenRegion},
                 4);
  favour(settings, {OpKind::kReadFrom, OpKind::kReadFromPartial, OpKind::kWriteTo, OpKind::kWriteToPartial}, 10);
  return settings;
}

}  // namespace

Suite fd_suite() { return {.name = "fd", .group = "FD", .rules = kRules, .settings = settings}; }

}  // namespace gmc
