// SPDX-License-Identifier: Apache-2.0 OR MIT
// One walk over a program that finds the first thing that keeps it from running. Internal to program.
#ifndef GMCHECK_HARNESS_PROGRAM_VALIDATOR_H
#define GMCHECK_HARNESS_PROGRAM_VALIDATOR_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/program/program.h"

namespace gmc {

class Validator {
 public:
  explicit Validator(const Program& program) : program_(program) {}

  [[nodiscard]] std::optional<Invalidity> run();

  // One operation after the other, for whoever builds a program: whether `op` may stand behind those that were admitted. Nothing changes
  // where it may not. Layouts are looked up in the program.
  [[nodiscard]] bool admit(const Op& op);
  [[nodiscard]] bool is_open(std::uint8_t slot) const { return state_.slots[slot] == Slot::kOpen; }
  [[nodiscard]] bool is_in_submit() const { return state_.in_submit; }

  // Whether `layout` may be in a program: as its memory, or as what `create` tries.
  [[nodiscard]] static bool holds(const Layout& layout, bool is_memory) { return !check_entries(layout, is_memory); }

 private:
  using Cause = std::optional<std::string>;

  // What is known of a slot for spaces at one point of the program.
  enum class Slot : std::uint8_t { kNeverOpened, kOpen, kClosed, kClosedByReset, kClosedByDestroy };

  [[nodiscard]] Cause check_layout(const Layout& layout, bool is_memory) const;
  [[nodiscard]] static Cause check_entries(const Layout& layout, bool is_memory);
  [[nodiscard]] static Cause check_region(const Region& region);
  [[nodiscard]] static Cause check_legal(const Layout& layout);
  [[nodiscard]] Cause check_op(const Op& op);
  [[nodiscard]] Cause check_fields(const Op& op) const;
  [[nodiscard]] Cause check_operand(const Op& op, Operand operand) const;
  [[nodiscard]] Cause check_size(const Op& op) const;
  [[nodiscard]] Cause check_scope(const Op& op);
  [[nodiscard]] Cause follow_slots(const Op& op);

  // What the operations so far have come to.
  struct State {
    std::array<Slot, kSlotsMax> slots{};
    std::array<bool, kSlotsMax> is_beside{};  // a space of another memory
    bool is_destroyed = false;
    bool in_submit = false;
    std::uint32_t submit_begin = 0;
    std::uint64_t submit_bytes = 0;  // of the buffers of the open submit
  };

  const Program& program_;
  State state_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_VALIDATOR_H
