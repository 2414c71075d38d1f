// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/clause_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/base/check.h"

namespace gmc {

namespace {

constexpr unsigned char kContract[] = {
#include "harness/report/contract_md.inc"
};

std::string_view contract() { return {reinterpret_cast<const char*>(kContract), sizeof kContract}; }

// "**GM-RW-007** (switch range_fail_effect; not checked ...) An exact ...": a paragraph that ends at an empty line.
ClauseText find_text(Clause clause) {
  const std::string_view page = contract();
  const std::string head = fmt::format("\n**{}** (", id(clause));
  const std::size_t start = page.find(head);
  GMC_CHECK(start != std::string_view::npos, id(clause));
  std::string paragraph(page.substr(start + head.size(), page.find("\n\n", start + 1) - start - head.size()));
  std::ranges::replace(paragraph, '\n', ' ');
  while (paragraph.ends_with(' ')) paragraph.pop_back();
  const std::size_t close = paragraph.find(") ");
  GMC_CHECK(close != std::string::npos, paragraph);
  return {.kind = paragraph.substr(0, std::min(close, paragraph.find(';'))),
          .text = paragraph.substr(close + 2),
          .line = static_cast<int>(std::count(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(start) + 1, '\n')) + 1};
}

}  // namespace

const ClauseText& clause_text(Clause clause) {
  static const auto kTexts = [] {
    std::array<ClauseText, kClauseCount> texts;
    for (std::size_t i = 0; i < kClauseCount; ++i) texts[i] = find_text(static_cast<Clause>(i));
    return texts;
  }();
  return kTexts[static_cast<std::size_t>(clause)];
}

std::string wrapped(std::string_view paragraph, std::size_t width, std::size_t indent) {
  std::string text;
  std::size_t column = 0;
  while (!paragraph.empty()) {
    const std::size_t end = std::min(paragraph.find(' '), paragraph.size());
    const std::string_view word = paragraph.substr(0, end);
    paragraph.remove_prefix(std::min(end + 1, paragraph.size()));
    if (word.empty()) continue;
    if (column > 0 && column + 1 + word.size() > width) {
      text += '\n';
      column = 0;
    }
    text += column == 0 ? std::string(indent, ' ') : " ";
    text += word;
    column = column == 0 ? indent + word.size() : column + 1 + word.size();
  }
  if (column > 0) text += '\n';
  return text;
}

}  // namespace gmc
