// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/op.h"

#include <utility>

namespace gmc {
namespace {

constexpr bool Runs = true;
constexpr bool Later = false;

constexpr OpInfo kOps[] = {
#define GMC_OP(name, text, operands, touches, weight, state) {#name, text, operands, Touches::k##touches, weight, state},
#include "harness/program/ops.def"
};

constexpr std::pair<std::string_view, Operand> kOperandWords[] = {
    {"space", Operand::kSpace},
    {"other", Operand::kOther},
    {"opens", Operand::kOpens},
    {"as", Operand::kAs},
    {"at", Operand::kAt},
    {"at2", Operand::kAt2},
    {"size", Operand::kSize},
    {"count", Operand::kCount},
    {"data", Operand::kData},
    {"expected", Operand::kExpected},
    {"byte", Operand::kByte},
    {"rights", Operand::kRights},
    {"on", Operand::kOn},
    {"form", Operand::kForm},
    {"mode", Operand::kMode},
    {"layout", Operand::kLayout},
    {"order", Operand::kOrder},
    {"lane", Operand::kLane},
    {"failure_order", Operand::kFailureOrder},
    {"fault", Operand::kFault},
    {"lane_kind", Operand::kLaneKind},
    {"stream", Operand::kStream},
    {"use", Operand::kUse},
    {"room", Operand::kRoom},
};

struct OperandList {
  std::array<Operand, 7> items{};
  std::size_t size = 0;
  std::uint32_t mask = 0;
};

// A word that is not an operand leaves the function without a value, and the compiler names the place.
consteval Operand operand_of(std::string_view word) {
  for (const auto& [text, operand] : kOperandWords) {
    if (text == word) return operand;
  }
  std::unreachable();
}

consteval OperandList split(std::string_view words) {
  OperandList list;
  while (!words.empty()) {
    const std::size_t end = words.find(' ');
    const Operand operand = operand_of(words.substr(0, end));
    list.items[list.size++] = operand;
    list.mask |= 1u << static_cast<unsigned>(operand);
    words = end == std::string_view::npos ? std::string_view{} : words.substr(end + 1);
  }
  return list;
}

constexpr OperandList kOperands[] = {
#define GMC_OP(name, text, operands, touches, weight, state) split(operands),
#include "harness/program/ops.def"
};

}  // namespace

const OpInfo& info(OpKind kind) { return kOps[static_cast<std::size_t>(kind)]; }

std::string_view keyword(OpKind kind) {
  const std::string_view text = info(kind).text;
  return text.substr(0, text.find(' '));
}

std::optional<OpKind> find_op(std::string_view word) {
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    if (keyword(static_cast<OpKind>(i)) == word) return static_cast<OpKind>(i);
  }
  return std::nullopt;
}

std::span<const Operand> operands(OpKind kind) {
  const OperandList& list = kOperands[static_cast<std::size_t>(kind)];
  return {list.items.data(), list.size};
}

bool has_operand(OpKind kind, Operand operand) {
  return ((kOperands[static_cast<std::size_t>(kind)].mask >> static_cast<unsigned>(operand)) & 1u) != 0;
}

bool needs_memory(const Op& op) {
  return info(op.kind).touches == Touches::kMap || (has_operand(op.kind, Operand::kSpace) && op.space == 0);
}

bool opens_scope(OpKind kind) { return kind == OpKind::kSubmitBegin || kind == OpKind::kExclusiveBegin || kind == OpKind::kRepeatBegin; }

bool has_call_record(OpKind kind) {
  switch (info(kind).touches) {
    case Touches::kReads:
    case Touches::kWrites:
      return !has_stream(kind);
    case Touches::kQueries:
      return kind != OpKind::kRegions && kind != OpKind::kFacts;
    case Touches::kDirty:
    case Touches::kMap:
    case Touches::kControl:
      break;
  }
  return false;
}

}  // namespace gmc
