// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/edit.h"

#include <array>
#include <vector>

#include "harness/base/check.h"
#include "harness/base/random.h"
#include "harness/program/address_map.h"

namespace gmc {
namespace {

void copy_frame(const Program& program, Program& result) {
  GMC_CHECK(&program != &result);
  result.seed = program.seed;
  result.adopts = program.adopts;
  result.layouts = program.layouts;
  result.ops.clear();
}

// For every bracket of `program` that the removal of [first, last) takes away, or whose partner it takes away: true.
std::vector<bool> lost_brackets(const Program& program, std::uint32_t first, std::uint32_t last) {
  std::vector<bool> lost(program.ops.size(), false);
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = 0; i < program.ops.size(); ++i) {
    const OpKind kind = program.ops[i].kind;
    if (opens_scope(kind)) open.push_back(i);
    if (kind != OpKind::kSubmitEnd || open.empty()) continue;
    const std::uint32_t begin = open.back();
    open.pop_back();
    const bool is_lost = (begin >= first && begin < last) || (i >= first && i < last);
    lost[begin] = is_lost;
    lost[i] = is_lost;
  }
  return lost;
}

// Which slots for spaces are open, as the operations that are kept go by.
class OpenSlots {
 public:
  // Whether the operation can stay; if so, what it does to the slots is noted.
  bool admit(const Op& op) {
    if (!is_open(op.space) || !is_open(op.other)) return false;
    if (op.opens != 0) {
      if (op.opens >= kSlotsMax || open_[op.opens]) return false;
      open_[op.opens] = true;
    }
    if (op.kind == OpKind::kClose) open_[op.space] = false;
    if (op.kind == OpKind::kReset) open_.fill(false);
    return true;
  }

 private:
  [[nodiscard]] bool is_open(std::uint8_t slot) const { return slot == 0 || (slot < kSlotsMax && open_[slot]); }
  std::array<bool, kSlotsMax> open_{};
};

void push(std::vector<Op>& ops, const Op& op) {
  if (op.kind == OpKind::kSubmitEnd && !ops.empty() && opens_scope(ops.back().kind)) {
    ops.pop_back();
    return;
  }
  ops.push_back(op);
}

// How addresses of one layout read in another one that lacks the entry `gone`.
class Renaming {
 public:
  Renaming(const Layout& before, const Layout& after, std::uint32_t gone, bool keeps_bytes)
      : before_(before), after_(after), count_(static_cast<std::uint32_t>(before.regions.size())), gone_(gone), keeps_bytes_(keeps_bytes) {}

  void apply(Address& address) const {
    const bool names_entry = address.anchor == Anchor::kRegionStart || address.anchor == Anchor::kRegionEnd;
    if (names_entry && address.index % count_ != gone_) {
      const std::uint32_t index = address.index % count_;
      address.index = static_cast<std::uint8_t>(index > gone_ ? index - 1 : index);
      return;
    }
    const bool depends = names_entry || (keeps_bytes_ && (address.anchor == Anchor::kHole || address.anchor == Anchor::kLast));
    if (depends) address = after_.symbolic(before_.resolve(address));
  }

 private:
  AddressMap before_;
  AddressMap after_;
  std::uint32_t count_;
  std::uint32_t gone_;
  bool keeps_bytes_;
};

std::uint64_t word_of(const Pattern& pattern) {
  std::uint64_t word =
      mix(static_cast<std::uint64_t>(pattern.kind) | std::uint64_t{pattern.byte} << 8 | std::uint64_t{pattern.immediate_size} << 16);
  for (std::uint8_t i = 0; i < pattern.immediate_size && i < pattern.immediate.size(); ++i) word = mix(word ^ pattern.immediate[i]);
  return word;
}

std::uint64_t word_of(const Address& address) {
  return mix(static_cast<std::uint64_t>(address.delta)) ^ (static_cast<std::uint64_t>(address.anchor) | std::uint64_t{address.index} << 8);
}

std::uint64_t word_of(const Stream& stream) {
  return mix(static_cast<std::uint64_t>(stream.kind) | static_cast<std::uint64_t>(stream.end) << 8 |
             std::uint64_t{stream.interrupted} << 16 | std::uint64_t{stream.limit} << 32) ^
         stream.at_most;
}

}  // namespace

void without_ops(const Program& program, std::uint32_t first, std::uint32_t count, Program& result) {
  copy_frame(program, result);
  const std::uint32_t last = first + count;
  const std::vector<bool> lost = lost_brackets(program, first, last);
  OpenSlots slots;
  for (std::uint32_t i = 0; i < program.ops.size(); ++i) {
    const bool is_bracket = opens_scope(program.ops[i].kind) || program.ops[i].kind == OpKind::kSubmitEnd;
    if (is_bracket ? lost[i] : i >= first && i < last) continue;
    if (slots.admit(program.ops[i])) push(result.ops, program.ops[i]);
  }
}

void without_layout(const Program& program, std::uint32_t index, Program& result) {
  GMC_CHECK(index > 0 && index < program.layouts.size(), index, program.layouts.size());
  copy_frame(program, result);
  result.ops = program.ops;
  result.layouts.erase(result.layouts.begin() + index);
  for (Op& op : result.ops) {
    GMC_CHECK(op.layout != index, index);
    if (op.layout > index) --op.layout;
  }
}

void without_region(const Program& program, std::uint32_t layout, std::uint32_t region, bool keeps_bytes, Program& result) {
  GMC_CHECK(layout < program.layouts.size() && region < program.layouts[layout].regions.size(), layout, region);
  copy_frame(program, result);
  result.ops = program.ops;
  std::vector<Region>& regions = result.layouts[layout].regions;
  regions.erase(regions.begin() + region);
  if (layout != 0) return;
  const Renaming renaming(program.layouts[0], result.layouts[0], region, keeps_bytes);
  for (Op& op : result.ops) {
    if (has_operand(op.kind, Operand::kAt)) renaming.apply(op.at);
    if (has_operand(op.kind, Operand::kAt2)) renaming.apply(op.at2);
  }
}

std::uint64_t hash(const Program& program) {
  std::uint64_t sum = mix(program.seed) ^ (program.adopts ? 1 : 0);
  const auto add = [&sum](std::uint64_t word) { sum = mix(sum ^ word); };
  for (const Layout& layout : program.layouts) {
    add(layout.regions.size());
    for (const Region& region : layout.regions) {
      add(region.base);
      add(region.size);
      add(region.file_offset);
      add(static_cast<std::uint64_t>(region.backing) | std::uint64_t{region.file} << 8 | std::uint64_t{region.is_window} << 16 |
          std::uint64_t{region.is_read_only} << 17);
    }
  }
  for (const Op& op : program.ops) {
    add(static_cast<std::uint64_t>(op.kind) | std::uint64_t{op.lane} << 8 | std::uint64_t{op.space} << 16 | std::uint64_t{op.other} << 24 |
        std::uint64_t{op.opens} << 32 | std::uint64_t{op.on} << 40 | static_cast<std::uint64_t>(op.form) << 41 |
        static_cast<std::uint64_t>(op.mode) << 42 | std::uint64_t{op.layout} << 48 | std::uint64_t{op.rights} << 56);
    add(std::uint64_t{op.order} | std::uint64_t{op.failure_order} << 8 | std::uint64_t{op.lane_kind} << 16 | std::uint64_t{op.fault} << 24 |
        std::uint64_t{op.fail_nth} << 32);
    add(word_of(op.at) ^ mix(word_of(op.at2)));
    add(op.size);
    add(op.count);
    add(op.room ^ std::uint64_t{op.use} << 63);
    add(word_of(op.data) ^ mix(word_of(op.expected)));
    if (has_stream(op.kind)) add(word_of(op.stream));
  }
  return sum;
}

}  // namespace gmc
