// SPDX-License-Identifier: Apache-2.0 OR MIT
// What each operation may answer, as the rows have it.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "harness/emit/planner.h"
#include "harness/program/program.h"

namespace gmc {

namespace {

constexpr std::uint64_t kLookedAt = 256;      // bytes behind a pointer, at most
constexpr std::size_t kGranulesTried = 4096;  // of a harvest: of more nobody asks which of them have to be reported

bool comes_as_value(const Op& op) { return op.kind == OpKind::kLoad && (op.size == 1 || op.size == 2 || op.size == 4 || op.size == 8); }

// Whether what is there afterwards depends on whether it was answered ok.
bool depends_on_ok(OpKind kind) {
  const Touches touched = touches(kind);
  return touched == Touches::kDirty || touched == Touches::kMap || touched == Touches::kControl;
}

}  // namespace

bool Planner::depends_on_open_bytes(const Op& op) const {
  const Expectation& e = room_.expectation;
  if (e.effect == Effect::kNone && op.kind != OpKind::kHostAddress && op.kind != OpKind::kReference) return false;
  if (e.effect == Effect::kWrites && !is_atomic(op.kind)) return false;
  if (op.kind == OpKind::kAtomicStore) return false;
  return std::ranges::any_of(e.walk.spans, [&](const Span& span) {
    return !span.is_discarded && span.size > 0 && reference_.store(e.map->regions()[span.region].store).is_open(span.position, span.size);
  });
}

// What the walk brings into a buffer, up to `moved` bytes.
std::string Planner::walked(const Alternative& a, std::uint64_t moved) const {
  const Expectation& e = room_.expectation;
  PieceList pieces;
  const bool may_lack_prefix = e.op->kind == OpKind::kLoad && (a.statuses & status_bit(GMC_OK)) == 0;
  if (a.is_open) {
    pieces.add_open(0, e.walk.reached);
    return pieces.text();
  }
  for (const Span& span : e.walk.spans) {
    if (span.done >= moved) break;
    const std::uint64_t size = std::min(span.size, moved - span.done);
    if (may_lack_prefix) {
      pieces.add_open(span.done, size);
    } else if (span.is_discarded) {
      const Switches& switches = reference_.profile().of(reference_.kind_of(e.op->space));
      pieces.add_each(span.done, size, static_cast<std::uint8_t>(switches.discard_value));
    } else {
      pieces.add_memory(span.done, size, reference_.store(e.map->regions()[span.region].store), span.position);
    }
  }
  return pieces.text();
}

// What comes with an answer beside its outcome.
void Planner::add_brought(const Op& op, const Alternative& a, const Answered& answered, bool is_open, Initialiser& answer) const {
  const Expectation& e = room_.expectation;
  const bool is_ok_alone = a.statuses == status_bit(GMC_OK);
  if (is_atomic(op.kind)) {
    const bool is_mismatch_alone = a.statuses == status_bit(GMC_MISMATCH);
    if (is_open || !((is_ok_alone && e.returns_old) || is_mismatch_alone)) return;
    if (found_.empty()) {
      answer.add("has_value", 1);
      answer.add("value", fmt::format("{:#x}", answered.answer.outcome.value));
    } else if (is_mismatch_alone) {
      PieceList found;
      found.add_bytes(2 * op.size, found_);
      answer.add("out", found.text());
    }
  } else if (comes_as_value(op)) {
    if (is_open || !is_ok_alone) return;
    answer.add("has_value", 1);
    answer.add("value", fmt::format("{:#x}", answered.answer.outcome.value));
  } else if (has_stream(op.kind)) {
    if (is_transfer_open_) return;
    answer.add("has_moved", 1);
    answer.add("moved", e.is_streaming ? std::min(op.stream.room(op.size), e.walk.reached) : 0);
    if (!takes_from_stream(op.kind)) answer.add("out", walked(Alternative{.statuses = status_bit(GMC_OK)}, e.walk.reached));
  } else if (e.effect == Effect::kReads) {
    answer.add("out", walked(a, a.moved));
  } else if ((op.kind == OpKind::kHostAddress || op.kind == OpKind::kReference) && is_ok_alone && !e.walk.spans.empty() && !is_in_list_) {
    // Behind a list, later calls have changed what it leads to.
    const Span& span = e.walk.spans.front();
    PieceList behind;
    behind.add_memory(0, std::min(op.size, kLookedAt), reference_.store(e.map->regions()[span.region].store), span.position);
    answer.add("out", behind.text());
  }
}

std::string Planner::answers_of(const Op& op, const Answered& answered, bool is_open) const {
  const Expectation& e = room_.expectation;
  const Alternative& chosen = e.alternatives[answered.judgement.alternative];
  const StatusMask ok = status_bit(GMC_OK);
  const StatusMask alike = !depends_on_ok(op.kind) ? ~StatusMask{0} : answered.answer.outcome.status == GMC_OK ? ok : ~ok;
  std::string text;
  for (std::size_t i = 0; i < e.alternative_count; ++i) {
    const Alternative& a = e.alternatives[i];
    // What memory holds decides it, unless that is open.
    const bool is_decided_otherwise = op.kind == OpKind::kCompareExchange && !is_open && !e.walk.spans.empty() &&
                                      i != answered.judgement.alternative && (a.statuses == ok || a.statuses == status_bit(GMC_MISMATCH));
    if (is_decided_otherwise) continue;
    const bool is_same = i == answered.judgement.alternative ||
                         (a.moved == chosen.moved && a.is_open == chosen.is_open && a.is_armed == chosen.is_armed && !is_atomic(op.kind));
    const StatusMask goes_on = is_same ? a.statuses & alike : 0;
    Initialiser answer;
    if (goes_on != 0) answer.add("statuses", c_statuses(goes_on));
    if (goes_on != a.statuses) answer.add("also", c_statuses(a.statuses & ~goes_on));
    if (a.count_rule != CountRule::kFree) {
      answer.add("counts", a.count_rule == CountRule::kRequired ? "WITH_COUNT" : "COUNT_IF_GIVEN");
      answer.add("count", a.count);
    }
    if (a.has_value) {
      answer.add("has_value", 1);
      answer.add("value", fmt::format("{:#x}", a.value));
    }
    if (a.has_failed_at) {
      answer.add("names", "ADDRESS_IF_GIVEN");
      answer.add("address", fmt::format("{:#x}", a.failed_at));
    } else if (a.names_no_byte) {
      answer.add("names", "NO_ADDRESS");
    }
    add_brought(op, a, answered, is_open, answer);
    text += (text.empty() ? "" : ", ") + answer.text();
  }
  return fmt::format("ANSWERS({})", text);
}

// Which granules have to be reported: those without which the reference would not accept its own answer.
std::string Planner::granules_of(const Op& op, const Answered& answered, bool& is_settled) const {
  const Expectation& e = room_.expectation;
  std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> words;  // by index: must, may
  std::vector<std::uint64_t> dense(answered.answer.dense.begin(), answered.answer.dense.end());
  std::vector<GmcDirtyWord> sparse(answered.answer.sparse.begin(), answered.answer.sparse.end());
  for (std::size_t i = 0; i < dense.size(); ++i) words[i].second = dense[i];
  for (const GmcDirtyWord& word : sparse) words[word.index].second = word.bits;
  std::size_t tried = 0;
  is_settled = true;
  const auto is_needed = [&](std::uint64_t index, std::uint64_t bit) {
    if (++tried > kGranulesTried) return false;
    Answer without = answered.answer;
    std::vector<GmcDirtyWord> others;
    if (op.form == HarvestForm::kDense) {
      dense[index] &= ~bit;
      without.dense = dense;
    } else {
      for (const GmcDirtyWord& word : sparse) {
        const GmcDirtyWord left{word.index, word.index == index ? word.bits & ~bit : word.bits};
        if (left.bits != 0) others.push_back(left);
      }
      without.sparse = others;
      without.outcome.count = others.size();
    }
    const bool is_missed = reference_.judge(e, without).violation.has_value();
    if (op.form == HarvestForm::kDense) dense[index] |= bit;
    return is_missed;
  };
  std::string text = "GRANULES(";
  for (auto& [index, word] : words) {
    for (std::uint64_t bits = word.second; bits != 0; bits &= bits - 1) {
      const std::uint64_t bit = bits & -bits;
      if (is_needed(index, bit)) word.first |= bit;
    }
    if (word.first != word.second) is_settled = false;
    if (word.second == 0) continue;
    Initialiser granules;
    granules.add_unless_0("index", index);
    if (word.first != 0) granules.add("must", fmt::format("{:#x}", word.first));
    granules.add("may", fmt::format("{:#x}", word.second));
    text += granules.text() + ", ";
  }
  return text + ")";
}

// What fills an array.
void Planner::add_listed(const Op& op, const Answered& answered, Initialiser& row) {
  const Expectation& e = room_.expectation;
  std::vector<Region> listed;
  if (op.kind == OpKind::kSlices) {
    for (const GmcPiece& piece : reference_.slices_of(op)) listed.push_back({.base = piece.address, .size = piece.size});
    row.add("listed", c_layout(listed, request_.profile));
  } else if (op.kind == OpKind::kRegions && answered.answer.outcome.status == GMC_OK) {
    const IterationOrder order = reference_.profile().of(reference_.kind_of(op.space)).iteration_order;
    const bool is_free = order == IterationOrder::kAny || (order == IterationOrder::kAsGiven && has_inserted_);
    for (const GmcRegionInfo& region : answered.answer.regions) listed.push_back({.base = region.base, .size = region.size});
    if (is_free) std::ranges::sort(listed, {}, &Region::base);
    row.add("listed", c_layout(listed, request_.profile));
    if (is_free) row.add("is_order_free", 1);
    add_declined(op, row);
  } else if (op.kind == OpKind::kHarvest && answered.answer.outcome.status == GMC_OK && op.mode != HarvestMode::kClear &&
             e.alternative_count > 0) {
    bool is_settled = true;
    row.add("granules", granules_of(op, answered, is_settled));
    add_declined(op, row);
    // What is cleared is clean whatever it was.
    granules_settled_ = is_settled || op.mode != HarvestMode::kRead;
  } else if (op.kind == OpKind::kHarvest) {
    row.add("granules", "GRANULES()");
  } else if (op.kind == OpKind::kFacts) {
    add_facts(op, row);
  }
}

// What is said to too little room, where it is tried: as the executor does, and not where an armed fault counts uses.
void Planner::add_declined(const Op& op, Initialiser& row) const {
  const Switches& s = reference_.profile().of(reference_.kind_of(op.space));
  const bool can_ask = op.kind != OpKind::kHarvest || (op.mode != HarvestMode::kClear && s.harvest.has(HarvestModes::kRead));
  if (!can_ask || op.fail_nth != 0 || reference_.is_armed() || !room_.expectation.has_to_succeed()) return;
  row.add("declined", c_statuses(status_bit(GMC_INVALID_ARGUMENT) | s.error_detail.same[GMC_INVALID_ARGUMENT]));
}

// Those of a region space that are numbers (GM-REG-012).
void Planner::add_facts(const Op& op, Initialiser& row) const {
  const MappedRegion* const mapped = reference_.region_of(op.space);
  if (mapped == nullptr || op.space == 0) return;
  const Switches& s = reference_.profile().of(reference_.kind_of(op.space));
  const Region& region = reference_.layout().regions[mapped->entry];
  std::string text;
  const auto add = [&](std::string_view name, std::uint64_t value) {
    Initialiser fact;
    fact.add("name", c_string(name));
    fact.add("value", value);
    text += fact.text() + ", ";
  };
  constexpr std::uint64_t kProtRead = 1, kProtWrite = 2;
  if (s.file_facts.has(FileFacts::kFileOffset) && region.backing == Backing::kFile) add("file_offset", region.file_offset);
  if (s.file_facts.has(FileFacts::kProtection)) add("protection", kProtRead | (mapped->is_read_only ? 0 : kProtWrite));
  if (!text.empty()) row.add("facts", "HAS_FACTS(" + text + ")");
}

}  // namespace gmc
