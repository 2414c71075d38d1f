// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/historian.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace gmc {

namespace {

constexpr std::uint64_t kSavedSizeMax = 4096;  // bytes of one piece that are kept as they were before it was written

std::vector<bool> mapped_entries(const Reference& reference) {
  std::vector<bool> is_mapped(reference.layout().regions.size());
  for (const MappedRegion& region : reference.map().regions()) is_mapped[region.entry] = true;
  return is_mapped;
}

}  // namespace

std::optional<Access> access_of(std::uint32_t index, const Expectation& e) {
  if (e.op == nullptr || !has_operand(e.op->kind, Operand::kAt)) return std::nullopt;
  return Access{.op = index, .gpa = e.gpa, .size = has_operand(e.op->kind, Operand::kSize) ? range_size(*e.op) : 1};
}

void Historian::on_run(const Program& program, const Reference& reference) {
  program_ = &program;
  reference_ = &reference;
  writers_.clear();
  fates_.assign(reference.layout().regions.size(), EntryFate{});
  change_.reset();
  was_mapped_ = mapped_entries(reference);
  accesses_.clear();
  in_buffer_ = {};
}

// Sees what the map change before `index` has done.
void Historian::come_to(std::uint32_t) {
  in_buffer_ = {};
  if (!change_) return;
  const std::uint32_t by = *std::exchange(change_, std::nullopt);
  const std::vector<bool> is_mapped = mapped_entries(*reference_);
  if (program_->ops[by].kind == OpKind::kReset) {
    // As at creation: nobody has written, and what was added is gone.
    writers_.clear();
    fates_.assign(is_mapped.size(), EntryFate{});
  } else {
    fates_.resize(is_mapped.size());
    was_mapped_.resize(is_mapped.size());
    for (std::size_t i = 0; i < is_mapped.size(); ++i) {
      if (is_mapped[i] && !was_mapped_[i]) fates_[i] = {.added_by = by};
      if (!is_mapped[i] && was_mapped_[i]) fates_[i].removed_by = by;
    }
  }
  was_mapped_ = is_mapped;
}

void Historian::on_operation(std::uint32_t index, const Expectation& e, const Answer& answer, const Judgement& judgement) {
  come_to(index);
  if (const auto access = access_of(index, e)) accesses_[index] = *access;
  if (judgement.violation) {
    look_at_buffer(e, answer);
    return;
  }
  if (touches(e.op->kind) == Touches::kMap) change_ = index;
  if (e.effect == Effect::kWrites) keep_writes(index, e, e.alternatives[judgement.alternative]);
}

void Historian::keep_writes(std::uint32_t index, const Expectation& e, const Alternative& matched) {
  std::vector<std::uint8_t> before;
  for (const Span& span : e.walk.spans) {
    if (span.is_discarded || span.done >= matched.moved) continue;
    const std::uint64_t size = std::min(span.size, matched.moved - span.done);
    const std::uint32_t store = e.map->regions()[span.region].store;
    before.clear();
    if (size <= kSavedSizeMax) {
      before.resize(size);
      reference_->store(store).read(span.position, before);
    }
    writers_.write(store, span.position, size, index, span.done, before);
  }
}

// What a read brought. Of a value the bytes are those that it has in memory.
void Historian::look_at_buffer(const Expectation& e, const Answer& answer) {
  if (e.effect != Effect::kReads || e.op->kind == OpKind::kDump) return;
  std::span<const std::uint8_t> got = answer.bytes;
  std::array<std::uint8_t, sizeof answer.outcome.value> value;
  if (got.empty() && e.op->size <= value.size() && answer.outcome.status == GMC_OK) {
    std::memcpy(value.data(), &answer.outcome.value, value.size());
    got = std::span<const std::uint8_t>(value).first(e.op->size);
  }
  std::uint64_t moved = 0;
  for (const Alternative& a : std::span(e.alternatives).first(e.alternative_count)) {
    const bool is_meant = answer.outcome.status < GMC_STATUS_COUNT && (a.statuses >> answer.outcome.status & 1) != 0;
    if (is_meant) moved = std::max(moved, a.moved);
  }
  for (const Span& span : e.walk.spans) {
    if (span.is_discarded || span.done >= std::min<std::uint64_t>(moved, got.size())) continue;
    const MappedRegion& region = e.map->regions()[span.region];
    const std::uint64_t size = std::min({span.size, moved - span.done, got.size() - span.done});
    in_buffer_.look(*reference_, region, span.position - region.store_offset, got.subspan(span.done, size));
  }
}

std::vector<std::string> Historian::picture(const std::optional<Access>& access) const {
  return draw_map(reference_->layout(), reference_->map(), fates_, reference_->profile().root().hole_kind, access);
}

void Historian::on_finding(const Finding& finding, Executor& executor) {
  found_ = finding;
  const auto access = accesses_.find(finding.op_index);
  detail_ = {.op_index = finding.op_index,
             .picture = picture(access == accesses_.end() ? std::nullopt : std::optional(access->second)),
             .diff = {},
             .mentioned = {}};
  const bool is_answer = finding.divergence.part == Part::kBytes || finding.divergence.part == Part::kValue;
  const std::uint32_t end = finding.op_index < program_->ops.size() ? finding.op_index + 1 : UINT32_MAX;
  ByteDiff diff = is_answer ? tell_difference(in_buffer_, writers_, *program_, end, "what was read")
                            : tell_difference(executor.wrong_memory(), writers_, *program_, end, "memory");
  detail_.diff = std::move(diff.lines);
  detail_.mentioned.assign(diff.mentioned.begin(), diff.mentioned.end());
}

std::optional<TraceDetail> Historian::detail_of(const Finding& finding) const {
  if (!found_ || !found_->same_as(finding) || found_->op_index != finding.op_index) return std::nullopt;
  return detail_;
}

TraceDetail Historian::detail_before(const Program& whole, std::uint32_t index) {
  come_to(index);
  std::optional<Access> access;
  const Op& op = whole.ops[index];
  if (op.kind != OpKind::kSubmitBegin && op.kind != OpKind::kSubmitEnd && reference_->runs(op)) {
    Expectation expectation;
    reference_->predict(whole, op, expectation);
    access = access_of(index, expectation);
  }
  return {.op_index = index, .picture = picture(access), .diff = {}, .mentioned = {}};
}

}  // namespace gmc
