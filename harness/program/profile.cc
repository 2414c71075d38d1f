// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/profile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "harness/base/check.h"
#include "harness/program/number_text.h"
#include "harness/program/profile_rules.h"
#include "harness/program/switch_codec.h"

namespace gmc {
namespace {

constexpr std::string_view kKinds[] = {"root", "region", "range", "snapshot", "pages", "thread", "vcpu", "device"};
static_assert(std::size(kKinds) == kSpaceKindCount + kLaneKindCount);
static_assert(GMC_SPACE_PAGES + 1 == kSpaceKindCount && GMC_LANE_DEVICE + 1 == kLaneKindCount);

// What the whole backend is or is not; it cannot differ between kinds.
constexpr std::string_view kOfTheBackend[] = {
    "layout",
    "backing",
    "concurrency",
    "reset",
    "spaces_outlive",
    "regions_max",
    "region_align_base",
    "region_align_size",
    "region_rounding",
    "region_zero",
    "region_order",
    "region_ends_at_2_64",
    "map_mutation",
    "fault_sites",
    "owns_signals",
    "kvm",
    "xen",
};

constexpr std::size_t kAnyKind = std::size(kKinds);

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

// Collects what was said of every switch and kind, and resolves it at the end: the most specific line holds, whatever the order.
class ProfileReader {
 public:
  explicit ProfileReader(std::string_view place) : place_(place) {}

  Result<Profile> read(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const std::size_t end = text.find('\n');
      GMC_TRY_VOID(read_line(text.substr(0, end)));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    resolve();
    GMC_TRY_VOID(check_rules());
    return std::move(profile_);
  }

 private:
  struct Said {
    Switches switches;  // of which the one switch counts
    int line = 0;
  };

  [[nodiscard]] std::unexpected<Error> error(std::string cause, int line = 0) const {
    return fail(fmt::format("{}:{}", place_, line == 0 ? line_ : line), std::move(cause));
  }

  Result<void> read_line(std::string_view line) {
    line = trim(line.substr(0, line.find('#')));
    if (line.empty()) return {};
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return error(fmt::format("expected 'name = value', got '{}'", line));
    const std::string_view name = trim(line.substr(0, equals));
    const std::string_view value = trim(line.substr(equals + 1));
    if (name.empty()) return error("expected a switch before '='");
    if (value.empty()) return error(fmt::format("'{}' has no value", name));
    if (name == "reserved") return read_reserved(value);
    return read_switch(name, value);
  }

  Result<void> read_switch(std::string_view qualified, std::string_view value) {
    std::string_view name = qualified;
    std::size_t kind = kAnyKind;
    if (const std::size_t dot = qualified.find('.'); dot != std::string_view::npos) {
      const std::string_view kind_name = qualified.substr(0, dot);
      name = qualified.substr(dot + 1);
      kind = static_cast<std::size_t>(std::ranges::find(kKinds, kind_name) - std::begin(kKinds));
      if (kind == kAnyKind) return error(fmt::format("unknown kind '{}'; expected one of {}", kind_name, fmt::join(kKinds, ", ")));
    }
    const SwitchCodec* codec = find_switch_codec(name);
    if (codec == nullptr) return error(unknown_switch(name));
    if (kind != kAnyKind && std::ranges::find(kOfTheBackend, name) != std::end(kOfTheBackend)) {
      return error(fmt::format("'{}' is of the whole backend and takes no kind", name));
    }
    Said said{.switches = {}, .line = line_};
    if (auto cause = codec->parse(value, said.switches)) return error(fmt::format("{}: {}", qualified, *cause));
    const auto [before, is_new] = said_.try_emplace({name, kind}, said);
    if (!is_new) return error(fmt::format("'{}' is said twice, first in line {}", qualified, before->second.line));
    int& last = last_line_[name];
    last = std::max(last, line_);
    return {};
  }

  Result<void> read_reserved(std::string_view value) {
    while (!value.empty()) {
      const std::size_t end = value.find(' ');
      GMC_TRY_VOID(read_range(value.substr(0, end)));
      value = end == std::string_view::npos ? std::string_view{} : trim(value.substr(end));
    }
    return {};
  }

  Result<void> read_range(std::string_view text) {
    const std::size_t plus = text.find('+');
    const auto base = parse_number(text.substr(0, plus));
    const auto size = plus == std::string_view::npos ? std::nullopt : parse_number(text.substr(plus + 1));
    if (!base || !size) return error(fmt::format("reserved: expected BASE+SIZE, got '{}'", text));
    if (*size == 0) return error(fmt::format("reserved: {} is empty", text));
    if (*size - 1 > UINT64_MAX - *base) return error(fmt::format("reserved: {} ends beyond 2^64", text));
    for (const ByteRange& other : profile_.reserved_) {
      if (other.base - *base < *size || *base - other.base < other.size) {
        return error(fmt::format("reserved: {} overlaps {:#x}+{:#x}", text, other.base, other.size));
      }
    }
    profile_.reserved_.push_back({*base, *size});
    return {};
  }

  void resolve() {
    for (std::size_t space = 0; space < kSpaceKindCount; ++space) {
      for (std::size_t lane = 0; lane < kLaneKindCount; ++lane) {
        Switches& into = profile_.values_[space * kLaneKindCount + lane];
        for (const SwitchCodec& codec : switch_codecs()) {
          for (const std::size_t kind : {kSpaceKindCount + lane, space, kAnyKind}) {
            const auto said = said_.find({codec.name, kind});
            if (said == said_.end()) continue;
            codec.copy(said->second.switches, into);
            break;
          }
        }
      }
    }
  }

  Result<void> check_rules() const {
    for (const ProfileRule& rule : profile_rules()) {
      const auto claiming = std::ranges::find_if(profile_.values_, rule.claims);
      if (claiming == profile_.values_.end()) continue;
      if (rule.needs != nullptr && std::ranges::any_of(profile_.values_, rule.needs)) continue;
      int line = 1;
      for (const std::string_view name : rule.switches) {
        if (const auto last = last_line_.find(name); last != last_line_.end()) line = std::max(line, last->second);
      }
      return error(contradiction(rule, *claiming), line);
    }
    return {};
  }

 public:
  // "dirty_bitmap_api = yes, dirty_source = none: marking where nothing is tracked"
  static std::string contradiction(const ProfileRule& rule, const Switches& switches) {
    std::string text;
    for (const std::string_view name : rule.switches) {
      if (name.empty()) continue;
      text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, switch_text(switches, name));
    }
    return fmt::format("{}: {}", text, rule.reason);
  }

 private:
  std::string_view place_;
  int line_ = 0;
  std::map<std::pair<std::string_view, std::size_t>, Said> said_;  // by switch and kind
  std::map<std::string_view, int> last_line_;                      // in which a switch was set for any kind
  Profile profile_;
};

Result<Profile> Profile::parse(std::string_view text, std::string_view place) { return ProfileReader(place).read(text); }

namespace {

// The lines from which the values of one switch for all kinds come. Lanes of which every space has the same value get a line of their own,
// unless the spaces' lines say that already; the value of most spaces is the bare one.
class SwitchLines {
 public:
  SwitchLines(const Profile& profile, const SwitchCodec& codec) : profile_(profile), codec_(codec) {
    std::size_t varying = kLaneKindCount;
    for (std::size_t lane = kLaneKindCount; lane-- > 0;) {
      if (!is_constant(lane)) varying = lane;
    }
    column_ = varying == kLaneKindCount ? 0 : varying;
    bare_ = most_frequent();
  }

  [[nodiscard]] std::string bare() const {
    const Switches initial;
    const Switches& value = at(bare_, column_);
    return codec_.equal(value, initial) ? std::string{} : fmt::format("{} = {}\n", codec_.name, codec_.print(value));
  }

  [[nodiscard]] std::string of_kind(std::size_t kind) const {
    const bool is_space = kind < kSpaceKindCount;
    const std::size_t lane = kind - kSpaceKindCount;
    if (is_space ? codec_.equal(at(kind, column_), at(bare_, column_)) : same_as_column(lane)) return {};
    const Switches& value = is_space ? at(kind, column_) : at(0, lane);
    return fmt::format("{}.{} = {}\n", kKinds[kind], codec_.name, codec_.print(value));
  }

 private:
  [[nodiscard]] const Switches& at(std::size_t space, std::size_t lane) const {
    return profile_.of(static_cast<GmcSpaceKind>(space), static_cast<GmcLaneKind>(lane));
  }
  [[nodiscard]] bool is_constant(std::size_t lane) const {
    for (std::size_t space = 1; space < kSpaceKindCount; ++space) {
      if (!codec_.equal(at(space, lane), at(0, lane))) return false;
    }
    return true;
  }
  [[nodiscard]] bool same_as_column(std::size_t lane) const {
    for (std::size_t space = 0; space < kSpaceKindCount; ++space) {
      if (!codec_.equal(at(space, lane), at(space, column_))) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t most_frequent() const {
    std::size_t best = 0;
    std::ptrdiff_t best_count = 0;
    for (std::size_t space = 0; space < kSpaceKindCount; ++space) {
      std::ptrdiff_t count = 0;
      for (std::size_t other = 0; other < kSpaceKindCount; ++other) count += codec_.equal(at(space, column_), at(other, column_)) ? 1 : 0;
      if (count <= best_count) continue;
      best = space;
      best_count = count;
    }
    return best;
  }

  const Profile& profile_;
  const SwitchCodec& codec_;
  std::size_t column_ = 0;  // the lane whose values the bare line and the spaces' lines say
  std::size_t bare_ = 0;    // a space with the bare value
};

}  // namespace

std::string Profile::print() const {
  std::string text;
  for (const SwitchCodec& codec : switch_codecs()) text += SwitchLines(*this, codec).bare();
  for (std::size_t kind = 0; kind < std::size(kKinds); ++kind) {
    for (const SwitchCodec& codec : switch_codecs()) text += SwitchLines(*this, codec).of_kind(kind);
  }
  for (const ByteRange& range : reserved_) text += fmt::format("reserved = {:#x}+{:#x}\n", range.base, range.size);
  return text;
}

const std::vector<SwitchInfo>& switch_table() {
  static const std::vector<SwitchInfo> table = [] {
    std::vector<SwitchInfo> rows;
    for (const SwitchCodec& codec : switch_codecs()) {
      rows.push_back({codec.name, codec.print(Switches{}), {codec.values.begin(), codec.values.end()}});
    }
    return rows;
  }();
  return table;
}

std::string switch_text(const Switches& switches, std::string_view name) {
  const SwitchCodec* codec = find_switch_codec(name);
  GMC_CHECK(codec != nullptr, name);
  return codec->print(switches);
}

std::optional<std::string> find_contradiction(const Switches& switches) {
  for (const ProfileRule& rule : profile_rules()) {
    if (rule.claims(switches) && (rule.needs == nullptr || !rule.needs(switches))) return ProfileReader::contradiction(rule, switches);
  }
  return std::nullopt;
}

Result<void> set_switch(Switches& switches, std::string_view name, std::string_view value) {
  const SwitchCodec* codec = find_switch_codec(name);
  if (codec == nullptr) return fail("", unknown_switch(name));
  if (auto cause = codec->parse(value, switches)) return fail(std::string(name), *cause);
  return {};
}

}  // namespace gmc
