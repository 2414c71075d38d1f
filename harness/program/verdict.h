// SPDX-License-Identifier: Apache-2.0 OR MIT
// What came of running a program: one set of verdicts everywhere.
#ifndef GMCHECK_HARNESS_PROGRAM_VERDICT_H
#define GMCHECK_HARNESS_PROGRAM_VERDICT_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/program/clause.h"
#include "harness/program/op.h"

namespace gmc {

enum class Verdict : std::uint8_t {
  kAgree,
  kViolation,
  kSkipped,    // could not run here: the reason is in the finding's text
  kCrashed,    // the worker died
  kHung,       // an operation did not return in time
  kOverLimit,  // memory or output without end
  kLeaked,     // mappings, descriptors, threads or processes stay behind
  kFlaky,      // seen once and not again, with its rate
  kHistory,    // only after other programs
};

inline constexpr std::size_t kVerdictCount = static_cast<std::size_t>(Verdict::kHistory) + 1;

// What of an answer was wrong.
enum class Part : std::uint8_t {
  kStatus,
  kCount,
  kAddress,
  kValue,
  kBytes,         // what a read brought
  kBeyondBuffer,  // the red zones round a buffer, or a buffer beyond the transferred prefix
  kMemory,        // guest memory after the operation
  kHarness,       // memory of the harness's outside every region
  kDirtyMissing,
  kDirtyExtra,
  kRegions,
  kFacts,
  kStreamCount,  // how much left a descriptor, or arrived in one
  kStreamBytes,  // what arrived in one
  kProcess,      // crash, hang, leak, limit
};

inline constexpr std::size_t kPartCount = static_cast<std::size_t>(Part::kProcess) + 1;

// The answer that was given, and what was wrong with it. Two violations are the same finding when all three agree: the minimiser keeps
// them.
struct Divergence {
  Part part = Part::kStatus;
  std::uint16_t expected_status = 0;  // the most likely of those that were allowed
  std::uint16_t got_status = 0;

  bool operator==(const Divergence&) const = default;
};

struct Finding {
  Verdict verdict = Verdict::kAgree;
  Clause clause = Clause::kINV1;
  Divergence divergence{};
  OpKind op = OpKind::kRead;
  std::uint32_t op_index = 0;
  std::uint32_t cell = 0;  // the semantic cell of the operation (reference/cell.h), by which later runs steer round it
  std::string expected{};  // one line
  std::string got{};       // one line
  std::string note{};      // more of it: the backend's log, the first wrong bytes
  // With kCrashed, where a signal ended the process: from the failing instruction outwards, one line each, "libx.so+0x12ab  name+0x1b".
  // Offsets are the module's own, as addr2line takes them. Empty where it could not be had.
  std::vector<std::string> back_trace{};

  // Same clause, verdict, divergence and operation.
  [[nodiscard]] bool same_as(const Finding& other) const {
    return verdict == other.verdict && clause == other.clause && divergence == other.divergence && op == other.op;
  }
};

[[nodiscard]] std::string_view name(Verdict verdict);
[[nodiscard]] std::string_view name(Part part);
[[nodiscard]] std::optional<Verdict> find_verdict(std::string_view name);  // the inverses
[[nodiscard]] std::optional<Part> find_part(std::string_view name);
[[nodiscard]] std::string_view status_name(std::uint16_t status);               // "out_of_range"; "status 99" is "unknown"
[[nodiscard]] std::optional<std::uint16_t> find_status(std::string_view name);  // the inverse

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_VERDICT_H
