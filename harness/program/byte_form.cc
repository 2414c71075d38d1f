// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/byte_form.h"

#include <fmt/format.h>
#include <gmcheck.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <type_traits>

#include "harness/base/check.h"
#include "harness/program/byte_record.h"
#include "harness/program/mend.h"
#include "harness/program/validator.h"

namespace gmc {

namespace {

constexpr unsigned kFormVersion = 1;

// What a record's first byte says, modulo kTags: an operation of that kind, or one of the two behind.
constexpr std::uint8_t kEntryTag = static_cast<std::uint8_t>(kOpKindCount);
constexpr std::uint8_t kLayoutTag = kEntryTag + 1;
constexpr std::uint8_t kTags = kLayoutTag + 1;
static_assert(kOpKindCount + 2 < 256);

// Bits of the header's first byte.
constexpr std::uint8_t kAdopts = 0x80;
constexpr std::uint8_t kIsEmpty = 0x40;  // the memory has no region, and gets none

constexpr std::uint64_t kDefaultBase = 0x1000, kDefaultSize = 0x4000;

// An enumeration through its number, written or read.
template <typename Record, typename Value>
void choose(Record& record, Value& value, std::uint8_t count) {
  auto number = static_cast<std::uint8_t>(value);
  record.choice(number, count);
  if constexpr (!std::is_const_v<Value>) value = static_cast<Value>(number);
}

template <typename Record, typename PatternRef>
void code_pattern(Record& record, PatternRef& pattern) {
  choose(record, pattern.kind, 4);
  if (pattern.kind == PatternKind::kByte) record.byte(pattern.byte);
  if (pattern.kind != PatternKind::kImmediate) return;
  auto last = static_cast<std::uint8_t>(pattern.immediate_size - 1);
  record.choice(last, static_cast<std::uint8_t>(pattern.immediate.size()));
  if constexpr (!std::is_const_v<PatternRef>) pattern.immediate_size = static_cast<std::uint8_t>(last + 1);
  for (std::size_t i = 0; i < pattern.immediate_size; ++i) record.byte(pattern.immediate[i]);
}

template <typename Record, typename AddressRef>
void code_address(Record& record, AddressRef& address) {
  choose(record, address.anchor, 6);
  if (address.anchor == Anchor::kRegionStart || address.anchor == Anchor::kRegionEnd || address.anchor == Anchor::kHole) {
    record.byte(address.index);
  }
  record.distance(address.delta);
}

template <typename Record, typename StreamRef>
void code_stream(Record& record, StreamRef& stream) {
  choose(record, stream.kind, 4);
  choose(record, stream.end, 3);
  record.rare(stream.interrupted);
  std::uint64_t limit = stream.limit, at_most = stream.at_most;
  record.number(limit);
  record.number(at_most);
  if constexpr (!std::is_const_v<StreamRef>) {
    if (stream.cannot_move()) stream = Stream{.kind = stream.kind};
    if (stream.cannot_move()) return;
    stream.limit = stream.end == StreamEnd::kNone ? 0 : static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, kStreamMax));
    stream.at_most = static_cast<std::uint32_t>(std::min<std::uint64_t>(at_most, kStreamMax));
  }
}

template <typename Record, typename OpRef>
void code_size(Record& record, OpRef& op) {
  if (op.kind == OpKind::kLoad || op.kind == OpKind::kStore || is_atomic(op.kind) || is_array(op.kind)) return record.width(op.size);
  record.number(op.size);
}

template <typename Record, typename OpRef>
void code_operand(Record& record, OpRef& op, Operand operand) {
  switch (operand) {
    case Operand::kSpace:
      return record.choice(op.space, kSlotsMax);
    case Operand::kOther:
      return record.choice(op.other, kSlotsMax);
    case Operand::kOpens:
    case Operand::kAs:
      return record.choice(op.opens, kSlotsMax);
    case Operand::kAt:
      return code_address(record, op.at);
    case Operand::kAt2:
      return code_address(record, op.at2);
    case Operand::kSize:
      return code_size(record, op);
    case Operand::kCount:
      return record.number(op.count);
    case Operand::kRoom:
      return record.number(op.room);
    case Operand::kData:
      return code_pattern(record, op.data);
    case Operand::kExpected:
      return code_pattern(record, op.expected);
    case Operand::kByte:
      if constexpr (!std::is_const_v<OpRef>) op.data.kind = PatternKind::kByte;
      return record.byte(op.data.byte);
    case Operand::kRights:
      return record.choice(op.rights, 4);
    case Operand::kOn:
      return choose(record, op.on, 2);
    case Operand::kForm:
      return choose(record, op.form, 2);
    case Operand::kMode:
      return choose(record, op.mode, 4);
    case Operand::kLayout:
      return record.choice(op.layout, kLayoutsMax);
    case Operand::kOrder:
      return record.open_choice(op.order, GMC_ORDER_SEQ_CST + 1);
    case Operand::kFailureOrder:
      return record.open_choice(op.failure_order, GMC_ORDER_SEQ_CST + 1);
    case Operand::kFault:
      return record.open_choice(op.fault, GMC_FAULT_COUNT);
    case Operand::kStream:
      return code_stream(record, op.stream);
    case Operand::kUse:
      return record.choice(op.use, 2);
    case Operand::kLane:
    case Operand::kLaneKind:
      return;  // of operations that no version runs yet
  }
}

template <typename Record, typename OpRef>
void code_op(Record& record, OpRef& op) {
  record.rare(op.fail_nth);
  for (const Operand operand : operands(op.kind)) code_operand(record, op, operand);
}

// `base` is coded as the distance from where the entry before ends, so that what lies in order takes small numbers.
template <typename Record, typename RegionRef>
void code_region(Record& record, RegionRef& region, std::uint64_t end_before) {
  std::uint8_t is_window = region.is_window, is_read_only = region.is_read_only;
  std::uint64_t gap = region.base - end_before, file_units = region.file_offset / kFileUnit;
  choose(record, region.backing, 3);
  record.rare(is_window);
  record.rare(is_read_only);
  record.extent(gap);
  record.extent(region.size);
  record.choice(region.file, kFilesMax);
  record.number(file_units);
  if constexpr (!std::is_const_v<RegionRef>) {
    region.base = end_before + gap;
    region.file_offset = file_units * kFileUnit;
    region.is_window = is_window != 0;
    region.is_read_only = is_read_only != 0 && !region.is_window;
    if (region.is_window) region.backing = Backing::kOwn;
    if (region.backing != Backing::kFile) region.file = 0, region.file_offset = 0;
  }
}

std::uint64_t end_of(const Layout& layout) { return layout.regions.empty() ? 0 : layout.regions.back().base + layout.regions.back().size; }

using Bytes = std::span<const std::uint8_t>;

// Record `number` behind the header; false behind the last byte. Those that are missing are zero.
bool get_record(Bytes bytes, std::size_t number, std::array<std::uint8_t, kByteRecordSize>& record) {
  const std::size_t at = kByteHeaderSize + number * kByteRecordSize;
  if (at >= bytes.size()) return false;
  const Bytes there = bytes.subspan(at, std::min(kByteRecordSize, bytes.size() - at));
  record.fill(0);
  std::ranges::copy(there, record.begin());
  return true;
}

void add_entry(Layout& layout, bool is_memory, RecordReader& record) {
  if (layout.regions.size() == kRegionsMax) return;
  Region region;
  code_region(record, region, end_of(layout));
  layout.regions.push_back(region);
  if (!Validator::holds(layout, is_memory)) layout.regions.pop_back();
}

void decode_layouts(Bytes bytes, Program& program) {
  // Storage of layouts that were there before is kept.
  std::size_t count = 1;
  const auto begin = [&](std::size_t index) {
    if (program.layouts.size() <= index) program.layouts.emplace_back();
    program.layouts[index].regions.clear();
  };
  begin(0);
  std::array<std::uint8_t, kByteRecordSize> bytes_of_record;
  for (std::size_t i = 0; get_record(bytes, i, bytes_of_record); ++i) {
    RecordReader record(bytes_of_record);
    std::uint8_t tag = 0;
    record.choice(tag, kTags);
    if (tag == kLayoutTag && count < kLayoutsMax) begin(count++);
    if (tag == kEntryTag && !(program.adopts && count == 1)) add_entry(program.layouts[count - 1], count == 1, record);
  }
  program.layouts.resize(count);
  const bool is_empty = !bytes.empty() && (bytes[0] & kIsEmpty) != 0;
  auto& memory = program.layouts.front().regions;
  if (memory.empty() && !is_empty && !program.adopts) memory.push_back({.base = kDefaultBase, .size = kDefaultSize});
}

void decode_ops(Bytes bytes, Program& program) {
  program.ops.clear();
  Mender mender(program);
  std::array<std::uint8_t, kByteRecordSize> bytes_of_record;
  for (std::size_t i = 0; get_record(bytes, i, bytes_of_record); ++i) {
    RecordReader record(bytes_of_record);
    std::uint8_t tag = 0;
    record.choice(tag, kTags);
    if (tag >= kOpKindCount) continue;
    Op op;
    op.kind = static_cast<OpKind>(tag);
    code_op(record, op);
    if (!mender.append(op)) break;
  }
  mender.finish();
}

// A record's bytes at the end of `bytes`, all zero but the tag.
RecordWriter append_record(std::vector<std::uint8_t>& bytes, std::uint8_t tag) {
  bytes.resize(bytes.size() + kByteRecordSize);
  RecordWriter record(std::span<std::uint8_t, kByteRecordSize>(bytes.end() - kByteRecordSize, kByteRecordSize));
  record.byte(tag);
  return record;
}

}  // namespace

void decode_bytes(std::span<const std::uint8_t> bytes, Program& program) {
  program.seed = 0;
  for (std::size_t i = 1; i < std::min(kByteHeaderSize, bytes.size()); ++i) program.seed |= std::uint64_t{bytes[i]} << (8 * (i - 1));
  program.adopts = !bytes.empty() && (bytes[0] & kAdopts) != 0;
  decode_layouts(bytes, program);
  decode_ops(bytes, program);
}

void encode_bytes(const Program& program, std::vector<std::uint8_t>& bytes) {
  GMC_CHECK(validate(program).has_value());
  bytes.assign(kByteHeaderSize, 0);
  if (program.adopts) bytes[0] |= kAdopts;
  if (!program.adopts && program.layouts.front().regions.empty()) bytes[0] |= kIsEmpty;
  for (std::size_t i = 1; i < kByteHeaderSize; ++i) bytes[i] = static_cast<std::uint8_t>(program.seed >> (8 * (i - 1)));
  for (std::size_t i = 0; i < program.layouts.size(); ++i) {
    if (i > 0) append_record(bytes, kLayoutTag);
    std::uint64_t end = 0;
    for (const Region& region : program.layouts[i].regions) {
      RecordWriter record = append_record(bytes, kEntryTag);
      code_region(record, region, end);
      end = region.base + region.size;
    }
  }
  for (const Op& op : program.ops) {
    RecordWriter record = append_record(bytes, static_cast<std::uint8_t>(op.kind));
    code_op(record, op);
  }
}

const std::string& byte_form_name() {
  static const std::string name = [] {
    // FNV-1a over what the numbers in the bytes stand for.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (std::size_t kind = 0; kind < kOpKindCount; ++kind) {
      const OpInfo& row = info(static_cast<OpKind>(kind));
      for (const char c : fmt::format("{}={};", row.name, row.operands)) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    return fmt::format("gmp-bytes-{}-{:016x}", kFormVersion, hash);
  }();
  return name;
}

}  // namespace gmc
