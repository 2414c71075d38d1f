// SPDX-License-Identifier: Apache-2.0 OR MIT
// The faults that are armed in a memory (GM-INV-005).
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_FAULTS_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_FAULTS_H

#include <gmcheck.h>

#include <array>
#include <cstdint>

namespace gmc::mapped {

class Faults {
 public:
  // The `nth` use of the site fails, counted from 1; 0: none does.
  void arm(std::uint32_t site, std::uint64_t nth) { left_[site] = nth; }
  void disarm() { left_.fill(0); }
  [[nodiscard]] bool is_armed(std::uint32_t site) const { return left_[site] != 0; }
  [[nodiscard]] bool is_any_armed() const { return left_ != decltype(left_){}; }
  // Counts a use, of a site that is armed: whether it is the one that fails. Then none is armed there any more.
  bool fails(std::uint32_t site) { return --left_[site] == 0; }

 private:
  std::array<std::uint64_t, GMC_FAULT_COUNT> left_{};  // uses, with the one that fails
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_FAULTS_H
