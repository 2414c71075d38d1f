// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/operand_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

#include "harness/program/number_text.h"
#include "harness/program/suggestion.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

constexpr std::uint64_t kByteMax = std::numeric_limits<std::uint8_t>::max();

constexpr std::string_view kOnOff[] = {"off", "on"};
constexpr std::string_view kForms[] = {"dense", "sparse"};
constexpr std::string_view kModes[] = {"read", "clear", "both"};  // from HarvestMode::kRead on
constexpr std::string_view kRights[] = {"none", "r", "w", "rw"};
constexpr std::string_view kOrders[] = {"relaxed", "acquire", "release", "acq_rel", "seq_cst"};
constexpr std::string_view kUses[] = {"aligned", "atomic"};
constexpr std::string_view kFaults[] = {"none", "harvest", "access", "change"};
constexpr std::string_view kLaneKinds[] = {"thread", "vcpu", "device"};
constexpr std::string_view kStreamKinds[] = {"file", "pipe", "socket", "directory"};

// ---- Words of a closed set, whose position is the value.

template <std::size_t kCount>
TextResult<std::uint8_t> parse_choice(WordCursor& words, const std::string_view (&choices)[kCount]) {
  const auto found = std::ranges::find(choices, words.peek());
  if (found == std::end(choices)) return words.expected(fmt::format("one of {}", fmt::join(choices, ", ")));
  words.take();
  return static_cast<std::uint8_t>(found - std::begin(choices));
}

template <std::size_t kCount>
std::string print_choice(std::size_t value, const std::string_view (&choices)[kCount]) {
  return value < kCount ? std::string(choices[value]) : print_number(value);
}

// An order can be any other number as well: that of no ordering there is.
TextResult<std::uint8_t> parse_order(WordCursor& words) {
  if (const auto number = parse_number(words.peek()); number && *number >= std::size(kOrders) && *number <= kByteMax) {
    words.take();
    return static_cast<std::uint8_t>(*number);
  }
  const auto found = std::ranges::find(kOrders, words.peek());
  if (found == std::end(kOrders)) {
    return words.expected(fmt::format("an order ({}, or a number from {} to {})", fmt::join(kOrders, ", "), std::size(kOrders), kByteMax));
  }
  words.take();
  return static_cast<std::uint8_t>(found - std::begin(kOrders));
}

// A fault can be any other number as well: that of no site there is.
TextResult<std::uint8_t> parse_fault(WordCursor& words) {
  if (const auto number = parse_number(words.peek()); number && *number >= std::size(kFaults) && *number <= kByteMax) {
    words.take();
    return static_cast<std::uint8_t>(*number);
  }
  const auto found = std::ranges::find(kFaults, words.peek());
  if (found == std::end(kFaults)) {
    return words.expected(fmt::format("a fault ({}, or a number from {} to {})", fmt::join(kFaults, ", "), std::size(kFaults), kByteMax));
  }
  words.take();
  return static_cast<std::uint8_t>(found - std::begin(kFaults));
}

// ---- Slots.

TextResult<std::uint8_t> parse_space_slot(WordCursor& words, const Names& names, bool root_allowed) {
  const std::string_view word = words.peek();
  if (root_allowed && word == "m") {
    words.take();
    return std::uint8_t{0};
  }
  auto slot = parse_indexed(word, 's', 1, kSlotsMax - 1);
  if (!slot) slot = names.find(Names::Noun::kSpace, word);
  if (!slot) {
    return words.expected(
        fmt::format("{}s1 to s{} or the name of one)", root_allowed ? "a space (m, " : "a slot for a space (", kSlotsMax - 1));
  }
  words.take();
  return *slot;
}

std::string print_space(std::uint8_t slot, const Names& names) {
  if (slot == 0) return "m";
  const std::string_view name = names.of(Names::Noun::kSpace, slot);
  return name.empty() ? fmt::format("s{}", slot) : std::string(name);
}

// ---- Addresses: an anchor and, without blanks, a signed distance.

constexpr std::string_view kAddressForms = "an address (0x1000, r0.start, r0.end, h0, last or top, and +N or -N)";

std::optional<Address> parse_anchor(std::string_view text, const Names& names) {
  if (text == "top") return Address{.anchor = Anchor::kTop, .index = 0, .delta = 0};
  if (text == "last") return Address{.anchor = Anchor::kLast, .index = 0, .delta = 0};
  if (const auto hole = parse_indexed(text, 'h', 0, UINT8_MAX)) return Address{.anchor = Anchor::kHole, .index = *hole, .delta = 0};
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view region = text.substr(0, dot);
  const std::string_view edge = text.substr(dot + 1);
  auto index = parse_indexed(region, 'r', 0, UINT8_MAX);
  if (!index) index = names.find(Names::Noun::kRegion, region);
  if (!index || (edge != "start" && edge != "end")) return std::nullopt;
  return Address{.anchor = edge == "start" ? Anchor::kRegionStart : Anchor::kRegionEnd, .index = *index, .delta = 0};
}

TextResult<Address> parse_address(WordCursor& words, const Names& names) {
  const std::string_view word = words.peek();
  if (const auto absolute = parse_number(word)) {
    words.take();
    return Address{.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(*absolute)};
  }
  const std::size_t sign = word.find_first_of("+-");
  auto address = parse_anchor(word.substr(0, sign), names);
  if (!address) return words.expected(kAddressForms);
  if (sign != std::string_view::npos) {
    const bool is_negative = word[sign] == '-';
    const auto distance = parse_number(word.substr(sign + 1));
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    if (!distance || *distance > kMax + (is_negative ? 1 : 0)) {
      return words.expected(fmt::format("a distance of at most 2^63 after '{}'", word.substr(0, sign + 1)));
    }
    address->delta = static_cast<std::int64_t>(is_negative ? 0 - *distance : *distance);
  }
  words.take();
  return *address;
}

// ---- Patterns.

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

TextResult<std::uint8_t> parse_byte(WordCursor& words) {
  const auto number = parse_number_word(words, "a byte (0 to 0xff)", kByteMax);
  if (!number) return std::unexpected(number.error());
  return static_cast<std::uint8_t>(*number);
}

TextResult<Pattern> parse_immediate(WordCursor& words) {
  Pattern pattern{.kind = PatternKind::kImmediate, .byte = 0, .immediate_size = 0, .immediate = {}};
  const std::string_view digits = words.peek();
  bool is_well_formed = !digits.empty() && digits.size() % 2 == 0 && digits.size() <= 2 * pattern.immediate.size();
  for (std::size_t i = 0; is_well_formed && i < digits.size(); ++i) {
    const auto digit = hex_digit(digits[i]);
    is_well_formed = digit.has_value();
    std::uint8_t& byte = pattern.immediate[i / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | digit.value_or(0));
  }
  if (!is_well_formed) return words.expected("1 to 16 bytes of two hexadecimal digits each");
  pattern.immediate_size = static_cast<std::uint8_t>(digits.size() / 2);
  words.take();
  return pattern;
}

// `same` is what the memory holds, which for the expected value of a compare-exchange is called `current`.
TextResult<Pattern> parse_pattern(WordCursor& words, std::string_view same) {
  if (words.take_if("unique")) return Pattern{};
  if (words.take_if(same)) return Pattern{.kind = PatternKind::kSame, .byte = 0, .immediate_size = 0, .immediate = {}};
  if (words.take_if("imm")) return parse_immediate(words);
  if (!words.take_if("byte")) return words.expected(fmt::format("data (unique, byte B, {} or imm HEX)", same));
  const auto byte = parse_byte(words);
  if (!byte) return std::unexpected(byte.error());
  return Pattern{.kind = PatternKind::kByte, .byte = *byte, .immediate_size = 0, .immediate = {}};
}

std::string print_pattern(const Pattern& pattern, std::string_view same) {
  switch (pattern.kind) {
    case PatternKind::kUnique:
      break;
    case PatternKind::kByte:
      return fmt::format("byte {:#04x}", pattern.byte);
    case PatternKind::kSame:
      return std::string(same);
    case PatternKind::kImmediate: {
      std::string text = "imm ";
      for (std::size_t i = 0; i < std::min<std::size_t>(pattern.immediate_size, pattern.immediate.size()); ++i) {
        text += fmt::format("{:02x}", pattern.immediate[i]);
      }
      return text;
    }
  }
  return "unique";
}

// ---- Streams: the kind, and what is said of it in this order.

TextResult<Stream> parse_stream(WordCursor& words) {
  Stream stream;
  const auto kind = parse_choice(words, kStreamKinds);
  if (!kind) return std::unexpected(kind.error());
  stream.kind = static_cast<StreamKind>(*kind);
  const auto number = [&](std::string_view what, std::uint64_t min, std::uint64_t max, auto& field) -> TextResult<void> {
    const auto read = parse_number(words.peek());
    if (!read || *read < min || *read > max) return words.expected(fmt::format("{} ({} to {})", what, min, max));
    words.take();
    field = static_cast<std::remove_reference_t<decltype(field)>>(*read);
    return {};
  };
  const bool ends = words.take_if("ends");
  if (ends || words.take_if("fails")) {
    stream.end = ends ? StreamEnd::kEnds : StreamEnd::kFails;
    if (auto done = number("how many bytes come before", 0, kStreamMax, stream.limit); !done) return std::unexpected(done.error());
  }
  if (words.take_if("at_most")) {
    if (auto done = number("the bytes of one system call", 1, kStreamMax, stream.at_most); !done) return std::unexpected(done.error());
  }
  if (words.take_if("eintr")) {
    if (auto done = number("which system call is interrupted", 1, kByteMax, stream.interrupted); !done)
      return std::unexpected(done.error());
  }
  return stream;
}

std::string print_stream(const Stream& stream) {
  std::string text = print_choice(static_cast<std::size_t>(stream.kind), kStreamKinds);
  if (stream.end != StreamEnd::kNone)
    text += fmt::format(" {} {}", stream.end == StreamEnd::kEnds ? "ends" : "fails", print_number(stream.limit));
  if (stream.at_most != 0) text += " at_most " + print_number(stream.at_most);
  if (stream.interrupted != 0) text += " eintr " + print_number(stream.interrupted);
  return text;
}

// Moves a result into a field, or hands its error on.
template <typename T, typename Field>
TextResult<void> assign(TextResult<T> result, Field& field) {
  if (!result) return std::unexpected(std::move(result).error());
  field = static_cast<Field>(*result);
  return {};
}

}  // namespace

std::optional<std::uint8_t> parse_indexed(std::string_view word, char letter, std::uint8_t min, std::uint8_t max) {
  if (word.size() < 2 || word.front() != letter || word[1] < '0' || word[1] > '9' || word.starts_with(std::string{letter, '0', 'x'})) {
    return std::nullopt;
  }
  const auto number = parse_number(word.substr(1));
  if (!number || *number < min || *number > max) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

TextResult<std::uint64_t> parse_number_word(WordCursor& words, std::string_view what, std::uint64_t max) {
  const auto number = parse_number(words.peek());
  if (!number || *number > max) return words.expected(what);
  words.take();
  return *number;
}

TextResult<std::uint8_t> parse_lane(WordCursor& words, const Names& names) {
  auto lane = parse_indexed(words.peek(), 'l', 1, kSlotsMax - 1);
  if (!lane) lane = names.find(Names::Noun::kLane, words.peek());
  if (!lane) return words.expected(fmt::format("a lane (l1 to l{} or the name of one)", kSlotsMax - 1));
  words.take();
  return *lane;
}

std::string print_lane(std::uint8_t lane, const Names& names) {
  const std::string_view name = names.of(Names::Noun::kLane, lane);
  return name.empty() ? fmt::format("l{}", lane) : std::string(name);
}

std::string print_address(const Address& address, const Names& names) {
  const auto region = [&] {
    const std::string_view name = names.of(Names::Noun::kRegion, address.index);
    return name.empty() ? fmt::format("r{}", address.index) : std::string(name);
  };
  const auto delta = static_cast<std::uint64_t>(address.delta);
  std::string text;
  switch (address.anchor) {
    case Anchor::kAbsolute:
      return fmt::format("{:#x}", delta);
    case Anchor::kRegionStart:
      text = region() + ".start";
      break;
    case Anchor::kRegionEnd:
      text = region() + ".end";
      break;
    case Anchor::kHole:
      text = fmt::format("h{}", address.index);
      break;
    case Anchor::kTop:
      text = "top";
      break;
    case Anchor::kLast:
      text = "last";
      break;
  }
  if (address.delta > 0) text += '+' + print_number(delta);
  if (address.delta < 0) text += '-' + print_number(0 - delta);
  return text;
}

TextResult<void> parse_operand(Operand operand, WordCursor& words, const Names& names, Op& op) {
  switch (operand) {
    case Operand::kSpace:
      return assign(parse_space_slot(words, names, true), op.space);
    case Operand::kOther:
      return assign(parse_space_slot(words, names, true), op.other);
    case Operand::kOpens:
      return assign(parse_space_slot(words, names, false), op.opens);
    case Operand::kAs:
      return words.take_if("as") ? assign(parse_space_slot(words, names, false), op.opens) : TextResult<void>{};
    case Operand::kAt:
      return assign(parse_address(words, names), op.at);
    case Operand::kAt2:
      return assign(parse_address(words, names), op.at2);
    case Operand::kSize:
      return assign(parse_number_word(words, "a size"), op.size);
    case Operand::kCount:
      return assign(parse_number_word(words, "a count"), op.count);
    case Operand::kData:
      return assign(parse_pattern(words, "same"), op.data);
    case Operand::kExpected:
      return assign(parse_pattern(words, "current"), op.expected);
    case Operand::kByte:
      op.data.kind = PatternKind::kByte;
      return assign(parse_byte(words), op.data.byte);
    case Operand::kRights:
      return assign(parse_choice(words, kRights), op.rights);
    case Operand::kOn:
      return assign(parse_choice(words, kOnOff), op.on);
    case Operand::kForm:
      return assign(parse_choice(words, kForms), op.form);
    case Operand::kMode: {
      const auto mode = parse_choice(words, kModes);
      if (!mode) return std::unexpected(mode.error());
      op.mode = static_cast<HarvestMode>(*mode + static_cast<std::uint8_t>(HarvestMode::kRead));
      return {};
    }
    case Operand::kLayout:
      if (!words.take_if("layout")) return words.expected("'layout' and its number");
      return assign(parse_number_word(words, "the number of a layout", kByteMax), op.layout);
    case Operand::kOrder:
      return assign(parse_order(words), op.order);
    case Operand::kFailureOrder:
      return assign(parse_order(words), op.failure_order);
    case Operand::kLane:
      return assign(parse_lane(words, names), op.lane);
    case Operand::kLaneKind:
      return assign(parse_choice(words, kLaneKinds), op.lane_kind);
    case Operand::kFault:
      return assign(parse_fault(words), op.fault);
    case Operand::kStream:
      return assign(parse_stream(words), op.stream);
    case Operand::kUse:
      return assign(parse_choice(words, kUses), op.use);
    case Operand::kRoom:
      return assign(parse_number_word(words, "a number of elements"), op.room);
  }
  return {};
}

void print_operand(Operand operand, const Op& op, const Names& names, std::string& text) {
  const auto printed = [&]() -> std::string {
    switch (operand) {
      case Operand::kSpace:
        return print_space(op.space, names);
      case Operand::kOther:
        return print_space(op.other, names);
      case Operand::kOpens:
        return print_space(op.opens, names);
      case Operand::kAs:
        return op.opens == 0 ? std::string() : "as " + print_space(op.opens, names);
      case Operand::kAt:
        return print_address(op.at, names);
      case Operand::kAt2:
        return print_address(op.at2, names);
      case Operand::kSize:
        return print_number(op.size);
      case Operand::kCount:
        return print_number(op.count);
      case Operand::kData:
        return print_pattern(op.data, "same");
      case Operand::kExpected:
        return print_pattern(op.expected, "current");
      case Operand::kByte:
        return fmt::format("{:#04x}", op.data.byte);
      case Operand::kRights:
        return print_choice(op.rights, kRights);
      case Operand::kOn:
        return print_choice(op.on ? 1 : 0, kOnOff);
      case Operand::kForm:
        return print_choice(static_cast<std::size_t>(op.form), kForms);
      case Operand::kMode:
        return print_choice(static_cast<std::size_t>(op.mode) - static_cast<std::size_t>(HarvestMode::kRead), kModes);
      case Operand::kLayout:
        return fmt::format("layout {}", op.layout);
      case Operand::kOrder:
        return print_choice(op.order, kOrders);
      case Operand::kFailureOrder:
        return print_choice(op.failure_order, kOrders);
      case Operand::kLane:
        return print_lane(op.lane, names);
      case Operand::kLaneKind:
        return print_choice(op.lane_kind, kLaneKinds);
      case Operand::kFault:
        return print_choice(op.fault, kFaults);
      case Operand::kStream:
        return print_stream(op.stream);
      case Operand::kUse:
        return print_choice(op.use, kUses);
      case Operand::kRoom:
        return print_number(op.room);
    }
    return {};
  };
  const std::string word = printed();
  if (!word.empty()) (text += ' ') += word;
}

}  // namespace gmc
