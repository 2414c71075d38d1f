// SPDX-License-Identifier: Apache-2.0 OR MIT
// From an operation to what the backend is asked, through its own entries or through `submit`.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "harness/base/check.h"
#include "harness/base/counted.h"
#include "harness/base/random.h"
#include "harness/runner/executor.h"

namespace gmc {

namespace {

// What an outcome holds before the backend fills it: no status of the contract's, so that one that was not filled is seen.
constexpr std::uint16_t kUnfilled = 0xffff;
constexpr std::uint64_t kLookedAt = 256;  // bytes behind a pointer, at most

GmcCallOp call_op(OpKind kind) {
  switch (kind) {
    case OpKind::kRead:
      return GMC_CALL_READ;
    case OpKind::kWrite:
      return GMC_CALL_WRITE;
    case OpKind::kLoad:
      return GMC_CALL_LOAD;
    case OpKind::kStore:
      return GMC_CALL_STORE;
    case OpKind::kReadPartial:
      return GMC_CALL_READ_PARTIAL;
    case OpKind::kWritePartial:
      return GMC_CALL_WRITE_PARTIAL;
    case OpKind::kFill:
      return GMC_CALL_FILL;
    case OpKind::kZeroAll:
      return GMC_CALL_ZERO_ALL;
    case OpKind::kReadAtomics:
      return GMC_CALL_READ_ATOMICS;
    case OpKind::kWriteAtomics:
      return GMC_CALL_WRITE_ATOMICS;
    case OpKind::kDump:
      return GMC_CALL_DUMP;
    case OpKind::kCopy:
      return GMC_CALL_COPY;
    case OpKind::kAtomicLoad:
      return GMC_CALL_ATOMIC_LOAD;
    case OpKind::kAtomicStore:
      return GMC_CALL_ATOMIC_STORE;
    case OpKind::kCompareExchange:
      return GMC_CALL_COMPARE_EXCHANGE;
    case OpKind::kExchange:
      return GMC_CALL_EXCHANGE;
    case OpKind::kFetchAdd:
      return GMC_CALL_FETCH_ADD;
    case OpKind::kFetchSub:
      return GMC_CALL_FETCH_SUB;
    case OpKind::kFetchAnd:
      return GMC_CALL_FETCH_AND;
    case OpKind::kFetchOr:
      return GMC_CALL_FETCH_OR;
    case OpKind::kFetchXor:
      return GMC_CALL_FETCH_XOR;
    case OpKind::kCheckRange:
      return GMC_CALL_CHECK_RANGE;
    case OpKind::kCheckedOffset:
      return GMC_CALL_CHECKED_OFFSET;
    case OpKind::kLastAddress:
      return GMC_CALL_LAST_ADDRESS;
    case OpKind::kTotalSize:
      return GMC_CALL_TOTAL_SIZE;
    case OpKind::kFind:
      return GMC_CALL_FIND;
    case OpKind::kFdsOverlap:
      return GMC_CALL_FDS_OVERLAP;
    case OpKind::kHostAddress:
      return GMC_CALL_HOST_ADDRESS;
    case OpKind::kReadFrom:
      return GMC_CALL_READ_FROM;
    case OpKind::kReadFromPartial:
      return GMC_CALL_READ_FROM_PARTIAL;
    case OpKind::kWriteTo:
      return GMC_CALL_WRITE_TO;
    case OpKind::kWriteToPartial:
      return GMC_CALL_WRITE_TO_PARTIAL;
    case OpKind::kIova:
      return GMC_CALL_IOVA;
    case OpKind::kReference:
      return GMC_CALL_ALIGNED_REFERENCE;  // the atomic one is put in its place
    case OpKind::kReadArray:
      return GMC_CALL_READ_ARRAY;
    case OpKind::kWriteArray:
      return GMC_CALL_WRITE_ARRAY;
    case OpKind::kSlices:
      return GMC_CALL_SLICES;
    default:
      break;
  }
  GMC_CHECK(false, info(kind).text);
  return GMC_CALL_READ;
}

bool fits_a_register(std::uint64_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

}  // namespace

void Executor::prepare_call(const Program& program, std::uint64_t address, Step& step) {
  const Op& op = *step.op;
  GmcCall& call = step.call;
  call = {.op = static_cast<std::uint32_t>(call_op(op.kind)),
          .rights = 0,
          .space = memory_->space(op.space),
          .address = address,
          .size = op.size,
          .value = 0,
          .expected = 0,
          .buffer = nullptr,
          .other = nullptr,
          .other_address = 0,
          .order = 0,
          .failure_order = 0,
          .fd = -1,
          .reserved = 0};
  const Touches touches = gmc::touches(op.kind);
  if (op.kind == OpKind::kFill) {
    call.value = op.data.byte;
  } else if (op.kind == OpKind::kCheckRange || op.kind == OpKind::kHostAddress) {
    call.rights = op.rights;
  } else if (op.kind == OpKind::kFdsOverlap) {
    call.other = memory_->space(op.other);
  } else if (op.kind == OpKind::kReference) {
    call.rights = op.rights;
    if (op.use == 1) call.op = GMC_CALL_ATOMIC_REFERENCE;
  } else if (op.kind == OpKind::kSlices) {
    step.buffer = buffers_.take(kPiecesMax * sizeof(GmcPiece), 0);
    step.has_buffer = true;
    std::memset(step.buffer.data(), 0, step.buffer.size());
    step.answer.pieces = {reinterpret_cast<const GmcPiece*>(step.buffer.data()), kPiecesMax};
    call.buffer = step.buffer.data();
    call.expected = kPiecesMax;
  } else if (op.kind == OpKind::kCopy) {
    // What was predicted is of the target.
    call.address = expectation_.source.address;
    call.other = memory_->space(op.other);
    call.other_address = address;
  } else if (is_atomic(op.kind)) {
    prepare_atomic(program, step);
  } else if (op.kind == OpKind::kZeroAll || touches == Touches::kQueries || has_stream(op.kind)) {
    return;
  } else {
    // Buffers of every alignment, the same for the same operation.
    step.buffer = buffers_.take(buffer_size(op), static_cast<unsigned>(mix(step.index) % 16));
    if (is_array(op.kind)) {
      call.value = op.count;
      call.expected = op.room;
    }
    step.has_buffer = true;
    call.buffer = step.buffer.data();
    if (touches == Touches::kReads) {
      step.answer.bytes = step.buffer;
      step.answer.poison = static_cast<std::uint8_t>(0xa5 + step.index * 29);
      std::memset(step.buffer.data(), step.answer.poison, step.buffer.size());
      return;
    }
    std::span<const std::uint8_t> current;
    if (op.data.kind == PatternKind::kSame) {
      read_room_.resize(buffer_size(op));
      reference_.current(op, read_room_);
      current = read_room_;
    }
    fill_pattern(op.data, program.seed, step.index, current, step.buffer);
    step.answer.bytes = step.handed = buffers_.keep(step.buffer);
    if (op.kind == OpKind::kStore && fits_a_register(op.size)) std::memcpy(&call.value, step.buffer.data(), op.size);
  }
}

// Operands go in the record, and those that do not fit there in the buffer: expected, desired, and room for what is found.
void Executor::prepare_atomic(const Program& program, Step& step) {
  const Op& op = *step.op;
  GmcCall& call = step.call;
  call.order = op.order;
  call.failure_order = op.failure_order;
  if (op.kind == OpKind::kAtomicLoad) return;
  const bool is_compare = op.kind == OpKind::kCompareExchange;
  step.buffer = buffers_.take(is_compare ? 3 * op.size : op.size, 0);
  step.has_buffer = true;
  const std::size_t before_desired = is_compare ? op.size : 0;
  const std::size_t operands = before_desired + op.size;
  read_room_.resize(op.size);
  reference_.current(op, read_room_);
  fill_pattern(op.data, program.seed, step.index, read_room_, step.buffer.subspan(before_desired, op.size));
  if (is_compare) {
    fill_pattern(op.expected, program.seed, step.index, read_room_, step.buffer.first(op.size));
    std::memset(step.buffer.data() + operands, 0, op.size);
  }
  step.handed = buffers_.keep(step.buffer.first(operands));
  step.answer.bytes = step.handed.subspan(before_desired, op.size);
  if (is_compare) step.answer.expected = step.handed.first(op.size);
  if (!fits_a_register(op.size)) {
    call.buffer = step.buffer.data();
    if (is_compare) step.answer.found = step.buffer.last(op.size);
    return;
  }
  std::memcpy(&call.value, step.answer.bytes.data(), op.size);
  if (is_compare) std::memcpy(&call.expected, step.answer.expected.data(), op.size);
}

// Through the entry of its own, else as a list of one; a backend that has neither does not offer it.
GmcOutcome Executor::issue(const GmcCall& c) const {
  const GmcAccessGroup& a = backend_.access();
  switch (c.op) {
    case GMC_CALL_READ:
      if (a.read != nullptr) return a.read(nullptr, c.space, c.address, c.buffer, c.size);
      break;
    case GMC_CALL_WRITE:
      if (a.write != nullptr) return a.write(nullptr, c.space, c.address, c.buffer, c.size);
      break;
    case GMC_CALL_LOAD:
      if (c.size == 1 && a.load8 != nullptr) return a.load8(nullptr, c.space, c.address);
      if (c.size == 2 && a.load16 != nullptr) return a.load16(nullptr, c.space, c.address);
      if (c.size == 4 && a.load32 != nullptr) return a.load32(nullptr, c.space, c.address);
      if (c.size == 8 && a.load64 != nullptr) return a.load64(nullptr, c.space, c.address);
      break;
    case GMC_CALL_STORE:
      if (c.size == 1 && a.store8 != nullptr) return a.store8(nullptr, c.space, c.address, static_cast<std::uint8_t>(c.value));
      if (c.size == 2 && a.store16 != nullptr) return a.store16(nullptr, c.space, c.address, static_cast<std::uint16_t>(c.value));
      if (c.size == 4 && a.store32 != nullptr) return a.store32(nullptr, c.space, c.address, static_cast<std::uint32_t>(c.value));
      if (c.size == 8 && a.store64 != nullptr) return a.store64(nullptr, c.space, c.address, c.value);
      break;
    case GMC_CALL_ATOMIC_LOAD:
      if (a.atomic_load != nullptr) return a.atomic_load(nullptr, c.space, c.address, static_cast<std::uint32_t>(c.size), c.order);
      break;
    case GMC_CALL_ATOMIC_STORE:
      if (a.atomic_store != nullptr)
        return a.atomic_store(nullptr, c.space, c.address, static_cast<std::uint32_t>(c.size), c.value, c.order);
      break;
    case GMC_CALL_COMPARE_EXCHANGE:
      if (a.compare_exchange != nullptr && (c.buffer == nullptr || a.submit == nullptr)) {
        return a.compare_exchange(nullptr, c.space, c.address, static_cast<std::uint32_t>(c.size), c.expected, c.value, c.order,
                                  c.failure_order);
      }
      break;
    default:
      break;
  }
  if (a.submit == nullptr) return gmc_outcome(GMC_UNSUPPORTED);
  GmcOutcome outcome{};
  outcome.status = kUnfilled;
  const GmcOutcome submitted = a.submit(nullptr, &c, 1, &outcome);
  return submitted.status == GMC_OK ? outcome : submitted;
}

// Looks behind a pointer that was answered. Not in a list of calls: there, later calls have changed what it leads to.
void Executor::look_behind(Step& step) {
  const GmcOutcome& outcome = step.answer.outcome;
  const bool is_pointer = step.op->kind == OpKind::kHostAddress || step.op->kind == OpKind::kReference;
  if (!is_pointer || outcome.status != GMC_OK || outcome.value == 0 || expectation_.walk.spans.empty()) return;
  // What does not lead anywhere ends the process here, and the supervisor says at which operation.
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(static_cast<std::uintptr_t>(outcome.value));
  step.answer.pointed = {bytes, static_cast<std::size_t>(std::min(step.op->size, kLookedAt))};
}

// A transfer, with a descriptor that is there for it alone.
void Executor::perform_transfer(const Program& program, Step& step) {
  const Op& op = *step.op;
  const bool takes = takes_from_stream(op.kind);
  stream_room_.resize(takes ? held_by(op.stream, op.size) : 0);
  fill_pattern(Pattern{}, program.seed, step.index, {}, stream_room_);
  if (const auto opened = stream_.open(op.stream, takes, stream_room_); !opened) {
    backend_.log().add(GMC_LOG_NOTE, opened.error().text());
    step.is_left_out = true;
    return;
  }
  prepare_call(program, expectation_.address, step);
  step.call.fd = stream_.descriptor();
  enter(RunPart::kBackend);
  step.answer.outcome = issue(step.call);
  enter(RunPart::kBuffers);
  const ScriptedStream::Seen seen = stream_.finish();
  if (seen.moved == UINT64_MAX) backend_.log().add(GMC_LOG_ERROR, "the backend has closed the descriptor that it was given");
  step.answer.bytes = takes ? std::span<const std::uint8_t>(stream_room_) : stream_.arrived();
  step.answer.stream.moved = seen.moved;
  if (seen.is_scripted) {
    step.answer.stream.moved_before_going_on = seen.script.moved_before_going_on;
    step.answer.stream.was_short = seen.script.was_short;
    step.answer.stream.went_on = seen.script.went_on;
    step.answer.stream.was_interrupted = seen.script.was_interrupted;
    return;
  }
  // Whoever asks the kernel and not the C library sees the descriptor as it is, and is held to that.
  unscripted_ = op;
  unscripted_.stream = without_script(op.stream, takes);
  step.op = &unscripted_;
  reference_.predict(program, unscripted_, expectation_);
}

// The same of the mapping of everything that a root's facts tell, where it can be true.
void Executor::look_into_mapping(Step& step) {
  if (step.op->space != 0 || step.answer.outcome.status != GMC_OK) return;
  const auto mapping = reference_.full_mapping(step.answer.facts);
  if (!mapping) return;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(static_cast<std::uintptr_t>(mapping->first));
  mapped_look_.clear();
  const auto& regions = reference_.map().regions();
  for (const MappedRegion& region : regions) {
    const auto* const first = bytes + (region.base - regions.front().base);
    mapped_look_.insert(mapped_look_.end(), first, first + std::min(region.size(), kMappingLook));
  }
  step.answer.pointed = mapped_look_;
}

// A pointer that is good as long as the map, or a snapshot, is one to look behind again when that ends.
void Executor::keep_pointer(const Step& step) {
  const Op& op = *step.op;
  if (touches(op.kind) == Touches::kMap && op.kind != OpKind::kCreate) {
    // What a page's rights make of a pointer that was there before nobody says.
    const bool ends_all = op.kind == OpKind::kProtect;
    if (kept_ && (kept_->snapshot == 0 || ends_all)) kept_.reset();
    if (given_ && (given_->snapshot == 0 || ends_all)) given_.reset();
  }
  const auto pointer = pointer_of(step);
  if (!pointer) return;
  kept_ = pointer;
  if (pointer->may_be_written && op.kind == OpKind::kHostAddress) given_ = pointer;
}

std::optional<Executor::KeptPointer> Executor::pointer_of(const Step& step) const {
  const Op& op = *step.op;
  const PointerLifetime lifetime = backend_.profile().root().pointer_lifetime;
  if (step.answer.pointed.empty() || lifetime == PointerLifetime::kLockGuard) return std::nullopt;
  const std::uint8_t snapshot = lifetime == PointerLifetime::kSnapshot ? reference_.snapshot_of(op.space) : std::uint8_t{0};
  if (lifetime == PointerLifetime::kSnapshot && snapshot == 0) return std::nullopt;
  const auto& regions = expectation_.map->regions();
  const auto is_own = [&](const MappedRegion& region) { return memory_->witness(region.entry).empty(); };
  if (op.kind == OpKind::kFacts) {
    const MappedRegion& first = regions.front();
    const auto mapping = reference_.full_mapping(step.answer.facts);
    if (!mapping) return std::nullopt;
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(static_cast<std::uintptr_t>(mapping->first));
    const std::span pointed{bytes, static_cast<std::size_t>(std::min(first.size(), kLookedAt))};
    const bool takes_writes = !first.is_read_only && backend_.profile().root().permissions != Permissions::kPageBitmap;
    return KeptPointer{pointed, first.store, first.store_offset, takes_writes && is_own(first)};
  }
  if (snapshot == 0 && expectation_.map != &reference_.map()) return std::nullopt;
  const Span& span = expectation_.walk.spans.front();
  const MappedRegion& region = regions[span.region];
  return KeptPointer{step.answer.pointed, region.store, span.position, (op.rights & GMC_RIGHT_WRITE) != 0 && is_own(region), snapshot};
}

void Executor::look_behind_last(std::uint8_t snapshot, Step& step) {
  const auto ends = [&](const std::optional<KeptPointer>& pointer) {
    return pointer && pointer->snapshot != 0 && (snapshot == 0 || pointer->snapshot == snapshot);
  };
  if (ends(kept_)) {
    if (const auto violation = compare_kept()) {
      step.put_aside(
          {.violation = *violation, .expected = "behind a pointer through the snapshot what the memory holds", .got = "other bytes"});
    }
    kept_.reset();
  }
  if (ends(given_)) given_.reset();
}

// Whoever writes behind a pointer reports it by `mark` (GM-DIRTY-008): in front of one that covers all that the last pointer leads to, it
// is written there.
void Executor::write_before_mark(const Program& program, const Step& step) {
  if (!given_ || !writes_behind_ || backend_.dirty().mark == nullptr) return;
  if (!backend_.profile().of(expectation_.space_kind).dirty_bitmap_api) return;
  const std::uint64_t size = given_->bytes.size();
  if (!reference_.covers(expectation_, given_->store, {given_->position, size})) return;
  behind_room_.resize(size);
  fill_pattern(Pattern{}, program.seed, step.index, {}, behind_room_);
  std::memcpy(const_cast<std::uint8_t*>(given_->bytes.data()), behind_room_.data(), size);
  reference_.write_behind(expectation_, given_->store, given_->position, behind_room_);
}

// Where write_behind_kept() writes, if it does.
std::optional<std::pair<std::uint32_t, ByteRange>> Executor::written_behind_kept() const {
  if (!kept_ || !kept_->may_be_written || kept_->snapshot != 0) return std::nullopt;
  return std::pair(kept_->store, ByteRange{kept_->position, kept_->bytes.size()});
}

// Whoever has a pointer to the backend's own memory writes there without its hearing of it, and a reset has to bring that back all the
// same.
void Executor::write_behind_kept() const {
  constexpr int kWritten = 0xa5;  // memory of the backend's own is 0 after a reset
  if (written_behind_kept()) std::memset(const_cast<std::uint8_t*>(kept_->bytes.data()), kWritten, kept_->bytes.size());
}

// A call that wrote in front of the array that it was handed, or behind it.
Executor::Aside Executor::beyond_room(Clause clause, const GmcOutcome& outcome, std::size_t elements) {
  return {.violation = {.clause = clause, .divergence = {.part = Part::kBeyondBuffer, .got_status = outcome.status}},
          .expected = fmt::format("nothing written outside of the {} that there is room for", counted(elements, "element")),
          .got = fmt::format("{}, and wrote there", status_name(outcome.status))};
}

// A call with room for one element less than it takes: it is declined, and writes nothing.
void Executor::check_declined(Clause clause, const GmcOutcome& outcome, bool is_unwritten, Step& step) const {
  const ErrorDetail& detail = backend_.profile().of(expectation_.space_kind).error_detail;
  const StatusMask declining = status_bit(GMC_INVALID_ARGUMENT) | detail.same[GMC_INVALID_ARGUMENT];
  const bool is_declined = outcome.status < GMC_STATUS_COUNT && (declining >> outcome.status & 1) != 0;
  if (is_declined && is_unwritten) return;
  step.put_aside({.violation = {.clause = clause,
                                .divergence = {.part = is_declined ? Part::kBeyondBuffer : Part::kStatus, .got_status = outcome.status}},
                  .expected = "with room for one element less, invalid_argument and nothing written",
                  .got = fmt::format("{}{}", status_name(outcome.status), is_unwritten ? "" : ", and wrote")});
}

Executor::Aside Executor::cleared_all_the_same(const GmcOutcome& outcome) {
  return {.violation = {.clause = Clause::kDIRTY11, .divergence = {.part = Part::kDirtyMissing, .got_status = outcome.status}},
          .expected = "with room for one word less, nothing cleared",
          .got = fmt::format("{}, and other granules are dirty behind it", status_name(outcome.status))};
}

// Whether what fills an array is called with one element less than it takes, before it is called in earnest. Where it has to succeed alone,
// and no armed fault counts its uses.
bool Executor::tries_with_less(const Program& program, const Step& step) const {
  constexpr std::uint64_t kSalt = 0x6c657373;
  constexpr std::uint64_t kOneIn = 4;  // of the programs
  return step.op->fail_nth == 0 && !reference_.is_armed() && mix(program.seed ^ kSalt) % kOneIn == 0 && expectation_.has_to_succeed();
}

void Executor::perform_harvest(const Program& program, Step& step) {
  const GmcDirtyGroup& group = backend_.dirty();
  const bool is_dense = step.op->form == HarvestForm::kDense;
  if (is_dense ? group.harvest_dense == nullptr : group.harvest_sparse == nullptr) {
    step.answer.outcome = gmc_outcome(GMC_UNSUPPORTED);
    return;
  }
  // What is dirty is asked before and afterwards, which has to change nothing.
  const bool can_ask = backend_.profile().of(expectation_.space_kind).harvest.has(HarvestModes::kRead);
  const bool tries_less = can_ask && step.op->mode != HarvestMode::kClear && tries_with_less(program, step);
  return is_dense ? harvest_dense(step, tries_less) : harvest_sparse(step, tries_less);
}

void Executor::harvest_dense(Step& step, bool tries_less) {
  const auto harvest = [&](HarvestMode mode, std::span<std::uint64_t> room) {
    const GmcOutcome outcome =
        backend_.dirty().harvest_dense(nullptr, memory_->space(step.op->space), static_cast<std::uint32_t>(mode), room.data(), room.size());
    if (!dense_room_.is_intact()) step.put_aside(beyond_room(Clause::kDIRTY11, outcome, room.size()));
    return outcome;
  };
  const std::uint64_t words = (reference_.dense_granule_count(step.op->space).value_or(1) + 63) / 64;
  if (tries_less) {
    const auto bits_now = [&] {
      const std::span<std::uint64_t> room = dense_room_.take_unwritten(words);
      static_cast<void>(harvest(HarvestMode::kRead, room));
      return std::vector<std::uint64_t>(room.begin(), room.end());
    };
    const auto before = bits_now();
    const GmcOutcome declined = harvest(step.op->mode, dense_room_.take_unwritten(words - 1));
    check_declined(Clause::kDIRTY11, declined, dense_room_.is_unwritten(), step);
    if (bits_now() != before) step.put_aside(cleared_all_the_same(declined));
  }
  // A word that the backend leaves alone shows as bits that nobody set. Room for one that is too many, so that it is seen (GM-DIRTY-010),
  // or no more than it takes, which has to do.
  const std::span<std::uint64_t> room = dense_room_.take_unwritten(words + (step.index & 1));
  step.answer.outcome = harvest(step.op->mode, room);
  step.answer.dense = room.first(words);
}

void Executor::harvest_sparse(Step& step, bool tries_less) {
  const auto harvest = [&](HarvestMode mode, std::span<GmcDirtyWord> room) {
    const GmcOutcome outcome = backend_.dirty().harvest_sparse(nullptr, memory_->space(step.op->space), static_cast<std::uint32_t>(mode),
                                                               room.data(), room.size());
    if (!sparse_room_.is_intact()) step.put_aside(beyond_room(Clause::kDIRTY11, outcome, room.size()));
    return outcome;
  };
  const Op& op = *step.op;
  if (tries_less) {
    const GmcOutcome before = harvest(HarvestMode::kRead, sparse_room_.take(sparse_words_));
    if (before.status == GMC_OK && before.count > 0 && before.count <= sparse_words_) {
      const GmcOutcome declined = harvest(op.mode, sparse_room_.take_unwritten(before.count - 1));
      check_declined(Clause::kDIRTY11, declined, sparse_room_.is_unwritten(), step);
      const GmcOutcome after = harvest(HarvestMode::kRead, sparse_room_.take(sparse_words_));
      if (after.count != before.count) step.put_aside(cleared_all_the_same(declined));
    }
  }
  GmcOutcome& outcome = step.answer.outcome;
  std::span<GmcDirtyWord> room = sparse_room_.take(sparse_words_);
  outcome = harvest(op.mode, room);
  // Again with no more room than it takes. A use of an armed fault's site too many would be one that nobody has predicted.
  if (op.mode == HarvestMode::kRead && outcome.status == GMC_OK && op.fail_nth == 0 && !reference_.is_armed()) {
    room = sparse_room_.take(std::min<std::uint64_t>(outcome.count, sparse_words_));
    outcome = harvest(op.mode, room);
  }
  if (op.mode == HarvestMode::kClear || outcome.status != GMC_OK) return;
  if (outcome.count > room.size()) {
    backend_.log().add(GMC_LOG_ERROR,
                       fmt::format("a sparse harvest says it wrote {} into room for {}", counted(outcome.count, "word"), room.size()));
    outcome.status = GMC_BROKEN;
    return;
  }
  step.answer.sparse = room.first(outcome.count);
}

void Executor::perform_reset(Step& step) {
  look_behind_last(0, step);
  // Where it is not offered, nothing may change.
  if (backend_.profile().root().reset) {
    restore_backings();
    write_behind_kept();
  }
  step.answer.outcome = memory_->reset();
}

// A second memory, made and destroyed again. What the first one holds must not change, which the comparison at the end sees.
void Executor::perform_create(const Program& program, Step& step) {
  auto made = Memory::create(backend_, program.layouts[step.op->layout], false);
  if (!made) {
    backend_.log().add(GMC_LOG_NOTE, made.error().text());
    step.answer.outcome = gmc_outcome(GMC_NO_MEMORY);
    return;
  }
  step.answer.outcome = (*made)->outcome();
  if ((*made)->is_alive()) {
    const GmcOutcome destroyed = (*made)->destroy();
    if (destroyed.status != GMC_OK) {
      step.put_aside({.violation = wrong_status(Clause::kREG10, destroyed),
                      .expected = "ok, and ok where it is destroyed again",
                      .got = fmt::format("ok, and {}", status_name(destroyed.status))});
    }
  }
}

void Executor::perform_change(const Program& program, Step& step) {
  const Op& op = *step.op;
  if (op.kind == OpKind::kDestroy) look_behind_last(0, step);
  Result<GmcOutcome> changed = gmc_outcome(GMC_UNSUPPORTED);
  if (op.kind == OpKind::kAdd) {
    changed = memory_->add(program.layouts[op.layout].regions.front(), op.opens);
  } else if (op.kind == OpKind::kReplace) {
    changed = memory_->replace(program.layouts[op.layout]);
  } else if (op.kind == OpKind::kDestroy) {
    changed = memory_->leave_to_others();
  } else if (op.kind == OpKind::kRemove) {
    changed = memory_->remove(expectation_.address, op.size, op.opens);
  } else {
    const MappedRegion* const region = reference_.region_of(op.other);
    const bool is_read_only = region != nullptr && reference_.layout().regions[region->entry].is_read_only;
    changed = op.kind == OpKind::kOpenMemory ? memory_->open_memory(op.opens, op.other, expectation_.address, op.size, is_read_only)
                                             : memory_->insert(op.other, expectation_.address, op.size, is_read_only, op.opens);
  }
  if (!changed) {
    backend_.log().add(GMC_LOG_NOTE, changed.error().text());
    changed = gmc_outcome(GMC_NO_MEMORY);
  }
  step.answer.outcome = *changed;
}

GmcOutcome Executor::arm(std::uint32_t fault, std::uint64_t nth) const {
  const auto entry = backend_.control().arm;
  return entry == nullptr ? gmc_outcome(GMC_UNSUPPORTED) : entry(nullptr, memory_->space(0), fault, nth);
}

// With a fault of its own, which is armed for this call alone. That it cannot be armed is the answer then.
std::optional<Finding> Executor::arm_offered(std::uint32_t fault, std::uint64_t nth, std::uint32_t index) const {
  const GmcOutcome armed = arm(fault, nth);
  if (armed.status == GMC_OK) return std::nullopt;
  return finding_of(Violation{.clause = Clause::kINV5, .divergence = {.part = Part::kStatus, .got_status = armed.status}},
                    Op{.kind = OpKind::kArm}, index, nullptr);
}

std::optional<Finding> Executor::perform_failing(const Program& program, Step& step) {
  if (auto finding = arm_offered(fault_site(step.op->kind), step.op->fail_nth, step.index)) return finding;
  perform(program, step);
  return arm_offered(GMC_FAULT_NONE, 0, step.index);
}

// Asks with room to spare, and again with no more than it takes; before that, with less.
GmcOutcome Executor::list_regions(Step& step, bool tries_less) {
  const auto regions = backend_.memory().regions;
  if (regions == nullptr) return gmc_outcome(GMC_UNSUPPORTED);
  const auto list = [&](std::uint64_t count) {
    const std::span<GmcRegionInfo> room = region_room_.take_unwritten(count);
    const GmcOutcome outcome = regions(nullptr, memory_->space(step.op->space), room.data(), room.size());
    if (!region_room_.is_intact()) step.put_aside(beyond_room(Clause::kREG8, outcome, room.size()));
    step.answer.regions = room.first(std::min<std::uint64_t>(outcome.count, room.size()));
    return outcome;
  };
  const GmcOutcome outcome = list(kRegionsMax);
  if (outcome.status != GMC_OK || outcome.count > kRegionsMax) return outcome;
  if (tries_less && outcome.count > 0) {
    const GmcOutcome declined = list(outcome.count - 1);
    check_declined(Clause::kREG8, declined, region_room_.is_unwritten(), step);
  }
  return list(outcome.count);
}

void Executor::perform(const Program& program, Step& step) {
  const Op& op = *step.op;
  const GmcDirtyGroup& dirty = backend_.dirty();
  GmcSpace* space = memory_->space(op.space);
  GmcOutcome& outcome = step.answer.outcome;
  const std::uint64_t address = expectation_.address;
  const GmcOutcome unsupported = gmc_outcome(GMC_UNSUPPORTED);
  switch (op.kind) {
    case OpKind::kRegions:
      outcome = list_regions(step, tries_with_less(program, step));
      return;
    case OpKind::kFacts:
      outcome = backend_.describe(space, facts_);
      step.answer.facts = facts_;
      look_into_mapping(step);
      return;
    case OpKind::kTrack:
      outcome = dirty.track == nullptr ? unsupported : dirty.track(nullptr, space, op.on ? 1 : 0);
      return;
    case OpKind::kMark:
      write_before_mark(program, step);
      outcome = dirty.mark == nullptr ? unsupported : dirty.mark(nullptr, space, address, op.size);
      return;
    case OpKind::kHarvest:
      return perform_harvest(program, step);
    case OpKind::kReset:
      return perform_reset(step);
    case OpKind::kCreate:
      return perform_create(program, step);
    case OpKind::kAdd:
    case OpKind::kInsert:
    case OpKind::kRemove:
    case OpKind::kReplace:
    case OpKind::kOpenMemory:
    case OpKind::kDestroy:
      return perform_change(program, step);
    case OpKind::kProtect: {
      const auto protect = backend_.memory().protect;
      outcome = protect == nullptr ? unsupported : protect(nullptr, space, address, op.size, op.rights);
      return;
    }
    case OpKind::kArm:
      outcome = arm(op.fault, op.count);
      return;
    case OpKind::kOpenSnapshot:
      outcome = memory_->open(op.opens, op.space, {.kind = GMC_SPACE_SNAPSHOT, .address = 0});
      return;
    case OpKind::kOpenRegion:
      outcome = memory_->open(op.opens, op.space, {.kind = GMC_SPACE_REGION, .address = address});
      return;
    case OpKind::kOpenRange:
      outcome = memory_->open(op.opens, op.space, {.kind = GMC_SPACE_RANGE, .address = address, .size = op.size});
      return;
    case OpKind::kClose:
      if (op.space != 0) look_behind_last(op.space, step);
      outcome = op.space == 0 ? gmc_ok() : memory_->close(op.space);
      return;
    case OpKind::kReadFrom:
    case OpKind::kReadFromPartial:
    case OpKind::kWriteTo:
    case OpKind::kWriteToPartial:
      enter(RunPart::kBuffers);
      return perform_transfer(program, step);
    default:
      enter(RunPart::kBuffers);
      prepare_call(program, address, step);
      enter(RunPart::kBackend);
      step.answer.outcome = issue(step.call);
      look_behind(step);
  }
}

}  // namespace gmc
