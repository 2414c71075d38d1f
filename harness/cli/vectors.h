// SPDX-License-Identifier: Apache-2.0 OR MIT
// Portable vectors: a program with everything resolved, and what the contract demands of a memory that runs it, as JSON that a reader needs
// nothing of gmcheck's for. ../../corpora/vectors/vector.schema.json is the form.
#ifndef GMCHECK_HARNESS_CLI_VECTORS_H
#define GMCHECK_HARNESS_CLI_VECTORS_H

#include <string>

#include "harness/base/error.h"
#include "harness/cli/kept_programs.h"
#include "harness/runner/backend.h"

namespace gmc {

inline constexpr int kVectorVersion = 1;

struct Vector {
  std::string json;     // ends with a newline; empty where there is none
  std::string why_not;  // one line: what of the program no vector can say
};

// Runs the program on `backend`, whose answers the reference agrees with, and writes down what is demanded; where more than one answer or
// effect is right there is no vector. The error: the backend is wrong, or the program cannot run here.
[[nodiscard]] Result<Vector> vector_of(const KeptProgram& program, const Backend& backend);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_VECTORS_H
