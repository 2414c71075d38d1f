// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/waiver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "harness/program/suggestion.h"
#include "harness/report/printable.h"
#include "harness/runner/plugin.h"

namespace gmc {

namespace {

// A piece of a line with its column, which counts bytes from 1.
struct Piece {
  std::string_view text;
  std::size_t column = 1;
};

Piece trimmed(Piece piece) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!piece.text.empty() && is_blank(piece.text.front())) {
    piece.text.remove_prefix(1);
    ++piece.column;
  }
  while (!piece.text.empty() && is_blank(piece.text.back())) piece.text.remove_suffix(1);
  return piece;
}

// The rest of a line behind `size` bytes of it.
Piece behind(Piece piece, std::size_t size) { return trimmed({piece.text.substr(size), piece.column + size}); }

std::vector<Piece> words_of(Piece line) {
  std::vector<Piece> words;
  for (line = trimmed(line); !line.text.empty();) {
    const std::size_t size = std::min(line.text.find_first_of(" \t"), line.text.size());
    words.push_back({line.text.substr(0, size), line.column});
    line = behind(line, size);
  }
  return words;
}

std::unexpected<Error> unknown(std::string_view what, std::string_view word, const std::vector<std::string_view>& candidates) {
  return fail("", fmt::format("'{}' is no {}{}", printable_line(word), what, suggestion(word, candidates)));
}

Result<Clause> parse_clause(std::string_view word) {
  if (const auto clause = find_clause(word)) return *clause;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kClauseCount; ++i) ids.push_back(id(static_cast<Clause>(i)));
  return unknown("clause", word, {ids.begin(), ids.end()});
}

Result<OpKind> parse_operation(std::string_view word) {
  if (const auto op = find_op(word)) return *op;
  std::vector<std::string_view> texts;
  for (std::size_t i = 0; i < kOpKindCount; ++i) texts.push_back(keyword(static_cast<OpKind>(i)));
  return unknown("operation", word, texts);
}

Result<Part> parse_part(std::string_view word) {
  if (const auto part = find_part(word)) return *part;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kPartCount; ++i) names.push_back(name(static_cast<Part>(i)));
  return unknown("part of an answer", word, names);
}

// Error::place is the column, relative to `text`, until the caller knows the line.
Result<FindingKey> parse_key(Piece text) {
  const auto at = [](const Piece& piece, std::string cause) { return fail(std::to_string(piece.column), std::move(cause)); };
  const std::vector<Piece> words = words_of(text);
  if (words.size() != 3) {
    const Piece where = words.size() > 3 ? words[3] : Piece{"", text.column + text.text.size()};
    return at(where, "a finding is a clause, an operation and a part: GM-RW-001 read bytes");
  }
  const auto clause = parse_clause(words[0].text);
  if (!clause) return at(words[0], clause.error().cause);
  const auto op = parse_operation(words[1].text);
  if (!op) return at(words[1], op.error().cause);
  const auto part = parse_part(words[2].text);
  if (!part) return at(words[2], part.error().cause);
  return FindingKey{.clause = *clause, .op = *op, .part = *part};
}

constexpr std::array<std::string_view, 4> kFields = {"backend", "reason", "link", "expires"};

class WaiverParser {
 public:
  WaiverParser(std::string_view text, std::string_view place) : text_(text), place_(place) {}

  Result<WaiverFile> parse() {
    while (!text_.empty()) {
      const std::size_t end = std::min(text_.find('\n'), text_.size());
      GMC_TRY_VOID(add_line({text_.substr(0, end), 1}));
      text_.remove_prefix(std::min(end + 1, text_.size()));
      ++line_;
    }
    GMC_TRY_VOID(close());
    return WaiverFile{.waivers = std::move(waivers_), .backends = std::move(backends_)};
  }

 private:
  [[nodiscard]] std::unexpected<Error> error(std::size_t column, std::string cause) const { return error_at(line_, column, cause); }
  [[nodiscard]] std::unexpected<Error> error_at(std::size_t line, std::size_t column, std::string_view cause) const {
    return fail(fmt::format("{}:{}:{}", place_, line, column), std::string(cause));
  }

  Result<void> add_line(Piece whole) {
    if (const std::size_t wrong = first_unprintable(whole.text); wrong < whole.text.size())
      return error(wrong + 1, "a byte that is neither text in UTF-8 nor a blank");
    const Piece line = trimmed(whole);
    if (line.text.empty() || line.text.front() == '#') return {};
    if (line.text.front() == '[') return open(line);
    const std::size_t equals = line.text.find('=');
    if (equals == std::string_view::npos) return error(line.column, "neither a [head], nor NAME = VALUE, nor a # comment");
    return set(trimmed({line.text.substr(0, equals), line.column}), behind(line, equals + 1));
  }

  // Where printable() would begin to replace; the size of the text where it would not.
  static std::size_t first_unprintable(std::string_view text) {
    const std::string clean = printable(text);
    return static_cast<std::size_t>(std::ranges::mismatch(text, clean).in1 - text.begin());
  }

  Result<void> open(Piece line) {
    GMC_TRY_VOID(close());
    if (line.text.back() != ']') return error(line.column + line.text.size(), "the head ends in ']'");
    const auto key = parse_key({line.text.substr(1, line.text.size() - 2), line.column + 1});
    if (!key) return error_at(line_, std::stoul(key.error().place), key.error().cause);
    waivers_.push_back({.key = *key, .place = fmt::format("{}:{}", place_, line_)});
    has_ = {};
    head_line_ = line_;
    is_open_ = true;
    return {};
  }

  // The libraries that share the file.
  Result<void> share(Piece name, Piece value) {
    if (head_line_ > 0) return error(name.column, "'backends' stands before the first [head]");
    if (!backends_.empty()) return error(name.column, "'backends' stands here for the second time");
    if (value.text.empty()) return error(value.column, "'backends' says nothing");
    for (const Piece& word : words_of(value)) backends_.emplace_back(word.text);
    return {};
  }

  Result<void> set(Piece name, Piece value) {
    if (name.text == "backends") return share(name, value);
    const auto field = std::ranges::find(kFields, name.text);
    if (field == kFields.end())
      return error(name.column, unknown("line of a waiver", name.text, {kFields.begin(), kFields.end()}).error().cause);
    if (!is_open_) return error(name.column, fmt::format("'{}' stands before the first [head]", name.text));
    bool& has = has_[static_cast<std::size_t>(field - kFields.begin())];
    if (has) return error(name.column, fmt::format("'{}' stands here for the second time", name.text));
    if (value.text.empty()) return error(value.column, fmt::format("'{}' says nothing", name.text));
    has = true;
    return put(waivers_.back(), name.text, value);
  }

  Result<void> put(Waiver& waiver, std::string_view name, Piece value) const {
    if (name == "backend") waiver.backend = value.text;
    if (name == "reason") waiver.reason = value.text;
    if (name == "link") {
      if (!value.text.starts_with("https://") && !value.text.starts_with("http://"))
        return error(value.column, fmt::format("'{}' is no link: it begins with https:// or http://", value.text));
      waiver.link = value.text;
    }
    if (name == "expires") {
      const auto date = parse_date(value.text);
      if (!date) return error(value.column, date.error().cause);
      waiver.expires = *date;
    }
    return {};
  }

  // The waiver that was begun is whole, and the first of its kind.
  Result<void> close() {
    if (!is_open_) return {};
    is_open_ = false;
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      if (!has_[i]) return error_at(head_line_, 1, fmt::format("the waiver of {} has no '{}'", text_of(waivers_.back().key), kFields[i]));
    }
    const Waiver& last = waivers_.back();
    const auto same = std::ranges::find_if(waivers_, [&](const Waiver& w) { return w.key == last.key && w.backend == last.backend; });
    if (&*same != &last)
      return error_at(head_line_, 1, fmt::format("{} for {} is waived at {} already", text_of(last.key), last.backend, same->place));
    return {};
  }

  std::string_view text_;  // that is left
  std::string place_;
  std::vector<Waiver> waivers_;
  std::vector<std::string> backends_;
  std::array<bool, kFields.size()> has_{};
  std::size_t line_ = 1;
  std::size_t head_line_ = 0;
  bool is_open_ = false;
};

std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<Date> parse_date(std::string_view text) {
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    const auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)), day = digits(text.substr(8, 2));
    if (year && month && day) {
      const Date date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
      if (date.ok()) return date;
    }
  }
  return fail("", fmt::format("'{}' is no day; one is written 2027-01-31", printable_line(text)));
}

std::string text_of(Date date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

FindingKey key_of(const Finding& finding) { return {.clause = finding.clause, .op = finding.op, .part = finding.divergence.part}; }

std::string text_of(const FindingKey& key) { return fmt::format("{} {} {}", id(key.clause), keyword(key.op), name(key.part)); }

Result<FindingKey> parse_finding_key(std::string_view text) {
  auto key = parse_key({text, 1});
  if (!key) key.error().place.clear();
  return key;
}

bool Waiver::is_for(std::string_view wanted) const {
  if (backend == "*" || backend == wanted) return true;
  const auto spec = BackendSpec::parse(wanted);
  if (!spec) return false;
  return backend == spec->name || (wanted.contains('/') && backend == std::string_view(spec->name).substr(spec->name.rfind('/') + 1));
}

Result<WaiverFile> parse_waivers(std::string_view text, std::string_view place) { return WaiverParser(text, place).parse(); }

bool is_same_backend(std::string_view a, std::string_view b) {
  const auto file_name = [](std::string_view text) {
    const auto spec = BackendSpec::parse(text);
    const std::string name = spec ? spec->name : std::string(text);
    return name.substr(name.rfind('/') + 1);
  };
  return file_name(a) == file_name(b);
}

}  // namespace gmc
