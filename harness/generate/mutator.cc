// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/mutator.h"

#include <algorithm>
#include <iterator>

#include "harness/base/check.h"
#include "harness/base/page.h"
#include "harness/generate/generator.h"
#include "harness/program/mend.h"
#include "harness/program/validator.h"

namespace gmc {

namespace {

constexpr std::uint64_t kStockSeed = 0x6d75746174;
constexpr std::uint32_t kBatches = 48, kProgramsOfBatch = 8;
constexpr std::uint32_t kRunMax = 8;  // operations that are inserted, duplicated or deleted at once

using Run = std::span<const Op>;

// Some operations in a row; none where there are none.
Run draw_run(const std::vector<Op>& ops, std::uint32_t longest, Random& random) {
  if (ops.empty()) return {};
  const std::uint32_t first = random.below(static_cast<std::uint32_t>(ops.size()));
  const std::size_t left = ops.size() - first;
  return Run(ops).subspan(first, std::min<std::size_t>(1 + random.below(longest), left));
}

auto draw_place(const std::vector<Op>& ops, Random& random) {
  return ops.begin() + static_cast<std::ptrdiff_t>(random.below(static_cast<std::uint32_t>(ops.size()) + 1));
}

// An operation with that operand; none where there is none, or a few guesses meet none.
Op* draw_op(Program& program, Operand operand, Random& random) {
  if (program.ops.empty()) return nullptr;
  for (int guess = 0; guess < 8; ++guess) {
    Op& op = program.ops[random.below(static_cast<std::uint32_t>(program.ops.size()))];
    if (has_operand(op.kind, operand)) return &op;
  }
  return nullptr;
}

// Three of four lie inside, if the region is as large as the access.
void retarget(Op& op, Random& random) {
  const auto size = static_cast<std::int64_t>(std::min<std::uint64_t>(range_size(op), kTransferMax));
  const auto index = static_cast<std::uint8_t>(random.below(8));
  const std::int64_t slip = static_cast<std::int64_t>(random.below(3)) - 1;
  switch (random.below(8)) {
    case 0:
    case 1:
      op.at = {.anchor = Anchor::kRegionStart, .index = index, .delta = static_cast<std::int64_t>(random.below(2))};
      break;
    case 2:
    case 3:
      op.at = {.anchor = Anchor::kRegionEnd, .index = index, .delta = -size - static_cast<std::int64_t>(random.below(2))};
      break;
    case 4:
    case 5:  // over the edge of a page
      op.at = {.anchor = Anchor::kRegionStart,
               .index = index,
               .delta = static_cast<std::int64_t>((1 + random.below(2)) * kPage) - size / 2 + slip};
      break;
    case 6:
      op.at = {.anchor = Anchor::kRegionEnd, .index = index, .delta = -size / 2 + slip};
      break;
    default:
      op.at.anchor = random.one_in(2) ? Anchor::kHole : random.one_in(2) ? Anchor::kLast : Anchor::kTop;
      op.at.index = op.at.anchor == Anchor::kHole ? index : std::uint8_t{0};
      op.at.delta = -size + slip;
  }
}

void resize(Op& op, Random& random) {
  constexpr std::uint64_t kWidths[] = {1, 2, 4, 8, 8, 16, 3};
  constexpr std::uint64_t kLengths[] = {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 65, 255, 256, 257, 512, 1000, 4095, 4096, 4097, 8192};
  if (op.kind == OpKind::kLoad || op.kind == OpKind::kStore || is_atomic(op.kind) || is_array(op.kind)) {
    op.size = kWidths[random.below(std::size(kWidths))];
    return;
  }
  // Up to the end that the address names, or one byte to either side of it.
  const bool knows_end = (op.at.anchor == Anchor::kRegionEnd || op.at.anchor == Anchor::kTop) && op.at.delta < 0 && op.at.delta > -65536;
  if (knows_end && random.one_in(2)) {
    op.size = static_cast<std::uint64_t>(-op.at.delta) + random.below(3) - 1;
  } else {
    op.size = kLengths[random.below(std::size(kLengths))];
  }
}

}  // namespace

Mutator::Mutator(const Profile& profile, const GeneratorSettings& settings)
    : adopts_(profile.root().layout == LayoutSource::kOwn), adopted_(settings.adopted) {
  Generator generator(profile, settings);
  stock_.resize(std::size_t{kBatches} * kProgramsOfBatch);
  for (std::uint32_t i = 0; i < stock_.size(); ++i) {
    if (i % kProgramsOfBatch == 0) generator.begin(mix(kStockSeed + i));
    generator.next(stock_[i]);
  }
}

void Mutator::insert(Program& program, Random& random) {
  const Run run = draw_run(draw_donor(random).ops, kRunMax, random);
  program.ops.insert(draw_place(program.ops, random), run.begin(), run.end());
}

void Mutator::duplicate(Program& program, Random& random) {
  const Run run = draw_run(program.ops, kRunMax, random);
  room_.assign(run.begin(), run.end());  // what is inserted may not lie in what it is inserted into
  program.ops.insert(draw_place(program.ops, random), room_.begin(), room_.end());
}

void Mutator::splice(Program& program, Random& random) const {
  const std::vector<Op>& other = draw_donor(random).ops;
  program.ops.erase(draw_place(program.ops, random), program.ops.end());
  program.ops.insert(program.ops.end(), draw_place(other, random), other.end());
}

void Mutator::refill(Op& op, Random& random) const {
  for (int guess = 0; guess < 4; ++guess) {
    const std::vector<Op>& other = draw_donor(random).ops;
    const auto found = std::ranges::find(other, op.kind, &Op::kind);
    if (found == other.end()) continue;
    const Op before = op;
    op = *found;
    op.at = before.at;
    op.at2 = before.at2;
    op.space = before.space;
    op.size = before.size;
    return;
  }
}

void Mutator::relayout(Program& program, Random& random) const {
  if (adopts_) return;
  const std::vector<Layout>& donors = draw_donor(random).layouts;
  std::vector<Region>& regions = program.layouts.front().regions;
  const std::vector<Region>& theirs = donors.front().regions;
  if (regions.empty() || theirs.empty() || random.one_in(2)) {
    program.layouts = donors;
    return;
  }
  // One region as another one is, where it lies; the old one again where that is no memory.
  Region& changed = regions[random.below(static_cast<std::uint32_t>(regions.size()))];
  const Region before = changed;
  changed = theirs[random.below(static_cast<std::uint32_t>(theirs.size()))];
  changed.base = before.base;
  if (!Validator::holds(program.layouts.front(), true)) changed = before;
}

void Mutator::apply(Program& program, Mutation mutation, Random& random) {
  switch (mutation) {
    case Mutation::kInsert:
      return insert(program, random);
    case Mutation::kDelete: {
      const Run run = draw_run(program.ops, kRunMax, random);
      if (run.empty()) return;
      const auto first = program.ops.begin() + (run.data() - program.ops.data());
      program.ops.erase(first, first + static_cast<std::ptrdiff_t>(run.size()));
      return;
    }
    case Mutation::kDuplicate:
      return duplicate(program, random);
    case Mutation::kSplice:
      return splice(program, random);
    case Mutation::kRetarget:
      if (Op* const op = draw_op(program, Operand::kAt, random)) retarget(*op, random);
      return;
    case Mutation::kResize:
      if (Op* const op = draw_op(program, Operand::kSize, random)) resize(*op, random);
      return;
    case Mutation::kRefill:
      if (!program.ops.empty()) refill(program.ops[random.below(static_cast<std::uint32_t>(program.ops.size()))], random);
      return;
    case Mutation::kRelayout:
      return relayout(program, random);
  }
}

// Valid, and no longer than it may be.
void Mutator::settle(Program& program, std::size_t ops_max) {
  program.adopts = adopts_;
  if (adopts_) program.layouts.front() = {};
  mend(program, room_);
  if (program.ops.size() <= ops_max) return;
  program.ops.resize(ops_max);
  mend(program, room_);  // a scope that was cut
}

void Mutator::mutate(Program& program, Mutation mutation, std::uint64_t seed, std::size_t ops_max) {
  GMC_CHECK(!program.layouts.empty());
  Random random(seed);
  apply(program, mutation, random);
  settle(program, ops_max);
}

void Mutator::mutate(Program& program, std::uint64_t seed, std::size_t ops_max) {
  GMC_CHECK(!program.layouts.empty());
  // Inserting and splicing bring what is new, and are drawn as often as all that wears programs down.
  constexpr Mutation kDrawn[] = {Mutation::kInsert, Mutation::kInsert,    Mutation::kInsert,   Mutation::kSplice,   Mutation::kDelete,
                                 Mutation::kDelete, Mutation::kDuplicate, Mutation::kRetarget, Mutation::kRetarget, Mutation::kResize,
                                 Mutation::kResize, Mutation::kRefill,    Mutation::kRefill,   Mutation::kRelayout};
  Random random(seed);
  const Program before = program;
  for (int attempt = 0; attempt < 4; ++attempt) {
    do {
      apply(program, kDrawn[random.below(std::size(kDrawn))], random);
    } while (random.one_in(2));
    settle(program, ops_max);
    if (program != before) return;
  }
}

void Mutator::cross(const Program& first, const Program& second, std::uint64_t seed, std::size_t ops_max, Program& result) {
  Random random(seed);
  result.seed = first.seed;
  result.layouts = first.layouts;
  const auto cut = draw_place(first.ops, random);
  result.ops.assign(first.ops.begin(), cut);
  if (random.one_in(2)) {
    result.ops.insert(result.ops.end(), draw_place(second.ops, random), second.ops.end());
  } else {
    const Run run = draw_run(second.ops, 2 * kRunMax, random);
    result.ops.insert(result.ops.end(), run.begin(), run.end());
    result.ops.insert(result.ops.end(), cut, first.ops.end());
  }
  settle(result, ops_max);
}

}  // namespace gmc
