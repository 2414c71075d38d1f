// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/base/check.h"
#include "harness/program/profile_rules.h"

namespace gmc {

std::string_view bare_name(std::string_view qualified) {
  const std::size_t dot = qualified.find('.');
  return dot == std::string_view::npos ? qualified : qualified.substr(dot + 1);
}

Draft::Draft(const Profile& profile) {
  const std::string text = profile.print();
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const std::size_t equals = line.find(" = ");
    GMC_CHECK(equals != std::string_view::npos, line);
    lines_.emplace_back(line.substr(0, equals), line.substr(equals + 3));
  }
}

std::string Draft::get(std::string_view qualified) const {
  const auto line = std::ranges::find(lines_, qualified, &Line::first);
  if (line != lines_.end()) return line->second;
  const std::string_view bare = bare_name(qualified);
  return bare == qualified ? switch_text(Switches{}, bare) : get(bare);
}

std::vector<std::string> Draft::lines_of_kinds() const {
  std::vector<std::string> names;
  for (const Line& line : lines_) {
    if (line.first.contains('.')) names.push_back(line.first);
  }
  return names;
}

std::string Draft::text() const {
  std::string text;
  for (const auto& [name, value] : lines_) text += fmt::format("{} = {}\n", name, value);
  return text;
}

void Draft::set(std::string_view qualified, std::string_view value) {
  const auto line = std::ranges::find(lines_, qualified, &Line::first);
  if (line != lines_.end()) {
    line->second = value;
  } else {
    lines_.emplace_back(qualified, value);
  }
}

Draft Draft::without(const std::vector<Line>& lines) const {
  Draft draft = *this;
  std::erase_if(draft.lines_, [&](const Line& line) { return std::ranges::find(lines, line) != lines.end(); });
  return draft;
}

// Lines of the switches that some rule names together with this one.
std::vector<Draft::Line> Draft::lines_about(std::string_view other_than) const {
  std::set<std::string_view> related;
  for (const ProfileRule& rule : profile_rules()) {
    if (std::ranges::find(rule.switches, other_than) != rule.switches.end()) related.insert(rule.switches.begin(), rule.switches.end());
  }
  related.erase(other_than);
  std::vector<Line> lines;
  for (const Line& line : lines_) {
    if (related.contains(bare_name(line.first))) lines.push_back(line);
  }
  return lines;
}

Result<Draft> Draft::with(std::string_view qualified, std::string_view value) const {
  Draft draft = *this;
  draft.set(qualified, value);
  const auto parsed = draft.parse();
  if (parsed) return draft;
  // All that might be in the way goes, and then comes back line by line as far as it can.
  std::vector<Line> gone = draft.lines_about(bare_name(qualified));
  if (!draft.without(gone).parse()) return fail("", parsed.error().cause);
  for (std::size_t i = 0; i < gone.size();) {
    std::vector<Line> fewer = gone;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (draft.without(fewer).parse()) {
      gone = std::move(fewer);
    } else {
      ++i;
    }
  }
  return draft.without(gone);
}

Profile Draft::profile() const {
  auto profile = parse();
  GMC_CHECK(profile.has_value(), profile.error().text());
  return *std::move(profile);
}

}  // namespace gmc
