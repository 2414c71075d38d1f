// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the contract allows as the answer to one operation, and what came back.
#ifndef GMCHECK_HARNESS_REFERENCE_EXPECTATION_H
#define GMCHECK_HARNESS_REFERENCE_EXPECTATION_H

#include <gmcheck.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "harness/program/clause.h"
#include "harness/program/op.h"
#include "harness/program/verdict.h"
#include "harness/reference/memory_map.h"

namespace gmc {

// What is said to a call that a space does not have, although other spaces of the backend do.
inline constexpr StatusMask kNotOffered = status_bit(GMC_UNSUPPORTED) | status_bit(GMC_INVALID_ARGUMENT);
[[nodiscard]] constexpr bool is_change(OpKind kind) {
  return kind == OpKind::kAdd || kind == OpKind::kInsert || kind == OpKind::kRemove || kind == OpKind::kReplace;
}
[[nodiscard]] inline bool is_access(OpKind kind) { return touches(kind) == Touches::kReads || touches(kind) == Touches::kWrites; }

// What an access that moves nothing answers to the reason that stops it; 0 where none does.
[[nodiscard]] constexpr StatusMask status_of(Stop stop) {
  switch (stop) {
    case Stop::kNone:
      return 0;
    case Stop::kDenied:
      return status_bit(GMC_DENIED);
    case Stop::kFault:
      return status_bit(GMC_FAULT);
    default:
      return status_bit(GMC_OUT_OF_RANGE);
  }
}
// What is said where a fault comes that was armed (GM-INV-005).
inline constexpr StatusMask kFaulted = status_bit(GMC_FAULT) | status_bit(GMC_NO_MEMORY);
// What is said to a descriptor that can be neither read nor written.
inline constexpr StatusMask kWrongKind = kNotOffered | status_bit(GMC_IO);

// Whether an outcome carries a count, and which.
enum class CountRule : std::uint8_t {
  kFree,      // not looked at
  kIfGiven,   // when it is there it is this one
  kRequired,  // it is there and it is this one
};

// One allowed way to answer. The parts belong together: *short* implies the prefix and its count.
struct Alternative {
  StatusMask statuses = 0;
  std::uint64_t moved = 0;  // bytes from the start of the range that are transferred
  bool is_open = false;     // each of those may be transferred or not: a fault interrupted
  CountRule count_rule = CountRule::kFree;
  std::uint64_t count = 0;
  bool has_value = false;
  std::uint64_t value = 0;
  bool has_failed_at = false;  // when the outcome names an address it is this one (GM-RW-016)
  std::uint64_t failed_at = 0;
  bool is_armed = false;       // a fault that is armed has come
  bool names_no_byte = false;  // the first byte that failed would lie beyond 2^64-1: the outcome names no address (GM-RW-016)
};

// What the operation would do to memory.
enum class Effect : std::uint8_t { kNone, kReads, kWrites };

// Which clause demands which part of the answer.
struct Demands {
  Clause status = Clause::kINV2;
  Clause count = Clause::kINV2;
  Clause value = Clause::kINV2;
  Clause bytes = Clause::kINV2;           // what a read brings
  Clause unmoved = Clause::kRW9;          // the buffer beyond what was transferred
  Clause effect = Clause::kINV2;          // bytes that the operation writes
  Clause beyond = Clause::kRW2;           // every other byte of memory
  Clause dirty = Clause::kDIRTY2;         // granules that it writes
  Clause beyond_dirty = Clause::kDIRTY5;  // every other granule
};

// Filled anew for each operation; its vectors keep their storage.
struct Expectation {
  static constexpr std::size_t kAlternativesMax = 7;
  static constexpr std::size_t kDecidesMax = 8;

  const Op* op = nullptr;
  std::uint64_t address = 0;       // as passed to the backend
  std::uint64_t gpa = 0;           // the byte of the root that it names
  const MemoryMap* map = nullptr;  // the map that the operation's space shows: the walk's regions are its regions
  GmcSpaceKind space_kind = GMC_SPACE_ROOT;
  ByteRange written_behind{};  // of a mark: what was written in front of it past the backend, by the memory's own addresses
  std::uint8_t slot = 0;       // of the space that these are of: the operation's own, but of a copy the target
  // Of a copy, where the bytes come from.
  struct Source {
    std::uint64_t address = 0;
    std::uint64_t gpa = 0;
    const MemoryMap* map = nullptr;
    Walk walk;
  } source;
  bool returns_old = false;  // the value of an ok is what stood there before, as of exchanges and fetch operations
  Effect effect = Effect::kNone;
  bool may_meet_fault = false;   // one is armed for the site that it uses
  bool is_before_fault = false;  // and cannot come yet
  Walk walk;
  Demands demands;
  std::uint64_t granules_requested = 0;  // bytes from gpa in which over-approximation may mark

  std::array<Alternative, kAlternativesMax> alternatives;
  std::size_t alternative_count = 0;
  std::array<Clause, kDecidesMax> decides;  // beside the demands: decided where the operation agrees
  std::size_t decide_count = 0;

  // Of a transfer that has somewhere to begin: settle() makes the alternatives of what has been seen of the stream. It begins with these.
  bool is_streaming = false;
  Demands unsettled;
  std::size_t decided_unsettled = 0;
  bool marks_target = false;  // a system call failed: all of the target may be marked (GM-DIRTY-018)
  // More or fewer bytes went than any answer allows.
  struct StreamFault {
    Clause clause;
    std::uint64_t expected = 0;  // bytes
  };
  std::optional<StreamFault> stream_fault;

  void clear(const Op& new_op) {
    op = &new_op;
    written_behind.size = 0;
    is_streaming = false;
    marks_target = false;
    stream_fault.reset();
    slot = new_op.space;
    source.address = source.gpa = 0;
    source.map = nullptr;
    source.walk.spans.clear();
    source.walk.reached = 0;
    source.walk.stop = Stop::kNone;
    effect = Effect::kNone;
    may_meet_fault = is_before_fault = false;
    returns_old = false;
    demands = Demands{};
    granules_requested = 0;
    alternative_count = 0;
    decide_count = 0;
    walk.spans.clear();
    walk.reached = 0;
    walk.stop = Stop::kNone;
  }
  Alternative& allow(StatusMask statuses) {
    Alternative& added = alternatives[alternative_count++];
    added = Alternative{.statuses = statuses};
    return added;
  }
  [[nodiscard]] bool has_to_succeed() const { return alternative_count == 1 && alternatives[0].statuses == status_bit(GMC_OK); }
  void decide(Clause clause) {
    if (decide_count < kDecidesMax) decides[decide_count++] = clause;
  }
};

inline constexpr std::uint64_t kMappingLook = 256;  // bytes of each region, at most

// What a transfer was seen to do to its descriptor.
struct StreamSeen {
  std::uint64_t moved = 0;                  // bytes that left a source, or arrived in a sink
  std::uint64_t moved_before_going_on = 0;  // bytes, before the first system call after a short one
  bool was_short = false;                   // a system call moved less than it asked for, and something
  bool went_on = false;                     // another one came after that
  bool was_interrupted = false;
};

// What the backend answered.
struct Answer {
  GmcOutcome outcome{};
  // Of a read: the buffer afterwards; of a write: what was passed. Of a transfer what its source held, or what arrived in its sink.
  std::span<const std::uint8_t> bytes;
  std::span<const std::uint8_t> expected;  // of a compare-exchange: what was passed
  std::span<const std::uint8_t> found;     // and what it found, where that does not fit in the outcome's value
  std::uint8_t poison = 0;                 // what a read's buffer held before
  std::span<const GmcRegionInfo> regions;  // of `regions`
  std::span<const std::uint64_t> dense;    // of a dense harvest: the words that were brought, all of them
  std::span<const GmcDirtyWord> sparse;    // of a sparse harvest, likewise
  std::string_view facts;                  // of `facts`: the text
  std::span<const GmcPiece> pieces;        // of a list of slices: the room that was brought, all of it
  // Of `host_address` and references, what stands behind the pointer; of `facts` with a full mapping, the first kMappingLook bytes of each
  // region, one behind the other.
  std::span<const std::uint8_t> pointed;
  StreamSeen stream;  // of a transfer

  // For the next operation. The outcome stays: whoever performs the operation writes all of it.
  void clear() {
    bytes = {};
    expected = {};
    found = {};
    poison = 0;
    regions = {};
    dense = {};
    sparse = {};
    facts = {};
    pieces = {};
    pointed = {};
    stream = {};
  }
};

// A part that no alternative allows. Texts are made when they are asked for, so that agreeing costs nothing.
struct Violation {
  Clause clause;
  Divergence divergence;
  std::uint64_t at = 0;        // which byte, granule or item
  std::uint64_t expected = 0;  // its value
  std::uint64_t got = 0;
};

struct Judgement {
  std::size_t alternative = 0;  // the one that matched
  std::optional<Violation> violation;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_EXPECTATION_H
