// SPDX-License-Identifier: Apache-2.0 OR MIT
// One operation of a program: a flat value of fixed size, so that programs are copied, stored in shared memory and mutated without
// ceremony.
#ifndef GMCHECK_HARNESS_PROGRAM_OP_H
#define GMCHECK_HARNESS_PROGRAM_OP_H

#include <gmcheck.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "harness/program/address.h"
#include "harness/program/stream.h"

namespace gmc {

enum class OpKind : std::uint8_t {
#define GMC_OP(name, text, operands, touches, weight, state) k##name,
#include "harness/program/ops.def"
};

enum class Touches : std::uint8_t { kReads, kWrites, kQueries, kDirty, kMap, kControl };

struct OpInfo {
  std::string_view name;      // the enumerator without its k
  std::string_view text;      // the keyword in a program
  std::string_view operands;  // in the order of the text
  Touches touches;
  std::uint32_t weight;
  bool runs;  // false: refused by this version
};

#define GMC_OP(name, text, operands, touches, weight, state) +1
inline constexpr std::size_t kOpKindCount = 0
#include "harness/program/ops.def"
    ;

[[nodiscard]] const OpInfo& info(OpKind kind);
[[nodiscard]] std::string_view keyword(OpKind kind);                 // the first word of its text
[[nodiscard]] std::optional<OpKind> find_op(std::string_view word);  // the inverse

// info(kind).touches, for where it is asked of every operation that runs.
[[nodiscard]] constexpr Touches touches(OpKind kind) {
  constexpr Touches kTouches[] = {
#define GMC_OP(name, text, operands, touches, weight, state) Touches::k##touches,
#include "harness/program/ops.def"
  };
  return kTouches[static_cast<std::size_t>(kind)];
}

// The words of OpInfo::operands. Each names the field of Op that holds it; kByte is `data`, of kind kByte, and kAs is `opens`, which may be
// 0.
enum class Operand : std::uint8_t {
  kSpace,
  kOther,
  kOpens,
  kAs,
  kAt,
  kAt2,
  kSize,
  kCount,
  kData,
  kExpected,
  kByte,
  kRights,
  kOn,
  kForm,
  kMode,
  kLayout,
  kOrder,
  kFailureOrder,
  kLane,
  kLaneKind,
  kFault,
  kStream,
  kUse,
  kRoom,
};

[[nodiscard]] std::span<const Operand> operands(OpKind kind);  // in the order of the text
[[nodiscard]] bool has_operand(OpKind kind, Operand operand);

// Atomic loads, stores and read-modify-writes.
[[nodiscard]] constexpr bool is_atomic(OpKind kind) { return kind >= OpKind::kAtomicLoad && kind <= OpKind::kFetchXor; }

// Transfers from a descriptor into memory, and from memory into one.
[[nodiscard]] constexpr bool takes_from_stream(OpKind kind) { return kind == OpKind::kReadFrom || kind == OpKind::kReadFromPartial; }
[[nodiscard]] constexpr bool has_stream(OpKind kind) {
  return takes_from_stream(kind) || kind == OpKind::kWriteTo || kind == OpKind::kWriteToPartial;
}

// The site of faults (GMC_FAULT_*) that the operation uses; GMC_FAULT_NONE where it has none.
[[nodiscard]] constexpr std::uint32_t fault_site(OpKind kind) {
  switch (kind) {
    case OpKind::kHarvest:
      return GMC_FAULT_HARVEST;
    case OpKind::kRead:
    case OpKind::kWrite:
    case OpKind::kLoad:
    case OpKind::kStore:
    case OpKind::kReadPartial:
    case OpKind::kWritePartial:
    case OpKind::kFill:
    case OpKind::kReadAtomics:
    case OpKind::kWriteAtomics:
      return GMC_FAULT_ACCESS;
    case OpKind::kAdd:
    case OpKind::kInsert:
    case OpKind::kRemove:
    case OpKind::kReplace:
    case OpKind::kProtect:
    case OpKind::kOpenSnapshot:
      return GMC_FAULT_CHANGE;
    default:
      return GMC_FAULT_NONE;
  }
}

// True for those that begin a scope. SubmitEnd ends the innermost one, of whichever kind.
[[nodiscard]] bool opens_scope(OpKind kind);

// True for the operations that a submit may hold: those that GmcCall can carry, but for transfers, whose descriptors are made one at a
// time.
[[nodiscard]] bool has_call_record(OpKind kind);

enum class PatternKind : std::uint8_t {
  kUnique,     // every byte depends on the program's seed, the operation's index and the byte's position: it names its writer
  kByte,       // one byte, repeated
  kSame,       // what the memory holds there (zeros where it holds nothing)
  kImmediate,  // up to 16 bytes, written out; repeated where the size is larger
};

struct Pattern {
  PatternKind kind = PatternKind::kUnique;
  std::uint8_t byte = 0;
  std::uint8_t immediate_size = 0;  // 1 .. 16 with kImmediate
  std::array<std::uint8_t, 16> immediate{};

  bool operator==(const Pattern&) const = default;
};

enum class HarvestForm : std::uint8_t { kDense, kSparse };
enum class HarvestMode : std::uint8_t { kRead = 1, kClear = 2, kBoth = 3 };  // the numbers of GMC_HARVEST_*

// The fields that count are those which `info(kind).operands` names; the others keep their initial values, and validation holds that.
struct Op {
  OpKind kind = OpKind::kRead;
  std::uint8_t lane = 0;   // slot; 0 is the null lane
  std::uint8_t space = 0;  // slot; 0 is the root
  std::uint8_t other = 0;  // slot of a second space
  std::uint8_t opens = 0;  // slot that an opening names, 1 .. kSlotsMax - 1; a map change opens one where it is asked to, else 0
  bool on = false;         // track
  HarvestForm form = HarvestForm::kDense;
  HarvestMode mode = HarvestMode::kBoth;
  std::uint8_t layout = 0;         // create, add, replace: index into Program::layouts
  std::uint8_t rights = 0;         // GMC_RIGHT_*
  std::uint8_t order = 0;          // GMC_ORDER_*
  std::uint8_t failure_order = 0;  // GMC_ORDER_*
  std::uint8_t lane_kind = 0;      // GMC_LANE_*
  std::uint8_t fault = 0;          // GMC_FAULT_*
  std::uint8_t use = 0;            // of a reference: 0 aligned, 1 atomic
  std::uint8_t fail_nth = 0;       // arm the operation's own fault for this one; 0: none
  Pattern data{};                  // what is written; of an operation with the operand `byte`: kind kByte and that byte
  Pattern expected{};              // of a compare-exchange; kSame is "current"
  Stream stream{};                 // of a transfer
  Address at{};
  Address at2{};
  std::uint64_t size = 0;   // bytes; the width of a typed access
  std::uint64_t count = 0;  // of a repeat or a fault; elements of an array
  std::uint64_t room = 0;   // elements of the buffer that is copied to or from an array

  bool operator==(const Op&) const = default;
};

// True for what goes to the memory of the program itself, which is not there any more after `destroy`.
[[nodiscard]] bool needs_memory(const Op& op);

// Copies between an array and a buffer.
[[nodiscard]] constexpr bool is_array(OpKind kind) { return kind == OpKind::kReadArray || kind == OpKind::kWriteArray; }
// Bytes that the operation speaks of, from its address on.
[[nodiscard]] constexpr std::uint64_t range_size(const Op& op) {
  if (!is_array(op.kind)) return op.size;
  return op.size != 0 && op.count > UINT64_MAX / op.size ? UINT64_MAX : op.size * op.count;
}
// Bytes of the buffer of an operation that brings one.
[[nodiscard]] constexpr std::uint64_t buffer_size(const Op& op) { return is_array(op.kind) ? op.size * op.room : op.size; }

inline constexpr std::uint64_t kPiecesMax = 256;  // of a list of slices: the room that is brought
inline constexpr std::uint32_t kSlotsMax = 16;
inline constexpr std::uint64_t kTypedSizeMax = 63;       // bytes; of a typed or atomic access, as SizeSet has it
inline constexpr std::uint64_t kTransferMax = 1u << 20;  // bytes; the longest buffer that an operation brings

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_OP_H
