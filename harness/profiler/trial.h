// SPDX-License-Identifier: Apache-2.0 OR MIT
// Values of one switch, each tried with the same programs: under which of them the backend's answers are right.
#ifndef GMCHECK_HARNESS_PROFILER_TRIAL_H
#define GMCHECK_HARNESS_PROFILER_TRIAL_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/campaign/supervisor.h"
#include "harness/profiler/draft.h"
#include "harness/profiler/probe_table.h"

namespace gmc {

// A value that was tried.
struct Tried {
  std::string value;
  std::string contradiction = {};  // why it cannot be, next to the other switches; "": it can
  std::size_t against = 0;         // programs that go wrong under it and not under another of the values
  std::string evidence = {};       // the first of them in one line
  // What `create` says of a number: it accepts what this one forbids, or refuses what it allows.
  enum class Side : std::uint8_t { kUnknown, kTooSmall, kTooLarge } side = Side::kUnknown;
  std::map<std::size_t, Finding> findings = {};  // by program

  [[nodiscard]] bool is_possible() const { return contradiction.empty(); }
  [[nodiscard]] bool agrees() const { return is_possible() && against == 0; }
};

class Trial {
 public:
  // `around`: the profile of which one line is varied. `programs`: about so many for each value.
  Trial(const Supervisor& supervisor, const Probe& probe, const Draft& around, std::string_view qualified, std::uint32_t programs)
      : supervisor_(supervisor), probe_(probe), around_(around), qualified_(qualified), programs_(programs) {}

  // In the order of `values`. A program that goes wrong under all of them says nothing about this switch.
  [[nodiscard]] std::vector<Tried> run(const std::vector<std::string>& values) const;

 private:
  const Supervisor& supervisor_;
  const Probe& probe_;
  const Draft& around_;
  std::string qualified_;
  std::uint32_t programs_;
};

// The one with this value; GMC_CHECKs that it is there.
[[nodiscard]] const Tried& tried(const std::vector<Tried>& all, std::string_view value);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROFILER_TRIAL_H
