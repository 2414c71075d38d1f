// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/check.h"
#include "harness/profiler/probe_programs.h"

namespace gmc {

namespace {

// A backend that dies under a value has answered; more of the same says no more.
constexpr unsigned kDeathsMax = 2;

using Seen = Supervisor::Probes::Answer;

std::string line_of(const Finding& finding, const Program& program) {
  const OpKind kind = finding.op_index < program.ops.size() ? program.ops[finding.op_index].kind : finding.op;
  return fmt::format("{} {}: expected {}, got {}", id(finding.clause), keyword(kind), finding.expected, finding.got);
}

Tried::Side side_of(const Finding& finding) {
  const Divergence& d = finding.divergence;
  if (finding.op != OpKind::kCreate || d.part != Part::kStatus) return Tried::Side::kUnknown;
  if (d.expected_status == GMC_OK) return Tried::Side::kTooLarge;
  return d.got_status == GMC_OK ? Tried::Side::kTooSmall : Tried::Side::kUnknown;
}

}  // namespace

std::vector<Tried> Trial::run(const std::vector<std::string>& values) const {
  std::vector<Tried> all;
  std::vector<Profile> profiles;
  std::vector<std::size_t> owners;  // of the profiles: indices of `all`
  for (const std::string& value : values) {
    Tried& one = all.emplace_back(Tried{.value = value});
    const auto draft = around_.with(qualified_, value);
    if (!draft) {
      one.contradiction = draft.error().cause;
    } else if (Profile profile = draft->profile(); has_room(profile)) {
      owners.push_back(all.size() - 1);
      profiles.push_back(std::move(profile));
    } else {
      one.contradiction = "it leaves no room for a region";
    }
  }
  if (profiles.size() < 2) return all;
  const std::vector<Program> programs = draw_programs(probe_, profiles, supervisor_.opened().adopted, programs_);
  std::vector<Supervisor::Probes> probes;
  for (const Profile& profile : profiles) {
    // Programs that bring a layout are none for a backend that has its own.
    const bool fits = probe_.style != Style::kLayouts || profile.root().layout == LayoutSource::kGiven;
    probes.push_back(supervisor_.probe(profile, fits ? programs : std::vector<Program>{}, kDeathsMax));
    probes.back().answers.resize(programs.size(), Seen::kUnknown);
  }
  const auto agrees_somewhere = [&](std::size_t i) {
    return std::ranges::any_of(probes, [&](const Supervisor::Probes& one) { return one.answers[i] == Seen::kAgrees; });
  };
  for (std::size_t k = 0; k < profiles.size(); ++k) {
    Tried& one = all[owners[k]];
    if (probes[k].refusal) {
      one.against = programs.size() + 1;
      one.evidence = probes[k].refusal->cause;
      continue;
    }
    one.findings = std::move(probes[k].findings);
    for (const auto& [i, finding] : one.findings) {
      if (!agrees_somewhere(i)) continue;
      if (one.against++ > 0) continue;
      one.evidence = line_of(finding, programs[i]);
      one.side = side_of(finding);
    }
  }
  return all;
}

const Tried& tried(const std::vector<Tried>& all, std::string_view value) {
  const auto found = std::ranges::find(all, value, &Tried::value);
  GMC_CHECK(found != all.end(), value);
  return *found;
}

}  // namespace gmc
