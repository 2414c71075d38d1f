// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-TYPE, as far as one thread can decide it: values, byte order, ends.
#include "properties/groups.h"

namespace gmc {

namespace {

bool has_objects(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return (s.typed_sizes.mask & ~std::uint64_t{1}) != 0; });
}
bool has_wide_objects(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return (s.typed_sizes.mask & ~std::uint64_t{3}) != 0; });
}

constexpr Rule kRules[] = {
    {1, "typed_sizes", has_objects},
    {2, "typed_sizes", has_wide_objects},  // one byte has no order
    {5, "typed_sizes", has_wide_objects},  // and is never unaligned
    {7, "typed_sizes", has_wide_objects},  // nor does it run over an end
    {8, "typed_sizes", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.typed_sizes.has(0); }); }},
};

GeneratorSettings settings(const Profile&) {
  GeneratorSettings settings;
  neglect_others(settings, {OpKind::kRead, OpKind::kWrite, OpKind::kLoad, OpKind::kStore}, 4);
  favour(settings, {OpKind::kLoad, OpKind::kStore}, 4);
  return settings;
}

}  // namespace

Suite type_suite() { return {.name = "type", .group = "TYPE", .rules = kRules, .settings = settings}; }

}  // namespace gmc
