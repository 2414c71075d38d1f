// SPDX-License-Identifier: Apache-2.0 OR MIT
// A program as a C11 source that stands alone: a table of the calls that it makes with what each may answer, and what makes and compares
// them. It needs gmcheck.h and the C library, so that whoever debugs a memory needs no gmcheck to see what it does wrong.
#ifndef GMCHECK_HARNESS_EMIT_EMIT_H
#define GMCHECK_HARNESS_EMIT_EMIT_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/text.h"
#include "harness/reference/reference.h"

namespace gmc {

struct EmitRequest {
  std::string file;  // the program's, as it was named
  const ParsedText& parsed;
  std::string backend;  // as it was named
  std::string config;   // what it is opened with where nothing is said
  Profile profile;      // what may be answered depends on it
  Offers offers{};
  Layout adopted{};  // the backend's own memory, where it has one
  std::vector<std::optional<std::uint16_t>>
      seen;  // what it answered, by operation: where several answers are allowed, the rest follows that
};

// Answers are compared as far as the reference decides them: statuses, counts, values, addresses of failures, bytes, granules, regions and
// pieces, and at the end memory itself. From an operation on whose effect the contract leaves open nothing is compared, and the source says
// so. Not expressed: what is written behind pointers, and facts that are no numbers.
//
// The error stands at `file:line` and is about the program: a descriptor whose system calls are cut, interrupted or fail can be made by
// gmcheck alone.
[[nodiscard]] Result<std::string> emit_c(const EmitRequest& request);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_EMIT_EMIT_H
