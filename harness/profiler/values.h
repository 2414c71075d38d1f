// SPDX-License-Identifier: Apache-2.0 OR MIT
// The values of a switch as texts: which there are, which are worth trying.
#ifndef GMCHECK_HARNESS_PROFILER_VALUES_H
#define GMCHECK_HARNESS_PROFILER_VALUES_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gmc {

enum class Shape : std::uint8_t { kChoice, kSet, kBool, kNumber, kSizes, kDetail };

struct SwitchShape {
  std::string_view name;
  Shape shape;
};
[[nodiscard]] const std::vector<SwitchShape>& switch_shapes();  // in the order of switches.def
[[nodiscard]] Shape shape_of(std::string_view switch_name);     // GMC_CHECKs that there is such a switch

// The value as a canonical profile writes it; GMC_CHECKs that it is one.
[[nodiscard]] std::string canonical(std::string_view switch_name, std::string_view value);

// All values of a choice or a yes and no.
[[nodiscard]] std::vector<std::string> all_values(std::string_view switch_name);

// Of some values of a choice or a yes and no that which asks least of a backend. GMC_CHECKs that there is one.
[[nodiscard]] std::string safest(std::string_view switch_name, const std::vector<std::string>& values);

// Numbers, ascending: those around `declared`, which is among them, or all that are ever tried.
[[nodiscard]] std::vector<std::string> numbers_near(std::string_view switch_name, std::string_view declared);
[[nodiscard]] std::vector<std::string> all_numbers(std::string_view switch_name, std::string_view declared);

// The number that a value is; GMC_CHECKs that it is one, of a switch that has numbers.
[[nodiscard]] std::uint64_t number_of(std::string_view switch_name, std::string_view value);

// Members of a set or of sizes: those that are tried, and a value with one more or one less.
[[nodiscard]] std::vector<std::string> members_tried(std::string_view switch_name, std::string_view declared);
[[nodiscard]] bool has_member(std::string_view value, std::string_view member);
[[nodiscard]] std::string with_member(std::string_view switch_name, std::string_view value, std::string_view member, bool is_in);

// The sets of `error_detail`: the value without each of its sets in turn, and with two statuses that are one.
[[nodiscard]] std::vector<std::string> details_without_one(std::string_view value);
[[nodiscard]] std::string detail_with(std::string_view value, std::string_view status, std::string_view other);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROFILER_VALUES_H
