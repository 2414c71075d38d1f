// SPDX-License-Identifier: Apache-2.0 OR MIT
// The comparison of what the memory holds with what the reference says it holds: past the backend through the witness, and through the
// backend's own reads.
#include <algorithm>
#include <cstring>

#include "harness/base/check.h"
#include "harness/runner/executor.h"

namespace gmc {

namespace {

constexpr std::uint64_t kWholeRegionMax = 1 << 20;  // of larger regions the comparison of everything sees the two ends
constexpr std::uint64_t kEndSize = 64 << 10;

}  // namespace

std::pair<std::span<std::uint8_t>, std::uint16_t> Executor::read_back(std::uint64_t gpa, std::uint64_t size) {
  read_back_.clear();
  const std::span<std::uint8_t> bytes = read_back_.take(size, 0);
  return {bytes, backend_.access().read(nullptr, memory_->space(0), gpa, bytes.data(), bytes.size()).status};
}

// What stands in a memory that was adopted nobody knows before it is looked at: by reads that are as plain as can be, so that whoever
// answers an operation otherwise is found out. Of large regions the rest stays unknown until an operation shows it.
void Executor::look_at_adopted() {
  if (backend_.access().read == nullptr) return;
  const auto& regions = reference_.map().regions();
  std::vector<std::uint8_t> image;
  for (std::uint32_t r = 0; r < regions.size(); ++r) {
    image.clear();
    const std::uint64_t size = std::min(regions[r].size(), kWholeRegionMax);
    while (image.size() < size) {
      const auto [piece, status] = read_back(regions[r].base + image.size(), std::min(kCompareReadSize, size - image.size()));
      if (status != GMC_OK) break;
      image.insert(image.end(), piece.begin(), piece.end());
    }
    if (image.size() == size) reference_.adopt(r, image);
  }
}

// A piece of a region: by the witness, then by the backend.
std::optional<Executor::Difference> Executor::compare_range(std::uint32_t r, std::uint64_t offset, std::uint64_t size) {
  const MappedRegion& region = reference_.map().regions()[r];
  const auto difference = [&](std::uint64_t at, const Bytes::Mismatch& mismatch, bool by_witness) {
    return Difference{.region = r,
                      .offset = at,
                      .gpa = region.base + at,
                      .expected = mismatch.expected,
                      .got = mismatch.got,
                      .by_witness = by_witness,
                      .was_written = mismatch.was_written};
  };
  const std::span<std::uint8_t> witness = memory_->witness(region.entry);
  if (witness.size() >= offset + size) {
    const auto mismatch = reference_.compare(r, offset, witness.subspan(offset, size));
    if (mismatch) return difference(mismatch->position - region.store_offset, *mismatch, true);
  }
  if (backend_.access().read == nullptr || region.base + offset + size - 1 > backend_.profile().root().last_address) return std::nullopt;
  std::uint64_t step = 0;
  for (std::uint64_t done = 0; done < size; done += step) {
    const std::uint64_t gpa = region.base + offset + done;
    step = std::min(kCompareReadSize, size - done);
    if (const PageRights& rights = reference_.map().page_rights(); !rights.empty()) [[unlikely]] {
      step = rights.last_alike(gpa, gpa + (step - 1)) - gpa + 1;
      if (!reference_.map().permits(region, gpa, Right::kRead)) continue;
    }
    const auto [piece, status] = read_back(gpa, step);
    const bool is_intact = Buffers::is_intact(piece);
    if (status != GMC_OK || !is_intact) {
      return Difference{
          .region = r, .offset = offset + done, .gpa = gpa, .was_written = true, .is_beyond_buffer = !is_intact, .status = status};
    }
    const auto mismatch = reference_.compare(r, offset + done, piece);
    if (mismatch) return difference(mismatch->position - region.store_offset, *mismatch, false);
  }
  return std::nullopt;
}

std::optional<Executor::Difference> Executor::compare_touched() {
  const auto& regions = reference_.map().regions();
  for (std::uint32_t r = 0; r < regions.size(); ++r) {
    const MappedRegion& region = regions[r];
    std::optional<Difference> found;
    reference_.store(region.store).for_each_touched(region.store_offset, region.size(), [&](std::uint64_t position, std::uint64_t size) {
      if (!found) found = compare_range(r, position - region.store_offset, size);
    });
    if (found) return found;
  }
  return std::nullopt;
}

std::optional<Executor::Difference> Executor::compare_all() {
  if (auto found = compare_touched()) return found;
  const auto& regions = reference_.map().regions();
  for (std::uint32_t r = 0; r < regions.size(); ++r) {
    const std::uint64_t size = regions[r].size();
    if (size <= kWholeRegionMax) {
      if (auto found = compare_range(r, 0, size)) return found;
      continue;
    }
    if (auto found = compare_range(r, 0, kEndSize)) return found;
    if (auto found = compare_range(r, size - kEndSize, kEndSize)) return found;
  }
  return std::nullopt;
}

// [position, end) of a file belongs to no region.
std::optional<Finding> Executor::compare_gap(const WitnessFile& file, std::uint64_t position, std::uint64_t end) {
  while (position < end) {
    const std::uint64_t size = std::min<std::uint64_t>(end - position, kBackgroundPiece);
    const std::span<const std::uint8_t> background(background_at(position), size);
    const std::span<const std::uint8_t> seen = file.bytes().subspan(position, size);
    if (std::memcmp(background.data(), seen.data(), size) != 0) {
      const auto [expected, got] = std::mismatch(background.begin(), background.end(), seen.begin());
      const Violation violation{.clause = Clause::kRW2,
                                .divergence = {.part = Part::kHarness},
                                .at = position + static_cast<std::uint64_t>(got - seen.begin()),
                                .expected = *expected,
                                .got = *got};
      return finding_of(violation, Op{.kind = OpKind::kWrite}, kOpIndexCompare, nullptr);
    }
    position += size;
  }
  return std::nullopt;
}

// The bytes of a region that was removed: what the harness sees of them, or what a space of it that is still open shows.
std::span<const std::uint8_t> Executor::bytes_of_removed(const MappedRegion& region) {
  if (region.size() > kWholeRegionMax) return {};
  const std::span<std::uint8_t> witness = memory_->witness(region.entry);
  if (!witness.empty()) return witness.first(std::min<std::size_t>(witness.size(), region.size()));
  if (backend_.access().read == nullptr) return {};
  const bool goes_on = backend_.profile().root().stale_handle == StaleHandle::kKeepsAlive;
  for (std::uint8_t slot = 1; slot < kSlotsMax; ++slot) {
    const MappedRegion* const open = reference_.is_other_memory(slot) ? reference_.map_of(slot).entry(region.entry)
                                     : goes_on                        ? reference_.region_of(slot)
                                                                      : nullptr;
    if (open == nullptr || open->entry != region.entry) continue;
    removed_room_.resize(region.size());
    const std::uint64_t address = reference_.is_other_memory(slot) ? open->base : 0;
    const GmcOutcome read = backend_.access().read(nullptr, memory_->space(slot), address, removed_room_.data(), removed_room_.size());
    return read.status == GMC_OK ? std::span<const std::uint8_t>(removed_room_) : std::span<const std::uint8_t>{};
  }
  return {};
}

// What lies behind a region that was removed is nobody's to change either, but for who goes on through a space of it.
std::optional<Finding> Executor::compare_removed() {
  for (const MappedRegion& region : reference_.map().removed()) {
    const auto mismatch = reference_.store(region.store).compare(region.store_offset, bytes_of_removed(region));
    if (!mismatch) continue;
    const Clause clause =
        expectation_.op == nullptr ? Clause::kRW2 : Reference::blame_memory(expectation_, alternative_, region.store, mismatch->position);
    const Violation violation{.clause = clause,
                              .divergence = {.part = Part::kMemory},
                              .at = region.base + (mismatch->position - region.store_offset),
                              .expected = mismatch->expected,
                              .got = mismatch->got};
    return finding_of(violation, Op{.kind = OpKind::kWrite}, kOpIndexCompare, nullptr);
  }
  return std::nullopt;
}

// What of the harness's files lies outside every region is nobody's to change.
std::optional<Finding> Executor::compare_gaps() {
  for (std::uint8_t number = 0; number < kFilesMax; ++number) {
    const WitnessFile* file = memory_->file(number);
    if (file == nullptr) continue;
    std::vector<ByteRange> used;
    for (const auto* regions : {&reference_.map().regions(), &reference_.map().removed()}) {
      for (const MappedRegion& region : *regions) {
        const Region& entry = reference_.layout().regions[region.entry];
        if (entry.backing == Backing::kFile && entry.file == number) used.push_back({region.store_offset, region.size()});
      }
    }
    std::sort(used.begin(), used.end(), [](const ByteRange& a, const ByteRange& b) { return a.base < b.base; });
    used.push_back({file->bytes().size(), 0});
    std::uint64_t position = 0;
    for (const ByteRange& range : used) {
      if (auto finding = compare_gap(*file, position, range.base)) return finding;
      position = std::max(position, range.base + range.size);
    }
  }
  return std::nullopt;
}

std::optional<Violation> Executor::compare_regions() {
  if (!backend_.profile().root().region_api.has(RegionApi::kList) || !memory_->is_alive()) return std::nullopt;
  Program program;
  const Op op{.kind = OpKind::kRegions};
  Expectation expectation;
  reference_.predict(program, op, expectation);
  Step step;
  step.begin(op, kOpIndexCompare);
  perform(program, step);
  return reference_.judge(expectation, step.answer).violation;
}

// GM-SLICE-009: the map is the one that the pointer came from.
std::optional<Violation> Executor::compare_kept() {
  if (!kept_) return std::nullopt;
  const auto mismatch = reference_.store(kept_->store).compare(kept_->position, kept_->bytes);
  if (!mismatch) {
    pending_.add(Clause::kSLICE9);
    return std::nullopt;
  }
  return Violation{.clause = Clause::kSLICE9,
                   .divergence = {.part = Part::kBytes},
                   .at = mismatch->position - kept_->position,
                   .expected = mismatch->expected,
                   .got = mismatch->got};
}

std::optional<Violation> Executor::peek_sparse(std::uint32_t flags) {
  const std::span<GmcDirtyWord> room = sparse_room_.take(sparse_words_);
  const GmcOutcome outcome = backend_.dirty().harvest_sparse(nullptr, memory_->space(0), flags, room.data(), room.size());
  if (outcome.status != GMC_OK || outcome.count > room.size()) {
    return wrong_status(Clause::kDIRTY11, outcome);
  }
  return reference_.judge_sparse(room.first(outcome.count));
}

std::optional<Violation> Executor::peek_dense(std::uint32_t flags) {
  const auto& regions = reference_.map().regions();
  for (std::uint32_t r = 0; r < regions.size(); ++r) {
    GmcSpaceRequest request{};
    request.kind = GMC_SPACE_REGION;
    request.address = regions[r].base;
    GmcSpace* space = nullptr;
    const GmcOutcome opened = backend_.space().open(nullptr, memory_->space(0), &request, &space);
    if (opened.status != GMC_OK || space == nullptr) {
      return wrong_status(Clause::kREG9, opened);
    }
    const std::uint64_t words = (reference_.granule_count(r) + 63) / 64;
    const std::span<std::uint64_t> room = dense_room_.take_unwritten(words + 1);
    const GmcOutcome outcome = backend_.dirty().harvest_dense(nullptr, space, flags, room.data(), room.size());
    backend_.space().close(nullptr, space);
    if (outcome.status != GMC_OK) {
      return wrong_status(Clause::kDIRTY11, outcome);
    }
    if (auto violation = reference_.judge_dense(r, room.first(words))) return violation;
  }
  return std::nullopt;
}

// The dirty state, without changing it where the backend can be peeked at, else only where nothing comes after.
std::optional<Violation> Executor::compare_dirty(bool may_clear) {
  const Switches& s = backend_.profile().root();
  if (s.dirty_source == DirtySource::kNone || !reference_.is_tracking() || !memory_->is_alive()) return std::nullopt;
  std::uint32_t flags = 0;
  if (s.harvest.has(HarvestModes::kRead)) {
    flags = GMC_HARVEST_READ;
  } else if (may_clear && s.harvest.has(HarvestModes::kBoth)) {
    flags = GMC_HARVEST_READ | GMC_HARVEST_CLEAR;
  } else {
    return std::nullopt;
  }
  if (backend_.offers().harvest_sparse && reference_.sparse_is_possible()) return peek_sparse(flags);
  if (backend_.offers().harvest_dense && backend_.offers().space_open) return peek_dense(flags);
  return std::nullopt;
}

// Looking would be what meets a fault that is armed: none is while the state is looked at, and afterwards they are armed again.
std::optional<Finding> Executor::compare_state(Compare compare, const Step* step, bool is_last) {
  if (!reference_.is_armed()) [[likely]]
    return compare_unarmed(compare, step, is_last);
  const auto uses = reference_.armed_uses();
  if (auto finding = arm_offered(GMC_FAULT_NONE, 0, kOpIndexCompare)) return finding;
  reference_.disarm();
  if (auto finding = compare_unarmed(compare, step, is_last)) return finding;
  for (std::uint32_t site = 0; site < uses.size() && !is_last; ++site) {
    if (uses[site] == 0) continue;
    if (auto finding = arm_offered(site, uses[site], kOpIndexCompare)) return finding;
    reference_.arm(site, uses[site]);
  }
  return std::nullopt;
}

std::optional<Finding> Executor::compare_unarmed(Compare compare, const Step* step, bool is_last) {
  set_index(kOpIndexCompare);
  enter(RunPart::kCompare);
  const bool looks_at_all = compare != Compare::kTouched;
  last_difference_ = looks_at_all ? compare_all() : compare_touched();
  if (last_difference_) return finding_of(*last_difference_, step);
  // What a reset could not undo is to be seen before it.
  if (looks_at_all || is_last) {
    if (auto finding = compare_removed()) {
      if (step != nullptr) {
        finding->op = step->op->kind;
        finding->op_index = step->index;
      }
      return finding;
    }
  }
  if (looks_at_all) {
    if (auto finding = compare_gaps()) {
      if (step != nullptr) {
        finding->op = step->op->kind;
        finding->op_index = step->index;
        finding->clause = expectation_.demands.beyond;
      }
      return finding;
    }
  }
  std::optional<Violation> violation = compare_dirty(is_last);
  if (!violation && is_last) violation = compare_kept();
  if (!violation && compare == Compare::kEverything) violation = compare_regions();
  if (!violation) return std::nullopt;
  if (step == nullptr) return finding_of(*violation, Op{.kind = OpKind::kHarvest}, kOpIndexCompare, nullptr);
  // What the operation did not write or mark it must have left alone; what it should have marked has its clause from the mark.
  const OpKind kind = step->op->kind;
  const bool names_its_own = kind == OpKind::kHarvest || kind == OpKind::kTrack || kind == OpKind::kReset;
  const bool is_beyond = violation->divergence.part == Part::kDirtyExtra && violation->clause == Clause::kDIRTY5;
  if (is_beyond || (names_its_own && violation->divergence.part == Part::kDirtyMissing)) {
    violation->clause = expectation_.demands.beyond_dirty;
  }
  // A change of the map that was declined has left everything as it was.
  if (reference_.declined_change(expectation_, step->answer.outcome)) violation->clause = Clause::kMAP3;
  return finding_of(*violation, *step->op, step->index, &step->answer);
}

// GM-TYPE-002: the value is there, with its bytes in the wrong order.
bool Executor::is_reversed(const Step& step, std::uint32_t r) {
  if (step.op->kind != OpKind::kStore || step.op->size < 2 || expectation_.walk.spans.size() != 1) return false;
  const MappedRegion& region = reference_.map().regions()[r];
  const std::uint64_t offset = expectation_.gpa - region.base;
  if (!region.contains(expectation_.gpa) || region.size() - offset < step.op->size) return false;
  std::span<const std::uint8_t> seen = memory_->witness(region.entry);
  if (!seen.empty()) {
    seen = seen.subspan(offset, step.op->size);
  } else {
    if (backend_.access().read == nullptr) return false;
    const auto [bytes, status] = read_back(expectation_.gpa, step.op->size);
    if (status != GMC_OK) return false;
    seen = bytes;
  }
  return std::equal(seen.rbegin(), seen.rend(), step.buffer.begin());
}

Finding Executor::finding_of(const Difference& difference, const Step* step) {
  if (difference.is_beyond_buffer) {
    const Violation zones{
        .clause = Clause::kRW3, .divergence = {.part = Part::kBeyondBuffer, .got_status = difference.status}, .at = difference.gpa};
    return step == nullptr ? finding_of(zones, Op{.kind = OpKind::kRead}, kOpIndexCompare, nullptr)
                           : finding_of(zones, *step->op, step->index, &step->answer);
  }
  Violation violation{.clause = Clause::kINV2,
                      .divergence = {.part = Part::kMemory, .got_status = difference.status},
                      .at = difference.gpa,
                      .expected = difference.expected,
                      .got = difference.got};
  if (step == nullptr) {
    const bool is_own = reference_.map().store_is_own(reference_.map().regions()[difference.region].store);
    if (!difference.was_written) violation.clause = is_own ? Clause::kREG7 : Clause::kRW1;
    return finding_of(violation, Op{.kind = OpKind::kRead}, kOpIndexCompare, nullptr);
  }
  const MappedRegion& region = reference_.map().regions()[difference.region];
  violation.clause = Reference::blame_memory(expectation_, alternative_, region.store, region.store_offset + difference.offset);
  if (violation.clause == expectation_.demands.effect && is_reversed(*step, difference.region)) violation.clause = Clause::kTYPE2;
  if (difference.by_witness && difference.status != GMC_OK) violation.clause = Clause::kADDR4;
  if (reference_.declined_change(expectation_, step->answer.outcome)) violation.clause = Clause::kMAP3;
  return finding_of(violation, *step->op, step->index, &step->answer);
}

}  // namespace gmc
