// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/switch_codec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstddef>
#include <vector>

#include "harness/program/number_text.h"
#include "harness/program/suggestion.h"
#include "harness/program/verdict.h"

namespace gmc {
namespace {

using Cause = std::optional<std::string>;
using Words = std::vector<std::string_view>;

// The texts of an enumeration's values, in its order; the argument only picks the overload.
#define GMC_V(enumerator, text) std::string_view{text},
#define GMC_TEXTS(Type, ...)                                    \
  std::span<const std::string_view> texts(Type) {               \
    static constexpr std::string_view kTexts[] = {__VA_ARGS__}; \
    return kTexts;                                              \
  }
#define GMC_CHOICE(name, Type, initial, values) GMC_TEXTS(Type, values)
#define GMC_SET(name, Type, initial, values) GMC_TEXTS(Type, values)
#define GMC_SAME(name, Type, initial)
#define GMC_BOOL(name, initial)
#define GMC_NUMBER(name, initial)
#define GMC_SIZES(name, initial)
#define GMC_DETAIL(name)
#include "harness/program/switches.def"
#undef GMC_TEXTS
#undef GMC_V

constexpr std::string_view kNone = "none";
constexpr std::string_view kFull = "full";

Words split(std::string_view text, char separator) {
  Words words;
  while (true) {
    const std::size_t end = text.find(separator);
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::size_t> position(std::span<const std::string_view> texts, std::string_view text) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i] == text) return i;
  }
  return std::nullopt;
}

// ---- Values as text, one overload a kind of switch.

template <typename Enum>
std::string print_value(Enum value) {
  return std::string(texts(value)[static_cast<std::size_t>(value)]);
}

template <typename Enum>
std::string print_value(SetOf<Enum> set) {
  if (set.empty()) return std::string(kNone);
  Words words;
  const auto all = texts(Enum{});
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (set.has(static_cast<Enum>(i))) words.push_back(all[i]);
  }
  return fmt::format("{}", fmt::join(words, " "));
}

std::string print_value(bool value) { return value ? "yes" : "no"; }
std::string print_value(std::uint64_t value) { return print_number(value); }

std::string print_value(SizeSet sizes) {
  std::vector<unsigned> words;
  for (unsigned size = 0; size < 64; ++size) {
    if (sizes.has(size)) words.push_back(size);
  }
  return words.empty() ? std::string(kNone) : fmt::format("{}", fmt::join(words, " "));
}

std::string print_value(const ErrorDetail& detail) {
  std::vector<std::string> sets;
  for (std::uint16_t first = 0; first < detail.same.size(); ++first) {
    Words words;
    for (std::uint16_t status = 0; status < detail.same.size(); ++status) {
      if (((detail.same[first] >> status) & 1) == 0) continue;
      if (status < first) break;
      words.push_back(status_name(status));
    }
    if (words.size() > 1) sets.push_back(fmt::format("{}", fmt::join(words, "|")));
  }
  return sets.empty() ? std::string(kFull) : fmt::format("{}", fmt::join(sets, " "));
}

// ---- And back. The cause says what is allowed.

template <typename Enum>
Cause parse_value(std::string_view text, Enum& value) {
  const auto index = position(texts(value), text);
  if (!index) return fmt::format("expected one of {}, got '{}'", fmt::join(texts(value), ", "), text);
  value = static_cast<Enum>(*index);
  return std::nullopt;
}

template <typename Enum>
Cause parse_value(std::string_view text, SetOf<Enum>& set) {
  SetOf<Enum> read;
  const auto all = texts(Enum{});
  for (const std::string_view word : text == kNone ? Words{} : split(text, ' ')) {
    const auto index = position(all, word);
    if (!index) return fmt::format("expected none or some of {}, separated by a space, got '{}'", fmt::join(all, ", "), word);
    if (read.has(static_cast<Enum>(*index))) return fmt::format("'{}' is said twice", word);
    read.mask |= SetOf<Enum>::bit(static_cast<Enum>(*index));
  }
  set = read;
  return std::nullopt;
}

Cause parse_value(std::string_view text, bool& value) {
  if (text != "yes" && text != "no") return fmt::format("expected yes or no, got '{}'", text);
  value = text == "yes";
  return std::nullopt;
}

Cause parse_value(std::string_view text, std::uint64_t& value) {
  const auto number = parse_number(text);
  if (!number) return fmt::format("expected a number, decimal or 0x..., at most 2^64-1, got '{}'", text);
  value = *number;
  return std::nullopt;
}

Cause parse_value(std::string_view text, SizeSet& sizes) {
  SizeSet read;
  for (const std::string_view word : text == kNone ? Words{} : split(text, ' ')) {
    const auto size = parse_number(word);
    if (!size || *size > 63) return fmt::format("expected none or sizes from 0 to 63, separated by a space, got '{}'", word);
    if (read.has(*size)) return fmt::format("'{}' is said twice", word);
    read.mask |= std::uint64_t{1} << *size;
  }
  sizes = read;
  return std::nullopt;
}

// These are no failures that a backend could confuse with another one.
bool is_failure(std::uint16_t status) {
  return status != GMC_OK && status != GMC_MISMATCH && status != GMC_REFUSED && status != GMC_BROKEN && status != GMC_LOST;
}

std::string failures() {
  Words words;
  for (std::uint16_t status = 0; status < GMC_STATUS_COUNT; ++status) {
    if (is_failure(status)) words.push_back(status_name(status));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

Cause parse_value(std::string_view text, ErrorDetail& detail) {
  ErrorDetail read;
  StatusMask seen = 0;
  for (const std::string_view set : text == kFull ? Words{} : split(text, ' ')) {
    const Words words = split(set, '|');
    StatusMask mask = 0;
    for (const std::string_view word : words) {
      const auto status = find_status(word);
      if (!status || !is_failure(*status)) return fmt::format("expected full or sets of statuses of {}, got '{}'", failures(), word);
      if (((mask | seen) >> *status) & 1) return fmt::format("'{}' is said twice", word);
      mask |= StatusMask{1} << *status;
    }
    if (words.size() < 2) return fmt::format("a set of one status, '{}'; write statuses that look the same as a|b", set);
    seen |= mask;
    for (std::size_t status = 0; status < read.same.size(); ++status) {
      if ((mask >> status) & 1) read.same[status] = mask;
    }
  }
  detail = read;
  return std::nullopt;
}

// ---- Rows.

template <typename Enum>
std::span<const std::string_view> values_of(Enum value) {
  return texts(value);
}
template <typename Enum>
std::span<const std::string_view> values_of(SetOf<Enum>) {
  return texts(Enum{});
}
std::span<const std::string_view> values_of(bool) { return {}; }
std::span<const std::string_view> values_of(std::uint64_t) { return {}; }
std::span<const std::string_view> values_of(SizeSet) { return {}; }
std::span<const std::string_view> values_of(const ErrorDetail&) { return {}; }

template <auto Member>
SwitchCodec row(std::string_view name) {
  return SwitchCodec{
      .name = name,
      .values = values_of(Switches{}.*Member),
      .print = [](const Switches& switches) { return print_value(switches.*Member); },
      .parse = [](std::string_view text, Switches& switches) { return parse_value(text, switches.*Member); },
      .copy = [](const Switches& from, Switches& to) { to.*Member = from.*Member; },
      .equal = [](const Switches& a, const Switches& b) { return a.*Member == b.*Member; },
  };
}

}  // namespace

std::span<const SwitchCodec> switch_codecs() {
  static const SwitchCodec kRows[] = {
#define GMC_CHOICE(name, Type, initial, values) row<&Switches::name>(#name),
#define GMC_SAME(name, Type, initial) row<&Switches::name>(#name),
#define GMC_SET(name, Type, initial, values) row<&Switches::name>(#name),
#define GMC_BOOL(name, initial) row<&Switches::name>(#name),
#define GMC_NUMBER(name, initial) row<&Switches::name>(#name),
#define GMC_SIZES(name, initial) row<&Switches::name>(#name),
#define GMC_DETAIL(name) row<&Switches::name>(#name),
#include "harness/program/switches.def"
  };
  return kRows;
}

const SwitchCodec* find_switch_codec(std::string_view name) {
  for (const SwitchCodec& codec : switch_codecs()) {
    if (codec.name == name) return &codec;
  }
  return nullptr;
}

std::string unknown_switch(std::string_view name) {
  Words names{"reserved"};
  for (const SwitchCodec& codec : switch_codecs()) names.push_back(codec.name);
  return fmt::format("unknown switch '{}'{}", name, suggestion(name, names));
}

}  // namespace gmc
