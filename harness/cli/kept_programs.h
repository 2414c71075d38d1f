// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs that are kept in folders, as ../../corpora has them: text, with a comment that says what each is for.
#ifndef GMCHECK_HARNESS_CLI_KEPT_PROGRAMS_H
#define GMCHECK_HARNESS_CLI_KEPT_PROGRAMS_H

#include <string>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/document.h"

namespace gmc {

struct KeptProgram {
  std::string path;
  std::string name;  // of the file, without `.gmp`
  Document document;
};

// Every `.gmp` below `path`, or the one that it is, by path. The error is the user's: what cannot be read, or `file:line:column` and what
// is wrong there.
[[nodiscard]] Result<std::vector<KeptProgram>> read_programs(const std::string& path);

// The backend that the line `# backend: B` names: the one whose profile lets the program decide what it is for. `mmap` without such a line.
[[nodiscard]] std::string backend_of(const Document& document);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_KEPT_PROGRAMS_H
