// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is publicly known to have gone wrong in real guest memories, by clause. The rows are public_bugs.def.
#ifndef GMCHECK_HARNESS_PROGRAM_PUBLIC_BUGS_H
#define GMCHECK_HARNESS_PROGRAM_PUBLIC_BUGS_H

#include <span>
#include <string_view>

#include "harness/program/clause.h"

namespace gmc {

struct PublicBug {
  Clause clause;          // that forbids it
  std::string_view name;  // "CVE-2023-41051", "Firecracker #5696"
  std::string_view what;  // one line
  std::string_view link;  // https://...
};

// In the order of clauses. One bug may stand under several.
[[nodiscard]] std::span<const PublicBug> public_bugs();
// Those of one clause.
[[nodiscard]] std::span<const PublicBug> public_bugs_of(Clause clause);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_PUBLIC_BUGS_H
