// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/probe_programs.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/random.h"
#include "harness/generate/generator.h"
#include "harness/generate/layouts.h"
#include "harness/reference/memory_map.h"

namespace gmc {

namespace {

constexpr std::uint32_t kProgramsOfOneLayout = 4;
constexpr std::uint32_t kEdgeSizeMax = 16;  // bytes

std::uint64_t seed_of(std::string_view name) {
  std::uint64_t seed = 0;
  for (const char c : name) seed = mix(seed ^ static_cast<unsigned char>(c));
  return seed;
}

GeneratorSettings settings_of(const Probe& probe, const Layout& adopted) {
  constexpr std::uint32_t kShare = 64;
  GeneratorSettings settings;
  settings.ops_per_program = probe.length;
  settings.weights.fill(0);
  for (std::string_view words = probe.operations; !words.empty();) {
    const std::size_t end = std::min(words.find(' '), words.size());
    const auto kind = find_op(words.substr(0, end));
    GMC_CHECK(kind.has_value(), probe.name, words);
    settings.weights[static_cast<std::size_t>(*kind)] += kShare;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  settings.emphasis = probe.emphasis;
  settings.swarm = false;
  settings.submits = false;
  settings.huge_regions = false;
  settings.stretched_one_in = 0;
  settings.candidates = 0;
  settings.adopted = adopted;
  return settings;
}

bool is_access(const Op& op) {
  return touches(op.kind) == Touches::kReads || touches(op.kind) == Touches::kWrites || op.kind == OpKind::kCheckRange ||
         op.kind == OpKind::kOpenRange;
}

// Moves accesses of the root to where regions begin and end, and makes them small or empty.
void move_to_edges(Program& program, Style style, Random& random) {
  const std::vector<Region>& regions = program.layouts.front().regions;
  for (Op& op : program.ops) {
    if (!is_access(op) || !has_operand(op.kind, Operand::kSize) || !has_operand(op.kind, Operand::kAt)) continue;
    const bool is_fixed = op.kind == OpKind::kLoad || op.kind == OpKind::kStore || is_atomic(op.kind) || is_array(op.kind);
    if (style == Style::kEmpty) {
      (is_array(op.kind) ? op.count : op.size) = 0;
    } else if (random.percent(50)) {
      continue;
    }
    if (op.space != 0 || program.adopts || regions.empty() || random.percent(20)) continue;
    if (style == Style::kEdges && !is_fixed) op.size = 1 + random.below(kEdgeSizeMax);
    const auto size = static_cast<std::int64_t>(std::min<std::uint64_t>(range_size(op), kEdgeSizeMax));
    op.at = {.anchor = random.percent(75) ? Anchor::kRegionEnd : Anchor::kRegionStart,
             .index = static_cast<std::uint8_t>(random.below(static_cast<std::uint32_t>(regions.size()))),
             .delta = style == Style::kEmpty ? random.between(-1, 1) : random.between(-size, 1)};
  }
}

std::vector<Program> draw_accesses(const Probe& probe, const Profile& profile, const Layout& adopted, std::uint32_t count) {
  const std::uint64_t seed = seed_of(probe.name);
  Random random(seed);
  Generator generator(profile, settings_of(probe, adopted));
  std::vector<Program> programs(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i % kProgramsOfOneLayout == 0) generator.begin(mix(seed ^ i));
    generator.next(programs[i]);
    if (probe.style != Style::kAccesses) move_to_edges(programs[i], probe.style, random);
  }
  return programs;
}

// A memory to stand on while `create` tries others: the first of some plain ones that every profile takes.
std::optional<Layout> find_plain_memory(std::span<const Profile> profiles) {
  constexpr std::uint64_t kSmall = 0x10000, kLarge = 0x200000;
  for (const Backing backing : {Backing::kOwn, Backing::kFile, Backing::kHost}) {
    for (const auto& [base, size] : {std::pair{kSmall, kSmall}, {kLarge, kLarge}, {std::uint64_t{0}, kSmall}, {std::uint64_t{0}, kLarge}}) {
      const Layout layout{{Region{.base = base, .size = size, .backing = backing}}};
      const bool is_legal = std::ranges::all_of(profiles, [&](const Profile& profile) {
        return faults_of(layout, profile).empty() && std::ranges::none_of(profile.reserved(), [&](const ByteRange& range) {
                 return range.base - base < size || base - range.base < range.size;  // unsigned: one of the differences wraps
               });
      });
      if (is_legal) return layout;
    }
  }
  return std::nullopt;
}

// Another memory is made of the region of this one, which no layout says.
Program share_first_region(const Layout& memory) {
  Program program{.seed = 1, .adopts = false, .layouts = {memory}, .ops = {}};
  const Address start{.anchor = Anchor::kRegionStart, .index = 0, .delta = 0};
  Op open{.kind = OpKind::kOpenRegion, .opens = 1};
  open.at = start;
  Op share{.kind = OpKind::kOpenMemory, .other = 1, .opens = 2};
  share.at = start;
  share.size = memory.regions.front().size;
  program.ops = {open, share};
  return program;
}

std::vector<Program> draw_layouts(const Probe& probe, const Profile& profile, const Layout& memory) {
  constexpr int kDrawsOfAKind = 4, kDrawsOfMemories = 12;
  Random random(seed_of(probe.name));
  std::vector<Layout> layouts;
  for (std::uint32_t i = 0; i < kCandidateKindCount; ++i) {
    const auto kind = static_cast<CandidateKind>(i);
    for (int k = 0; k < kDrawsOfAKind && applies(kind, profile); ++k) layouts.push_back(draw_candidate(kind, profile, random));
  }
  GeneratorSettings settings;
  settings.huge_regions = false;
  for (int k = 0; k < kDrawsOfMemories; ++k) layouts.push_back(draw_layout(profile, settings, random));
  std::vector<Program> programs;
  for (Layout& layout : layouts) {
    Program program{.seed = 1, .adopts = false, .layouts = {memory, std::move(layout)}, .ops = {Op{.kind = OpKind::kCreate, .layout = 1}}};
    programs.push_back(std::move(program));
  }
  if (probe.name == "backing") programs.push_back(share_first_region(memory));
  return programs;
}

bool is_legal_everywhere(const Program& program, std::span<const Profile> profiles) {
  return program.adopts ||
         std::ranges::all_of(profiles, [&](const Profile& profile) { return faults_of(program.layouts.front(), profile).empty(); });
}

}  // namespace

bool has_room(const Profile& profile) {
  const Switches& s = profile.root();
  if (s.layout == LayoutSource::kOwn) return true;
  const std::uint64_t step = std::lcm(s.region_align_base, s.region_align_size);
  const std::uint64_t behind = profile.reserved().empty() ? 0 : std::uint64_t{1} << 32;
  return last_usable(s) >= std::max(behind, step - 1);
}

std::vector<Program> draw_programs(const Probe& probe, std::span<const Profile> profiles, const Layout& adopted, std::uint32_t count) {
  std::vector<Program> all;
  const auto memory = probe.style == Style::kLayouts ? find_plain_memory(profiles) : std::nullopt;
  for (const Profile& profile : profiles.first(probe.draws_alike ? 1 : profiles.size())) {
    std::vector<Program> drawn;
    if (probe.style != Style::kLayouts) {
      drawn = draw_accesses(probe, profile, adopted, count);
    } else if (memory && profile.root().layout == LayoutSource::kGiven) {
      drawn = draw_layouts(probe, profile, *memory);
    }
    for (Program& program : drawn) {
      if (!is_legal_everywhere(program, profiles) || !validate(program)) continue;
      if (std::ranges::find(all, program) == all.end()) all.push_back(std::move(program));
    }
  }
  return all;
}

}  // namespace gmc
