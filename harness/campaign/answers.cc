// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "harness/base/counted.h"
#include "harness/base/random.h"
#include "harness/campaign/fields.h"
#include "harness/program/op.h"

namespace gmc {

namespace {

constexpr std::size_t kShownMax = 8;  // bytes

// Never 0, which stands for no bytes.
class Hash {
 public:
  Hash& add(std::uint64_t number) {
    value_ = mix(value_ ^ number);
    return *this;
  }
  Hash& add(std::span<const std::uint8_t> bytes) {
    add(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      std::uint64_t word = 0;
      for (std::size_t j = i; j < std::min(bytes.size(), i + 8); ++j) word = word << 8 | bytes[j];
      add(word);
    }
    return *this;
  }
  [[nodiscard]] std::uint64_t value() const { return value_ | 1; }

 private:
  std::uint64_t value_ = 0x646966666572;
};

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), kShownMax))) text += fmt::format("{:02x}", byte);
  return text + (bytes.size() > kShownMax ? ".." : "");
}

void keep(std::span<const std::uint8_t> bytes, OpAnswer& into) {
  into.bytes = Hash().add(bytes).value();
  into.shown = hex(bytes);
}

// Accesses that bring a buffer. A load of 1, 2, 4 or 8 bytes brings a value.
bool brings_buffer(const Op& op) {
  if (op.kind == OpKind::kLoad) return op.size != 1 && op.size != 2 && op.size != 4 && op.size != 8;
  return op.kind == OpKind::kRead || op.kind == OpKind::kReadPartial || op.kind == OpKind::kReadAtomics || op.kind == OpKind::kReadArray ||
         op.kind == OpKind::kDump;
}

// A pointer means nothing in another process, and what an operation has no value for is not looked at.
bool answers_value(const Expectation& e, const Answer& answer) {
  const Op& op = *e.op;
  const std::uint16_t status = answer.outcome.status;
  if (status == GMC_MISMATCH) return answer.found.empty();
  if (status != GMC_OK) return false;
  switch (op.kind) {
    case OpKind::kLoad:
      return !brings_buffer(op);
    case OpKind::kCheckRange:
    case OpKind::kCheckedOffset:
    case OpKind::kLastAddress:
    case OpKind::kFind:
    case OpKind::kFdsOverlap:
      return true;
    default:
      return is_atomic(op.kind) && e.returns_old;
  }
}

void keep_bytes(const Expectation& e, const Answer& answer, OpAnswer& into) {
  const Op& op = *e.op;
  const bool is_ok = answer.outcome.status == GMC_OK;
  if (brings_buffer(op)) {
    // What a load leaves that did not come whole is nobody's promise.
    if (op.kind != OpKind::kLoad || is_ok) keep(answer.bytes, into);
  } else if (op.kind == OpKind::kCompareExchange && answer.outcome.status == GMC_MISMATCH) {
    if (!answer.found.empty()) keep(answer.found, into);
  } else if (op.kind == OpKind::kHostAddress && is_ok) {
    keep(answer.pointed, into);
  } else if (has_stream(op.kind) && !takes_from_stream(op.kind) && is_ok) {
    keep(answer.bytes, into);
  } else if (op.kind == OpKind::kHarvest && is_ok && op.mode != HarvestMode::kClear) {
    Hash hash;
    for (const std::uint64_t word : answer.dense) hash.add(word);
    for (const GmcDirtyWord& word : answer.sparse) hash.add(word.index).add(word.bits);
    into.bytes = hash.value();
    into.shown = counted(answer.dense.size() + answer.sparse.size(), "word");
  } else if (op.kind == OpKind::kRegions && is_ok) {
    Hash hash;
    for (const GmcRegionInfo& region : answer.regions) hash.add(region.base).add(region.size);
    into.bytes = hash.value();
    into.shown = counted(answer.regions.size(), "region");
  }
}

std::uint64_t hash_of_allowed(const Expectation& e) {
  Hash hash;
  hash.add(static_cast<std::uint64_t>(e.effect));
  for (const Alternative& a : std::span(e.alternatives).first(e.alternative_count)) {
    hash.add(a.statuses).add(a.moved).add(a.is_open ? 1 : 0).add(static_cast<std::uint64_t>(a.count_rule));
    if (a.count_rule != CountRule::kFree) hash.add(a.count);
    if (a.has_value) hash.add(a.value);
    if (a.has_failed_at) hash.add(a.failed_at);
    hash.add(a.names_no_byte ? 1 : 0);
  }
  return hash.value();
}

// The contract says of accesses that succeed, or keep a prefix, what their count is: the bytes moved. Of others the reference says so. Of
// a dump that may be the mapped bytes or the buffer's.
OpenParts open_parts(const Expectation& e, const Alternative& matched, std::uint16_t status) {
  const Touches touched = touches(e.op->kind);
  const bool is_access = (touched == Touches::kReads || touched == Touches::kWrites) && e.op->kind != OpKind::kDump;
  const bool moves = is_access && (status == GMC_OK || status == GMC_SHORT);
  OpenParts open;
  open.count = matched.is_open || (matched.count_rule == CountRule::kFree && !moves);
  open.value = touched == Touches::kQueries && !matched.has_value;
  // Dirty words and region lists are judged granule by granule and item by item: where two are right and differ, that was open.
  // How much arrived of a transfer that failed is open too (GM-FD-008).
  open.bytes = (matched.is_open && e.effect == Effect::kReads) || (has_stream(e.op->kind) && status != GMC_OK) ||
               e.op->kind == OpKind::kHarvest || e.op->kind == OpKind::kRegions;
  return open;
}

}  // namespace

void AnswerRecorder::on_operation(std::uint32_t index, const Expectation& e, const Answer& answer, const Judgement& judgement) {
  const GmcOutcome& outcome = answer.outcome;
  OpAnswer& seen = answers_.emplace_back();
  seen.index = index;
  seen.status = outcome.status;
  seen.clause = e.demands.status;
  seen.clause_of_count = e.demands.count;
  if ((outcome.flags & GMC_HAS_COUNT) != 0) seen.count = outcome.count;
  if ((outcome.flags & GMC_HAS_ADDRESS) != 0) seen.address = outcome.address;
  if (judgement.violation) return;  // the finding says the rest
  const Alternative& matched = e.alternatives[judgement.alternative];
  if (answers_value(e, answer)) seen.value = outcome.value;
  keep_bytes(e, answer, seen);
  for (const Alternative& a : std::span(e.alternatives).first(e.alternative_count)) seen.statuses |= a.statuses;
  seen.open = open_parts(e, matched, outcome.status);
  seen.allowed = hash_of_allowed(e);
  seen.moved = matched.moved;
  seen.may_have_moved = matched.is_open;
}

std::vector<OpAnswer> AnswerRecorder::take() {
  std::vector<OpAnswer> taken = std::exchange(answers_, {});
  std::ranges::sort(taken, {}, &OpAnswer::index);
  return taken;
}

// ------------------------------------------------------------------------------------------------------------------------ On the wire

namespace {

// One row of numbers for an answer: there are thirty to a program.
enum Column : std::size_t {
  kIndex,
  kFlags,
  kStatus,
  kCount,
  kAddress,
  kValue,
  kBytes,
  kStatuses,
  kAllowed,
  kMoved,
  kClause,
  kCountClause,
  kColumns
};
enum Flag : std::uint64_t {
  kSkipped = 1,
  kHasCount = 2,
  kHasAddress = 4,
  kHasValue = 8,
  kOpenCount = 16,
  kOpenValue = 32,
  kOpenBytes = 64,
  kMayHaveMoved = 128,
  kFlagsEnd = 256,
};

Json encode_row(const OpAnswer& a) {
  const auto flag = [](bool is_set, Flag bit) { return is_set ? std::uint64_t{bit} : std::uint64_t{0}; };
  const std::uint64_t flags = flag(a.was_skipped, kSkipped) | flag(a.count.has_value(), kHasCount) |
                              flag(a.address.has_value(), kHasAddress) | flag(a.value.has_value(), kHasValue) |
                              flag(a.open.count, kOpenCount) | flag(a.open.value, kOpenValue) | flag(a.open.bytes, kOpenBytes) |
                              flag(a.may_have_moved, kMayHaveMoved);
  Json row = {a.index,
              flags,
              a.status,
              a.count.value_or(0),
              a.address.value_or(0),
              a.value.value_or(0),
              a.bytes,
              a.statuses,
              a.allowed,
              a.moved,
              static_cast<unsigned>(a.clause),
              static_cast<unsigned>(a.clause_of_count)};
  if (!a.shown.empty()) row.push_back(a.shown);
  return row;
}

Result<OpAnswer> decode_row(const Json& json) {
  const auto bad = [] { return fail({}, "holds what is no answer"); };
  if (!json.is_array() || json.size() < kColumns || json.size() > kColumns + 1) return bad();
  std::array<std::uint64_t, kColumns> row{};
  for (std::size_t i = 0; i < kColumns; ++i) {
    if (!json[i].is_number_unsigned()) return bad();
    row[i] = json[i].get<std::uint64_t>();
  }
  if (row[kIndex] >= kOpsMax || row[kFlags] >= kFlagsEnd || row[kStatus] > UINT16_MAX || row[kStatuses] > UINT32_MAX) return bad();
  if (row[kClause] >= kClauseCount || row[kCountClause] >= kClauseCount) return bad();
  const auto has = [&](std::uint64_t flag) { return (row[kFlags] & flag) != 0; };
  OpAnswer a{.index = static_cast<std::uint32_t>(row[kIndex]), .was_skipped = has(kSkipped)};
  a.status = static_cast<std::uint16_t>(row[kStatus]);
  if (has(kHasCount)) a.count = row[kCount];
  if (has(kHasAddress)) a.address = row[kAddress];
  if (has(kHasValue)) a.value = row[kValue];
  a.bytes = row[kBytes];
  a.open = {.count = has(kOpenCount), .value = has(kOpenValue), .bytes = has(kOpenBytes)};
  a.statuses = static_cast<StatusMask>(row[kStatuses]);
  a.allowed = row[kAllowed];
  a.moved = row[kMoved];
  a.may_have_moved = has(kMayHaveMoved);
  a.clause = static_cast<Clause>(row[kClause]);
  a.clause_of_count = static_cast<Clause>(row[kCountClause]);
  if (json.size() == kColumns) return a;
  if (!json[kColumns].is_string()) return bad();
  a.shown = json[kColumns].get<std::string>();
  return a;
}

}  // namespace

Json encode(const NumberedAnswers& answers) {
  Json ops = Json::array();
  for (const OpAnswer& answer : answers.ops) ops.push_back(encode_row(answer));
  return {{"number", answers.number}, {"ops", std::move(ops)}, {"skip_reason", answers.skip_reason}};
}

Result<NumberedAnswers> decode_answers(const Json& json) {
  Fields fields(json);
  NumberedAnswers answers;
  fields.read("number", answers.number);
  fields.read_list("ops", answers.ops, decode_row);
  fields.read("skip_reason", answers.skip_reason);
  return fields.finish(std::move(answers));
}

}  // namespace gmc
