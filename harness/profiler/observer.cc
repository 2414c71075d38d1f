// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/observer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "harness/base/check.h"
#include "harness/profiler/draft.h"
#include "harness/profiler/probe_table.h"
#include "harness/profiler/trial.h"
#include "harness/profiler/values.h"

namespace gmc {

namespace {

constexpr int kPassesMax = 4;
constexpr std::uint32_t kFewPrograms = 16;  // for each of many values

// What this version opens no space and no lane of.
constexpr std::string_view kUnopened[] = {"snapshot.", "pages.", "vcpu.", "device."};

// What a program has to do before there is a space of that kind; "" for nothing.
std::string_view opening_of(std::string_view kind) {
  if (kind == "region.") return "open_region open_region";
  return kind == "range." ? "open_range open_range" : "";
}

class Looker {
 public:
  Looker(const Supervisor& supervisor, const ObserverOptions& options)
      : supervisor_(supervisor), options_(options), declared_(supervisor.profile()), working_(declared_) {}

  ObservedProfile run() {
    ObservedProfile observed;
    for (int pass = 0; pass < kPassesMax; ++pass) {
      const Profile before = working_.profile();
      observed.switches = look_at_all();
      if (working_.profile() == before) break;
    }
    observed.profile = working_.profile();
    return observed;
  }

 private:
  std::vector<ObservedSwitch> look_at_all() {
    std::vector<std::string> names;
    for (const SwitchShape& one : switch_shapes()) names.emplace_back(one.name);
    std::ranges::copy(declared_.lines_of_kinds(), std::back_inserter(names));
    std::vector<ObservedSwitch> all;
    for (const std::string& name : names) {
      const std::string bare(bare_name(name));
      if (!options_.only.empty() && std::ranges::find(options_.only, bare) == options_.only.end()) continue;
      if (options_.on_progress) options_.on_progress(name);
      const auto settled = settled_.find(name);
      all.push_back(settled != settled_.end() ? settled->second : look_at(name));
    }
    return all;
  }

  ObservedSwitch look_at(const std::string& name) {
    ObservedSwitch seen{.name = name, .declared = declared_.get(name)};
    const std::string_view bare = bare_name(name);
    const std::string_view kind = std::string_view(name).substr(0, name.size() - bare.size());
    const Probe* row = find_probe(bare);
    if (row == nullptr) {
      seen.why_not = why_unseen(bare);
    } else if (std::ranges::find(kUnopened, kind) != std::end(kUnopened)) {
      seen.why_not = fmt::format("this version opens no {}", kind.substr(0, kind.size() - 1));
    } else if (row->needs != nullptr && !is_met(*row)) {
      seen.why_not = row->without;
    } else {
      Probe probe = *row;
      const std::string operations = fmt::format("{} {}", row->operations, opening_of(kind));
      if (!opening_of(kind).empty()) {
        probe.operations = operations;
        probe.length += 2;
      }
      look_with(probe, seen);
    }
    return seen;
  }

  void look_with(const Probe& probe, ObservedSwitch& seen) {
    const std::string_view bare = bare_name(seen.name);
    switch (shape_of(bare)) {
      case Shape::kChoice:
      case Shape::kBool:
        return conclude(probe, try_values(probe, seen, all_values(bare), options_.programs), seen);
      case Shape::kNumber:
        return look_at_number(probe, seen);
      case Shape::kSet:
      case Shape::kSizes:
        return look_at_members(probe, seen);
      case Shape::kDetail:
        return look_at_detail(probe, seen);
    }
  }

  // Where some kind of space has what the switch is about.
  [[nodiscard]] bool is_met(const Probe& probe) const {
    const Profile profile = working_.profile();
    return probe.needs(profile.of(GMC_SPACE_ROOT)) || probe.needs(profile.of(GMC_SPACE_REGION)) || probe.needs(profile.of(GMC_SPACE_RANGE));
  }

  [[nodiscard]] std::vector<Tried> try_values(const Probe& probe, const ObservedSwitch& seen, const std::vector<std::string>& values,
                                              std::uint32_t programs) const {
    return Trial(supervisor_, probe, working_, seen.name, programs).run(values);
  }

  // From here on others are looked at with this value.
  void adopt(const std::string& name, const std::string& value) {
    if (working_.get(name) == value) return;
    if (auto draft = working_.with(name, value)) working_ = *std::move(draft);
  }

  void conclude(const Probe& probe, const std::vector<Tried>& all, ObservedSwitch& seen) {
    const auto possible = std::ranges::count_if(all, &Tried::is_possible);
    if (possible < 2) {
      const auto reason = std::ranges::find_if(all, [](const Tried& one) { return !one.is_possible(); });
      seen.why_not = reason != all.end() ? reason->contradiction : "there is one value only";
      return;
    }
    std::vector<std::string> agreeing;
    for (const Tried& one : all) {
      if (one.agrees()) agreeing.push_back(one.value);
    }
    const bool agrees = std::ranges::find(agreeing, seen.declared) != agreeing.end();
    const bool has_lax = agreeing.size() > 1 && std::ranges::find(agreeing, probe.lax) != agreeing.end();
    if (std::cmp_equal(agreeing.size(), possible) && !has_lax) {
      seen.why_not = "nothing that was tried tells its values apart";
      return;
    }
    if (has_lax) std::erase(agreeing, probe.lax);
    seen.values = std::move(agreeing);
    seen.differs = !agrees;
    if (agrees) {
      if (tried(all, seen.declared).findings.empty()) settled_.insert_or_assign(seen.name, seen);
      return adopt(seen.name, seen.declared);
    }
    const Tried& declared = tried(all, seen.declared);
    seen.evidence = declared.is_possible() ? declared.evidence : declared.contradiction;
    adopt(seen.name, seen.values.empty() ? nearest(all) : seen.values.front());
  }

  // Of values of which none agrees: the one that least is said against.
  [[nodiscard]] static std::string nearest(const std::vector<Tried>& all) {
    const Tried* best = nullptr;
    for (const Tried& one : all) {
      if (one.is_possible() && (best == nullptr || one.against < best->against)) best = &one;
    }
    return best->value;
  }

  // All numbers are tried only where the declared one is wrong.
  void look_at_number(const Probe& probe, ObservedSwitch& seen) {
    const std::string_view bare = bare_name(seen.name);
    const auto near = try_values(probe, seen, numbers_near(bare, seen.declared), options_.programs);
    // Where none of these is right, all of them go wrong alike.
    const Tried& declared = tried(near, seen.declared);
    if (!declared.is_possible() || (declared.agrees() && declared.findings.empty())) return conclude(probe, near, seen);
    auto all = try_values(probe, seen, all_numbers(bare, seen.declared), kFewPrograms);
    if (std::ranges::none_of(all, &Tried::agrees)) narrow(probe, seen, all);
    conclude(probe, all, seen);
  }

  // Halves what lies between a number that is too small and the next one that is too large, until one agrees.
  void narrow(const Probe& probe, const ObservedSwitch& seen, std::vector<Tried>& all) const {
    const std::string_view bare = bare_name(seen.name);
    std::uint64_t low = 0, high = UINT64_MAX;
    bool has_low = false, has_high = false;
    const auto take = [&](const Tried& one) {
      const std::uint64_t number = number_of(bare, one.value);
      if (one.side == Tried::Side::kTooSmall) low = std::max(low, number), has_low = true;
      if (one.side == Tried::Side::kTooLarge) high = std::min(high, number), has_high = true;
      return one.side != Tried::Side::kUnknown;
    };
    for (const Tried& one : all) static_cast<void>(take(one));
    const auto text = [&](std::uint64_t number) { return canonical(bare, fmt::to_string(number)); };
    while (has_low && has_high && low < high && high - low > 1) {
      const std::string middle = text(low + (high - low) / 2);
      const auto three = try_values(probe, seen, {text(low), middle, text(high)}, kFewPrograms);
      const Tried& one = tried(three, middle);
      if (one.agrees()) return all.push_back(one);
      if (!take(one)) return;
    }
  }

  // Members one by one: with it and without it.
  void look_at_members(const Probe& probe, ObservedSwitch& seen) {
    const std::string bare(bare_name(seen.name));
    const std::vector<std::string> members = members_tried(bare, seen.declared);
    std::string value = working_.get(seen.name);
    bool is_clean = true;
    for (const std::string& member : members) {
      const std::string with = with_member(bare, value, member, true);
      const std::string without = with_member(bare, value, member, false);
      const auto both = try_values(probe, seen, {with, without}, options_.programs);
      const bool is_declared = has_member(seen.declared, member);
      const Tried &in = tried(both, with), &out = tried(both, without);
      is_clean = is_clean && (is_declared ? in : out).findings.empty();
      // Neither, too, says nothing: what goes wrong then is the member's own fault, and no matter of whether it is there.
      const bool is_both = in.agrees() && out.agrees() && !probe.lax.empty();
      const bool is_told = is_both || (in.agrees() != out.agrees() && in.is_possible() && out.is_possible());
      if (!is_told) seen.untold.push_back(member);
      value = is_told ? (in.agrees() ? with : without) : is_declared ? with : without;
      if (is_told && in.agrees() != is_declared) {
        seen.differs = true;
        if (seen.evidence.empty()) seen.evidence = is_declared ? in.evidence : out.evidence;
      }
      adopt(seen.name, value);
      value = working_.get(seen.name);
    }
    if (seen.untold.size() == members.size()) {
      seen.untold.clear();
      seen.why_not = "nothing that was tried tells its values apart";
    } else {
      seen.values = {value};
      if (is_clean && !seen.differs) settled_.insert_or_assign(seen.name, seen);
    }
  }

  // What folds more statuses together always agrees: the finest detail that does is the one observed.
  void look_at_detail(const Probe& probe, ObservedSwitch& seen) {
    const std::string full = switch_text(Switches{}, bare_name(seen.name));
    std::string value = seen.declared;
    const auto first = try_values(probe, seen, with_folded(probe, seen, {full, value}), options_.programs);
    if (tried(first, full).agrees()) {
      value = full;
    } else if (!tried(first, value).agrees()) {
      seen.differs = true;
      seen.evidence = tried(first, value).evidence;
      value = nearest(first);
    }
    for (bool goes_on = value != full; goes_on;) {
      goes_on = false;
      for (const std::string& finer : details_without_one(value)) {
        const auto both = try_values(probe, seen, {finer, value}, options_.programs);
        if (!tried(both, finer).agrees()) continue;
        value = finer;
        goes_on = value != full;
        break;
      }
    }
    seen.values = {value};
    if (!seen.differs && tried(first, seen.declared).findings.empty()) settled_.insert_or_assign(seen.name, seen);
    adopt(seen.name, seen.differs ? value : seen.declared);
  }

  // The values, and the declared one with each pair of statuses folded that came for each other under it.
  [[nodiscard]] std::vector<std::string> with_folded(const Probe& probe, const ObservedSwitch& seen,
                                                     std::vector<std::string> values) const {
    constexpr std::size_t kPairsMax = 8;
    std::set<std::pair<std::uint16_t, std::uint16_t>> pairs;
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    // Two values are needed to try one: what everything folded into one would be is no profile of anybody's.
    const std::string coarse = detail_with(seen.declared, "out_of_range", "invalid_argument");
    const auto found = try_values(probe, seen, {seen.declared, coarse}, options_.programs);
    for (const auto& [i, finding] : tried(found, seen.declared).findings) {
      const Divergence& d = finding.divergence;
      if (finding.verdict != Verdict::kViolation || d.part != Part::kStatus || d.expected_status == GMC_OK || d.got_status == GMC_OK)
        continue;
      if (d.got_status < GMC_STATUS_COUNT && pairs.size() < kPairsMax) pairs.insert(std::minmax(d.expected_status, d.got_status));
    }
    for (const auto& [a, b] : pairs) {
      const std::string folded = detail_with(seen.declared, status_name(a), status_name(b));
      if (std::ranges::find(values, folded) == values.end()) values.push_back(folded);
    }
    if (values.size() == 1) values.push_back(coarse);
    return values;
  }

  const Supervisor& supervisor_;
  const ObserverOptions& options_;
  const Draft declared_;
  Draft working_;
  // What was observed without anything going wrong under the declared value: other lines cannot change that.
  std::map<std::string, ObservedSwitch> settled_;
};

}  // namespace

bool ObservedProfile::differs() const { return std::ranges::any_of(switches, &ObservedSwitch::differs); }

ObservedProfile observe(const Supervisor& supervisor, const ObserverOptions& options) { return Looker(supervisor, options).run(); }

}  // namespace gmc
