// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/verdict.h"

#include <gmcheck.h>

#include <iterator>

namespace gmc {
namespace {

constexpr std::string_view kStatuses[] = {
    "ok", "mismatch", "short",     "out_of_range", "misaligned", "denied",    "unsupported", "busy",   "invalid_argument",
    "io", "fault",    "no_memory", "bad_state",    "overlap",    "not_found", "refused",     "broken", "lost",
};
static_assert(std::size(kStatuses) == GMC_STATUS_COUNT);

constexpr std::string_view kUnknown = "unknown";

}  // namespace

// The switches have no default, so that the compiler names what a new enumerator lacks.
std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAgree:
      return "agree";
    case Verdict::kViolation:
      return "violation";
    case Verdict::kSkipped:
      return "skipped";
    case Verdict::kCrashed:
      return "crashed";
    case Verdict::kHung:
      return "hung";
    case Verdict::kOverLimit:
      return "over_limit";
    case Verdict::kLeaked:
      return "leaked";
    case Verdict::kFlaky:
      return "flaky";
    case Verdict::kHistory:
      return "history";
  }
  return kUnknown;
}

std::string_view name(Part part) {
  switch (part) {
    case Part::kStatus:
      return "status";
    case Part::kCount:
      return "count";
    case Part::kAddress:
      return "address";
    case Part::kValue:
      return "value";
    case Part::kBytes:
      return "bytes";
    case Part::kBeyondBuffer:
      return "beyond_buffer";
    case Part::kMemory:
      return "memory";
    case Part::kHarness:
      return "harness";
    case Part::kDirtyMissing:
      return "dirty_missing";
    case Part::kDirtyExtra:
      return "dirty_extra";
    case Part::kRegions:
      return "regions";
    case Part::kFacts:
      return "facts";
    case Part::kStreamCount:
      return "stream_count";
    case Part::kStreamBytes:
      return "stream_bytes";
    case Part::kProcess:
      return "process";
  }
  return kUnknown;
}

std::optional<Verdict> find_verdict(std::string_view wanted) {
  for (std::size_t i = 0; i < kVerdictCount; ++i) {
    if (name(static_cast<Verdict>(i)) == wanted) return static_cast<Verdict>(i);
  }
  return std::nullopt;
}

std::optional<Part> find_part(std::string_view wanted) {
  for (std::size_t i = 0; i < kPartCount; ++i) {
    if (name(static_cast<Part>(i)) == wanted) return static_cast<Part>(i);
  }
  return std::nullopt;
}

std::string_view status_name(std::uint16_t status) { return status < std::size(kStatuses) ? kStatuses[status] : kUnknown; }

std::optional<std::uint16_t> find_status(std::string_view name) {
  for (std::uint16_t status = 0; status < std::size(kStatuses); ++status) {
    if (kStatuses[status] == name) return status;
  }
  return std::nullopt;
}

}  // namespace gmc
