// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which operations a profile claims, and in which spaces.
#ifndef GMCHECK_HARNESS_GENERATE_CLAIMS_H
#define GMCHECK_HARNESS_GENERATE_CLAIMS_H

#include <array>
#include <cstddef>
#include <cstdint>

#include "harness/program/op.h"
#include "harness/program/profile.h"

namespace gmc {

// Whether the switches of a space claim what `kind` needs, so that it may answer something else than unsupported there.
[[nodiscard]] bool is_claimed(OpKind kind, const Switches& switches);

// The same of all operations, as sets. A value.
class Claims {
 public:
  explicit Claims(const Profile& profile);

  [[nodiscard]] bool by(GmcSpaceKind space, OpKind kind) const { return has(by_space_[static_cast<std::size_t>(space)], kind); }
  // By regions or ranges, and not by the root.
  [[nodiscard]] bool only_beneath(OpKind kind) const { return has(beneath_, kind); }
  [[nodiscard]] bool anywhere(OpKind kind) const { return by(GMC_SPACE_ROOT, kind) || only_beneath(kind); }
  // Bit n: operation n is claimed beneath the root alone.
  [[nodiscard]] std::uint64_t beneath() const { return beneath_; }

 private:
  static_assert(kOpKindCount <= 64);
  static bool has(std::uint64_t kinds, OpKind kind) { return (kinds >> static_cast<unsigned>(kind) & 1) != 0; }

  std::array<std::uint64_t, kSpaceKindCount> by_space_{};  // bit n: operation n
  std::uint64_t beneath_ = 0;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_CLAIMS_H
