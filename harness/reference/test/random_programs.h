// SPDX-License-Identifier: Apache-2.0 OR MIT
// Small random programs for the tests of the reference: little memory, so that everything can be compared after every operation.
#ifndef GMCHECK_HARNESS_REFERENCE_TEST_RANDOM_PROGRAMS_H
#define GMCHECK_HARNESS_REFERENCE_TEST_RANDOM_PROGRAMS_H

#include <array>
#include <cstdint>
#include <vector>

#include "harness/base/random.h"
#include "harness/program/profile.h"
#include "harness/program/program.h"

namespace gmc::testing {

class RandomPrograms {
 public:
  RandomPrograms(const Profile& profile, std::uint64_t seed) : profile_(profile), random_(seed) {}

  // A legal memory, three layouts to try, and `op_count` operations. Sizes are small but for those of calls that bring no buffer.
  Program draw(std::uint32_t op_count);

 private:
  Layout draw_layout(bool is_memory);
  Region draw_region(std::uint64_t& cursor);
  Address draw_address();
  std::uint64_t draw_size();
  std::uint64_t draw_size_inside(const Address& address);
  Op draw_op();
  void schedule_orphan(const Op& opening);
  Layout draw_addition();
  void draw_change(Op& op);
  void draw_copy(Op& op);
  void take_handle(Op& op, const Address& at);
  void schedule_end(const Op& opening);
  void cross_into_page(Op& protect);
  [[nodiscard]] const Region* region_at(const Address& address) const;
  void draw_space(Op& op);
  std::uint8_t draw_open_slot();
  void draw_payload(Op& op);
  Stream draw_stream(std::uint64_t size);

  Profile profile_;
  Random random_;
  Program program_;
  std::uint64_t file_end_ = 0;          // of the extent of the last region on a file
  bool is_apart_ = false;               // regions lie in pages of their own
  std::uint32_t open_ = 0;              // bit n: slot n is open, if its opening finds a region
  std::array<Address, 8> opened_at_{};  // by slot: where its space was opened
  std::vector<Op> scheduled_;           // what is drawn next, the last first
};

}  // namespace gmc::testing

#endif  // GMCHECK_HARNESS_REFERENCE_TEST_RANDOM_PROGRAMS_H
