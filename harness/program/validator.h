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

 private:
  using Cause = std::optional<std::string>;

  // What is known of a slot for spaces at one point of the program.
  enum class Slot : std::uint8_t { kNeverOpened, kOpen, kClosed, kClosedByReset, kClosedByDestroy };

  [[nodiscard]] Cause check_layout(const Layout& layout, bool is_memory) const;
  [[nodiscard]] Cause check_region(const Region& region) const;
  [[nodiscard]] Cause check_legal(const Layout& layout) const;
  [[nodiscard]] Cause check_op(const Op& op);
  [[nodiscard]] Cause check_fields(const Op& op) const;
  [[nodiscard]] Cause check_operand(const Op& op, Operand operand) const;
  [[nodiscard]] Cause check_size(const Op& op) const;
  [[nodiscard]] Cause check_scope(const Op& op);
  [[nodiscard]] Cause follow_slots(const Op& op);

  const Program& program_;
  std::array<Slot, kSlotsMax> slots_{};
  std::array<bool, kSlotsMax> is_beside_{};  // a space of another memory
  bool is_destroyed_ = false;
  bool in_submit_ = false;
  std::uint32_t submit_begin_ = 0;
  std::uint64_t submit_bytes_ = 0;  // of the buffers of the open submit
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_VALIDATOR_H
