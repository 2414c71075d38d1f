// SPDX-License-Identifier: Apache-2.0 OR MIT
// A profile that is being edited: its lines, changed one at a time.
#ifndef GMCHECK_HARNESS_PROFILER_DRAFT_H
#define GMCHECK_HARNESS_PROFILER_DRAFT_H

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/profile.h"

namespace gmc {

// A switch of one kind of space or lane, or of all kinds that have no line of their own: "cross_region", "region.cross_region".
[[nodiscard]] std::string_view bare_name(std::string_view qualified);

// A value; lines are named by what stands before their `=`.
class Draft {
 public:
  explicit Draft(const Profile& profile);

  // The value of the line; of a kind without one that of the bare name, and of a bare name the contract's default.
  [[nodiscard]] std::string get(std::string_view qualified) const;
  // Lines with a kind, in the order of the profile's canonical text.
  [[nodiscard]] std::vector<std::string> lines_of_kinds() const;

  // The same with this line said otherwise. What contradicts that and may go back to its default does so: whoever tracks nothing marks
  // nothing. The error's cause says what cannot be at once.
  [[nodiscard]] Result<Draft> with(std::string_view qualified, std::string_view value) const;

  // Every draft that with() answers, and the first one, is one of a profile.
  [[nodiscard]] Profile profile() const;

 private:
  using Line = std::pair<std::string, std::string>;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] Result<Profile> parse() const { return Profile::parse(text(), ""); }
  void set(std::string_view qualified, std::string_view value);
  [[nodiscard]] Draft without(const std::vector<Line>& lines) const;
  [[nodiscard]] std::vector<Line> lines_about(std::string_view other_than) const;

  std::vector<Line> lines_;  // as Profile::print() has them, then what was set
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROFILER_DRAFT_H
