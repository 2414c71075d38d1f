// SPDX-License-Identifier: Apache-2.0 OR MIT
// Atomic operations on bytes that nobody else touches: read, compute, write.
#include <cstring>

#include "harness/backends/naive/memory.h"

namespace gmc::naive {

namespace {

std::uint32_t operation_of(std::uint32_t op) {
  switch (op) {
    case GMC_CALL_ATOMIC_LOAD:
      return kAtomicLoad;
    case GMC_CALL_ATOMIC_STORE:
      return kAtomicStore;
    case GMC_CALL_COMPARE_EXCHANGE:
      return kCompareExchange;
    case GMC_CALL_EXCHANGE:
      return kExchange;
    case GMC_CALL_FETCH_ADD:
      return kAdd;
    case GMC_CALL_FETCH_SUB:
      return kSub;
    case GMC_CALL_FETCH_AND:
      return kAnd;
    case GMC_CALL_FETCH_OR:
      return kOr;
    default:
      return kXor;
  }
}

// GM-ATOM-005
bool takes_order(const GmcCall& call) {
  const bool releases = call.order == GMC_ORDER_RELEASE || call.order == GMC_ORDER_ACQ_REL;
  const bool acquires = call.order == GMC_ORDER_ACQUIRE || call.order == GMC_ORDER_ACQ_REL;
  if (call.order > GMC_ORDER_SEQ_CST) return false;
  if (call.op == GMC_CALL_ATOMIC_LOAD) return !releases;
  if (call.op == GMC_CALL_ATOMIC_STORE) return !acquires;
  if (call.op != GMC_CALL_COMPARE_EXCHANGE) return true;
  return call.failure_order == GMC_ORDER_RELAXED || call.failure_order == GMC_ORDER_ACQUIRE || call.failure_order == GMC_ORDER_SEQ_CST;
}

// An object of the host's, of 1, 2, 4 or 8 bytes.
std::uint64_t number_in(const std::uint8_t* bytes, std::uint64_t size) {
  std::uint8_t one = 0;
  std::uint16_t two = 0;
  std::uint32_t four = 0;
  std::uint64_t eight = 0;
  if (size == 1) std::memcpy(&one, bytes, size);
  if (size == 2) std::memcpy(&two, bytes, size);
  if (size == 4) std::memcpy(&four, bytes, size);
  if (size == 8) std::memcpy(&eight, bytes, size);
  return one + two + four + eight;
}

void put_number(std::uint8_t* bytes, std::uint64_t number, std::uint64_t size) {
  const auto one = static_cast<std::uint8_t>(number);
  const auto two = static_cast<std::uint16_t>(number);
  const auto four = static_cast<std::uint32_t>(number);
  if (size == 1) std::memcpy(bytes, &one, size);
  if (size == 2) std::memcpy(bytes, &two, size);
  if (size == 4) std::memcpy(bytes, &four, size);
  if (size == 8) std::memcpy(bytes, &number, size);
}

std::uint64_t combined(std::uint32_t op, std::uint64_t old, std::uint64_t operand) {
  switch (op) {
    case GMC_CALL_FETCH_ADD:
      return old + operand;
    case GMC_CALL_FETCH_SUB:
      return old - operand;
    case GMC_CALL_FETCH_AND:
      return old & operand;
    case GMC_CALL_FETCH_OR:
      return old | operand;
    case GMC_CALL_FETCH_XOR:
      return old ^ operand;
    default:
      return operand;
  }
}

}  // namespace

// Why it cannot be done, or ok.
GmcStatus Memory::atomic_fault(int space, const GmcCall& call) const {
  const Settings& s = settings(space);
  if ((s.atomics & operation_of(call.op)) == 0) return GMC_UNSUPPORTED;
  const bool is_compare = call.op == GMC_CALL_COMPARE_EXCHANGE;
  const bool has_width = call.size < 64 && (s.atomic_sizes >> call.size & 1) != 0;
  if (!has_width || (call.size == 16 && !is_compare)) return GMC_INVALID_ARGUMENT;
  if (!takes_order(call)) return GMC_INVALID_ARGUMENT;
  const Spot first = spot(space, call.address);
  if (first.ground == Ground::kFaults) return GMC_FAULT;
  if (first.ground != Ground::kMapped) return GMC_OUT_OF_RANGE;
  const Region& region = regions_[static_cast<std::size_t>(first.region)];
  // Of the host's address, whatever stands in front of the bytes there begins at a page.
  const std::uint64_t place = s.align_basis == kByHva ? region.fd_offset + first.position : region.base + first.position;
  if (s.atomic_unaligned == kError && place % call.size != 0) return GMC_MISALIGNED;
  // All of it in that region, and in the range where it goes through one.
  const bool is_inside =
      call.size <= region.size - first.position && reach(space, call.address, call.size, Need::kNothing).size == call.size;
  if (!is_inside) return GMC_OUT_OF_RANGE;
  const Need need = call.op == GMC_CALL_ATOMIC_LOAD ? Need::kRead : Need::kWrite;
  return reach(space, call.address, call.size, need).size < call.size ? GMC_DENIED : GMC_OK;
}

GmcOutcome Memory::atomic(int space, const GmcCall& call) {
  const GmcStatus fault = is_dead(space) ? GMC_DENIED : atomic_fault(space, call);
  if (fault != GMC_OK) return fail(space, fault);
  const std::uint64_t size = call.size;
  std::uint8_t old[16] = {};
  move({.space = space, .address = call.address, .size = size, .into = old}, size, 1);
  const auto write = [&](const std::uint8_t* bytes) {
    move({.space = space, .address = call.address, .size = size, .from = bytes, .is_write = true}, size, 1);
  };
  if (size == 16) {
    auto* const operands = static_cast<std::uint8_t*>(call.buffer);
    if (std::memcmp(operands, old, size) == 0) {
      write(operands + size);
      return gmc_ok();
    }
    std::memcpy(operands + 2 * size, old, size);
    return gmc_outcome(GMC_MISMATCH);
  }
  const std::uint64_t found = number_in(old, size);
  if (call.op == GMC_CALL_ATOMIC_LOAD) return gmc_ok_value(found);
  if (call.op == GMC_CALL_COMPARE_EXCHANGE && found != call.expected) {
    GmcOutcome outcome = gmc_outcome(GMC_MISMATCH);
    outcome.value = found;
    return outcome;
  }
  std::uint8_t desired[8] = {};
  put_number(desired, combined(call.op, found, call.value), size);
  write(desired);
  return gmc_ok_value(call.op == GMC_CALL_ATOMIC_STORE ? 0 : found);
}

}  // namespace gmc::naive
