// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/fuzz_group.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "harness/program/op.h"
#include "harness/report/folder.h"

namespace gmc {

std::string group_name(const Finding& finding) {
  const std::string_view word = keyword(finding.op) == "}" ? "submit" : keyword(finding.op);
  return fmt::format("{}-{}-{}", id(finding.clause), word,
                     finding.verdict == Verdict::kViolation ? name(finding.divergence.part) : name(finding.verdict));
}

Result<FuzzGroup> FuzzGroup::open(const std::string& findings, std::string_view name) {
  FuzzGroup group{.folder = fmt::format("{}/{}", findings, name)};
  std::error_code error;
  std::filesystem::create_directories(group.folder, error);
  if (error) return fail(group.folder, error.message());
  if (const auto text = read_file(group.folder + "/hits")) std::from_chars(text->data(), text->data() + text->size(), group.hits);
  return group;
}

Result<void> FuzzGroup::count_hit() { return write_file(folder + "/hits", fmt::format("{}\n", ++hits)); }

}  // namespace gmc
