// SPDX-License-Identifier: Apache-2.0 OR MIT
// How each switch of a profile is observed, or why it is not.
#ifndef GMCHECK_HARNESS_PROFILER_PROBE_TABLE_H
#define GMCHECK_HARNESS_PROFILER_PROBE_TABLE_H

#include <cstdint>
#include <span>
#include <string_view>

#include "harness/generate/settings.h"
#include "harness/program/profile.h"

namespace gmc {

// What programs that observe a switch consist of.
enum class Style : std::uint8_t {
  kAccesses,  // generated ones of the operations that the row names
  kEdges,     // the same, half of their accesses moved to where regions begin and end
  kEmpty,     // the same, of no bytes
  kLayouts,   // one layout that `create` tries, legal or not
};

struct Probe {
  std::string_view name;  // of the switch
  Style style = Style::kAccesses;
  std::string_view operations = "";  // their words in programs
  std::uint32_t length = 1;          // operations of one program
  LayoutEmphasis emphasis = LayoutEmphasis::kSmall;
  // A value that asks less of a backend than the others and so agrees wherever one of them does; "" for none. Of a set it is "none": to
  // leave out a member asks less than to have it.
  std::string_view lax = "";
  // Where this does not hold nothing can be seen of the switch, and this is why.
  bool (*needs)(const Switches& switches) = nullptr;
  std::string_view without = "";
  // Another choice whose values are tried with each of this one's, where nothing is known of a backend or what it declares goes wrong:
  // while one of the two is wrong, the other looks wrong as well. "": none.
  std::string_view along = "";
  // A number without which none of its values is right: where none agrees, others are tried for it. "": none.
  std::string_view beyond = "";
  // No answer shows the value that asks more, only that nothing goes wrong with it; so it is not what was observed, but what may be.
  bool is_silent = false;
  // The value changes what is right and not what is worth trying: programs drawn under one value serve for all.
  bool draws_alike = false;
};

// Null for switches that no program of this version can tell anything about.
[[nodiscard]] const Probe* find_probe(std::string_view switch_name);
[[nodiscard]] std::span<const Probe> probe_table();

// Why a switch without a row is not observed: what its check would need. GMC_CHECKs that it has none.
[[nodiscard]] std::string_view why_unseen(std::string_view switch_name);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROFILER_PROBE_TABLE_H
