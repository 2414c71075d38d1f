// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/observer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
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
constexpr int kPassesFromNothing = 8;
constexpr std::uint32_t kFewPrograms = 16;  // for each of many values
constexpr std::uint32_t kRoughly = 3;       // the share of programs of a first look
constexpr std::uint32_t kMoreOfKinds = 2;   // times as many programs, as half of them do not come to a space of the kind

// What this version opens no space and no lane of.
constexpr std::string_view kUnopened[] = {"pages.", "vcpu.", "device."};

// Kinds for which lines are proposed. A snapshot answers as the map that it is of.
constexpr std::string_view kProposed[] = {"region.", "range."};

// While these are wrong, next to nothing can be made of a backend.
constexpr std::string_view kFirst[] = {"region_align_base", "region_align_size", "last_address", "backing", "reset"};

std::string_view kind_of(std::string_view qualified) { return qualified.substr(0, qualified.size() - bare_name(qualified).size()); }

// What a program has to do before there is a space of that kind; "" for nothing.
std::string_view opening_of(std::string_view kind) {
  if (kind == "region.") return "open_region open_region";
  if (kind == "snapshot.") return "open_snapshot open_snapshot add remove";
  return kind == "range." ? "open_range open_range" : "";
}

// A probe whose programs come to spaces of a kind. `words` keeps its operations.
Probe opened(const Probe& row, std::string_view kind, std::string& words) {
  Probe probe = row;
  if (opening_of(kind).empty()) return probe;
  words = fmt::format("{} {}", row.operations, opening_of(kind));
  probe.operations = words;
  probe.length += 2;
  return probe;
}

bool takes_kind(std::string_view kind, std::string_view bare) {
  return Profile::parse(fmt::format("{}{} = {}\n", kind, bare, switch_text(Switches{}, bare)), "").has_value();
}

// A mismatch is told apart by everybody, and what is refused or broken is no answer.
bool can_be_folded(std::uint16_t a, std::uint16_t b) {
  if (a >= GMC_STATUS_COUNT || b >= GMC_STATUS_COUNT) return false;
  Switches any;
  return set_switch(any, "error_detail", fmt::format("{}|{}", status_name(a), status_name(b))).has_value();
}

class Looker {
 public:
  Looker(const Supervisor& supervisor, const ObserverOptions& options)
      : supervisor_(supervisor), options_(options), declared_(supervisor.profile()), working_(declared_), programs_(options.programs) {}

  ObservedProfile run() {
    ObservedProfile observed;
    const int passes = options_.from_nothing ? kPassesFromNothing : kPassesMax;
    for (int pass = 0; pass < passes; ++pass) {
      const bool is_rough = options_.from_nothing && pass == 0;
      programs_ = is_rough ? options_.programs / kRoughly : options_.programs;
      const Profile before = working_.profile();
      observed.switches = look_at_all();
      is_precise_ = !is_rough;         // from the next pass on, as far as `before_` goes
      if (is_rough) settled_.clear();  // what seemed plain may have been so because nothing could be had
      if (is_rough || working_.profile() != before) continue;
      propose(observed.switches);
      if (working_.profile() == before) break;
    }
    observed.profile = working_.profile();
    const Draft written(observed.profile);
    for (ObservedSwitch& one : observed.switches) one.written = written.get(one.name);
    return observed;
  }

 private:
  [[nodiscard]] bool is_wanted(std::string_view name) const {
    return options_.only.empty() || std::ranges::find(options_.only, bare_name(name)) != options_.only.end();
  }

  std::vector<ObservedSwitch> look_at_all() {
    std::vector<std::string> names;
    for (const SwitchShape& one : switch_shapes()) names.emplace_back(one.name);
    std::map<std::string, ObservedSwitch> seen;
    const auto look = [&](const std::string& name) {
      if (!is_wanted(name) || seen.contains(name)) return;
      if (options_.on_progress) options_.on_progress(name);
      const auto settled = settled_.find(name);
      seen.emplace(name, settled != settled_.end() ? settled->second : look_again(name));
    };
    if (options_.from_nothing) std::ranges::for_each(kFirst, [&](std::string_view name) { look(std::string(name)); });
    std::ranges::for_each(names, look);
    for (const Draft* draft : {&declared_, &std::as_const(working_)}) {
      for (const std::string& line : draft->lines_of_kinds()) {
        if (std::ranges::find(names, line) == names.end()) names.push_back(line);
        look(line);
      }
    }
    before_ = seen;
    std::vector<ObservedSwitch> all;
    for (const std::string& name : names) {
      if (const auto found = seen.find(name); found != seen.end()) all.push_back(std::move(found->second));
    }
    return all;
  }

  // Nothing goes wrong with a value that asks less than it might.
  [[nodiscard]] bool may_ask_more(const Probe& row, const std::string& name) const {
    return !row.lax.empty() && (shape_of(row.name) == Shape::kSet || working_.get(name) == row.lax);
  }

  // A value that was found from nothing is looked at whole once more only where something goes wrong under it now, or cannot.
  ObservedSwitch look_again(const std::string& name) {
    const auto before = before_.find(name);
    const Probe* row = find_probe(bare_name(name));
    if (!options_.from_nothing || !is_precise_ || row == nullptr || before == before_.end() || !before->second.why_not.empty() ||
        before->second.values.empty() || may_ask_more(*row, name) || (row->needs != nullptr && !is_met(*row))) {
      return look_at(name);
    }
    std::string words;
    if (trial(opened(*row, kind_of(name), words), name, programs_).is_anything_wrong(drawn_from(name))) return look_at(name);
    settled_.insert_or_assign(name, before->second);
    return before->second;
  }

  ObservedSwitch look_at(const std::string& name) {
    ObservedSwitch seen{.name = name, .declared = declared_.get(name)};
    const std::string_view bare = bare_name(name);
    const std::string_view kind = kind_of(name);
    const Probe* row = find_probe(bare);
    if (row == nullptr) {
      seen.why_not = why_unseen(bare);
    } else if (std::ranges::find(kUnopened, kind) != std::end(kUnopened)) {
      seen.why_not = fmt::format("this version opens no {}", kind.substr(0, kind.size() - 1));
    } else if (kind == "snapshot." && working_.profile().root().map_mutation != MapMutation::kCow) {
      seen.why_not = "no snapshots are offered";
    } else if (row->needs != nullptr && !is_met(*row)) {
      seen.why_not = row->without;
    } else if (row->is_silent && !supervisor_.opened().offers.space_open) {
      seen.why_not = "no space is opened";
    } else {
      std::string words;
      look_with(opened(*row, kind, words), seen);
    }
    return seen;
  }

  // Looks for switches that are another in spaces of a kind than in all others, and adds a line for each.
  void propose(std::vector<ObservedSwitch>& all) {
    for (const std::string_view kind : kProposed) {
      if (!supervisor_.opened().offers.space_open) return;
      const auto lines = working_.lines_of_kinds();
      std::vector<SwitchShape> shapes = switch_shapes();
      // Which harvests are offered first: with the wrong ones nothing of the dirty log is right.
      const auto harvest = std::ranges::find(shapes, "harvest", &SwitchShape::name);
      std::rotate(shapes.begin(), harvest, std::next(harvest));
      for (const SwitchShape& one : shapes) {
        const std::string name = fmt::format("{}{}", kind, one.name);
        const Probe* row = find_probe(one.name);
        if (row == nullptr || row->style == Style::kLayouts || !is_wanted(name) || !takes_kind(kind, one.name)) continue;
        if (std::ranges::find(lines, name) != lines.end()) continue;  // it was looked at
        if (row->needs != nullptr && !is_met(*row)) continue;
        if (options_.on_progress) options_.on_progress(name);
        std::string words;
        const Probe probe = opened(*row, kind, words);
        if (!trial(probe, name, programs_).is_anything_wrong(drawn_from(name))) continue;
        ObservedSwitch seen{.name = name, .declared = declared_.get(name)};
        const std::string before = working_.get(name);
        look_with(probe, seen);
        if (working_.get(name) == before) continue;
        before_.insert_or_assign(name, seen);
        all.push_back(std::move(seen));
      }
    }
  }

  // Values under which programs are worth drawing that would show another one than the draft's.
  [[nodiscard]] std::vector<std::string> drawn_from(const std::string& name) const {
    const std::string bare(bare_name(name));
    const std::string value = working_.get(name);
    switch (shape_of(bare)) {
      case Shape::kChoice:
      case Shape::kBool:
        return all_values(bare);
      case Shape::kNumber:
        return numbers_near(bare, value);
      case Shape::kDetail:
        return {value};
      case Shape::kSet:
      case Shape::kSizes:
        break;
    }
    std::string none = value, every = value;
    for (const std::string& member : members_tried(bare, value)) {
      none = with_member(bare, none, member, false);
      every = with_member(bare, every, member, true);
    }
    return {value, none, every};
  }

  void look_with(const Probe& probe, ObservedSwitch& seen) {
    const std::string_view bare = bare_name(seen.name);
    switch (shape_of(bare)) {
      case Shape::kChoice:
      case Shape::kBool:
        return look_at_choice(probe, seen);
      case Shape::kNumber:
        return look_at_number(probe, seen);
      case Shape::kSet:
      case Shape::kSizes:
        return look_at_members(probe, seen);
      case Shape::kDetail:
        return look_at_detail(probe, seen);
    }
  }

  void look_at_choice(const Probe& probe, ObservedSwitch& seen) {
    const std::vector<std::string> values = all_values(bare_name(seen.name));
    auto all = try_values(probe, seen, values, programs_);
    if (std::ranges::none_of(all, &Tried::agrees) && adopt_beyond(probe, seen, values)) all = try_values(probe, seen, values, programs_);
    conclude(probe, all, seen);
  }

  // Where no value agrees while Probe::beyond is what it is: the first number under which one does.
  bool adopt_beyond(const Probe& probe, const ObservedSwitch& seen, const std::vector<std::string>& values) {
    if (probe.beyond.empty() || seen.name != probe.name) return false;
    const std::string name(probe.beyond);
    const std::string kept = working_.get(name);
    for (const std::string& number : all_numbers(name, kept)) {
      const auto draft = working_.with(name, number);
      if (number == kept || !draft) continue;
      const Trial trial(
          supervisor_, probe, *draft,
          {.qualified = seen.name, .programs = kFewPrograms, .plain = options_.plain ? &*options_.plain : nullptr, .tries_along = true});
      if (std::ranges::none_of(trial.run(values), &Tried::agrees)) continue;
      adopt(name, number);
      return true;
    }
    return false;
  }

  // Where some kind of space has what the switch is about.
  [[nodiscard]] bool is_met(const Probe& probe) const {
    const Profile profile = working_.profile();
    return probe.needs(profile.of(GMC_SPACE_ROOT)) || probe.needs(profile.of(GMC_SPACE_REGION)) || probe.needs(profile.of(GMC_SPACE_RANGE));
  }

  [[nodiscard]] Trial trial(const Probe& probe, std::string_view name, std::uint32_t programs, bool tries_along = false) const {
    if (bare_name(name) != name) programs *= kMoreOfKinds;
    return Trial(
        supervisor_, probe, working_,
        {.qualified = name, .programs = programs, .plain = options_.plain ? &*options_.plain : nullptr, .tries_along = tries_along});
  }

  [[nodiscard]] std::vector<Tried> try_values(const Probe& probe, const ObservedSwitch& seen, const std::vector<std::string>& values,
                                              std::uint32_t programs) const {
    auto all = trial(probe, seen.name, programs, options_.from_nothing).run(values);
    if (options_.from_nothing || probe.along.empty() || tried(all, seen.declared).agrees()) return all;
    // The other switch may be the one that is declared wrongly, or not at all.
    return trial(probe, seen.name, programs, true).run(values);
  }

  // From here on others are looked at with this value.
  void adopt(const std::string& name, const std::string& value) {
    if (working_.get(name) == value) return;
    auto draft = working_.with(name, value);
    if (!draft) return;
    working_ = *std::move(draft);
    if (options_.from_nothing) settled_.clear();
  }

  void adopt(const Probe& probe, const std::string& name, const Tried& one) {
    adopt(name, one.value);
    if (!one.also.empty()) adopt(fmt::format("{}{}", kind_of(name), probe.along), one.also);
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
    const bool has_lax = agreeing.size() > 1 && std::ranges::find(agreeing, probe.lax) != agreeing.end();
    if (std::cmp_equal(agreeing.size(), possible) && !has_lax) {
      seen.why_not = "nothing that was tried tells its values apart";
      return;
    }
    seen.values = agreeing;
    if (has_lax && !probe.is_silent) std::erase(seen.values, probe.lax);
    const Tried& chosen = tried(all, agreeing.empty() ? nearest(all, working_.get(seen.name)) : choice(seen, agreeing));
    const Tried& declared = tried(all, seen.declared);
    seen.differs = options_.from_nothing ? chosen.value != seen.declared : !declared.agrees();
    if (seen.differs) seen.evidence = declared.is_possible() ? declared.evidence : declared.contradiction;
    if (chosen.agrees() && chosen.findings.empty() && (!seen.differs || options_.from_nothing)) settled_.insert_or_assign(seen.name, seen);
    adopt(probe, seen.name, chosen);
  }

  // Of the values that agree, the one for the profile. `seen` has all but a lax one beside others.
  [[nodiscard]] std::string choice(const ObservedSwitch& seen, const std::vector<std::string>& agreeing) const {
    const std::string_view bare = bare_name(seen.name);
    const auto has = [&](const std::string& value) { return std::ranges::find(agreeing, value) != agreeing.end(); };
    if (options_.from_nothing && seen.values.size() == 1) return seen.values.front();
    if (!options_.from_nothing && has(seen.declared)) return seen.declared;
    // No line for a kind where none is needed.
    if (const std::string general = working_.get(bare); bare != seen.name && has(general)) return general;
    if (shape_of(bare) != Shape::kNumber) return safest(bare, options_.from_nothing ? agreeing : seen.values);
    return has(seen.declared) ? seen.declared : has(working_.get(seen.name)) ? working_.get(seen.name) : agreeing.front();
  }

  // Of values of which none agrees: the one that least is said against; `kept` where no other is better.
  [[nodiscard]] static std::string nearest(const std::vector<Tried>& all, const std::string& kept) {
    const Tried* best = nullptr;
    for (const Tried& one : all) {
      if (!one.is_possible()) continue;
      if (best == nullptr || one.against < best->against || (one.against == best->against && one.value == kept)) best = &one;
    }
    return best->value;
  }

  // All numbers are tried only where the one that is thought right is wrong.
  void look_at_number(const Probe& probe, ObservedSwitch& seen) {
    const std::string_view bare = bare_name(seen.name);
    const std::string thought = options_.from_nothing ? working_.get(seen.name) : seen.declared;
    const auto with_declared = [&](std::vector<std::string> numbers) {
      if (std::ranges::find(numbers, seen.declared) == numbers.end()) numbers.push_back(seen.declared);
      return numbers;
    };
    const auto near = try_values(probe, seen, with_declared(numbers_near(bare, thought)), programs_);
    // Where none of these is right, all of them go wrong alike.
    const Tried& first = tried(near, thought);
    if (!first.is_possible() || (first.agrees() && first.findings.empty())) return conclude(probe, near, seen);
    // A fault of the backend's own goes wrong under every number, and comes again in every pass.
    const bool is_told = std::ranges::any_of(near, [](const Tried& one) { return one.is_possible() && !one.agrees(); });
    if (options_.from_nothing && first.agrees() && is_told) return conclude(probe, near, seen);
    const std::uint32_t programs = probe.style == Style::kLayouts ? programs_ : kFewPrograms;
    auto all = try_values(probe, seen, with_declared(all_numbers(bare, thought)), programs);
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
      const auto three = try_values(probe, seen, {text(low), middle, text(high)}, programs_);
      const Tried& one = tried(three, middle);
      if (one.agrees()) return all.push_back(one);
      if (!take(one)) return;
    }
  }

  // Members one by one: with it and without it.
  void look_at_members(const Probe& probe, ObservedSwitch& seen) {
    const std::string bare(bare_name(seen.name));
    const std::vector<std::string> members = members_tried(bare, seen.declared);
    const std::string general = working_.get(bare);
    std::string value = working_.get(seen.name);
    bool is_clean = true, is_general = bare != seen.name;
    for (const std::string& member : members) {
      const std::string with = with_member(bare, value, member, true);
      const std::string without = with_member(bare, value, member, false);
      const auto both = try_values(probe, seen, {with, without}, programs_);
      const bool is_declared = has_member(seen.declared, member);
      const Tried &in = tried(both, with), &out = tried(both, without);
      // Neither, too, says nothing: what goes wrong then is the member's own fault, and no matter of whether it is there.
      const bool is_both = in.agrees() && out.agrees() && !probe.lax.empty();
      const bool is_told = is_both || (in.agrees() != out.agrees() && in.is_possible() && out.is_possible());
      if (!is_told) seen.untold.push_back(member);
      const bool stays = bare == seen.name ? is_declared : has_member(general, member);
      const bool is_in = is_told ? in.agrees() : stays;
      is_clean = is_clean && (is_in ? in : out).findings.empty();
      is_general = is_general && (!is_told || is_in == has_member(general, member));
      value = is_in ? with : without;
      if (is_told && is_in != is_declared) {
        seen.differs = true;
        if (seen.evidence.empty()) seen.evidence = is_declared ? in.evidence : out.evidence;
      }
      adopt(seen.name, value);
      value = working_.get(seen.name);
    }
    if (bare == "typed_sizes" && options_.from_nothing) {
      look_at_sizes_between(probe, seen, members, value);
      is_general = is_general && value == general;
    }
    if (is_general) adopt(seen.name, general);  // no line for a kind where none is needed
    if (seen.untold.size() == members.size()) {
      seen.untold.clear();
      seen.why_not = "nothing that was tried tells its values apart";
    } else {
      seen.values = {value};
      if (is_clean && (!seen.differs || options_.from_nothing)) settled_.insert_or_assign(seen.name, seen);
    }
  }

  // The sizes that are not tried one by one, below the largest that is there: all of them or none.
  void look_at_sizes_between(const Probe& probe, const ObservedSwitch& seen, const std::vector<std::string>& tried_ones,
                             std::string& value) {
    const std::string_view bare = bare_name(seen.name);
    std::string with = value;
    bool is_below = false;  // some size that is there
    for (unsigned size = 64; size-- > 0;) {
      const std::string member = fmt::to_string(size);
      is_below = is_below || has_member(value, member);
      if (is_below && std::ranges::find(tried_ones, member) == tried_ones.end()) with = with_member(bare, with, member, true);
    }
    if (with == value) return;
    const auto both = try_values(probe, seen, {with, value}, programs_);
    if (!tried(both, with).agrees() || tried(both, value).agrees()) return;
    adopt(seen.name, with);
    value = working_.get(seen.name);
  }

  // What folds more statuses together always agrees: the finest detail that does is the one observed.
  void look_at_detail(const Probe& probe, ObservedSwitch& seen) {
    const std::string full = switch_text(Switches{}, bare_name(seen.name));
    const std::string thought = options_.from_nothing ? working_.get(seen.name) : seen.declared;
    std::string value = thought;
    const auto first = try_values(probe, seen, with_folded(probe, seen, thought), programs_);
    if (tried(first, full).agrees()) {
      value = full;
    } else if (!tried(first, thought).agrees()) {
      seen.evidence = tried(first, thought).evidence;
      value = nearest(first, thought);
    }
    const bool is_wrong = !tried(first, full).agrees() && !tried(first, thought).agrees();
    for (bool goes_on = value != full; goes_on;) {
      goes_on = false;
      for (const std::string& finer : details_without_one(value)) {
        const auto both = try_values(probe, seen, {finer, value}, programs_);
        if (!tried(both, finer).agrees()) continue;
        value = finer;
        goes_on = value != full;
        break;
      }
    }
    seen.values = {value};
    if (!is_wrong && bare_name(seen.name) != seen.name) value = thought;  // no line for a kind where none is needed
    seen.differs = options_.from_nothing ? value != seen.declared : is_wrong;
    if (!seen.differs && tried(first, seen.declared).findings.empty()) settled_.insert_or_assign(seen.name, seen);
    adopt(seen.name, seen.differs ? value : seen.declared);
  }

  // Everything told apart, `thought`, and that with each pair of statuses folded that came for each other under it.
  [[nodiscard]] std::vector<std::string> with_folded(const Probe& probe, const ObservedSwitch& seen, const std::string& thought) const {
    constexpr std::size_t kPairsMax = 8;
    std::set<std::pair<std::uint16_t, std::uint16_t>> pairs;
    std::vector<std::string> values = {switch_text(Switches{}, bare_name(seen.name)), thought};
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    // Two values are needed to try one: what everything folded into one would be is no profile of anybody's.
    const std::string coarse = detail_with(thought, "out_of_range", "invalid_argument");
    const auto found = try_values(probe, seen, {thought, coarse}, programs_);
    for (const auto& [i, finding] : tried(found, thought).findings) {
      const Divergence& d = finding.divergence;
      if (finding.verdict != Verdict::kViolation || d.part != Part::kStatus || d.expected_status == GMC_OK || d.got_status == GMC_OK)
        continue;
      if (can_be_folded(d.expected_status, d.got_status) && pairs.size() < kPairsMax)
        pairs.insert(std::minmax(d.expected_status, d.got_status));
    }
    for (const auto& [a, b] : pairs) {
      const std::string folded = detail_with(thought, status_name(a), status_name(b));
      if (std::ranges::find(values, folded) == values.end()) values.push_back(folded);
    }
    if (values.size() == 1) values.push_back(coarse);
    return values;
  }

  const Supervisor& supervisor_;
  const ObserverOptions& options_;
  const Draft declared_;
  Draft working_;
  std::uint32_t programs_;  // about, for each value that is tried in this pass
  // What was observed without anything going wrong under the declared value: other lines cannot change that. From nothing they can, as
  // there a value may be right only because little could be had yet.
  std::map<std::string, ObservedSwitch> settled_;
  std::map<std::string, ObservedSwitch> before_;  // in the pass before
  bool is_precise_ = false;                       // that pass drew all programs
};

}  // namespace

bool ObservedProfile::differs() const { return std::ranges::any_of(switches, &ObservedSwitch::differs); }

ObservedProfile observe(const Supervisor& supervisor, const ObserverOptions& options) { return Looker(supervisor, options).run(); }

}  // namespace gmc
