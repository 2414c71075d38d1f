// SPDX-License-Identifier: Apache-2.0 OR MIT
// The switches as rows that can be read, printed and copied by name. Internal to program.
#ifndef GMCHECK_HARNESS_PROGRAM_SWITCH_CODEC_H
#define GMCHECK_HARNESS_PROGRAM_SWITCH_CODEC_H

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/program/profile.h"

namespace gmc {

struct SwitchCodec {
  std::string_view name;
  std::span<const std::string_view> values;  // of a choice or a set; empty for the others
  std::string (*print)(const Switches& switches);
  // Sets it from text; otherwise says why not, and what is allowed.
  std::optional<std::string> (*parse)(std::string_view text, Switches& switches);
  void (*copy)(const Switches& from, Switches& to);
  bool (*equal)(const Switches& a, const Switches& b);
};

[[nodiscard]] std::span<const SwitchCodec> switch_codecs();                 // in the order of switches.def
[[nodiscard]] const SwitchCodec* find_switch_codec(std::string_view name);  // null where there is none

// "unknown switch 'x'", with the nearest that there is.
[[nodiscard]] std::string unknown_switch(std::string_view name);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_SWITCH_CODEC_H
