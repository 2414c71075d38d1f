// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/counted.h"

namespace gmc {

namespace {

constexpr std::uint64_t kBlocksPerRound = 4;     // the same for every number of workers
constexpr std::uint64_t kBlockBatchesMax = 128;  // blocks grow from one batch, so that first findings are known to all soon
constexpr std::size_t kFindingsMax = 256;        // distinct ones of a campaign
constexpr unsigned kDeathsOfKindMax = 3;         // of one operation in one block, before it is left out
constexpr unsigned kStuckDeathsMax = 6;
constexpr auto kTellEvery = std::chrono::milliseconds(100);

void add(std::vector<CampaignFinding>& findings, CampaignFinding&& finding) {
  const auto same = std::ranges::find_if(
      findings, [&](const CampaignFinding& f) { return f.found.blamed.finding.same_as(finding.found.blamed.finding); });
  if (same == findings.end()) {
    findings.push_back(std::move(finding));
  } else {
    same->found.count += finding.found.count;
  }
}

// Where a death left no program that can be read, it is drawn again.
Program regenerate(const Profile& profile, const GenerateOrder& order, std::uint64_t batch, std::uint64_t number) {
  Generator generator(profile, order.settings);
  generator.begin(batch_seed(order.seed, batch), number);
  Program program;
  generator.next(program);
  return program;
}

}  // namespace

CampaignResult Supervisor::run(const CampaignOrder& order, const ProgressSink& progress) { return Campaign(*this, order, progress).run(); }

Campaign::Campaign(Supervisor& supervisor, const CampaignOrder& order, const ProgressSink& progress)
    : supervisor_(supervisor), order_(order), progress_(progress), lanes_(supervisor.options().workers), next_batch_(order.first_batch) {
  plan_.settings = order.settings;
  plan_.seed = order.seed;
  plan_.looks_for_leaks = order.looks_for_leaks;
}

CampaignResult Campaign::run() {
  begin_round();
  while (true) {
    if (!is_over_) deal();
    if (!is_any_busy()) {
      end_round();
      if (is_over_ || left_ms() == 0 || next_batch_ - order_.first_batch >= order_.batch_count) break;
      begin_round();
      continue;
    }
    std::vector<WatchedWorker*> busy;
    for (const Lane& lane : lanes_) {
      if (lane.block != nullptr && lane.worker != nullptr) busy.push_back(lane.worker.get());
    }
    wait_for_any(busy, WatchedWorker::kTickMs);
    for (Lane& lane : lanes_) {
      if (is_over_ && lane.worker != nullptr) lane.worker->ask_to_stop();
      drain(lane);
    }
    if (Clock::now() - told_ >= kTellEvery) tell(nullptr);
  }
  close_workers();
  result_.seconds = seconds();
  tell(nullptr);
  return std::move(result_);
}

void Campaign::begin_round() {
  blocks_.clear();
  const std::uint64_t size = std::min(kBlockBatchesMax, std::uint64_t{1} << std::min<std::uint64_t>(round_, 16));
  ++round_;
  const std::uint64_t end = order_.batch_count > UINT64_MAX - order_.first_batch ? UINT64_MAX : order_.first_batch + order_.batch_count;
  for (std::uint64_t i = 0; i < kBlocksPerRound && next_batch_ < end; ++i) {
    auto block = std::make_unique<Block>();
    block->plan = plan_;
    block->plan.first_batch = next_batch_;
    next_batch_ = std::min(end, next_batch_ + size);
    block->end = next_batch_;
    blocks_.push_back(std::move(block));
  }
}

// What the blocks found becomes known to all that follow.
void Campaign::end_round() {
  for (const auto& block : blocks_) {
    if (!block->is_dealt) continue;
    for (CampaignFinding& finding : block->found) add(result_.findings, std::move(finding));
    for (const OpKind kind : block->muted) {
      if (std::ranges::find(result_.muted, kind) == result_.muted.end()) result_.muted.push_back(kind);
    }
    plan_.avoided.insert(plan_.avoided.end(), block->plan.avoided.begin(), block->plan.avoided.end());
    plan_.renews_memory = plan_.renews_memory || block->plan.renews_memory;
  }
  blocks_.clear();
  std::ranges::sort(plan_.avoided);
  plan_.avoided.erase(std::unique(plan_.avoided.begin(), plan_.avoided.end()), plan_.avoided.end());
  plan_.known.clear();
  for (const CampaignFinding& finding : result_.findings) plan_.known.push_back(finding.found.blamed.finding);
  for (const OpKind kind : result_.muted) plan_.settings.weights[static_cast<std::size_t>(kind)] = 0;
  if (result_.findings.size() >= kFindingsMax) stop(counted(result_.findings.size(), "different finding"));
  if (result_.statistics.operations == 0 && result_.deaths == 0 && !is_over_) {
    stop(result_.skip_reason.empty() ? std::string("no operation could be run") : "no program could run: " + result_.skip_reason);
  }
}

void Campaign::deal() {
  for (Lane& lane : lanes_) {
    if (lane.block != nullptr) continue;
    const auto next = std::ranges::find_if(blocks_, [](const auto& block) { return !block->is_dealt; });
    if (next == blocks_.end() || is_over_ || (left_ms() == 0 && round_ > 1)) return;
    lane.block = next->get();
    lane.block->is_dealt = true;
    send(lane);
  }
}

void Campaign::send(Lane& lane) {
  if (lane.worker == nullptr) {
    auto worker = supervisor_.new_worker();
    if (!worker) {
      stop(fmt::format("a worker could not be started again: {}", worker.error().text()));
      lane.block = nullptr;
      return;
    }
    lane.worker = *std::move(worker);
  }
  GenerateOrder& plan = lane.block->plan;
  plan.batch_count = lane.block->end - plan.first_batch;
  plan.budget_ms = order_.budget_ms == 0 ? 0 : std::max(left_ms(), 1u);
  lane.block->order = std::make_shared<const GenerateOrder>(plan);
  lane.worker->send(plan);
}

void Campaign::drain(Lane& lane) {
  while (lane.block != nullptr && lane.worker != nullptr) {
    auto event = lane.worker->poll();
    if (!event) return;
    if (Death* death = std::get_if<Death>(&*event)) return on_death(lane, std::move(*death));
    const Json& message = std::get<Json>(*event);
    if (kind_of(message) == "found") {
      if (auto found = decode_found(what_of(message))) on_found(lane, *std::move(found));
    } else if (kind_of(message) == "done") {
      auto done = decode_done(what_of(message));
      if (!done) stop(done.error().text());
      on_done(lane, done ? *std::move(done) : Done{});
    }
  }
}

void Campaign::on_found(Lane& lane, Found found) {
  CampaignFinding finding{.found = std::move(found), .seconds = seconds(), .origin = lane.block->order};
  ++found_count_;
  tell(&finding);
  add(lane.block->found, std::move(finding));
}

void Campaign::on_done(Lane& lane, Done done) {
  Block& block = *lane.block;
  result_.statistics.add(done.statistics);
  result_.evidence.add(done.evidence);
  result_.skipped_programs += done.skipped_programs;
  if (result_.skip_reason.empty()) result_.skip_reason = std::move(done.skip_reason);
  for (std::size_t i = 0; i < std::min(done.known_counts.size(), block.order->known.size()); ++i) {
    for (CampaignFinding& finding : result_.findings) {
      if (finding.found.blamed.finding.same_as(block.order->known[i])) finding.found.count += done.known_counts[i];
    }
  }
  block.plan.avoided.insert(block.plan.avoided.end(), done.cells.begin(), done.cells.end());
  block.plan.renews_memory = done.renews_memory;
  for (const OpKind kind : done.unsteerable) mute(block, kind);
  const std::uint64_t next = std::clamp(done.next_batch, block.plan.first_batch, block.end);
  if (done.needs_new_worker) {
    ++result_.deaths;
    lane.worker.reset();
    go_on_from(block, std::max(next, block.plan.first_batch + 1), 0);
    if (++stuck_deaths_ >= kStuckDeathsMax) stop(std::move(done.stopped));
    if (!is_over_ && block.plan.first_batch < block.end) return send(lane);
  }
  go_on_from(block, next, 0);
  lane.block = nullptr;
}

void Campaign::go_on_from(Block& block, std::uint64_t batch, std::uint32_t number) {
  result_.batches += batch - block.plan.first_batch;
  block.plan.first_batch = batch;
  block.plan.first_number = number;
  if (number < kProgramsPerBatch) return;
  ++result_.batches;
  ++block.plan.first_batch;
  block.plan.first_number = 0;
}

void Campaign::on_death(Lane& lane, Death death) {
  Block& block = *lane.block;
  lane.worker.reset();
  ++result_.deaths;
  result_.statistics.add(death.statistics);
  result_.evidence.add(death.evidence);
  // The recorder may be damaged: a batch that was not ordered is none.
  const bool is_credible = death.batch >= block.plan.first_batch && death.batch < block.end && death.number < kProgramsPerBatch;
  if (!is_credible) {
    death.batch = block.plan.first_batch;
    death.number = 0;
  }
  if (!death.program && is_credible) death.program = regenerate(supervisor_.profile(), *block.order, death.batch, death.number);
  on_found(lane, {.blamed = {death.finding, death.program.value_or(Program{})}, .batch = death.batch, .number = death.number});
  go_on_from(block, death.batch, static_cast<std::uint32_t>(death.number) + 1);
  if (result_.deaths >= supervisor_.options().worker.limits.deaths_max) {
    stop(fmt::format("the worker died {}, the last time: {}", counted(result_.deaths, "time"), death.finding.got));
  }
  if (!is_over_) steer_round(block, death);
  if (!is_over_ && block.plan.first_batch < block.end && (order_.budget_ms == 0 || left_ms() > 0)) return send(lane);
  lane.block = nullptr;
}

void Campaign::steer_round(Block& block, const Death& death) {
  const Finding& finding = death.finding;
  const bool is_at_op = death.phase == Phase::kRun && death.program && finding.op_index < death.program->ops.size() &&
                        finding.op == death.program->ops[finding.op_index].kind;
  if (!is_at_op) {
    // Perhaps reset is what kills it. If not, nothing helps.
    block.plan.renews_memory = true;
    stuck_deaths_ += finding.verdict == Verdict::kCrashed ? 1 : 2;  // the others take seconds
    if (stuck_deaths_ >= kStuckDeathsMax) {
      stop(
          fmt::format("the worker died {}, the last time where nothing can be left out: {}", counted(result_.deaths, "time"), finding.got));
    }
    return;
  }
  const std::uint32_t cell = supervisor_.cell_of(death);
  const bool is_known = std::ranges::find(block.plan.avoided, cell) != block.plan.avoided.end();
  if (cell != 0 && !is_known) block.plan.avoided.push_back(cell);
  // A hang costs seconds, so one is enough.
  const unsigned deaths = ++block.deaths[finding.op];
  if (cell == 0 || is_known || finding.verdict != Verdict::kCrashed || deaths >= kDeathsOfKindMax) mute(block, finding.op);
}

void Campaign::mute(Block& block, OpKind kind) {
  block.muted.insert(kind);
  if (opens_scope(kind) || kind == OpKind::kSubmitEnd) {
    block.plan.settings.submits = false;
  } else {
    block.plan.settings.weights[static_cast<std::size_t>(kind)] = 0;
  }
}

// What a backend leaves behind, or does in close, shows when its workers end.
void Campaign::close_workers() {
  for (Lane& lane : lanes_) {
    if (lane.worker == nullptr || lane.worker->is_dead()) continue;
    auto death = Supervisor::close(*lane.worker);
    if (!death) continue;
    ++result_.deaths;
    CampaignFinding finding{.found = {.blamed = {std::move(death->finding), {}}, .batch = next_batch_}, .seconds = seconds(), .origin = {}};
    ++found_count_;
    tell(&finding);
    add(result_.findings, std::move(finding));
  }
}

void Campaign::tell(const CampaignFinding* latest) {
  told_ = Clock::now();
  if (!progress_) return;
  RunStatistics statistics = result_.statistics;
  Evidence evidence = result_.evidence;
  for (const Lane& lane : lanes_) {
    if (lane.block == nullptr || lane.worker == nullptr || lane.worker->is_dead()) continue;
    RunStatistics running;
    Evidence checked;
    lane.worker->read_counts(running, checked);
    statistics.add(running);
    evidence.add(checked);
  }
  const bool goes_on =
      progress_({.statistics = statistics, .evidence = evidence, .seconds = seconds(), .findings = found_count_, .latest = latest});
  if (!goes_on) is_over_ = true;
}

void Campaign::stop(std::string why) {
  if (result_.stopped.empty()) result_.stopped = std::move(why);
  is_over_ = true;
}

bool Campaign::is_any_busy() const {
  return std::ranges::any_of(lanes_, [](const Lane& lane) { return lane.block != nullptr; });
}

double Campaign::seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

std::uint32_t Campaign::left_ms() const {
  if (order_.budget_ms == 0) return UINT32_MAX;
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_).count();
  return passed >= order_.budget_ms ? 0 : static_cast<std::uint32_t>(order_.budget_ms - passed);
}

}  // namespace gmc
