// SPDX-License-Identifier: Apache-2.0 OR MIT
// Findings in words: what was expected, what came, each in one line.
#include <fmt/format.h>

#include <iterator>

#include "harness/base/counted.h"
#include "harness/reference/cell.h"
#include "harness/runner/executor.h"

namespace gmc {

namespace {

std::string statuses_text(StatusMask statuses) {
  std::string text;
  for (std::uint16_t status = 0; status < GMC_STATUS_COUNT; ++status) {
    if ((statuses >> status & 1) == 0) continue;
    text += fmt::format("{}{}", text.empty() ? "" : " or ", status_name(status));
  }
  return text;
}

}  // namespace

std::string Executor::expected_text(const Violation& v, const Op& op) const {
  switch (v.divergence.part) {
    case Part::kStatus: {
      if (expectation_.op != &op || expectation_.alternative_count == 0) return "ok";
      StatusMask statuses = 0;
      for (std::size_t i = 0; i < expectation_.alternative_count; ++i) statuses |= expectation_.alternatives[i].statuses;
      return statuses_text(statuses);
    }
    case Part::kCount:
      return fmt::format("count {}", v.expected);
    case Part::kAddress:
      return fmt::format("the failure at {:#x}", v.expected);
    case Part::kValue:
      return fmt::format("value {:#x}", v.expected);
    case Part::kBytes:
      return fmt::format("byte {} of the answer to be {:#04x}", v.at, v.expected);
    case Part::kBeyondBuffer:
      if (touches(op.kind) == Touches::kWrites) return "nothing written into its buffer, nor beside it";
      return fmt::format("nothing written beside the {} that the access moves", counted(buffer_size(op), "byte"));
    case Part::kMemory:
      return fmt::format("{:#04x} at {:#x}", v.expected, v.at);
    case Part::kHarness:
      return fmt::format("{:#04x} at position {:#x} of the harness's file", v.expected, v.at);
    case Part::kDirtyMissing:
      return fmt::format("granule {:#x} dirty", v.at);
    case Part::kDirtyExtra:
      return fmt::format("granule {:#x} clean", v.at);
    case Part::kRegions:
      return fmt::format("item {} of the list to be {:#x}", v.at, v.expected);
    case Part::kFacts: {
      static constexpr const char* kFacts[] = {"file_offset", "protection", "flags", "hugetlbfs"};
      // Of the last fact, behind these, `none` is always right.
      return v.at < std::size(kFacts) ? fmt::format("the fact {} = {}", kFacts[v.at], v.expected) : "the fact full_mapping = none";
    }
    case Part::kStreamCount:
      return fmt::format("{} {} the stream", counted(v.expected, "byte"), takes_from_stream(op.kind) ? "taken from" : "put into");
    case Part::kStreamBytes:
      return fmt::format("byte {} of the stream to be {:#04x}", v.at, v.expected);
    case Part::kProcess:
      return "an answer";
  }
  return {};
}

std::string Executor::got_text(const Violation& v, const Answer* answer) const {
  const std::string status =
      answer == nullptr ? std::string(status_name(v.divergence.got_status)) : std::string(status_name(answer->outcome.status));
  switch (v.divergence.part) {
    case Part::kStatus: {
      std::string text = status;
      if (answer == nullptr) return text;
      const GmcOutcome& outcome = answer->outcome;
      if ((outcome.flags & GMC_HAS_COUNT) != 0) text += fmt::format(" count={}", outcome.count);
      if ((outcome.flags & GMC_HAS_ADDRESS) != 0) text += fmt::format(" at {:#x}", outcome.address);
      return text;
    }
    case Part::kCount:
      return fmt::format("{} count {}", status, v.got);
    case Part::kAddress:
      return fmt::format("{} at {:#x}", status, v.got);
    case Part::kValue:
      return fmt::format("{} value {:#x}", status, v.got);
    case Part::kBytes:
      return fmt::format("{} with {:#04x}", status, v.got);
    case Part::kBeyondBuffer:
      return fmt::format("{} and {:#04x} beside it, at {}", status, v.got, v.at);
    case Part::kMemory:
      return v.divergence.got_status == GMC_OK ? fmt::format("{:#04x}", v.got) : fmt::format("a read answered {}", status);
    case Part::kHarness:
      return fmt::format("{:#04x}", v.got);
    case Part::kDirtyMissing:
      return "clean";
    case Part::kDirtyExtra:
      return "dirty";
    case Part::kRegions:
      return fmt::format("{:#x}", v.got);
    case Part::kFacts:
      if (v.at > 3) return v.got == UINT64_MAX ? "no such fact" : "another mapping";
      return v.got == UINT64_MAX ? "no such fact, or no number" : fmt::format("{}", v.got);
    case Part::kStreamCount:
      return v.got == UINT64_MAX ? fmt::format("{}, and the descriptor is closed", status) : fmt::format("{} and {}", status, v.got);
    case Part::kStreamBytes:
      return fmt::format("{} with {:#04x}", status, v.got);
    case Part::kProcess:
      return status;
  }
  return {};
}

Finding Executor::finding_of(const Violation& violation, const Op& op, std::uint32_t index, const Answer* answer) const {
  Finding finding{
      .verdict = Verdict::kViolation, .clause = violation.clause, .divergence = violation.divergence, .op = op.kind, .op_index = index};
  finding.expected = expected_text(violation, op);
  finding.got = got_text(violation, answer);
  finding.note = backend_.log().take();
  if (expectation_.op != nullptr) finding.cell = cell_of(expectation_);
  return finding;
}

}  // namespace gmc
