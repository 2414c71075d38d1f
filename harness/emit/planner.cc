// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/emit/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <utility>

#include "harness/base/random.h"
#include "harness/program/program.h"
#include "harness/streams/scripted_stream.h"

namespace gmc {

namespace {

constexpr std::uint8_t kPoison = 0xa5;  // what the source fills the buffer of a read with
constexpr std::uint64_t kWholeMemoryMax = 16u << 20;

bool fits_a_register(std::uint64_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

std::string upper(std::string_view text) {
  std::string result;
  for (const char c : text) result += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

// The name that the source has for the call.
std::string call_name(const Op& op) {
  if (op.kind == OpKind::kReference) return op.use == 1 ? "GMC_CALL_ATOMIC_REFERENCE" : "GMC_CALL_ALIGNED_REFERENCE";
  if (op.kind == OpKind::kHarvest) return op.form == HarvestForm::kDense ? "HARVEST_DENSE" : "HARVEST_SPARSE";
  const std::string name = upper(info(op.kind).text);
  return has_call_record(op.kind) || has_stream(op.kind) ? "GMC_CALL_" + name : name;
}

std::uint64_t value_of(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

}  // namespace

Planner::Planner(const EmitRequest& request)
    : request_(request),
      document_(request.parsed.document),
      program_(request.parsed.document.program),
      reference_(request.profile, request.offers) {}

void Planner::begin_row(Initialiser& row, std::string_view text) const {
  row.add("line", line_);
  row.add("text", c_string(text));
}

void Planner::end_row(const Initialiser& row) { rows_.push_back("  " + row.text() + ","); }

Result<std::vector<std::string>> Planner::rows() {
  reference_.create(program_.adopts ? request_.adopted : program_.layouts.front());
  count_words();
  line_ = request_.parsed.layout_places.empty() ? 1 : request_.parsed.layout_places.front().line;
  Initialiser make;
  begin_row(make, program_.adopts ? "memory adopt" : "memory");
  make.add("call", "MAKE");
  if (program_.adopts) {
    make.add("is_layout_own", 1);
  } else {
    make.add("layout", c_layout(program_.layouts.front().regions, request_.profile));
  }
  make.add("answers", "ANSWERS({.statuses = BIT(GMC_OK)})");
  end_row(make);
  GMC_TRY(after, walk());
  if (after == After::kIsOpen) {
    remark("What follows depends on what the backend has chosen here: nothing more is compared.");
  } else {
    compare_memory(false);
    compare_memory(true);
    compare_other_memories();
    compare_dirty();
    compare_regions();
  }
  Initialiser end;
  begin_row(end, "the end");
  end.add("call", "END");
  end_row(end);
  if (after == After::kGoesOn) look_behind_destroyed();
  return std::move(rows_);
}

// Comments of the program stand above the rows of the operations that they are about.
Result<Planner::After> Planner::walk() {
  for (std::uint32_t index = 0; index < program_.ops.size(); ++index) {
    const Op& op = program_.ops[index];
    line_ = request_.parsed.op_places[index].line;
    for (const Comment& comment : document_.comments) {
      if (comment.line.kind == LineKey::Kind::kOp && comment.line.index == index) remark(comment.text);
    }
    if (op.kind == OpKind::kSubmitBegin) {
      GMC_TRY(after_list, walk_list(index));
      if (after_list == After::kIsOpen) return After::kIsOpen;
      continue;
    }
    const std::string text = print_op(op, document_.names);
    if (is_left_out(op)) {
      remark(fmt::format("{}: {}: left out, as a handle is not open or the contract says nothing of it", line_, text));
      continue;
    }
    if (auto error = why_not(op, index)) return std::unexpected(*std::move(error));
    // What goes is looked at before: afterwards nobody can.
    const bool ends_bytes = op.kind == OpKind::kRemove || op.kind == OpKind::kReplace || op.kind == OpKind::kDestroy;
    if (ends_bytes && !reference_.is_armed()) compare_memory(false);
    if (perform(op, index, text, payload_of(op, index)) == After::kIsOpen) return After::kIsOpen;
  }
  return After::kGoesOn;
}

// All calls are made before the first is judged: what they hand over is of the moment before them.
Result<Planner::After> Planner::walk_list(std::uint32_t& index) {
  Initialiser begin;
  begin_row(begin, "submit");
  begin.add("call", "LIST");
  end_row(begin);
  std::vector<std::pair<std::uint32_t, Payload>> calls;
  for (++index; program_.ops[index].kind != OpKind::kSubmitEnd; ++index) {
    if (!is_left_out(program_.ops[index])) calls.emplace_back(index, payload_of(program_.ops[index], index));
  }
  After after = After::kGoesOn;
  is_in_list_ = true;
  for (auto& [number, payload] : calls) {
    const Op& op = program_.ops[number];
    line_ = request_.parsed.op_places[number].line;
    after = perform(op, number, print_op(op, document_.names), std::move(payload));
    if (after == After::kIsOpen) break;
  }
  is_in_list_ = false;
  line_ = request_.parsed.op_places[index].line;
  Initialiser end;
  begin_row(end, "}");
  end.add("call", "LIST_END");
  end_row(end);
  return after;
}

// As the executor does: a handle is not open, or all of a large memory would be touched.
bool Planner::is_left_out(const Op& op) const {
  if (!reference_.runs(op)) return true;
  if (op.kind != OpKind::kZeroAll && op.kind != OpKind::kFill && op.kind != OpKind::kMark && op.kind != OpKind::kCopy) return false;
  const bool is_bounded = (op.kind == OpKind::kFill || op.kind == OpKind::kCopy) && op.size <= kWholeMemoryMax;
  std::uint64_t total = 0;
  for (const MappedRegion& region : reference_.map().regions()) total += std::min(region.size(), kWholeMemoryMax + 1);
  return !is_bounded && (total > kWholeMemoryMax || op.kind == OpKind::kFill || op.kind == OpKind::kCopy);
}

std::optional<Error> Planner::why_not(const Op& op, std::uint32_t index) const {
  if (!has_stream(op.kind) || op.stream == without_script(op.stream, takes_from_stream(op.kind))) return std::nullopt;
  return Error{fmt::format("{}:{}", request_.file, request_.parsed.op_places[index].line),
               "cannot be told in C alone: system calls on its descriptor are cut, interrupted or made to fail, which only gmcheck does"};
}

Planner::Payload Planner::payload_of(const Op& op, std::uint32_t index) const {
  Payload payload;
  if (takes_from_stream(op.kind)) {
    payload.bytes.resize(held_by(op.stream, op.size));
    fill_pattern(Pattern{}, program_.seed, index, {}, payload.bytes);
    return payload;
  }
  if (!has_operand(op.kind, Operand::kData)) return payload;
  payload.bytes.resize(buffer_size(op));
  std::vector<std::uint8_t> current;
  if (op.data.kind == PatternKind::kSame || is_atomic(op.kind)) {
    current.resize(buffer_size(op));
    reference_.current(op, current);
  }
  fill_pattern(op.data, program_.seed, index, current, payload.bytes);
  if (op.kind == OpKind::kCompareExchange) {
    payload.expected.resize(op.size);
    fill_pattern(op.expected, program_.seed, index, current, payload.expected);
  }
  return payload;
}

// A row for the operation, and the reference behind it.
Planner::After Planner::perform(const Op& op, std::uint32_t index, std::string_view text, Payload payload) {
  Initialiser row;
  begin_row(row, text);
  row.add("call", call_name(op));
  bytes_ = payload.bytes;
  if (touches(op.kind) == Touches::kReads && !is_atomic(op.kind)) bytes_.assign(has_stream(op.kind) ? op.size : buffer_size(op), kPoison);
  found_.assign(op.kind == OpKind::kCompareExchange && !fits_a_register(op.size) ? op.size : 0, 0);
  room_.bytes = bytes_;
  room_.expected = payload.expected;
  room_.found = found_;
  const std::optional<std::uint16_t> seen = index < request_.seen.size() ? request_.seen[index] : std::nullopt;
  Answered answered;
  if (op.kind == OpKind::kFacts) {
    reference_.predict(program_, op, room_.expectation);
  } else {
    answered = choose_answer(reference_, program_, op, room_, seen);
  }
  add_call(op, index, payload, row);
  granules_settled_ = true;
  add_listed(op, answered, row);
  // GM-FD-008: how much left a descriptor before the range ended is open.
  const Expectation& e = room_.expectation;
  const bool is_exact = op.kind == OpKind::kReadFrom || op.kind == OpKind::kWriteTo;
  is_transfer_open_ = e.is_streaming && is_exact && e.walk.stop != Stop::kNone;
  const bool is_open = depends_on_open_bytes(op);
  row.add("answers", answers_of(op, answered, is_open));
  end_row(row);
  if (op.kind == OpKind::kFacts) return After::kGoesOn;
  if (is_transfer_open_) return After::kIsOpen;
  if (is_open && is_atomic(op.kind)) return After::kIsOpen;
  return move_on(op, answered);
}

// What a read shows of open bytes, or a harvest of granules that may be dirty, is not known here: they stay open.
Planner::After Planner::move_on(const Op& op, const Answered& answered) {
  const Expectation& e = room_.expectation;
  const bool would_settle = (e.effect == Effect::kReads && depends_on_open_bytes(op)) || !granules_settled_;
  if (would_settle) {
    if (e.may_meet_fault) return After::kIsOpen;
    for (const Span& span : e.walk.spans) {
      if (!span.is_discarded) reference_.touch(e.map->regions()[span.region].store, {span.position, std::min(span.size, kTransferMax)});
    }
    return After::kGoesOn;
  }
  reference_.commit(program_, e, answered.judgement, answered.answer, room_.evidence);
  const bool is_ok = answered.answer.outcome.status == GMC_OK;
  if (op.kind == OpKind::kInsert && is_ok) has_inserted_ = true;
  if (op.kind == OpKind::kReset && is_ok) has_inserted_ = false;
  if (touches(op.kind) == Touches::kMap) count_words();
  return After::kGoesOn;
}

void Planner::count_words() {
  std::uint64_t words = 1;
  for (std::uint32_t r = 0; r < reference_.map().regions().size(); ++r) words += reference_.granule_count(r) / 64 + 2;
  sparse_words_ = std::max(sparse_words_, words);
}

// The arguments of the call.
void Planner::add_call(const Op& op, std::uint32_t index, const Payload& payload, Initialiser& row) const {
  const Expectation& e = room_.expectation;
  row.add_unless_0("space", op.space);
  row.add_unless_0("other", op.other);
  row.add_unless_0("opens", op.opens);
  if (op.fail_nth != 0) {
    row.add("fault", fault_site(op.kind));
    row.add("nth", op.fail_nth);
  }
  if (has_call_record(op.kind) || has_stream(op.kind)) return add_record(op, index, payload, row);
  if (has_operand(op.kind, Operand::kAt)) row.add("address", fmt::format("{:#x}", e.address));
  if (has_operand(op.kind, Operand::kSize)) row.add("size", op.size);
  if (op.kind == OpKind::kTrack) row.add("value", op.on ? 1 : 0);
  if (op.kind == OpKind::kProtect) row.add("rights", op.rights);
  if (op.kind == OpKind::kArm) {
    row.add("fault", op.fault);
    row.add("nth", op.count);
  }
  if (op.kind == OpKind::kHarvest) {
    row.add("flags", static_cast<std::uint64_t>(op.mode));
    row.add("room", op.form == HarvestForm::kSparse ? sparse_words_ : (reference_.dense_granule_count(op.space).value_or(1) + 63) / 64);
    row.add_unless_0("shift", index & 1);
  }
  if (op.kind == OpKind::kInsert || op.kind == OpKind::kOpenMemory) {
    const MappedRegion* const region = reference_.region_of(op.other);
    const bool is_read_only = region != nullptr && reference_.layout().regions[region->entry].is_read_only;
    row.add("rights", is_read_only ? GMC_RIGHT_READ : GMC_RIGHT_READ | GMC_RIGHT_WRITE);
  }
  if (op.kind == OpKind::kAdd) {
    row.add("layout", c_layout(std::span(program_.layouts[op.layout].regions).first(1), request_.profile));
  } else if (op.kind == OpKind::kCreate || op.kind == OpKind::kReplace) {
    row.add("layout", c_layout(program_.layouts[op.layout].regions, request_.profile));
  }
}

// Those of an operation of GmcCall.
void Planner::add_record(const Op& op, std::uint32_t index, const Payload& payload, Initialiser& row) const {
  const Expectation& e = room_.expectation;
  const bool is_copy = op.kind == OpKind::kCopy;
  row.add("address", fmt::format("{:#x}", is_copy ? e.source.address : e.address));
  row.add("size", op.size);
  if (is_copy) row.add("other_address", fmt::format("{:#x}", e.address));
  row.add_unless_0("rights", op.rights);
  row.add_unless_0("order", op.order);
  row.add_unless_0("failure_order", op.failure_order);
  PieceList in;
  if (has_stream(op.kind)) {
    static constexpr std::string_view kKinds[] = {"A_FILE", "A_PIPE", "A_SOCKET", "A_DIRECTORY"};
    row.add("stream", fmt::format("&(const struct stream){{.is = {}, .holds = {}}}", kKinds[static_cast<std::size_t>(op.stream.kind)],
                                  c_number(takes_from_stream(op.kind) ? payload.bytes.size() : 0)));
    if (takes_from_stream(op.kind)) {
      in.add_payload(payload.bytes.size(), program_.seed, index);
      row.add("in", in.text());
    } else {
      row.add("room", op.size + kStreamBeyond);
    }
    return;
  }
  if (op.kind == OpKind::kFill) {
    row.add("value", op.data.byte);
  } else if (op.kind == OpKind::kSlices) {
    row.add("expected", kPiecesMax);
  } else if (is_atomic(op.kind)) {
    if (op.kind == OpKind::kAtomicLoad) return;
    const bool is_compare = op.kind == OpKind::kCompareExchange;
    if (fits_a_register(op.size)) {
      row.add("value", fmt::format("{:#x}", value_of(payload.bytes)));
      if (is_compare) row.add("expected", fmt::format("{:#x}", value_of(payload.expected)));
      return;
    }
    in.add_bytes(0, payload.expected);
    in.add_bytes(payload.expected.size(), payload.bytes);
    row.add("in", in.text());
    row.add("room", is_compare ? 3 * op.size : op.size);
  } else if (touches(op.kind) == Touches::kReads || has_operand(op.kind, Operand::kData)) {
    row.add("room", buffer_size(op));
    row.add_unless_0("shift", mix(index) % 16);
    if (is_array(op.kind)) {
      row.add("value", op.count);
      row.add("expected", op.room);
    }
    if (!has_operand(op.kind, Operand::kData)) return;
    if (op.kind == OpKind::kStore && fits_a_register(op.size)) row.add("value", fmt::format("{:#x}", value_of(payload.bytes)));
    if (op.data.kind == PatternKind::kUnique) {
      in.add_payload(payload.bytes.size(), program_.seed, index);
    } else {
      in.add_bytes(0, payload.bytes);
    }
    row.add("in", in.text());
  }
}

}  // namespace gmc
