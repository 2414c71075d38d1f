// SPDX-License-Identifier: Apache-2.0 OR MIT
// One campaign under way. Its batches are dealt out in rounds of a fixed number of blocks, however many workers there are; a block begins
// with what all earlier rounds found and steers round that and what it finds itself. So the result depends on the seed alone, and a finding
// is blamed a few times and not once for each worker and batch. Internal to campaign.
#ifndef GMCHECK_HARNESS_CAMPAIGN_CAMPAIGN_H
#define GMCHECK_HARNESS_CAMPAIGN_CAMPAIGN_H

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/campaign/supervisor.h"
#include "harness/generate/generator.h"

namespace gmc {

class Campaign {
 public:
  Campaign(Supervisor& supervisor, const CampaignOrder& order, const ProgressSink& progress);
  [[nodiscard]] CampaignResult run();

 private:
  using Clock = std::chrono::steady_clock;

  struct Block {
    GenerateOrder plan;                          // from the next batch on
    std::shared_ptr<const GenerateOrder> order;  // that was sent
    std::uint64_t end = 0;                       // one past its last batch
    bool is_dealt = false;
    std::vector<CampaignFinding> found;
    std::set<OpKind> muted;
    std::map<OpKind, unsigned> deaths;
  };
  struct Lane {
    std::unique_ptr<WatchedWorker> worker;
    Block* block = nullptr;
  };

  void begin_round();
  void end_round();
  void deal();
  void send(Lane& lane);
  void drain(Lane& lane);
  void on_found(Lane& lane, Found found);
  void on_done(Lane& lane, Done done);
  void on_death(Lane& lane, Death death);
  void go_on_from(Block& block, std::uint64_t batch, std::uint32_t number);
  void steer_round(Block& block, const Death& death);
  void mute(Block& block, OpKind kind);
  void close_workers();
  void tell(const CampaignFinding* latest);
  void stop(std::string why);

  [[nodiscard]] bool is_any_busy() const;
  [[nodiscard]] double seconds() const;
  [[nodiscard]] std::uint32_t left_ms() const;  // 0: the time is up

  Supervisor& supervisor_;
  const CampaignOrder& order_;
  const ProgressSink& progress_;
  Clock::time_point began_ = Clock::now();
  Clock::time_point told_{};
  CampaignResult result_;
  GenerateOrder plan_;  // of the blocks to come, but for their batches
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Lane> lanes_;
  std::uint64_t next_batch_ = 0;
  std::uint64_t round_ = 0;
  std::size_t found_count_ = 0;
  unsigned stuck_deaths_ = 0;  // in create, reset and destroy, where nothing can be steered round
  bool is_over_ = false;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_CAMPAIGN_H
