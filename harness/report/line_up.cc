// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/line_up.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "harness/base/counted.h"
#include "harness/program/text.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

constexpr std::size_t kColumnMax = 60;

struct Row {
  std::string op{};
  std::string where{};
  std::string expected{};
  std::string got{};
  std::string remark{};
  bool is_culprit = false;
};

// What stands before the first operation: the memory and the layouts, as the text form has them.
std::string head(const Document& document) {
  Document bare{.program = document.program, .outcomes = {}, .names = document.names, .comments = {}};
  bare.program.ops.clear();
  const std::string text = print(bare);
  std::string lines;
  for (std::size_t at = text.find("memory"); at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines += "    " + text.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return lines;
}

constexpr std::size_t kHeadLines = 40;  // of a trace in detail

// The first lines of the head, and how many there are more.
std::string short_head(const Document& document) {
  const std::string whole = head(document);
  std::size_t end = 0;
  for (std::size_t i = 0; i < kHeadLines && end < whole.size(); ++i) end = whole.find('\n', end) + 1;
  const auto left_out = std::count(whole.begin() + static_cast<std::ptrdiff_t>(end), whole.end(), '\n');
  return whole.substr(0, end) + (left_out > 0 ? fmt::format("    ... {} of layouts\n", counted(left_out, "more line")) : "");
}

// Which of many rows are shown.
std::vector<bool> chosen(std::size_t count, std::size_t centre, std::span<const std::uint32_t> mentioned) {
  std::vector<bool> is_shown(count, count <= kTraceRows);
  if (count <= kTraceRows) return is_shown;
  constexpr std::size_t kFirst = 8;
  constexpr std::size_t kBehind = 4;
  std::size_t room = kTraceRows;
  const auto show = [&](std::size_t i) {
    if (i >= count || is_shown[i] || room == 0) return;
    is_shown[i] = true;
    --room;
  };
  for (std::size_t i = 0; i <= kBehind; ++i) show(centre + i);
  for (std::size_t i = 0; i < kFirst; ++i) show(i);
  for (const std::uint32_t i : mentioned) show(i);
  for (std::size_t i = centre; i-- > 0;) show(i);
  return is_shown;
}

std::vector<Row> rows_of(const Document& document, std::span<const TraceLine> trace, const std::optional<Finding>& finding) {
  std::vector<Row> rows;
  std::size_t depth = 0;
  for (const Op& op : document.program.ops) {
    if (op.kind == OpKind::kSubmitEnd) --depth;
    rows.push_back({.op = std::string(2 * depth, ' ') + print_op(op, document.names)});
    if (opens_scope(op.kind)) ++depth;
  }
  for (const TraceLine& line : trace) {
    if (line.index >= rows.size()) continue;
    Row& row = rows[line.index];
    row.where = printable_line(line.where);
    row.expected = line.was_skipped ? "" : printable_line(line.expected);
    row.got = line.was_skipped ? "(skipped)" : printable_line(line.got);
  }
  if (finding && finding->op_index < rows.size()) {
    Row& row = rows[finding->op_index];
    row.is_culprit = true;
    row.expected = printable_line(finding->expected);
    row.got = printable_line(finding->got);
  }
  return rows;
}

}  // namespace

std::string line_up_in_detail(const Document& document, std::span<const TraceLine> trace, const std::optional<Finding>& finding,
                              std::span<const std::uint32_t> mentioned, const std::map<std::uint32_t, std::string>& remarks) {
  std::vector<Row> rows = rows_of(document, trace, finding);
  for (const auto& [index, remark] : remarks) {
    if (index < rows.size()) rows[index].remark = remark;
  }
  std::size_t centre = rows.empty() ? 0 : rows.size() - 1;
  if (finding && finding->op_index < rows.size()) centre = finding->op_index;
  const std::vector<bool> is_shown = chosen(rows.size(), centre, mentioned);
  std::size_t op_width = 2, where_width = 2, expected_width = 8;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!is_shown[i]) continue;
    op_width = std::max(op_width, std::min(rows[i].op.size(), kColumnMax));
    where_width = std::max(where_width, std::min(rows[i].where.size(), kColumnMax));
    expected_width = std::max(expected_width, std::min(rows[i].expected.size(), kColumnMax));
  }
  std::string text = short_head(document);
  const auto line = [&](std::string_view mark, const std::string& number, const Row& row) {
    std::string columns = fmt::format("{} {:>4}  {:{}}  {:{}}  {:{}}  {}", mark, number, row.op, op_width, row.where, where_width,
                                      row.expected, expected_width, row.got);
    if (!row.remark.empty()) columns += "  " + row.remark;
    columns.erase(columns.find_last_not_of(' ') + 1);
    text += columns + "\n";
  };
  line("   ", "op", {.where = "at", .expected = "expected", .got = "got"});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (is_shown[i]) {
      line(rows[i].is_culprit ? "-->" : "   ", fmt::format("{}", i), rows[i]);
      continue;
    }
    const std::size_t first = i;
    while (i + 1 < rows.size() && !is_shown[i + 1]) ++i;
    text += fmt::format("    ... operations {} to {} left out\n", first, i);
  }
  return text;
}

std::string back_trace_text(const Finding& finding) {
  std::string text;
  for (std::size_t i = 0; i < finding.back_trace.size(); ++i) {
    text += fmt::format("  crash: #{:<2} {}\n", i, printable_line(finding.back_trace[i]));
  }
  return text;
}

std::string text_of(const TraceDetail& detail) {
  std::string text;
  if (!detail.picture.empty()) {
    text += detail.op_index < kOpsMax ? fmt::format("  memory when op {} ran\n", detail.op_index)
                                      : "  memory when it was compared, at no operation\n";
  }
  for (const std::string& line : detail.picture) text += printable_line(line) + "\n";
  for (const std::string& line : detail.diff) text += printable_line(line) + "\n";
  return text;
}

std::string line_up(const Document& document, std::span<const TraceLine> trace, const std::optional<Finding>& finding,
                    const std::map<std::uint32_t, std::string>& remarks) {
  std::vector<Row> rows = rows_of(document, trace, finding);
  for (const auto& [index, remark] : remarks) {
    if (index < rows.size()) rows[index].remark = remark;
  }
  std::size_t op_width = 0, expected_width = 8;
  for (const Row& row : rows) {
    op_width = std::max(op_width, std::min(row.op.size(), kColumnMax));
    expected_width = std::max(expected_width, std::min(row.expected.size(), kColumnMax));
  }
  std::string text = head(document);
  text += fmt::format("    {:{}}  {:{}}  {}\n", "", op_width, "expected", expected_width, "got");
  for (const Row& row : rows) {
    std::string line =
        fmt::format("{} {:{}}  {:{}}  {}", row.is_culprit ? "-->" : "   ", row.op, op_width, row.expected, expected_width, row.got);
    if (!row.remark.empty()) line += "  " + row.remark;
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

}  // namespace gmc
