// SPDX-License-Identifier: Apache-2.0 OR MIT
// A profile: which of the documented variants a backend declares, parsed from its text.
#ifndef GMCHECK_HARNESS_PROGRAM_PROFILE_H
#define GMCHECK_HARNESS_PROGRAM_PROFILE_H

#include <gmcheck.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/error.h"

namespace gmc {

#define GMC_V(enumerator, text) enumerator,
#define GMC_CHOICE(name, Type, initial, values) enum class Type : std::uint8_t { values };
#define GMC_SET(name, Type, initial, values) enum class Type : std::uint8_t { values };
#define GMC_SAME(name, Type, initial)
#define GMC_BOOL(name, initial)
#define GMC_NUMBER(name, initial)
#define GMC_SIZES(name, initial)
#define GMC_DETAIL(name)
#include "harness/program/switches.def"
#undef GMC_V

// A subset of the values of an enumeration.
template <typename Enum>
struct SetOf {
  std::uint32_t mask = 0;

  constexpr SetOf() = default;
  template <typename... Enums>
  constexpr explicit SetOf(Enum first, Enums... rest) : mask((bit(first) | ... | bit(rest))) {}
  static constexpr std::uint32_t bit(Enum value) { return 1u << static_cast<unsigned>(value); }

  [[nodiscard]] constexpr bool has(Enum value) const { return (mask & bit(value)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return mask == 0; }
  bool operator==(const SetOf&) const = default;
};

// Sizes from 0 to 63 bytes.
struct SizeSet {
  std::uint64_t mask = 0;

  [[nodiscard]] constexpr bool has(std::uint64_t size) const { return size < 64 && ((mask >> size) & 1) != 0; }
  bool operator==(const SizeSet&) const = default;
};

// A set of statuses, bit n for status n.
using StatusMask = std::uint32_t;
[[nodiscard]] constexpr StatusMask status_bit(GmcStatus status) { return StatusMask{1} << static_cast<unsigned>(status); }

// For every status the set of those which the backend cannot tell from it; itself always.
struct ErrorDetail {
  std::array<StatusMask, GMC_STATUS_COUNT> same;

  constexpr ErrorDetail() {
    for (std::size_t i = 0; i < same.size(); ++i) same[i] = StatusMask{1} << i;
  }
  bool operator==(const ErrorDetail&) const = default;
};

// Every switch, with its default. The values for one kind of space and one kind of lane.
struct Switches {
#define GMC_CHOICE(name, Type, initial, values) Type name = Type::initial;
#define GMC_SAME(name, Type, initial) Type name = Type::initial;
#define GMC_D(...) __VA_ARGS__
#define GMC_SET(name, Type, initial, values) \
  SetOf<Type> name = [] {                    \
    using enum Type;                         \
    return SetOf<Type>(initial);             \
  }();
#define GMC_BOOL(name, initial) bool name = initial;
#define GMC_NUMBER(name, initial) std::uint64_t name = initial;
#define GMC_SIZES(name, initial) SizeSet name = SizeSet{initial};
#define GMC_DETAIL(name) ErrorDetail name;
#include "harness/program/switches.def"
#undef GMC_D

  bool operator==(const Switches&) const = default;
};

struct ByteRange {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  bool operator==(const ByteRange&) const = default;
};

inline constexpr std::size_t kSpaceKindCount = 5;  // enum GmcSpaceKind
inline constexpr std::size_t kLaneKindCount = 3;   // enum GmcLaneKind

class Profile {
 public:
  Profile() = default;
  explicit Profile(const Switches& switches) { values_.fill(switches); }

  // One `[kind.]name = value` a line, kind one of root, region, range, snapshot, pages and thread, vcpu, device; `reserved = BASE+SIZE
  // ...`, which may be repeated; from # on a comment. Strict: an unknown switch, kind or value, a switch said twice, a contradiction is an
  // error at `place:line`.
  [[nodiscard]] static Result<Profile> parse(std::string_view text, std::string_view place);
  // Canonical text: every switch that differs from its default, in the order of switches.def, then those of kinds. parse(print()) is
  // identity.
  [[nodiscard]] std::string print() const;

  // The most specific line holds: lane before space before bare.
  [[nodiscard]] const Switches& of(GmcSpaceKind space, GmcLaneKind lane = GMC_LANE_THREAD) const {
    return values_[static_cast<std::size_t>(space) * kLaneKindCount + static_cast<std::size_t>(lane)];
  }
  [[nodiscard]] const Switches& root() const { return of(GMC_SPACE_ROOT); }

  // Guest addresses that the backend needs itself; layouts keep clear of them.
  [[nodiscard]] const std::vector<ByteRange>& reserved() const { return reserved_; }

  bool operator==(const Profile&) const = default;

 private:
  friend class ProfileReader;

  std::array<Switches, kSpaceKindCount * kLaneKindCount> values_{};
  std::vector<ByteRange> reserved_;
};

// A switch by its name, for tables and messages.
struct SwitchInfo {
  std::string_view name;
  std::string default_text;
  std::vector<std::string_view> values;  // of a choice or a set; empty for the others
};
[[nodiscard]] const std::vector<SwitchInfo>& switch_table();  // in the order of switches.def

// Why these switches cannot all hold, in one line, or none. Profile::parse refuses such a profile; whoever varies switches asks here.
[[nodiscard]] std::optional<std::string> find_contradiction(const Switches& switches);

// Sets the switch `name`, or says why not: an unknown name or value.
[[nodiscard]] Result<void> set_switch(Switches& switches, std::string_view name, std::string_view value);

// The value of the switch `name` as text; GMC_CHECKs that there is such a switch.
[[nodiscard]] std::string switch_text(const Switches& switches, std::string_view name);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_PROFILE_H
