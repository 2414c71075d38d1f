// SPDX-License-Identifier: Apache-2.0 OR MIT
// A program with what was expected beside what came, operation by operation.
#ifndef GMCHECK_HARNESS_REPORT_LINE_UP_H
#define GMCHECK_HARNESS_REPORT_LINE_UP_H

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "harness/campaign/wire.h"
#include "harness/program/document.h"
#include "harness/program/verdict.h"

namespace gmc {

// The program's text, one line an operation, each beside "expected" and "got" in columns, and a mark before the operation of the finding.
// `remarks` are put behind the line of their operation. Ends in a newline.
[[nodiscard]] std::string line_up(const Document& document, std::span<const TraceLine> trace, const std::optional<Finding>& finding,
                                  const std::map<std::uint32_t, std::string>& remarks = {});

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_LINE_UP_H
