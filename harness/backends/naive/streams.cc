// SPDX-License-Identifier: Apache-2.0 OR MIT
// Transfers from and to descriptors: all that the descriptor gives into a buffer, and then into memory; the other way round likewise.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "harness/backends/naive/memory.h"

namespace gmc::naive {

// Fills or empties `bytes`, until it is done, the descriptor ends or fails, or a system call came short and `goes_on` is false.
Memory::Stream Memory::stream_bytes(const GmcCall& call, bool takes, bool goes_on, std::vector<std::uint8_t>& bytes) {
  Stream stream;
  while (stream.done < bytes.size()) {
    const std::uint64_t asked = bytes.size() - stream.done;
    const ssize_t moved = takes ? ::read(call.fd, bytes.data() + stream.done, asked) : ::write(call.fd, bytes.data() + stream.done, asked);
    if (moved < 0 && errno == EINTR) continue;
    if (moved < 0) stream.has_failed = true;
    if (moved <= 0) return stream;
    stream.done += static_cast<std::uint64_t>(moved);
    if (static_cast<std::uint64_t>(moved) < asked && !goes_on) return stream;
  }
  return stream;
}

GmcOutcome Memory::transfer_stream(int space, const GmcCall& call) {
  const Settings& s = settings(space);
  if (!s.fd_io) return fail(space, GMC_UNSUPPORTED);
  if (is_dead(space)) return fail(space, GMC_DENIED);
  const bool takes = call.op == GMC_CALL_READ_FROM || call.op == GMC_CALL_READ_FROM_PARTIAL;
  const bool is_partial = call.op == GMC_CALL_READ_FROM_PARTIAL || call.op == GMC_CALL_WRITE_TO_PARTIAL;
  if (call.size == 0) return lets_pass(s.zero_length_fd, space, call.address) ? gmc_ok_count(0) : fail(space, GMC_OUT_OF_RANGE);
  const Reach reached = reach(space, call.address, call.size, takes ? Need::kWrite : Need::kRead);
  const bool is_whole = reached.size == call.size;
  const bool wraps = reached.size > 0 && call.address + reached.size < call.address;
  const auto stopped = [&](GmcStatus status) {
    return wraps ? fail(space, status) : stopped_at(space, status, call.address + reached.size);
  };
  const int effect = reached.why == GMC_DENIED ? s.perm_fail_effect : s.range_fail_effect;
  const bool keeps_prefix = effect == kPrefix && !reached.is_seam && reached.why != GMC_FAULT;
  if (reached.size == 0 || (!is_whole && !is_partial && !keeps_prefix)) return stopped(reached.why);

  std::vector<std::uint8_t> bytes(reached.size);
  Transfer transfer{.space = space, .address = call.address, .size = call.size, .is_partial = is_partial};
  if (!takes) {
    transfer.into = bytes.data();
    move(transfer, bytes.size(), 1);
  }
  const bool goes_on = is_partial ? takes && s.fd_short_read == kLoop : s.fd_exact_loops;
  const Stream stream = stream_bytes(call, takes, goes_on, bytes);
  if (takes) {
    transfer.from = bytes.data();
    transfer.is_write = true;
    move(transfer, stream.done, 1);
  }
  if (is_partial && stream.done > 0) return gmc_ok_count(stream.done);
  if (stream.done == call.size) return gmc_ok_count(stream.done);
  if (stream.has_failed) return fail(space, GMC_IO);
  GmcOutcome outcome = stream.done == reached.size ? stopped(GMC_SHORT) : fail(space, GMC_SHORT);
  if (s.reports_count) {
    outcome.flags |= GMC_HAS_COUNT;
    outcome.count = stream.done;
  }
  return outcome;
}

}  // namespace gmc::naive
