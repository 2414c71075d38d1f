// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "harness/program/number_text.h"
#include "harness/program/operand_text.h"
#include "harness/program/profile.h"
#include "harness/program/suggestion.h"
#include "harness/program/text.h"
#include "harness/program/verdict.h"

namespace gmc {
namespace {

constexpr std::uint64_t kByteMax = UINT8_MAX;

// Returns the error of a TextResult from a function that answers another one.
#define GMC_TEXT_TRY(name, ...)                                                     \
  auto name##_or_error = (__VA_ARGS__);                                             \
  if (!name##_or_error) return std::unexpected(std::move(name##_or_error).error()); \
  auto name = *std::move(name##_or_error)
#define GMC_TEXT_TRY_VOID(...)                                                                               \
  do {                                                                                                       \
    if (auto gmc_result = (__VA_ARGS__); !gmc_result) return std::unexpected(std::move(gmc_result).error()); \
  } while (false)

std::string unknown_statement(std::string_view word) {
  std::vector<std::string_view> known{"seed", "name", "memory", "layout", "on"};
  for (std::size_t i = 0; i < kOpKindCount; ++i) known.push_back(keyword(static_cast<OpKind>(i)));
  return fmt::format("unknown operation '{}'{}", word, suggestion(word, known));
}

// A name is a lower-case word that cannot be mistaken for a slot, a region or an anchor.
bool is_name(std::string_view word) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kDigits = "0123456789";
  if (word.empty() || kLetters.find(word.front()) == std::string_view::npos) return false;
  const bool is_word = std::ranges::all_of(word, [&](char c) { return kLetters.contains(c) || kDigits.contains(c) || c == '_'; });
  const bool is_taken = word == "m" || word == "top" || word == "last";
  const bool is_numbered = word.size() > 1 && std::ranges::all_of(word.substr(1), [&](char c) { return kDigits.contains(c); });
  return is_word && !is_taken && !is_numbered;
}

// ---- The pieces of a line.

TextResult<void> expect_end(const WordCursor& words) {
  if (!words.at_end()) return words.expected("the end of the line");
  return {};
}

TextResult<void> expect_open(WordCursor& words) {
  if (!words.take_if("{")) return words.expected("'{'");
  return expect_end(words);
}

// `f0@0x1000`
TextResult<void> parse_file(WordCursor& words, Region& region) {
  const std::string_view word = words.peek();
  const std::size_t at = word.find('@');
  const auto file = parse_indexed(word.substr(0, at), 'f', 0, kFilesMax - 1);
  const auto offset = at == std::string_view::npos ? std::nullopt : parse_number(word.substr(at + 1));
  if (!file || !offset) return words.expected(fmt::format("a file and an offset (f0@0 to f{}@0xffff...)", kFilesMax - 1));
  words.take();
  region.backing = Backing::kFile;
  region.file = *file;
  region.file_offset = *offset;
  return {};
}

TextResult<void> parse_backing(WordCursor& words, Region& region) {
  if (words.take_if("own")) return {};
  if (words.take_if("file")) return parse_file(words, region);
  if (!words.take_if("host")) return words.expected("a backing (own, host or file fN@OFFSET)");
  region.backing = Backing::kHost;
  return {};
}

TextResult<Region> parse_entry(WordCursor& words) {
  Region region;
  region.is_window = words.peek() == "window";
  if (!region.is_window && words.peek() != "region") return words.expected("'region', 'window' or '}'");
  words.take();
  GMC_TEXT_TRY(base, parse_number_word(words, "a first address"));
  GMC_TEXT_TRY(size, parse_number_word(words, "a size"));
  region.base = base;
  region.size = size;
  if (!region.is_window) {
    GMC_TEXT_TRY_VOID(parse_backing(words, region));
    region.is_read_only = words.take_if("ro");
  }
  GMC_TEXT_TRY_VOID(expect_end(words));
  return region;
}

TextResult<void> parse_outcome_field(WordCursor& words, ExpectedOutcome& outcome) {
  const std::string_view word = words.peek();
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  std::optional<std::uint64_t>* const field = name == "count"     ? &outcome.count
                                              : name == "address" ? &outcome.address
                                              : name == "value"   ? &outcome.value
                                                                  : nullptr;
  if (field == nullptr || equals == std::string_view::npos) return words.expected("count=N, address=N, value=N or the end of the line");
  if (field->has_value()) return words.error(fmt::format("'{}' is said twice", name));
  *field = parse_number(word.substr(equals + 1));
  if (!field->has_value()) return words.expected(fmt::format("a number after '{}='", name));
  words.take();
  return {};
}

TextResult<ExpectedOutcome> parse_outcome(WordCursor& words) {
  const auto status = find_status(words.peek());
  if (!status) {
    std::vector<std::string_view> all;
    for (std::uint16_t i = 0; i < GMC_STATUS_COUNT; ++i) all.push_back(status_name(i));
    return words.expected(fmt::format("a status ({})", fmt::join(all, ", ")));
  }
  words.take();
  ExpectedOutcome outcome{.status = *status, .count = {}, .address = {}, .value = {}};
  while (!words.at_end()) GMC_TEXT_TRY_VOID(parse_outcome_field(words, outcome));
  return outcome;
}

}  // namespace

// Reads line by line; each statement answers which line of the canonical text it is, and comments go with it.
class TextParser {
 public:
  TextResult<ParsedText> parse(std::string_view text) {
    GMC_TEXT_TRY(lines, split_lines(text));
    for (const TextLine& line : lines) {
      end_ = {line.end.line + 1, 1};
      if (line.is_blank()) continue;
      if (line.words.empty()) {
        waiting_.push_back(&line);
        continue;
      }
      WordCursor words(line);
      GMC_TEXT_TRY(key, statement(words));
      GMC_TEXT_TRY_VOID(attach(key, line));
    }
    GMC_TEXT_TRY_VOID(finish());
    return std::move(parsed_);
  }

 private:
  using Key = LineKey;
  using Kind = LineKey::Kind;
  using Line = TextResult<LineKey>;

  // What may come next: statements come in this order.
  enum class Stage : std::uint8_t { kVersion, kSeed, kNames, kMemory, kLayouts, kOps };

  Program& program() { return parsed_.document.program; }

  Line statement(WordCursor& words) {
    if (stage_ == Stage::kVersion) return version(words);
    if (in_layout_) return entry(words);
    const std::string_view word = words.peek();
    if (word == "seed") return seed(words);
    if (word == "name") return name(words);
    if (word == "memory") return memory(words);
    if (word == "layout") return layout(words);
    return op(words);
  }

  // Statements of stage `own` may come while `stage_` is at most `own`.
  TextResult<void> enter(const WordCursor& words, Stage own, std::string_view order) {
    if (stage_ > own) return words.error(std::string(order));
    stage_ = own;
    return {};
  }

  Line version(WordCursor& words) {
    const auto line = fmt::format("'gmp {}'", kTextVersion);
    if (!words.take_if("gmp")) return words.expected(line);
    const auto number = parse_number(words.peek());
    if (!number) return words.expected("a version");
    if (*number != kTextVersion) return words.error(fmt::format("version {} is not known; this gmcheck reads {}", *number, line));
    words.take();
    GMC_TEXT_TRY_VOID(expect_end(words));
    stage_ = Stage::kSeed;
    return Key{Kind::kVersion, 0, 0};
  }

  Line seed(WordCursor& words) {
    GMC_TEXT_TRY_VOID(enter(words, Stage::kSeed, "'seed' comes once, right after the version"));
    words.take();
    GMC_TEXT_TRY(number, parse_number_word(words, "a seed"));
    GMC_TEXT_TRY_VOID(expect_end(words));
    program().seed = number;
    stage_ = Stage::kNames;
    return Key{Kind::kSeed, 0, 0};
  }

  Line name(WordCursor& words) {
    GMC_TEXT_TRY_VOID(enter(words, Stage::kNames, "'name' comes before the memory"));
    words.take();
    const std::string_view thing = words.peek();
    auto noun = Names::Noun::kRegion;
    auto index = parse_indexed(thing, 'r', 0, UINT8_MAX);
    if (!index) index = parse_indexed(thing, 's', 1, kSlotsMax - 1), noun = Names::Noun::kSpace;
    if (!index) index = parse_indexed(thing, 'l', 1, kSlotsMax - 1), noun = Names::Noun::kLane;
    if (!index) return words.expected(fmt::format("what is named (r0 to r255, s1 to s{0}, l1 to l{0})", kSlotsMax - 1));
    words.take();
    const WordCursor at_name = words;
    if (!is_name(words.peek())) return words.expected("a name (lower-case letters, digits and _, unlike m, top, last, r0 or s1)");
    const std::string_view text = words.take();
    if (!parsed_.document.names.add(noun, *index, text)) {
      return at_name.error(fmt::format("'{}' is taken, or {} has a name already", text, thing));
    }
    GMC_TEXT_TRY_VOID(expect_end(words));
    return Key{Kind::kName, static_cast<std::uint32_t>(noun), *index};
  }

  Line memory(WordCursor& words) {
    GMC_TEXT_TRY_VOID(enter(words, Stage::kMemory, "'memory' comes once, before the layouts and the operations"));
    parsed_.layout_places.push_back(words.place());
    words.take();
    program().layouts.emplace_back();
    stage_ = Stage::kLayouts;
    if (words.take_if("adopt")) {
      program().adopts = true;
      GMC_TEXT_TRY_VOID(expect_end(words));
      return Key{Kind::kLayout, 0, 0};
    }
    if (words.peek() != "{") return words.expected("'{' or 'adopt'");
    return open_layout(words);
  }

  Line layout(WordCursor& words) {
    GMC_TEXT_TRY_VOID(need_memory(words));
    GMC_TEXT_TRY_VOID(enter(words, Stage::kLayouts, "'layout' comes before the operations"));
    const TextPlace place = words.place();
    words.take();
    const std::size_t index = program().layouts.size();
    const auto number = parse_number(words.peek());
    if (!number || *number != index) return words.expected(fmt::format("{}, as layouts are numbered in order from 1", index));
    words.take();
    parsed_.layout_places.push_back(place);
    program().layouts.emplace_back();
    return open_layout(words);
  }

  Line open_layout(WordCursor& words) {
    GMC_TEXT_TRY_VOID(expect_open(words));
    in_layout_ = true;
    return Key{Kind::kLayout, static_cast<std::uint32_t>(program().layouts.size() - 1), 0};
  }

  Line entry(WordCursor& words) {
    const auto index = static_cast<std::uint32_t>(program().layouts.size() - 1);
    std::vector<Region>& regions = program().layouts.back().regions;
    if (words.take_if("}")) {
      GMC_TEXT_TRY_VOID(expect_end(words));
      in_layout_ = false;
      return Key{Kind::kLayoutEnd, index, 0};
    }
    GMC_TEXT_TRY(region, parse_entry(words));
    regions.push_back(region);
    return Key{Kind::kEntry, index, static_cast<std::uint32_t>(regions.size() - 1)};
  }

  TextResult<void> need_memory(const WordCursor& words) const {
    if (stage_ < Stage::kLayouts) return words.expected("'memory {' or 'memory adopt' first");
    return {};
  }

  Line op(WordCursor& words) {
    const TextPlace place = words.place();
    Op read;
    const bool has_lane = words.take_if("on");
    if (has_lane) {
      GMC_TEXT_TRY(lane, parse_lane(words, parsed_.document.names));
      read.lane = lane;
    }
    const auto kind = find_op(words.peek());
    if (!kind) return words.at_end() ? words.expected("an operation") : words.error(unknown_statement(words.peek()));
    GMC_TEXT_TRY_VOID(need_memory(words));
    stage_ = Stage::kOps;
    read.kind = *kind;
    if (has_lane && (has_operand(*kind, Operand::kLane) || *kind == OpKind::kSubmitEnd)) {
      return words.error(fmt::format("'{}' takes no 'on'", words.peek()));
    }
    GMC_TEXT_TRY_VOID(scope(words, read));
    words.take();
    for (const Operand operand : operands(*kind)) GMC_TEXT_TRY_VOID(parse_operand(operand, words, parsed_.document.names, read));
    GMC_TEXT_TRY_VOID(op_tail(words, read));
    const auto index = static_cast<std::uint32_t>(program().ops.size());
    program().ops.push_back(read);
    parsed_.op_places.push_back(place);
    return Key{Kind::kOp, index, 0};
  }

  TextResult<void> scope(const WordCursor& words, const Op& read) {
    if (opens_scope(read.kind)) open_scopes_.push_back({words.place(), read.kind});
    if (read.kind != OpKind::kSubmitEnd) return {};
    if (open_scopes_.empty()) return words.error("'}' without a scope");
    open_scopes_.pop_back();
    return {};
  }

  // `{` of a scope, `fail N`, and the outcome.
  TextResult<void> op_tail(WordCursor& words, Op& read) {
    if (opens_scope(read.kind)) return expect_open(words);
    if (words.take_if("fail")) {
      constexpr std::string_view kWhat = "a number from 1 to 255: which use of the fault fails";
      if (words.peek() == "0") return words.expected(kWhat);
      GMC_TEXT_TRY(nth, parse_number_word(words, kWhat, kByteMax));
      read.fail_nth = static_cast<std::uint8_t>(nth);
    }
    if (words.take_if("->")) {
      GMC_TEXT_TRY(outcome, parse_outcome(words));
      parsed_.document.outcomes.resize(program().ops.size() + 1);
      parsed_.document.outcomes.back() = outcome;
    }
    return expect_end(words);
  }

  // Comments that stand alone go with the next statement, others with their own.
  TextResult<void> attach(const LineKey& key, const TextLine& line) {
    for (const TextLine* alone : waiting_) GMC_TEXT_TRY_VOID(keep(key, false, *alone));
    waiting_.clear();
    return line.comment ? keep(key, true, line) : TextResult<void>{};
  }

  TextResult<void> keep(const LineKey& key, bool beside, const TextLine& line) {
    if (line.comment->starts_with("requires:")) GMC_TEXT_TRY_VOID(check_requirement(key, beside, line));
    parsed_.document.comments.push_back({key, beside, std::string(*line.comment)});
    return {};
  }

  // A requirement with a mistake in it would be a test that never runs.
  static TextResult<void> check_requirement(const LineKey& key, bool beside, const TextLine& line) {
    const auto error = [&](std::string cause) { return std::unexpected(TextError{line.comment_place, std::move(cause)}); };
    if (beside || key > LineKey{Kind::kLayout, 0, 0}) return error("'requires:' stands on a line of its own before the memory");
    std::string_view text = line.comment->substr(std::string_view("requires:").size());
    const std::size_t equals = text.find(" = ");
    if (!text.starts_with(' ') || equals == std::string_view::npos) return error("expected 'requires: SWITCH = VALUE'");
    Switches switches;
    const auto set = set_switch(switches, text.substr(1, equals - 1), text.substr(equals + 3));
    if (!set) return error(fmt::format("requires: {}", set.error().text()));
    return {};
  }

  TextResult<void> finish() {
    const auto error = [](TextPlace place, std::string cause) { return std::unexpected(TextError{place, std::move(cause)}); };
    if (stage_ == Stage::kVersion) return error(end_, fmt::format("expected 'gmp {}', got the end of the text", kTextVersion));
    if (stage_ < Stage::kLayouts) return error(end_, "expected 'memory {' or 'memory adopt', got the end of the text");
    if (in_layout_) return error(parsed_.layout_places.back(), "it is not closed: '}' is missing");
    if (!open_scopes_.empty()) {
      const Scope& scope = open_scopes_.back();
      return error(scope.place, fmt::format("the scope '{}' is not closed", keyword(scope.kind)));
    }
    for (const TextLine* alone : waiting_) GMC_TEXT_TRY_VOID(keep({Kind::kEnd, 0, 0}, false, *alone));
    return {};
  }

  struct Scope {
    TextPlace place;
    OpKind kind;
  };

  ParsedText parsed_;
  Stage stage_ = Stage::kVersion;
  bool in_layout_ = false;
  TextPlace end_;                         // behind the last line
  std::vector<Scope> open_scopes_;        // the innermost last
  std::vector<const TextLine*> waiting_;  // comments whose statement has not come yet
};

namespace {

std::unexpected<Error> at(std::string_view place, TextPlace text_place, std::string cause) {
  return fail(fmt::format("{}:{}:{}", place, text_place.line, text_place.column), std::move(cause));
}

}  // namespace

Result<ParsedText> parse_text(std::string_view text, std::string_view place) {
  auto parsed = TextParser().parse(text);
  if (!parsed) return at(place, parsed.error().place, std::move(parsed.error().cause));
  return *std::move(parsed);
}

Result<Document> read_program(std::string_view text, std::string_view place) {
  GMC_TRY(parsed, parse_text(text, place));
  const auto invalidity = find_invalidity(parsed.document.program);
  if (!invalidity) return std::move(parsed.document);
  switch (invalidity->where) {
    case Invalidity::Where::kLayout:
      return at(place, parsed.layout_places[invalidity->index], fmt::format("layout {}: {}", invalidity->index, invalidity->cause));
    case Invalidity::Where::kOp:
      return at(place, parsed.op_places[invalidity->index], fmt::format("op {}: {}", invalidity->index, invalidity->cause));
    case Invalidity::Where::kProgram:
      break;
  }
  return fail(std::string(place), invalidity->cause);
}

}  // namespace gmc
