// SPDX-License-Identifier: Apache-2.0 OR MIT
// Operations that come from anywhere (bytes, another program, a mutation) made into a program that is valid.
#ifndef GMCHECK_HARNESS_PROGRAM_MEND_H
#define GMCHECK_HARNESS_PROGRAM_MEND_H

#include <vector>

#include "harness/program/program.h"
#include "harness/program/validator.h"

namespace gmc {

// Appends to the operations of a program whose layouts are complete and valid and which has none yet. What can be set right is: a space
// that is not open becomes the root, an opening takes a slot that is free, numbers are brought into range. What still would not be valid
// where it stands is left out. Operations that are valid stay as they are.
class Mender {
 public:
  explicit Mender(Program& program) : program_(program), validator_(program) {}

  // False where there is no room for more.
  bool append(Op op);
  // Closes the scope that is open.
  void finish();

 private:
  void set_spaces_right(Op& op) const;
  void set_numbers_right(Op& op) const;
  [[nodiscard]] std::uint8_t first_slot(bool is_open) const;

  Program& program_;
  Validator validator_;
};

// The same for all operations of a program; `room` is storage that is reused.
void mend(Program& program, std::vector<Op>& room);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_MEND_H
