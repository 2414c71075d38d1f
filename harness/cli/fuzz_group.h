// SPDX-License-Identifier: Apache-2.0 OR MIT
// What fuzzing finds, by clause, operation and the part that was wrong: one folder for all that are alike in these.
#ifndef GMCHECK_HARNESS_CLI_FUZZ_GROUP_H
#define GMCHECK_HARNESS_CLI_FUZZ_GROUP_H

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/error.h"
#include "harness/program/verdict.h"

namespace gmc {

// "GM-RW-001-read-bytes"; what is no violation has its verdict in the place of the part: "GM-INV-001-read-crashed".
[[nodiscard]] std::string group_name(const Finding& finding);

struct FuzzGroup {
  std::string folder;
  std::uint64_t hits = 0;  // of all runs in this folder

  // Makes the folder below `findings`, or takes up the count of one that is there; one that cannot be read begins anew.
  [[nodiscard]] static Result<FuzzGroup> open(const std::string& findings, std::string_view name);
  // One more, on the disk too.
  [[nodiscard]] Result<void> count_hit();

  [[nodiscard]] std::string program() const { return folder + "/finding.gmp"; }  // the smallest
  [[nodiscard]] std::string source() const { return folder + "/finding.c"; }     // the same as C
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_FUZZ_GROUP_H
