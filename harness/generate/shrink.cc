// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/shrink.h"

#include <gmcheck.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/page.h"
#include "harness/generate/edit.h"
#include "harness/program/address_map.h"

namespace gmc {
namespace {

// Smaller numbers than `value`, the smallest first: the favourites, then `value` less a half, a quarter, ... one `unit`. Accepting one and
// asking again is a binary search. None: `variant` is beyond the last.
std::optional<std::uint64_t> smaller(std::uint64_t value, std::span<const std::uint64_t> favourites, std::uint64_t unit,
                                     std::uint32_t variant) {
  for (const std::uint64_t favourite : favourites) {
    if (favourite >= value) continue;
    if (variant-- == 0) return favourite;
  }
  for (std::uint64_t step = value / 2 / unit * unit; step >= unit; step = step / 2 / unit * unit) {
    if (variant-- == 0) return value - step;
  }
  // A half may have been less than a unit.
  if (value >= unit && value / 2 < unit && variant == 0) return value - unit;
  return std::nullopt;
}

bool use_root(const Program&, std::uint32_t variant, Op& op) {
  if (op.kind == OpKind::kCopy) {
    if (variant > 2) return false;
    if (variant != 2) op.space = 0;
    if (variant != 1) op.other = 0;
    return true;
  }
  if (variant > 0 || op.space == 0 || op.kind == OpKind::kClose || op.kind == OpKind::kFdsOverlap) return false;
  op.space = 0;
  // The root is no space inside of one region.
  if (op.kind == OpKind::kHarvest) op.form = HarvestForm::kSparse;
  return true;
}

bool shrink_size(const Program&, std::uint32_t variant, Op& op) {
  static constexpr std::uint64_t kFavourites[] = {0, 1, 2, 4, 8, 16, kPage};
  if (!has_operand(op.kind, Operand::kSize)) return false;
  const auto size = smaller(op.size, kFavourites, 1, variant);
  if (size) op.size = *size;
  return size.has_value();
}

bool cut_elements(std::uint32_t variant, Op& op) {
  static constexpr std::uint64_t kFavourites[] = {0, 1, 2, 4};
  const auto count = smaller(op.count, kFavourites, 1, variant);
  if (!count) return false;
  op.at.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) + (op.count - *count) * op.size);
  op.count = *count;
  return true;
}

// The same end, a later beginning: what matters may lie behind the access's first byte.
bool cut_front(const Program& program, std::uint32_t variant, Op& op) {
  if (is_array(op.kind)) return cut_elements(variant, op);
  const std::uint64_t size = op.size;
  if (!has_operand(op.kind, Operand::kAt) || !shrink_size(program, variant, op)) return false;
  op.at.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) + (size - op.size));
  if (has_operand(op.kind, Operand::kAt2))
    op.at2.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at2.delta) + (size - op.size));
  return true;
}

std::uint64_t distance(std::int64_t delta) { return delta < 0 ? 0 - static_cast<std::uint64_t>(delta) : static_cast<std::uint64_t>(delta); }

// The same byte by a simpler name, the first entry instead of another one, a smaller distance from the anchor.
bool shrink_address(const Program& program, std::uint32_t variant, Op& op) {
  static constexpr std::uint64_t kFavourites[] = {0, 1, 2, 4, 8, 16, kPage};
  if (!has_operand(op.kind, Operand::kAt)) return false;
  Address& at = op.at;
  if (variant == 0) {
    // Of an adopted memory no anchors are known.
    if (program.adopts) return true;
    const AddressMap map(program.layouts.front());
    const Address simple = map.symbolic(map.resolve(at));
    const bool is_simpler =
        simple.anchor != Anchor::kAbsolute && (at.anchor == Anchor::kAbsolute || distance(simple.delta) < distance(at.delta));
    if (is_simpler) at = simple;
    return true;
  }
  if (variant == 1) {
    at.index = 0;
    return true;
  }
  if (variant == 2) {
    at = Address{.anchor = Anchor::kRegionStart, .index = 0, .delta = 0};
    return true;
  }
  const auto less = smaller(distance(at.delta), kFavourites, 1, variant - 3);
  if (!less) return false;
  at.delta = static_cast<std::int64_t>(at.delta < 0 ? 0 - *less : *less);
  return true;
}

// The same of a second address.
bool shrink_target(const Program& program, std::uint32_t variant, Op& op) {
  if (!has_operand(op.kind, Operand::kAt2)) return false;
  Op other{.kind = OpKind::kRead, .at = op.at2};
  if (!shrink_address(program, variant, other)) return false;
  op.at2 = other.at;
  return true;
}

bool simplify_payload(const Program&, std::uint32_t variant, Op& op) {
  if (has_operand(op.kind, Operand::kByte)) {
    if (variant > 0 || op.data.byte <= 1) return false;
    op.data.byte = 1;
    return true;
  }
  if (!has_operand(op.kind, Operand::kData) || op.data.kind == PatternKind::kUnique) return false;
  const std::uint8_t byte = op.data.kind == PatternKind::kImmediate ? op.data.immediate[0] : op.data.byte;
  switch (variant) {
    case 0:
      op.data = Pattern{};
      return true;
    case 1:
      op.data = Pattern{.kind = PatternKind::kByte, .byte = 1, .immediate_size = 0, .immediate = {}};
      return true;
    case 2:
      if (op.data.kind != PatternKind::kImmediate) return false;
      op.data = Pattern{.kind = PatternKind::kByte, .byte = byte, .immediate_size = 0, .immediate = {}};
      return true;
    case 3:
      if (op.data.immediate_size < 2) return false;
      op.data.immediate_size /= 2;
      std::fill(op.data.immediate.begin() + op.data.immediate_size, op.data.immediate.end(), std::uint8_t{0});
      return true;
    default:
      return false;
  }
}

// A file, without what its system calls do, without an end; then an earlier end, and larger pieces.
bool simplify_stream(std::uint32_t variant, Stream& stream) {
  static constexpr std::uint64_t kFavourites[] = {0, 1, 2, 4, 8};
  switch (variant) {
    case 0:
      stream = Stream{};
      return true;
    case 1:
      if (!stream.cannot_move()) stream.kind = StreamKind::kFile;
      return true;
    case 2:
      stream.interrupted = 0;
      return true;
    case 3:
      stream.at_most = 0;
      return true;
    case 4:
      stream.end = StreamEnd::kNone;
      stream.limit = 0;
      return true;
    case 5:
      stream.interrupted = std::min<std::uint8_t>(stream.interrupted, 1);
      return true;
    case 6:
      if (stream.end == StreamEnd::kFails) stream.end = StreamEnd::kEnds;
      return true;
    default:
      break;
  }
  constexpr std::uint32_t kNumbers = 7;
  constexpr std::uint32_t kLimits = 32;
  if (variant < kNumbers + kLimits) {
    const auto limit = smaller(stream.limit, kFavourites, 1, variant - kNumbers);
    if (limit) stream.limit = static_cast<std::uint32_t>(*limit);
    return true;
  }
  const auto at_most = smaller(stream.at_most, kFavourites, 1, variant - kNumbers - kLimits);
  if (!at_most) return false;
  if (*at_most != 0) stream.at_most = static_cast<std::uint32_t>(*at_most);
  return true;
}

// Fewer elements, in the buffer and in the array alike.
bool shrink_elements(const Program&, std::uint32_t variant, Op& op) {
  static constexpr std::uint64_t kFavourites[] = {0, 1, 2, 4};
  if (!is_array(op.kind)) return false;
  std::uint64_t& elements = variant % 2 == 0 ? op.count : op.room;
  const auto less = smaller(elements, kFavourites, 1, variant / 2);
  if (less) elements = *less;
  return less.has_value() || variant % 2 == 0;
}

bool simplify_options(const Program&, std::uint32_t variant, Op& op) {
  if (has_stream(op.kind)) return simplify_stream(variant, op.stream);
  // Two of what comes in front of the fault: a handle is one, if there is one.
  const bool has_handle = has_operand(op.kind, Operand::kAs) && op.opens != 0;
  const bool has_two = op.kind == OpKind::kHarvest || op.kind == OpKind::kProtect;
  if (variant == (has_two ? 2u : has_handle ? 1u : 0u) && op.fail_nth != 0) {
    op.fail_nth = 0;
    return true;
  }
  if (variant == 2 && op.kind == OpKind::kReference && op.use != 0) {
    op.use = 0;
    return true;
  }
  if (variant == 0 && op.kind == OpKind::kArm && op.count > 1) {
    op.count = 1;
    return true;
  }
  if (variant == 0 && op.kind == OpKind::kHarvest) {
    op.mode = HarvestMode::kBoth;
    return true;
  }
  if (variant == 1 && op.kind == OpKind::kHarvest) {
    op.form = HarvestForm::kSparse;
    return true;
  }
  if (variant == 0 && has_handle) {
    op.opens = 0;
    return true;
  }
  if (variant <= 1 && has_operand(op.kind, Operand::kRights)) {
    op.rights = variant == 0 ? GMC_RIGHT_READ : GMC_RIGHT_WRITE;
    return true;
  }
  return false;
}

// What is plainer about an entry of a layout: another backing, rights, file; then sizes and bases in whole pages.
bool simplify_region(const Layout& layout, std::uint32_t variant, Region& region) {
  constexpr std::uint32_t kFlags = 5;
  constexpr std::uint32_t kSizes = 64;
  switch (variant) {
    case 0:
      region.backing = Backing::kOwn;
      region.file = 0;
      region.file_offset = 0;
      return true;
    case 1:
      region.is_read_only = false;
      return true;
    case 2:
      region.file = 0;
      return true;
    case 3:
      region.file_offset = 0;
      return true;
    case 4: {  // up to the region below it
      std::uint64_t below = 0;
      for (const Region& other : layout.regions) {
        if (other.is_window == region.is_window && other.base < region.base) below = std::max(below, other.base + other.size);
      }
      if (below < region.base) region.base = below;
      return true;
    }
    default:
      break;
  }
  static constexpr std::uint64_t kFavourites[] = {kPage, 2 * kPage, 16 * kPage};
  if (variant < kFlags + kSizes) {
    const std::uint32_t step = variant - kFlags;
    const bool is_whole = region.size % kPage == 0;
    const auto size =
        !is_whole && step == 0 ? region.size / kPage * kPage + kPage : smaller(region.size, kFavourites, kPage, is_whole ? step : step - 1);
    if (size && *size >= kPage) region.size = *size;
    return true;
  }
  const std::uint32_t step = variant - kFlags - kSizes;
  static constexpr std::uint64_t kBases[] = {0, kPage, 16 * kPage};
  if (step == 0) {
    region.base = region.base / kPage * kPage;
    return true;
  }
  const auto base = smaller(region.base, kBases, kPage, step - 1);
  if (base) region.base = *base;
  return base.has_value();
}

}  // namespace

Shrinker::Shrinker(Program program, std::uint32_t failing_op) : current_(std::move(program)), failing_op_(failing_op) {
  const auto valid = validate(current_);
  GMC_CHECK(valid.has_value(), valid.error().text());
  seen_.insert(hash(current_));
}

bool Shrinker::next(Program& candidate) {
  while (pass_ != Pass::kDone) {
    if (!propose(candidate)) {
      enter(static_cast<Pass>(static_cast<std::uint8_t>(pass_) + 1));
      // What was accepted may have made room for steps that were tried before it.
      if (pass_ == Pass::kDone && changed_) {
        changed_ = false;
        enter(Pass::kChunks);
      }
      continue;
    }
    if (!seen_.insert(hash(candidate)).second || !validate(candidate)) continue;
    proposed_ = candidate;
    return true;
  }
  return false;
}

void Shrinker::accept() {
  current_ = proposed_;
  changed_ = true;
  // The cursor of a chunk counts from behind: what is left of it has not been tried.
  if (pass_ == Pass::kChunks) {
    place_ = std::min(place_, static_cast<std::uint32_t>(current_.ops.size()));
    return;
  }
  if (pass_ == Pass::kLayouts || pass_ == Pass::kRegions) {
    enter(pass_);
    return;
  }
  variant_ = 0;
}

void Shrinker::enter(Pass pass) {
  pass_ = pass;
  place_ = 0;
  layout_ = 0;
  variant_ = 0;
  if (pass != Pass::kChunks) return;
  place_ = static_cast<std::uint32_t>(current_.ops.size());
  chunk_ = std::max(1u, place_ / 2);
}

bool Shrinker::propose(Program& candidate) {
  switch (pass_) {
    case Pass::kTruncate:
      return propose_truncation(candidate);
    case Pass::kChunks:
      return propose_chunk(candidate);
    case Pass::kLayouts:
      return propose_layout(candidate);
    case Pass::kRegions:
      return propose_region(candidate);
    case Pass::kSpaces:
      return propose_edit(use_root, candidate);
    case Pass::kSizes:
      return propose_edit(shrink_size, candidate);
    case Pass::kElements:
      return propose_edit(shrink_elements, candidate);
    case Pass::kFronts:
      return propose_edit(cut_front, candidate);
    case Pass::kAddresses:
      return propose_edit(shrink_address, candidate);
    case Pass::kTargets:
      return propose_edit(shrink_target, candidate);
    case Pass::kPayloads:
      return propose_edit(simplify_payload, candidate);
    case Pass::kOptions:
      return propose_edit(simplify_options, candidate);
    case Pass::kShapes:
      return propose_shape(candidate);
    case Pass::kSeed:
      return propose_seed(candidate);
    case Pass::kDone:
      break;
  }
  return false;
}

bool Shrinker::propose_truncation(Program& candidate) {
  const auto count = static_cast<std::uint32_t>(current_.ops.size());
  if (variant_++ > 0 || failing_op_ >= count) return false;
  // The bracket that closes the failing operation's scope stays.
  std::uint32_t first = failing_op_ + 1;
  bool in_scope = false;
  for (std::uint32_t i = 0; i < first; ++i) {
    if (opens_scope(current_.ops[i].kind)) in_scope = true;
    if (current_.ops[i].kind == OpKind::kSubmitEnd) in_scope = false;
  }
  while (in_scope && first < count && current_.ops[first].kind != OpKind::kSubmitEnd) ++first;
  if (in_scope && first < count) ++first;
  without_ops(current_, first, count - first, candidate);
  return true;
}

bool Shrinker::propose_chunk(Program& candidate) {
  if (current_.ops.empty()) return false;
  if (place_ == 0) {
    if (chunk_ == 1) return false;
    chunk_ /= 2;
    place_ = static_cast<std::uint32_t>(current_.ops.size());
  }
  const std::uint32_t count = std::min(chunk_, place_);
  place_ -= count;
  without_ops(current_, place_, count, candidate);
  return true;
}

bool Shrinker::propose_layout(Program& candidate) {
  while (++layout_ < current_.layouts.size()) {
    if (std::ranges::any_of(current_.ops, [this](const Op& op) { return op.layout == layout_; })) continue;
    without_layout(current_, layout_, candidate);
    return true;
  }
  return false;
}

bool Shrinker::propose_region(Program& candidate) {
  while (layout_ < current_.layouts.size()) {
    // A memory without regions is of no use to anyone.
    const bool may_drop = current_.layouts[layout_].regions.size() > (layout_ == 0 ? 1u : 0u);
    if (!may_drop || place_ >= current_.layouts[layout_].regions.size()) {
      ++layout_;
      place_ = 0;
      variant_ = 0;
      continue;
    }
    without_region(current_, layout_, place_, variant_ == 1, candidate);
    if (++variant_ == 2) {
      variant_ = 0;
      ++place_;
    }
    return true;
  }
  return false;
}

bool Shrinker::propose_edit(Edit edit, Program& candidate) {
  for (; place_ < current_.ops.size(); ++place_, variant_ = 0) {
    Op op = current_.ops[place_];
    if (!edit(current_, variant_, op)) continue;
    ++variant_;
    candidate = current_;
    candidate.ops[place_] = op;
    return true;
  }
  return false;
}

bool Shrinker::propose_shape(Program& candidate) {
  while (layout_ < current_.layouts.size()) {
    if (place_ >= current_.layouts[layout_].regions.size()) {
      ++layout_;
      place_ = 0;
      variant_ = 0;
      continue;
    }
    candidate = current_;
    if (simplify_region(current_.layouts[layout_], variant_++, candidate.layouts[layout_].regions[place_])) return true;
    ++place_;
    variant_ = 0;
  }
  return false;
}

bool Shrinker::propose_seed(Program& candidate) {
  if (variant_++ > 0) return false;
  candidate = current_;
  candidate.seed = 1;
  return true;
}

Shrunk minimize(Program program, std::uint32_t failing_op, const StillFails& still_fails, const ShrinkBudget& budget) {
  Shrinker shrinker(std::move(program), failing_op);
  Program candidate;
  std::uint32_t runs = 0;
  while (runs < budget.runs && !(budget.is_spent && budget.is_spent())) {
    if (!shrinker.next(candidate)) return Shrunk{.program = shrinker.current(), .runs = runs, .is_minimal = true};
    ++runs;
    if (still_fails(candidate)) shrinker.accept();
  }
  return Shrunk{.program = shrinker.current(), .runs = runs, .is_minimal = false};
}

}  // namespace gmc
