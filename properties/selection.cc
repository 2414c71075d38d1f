// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "properties/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cctype>
#include <set>
#include <string_view>

#include "harness/program/suggestion.h"
#include "harness/report/clause_text.h"
#include "harness/report/printable.h"
#include "properties/glob.h"

namespace gmc {

namespace {

constexpr std::size_t kNameMax = 64;  // longer than any id, group or tag

using ClauseSet = std::bitset<kClauseCount>;

Clause clause_at(std::size_t index) { return static_cast<Clause>(index); }

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

std::string_view word_of(ClauseState state) {
  switch (state) {
    case ClauseState::kChecked:
      return "checked";
    case ClauseState::kUnspecified:
      return "unspecified";
    case ClauseState::kDeclaration:
      return "declaration";
    case ClauseState::kCompared:
      return "compared";
    case ClauseState::kLater:
      return "later";
  }
  return "";
}

bool has_tag(Clause clause, const std::string& tag) {
  const auto tags = tags_of(clause);
  return std::ranges::find(tags, tag) != tags.end();
}

// Ids and groups in capitals, tags as they are written.
bool names(const std::string& term, Clause clause) {
  const std::string wanted = upper(term);
  const std::string_view group = info(clause).group;
  return matches_glob(wanted, id(clause)) || wanted == group || wanted == fmt::format("GM-{}", group) || has_tag(clause, term);
}

std::string nearest_name(const std::string& whole) {
  const std::string term = whole.substr(0, kNameMax);  // the comparison takes time by the letter
  std::set<std::string> groups;
  std::vector<std::string> all = known_tags();
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    all.push_back(id(clause_at(i)));
    groups.insert(std::string(info(clause_at(i)).group));
  }
  all.insert(all.end(), groups.begin(), groups.end());
  // In capitals it may be nearer to an id.
  const std::string_view tag = nearest(term, {all.begin(), all.end()});
  const std::string capitals = upper(term);
  const std::string_view name = nearest(capitals, {all.begin(), all.end()});
  return std::string(edit_distance(capitals, name) <= edit_distance(term, tag) ? name : tag);
}

std::expected<ClauseSet, BadSelection> set_of(const std::string& term) {
  ClauseSet set;
  for (std::size_t i = 0; i < kClauseCount; ++i) set[i] = names(term, clause_at(i));
  if (set.any()) return set;
  const std::string shown = printable_line(term.substr(0, kNameMax));
  if (term.find_first_of("*?") != std::string::npos)
    return std::unexpected(
        BadSelection{{"--select", fmt::format("'{}' names no clause; clauses are GM-RW-007, RW, GM-XR-*", shown)}, true});
  return std::unexpected(
      BadSelection{{"--select", fmt::format("'{}' is no clause, group or tag; the nearest is '{}'", shown, nearest_name(term))}});
}

}  // namespace

std::vector<std::string> tags_of(Clause clause) {
  const ClauseInfo& row = info(clause);
  std::vector<std::string> tags = {fmt::format("group:{}", row.group), std::string(word_of(row.state))};
  if (clause_text(clause).kind == "core") tags.emplace_back("core");
  if (!row.switch_name.empty()) tags.push_back(fmt::format("switch:{}", row.switch_name));
  if (row.needs_witness) tags.emplace_back("witness");
  return tags;
}

std::vector<std::string> known_tags() {
  std::set<std::string> tags;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    for (std::string& tag : tags_of(clause_at(i))) tags.insert(std::move(tag));
  }
  return {tags.begin(), tags.end()};
}

std::expected<std::vector<Clause>, BadSelection> select_clauses(const std::vector<std::string>& terms) {
  ClauseSet in, out;
  bool names_any = false;
  for (const std::string& term : terms) {
    const bool excludes = term.starts_with('-') || term.starts_with('!');
    const auto set = set_of(excludes ? term.substr(1) : term);
    if (!set) return std::unexpected(set.error());
    (excludes ? out : in) |= *set;
    names_any = names_any || !excludes;
  }
  if (!names_any) in.set();
  in &= ~out;
  if (in.none()) return std::unexpected(BadSelection{{"--select", "leaves out every clause that it names"}, true});
  std::vector<Clause> selected;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    if (in[i]) selected.push_back(clause_at(i));
  }
  return selected;
}

}  // namespace gmc
