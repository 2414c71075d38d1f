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

// The same for `gmcheck run --trace`: each operation with its number and the address that it went to. At most kTraceRows of them: those
// near the operation of the finding, those in `mentioned` (as far as there is room), and the first ones; where some are left out a line
// says which.
inline constexpr std::size_t kTraceRows = 72;
[[nodiscard]] std::string line_up_in_detail(const Document& document, std::span<const TraceLine> trace,
                                            const std::optional<Finding>& finding, std::span<const std::uint32_t> mentioned,
                                            const std::map<std::uint32_t, std::string>& remarks = {});

// The back-trace of a crash, one line a frame, each with its number; "" where there is none. Ends in a newline.
[[nodiscard]] std::string back_trace_text(const Finding& finding);

// What led to the finding: the picture of the map, and the bytes that are wrong. Ends in a newline.
[[nodiscard]] std::string text_of(const TraceDetail& detail);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_LINE_UP_H
