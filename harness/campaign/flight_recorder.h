// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a worker was doing when it died. The worker writes into memory that it shares with the supervisor: before each program the program,
// before each operation its index (the executor does that). So a crash, a hang, an exit is a verdict on exactly that operation, and costs
// nothing but a copy a program.
//
// A plugin in the worker can write anywhere, so whoever reads a recorder trusts nothing in it.
#ifndef GMCHECK_HARNESS_CAMPAIGN_FLIGHT_RECORDER_H
#define GMCHECK_HARNESS_CAMPAIGN_FLIGHT_RECORDER_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/clause.h"
#include "harness/program/program.h"
#include "harness/runner/executor.h"

namespace gmc {

// What the worker is at. Within kRun the operation's index says more (Executor::kOpIndexCreate, kOpIndexCompare).
enum class Phase : std::uint8_t {
  kStart,        // before the plugin is touched
  kOpen,         // loading the plugin and opening the backend
  kIdle,         // waiting for an order
  kRun,          // a program, or its replay for the blame
  kDestroy,      // destroying the memory at the end of a batch
  kThink,        // gmcheck's own work: generating, minimising, counting what leaks
  kClose,        // closing the backend
  kLostChannel,  // the descriptors to the supervisor were closed under the worker
};
inline constexpr std::uint32_t kPhaseCount = 8;

// Shared memory. Only lock-free atomics and bytes, so that it means the same in both processes.
struct FlightRecord {
  static constexpr std::size_t kRegionRoom = std::size_t{kLayoutsMax} * kRegionsMax;
  static constexpr std::size_t kCounterCount = 4 + kOpKindCount + kClauseCount;
  static constexpr std::size_t kFramesMax = 32;

  // One call of a crash's back-trace, as far as it is known. Texts end in a zero, or are cut.
  struct Frame {
    std::uint64_t offset;  // in its module; the address itself where that is ""
    std::uint64_t symbol_offset;
    std::array<char, 112> module;
    std::array<char, 128> symbol;  // "" where it is not exported
  };

  std::atomic<std::uint32_t> phase;
  std::atomic<std::uint32_t> op_index;
  std::atomic<std::uint32_t> stop;       // the supervisor's: end the order after this program
  std::atomic<std::uint64_t> heartbeat;  // grows with each program, candidate and check
  std::atomic<std::uint64_t> batch;      // which program of the order: a batch, and the program's number in it
  std::atomic<std::uint64_t> number;
  std::atomic<std::uint32_t> is_torn;  // not 0 while the program is being written
  std::array<std::atomic<std::uint64_t>, kCounterCount> counters;

  std::uint64_t seed;
  std::uint32_t adopts;
  std::uint32_t layout_count;
  std::uint32_t op_count;
  std::array<std::uint32_t, kLayoutsMax> region_counts;
  alignas(8) std::array<std::byte, kRegionRoom * sizeof(Region)> regions;
  alignas(8) std::array<std::byte, std::size_t{kOpsMax} * sizeof(Op)> ops;

  // Written by a signal handler of the worker's (crash_handler.h).
  std::atomic<std::uint32_t> frame_count;
  std::array<Frame, kFramesMax> frames;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

// One side's view of a recorder.
class FlightRecorder {
 public:
  // Makes the shared memory; its descriptor is handed to the worker.
  [[nodiscard]] static Result<std::unique_ptr<FlightRecorder>> make();
  // Maps the one behind `descriptor`.
  [[nodiscard]] static Result<std::unique_ptr<FlightRecorder>> map(int descriptor);
  ~FlightRecorder();
  FlightRecorder(const FlightRecorder&) = delete;
  FlightRecorder& operator=(const FlightRecorder&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }  // -1 on the worker's side
  [[nodiscard]] FlightRecord& record() { return *record_; }
  [[nodiscard]] const FlightRecord& record() const { return *record_; }

  // The worker's side.
  void enter(Phase phase) { record_->phase.store(static_cast<std::uint32_t>(phase), std::memory_order_relaxed); }
  void beat() { record_->heartbeat.store(record_->heartbeat.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
  // `layouts_changed`: false where the layouts are those of the program before.
  void write(const Program& program, std::uint64_t batch, std::uint64_t number, bool layouts_changed);
  void write_counts(const RunStatistics& statistics, const Evidence& evidence);

  // The supervisor's side. Whatever the bytes are, what comes back is in range.
  [[nodiscard]] Phase phase() const;
  // The program, where what is written is a valid one.
  [[nodiscard]] std::optional<Program> program() const;
  // Of the crash that ended the worker, as Finding::back_trace has it, in printable characters.
  [[nodiscard]] std::vector<std::string> back_trace() const;
  // The counts; all zero where they cannot be true.
  void read_counts(RunStatistics& statistics, Evidence& evidence) const;
  // Changes whenever the worker gets on.
  [[nodiscard]] std::array<std::uint64_t, 4> progress() const;

 private:
  FlightRecorder() = default;

  int descriptor_ = -1;
  FlightRecord* record_ = nullptr;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_FLIGHT_RECORDER_H
