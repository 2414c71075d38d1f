// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/validator.h"

#include <fmt/format.h>
#include <gmcheck.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace gmc {
namespace {

using Cause = std::optional<std::string>;

// The operation with everything but what its operands name at the initial values.
Op without_unused(const Op& op) {
  Op used;
  used.kind = op.kind;
  used.lane = op.lane;
  used.fail_nth = op.fail_nth;
  for (const Operand operand : operands(op.kind)) {
    switch (operand) {
      case Operand::kSpace:
        used.space = op.space;
        break;
      case Operand::kOther:
        used.other = op.other;
        break;
      case Operand::kOpens:
      case Operand::kAs:
        used.opens = op.opens;
        break;
      case Operand::kAt:
        used.at = op.at;
        break;
      case Operand::kAt2:
        used.at2 = op.at2;
        break;
      case Operand::kSize:
        used.size = op.size;
        break;
      case Operand::kCount:
        used.count = op.count;
        break;
      case Operand::kData:
        used.data = op.data;
        break;
      case Operand::kExpected:
        used.expected = op.expected;
        break;
      case Operand::kByte:
        used.data = Pattern{.kind = PatternKind::kByte, .byte = op.data.byte, .immediate_size = 0, .immediate = {}};
        break;
      case Operand::kRights:
        used.rights = op.rights;
        break;
      case Operand::kOn:
        used.on = op.on;
        break;
      case Operand::kForm:
        used.form = op.form;
        break;
      case Operand::kMode:
        used.mode = op.mode;
        break;
      case Operand::kLayout:
        used.layout = op.layout;
        break;
      case Operand::kOrder:
        used.order = op.order;
        break;
      case Operand::kFailureOrder:
        used.failure_order = op.failure_order;
        break;
      case Operand::kLane:
        break;
      case Operand::kLaneKind:
        used.lane_kind = op.lane_kind;
        break;
      case Operand::kFault:
        used.fault = op.fault;
        break;
      case Operand::kStream:
        used.stream = op.stream;
        break;
      case Operand::kUse:
        used.use = op.use;
        break;
      case Operand::kRoom:
        used.room = op.room;
        break;
    }
  }
  return used;
}

Cause check_pattern(const Pattern& pattern) {
  Pattern used{.kind = pattern.kind, .byte = 0, .immediate_size = 0, .immediate = {}};
  switch (pattern.kind) {
    case PatternKind::kUnique:
    case PatternKind::kSame:
      break;
    case PatternKind::kByte:
      used.byte = pattern.byte;
      break;
    case PatternKind::kImmediate:
      if (pattern.immediate_size == 0 || pattern.immediate_size > pattern.immediate.size()) {
        return fmt::format("an immediate has 1 to {} bytes, not {}", pattern.immediate.size(), pattern.immediate_size);
      }
      used.immediate_size = pattern.immediate_size;
      std::copy_n(pattern.immediate.begin(), pattern.immediate_size, used.immediate.begin());
      break;
    default:
      return "a pattern of an unknown kind";
  }
  if (used != pattern) return "a field that its pattern does not use is set";
  return std::nullopt;
}

// A region across a window's edge: what that would mean for the hole beside it nobody says.
Cause check_windows(const Layout& layout) {
  const auto holds = [](const Region& range, std::uint64_t gpa) { return gpa >= range.base && gpa - range.base < range.size; };
  for (std::size_t w = 0; w < layout.regions.size(); ++w) {
    const Region& window = layout.regions[w];
    if (!window.is_window || window.size == 0) continue;
    for (std::size_t r = 0; r < layout.regions.size(); ++r) {
      const Region& region = layout.regions[r];
      if (region.is_window || region.size == 0) continue;
      const bool first = holds(window, region.base);
      const bool last = holds(window, region.base + (region.size - 1));
      const bool is_around = !first && !last && holds(region, window.base);
      if (first != last || is_around)
        return fmt::format("entries {} and {}: a region across a window's edge", std::min(r, w), std::max(r, w));
    }
  }
  return std::nullopt;
}

Cause check_address(const Address& address) {
  switch (address.anchor) {
    case Anchor::kRegionStart:
    case Anchor::kRegionEnd:
    case Anchor::kHole:
      return std::nullopt;
    case Anchor::kAbsolute:
    case Anchor::kTop:
    case Anchor::kLast:
      if (address.index == 0) return std::nullopt;
      return "an index with an anchor that has none";
  }
  return "an address with an unknown anchor";
}

Cause check_stream(const Stream& stream) {
  if (stream.kind > StreamKind::kDirectory) return "an unknown kind of stream";
  if (stream.end > StreamEnd::kFails) return "an unknown end of a stream";
  if (stream.limit > kStreamMax || stream.at_most > kStreamMax)
    return fmt::format("{} bytes of a stream; at most {} are allowed", std::max(stream.limit, stream.at_most), kStreamMax);
  if (stream.end == StreamEnd::kNone && stream.limit != 0) return "a stream without an end has a limit";
  if (stream.cannot_move() && stream != Stream{.kind = stream.kind})
    return "a directory can be neither read nor written: it has no 'ends', 'fails', 'at_most' or 'eintr'";
  return std::nullopt;
}

// The operations that bring a buffer of `size` bytes.
bool brings_buffer(const Op& op) {
  return has_operand(op.kind, Operand::kData) || op.kind == OpKind::kRead || op.kind == OpKind::kReadPartial ||
         op.kind == OpKind::kReadAtomics || op.kind == OpKind::kLoad || op.kind == OpKind::kDump || op.kind == OpKind::kReadArray;
}

bool is_root_only(OpKind kind) {
  return kind == OpKind::kOpenRegion || kind == OpKind::kOpenSnapshot || kind == OpKind::kRegions || kind == OpKind::kArm;
}

}  // namespace

std::optional<Invalidity> Validator::run() {
  using Where = Invalidity::Where;
  if (program_.layouts.empty()) return Invalidity{Where::kProgram, 0, "it has no memory: layouts[0] is missing"};
  // Of what is too much, the first that is: a text has a place for it.
  if (program_.layouts.size() > kLayoutsMax) {
    return Invalidity{Where::kLayout, kLayoutsMax,
                      fmt::format("one of {} layouts; at most {} are allowed", program_.layouts.size(), kLayoutsMax)};
  }
  if (program_.ops.size() > kOpsMax) {
    return Invalidity{Where::kOp, kOpsMax, fmt::format("one of {} operations; at most {} are allowed", program_.ops.size(), kOpsMax)};
  }
  for (std::uint32_t i = 0; i < program_.layouts.size(); ++i) {
    if (auto cause = check_layout(program_.layouts[i], i == 0)) return Invalidity{Where::kLayout, i, *std::move(cause)};
  }
  for (std::uint32_t i = 0; i < program_.ops.size(); ++i) {
    if (program_.ops[i].kind == OpKind::kSubmitBegin && !state_.in_submit) state_.submit_begin = i;
    if (auto cause = check_op(program_.ops[i])) return Invalidity{Where::kOp, i, *std::move(cause)};
  }
  if (state_.in_submit) return Invalidity{Where::kOp, state_.submit_begin, "the scope 'submit {' is not closed"};
  return std::nullopt;
}

bool Validator::admit(const Op& op) {
  const State before = state_;
  if (!check_op(op)) return true;
  state_ = before;
  return false;
}

Cause Validator::check_layout(const Layout& layout, bool is_memory) const {
  if (is_memory && program_.adopts && !layout.regions.empty()) return "an adopted memory has no entries of its own";
  return check_entries(layout, is_memory);
}

Cause Validator::check_entries(const Layout& layout, bool is_memory) {
  if (layout.regions.size() > kRegionsMax) {
    return fmt::format("{} entries; at most {} are allowed", layout.regions.size(), kRegionsMax);
  }
  for (std::size_t i = 0; i < layout.regions.size(); ++i) {
    if (auto cause = check_region(layout.regions[i])) return fmt::format("entry {}: {}", i, *cause);
  }
  return is_memory ? check_legal(layout) : std::nullopt;
}

Cause Validator::check_region(const Region& region) {
  if (region.backing > Backing::kHost) return "an unknown backing";
  if (region.is_window && (region.backing != Backing::kOwn || region.is_read_only)) return "a window has neither backing nor rights";
  if (region.backing != Backing::kFile) {
    if (region.file != 0 || region.file_offset != 0) return "a file with a backing that is none";
    if (region.backing == Backing::kHost && region.size > kBackingMax) {
      return fmt::format("host memory of more than {} bytes", kBackingMax);
    }
    return std::nullopt;
  }
  if (region.file >= kFilesMax) return fmt::format("file f{}; the files are f0 to f{}", region.file, kFilesMax - 1);
  if (region.file_offset % kFileUnit != 0) return fmt::format("offset {} in a file is not a multiple of {}", region.file_offset, kFileUnit);
  if (region.file_offset > kBackingMax || region.size > kBackingMax - region.file_offset) {
    return fmt::format("it ends beyond byte {} of its file", kBackingMax);
  }
  return std::nullopt;
}

// What no backend may accept (GM-REG-001, -005) cannot be the memory that a program runs on; `create` is there to check its rejection.
Cause Validator::check_legal(const Layout& layout) {
  for (const bool windows : {false, true}) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < layout.regions.size(); ++i) {
      const Region& region = layout.regions[i];
      if (region.size > 0 && region.size - 1 > UINT64_MAX - region.base) return fmt::format("entry {}: it ends beyond 2^64", i);
      if (region.is_window == windows && region.size > 0) order.push_back(i);
    }
    std::ranges::sort(order, {}, [&](std::size_t i) { return layout.regions[i].base; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      const Region& below = layout.regions[order[i - 1]];
      const Region& above = layout.regions[order[i]];
      if (above.base - below.base < below.size) {
        return fmt::format("entries {} and {} overlap", std::min(order[i - 1], order[i]), std::max(order[i - 1], order[i]));
      }
    }
  }
  return check_windows(layout);
}

Cause Validator::check_op(const Op& op) {
  if (static_cast<std::size_t>(op.kind) >= kOpKindCount) return "an operation of an unknown kind";
  const OpInfo& row = info(op.kind);
  if (!row.runs) return fmt::format("'{}' is not run by this version", row.text.substr(0, row.text.find(' ')));
  if (op.fail_nth != 0 && fault_site(op.kind) == GMC_FAULT_NONE) return fmt::format("'{}' has no fault of its own", row.text);
  if (op.fail_nth != 0 && state_.in_submit) return "'fail' inside of 'submit'";
  if (op.lane != 0) return fmt::format("lane l{} is not open", op.lane);
  if (auto cause = check_fields(op)) return cause;
  if (auto cause = check_scope(op)) return cause;
  return follow_slots(op);
}

Cause Validator::check_fields(const Op& op) const {
  for (const Operand operand : operands(op.kind)) {
    if (auto cause = check_operand(op, operand)) return cause;
  }
  if (without_unused(op) != op) return fmt::format("a field that '{}' does not use is set", info(op.kind).text);
  return std::nullopt;
}

Cause Validator::check_operand(const Op& op, Operand operand) const {
  constexpr std::uint8_t kRightsMax = GMC_RIGHT_READ | GMC_RIGHT_WRITE;
  switch (operand) {
    case Operand::kAt:
      return check_address(op.at);
    case Operand::kAt2:
      return check_address(op.at2);
    case Operand::kData:
      return check_pattern(op.data);
    case Operand::kExpected:
      return check_pattern(op.expected);
    case Operand::kSize:
      return check_size(op);
    case Operand::kOpens:
      if (op.opens == 0 || op.opens >= kSlotsMax) return fmt::format("slot s{}; the slots are s1 to s{}", op.opens, kSlotsMax - 1);
      break;
    case Operand::kAs:
      if (op.opens >= kSlotsMax) return fmt::format("slot s{}; the slots are s1 to s{}", op.opens, kSlotsMax - 1);
      break;
    case Operand::kRights:
      if (op.rights > kRightsMax || (op.rights == 0 && op.kind != OpKind::kProtect))
        return fmt::format("rights {}; they are r, w or rw", op.rights);
      break;
    case Operand::kForm:
      if (op.form > HarvestForm::kSparse) return "an unknown form of harvest";
      break;
    case Operand::kMode:
      if (op.mode < HarvestMode::kRead || op.mode > HarvestMode::kBoth) return "an unknown mode of harvest";
      break;
    case Operand::kLayout:
      if (op.layout == 0) return "layout 0 is the memory's; the others can be created";
      if (op.layout >= program_.layouts.size()) return fmt::format("there is no layout {}", op.layout);
      if (const auto& entries = program_.layouts[op.layout].regions; op.kind == OpKind::kAdd) {
        if (entries.size() != 1 || entries.front().is_window)
          return fmt::format("'add' takes a layout of one region, not layout {}", op.layout);
      }
      break;
    case Operand::kStream:
      return check_stream(op.stream);
    case Operand::kUse:
      if (op.use > 1) return "an unknown use of a reference";
      break;
    case Operand::kRoom:
      // Before its size is asked for, which is checked.
      if (op.room > kTransferMax) return fmt::format("a buffer of {} elements; at most {} are allowed", op.room, kTransferMax);
      break;
    case Operand::kCount:
      if (op.kind != OpKind::kArm) break;
      if ((op.fault == GMC_FAULT_NONE) != (op.count == 0))
        return op.count == 0 ? "the first use is number 1" : "nothing is armed by 'none'";
      break;
    case Operand::kSpace:
    case Operand::kOther:
    case Operand::kByte:
    case Operand::kOn:
    case Operand::kOrder:
    case Operand::kFailureOrder:
    case Operand::kLane:
    case Operand::kLaneKind:
    case Operand::kFault:
      break;
  }
  return std::nullopt;
}

Cause Validator::check_size(const Op& op) const {
  if ((op.kind == OpKind::kLoad || op.kind == OpKind::kStore) && op.size > kTypedSizeMax) {
    return fmt::format("a typed access of {} bytes; at most {} are allowed", op.size, kTypedSizeMax);
  }
  if (is_atomic(op.kind) && op.size > kTypedSizeMax) {
    return fmt::format("an atomic access of {} bytes; at most {} are allowed", op.size, kTypedSizeMax);
  }
  if (has_stream(op.kind) && op.size > kStreamMax) {
    return fmt::format("a transfer of {} bytes from or to a stream; at most {} are allowed", op.size, kStreamMax);
  }
  if (is_array(op.kind) && (op.size == 0 || op.size > kTypedSizeMax)) {
    return fmt::format("elements of {} bytes; they have 1 to {}", op.size, kTypedSizeMax);
  }
  if (brings_buffer(op) && (op.room > kTransferMax || buffer_size(op) > kTransferMax)) {
    return fmt::format("a transfer of {} bytes; at most {} are allowed", buffer_size(op), kTransferMax);
  }
  return std::nullopt;
}

Cause Validator::check_scope(const Op& op) {
  if (op.kind == OpKind::kSubmitBegin) {
    if (state_.in_submit) return "'submit' inside of 'submit'";
    state_.in_submit = true;
    state_.submit_bytes = 0;
    return std::nullopt;
  }
  if (op.kind == OpKind::kSubmitEnd) {
    if (!state_.in_submit) return "'}' without a scope";
    state_.in_submit = false;
    return std::nullopt;
  }
  if (!state_.in_submit) return std::nullopt;
  if (has_stream(op.kind)) return fmt::format("'{}' inside of 'submit': streams are made one at a time", info(op.kind).text);
  if (!has_call_record(op.kind)) return fmt::format("'{}' inside of 'submit', which holds accesses and queries only", info(op.kind).text);
  // All buffers of a submit live at once.
  if (brings_buffer(op)) state_.submit_bytes += buffer_size(op);
  if (op.kind == OpKind::kSlices) state_.submit_bytes += kPiecesMax * sizeof(GmcPiece);
  if (state_.submit_bytes > kTransferMax) return fmt::format("the buffers of a submit have more than {} bytes together", kTransferMax);
  return std::nullopt;
}

Cause Validator::follow_slots(const Op& op) {
  const auto used = [&](std::uint8_t slot) -> Cause {
    if (slot == 0) return std::nullopt;
    if (slot >= kSlotsMax) return fmt::format("slot s{}; the slots are s1 to s{}", slot, kSlotsMax - 1);
    switch (state_.slots[slot]) {
      case Slot::kOpen:
        return std::nullopt;
      case Slot::kNeverOpened:
        return fmt::format("s{} is not open", slot);
      case Slot::kClosed:
        return fmt::format("s{} is closed already", slot);
      case Slot::kClosedByReset:
        return fmt::format("s{} is closed by the reset before", slot);
      case Slot::kClosedByDestroy:
        return fmt::format("s{} is closed by the destroy before", slot);
    }
    return std::nullopt;
  };
  if (state_.is_destroyed && needs_memory(op)) return "m is destroyed";
  if (auto cause = used(op.space)) return cause;
  if (auto cause = used(op.other)) return cause;
  if (is_root_only(op.kind) && op.space != 0) return fmt::format("'{}' takes the root, not s{}", info(op.kind).text, op.space);
  if (op.opens != 0) {
    if (state_.slots[op.opens] == Slot::kOpen) return fmt::format("s{} is open already", op.opens);
    state_.slots[op.opens] = Slot::kOpen;
    state_.is_beside[op.opens] = op.kind == OpKind::kOpenMemory || state_.is_beside[op.space];
  }
  if (op.kind == OpKind::kFdsOverlap && (op.space == 0 || op.other == 0)) return "'fds_overlap' takes two region spaces, not the root";
  if ((op.kind == OpKind::kInsert || op.kind == OpKind::kOpenMemory) && op.other == 0) {
    return fmt::format("'{}' takes a region space, not the root", info(op.kind).text);
  }
  if (op.kind == OpKind::kClose) {
    if (op.space == 0) return "the root is not closed";
    state_.slots[op.space] = Slot::kClosed;
  }
  // Every space but the root is closed before a reset; whoever runs the program does it.
  if (op.kind == OpKind::kReset) {
    for (Slot& slot : state_.slots) slot = slot == Slot::kOpen ? Slot::kClosedByReset : slot;
  }
  // Likewise before the memory goes, but for what other memories show.
  if (op.kind == OpKind::kDestroy) {
    state_.is_destroyed = true;
    for (std::size_t i = 1; i < kSlotsMax; ++i) {
      if (state_.slots[i] == Slot::kOpen && !state_.is_beside[i]) state_.slots[i] = Slot::kClosedByDestroy;
    }
  }
  return std::nullopt;
}

}  // namespace gmc
