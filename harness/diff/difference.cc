// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/diff/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "harness/base/check.h"
#include "harness/program/verdict.h"

namespace gmc {

namespace {

std::string text_of(const OpAnswer& answer) {
  if (answer.was_skipped) return "did not run";
  std::string text(status_name(answer.status));
  if (answer.count) text += fmt::format(" count={}", *answer.count);
  if (answer.address) text += fmt::format(" address={:#x}", *answer.address);
  if (answer.value) text += fmt::format(" value={:#x}", *answer.value);
  if (!answer.shown.empty()) text += fmt::format(" ({})", answer.shown);
  return text;
}

std::optional<AnswerPart> differing_part(const OpAnswer& a, const OpAnswer& b) {
  if (a.was_skipped != b.was_skipped) return AnswerPart::kRan;
  if (a.was_skipped) return std::nullopt;
  if (a.status != b.status) return AnswerPart::kStatus;
  if (a.value != b.value) return AnswerPart::kValue;
  if (a.bytes != b.bytes) return AnswerPart::kBytes;
  if (a.count && b.count && *a.count != *b.count) return AnswerPart::kCount;
  if (a.address && b.address && *a.address != *b.address) return AnswerPart::kAddress;
  if (a.count.has_value() != b.count.has_value()) return AnswerPart::kCountGiven;
  if (a.address.has_value() != b.address.has_value()) return AnswerPart::kAddressGiven;
  return std::nullopt;
}

// Regions on one file may be regions on the same bytes: whoever clears all of memory counts them once or twice.
bool has_shared_bytes(const Layout& layout) {
  std::set<std::uint8_t> files;
  return std::ranges::any_of(layout.regions, [&](const Region& r) { return r.backing == Backing::kFile && !files.insert(r.file).second; });
}

bool is_optional(AnswerPart part) { return part == AnswerPart::kCountGiven || part == AnswerPart::kAddressGiven; }

bool allows(const OpAnswer& answer, std::uint16_t status) { return status < GMC_STATUS_COUNT && (answer.statuses >> status & 1) != 0; }

// Fails and has no effect: which status it was then changes nothing that comes after.
bool fails_without_effect(const OpAnswer& answer) {
  const bool fails = answer.status != GMC_OK && answer.status != GMC_MISMATCH && answer.status != GMC_SHORT;
  return fails && answer.moved == 0 && !answer.may_have_moved;
}

class Comparison {
 public:
  Comparison(const Program& program, bool has_one_profile)
      // Nobody knows what a memory that was there before the program holds.
      : program_(program), has_one_profile_(has_one_profile), memory_is_open_(program.adopts) {}

  [[nodiscard]] Meaning meaning_of(const OpAnswer& a, const OpAnswer& b, AnswerPart part) const {
    const bool allowed_is_same = a.allowed == b.allowed;
    // With one profile, what was allowed differs where the backends have other functions beside those that they declare.
    const bool is_open = is_left_open(a, b, part) || (has_one_profile_ && !allowed_is_same);
    // No switch says whether region spaces can be opened.
    const bool is_undeclared = program_.ops[a.index].kind == OpKind::kOpenRegion;
    if (is_undeclared || (is_open && (has_one_profile_ || allowed_is_same || is_optional(part)))) return Meaning::kLeftOpen;
    return has_one_profile_ ? Meaning::kViolation : Meaning::kExplained;
  }

  // Whether the two memories go on from one state, so that what follows can still be compared.
  [[nodiscard]] bool goes_on_after(const OpAnswer& a, const OpAnswer& b, AnswerPart part) const {
    const OpKind kind = program_.ops[a.index].kind;
    const bool has_no_effect = touches(kind) == Touches::kQueries || kind == OpKind::kCreate;
    switch (part) {
      case AnswerPart::kRan:
        return false;
      case AnswerPart::kStatus:
        return has_no_effect || (fails_without_effect(a) && fails_without_effect(b));
      case AnswerPart::kValue:
      case AnswerPart::kBytes:
        return has_no_effect;
      default:
        return a.moved == b.moved;
    }
  }

  // What an interrupted write moved shows in later reads.
  void note(const OpAnswer& a, const OpAnswer& b) {
    const bool writes = touches(program_.ops[a.index].kind) == Touches::kWrites;
    const auto leaves_open = [](const OpAnswer& answer) { return answer.may_have_moved && answer.moved > 0; };
    if (writes && (leaves_open(a) || leaves_open(b))) memory_is_open_ = true;
  }

 private:
  [[nodiscard]] bool is_left_open(const OpAnswer& a, const OpAnswer& b, AnswerPart part) const {
    const OpKind kind = program_.ops[a.index].kind;
    switch (part) {
      case AnswerPart::kStatus:
        return allows(a, b.status) && allows(b, a.status);
      case AnswerPart::kValue:
        return a.open.value || b.open.value || (memory_is_open_ && touches(kind) != Touches::kQueries);
      case AnswerPart::kBytes:
        return a.open.bytes || b.open.bytes || memory_is_open_;
      case AnswerPart::kCount:
        return a.open.count || b.open.count || (kind == OpKind::kZeroAll && has_shared_bytes(program_.layouts.front()));
      case AnswerPart::kRan:
      case AnswerPart::kAddress:
      case AnswerPart::kCountGiven:
      case AnswerPart::kAddressGiven:
        return true;
    }
    return true;
  }

  const Program& program_;
  bool has_one_profile_;
  bool memory_is_open_;
};

}  // namespace

std::string_view name(Meaning meaning) {
  switch (meaning) {
    case Meaning::kViolation:
      return "GM-INV-003 violated";
    case Meaning::kLeftOpen:
      return "left open";
    case Meaning::kExplained:
      return "explained by the profiles";
  }
  return "";
}

std::string_view name(AnswerPart part) {
  switch (part) {
    case AnswerPart::kRan:
      return "whether it runs";
    case AnswerPart::kStatus:
      return "status";
    case AnswerPart::kValue:
      return "value";
    case AnswerPart::kBytes:
      return "bytes";
    case AnswerPart::kCount:
      return "count";
    case AnswerPart::kAddress:
      return "address";
    case AnswerPart::kCountGiven:
      return "whether a count is given";
    case AnswerPart::kAddressGiven:
      return "whether an address is given";
  }
  return "";
}

bool Difference::same_as(const Difference& other) const {
  if (meaning != other.meaning || part != other.part) return false;
  if (is_optional(part)) return true;
  if (op != other.op || is_final != other.is_final) return false;
  return meaning == Meaning::kLeftOpen || (status_a == other.status_a && status_b == other.status_b);
}

std::vector<Difference> compare(const Program& program, std::uint32_t final_index, const ProgramAnswers& a, const ProgramAnswers& b,
                                bool has_one_profile) {
  GMC_CHECK(a.is_whole() && b.is_whole());
  std::vector<Difference> differences;
  Comparison comparison(program, has_one_profile);
  for (std::size_t i = 0; i < std::min(a.ops.size(), b.ops.size()); ++i) {
    const OpAnswer& x = a.ops[i];
    const OpAnswer& y = b.ops[i];
    if (x.index != y.index || x.index >= program.ops.size()) break;  // an answer is missing: what follows cannot be told
    const auto part = differing_part(x, y);
    if (part) {
      differences.push_back({.meaning = comparison.meaning_of(x, y, *part),
                             .part = *part,
                             .op = program.ops[x.index].kind,
                             .op_index = x.index,
                             .is_final = x.index >= final_index,
                             .status_a = x.status,
                             .status_b = y.status,
                             .clauses = {x.clause, x.clause_of_count, y.clause, y.clause_of_count},
                             .a = text_of(x),
                             .b = text_of(y)});
      if (!comparison.goes_on_after(x, y, *part)) break;
    }
    comparison.note(x, y);
  }
  return differences;
}

}  // namespace gmc
