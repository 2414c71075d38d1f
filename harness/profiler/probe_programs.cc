// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/probe_programs.h"

#include <algorithm>
#include <array>
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

// Where a space begins and ends, in the words of a program's addresses. Nothing: it was not opened where a region is.
struct Reach {
  Address first;
  Address end;
};
using Reaches = std::array<std::optional<Reach>, kSlotsMax>;

void note_opening(const Op& op, Reaches& reaches) {
  const auto at_region = [&](Anchor anchor) { return Address{.anchor = anchor, .index = op.at.index, .delta = 0}; };
  const bool is_in_region = op.at.anchor == Anchor::kRegionStart || op.at.anchor == Anchor::kRegionEnd;
  if (op.kind == OpKind::kOpenRegion && is_in_region) {
    reaches[op.opens] = Reach{.first = at_region(Anchor::kRegionStart), .end = at_region(Anchor::kRegionEnd)};
  } else if (op.kind == OpKind::kOpenRange) {
    Reach reach{.first = op.at, .end = op.at};
    reach.end.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) + op.size);  // deltas wrap
    reaches[op.opens] = reach;
  } else if (op.kind == OpKind::kClose) {
    reaches[op.space] = std::nullopt;
  }
}

// Moves accesses to where regions, or the spaces that they go through, begin and end, and makes them small or empty.
void move_to_edges(Program& program, Style style, Random& random) {
  const std::vector<Region>& regions = program.layouts.front().regions;
  Reaches reaches;
  for (Op& op : program.ops) {
    // What is opened for what follows is not empty.
    const bool is_last = &op == &program.ops.back();
    if (op.kind != OpKind::kOpenRange || !is_last) note_opening(op, reaches);
    if (style == Style::kEmpty && op.kind == OpKind::kOpenRange && !is_last) continue;
    if (!is_access(op) || !has_operand(op.kind, Operand::kSize) || !has_operand(op.kind, Operand::kAt)) continue;
    const bool is_fixed = op.kind == OpKind::kLoad || op.kind == OpKind::kStore || is_atomic(op.kind) || is_array(op.kind);
    if (style == Style::kEmpty) {
      (is_array(op.kind) ? op.count : op.size) = 0;
      const auto open = std::ranges::find_if(reaches, [](const auto& reach) { return reach.has_value(); });
      if (op.space == 0 && open != reaches.end() && random.percent(50)) op.space = static_cast<std::uint8_t>(open - reaches.begin());
    } else if (random.percent(50)) {
      continue;
    }
    const bool is_root = op.space == 0 && !program.adopts && !regions.empty();
    if ((!is_root && !reaches[op.space]) || random.percent(20)) continue;
    if (style == Style::kEdges && !is_fixed) op.size = 1 + random.below(kEdgeSizeMax);
    const auto size = static_cast<std::int64_t>(std::min<std::uint64_t>(range_size(op), kEdgeSizeMax));
    const bool is_end = random.percent(75);
    if (is_root) {
      op.at = {.anchor = is_end ? Anchor::kRegionEnd : Anchor::kRegionStart,
               .index = static_cast<std::uint8_t>(random.below(static_cast<std::uint32_t>(regions.size()))),
               .delta = 0};
    } else {
      op.at = is_end ? reaches[op.space]->end : reaches[op.space]->first;
    }
    // Where nothing is moved, the very end tells most.
    const std::int64_t shift = style != Style::kEmpty ? random.between(-size, 1) : random.percent(50) ? 0 : random.between(-1, 1);
    op.at.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) + static_cast<std::uint64_t>(shift));
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

std::vector<Layout> plain_memories() {
  constexpr std::uint64_t kSmall = 0x10000, kLarge = 0x200000;
  std::vector<Layout> memories;
  for (const Backing backing : {Backing::kOwn, Backing::kFile, Backing::kHost}) {
    for (const auto& [base, size] : {std::pair{kSmall, kSmall}, {kLarge, kLarge}, {std::uint64_t{0}, kSmall}, {std::uint64_t{0}, kLarge}}) {
      memories.push_back({{Region{.base = base, .size = size, .backing = backing}}});
    }
  }
  return memories;
}

// A memory to stand on while `create` tries others: the first of some plain ones that every profile takes.
std::optional<Layout> find_plain_memory(std::span<const Profile> profiles, const Layout* known) {
  std::vector<Layout> memories = plain_memories();
  if (known != nullptr) memories.insert(memories.begin(), *known);
  for (const Layout& layout : memories) {
    const Region& region = layout.regions.front();
    const bool is_legal = std::ranges::all_of(profiles, [&](const Profile& profile) {
      return faults_of(layout, profile).empty() && std::ranges::none_of(profile.reserved(), [&](const ByteRange& range) {
               // Unsigned: one of the differences wraps.
               return range.base - region.base < region.size || region.base - range.base < range.size;
             });
    });
    if (is_legal) return layout;
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

// About `count`, but of each kind one at least.
std::vector<Program> draw_layouts(const Probe& probe, const Profile& profile, const Layout& memory, std::uint32_t count) {
  const std::uint32_t of_a_kind = std::max(1u, count / kCandidateKindCount), of_memories = std::max(4u, count / 8);
  Random random(seed_of(probe.name));
  std::vector<Layout> layouts;
  for (std::uint32_t i = 0; i < kCandidateKindCount; ++i) {
    const auto kind = static_cast<CandidateKind>(i);
    for (std::uint32_t k = 0; k < of_a_kind && applies(kind, profile); ++k) layouts.push_back(draw_candidate(kind, profile, random));
  }
  GeneratorSettings settings;
  settings.huge_regions = false;
  for (std::uint32_t k = 0; k < of_memories; ++k) layouts.push_back(draw_layout(profile, settings, random));
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

std::vector<Program> plain_programs() {
  constexpr std::uint64_t kSize = 8;
  std::vector<Program> programs;
  for (Layout& memory : plain_memories()) {
    Op write{.kind = OpKind::kWrite, .size = kSize};
    write.at = {.anchor = Anchor::kRegionStart, .index = 0, .delta = 0};
    Op read = write;
    read.kind = OpKind::kRead;
    programs.push_back({.seed = 1, .adopts = false, .layouts = {std::move(memory)}, .ops = {write, read}});
  }
  return programs;
}

std::vector<Program> draw_programs(const Probe& probe, std::span<const Profile> profiles, const Ground& ground, std::uint32_t count) {
  std::vector<Program> all;
  const auto memory = probe.style == Style::kLayouts ? find_plain_memory(profiles, ground.plain) : std::nullopt;
  for (const Profile& profile : profiles.first(probe.draws_alike ? 1 : profiles.size())) {
    std::vector<Program> drawn;
    if (probe.style != Style::kLayouts) {
      drawn = draw_accesses(probe, profile, ground.adopted, count);
    } else if (memory && profile.root().layout == LayoutSource::kGiven) {
      drawn = draw_layouts(probe, profile, *memory, count);
    }
    for (Program& program : drawn) {
      if (!is_legal_everywhere(program, profiles) || !validate(program)) continue;
      if (std::ranges::find(all, program) == all.end()) all.push_back(std::move(program));
    }
  }
  return all;
}

}  // namespace gmc
