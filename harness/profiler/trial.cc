// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/check.h"
#include "harness/profiler/probe_programs.h"
#include "harness/profiler/values.h"

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

std::string Trial::along() const {
  const std::string_view kind = settings_.qualified.substr(0, settings_.qualified.size() - bare_name(settings_.qualified).size());
  return fmt::format("{}{}", kind, probe_.along);
}

// What holds already comes first, so that it is kept where nothing is better.
std::vector<std::string> Trial::values_along() const {
  if (!settings_.tries_along || probe_.along.empty()) return {""};
  const std::string kept = around_.get(along());
  std::vector<std::string> values = {kept};
  for (std::string& value : all_values(probe_.along)) {
    if (value != kept) values.push_back(std::move(value));
  }
  return values;
}

Trial::Variants Trial::variants_of(const std::vector<std::string>& values) const {
  Variants variants;
  const auto add = [&](Tried one, const Result<Draft>& draft) {
    variants.all.push_back(std::move(one));
    if (!draft) {
      variants.all.back().contradiction = draft.error().cause;
    } else if (Profile profile = draft->profile(); has_room(profile)) {
      variants.owners.push_back(variants.all.size() - 1);
      variants.profiles.push_back(std::move(profile));
    } else {
      variants.all.back().contradiction = "it leaves no room for a region";
    }
  };
  for (const std::string& value : values) {
    const auto draft = around_.with(settings_.qualified, value);
    for (const std::string& also : values_along()) {
      const auto both = draft && !also.empty() ? draft->with(along(), also) : draft;
      const bool is_both = both && both->get(settings_.qualified) == value;
      const bool is_first = variants.all.empty() || variants.all.back().value != value;
      if (is_both || (is_first && also.empty())) add({.value = value, .also = also}, both);
    }
    if (variants.all.empty() || variants.all.back().value != value) add({.value = value}, draft);
  }
  return variants;
}

// Programs that bring a layout are none for a backend that has its own.
Supervisor::Probes Trial::probe(const Profile& profile, const std::vector<Program>& programs) const {
  const bool fits = probe_.style != Style::kLayouts || profile.root().layout == LayoutSource::kGiven;
  auto probes = supervisor_.probe(profile, fits ? programs : std::vector<Program>{}, kDeathsMax);
  probes.answers.resize(programs.size(), Seen::kUnknown);
  return probes;
}

void Trial::judge(Variants& variants, const std::vector<Program>& programs) const {
  std::vector<Supervisor::Probes> probes;
  for (const Profile& profile : variants.profiles) probes.push_back(probe(profile, programs));
  const auto agrees_somewhere = [&](std::size_t i) {
    return std::ranges::any_of(probes, [&](const Supervisor::Probes& one) { return one.answers[i] == Seen::kAgrees; });
  };
  for (std::size_t k = 0; k < probes.size(); ++k) {
    Tried& one = variants.all[variants.owners[k]];
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
}

std::vector<Tried> Trial::run(const std::vector<std::string>& values) const {
  Variants variants = variants_of(values);
  if (variants.profiles.size() >= 2) {
    judge(variants, draw_programs(probe_, variants.profiles, {.adopted = supervisor_.opened().adopted, .plain = settings_.plain},
                                  settings_.programs));
  }
  // Of each value the variant that least is said against.
  std::vector<Tried> all;
  for (Tried& one : variants.all) {
    if (all.empty() || all.back().value != one.value) {
      all.push_back(std::move(one));
    } else if (one.is_possible() && (!all.back().is_possible() || one.against < all.back().against)) {
      all.back() = std::move(one);
    }
  }
  return all;
}

bool Trial::is_anything_wrong(const std::vector<std::string>& values) const {
  const Variants variants = variants_of(values);
  if (variants.profiles.empty()) return false;
  const auto programs =
      draw_programs(probe_, variants.profiles, {.adopted = supervisor_.opened().adopted, .plain = settings_.plain}, settings_.programs);
  const auto probes = probe(around_.profile(), programs);
  return !probes.findings.empty();
}

const Tried& tried(const std::vector<Tried>& all, std::string_view value) {
  const auto found = std::ranges::find(all, value, &Tried::value);
  GMC_CHECK(found != all.end(), value);
  return *found;
}

}  // namespace gmc
