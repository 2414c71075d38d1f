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
  std::string also = {};           // of Probe::along, that which goes best with `value`; "": nothing is tried along
  std::string contradiction = {};  // why it cannot be, next to the other switches; "": it can
  std::size_t against = 0;         // programs that go wrong under it and not under another of the values
  std::string evidence = {};       // the first of them in one line
  // What `create` says of a number: it accepts what this one forbids, or refuses what it allows.
  enum class Side : std::uint8_t { kUnknown, kTooSmall, kTooLarge } side = Side::kUnknown;
  std::map<std::size_t, Finding> findings = {};  // by program

  [[nodiscard]] bool is_possible() const { return contradiction.empty(); }
  [[nodiscard]] bool agrees() const { return is_possible() && against == 0; }
};

// What is varied, and what holds for all of it.
struct TrialSettings {
  std::string_view qualified;     // the line
  std::uint32_t programs = 0;     // about so many for each value
  const Layout* plain = nullptr;  // a memory that is known to be there; null: none is known
  bool tries_along = false;       // Probe::along counts
};

class Trial {
 public:
  // `around`: the profile of which one line is varied.
  Trial(const Supervisor& supervisor, const Probe& probe, const Draft& around, const TrialSettings& settings)
      : supervisor_(supervisor), probe_(probe), around_(around), settings_(settings) {}

  // In the order of `values`. A program that goes wrong under all of them says nothing about this switch.
  [[nodiscard]] std::vector<Tried> run(const std::vector<std::string>& values) const;

  // Whether anything goes wrong under the profile as it is, with the programs that run() would draw for `values`.
  [[nodiscard]] bool is_anything_wrong(const std::vector<std::string>& values) const;

 private:
  // Values, and what is tried along, with their profiles; those that cannot be have none.
  struct Variants {
    std::vector<Tried> all;
    std::vector<Profile> profiles;
    std::vector<std::size_t> owners;  // of the profiles: indices of `all`
  };
  [[nodiscard]] Variants variants_of(const std::vector<std::string>& values) const;
  [[nodiscard]] std::vector<std::string> values_along() const;
  [[nodiscard]] std::string along() const;  // the line that is varied with this one
  [[nodiscard]] Supervisor::Probes probe(const Profile& profile, const std::vector<Program>& programs) const;
  void judge(Variants& variants, const std::vector<Program>& programs) const;

  const Supervisor& supervisor_;
  const Probe& probe_;
  const Draft& around_;
  TrialSettings settings_;
};

// The one with this value; GMC_CHECKs that it is there.
[[nodiscard]] const Tried& tried(const std::vector<Tried>& all, std::string_view value);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROFILER_TRIAL_H
