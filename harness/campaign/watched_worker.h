// SPDX-License-Identifier: Apache-2.0 OR MIT
// The supervisor's side of one worker: starts it, hands it orders, and turns whatever becomes of it into messages or a verdict.
#ifndef GMCHECK_HARNESS_CAMPAIGN_WATCHED_WORKER_H
#define GMCHECK_HARNESS_CAMPAIGN_WATCHED_WORKER_H

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/base/error.h"
#include "harness/campaign/channel.h"
#include "harness/campaign/flight_recorder.h"
#include "harness/campaign/order.h"
#include "harness/campaign/processes.h"
#include "harness/runner/plugin.h"

namespace gmc {

// What a worker may use. Memory is watched from outside and not limited by the kernel: RLIMIT_AS and RLIMIT_DATA count address space, of
// which AddressSanitizer and sparse regions reserve terabytes, and at such a limit a backend would not be stopped but see allocations fail.
struct WorkerLimits {
  std::uint32_t hang_ms = 2000;   // without any progress while the worker runs or sleeps
  std::uint32_t open_ms = 10000;  // the same while the backend is opened, and in work of gmcheck's own
  std::uint32_t starved = 10;     // as many times longer where the worker waits for a processor
  std::uint64_t resident_bytes = std::uint64_t{2} << 30;
  std::uint64_t output_bytes = 4u << 20;  // to standard output and error, in the worker's whole life
  unsigned deaths_max = 24;               // of one campaign
};

struct WorkerOptions {
  std::string worker_path;
  std::vector<std::string> first_arguments = {};  // before the worker's own: for an executable that is a worker among other things
  BackendSpec backend;
  std::optional<std::string> profile_text;  // instead of the backend's own
  WorkerLimits limits;
};

// The end of a worker.
struct Death {
  Finding finding;                 // crashed, hung, over_limit or leaked; agree where it closed in good order
  std::optional<Program> program;  // that was running
  Phase phase = Phase::kStart;
  std::uint64_t batch = 0;
  std::uint64_t number = 0;
  RunStatistics statistics;  // of the order that was not finished
  Evidence evidence;

  [[nodiscard]] bool is_orderly() const { return finding.verdict == Verdict::kAgree; }
};

// Owned by one thread, the one that made it: the kernel kills a worker when that thread ends.
class WatchedWorker {
 public:
  using Event = std::variant<Json, Death>;

  // Starts the process; the first message, "opened" or "error", is still to come.
  [[nodiscard]] static Result<std::unique_ptr<WatchedWorker>> start(const WorkerOptions& options);
  // Kills it, with everything that it left behind.
  ~WatchedWorker();
  WatchedWorker(const WatchedWorker&) = delete;
  WatchedWorker& operator=(const WatchedWorker&) = delete;

  void send(const Order& order);
  // Asks it to end the order after the program that it runs.
  void ask_to_stop() { recorder_->record().stop.store(1, std::memory_order_relaxed); }

  // What has happened since the last call, without waiting. After a Death there is nothing more.
  [[nodiscard]] std::optional<Event> poll();
  // Descriptors to wait on, for messages and output.
  [[nodiscard]] std::array<int, 2> descriptors() const {
    return {channel_ended_ ? -1 : channel_.get(), output_ended_ ? -1 : output_.get()};
  }
  [[nodiscard]] bool is_dead() const { return is_dead_; }

  // Of the order under way.
  void read_counts(RunStatistics& statistics, Evidence& evidence) const { recorder_->read_counts(statistics, evidence); }

  // Waits in steps of this length for whatever has no descriptor to wait on: limits and deaths.
  static constexpr int kTickMs = 20;

 private:
  using Clock = std::chrono::steady_clock;

  explicit WatchedWorker(const WorkerOptions& options) : options_(options) {}
  void read_output();
  [[nodiscard]] bool read_channel();
  [[nodiscard]] std::optional<Death> check_exit();
  [[nodiscard]] std::optional<Death> check_limits();
  [[nodiscard]] std::optional<Death> check_progress();
  // `code` tells causes apart where the verdict does not; it becomes the divergence's status.
  [[nodiscard]] Death die(Verdict verdict, std::uint16_t code, std::string got);
  [[nodiscard]] Death die_by_exit(int status);
  [[nodiscard]] Death close_in_order();
  [[nodiscard]] Death describe_death(Verdict verdict, std::uint16_t code, std::string got, std::uint64_t left_behind) const;
  [[nodiscard]] std::string place() const;
  int bury();

  WorkerOptions options_;
  std::unique_ptr<FlightRecorder> recorder_;
  pid_t pid_ = 0;
  std::string marker_;
  Descriptor channel_;
  Descriptor output_;
  FrameReader reader_;
  std::string output_tail_;
  std::uint64_t output_size_ = 0;
  bool channel_ended_ = false;
  bool output_ended_ = false;
  bool is_dead_ = false;
  bool is_busy_ = true;         // opening counts
  std::optional<Json> closed_;  // the last message of a worker that ends in good order
  Clock::time_point next_check_{};
  Clock::time_point channel_ended_at_{};
  std::array<std::uint64_t, 4> progress_{};
  Clock::time_point progressed_at_{};
  std::uint64_t cpu_ms_then_ = 0;
  std::uint64_t resident_then_ = 0;  // bytes
};

// Waits until one of them has something to say, at most `timeout_ms`.
void wait_for_any(const std::vector<WatchedWorker*>& workers, int timeout_ms);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_WATCHED_WORKER_H
