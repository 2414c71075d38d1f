// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/profile_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace gmc {

namespace {

constexpr std::size_t kWidth = 120;

// "#   a b c", as many lines as it takes.
std::string wrapped(const std::vector<std::string>& words) {
  std::string text, line = "#  ";
  for (const std::string& word : words) {
    if (line.size() + 1 + word.size() > kWidth) {
      text += line + "\n";
      line = "#  ";
    }
    line += " " + word;
  }
  return text + line + "\n";
}

// What else would explain the same.
std::string others_of(const ObservedSwitch& one) {
  std::vector<std::string> others = one.values;
  std::erase(others, one.written);
  return fmt::format("{}", fmt::join(others, " or "));
}

}  // namespace

std::string profile_file(const ObservedProfile& observed, std::string_view backend) {
  std::vector<std::string> seen, ambiguous, unexplained, members, unseen;
  for (const ObservedSwitch& one : observed.switches) {
    const std::string line = fmt::format("{} = {}", one.name, one.written);
    if (!one.why_not.empty()) {
      unseen.push_back(fmt::format("#   {}: {}\n", line, one.why_not));
    } else if (one.values.empty()) {
      unexplained.push_back(fmt::format("#   {}\n", line));
    } else if (one.values.size() > 1 || one.values.front() != one.written) {
      ambiguous.push_back(fmt::format("#   {} (or {})\n", line, others_of(one)));
    } else if (!one.untold.empty()) {
      members.push_back(fmt::format("#   {} (not observed: {})\n", line, fmt::join(one.untold, " ")));
    } else {
      seen.push_back(one.name);
    }
  }
  std::string text = fmt::format("# {}, as `gmcheck profile` observed it. What is not said below has its default.\n", backend);
  const auto add = [&](std::string_view title, const std::vector<std::string>& lines) {
    if (!lines.empty()) text += fmt::format("# {}:\n{}", title, fmt::join(lines, ""));
  };
  if (!seen.empty()) text += "# Observed:\n" + wrapped(seen);
  add("Observed in part; members of which nothing was seen are as in the profile that this began with", members);
  add("Several values explain what was seen; this one asks least", ambiguous);
  add("No value explains all that was seen; this one explains most", unexplained);
  add("Not observed, and as in the profile that this began with", unseen);
  return text + observed.profile.print();
}

}  // namespace gmc
