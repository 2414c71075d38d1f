// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/line_up.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "harness/program/text.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

constexpr std::size_t kColumnMax = 60;

struct Row {
  std::string op{};
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
