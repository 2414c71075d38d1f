// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/dictionary.h"

#include <fmt/format.h>
#include <gmcheck.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string_view>
#include <utility>

#include "harness/program/byte_form.h"
#include "harness/program/byte_record.h"
#include "harness/program/profile.h"
#include "harness/program/switch_codec.h"
#include "harness/program/text.h"

namespace gmc {

namespace {

constexpr std::uint64_t kEdges[] = {0,        1,          4095,       4096,      0xffff,     0x10000,           INT32_MAX,
                                    1u << 31, UINT32_MAX, 1ull << 32, INT64_MAX, 1ull << 63, UINT64_MAX - 4095, UINT64_MAX};

const Layout& two_regions() {
  static const Layout layout{{{.base = 0x1000, .size = 0x2000}, {.base = 0x3000, .size = 0x1000}}};
  return layout;
}

std::string in_letters(std::string_view text) {
  std::string name;
  for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

Program with_layouts(std::vector<Layout> layouts) {
  Program program;
  program.layouts = std::move(layouts);
  return program;
}

// An operation that can run, with operands near an edge.
Op plain_op(OpKind kind) {
  Op op{.kind = kind};
  for (const Operand operand : operands(kind)) {
    switch (operand) {
      case Operand::kOpens:
        op.opens = kind == OpKind::kOpenMemory ? 2 : 1;
        break;
      case Operand::kAt:
        op.at = {.anchor = Anchor::kRegionEnd, .index = 0, .delta = -4};
        break;
      case Operand::kAt2:
        op.at2 = {.anchor = Anchor::kRegionStart, .index = 1, .delta = 0};
        break;
      case Operand::kSize:
        op.size = 8;
        break;
      case Operand::kCount:
      case Operand::kRoom:
        op.count = op.room = 2;
        break;
      case Operand::kRights:
        op.rights = GMC_RIGHT_READ;
        break;
      case Operand::kLayout:
        op.layout = 1;
        break;
      case Operand::kFault:
        op.fault = GMC_FAULT_ACCESS;
        break;
      case Operand::kByte:
        op.data = {.kind = PatternKind::kByte, .byte = 0xff};
        break;
      default:
        break;
    }
  }
  if (!has_operand(kind, Operand::kRoom)) op.room = 0;
  if (!has_operand(kind, Operand::kCount)) op.count = 0;
  return op;
}

// The records of a program, without the header.
std::vector<std::string> records_of(const Program& program) {
  std::vector<std::uint8_t> bytes;
  encode_bytes(program, bytes);
  std::vector<std::string> records;
  for (std::size_t at = kByteHeaderSize; at < bytes.size(); at += kByteRecordSize) {
    records.emplace_back(reinterpret_cast<const char*>(bytes.data()) + at, kByteRecordSize);
  }
  return records;
}

// What a field writes at the beginning of a record.
template <typename Write>
std::string coded(std::size_t size, Write write) {
  std::array<std::uint8_t, kByteRecordSize> record{};
  RecordWriter writer(record);
  write(writer);
  return {reinterpret_cast<const char*>(record.data()), size};
}

struct Entry {
  std::string_view name;
  Region region;
};
constexpr std::uint64_t kEntryBase = 0x1000, kEntrySize = 0x2000;
std::vector<Entry> entries() {
  return {{"own", {.base = kEntryBase, .size = kEntrySize}},
          {"file", {.base = kEntryBase, .size = kEntrySize, .backing = Backing::kFile, .file = 1, .file_offset = kFileUnit}},
          {"host", {.base = kEntryBase, .size = kEntrySize, .backing = Backing::kHost}},
          {"window", {.base = kEntryBase, .size = kEntrySize, .is_window = true}},
          {"read_only", {.base = kEntryBase, .size = kEntrySize, .is_read_only = true}}};
}

// The operations that differ from the plain one in one word of a closed set.
std::vector<Op> variations(const Op& plain) {
  std::vector<Op> all{plain};
  const auto vary = [&](Operand operand, std::uint8_t first, std::uint8_t last, auto set) {
    if (!has_operand(plain.kind, operand)) return;
    for (std::uint8_t value = first; value <= last; ++value) {
      Op op = plain;
      set(op, value);
      if (std::ranges::find(all, op) == all.end()) all.push_back(op);
    }
  };
  vary(Operand::kOrder, 0, GMC_ORDER_SEQ_CST, [](Op& op, std::uint8_t value) { op.order = value; });
  vary(Operand::kRights, 0, 3, [](Op& op, std::uint8_t value) { op.rights = value; });
  vary(Operand::kOn, 0, 1, [](Op& op, std::uint8_t value) { op.on = value != 0; });
  vary(Operand::kForm, 0, 1, [](Op& op, std::uint8_t value) { op.form = static_cast<HarvestForm>(value); });
  vary(Operand::kMode, 1, 3, [](Op& op, std::uint8_t value) { op.mode = static_cast<HarvestMode>(value); });
  vary(Operand::kFault, 0, GMC_FAULT_COUNT - 1, [](Op& op, std::uint8_t value) { op.fault = value; });
  vary(Operand::kUse, 0, 1, [](Op& op, std::uint8_t value) { op.use = value; });
  vary(Operand::kStream, 0, 3, [](Op& op, std::uint8_t value) { op.stream.kind = static_cast<StreamKind>(value); });
  vary(Operand::kData, 0, 3, [](Op& op, std::uint8_t value) {
    op.data = {.kind = static_cast<PatternKind>(value)};
    if (op.data.kind == PatternKind::kImmediate) op.data.immediate_size = 2;
  });
  return all;
}

std::vector<Address> edges() {
  std::vector<Address> all;
  for (const Anchor anchor : {Anchor::kRegionStart, Anchor::kRegionEnd, Anchor::kHole, Anchor::kLast, Anchor::kTop}) {
    for (const std::int64_t delta : {-1, 0, 1, -8, 4096}) all.push_back({.anchor = anchor, .index = 0, .delta = delta});
  }
  for (const std::uint64_t number : kEdges) {
    all.push_back({.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(number)});
  }
  return all;
}

// The inside of a layout that has this one entry, as the text form prints it.
std::string entry_line(const Region& region) {
  const std::string text = print(with_layouts({Layout{{region}}}));
  const std::size_t begin = text.find("{\n") + 2;
  const std::string line = text.substr(begin, text.find('\n', begin) + 1 - begin);
  return line.substr(line.find_first_not_of(' '));
}

}  // namespace

std::optional<Program> example_of(OpKind kind) {
  if (!info(kind).runs) return std::nullopt;
  Program program = with_layouts({two_regions(), Layout{{{.base = 0x8000, .size = 0x1000}}}});
  Op op = plain_op(kind);
  const bool takes_region = kind == OpKind::kFdsOverlap || kind == OpKind::kInsert || kind == OpKind::kOpenMemory || kind == OpKind::kClose;
  if (takes_region) {
    program.ops.push_back(plain_op(OpKind::kOpenRegion));
    if (kind == OpKind::kFdsOverlap || kind == OpKind::kClose) op.space = 1;
    if (kind != OpKind::kClose) op.other = 1;
  }
  if (kind == OpKind::kSubmitEnd) program.ops.push_back({.kind = OpKind::kSubmitBegin});
  program.ops.push_back(op);
  if (kind == OpKind::kSubmitBegin) program.ops.push_back({.kind = OpKind::kSubmitEnd});
  return program;
}

std::vector<DictionaryWord> dictionary_of_bytes() {
  std::vector<DictionaryWord> words;
  for (std::size_t kind = 0; kind < kOpKindCount; ++kind) {
    const auto example = example_of(static_cast<OpKind>(kind));
    if (!example) continue;
    const auto records = records_of(*example);
    const std::size_t behind = static_cast<OpKind>(kind) == OpKind::kSubmitBegin ? 1 : 0;
    words.push_back({fmt::format("op_{}", info(static_cast<OpKind>(kind)).name), records[records.size() - 1 - behind]});
  }
  for (const Entry& entry : entries()) {
    words.push_back({fmt::format("entry_{}", entry.name), records_of(with_layouts({Layout{{entry.region}}})).front()});
  }
  words.push_back({"layout", records_of(with_layouts({two_regions(), Layout{}})).back()});
  for (const std::uint64_t number : kEdges) {
    words.push_back({fmt::format("number_{:x}", number), coded(9, [&](RecordWriter& record) { record.number(number); })});
    words.push_back({fmt::format("extent_{:x}", number), coded(9, [&](RecordWriter& record) { record.extent(number); })});
  }
  return words;
}

std::vector<DictionaryWord> dictionary_of_text() {
  std::vector<DictionaryWord> words = {{"version", "gmp 1\n"},     {"seed", "seed 0xffffffffffffffff\n"},
                                       {"memory", "memory {\n"},   {"adopt", "memory adopt\n"},
                                       {"layout", "layout 1 {\n"}, {"end", "}\n"},
                                       {"comment", "# x\n"},       {"outcome", " -> ok count=8\n"}};
  for (const Entry& entry : entries()) words.push_back({fmt::format("entry_{}", entry.name), entry_line(entry.region)});
  for (std::size_t kind = 0; kind < kOpKindCount; ++kind) {
    const auto example = example_of(static_cast<OpKind>(kind));
    if (!example) continue;
    const Op plain = *std::ranges::find(example->ops, static_cast<OpKind>(kind), &Op::kind);
    std::size_t number = 0;
    for (const Op& op : variations(plain)) {
      const std::string suffix = number == 0 ? "" : fmt::format("_{}", number);
      ++number;
      words.push_back({fmt::format("op_{}{}", info(op.kind).name, suffix), print_op(op) + "\n"});
    }
  }
  std::size_t number = 0;
  for (const Address& address : edges()) words.push_back({fmt::format("at_{}", number++), print_address(address)});
  return words;
}

std::vector<DictionaryWord> dictionary_of_profiles() {
  std::vector<DictionaryWord> words;
  const auto add = [&](std::string_view name, std::string_view value) {
    words.push_back({in_letters(fmt::format("{}_{}", name, value)), fmt::format("{} = {}\n", name, value)});
  };
  const Switches initial;
  for (const SwitchCodec& codec : switch_codecs()) {
    const std::string now = codec.print(initial);
    if (std::ranges::find(codec.values, now) == codec.values.end()) add(codec.name, now);
    for (const std::string_view value : codec.values) add(codec.name, value);
    if (now == "yes" || now == "no") add(codec.name, now == "yes" ? "no" : "yes");
  }
  return words;
}

std::string print_dictionary(const std::vector<DictionaryWord>& words) {
  std::string text;
  for (const DictionaryWord& word : words) {
    text += word.name + "=\"";
    for (const char c : word.bytes) {
      const auto byte = static_cast<unsigned char>(c);
      const bool is_plain = std::isprint(byte) != 0 && c != '"' && c != '\\';
      text += is_plain ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
    }
    text += "\"\n";
  }
  return text;
}

}  // namespace gmc
