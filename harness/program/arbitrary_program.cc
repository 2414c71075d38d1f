// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/arbitrary_program.h"

#include <gmcheck.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace gmc {
namespace {

// The draws below happen inside of rc::gen::exec.
template <typename T>
T below(T bound) {
  return *rc::gen::inRange<T>(0, bound);
}
bool one_in(int n) { return below(n) == 0; }

// Small numbers, powers of two and their neighbours, and now and then anything.
std::uint64_t draw_number() {
  if (one_in(8)) return *rc::gen::arbitrary<std::uint64_t>();
  const std::uint64_t power = std::uint64_t{1} << below(64);
  return one_in(2) ? below<std::uint64_t>(300) : power + below<std::uint64_t>(3) - 1;
}

Address draw_address() {
  Address address;
  address.anchor = static_cast<Anchor>(below(6));
  const bool has_index = address.anchor == Anchor::kRegionStart || address.anchor == Anchor::kRegionEnd || address.anchor == Anchor::kHole;
  if (has_index) address.index = one_in(4) ? *rc::gen::arbitrary<std::uint8_t>() : static_cast<std::uint8_t>(below(4));
  address.delta = static_cast<std::int64_t>(draw_number());
  if (one_in(2)) address.delta = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(address.delta));
  return address;
}

Pattern draw_pattern() {
  Pattern pattern;
  pattern.kind = static_cast<PatternKind>(below(4));
  if (pattern.kind == PatternKind::kByte) pattern.byte = *rc::gen::arbitrary<std::uint8_t>();
  if (pattern.kind == PatternKind::kImmediate) {
    pattern.immediate_size = static_cast<std::uint8_t>(1 + below(16));
    for (std::size_t i = 0; i < pattern.immediate_size; ++i) pattern.immediate[i] = *rc::gen::arbitrary<std::uint8_t>();
  }
  return pattern;
}

void draw_backing(Region& region) {
  region.backing = static_cast<Backing>(below(3));
  region.is_read_only = one_in(4);
  if (region.backing != Backing::kOwn) region.size %= 0x100000;
  if (region.backing != Backing::kFile) return;
  region.file = static_cast<std::uint8_t>(below<unsigned>(kFilesMax));
  region.file_offset = below<std::uint64_t>(0x100) * kFileUnit;
}

// Ascending and disjoint, sometimes adjacent, sometimes up to the last address.
Layout draw_legal_layout() {
  Layout layout;
  const bool is_high = one_in(2);
  std::uint64_t next = is_high ? UINT64_MAX - 0x40000 : 0;
  for (std::uint32_t i = below<std::uint32_t>(5); i > 0; --i) {
    Region region;
    region.base = next + (one_in(2) ? 0 : 1 + below<std::uint64_t>(0x4000));
    region.size = below<std::uint64_t>(0x8000);
    region.is_window = one_in(6);
    if (!region.is_window) draw_backing(region);
    const bool is_last = is_high && one_in(4);
    if (is_last) region.size = 0 - region.base;
    next = region.base + region.size;
    layout.regions.push_back(region);
    if (is_last) break;
  }
  return layout;
}

Layout draw_layout() {
  Layout layout;
  for (std::uint32_t i = below<std::uint32_t>(5); i > 0; --i) {
    Region region;
    region.base = draw_number();
    region.size = draw_number();
    region.is_window = one_in(6);
    if (!region.is_window) draw_backing(region);
    layout.regions.push_back(region);
  }
  return layout;
}

Stream draw_stream() {
  Stream stream{.kind = static_cast<StreamKind>(below(4))};
  if (stream.cannot_move()) return stream;
  stream.end = static_cast<StreamEnd>(below(3));
  if (stream.end != StreamEnd::kNone) stream.limit = below(kStreamMax + 1);
  if (one_in(2)) stream.at_most = below(kStreamMax + 1);
  if (one_in(2)) stream.interrupted = *rc::gen::arbitrary<std::uint8_t>();
  return stream;
}

// Sets what the operands name to anything that has a text.
void draw_operand(Operand operand, Op& op) {
  const auto byte = [] { return *rc::gen::arbitrary<std::uint8_t>(); };
  const auto slot = [](int first) { return static_cast<std::uint8_t>(first + below(static_cast<int>(kSlotsMax) - first)); };
  switch (operand) {
    case Operand::kSpace:
      op.space = slot(0);
      break;
    case Operand::kOther:
      op.other = slot(0);
      break;
    case Operand::kOpens:
      op.opens = slot(1);
      break;
    case Operand::kAs:
      op.opens = one_in(2) ? slot(1) : std::uint8_t{0};
      break;
    case Operand::kAt:
      op.at = draw_address();
      break;
    case Operand::kAt2:
      op.at2 = draw_address();
      break;
    case Operand::kSize:
      op.size = draw_number();
      break;
    case Operand::kCount:
      op.count = draw_number();
      break;
    case Operand::kData:
      op.data = draw_pattern();
      break;
    case Operand::kExpected:
      op.expected = draw_pattern();
      break;
    case Operand::kByte:
      op.data.kind = PatternKind::kByte;
      op.data.byte = byte();
      break;
    case Operand::kRights:
      op.rights = static_cast<std::uint8_t>(below(4));
      break;
    case Operand::kOn:
      op.on = one_in(2);
      break;
    case Operand::kForm:
      op.form = static_cast<HarvestForm>(below(2));
      break;
    case Operand::kMode:
      op.mode = static_cast<HarvestMode>(1 + below(3));
      break;
    case Operand::kLayout:
      op.layout = byte();
      break;
    case Operand::kOrder:
      op.order = byte();
      break;
    case Operand::kFailureOrder:
      op.failure_order = byte();
      break;
    case Operand::kLane:
      op.lane = slot(1);
      break;
    case Operand::kLaneKind:
      op.lane_kind = static_cast<std::uint8_t>(below(3));
      break;
    case Operand::kFault:
      op.fault = byte();
      break;
    case Operand::kStream:
      op.stream = draw_stream();
      break;
    case Operand::kUse:
      op.use = static_cast<std::uint8_t>(below(2));
      break;
    case Operand::kRoom:
      op.room = draw_number();
      break;
  }
}

Op draw_op(OpKind kind) {
  Op op;
  op.kind = kind;
  for (const Operand operand : operands(kind)) draw_operand(operand, op);
  return op;
}

// Draws operations that run, and keeps what they need: slots, the open submit, the room for its buffers.
class ValidOps {
 public:
  explicit ValidOps(Program& program) : program_(program) {}

  void draw(std::uint32_t count) {
    while (program_.ops.size() < count) add(draw_op(draw_kind()));
    if (in_submit_) add(Op{.kind = OpKind::kSubmitEnd});
    if (one_in(8)) program_.ops.push_back(Op{.kind = OpKind::kDestroy});
  }

 private:
  OpKind draw_kind() {
    while (true) {
      const auto kind = static_cast<OpKind>(below<std::size_t>(kOpKindCount));
      if (!info(kind).runs || kind == OpKind::kDestroy) continue;
      if (in_submit_ ? !has_call_record(kind) && kind != OpKind::kSubmitEnd : kind == OpKind::kSubmitEnd) continue;
      if ((kind == OpKind::kCreate || kind == OpKind::kReplace) && program_.layouts.size() < 2) continue;
      if (kind == OpKind::kAdd && addable().empty()) continue;
      if (has_operand(kind, Operand::kOpens) && open_.size() + 1 == kSlotsMax) continue;
      if ((kind == OpKind::kClose || kind == OpKind::kFdsOverlap || kind == OpKind::kInsert || kind == OpKind::kOpenMemory) &&
          open_.empty())
        continue;
      return kind;
    }
  }

  // The layouts of one region.
  [[nodiscard]] std::vector<std::uint8_t> addable() const {
    std::vector<std::uint8_t> layouts;
    for (std::size_t i = 1; i < program_.layouts.size(); ++i) {
      const auto& entries = program_.layouts[i].regions;
      if (entries.size() == 1 && !entries.front().is_window) layouts.push_back(static_cast<std::uint8_t>(i));
    }
    return layouts;
  }
  std::uint8_t draw_open() { return open_[below(open_.size())]; }

  void add(Op op) {
    if (has_operand(op.kind, Operand::kSpace)) op.space = open_.empty() || one_in(2) ? 0 : draw_open();
    if (op.kind == OpKind::kLoad || op.kind == OpKind::kStore || is_atomic(op.kind)) op.size %= kTypedSizeMax + 1;
    if (is_array(op.kind)) {
      op.size = 1 + op.size % kTypedSizeMax;
      op.room %= 100;
    } else if (brings_buffer(op.kind)) {
      op.size %= has_stream(op.kind) ? kStreamMax + 1 : kTransferMax / kScopeMax;
    }
    if (op.kind == OpKind::kCreate || op.kind == OpKind::kReplace) {
      op.layout = static_cast<std::uint8_t>(1 + below(program_.layouts.size() - 1));
    }
    if (op.kind == OpKind::kAdd) op.layout = addable()[below(addable().size())];
    if (op.kind == OpKind::kInsert || op.kind == OpKind::kOpenMemory) op.other = draw_open();
    if (op.kind == OpKind::kCopy) op.other = open_.empty() || one_in(2) ? std::uint8_t{0} : draw_open();
    if (has_operand(op.kind, Operand::kRights))
      op.rights = static_cast<std::uint8_t>(op.kind == OpKind::kProtect ? op.rights % 4 : 1 + op.rights % 3);
    if (op.kind == OpKind::kFdsOverlap) op.space = draw_open(), op.other = draw_open();
    if (op.kind == OpKind::kRegions || op.kind == OpKind::kOpenRegion || op.kind == OpKind::kOpenSnapshot || op.kind == OpKind::kArm)
      op.space = 0;
    if (op.kind == OpKind::kArm) op.count = op.fault == GMC_FAULT_NONE ? 0 : std::max<std::uint64_t>(op.count, 1);
    if (fault_site(op.kind) != GMC_FAULT_NONE && !in_submit_ && one_in(8)) op.fail_nth = static_cast<std::uint8_t>(1 + below(255));
    if (has_operand(op.kind, Operand::kAs) && open_.size() + 1 == kSlotsMax) op.opens = 0;
    if (op.opens != 0) open(op);
    if (op.kind == OpKind::kClose) std::erase(open_, op.space = draw_open());
    if (op.kind == OpKind::kReset) open_.clear();
    if (op.kind == OpKind::kSubmitBegin) in_submit_ = true, in_scope_ = 0;
    if (op.kind == OpKind::kSubmitEnd) in_submit_ = false;
    if (in_submit_ && ++in_scope_ > kScopeMax) return add(Op{.kind = OpKind::kSubmitEnd});
    program_.ops.push_back(op);
  }

  void open(Op& op) {
    while (std::ranges::find(open_, op.opens) != open_.end()) op.opens = static_cast<std::uint8_t>(1 + op.opens % (kSlotsMax - 1));
    open_.push_back(op.opens);
  }

  // So many buffers of the size above are what a submit may bring.
  static constexpr int kScopeMax = 64;
  static bool brings_buffer(OpKind kind) {
    const bool is_access = info(kind).touches == Touches::kReads || info(kind).touches == Touches::kWrites;
    return is_access && kind != OpKind::kFill && has_operand(kind, Operand::kSize);
  }

  Program& program_;
  std::vector<std::uint8_t> open_;
  bool in_submit_ = false;
  int in_scope_ = 0;
};

Program draw_frame() {
  Program program;
  program.seed = *rc::gen::arbitrary<std::uint64_t>();
  program.adopts = one_in(8);
  program.layouts.push_back(program.adopts ? Layout{} : draw_legal_layout());
  for (std::uint32_t i = below<std::uint32_t>(3); i > 0; --i) program.layouts.push_back(draw_layout());
  return program;
}

}  // namespace

rc::Gen<Program> arbitrary_program() {
  return rc::gen::exec([] {
    Program program = draw_frame();
    ValidOps(program).draw(below<std::uint32_t>(40));
    return program;
  });
}

rc::Gen<Program> arbitrary_text_program() {
  return rc::gen::exec([] {
    Program program = draw_frame();
    int open_scopes = 0;
    for (std::uint32_t i = below<std::uint32_t>(40); i > 0; --i) {
      const auto kind = static_cast<OpKind>(below<std::size_t>(kOpKindCount));
      const bool ends = kind == OpKind::kSubmitEnd;
      if (ends && open_scopes == 0) continue;
      open_scopes += opens_scope(kind) ? 1 : ends ? -1 : 0;
      Op op = draw_op(kind);
      if (!ends && !has_operand(kind, Operand::kLane) && one_in(4)) op.lane = static_cast<std::uint8_t>(1 + below(15));
      if (!opens_scope(kind) && one_in(8)) op.fail_nth = static_cast<std::uint8_t>(1 + below(255));
      program.ops.push_back(op);
    }
    for (; open_scopes > 0; --open_scopes) program.ops.push_back(Op{.kind = OpKind::kSubmitEnd});
    return program;
  });
}

rc::Gen<Layout> arbitrary_layout() {
  return rc::gen::exec([] { return one_in(2) ? draw_legal_layout() : draw_layout(); });
}

rc::Gen<Address> arbitrary_address() {
  return rc::gen::exec([] { return draw_address(); });
}

}  // namespace gmc
