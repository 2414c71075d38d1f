// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where a worker carries out its orders: one opened backend, one executor, one recorder, one channel.
#ifndef GMCHECK_HARNESS_CAMPAIGN_WORKBENCH_H
#define GMCHECK_HARNESS_CAMPAIGN_WORKBENCH_H

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "harness/campaign/flight_recorder.h"
#include "harness/campaign/leaks.h"
#include "harness/campaign/order.h"
#include "harness/campaign/wire.h"
#include "harness/generate/generator.h"
#include "harness/runner/backend.h"
#include "harness/runner/executor.h"

namespace gmc {

class Workbench {
 public:
  // Sends one message to the supervisor. False: it is gone, or the descriptor is.
  using Send = std::function<bool(const Json&)>;

  // `is_reachable` answers whether the channel's descriptors are still open.
  Workbench(const Backend& backend, FlightRecorder& recorder, Send send, std::function<bool()> is_reachable);

  // Carries out one order and sends what it brings; the last message is "done". False: the channel is lost.
  [[nodiscard]] bool carry_out(const Order& order);

 private:
  using Clock = std::chrono::steady_clock;

  // workbench.cc
  [[nodiscard]] Done carry_out(const ListOrder& order);
  [[nodiscard]] Done carry_out(const MinimizeOrder& order);
  [[nodiscard]] Done carry_out(const CheckOrder& order);
  [[nodiscard]] Done carry_out(const TraceOrder& order);
  [[nodiscard]] Done carry_out(const AnswersOrder& order);
  [[nodiscard]] Done carry_out(const CellOrder& order);
  [[nodiscard]] Done carry_out(const CloseOrder&) { return {}; }
  void start(const std::vector<std::uint32_t>& avoided);
  [[nodiscard]] std::optional<Finding> run(const Program& program, Compare compare);
  [[nodiscard]] std::optional<Finding> destroy_memory();
  [[nodiscard]] bool shows(const Program& candidate, const Finding& target);
  void report(const Found& found);
  [[nodiscard]] Done look_before(const TraceOrder& order);
  void send_detail(const TraceDetail& detail);
  void keep_skip_reason(const Finding& finding, Done& done);
  [[nodiscard]] bool must_stop() const;

  // generate_order.cc
  struct Hunt;
  [[nodiscard]] Done carry_out(const GenerateOrder& order);
  void run_batch(Hunt& hunt, std::uint64_t batch);
  void look_into(Hunt& hunt, const Program& program, const Finding& seen, std::uint64_t number);
  bool avoid(Hunt& hunt, std::uint32_t cell);
  void note(Hunt& hunt, Found found);
  [[nodiscard]] bool leaves_processes(const Hunt& hunt, std::uint32_t number);
  bool grows_again(Hunt& hunt, std::uint64_t batch, Executor& prober);
  void look_for_leaks(Hunt& hunt, std::uint64_t batch);

  const Backend& backend_;
  FlightRecorder& recorder_;
  Send send_;
  std::function<bool()> is_reachable_;
  bool is_lost_ = false;
  std::optional<Executor> executor_;  // of the order that is carried out
  LeakWatch leaks_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_WORKBENCH_H
