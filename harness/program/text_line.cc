// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/text_line.h"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

namespace gmc {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view comment_text(std::string_view text) {
  if (text.starts_with(' ')) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// A byte that may not stand at this place of a line, said for the reader; nullptr-like empty where it may.
std::string complaint(char c, bool in_comment) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\r') return "a carriage return; lines end with a newline alone";
  if (is_blank(c) || (byte > 0x20 && byte < 0x7f) || (in_comment && byte >= 0x80)) return {};
  return fmt::format("byte {:#04x}; outside of comments a program is printable ASCII", byte);
}

TextResult<TextLine> split_line(std::string_view text, std::uint32_t number) {
  TextLine line;
  line.end = {number, 1};
  const std::size_t hash = text.find('#');
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (auto cause = complaint(text[i], i >= hash); !cause.empty()) {
      return std::unexpected(TextError{{number, static_cast<std::uint32_t>(i) + 1}, std::move(cause)});
    }
  }
  const std::string_view code = text.substr(0, hash);
  for (std::size_t i = 0; i < code.size();) {
    if (is_blank(code[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < code.size() && !is_blank(code[end])) ++end;
    line.words.push_back({code.substr(i, end - i), {number, static_cast<std::uint32_t>(i) + 1}});
    line.end.column = static_cast<std::uint32_t>(end) + 1;
    i = end;
  }
  if (hash != std::string_view::npos) {
    line.comment = comment_text(text.substr(hash + 1));
    line.comment_place = {number, static_cast<std::uint32_t>(hash) + 1};
  }
  return line;
}

}  // namespace

TextResult<std::vector<TextLine>> split_lines(std::string_view text) {
  std::vector<TextLine> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    auto line = split_line(text.substr(0, end), static_cast<std::uint32_t>(lines.size()) + 1);
    if (!line) return std::unexpected(std::move(line).error());
    lines.push_back(*std::move(line));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::unexpected<TextError> WordCursor::expected(std::string_view what, std::string_view suffix) const {
  const std::string got = at_end() ? "the end of the line" : fmt::format("'{}'", peek());
  return error(fmt::format("expected {}, got {}{}", what, got, suffix));
}

std::unexpected<TextError> WordCursor::error(std::string cause) const { return std::unexpected(TextError{place(), std::move(cause)}); }

}  // namespace gmc
