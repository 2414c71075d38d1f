// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

#include "harness/program/number_text.h"
#include "harness/program/operand_text.h"
#include "harness/program/text.h"
#include "harness/program/verdict.h"

namespace gmc {
namespace {

std::string print_entry(const Region& region) {
  if (region.is_window) return fmt::format("window {:#x} {:#x}", region.base, region.size);
  std::string backing = "own";
  if (region.backing == Backing::kHost) backing = "host";
  if (region.backing == Backing::kFile) backing = fmt::format("file f{}@{}", region.file, print_number(region.file_offset));
  return fmt::format("region {:#x} {:#x} {}{}", region.base, region.size, backing, region.is_read_only ? " ro" : "");
}

}  // namespace

// Writes the lines of the canonical text, each with the comments that belong to it.
class TextPrinter {
 public:
  explicit TextPrinter(const Document& document) : document_(document) {
    for (const Comment& comment : document.comments) (comment.beside ? beside_ : before_).emplace(comment.line, &comment.text);
  }

  std::string print() {
    const Program& program = document_.program;
    line({Kind::kVersion, 0, 0}, fmt::format("gmp {}", kTextVersion));
    line({Kind::kSeed, 0, 0}, fmt::format("seed {:#x}", program.seed));
    for (const auto& [thing, name] : document_.names.all()) {
      const auto noun = static_cast<std::uint32_t>(thing.first);
      line({Kind::kName, noun, thing.second}, fmt::format("name {}{} {}", "rsl"[noun], thing.second, name));
    }
    for (std::uint32_t i = 0; i < program.layouts.size(); ++i) layout(i);
    for (std::uint32_t i = 0; i < program.ops.size(); ++i) op(i);
    comments_before({Kind::kEnd, 0, 0});
    return std::move(text_);
  }

 private:
  using Kind = LineKey::Kind;

  void layout(std::uint32_t index) {
    const Layout& layout = document_.program.layouts[index];
    const bool is_adopted = index == 0 && document_.program.adopts;
    line({Kind::kLayout, index, 0}, is_adopted ? "memory adopt" : index == 0 ? "memory {" : fmt::format("layout {} {{", index));
    if (is_adopted) return;
    depth_ = 1;
    for (std::uint32_t entry = 0; entry < layout.regions.size(); ++entry) {
      line({Kind::kEntry, index, entry}, print_entry(layout.regions[entry]));
    }
    depth_ = 0;
    line({Kind::kLayoutEnd, index, 0}, "}");
  }

  void op(std::uint32_t index) {
    const Op& op = document_.program.ops[index];
    if (op.kind == OpKind::kSubmitEnd && depth_ > 0) --depth_;
    std::string text = print_op(op, document_.names);
    if (index < document_.outcomes.size() && document_.outcomes[index]) text += " -> " + print_outcome(*document_.outcomes[index]);
    line({Kind::kOp, index, 0}, text);
    if (opens_scope(op.kind)) ++depth_;
  }

  void line(const LineKey& key, std::string_view text) {
    comments_before(key);
    text_.append(2 * depth_, ' ').append(text);
    const auto [first, last] = beside_.equal_range(key);
    for (auto comment = first; comment != last; ++comment) text_ += "  " + comment_line(*comment->second);
    text_ += '\n';
  }

  void comments_before(const LineKey& key) {
    const auto [first, last] = before_.equal_range(key);
    for (auto comment = first; comment != last; ++comment) text_.append(2 * depth_, ' ').append(comment_line(*comment->second)) += '\n';
  }

  static std::string comment_line(const std::string& text) { return text.empty() ? "#" : "# " + text; }

  const Document& document_;
  std::multimap<LineKey, const std::string*> before_;
  std::multimap<LineKey, const std::string*> beside_;
  std::size_t depth_ = 0;
  std::string text_;
};

std::string print(const Document& document) { return TextPrinter(document).print(); }

std::string print(const Program& program) {
  Document document;
  document.program = program;
  return print(document);
}

std::string print_op(const Op& op, const Names& names) {
  std::string text;
  if (op.lane != 0 && !has_operand(op.kind, Operand::kLane)) text = fmt::format("on {} ", print_lane(op.lane, names));
  const std::string_view keyword = info(op.kind).text;
  text += keyword.substr(0, keyword.find(' '));
  for (const Operand operand : operands(op.kind)) {
    print_operand(operand, op, names, text);
  }
  if (op.fail_nth != 0) text += fmt::format(" fail {}", op.fail_nth);
  if (opens_scope(op.kind)) text += " {";
  return text;
}

std::string print_outcome(const ExpectedOutcome& outcome) {
  std::string text(status_name(outcome.status));
  if (outcome.count) text += fmt::format(" count={}", print_number(*outcome.count));
  if (outcome.address) text += fmt::format(" address={:#x}", *outcome.address);
  if (outcome.value) text += fmt::format(" value={:#x}", *outcome.value);
  return text;
}

}  // namespace gmc
