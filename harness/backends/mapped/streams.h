// SPDX-License-Identifier: Apache-2.0 OR MIT
// Transfers from a descriptor into memory and from memory into one: piece by piece, without a copy in between.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_STREAMS_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_STREAMS_H

#include <gmcheck.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "harness/backends/mapped/access.h"
#include "harness/backends/mapped/dirty_log.h"
#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/region.h"
#include "harness/backends/mapped/walk.h"

namespace gmc::mapped {

template <class Policy>
class Streams : public Access<Policy> {
  using Base = Access<Policy>;

 protected:
  using Base::options;

 public:
  using Base::Base;

  // The operation of the record, one of those with a descriptor.
  [[nodiscard]] GmcOutcome stream(const GmcCall& call) {
    if (!options().has_streams) return gmc_outcome(GMC_UNSUPPORTED);
    const bool takes = call.op == GMC_CALL_READ_FROM || call.op == GMC_CALL_READ_FROM_PARTIAL;
    const bool exact = call.op == GMC_CALL_READ_FROM || call.op == GMC_CALL_WRITE_TO;
    const Path path = takes ? Path::kReadFrom : Path::kWriteTo;
    if (call.size == 0) {
      GmcOutcome outcome = this->zero_length(options().zero_streams, call.address, path);
      if (outcome.status == GMC_OK) outcome.flags |= GMC_HAS_COUNT;
      return outcome;
    }
    const Reach reach = this->measure(call.address, call.size, Base::right_for(path), path);
    Policy::before_transfer(call.fd, takes, reach);
    std::uint64_t total = reach.done;
    if (reach.done < call.size && exact) total = Policy::kept(reach, options(), path);
    if (total == 0) return this->failure(reach.stop, call.address, reach);
    const Run run{.fd = call.fd, .takes = takes, .exact = exact, .path = path, .address = call.address, .size = call.size};
    const Progress progress = move_pieces(run, total);
    Policy::after_transfer(call.fd, takes);
    if (takes && progress.done > 0) this->approximate(path, call.address, call.size);
    if (progress.stop != GMC_OK) return ended(run, progress);
    if (!exact || progress.done == call.size) return gmc_ok_count(Policy::transferred(progress.done, call.size));
    return short_of(this->failure(Policy::exact_status(progress.done, reach.stop), call.address, reach), progress.done);
  }

 private:
  struct Run {
    int fd;
    bool takes;
    bool exact;
    Path path;
    std::uint64_t address;
    std::uint64_t size;
  };
  struct Progress {
    std::uint64_t done = 0;
    GmcStatus stop = GMC_OK;  // GMC_OK: nothing but the range ended it; GMC_SHORT: the descriptor moves no more; GMC_IO: it failed
  };

  [[nodiscard]] Progress move_pieces(const Run& run, std::uint64_t total) {
    Progress progress;
    Walk<Policy> walk(this->map_, this->windows_, options(), run.address, total, Base::right_for(run.path), run.path);
    for (Piece piece; progress.stop == GMC_OK && walk.next(piece);) {
      const std::uint64_t before = progress.done;
      if (piece.placed == nullptr) {
        move_hole(run, piece.size, progress);
        continue;
      }
      move_piece(run, piece.placed->data + piece.offset, piece.size, progress);
      const std::uint64_t moved = progress.done - before;
      if (!run.takes || moved == 0) continue;
      this->memory_->wrote(*piece.placed, piece.offset, moved, run.size - piece.done, run.path, progress.stop != GMC_OK);
    }
    return progress;
  }

  // What a hole that discards takes goes nowhere, and what it gives is one byte again and again.
  void move_hole(const Run& run, std::uint64_t size, Progress& progress) {
    std::array<std::byte, 4096> bytes;
    for (std::uint64_t left = size; left > 0 && progress.stop == GMC_OK;) {
      std::memset(bytes.data(), options().discard_value, bytes.size());
      const std::uint64_t before = progress.done;
      move_piece(run, bytes.data(), std::min<std::uint64_t>(left, bytes.size()), progress);
      left -= progress.done - before;
    }
  }

  void move_piece(const Run& run, std::byte* memory, std::uint64_t size, Progress& progress) {
    for (std::uint64_t moved = 0; moved < size;) {
      std::byte* const at = memory + Policy::stream_position(moved, run.takes);
      const std::uint64_t asked = Policy::asked_of_stream(size - moved);
      const ssize_t count = run.takes ? ::read(run.fd, at, asked) : ::write(run.fd, at, asked);
      if (count < 0 && errno == EINTR && Policy::repeats_interrupted()) continue;
      if (count <= 0) {
        progress.stop = count == 0 ? GMC_SHORT : GMC_IO;
        return;
      }
      const auto went = static_cast<std::uint64_t>(count);
      moved += went;
      progress.done += went;
      if (went == asked || Policy::goes_on(run.takes, run.exact, options())) continue;
      // Not the end of the whole range, which would be no short transfer.
      if (progress.done < run.size) progress.stop = GMC_SHORT;
      return;
    }
  }

  // The descriptor ended the transfer.
  [[nodiscard]] GmcOutcome ended(const Run& run, const Progress& progress) {
    if (!run.exact && progress.done > 0) return gmc_ok_count(Policy::transferred(progress.done, run.size));
    if (run.takes && progress.done > 0 && !Policy::keeps_arrived()) {
      this->transfer(Path::kFill, run.address, progress.done, run.size, typename Base::Filler{*this, 0}, true);
    }
    if (run.takes && Policy::cleans_target()) clean(run);
    // A descriptor that takes nothing has failed whoever wanted to write.
    const GmcStatus stop = !run.takes && progress.done == 0 ? GMC_IO : progress.stop;
    return short_of(gmc_outcome(Policy::stream_status(progress.done, stop, run.takes)), progress.done);
  }

  void clean(const Run& run) {
    for (const Placed& placed : this->map_) {
      const ByteSpan span = Policy::marked_by_hand(placed, run.address, run.size);
      const RegionPart part{placed.region, {placed.skipped + span.offset, span.size}};
      if (span.size > 0) this->memory_->log().clear({&part, 1});
    }
  }

  [[nodiscard]] GmcOutcome short_of(GmcOutcome outcome, std::uint64_t moved) const {
    if (outcome.status != GMC_SHORT || !options().reports_count) return outcome;
    outcome.flags |= GMC_HAS_COUNT;
    outcome.count = Policy::reported_count(moved);
    return outcome;
  }
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_STREAMS_H
