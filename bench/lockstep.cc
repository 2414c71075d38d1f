// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a checked operation costs: the lockstep loop in this process, part by part, and the same in a worker.
//
// Lockstep/in_process    operations a second on the default mix
// Lockstep/parts         the shares of an operation's parts, as counters
// Lockstep/generate      drawing the programs alone
// Lockstep/order         one work order of 10 000 programs in a worker, from sending it to its answer
// Lockstep/campaign/N    N times 10 000 programs through supervisor and worker, in many orders
//
// All in wall time: what of a worker's is waiting counts.
#include <benchmark/benchmark.h>

#include <string>

#include "harness/backends/mmap/mmap.h"
#include "harness/campaign/order.h"
#include "harness/campaign/supervisor.h"
#include "harness/campaign/watched_worker.h"
#include "harness/campaign/wire.h"
#include "harness/generate/generator.h"
#include "harness/runner/executor.h"

namespace gmc {
namespace {

constexpr std::uint64_t kSeed = 0x5eed;
constexpr std::uint64_t kBatches = 157;  // of 64 programs: 10 048

std::unique_ptr<Backend> open_mmap() {
  auto backend = Backend::open(BackendSpec{.name = "mmap", .config = {}}, gmc_mmap_plugin());
  GMC_CHECK(backend.has_value(), backend.error().text());
  return std::move(*backend);
}

// As a worker does it: batches of programs on one layout, the last of each compared with everything.
template <typename Run>
void for_each_program(Generator& generator, std::uint64_t batch, Run run) {
  Program program;
  generator.begin(batch_seed(kSeed, batch));
  for (std::uint32_t number = 0; number < kProgramsPerBatch; ++number) {
    generator.next(program);
    run(program, number + 1 == kProgramsPerBatch ? Compare::kEverything : Compare::kTouched);
  }
}

void in_process(benchmark::State& state) {
  const auto backend = open_mmap();
  Generator generator(backend->profile(), GeneratorSettings{});
  Executor executor(*backend);
  std::uint64_t batch = 0;
  for (auto _ : state) {
    for_each_program(generator, batch++ % kBatches, [&](const Program& program, Compare compare) {
      const auto finding = executor.run(program, compare);
      GMC_CHECK(!finding, finding->expected, finding->got);
    });
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(executor.statistics().operations));
}

// The same once more with a clock at every change of part, which itself takes time: shares, not seconds.
void parts(benchmark::State& state) {
  const auto backend = open_mmap();
  Generator generator(backend->profile(), GeneratorSettings{});
  Executor executor(*backend);
  PartClock clock;
  executor.set_clock(&clock);
  std::uint64_t batch = 0;
  for (auto _ : state) {
    for_each_program(generator, batch++ % kBatches, [&](const Program& program, Compare compare) {
      benchmark::DoNotOptimize(executor.run(program, compare).has_value());
    });
  }
  double total = 0;
  for (const std::uint64_t ticks : clock.spent()) total += static_cast<double>(ticks);
  for (std::size_t i = 0; i < kRunPartCount; ++i) {
    state.counters[std::string("percent_") + kRunPartNames[i]] = 100 * static_cast<double>(clock.spent()[i]) / total;
  }
}

void generate(benchmark::State& state) {
  const auto backend = open_mmap();
  Generator generator(backend->profile(), GeneratorSettings{});
  std::uint64_t batch = 0;
  std::uint64_t operations = 0;
  for (auto _ : state) {
    for_each_program(generator, batch++ % kBatches, [&](const Program& program, Compare) { operations += program.ops.size(); });
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(operations));
}

WorkerOptions worker_options() {
  WorkerOptions options;
  options.worker_path = GMC_WORKER_PATH;
  options.backend = BackendSpec{.name = "mmap", .config = {}};
  return options;
}

Json wait_for(WatchedWorker& worker, std::string_view kind) {
  while (true) {
    const auto event = worker.poll();
    if (!event) {
      wait_for_any({&worker}, WatchedWorker::kTickMs);
      continue;
    }
    GMC_CHECK(std::holds_alternative<Json>(*event), "the worker died");
    const Json& message = std::get<Json>(*event);
    if (kind_of(message) == kind) return what_of(message);
    GMC_CHECK(kind_of(message) != "found", "mmap has a finding");
  }
}

void order(benchmark::State& state) {
  auto worker = WatchedWorker::start(worker_options());
  GMC_CHECK(worker.has_value(), worker.error().text());
  wait_for(**worker, "opened");
  std::uint64_t operations = 0;
  for (auto _ : state) {
    (*worker)->send(GenerateOrder{.seed = kSeed, .batch_count = kBatches, .known = {}});
    const auto done = decode_done(wait_for(**worker, "done"));
    GMC_CHECK(done.has_value());
    operations += done->statistics.operations;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(operations));
}

void campaign(benchmark::State& state) {
  SupervisorOptions options;
  options.worker = worker_options();
  options.workers = 1;
  auto supervisor = Supervisor::start(options);
  GMC_CHECK(supervisor.has_value(), supervisor.error().error.text());
  std::uint64_t operations = 0;
  for (auto _ : state) {
    CampaignOrder order;
    order.seed = kSeed;
    order.batch_count = static_cast<std::uint64_t>(state.range(0)) * kBatches;
    const CampaignResult result = (*supervisor)->run(order);
    GMC_CHECK(result.findings.empty(), result.findings.size());
    operations += result.statistics.operations;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(operations));
}

// One iteration of in_process is one batch, so that 157 of them are the worker's order.
BENCHMARK(in_process)->Name("Lockstep/in_process")->Iterations(kBatches)->Repetitions(5)->ReportAggregatesOnly()->UseRealTime();
BENCHMARK(order)->Name("Lockstep/order")->Iterations(1)->Repetitions(5)->ReportAggregatesOnly()->UseRealTime();
// A campaign's orders grow from one batch on, so that first findings are known to all soon: ten times as many programs show what a worker
// costs behind that.
BENCHMARK(campaign)->Name("Lockstep/campaign")->Arg(1)->Arg(10)->Iterations(1)->Repetitions(5)->ReportAggregatesOnly()->UseRealTime();
BENCHMARK(generate)->Name("Lockstep/generate")->Iterations(kBatches)->Repetitions(5)->ReportAggregatesOnly();
BENCHMARK(parts)->Name("Lockstep/parts")->Iterations(kBatches);

}  // namespace
}  // namespace gmc

BENCHMARK_MAIN();
