// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a fuzzed program costs: the loop of fuzz_lockstep on mmap with the whole oracle, 30 operations a program, beside a bare target that
// decodes the same bytes and makes the same accesses on a plain array too; part by part; and both under the engine.
//
//   fuzzing_bench [SECONDS]
//
// Every figure is taken for so long (2), in time on a core, so that other work on the machine matters little. `drawn`: programs come in
// batches of 64 with one layout, so that one memory serves them through reset; `shuffled`: each has another layout than the one before, as
// an engine with a young corpus draws them.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "bench/bare_target.h"
#include "fuzz/guidance.h"
#include "harness/backends/mmap/mmap.h"
#include "harness/base/random.h"
#include "harness/generate/generator.h"
#include "harness/program/byte_form.h"
#include "harness/report/folder.h"
#include "harness/runner/executor.h"
#include "harness/runner/part_clock.h"

namespace gmc {
namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t kInputs = 4096;
constexpr std::uint32_t kBatch = 64;  // programs of one layout; of as many one compares everything, as in fuzz_lockstep
constexpr std::uint32_t kOps = 30;
constexpr std::size_t kEngineInputs = 256;  // that the engine is given as files
constexpr unsigned kEngineRounds = 40;      // of each

// Seconds of this process on a core: other work on the machine is not counted.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::vector<Input> draw_inputs(const Profile& profile) {
  GeneratorSettings settings;
  settings.ops_per_program = kOps;
  settings.huge_regions = false;
  Generator generator(profile, settings);
  std::vector<Input> inputs(kInputs);
  Program program;
  for (std::size_t i = 0; i < kInputs; ++i) {
    if (i % kBatch == 0) generator.begin(mix(i));
    generator.next(program);
    encode_bytes(program, inputs[i]);
  }
  return inputs;
}

std::vector<Input> shuffled(std::vector<Input> inputs) {
  Random random(1);
  for (std::size_t i = inputs.size(); i > 1; --i) std::swap(inputs[i - 1], inputs[random.below(static_cast<std::uint32_t>(i))]);
  return inputs;
}

struct Rate {
  double programs_a_second = 0;
  double operations = 0;  // of a program, as issued
};

template <typename Run>
Rate measure(const std::vector<Input>& inputs, double seconds, Run run) {
  for (const Input& input : inputs) run(input);  // so that storage has grown and pages are there
  std::uint64_t programs = 0;
  const double begin = cpu_seconds();
  while (cpu_seconds() - begin < seconds) {
    for (std::size_t i = 0; i < 512; ++i) run(inputs[programs++ % inputs.size()]);
  }
  return {.programs_a_second = static_cast<double>(programs) / (cpu_seconds() - begin)};
}

// As LockstepTarget does it, with the parts that it hands out to nobody.
class Lockstep {
 public:
  explicit Lockstep(const Backend& backend) : executor_(backend) { executor_.set_observer(&guidance_); }

  void run(const Input& input) {
    decode_bytes(input, program_);
    const auto finding = executor_.run(program_, ++runs_ % kBatch == 0 ? Compare::kEverything : Compare::kTouched);
    GMC_CHECK(!finding || finding->verdict == Verdict::kSkipped, finding->expected, finding->got);
  }
  [[nodiscard]] Executor& executor() { return executor_; }

 private:
  Executor executor_;
  Guidance guidance_{true};
  Program program_;
  std::uint64_t runs_ = 0;
};

Rate lockstep(const Backend& backend, const std::vector<Input>& inputs, double seconds) {
  Lockstep target(backend);
  Rate rate = measure(inputs, seconds, [&](const Input& input) { target.run(input); });
  const RunStatistics& s = target.executor().statistics();
  rate.operations = static_cast<double>(s.operations) / static_cast<double>(s.programs);
  return rate;
}

Rate bare(const std::vector<Input>& inputs, double seconds) {
  BareTarget target;
  Rate rate = measure(inputs, seconds, [&](const Input& input) { target.run(input); });
  rate.operations = kOps * static_cast<double>(target.accesses()) / static_cast<double>(target.operations());
  return rate;
}

void print(const char* what, const Rate& rate) {
  fmt::print("  {:<34} {:>9.0f} programs a second, {:>5.1f} us each\n", what, rate.programs_a_second, 1e6 / rate.programs_a_second);
}

// The clock costs what it measures at each change, so the shares are its own and the time is that of a run without it.
void print_parts(const Backend& backend, const std::vector<Input>& inputs, const Rate& rate, double seconds) {
  Program program;
  const Rate decoding = measure(inputs, seconds, [&](const Input& input) { decode_bytes(input, program); });
  Lockstep target(backend);
  PartClock clock;
  target.executor().set_clock(&clock);
  measure(inputs, seconds, [&](const Input& input) { target.run(input); });
  double total = 0;
  for (const std::uint64_t ticks : clock.spent()) total += static_cast<double>(ticks);
  const double program_ns = 1e9 / rate.programs_a_second;
  const double decode_ns = 1e9 / decoding.programs_a_second;
  // What is decoded between two runs counts as the clock's first part, with guidance and all the rest.
  const auto ns = [&](std::initializer_list<RunPart> of) {
    double spent = 0;
    for (const RunPart part : of) spent += static_cast<double>(clock.spent()[static_cast<std::size_t>(part)]);
    return program_ns * spent / total;
  };
  const double reference = ns({RunPart::kPredict, RunPart::kJudge, RunPart::kCommit});
  const double compare = ns({RunPart::kCompare});
  const auto row = [&](const char* what, double part) {
    fmt::print("  {:<34} {:>9.0f} ns a program, {:>5.0f} ns an operation, {:>4.1f} %\n", what, part, part / rate.operations,
               100 * part / program_ns);
  };
  row("decode", decode_ns);
  row("reference (predict, judge, commit)", reference);
  row("backend's calls", ns({RunPart::kBackend}));
  row("buffers and descriptors", ns({RunPart::kBuffers}));
  row("compare", compare);
  row("reset, or a new memory", ns({RunPart::kReset}));
  row("guidance and the rest", std::max(0.0, ns({RunPart::kOther}) - decode_ns));
  fmt::print("  oracle: reference and comparison {:.0f} ns an operation; the goal is 200\n", (reference + compare) / rate.operations);
}

// Seconds that the command spent on a core; below 0 where it failed.
double timed(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) std::_Exit(126);
    execv(arguments[0], arguments.data());
    std::_Exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return -1;
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Twice with different numbers of runs: what a process needs to begin is not counted.
void print_engine(const char* what, const std::string& binary, const std::vector<std::string>& arguments, unsigned runs,
                  std::size_t inputs) {
  const auto command = [&](unsigned count) {
    std::vector<std::string> words = {binary, fmt::format("-runs={}", count), "-seed=1"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
  };
  const double few = timed(command(runs / 10));
  const double many = timed(command(runs));
  if (few < 0 || many < 0) {
    fmt::print("  {:<34} not measured: {} failed\n", what, binary);
    return;
  }
  print(what, {.programs_a_second = static_cast<double>(runs - runs / 10) * static_cast<double>(inputs) / std::max(many - few, 1e-9)});
}

int bench(double seconds) {
  auto backend = Backend::open(BackendSpec{.name = "mmap", .config = {}}, gmc_mmap_plugin());
  GMC_CHECK(backend.has_value(), backend.error().text());
  const std::vector<Input> drawn = draw_inputs((*backend)->profile());
  const std::vector<Input> mixed = shuffled(drawn);
  fmt::print("mmap, {} programs of {} operations, one core\n", kInputs, kOps);
  const Rate with_reset = lockstep(**backend, drawn, seconds);
  print("lockstep, drawn", with_reset);
  const Rate bare_drawn = bare(drawn, seconds);
  print("bare, drawn", bare_drawn);
  const Rate without = lockstep(**backend, mixed, seconds);
  print("lockstep, shuffled", without);
  const Rate bare_mixed = bare(mixed, seconds);
  print("bare, shuffled", bare_mixed);
  fmt::print(
      "  the bare target is {:.1f} times as fast, shuffled {:.1f} times; it makes {:.1f} of {} accesses, lockstep runs {:.1f} operations\n",
      bare_drawn.programs_a_second / with_reset.programs_a_second, bare_mixed.programs_a_second / without.programs_a_second,
      bare_drawn.operations, kOps, with_reset.operations);
  fmt::print("parts, drawn\n");
  print_parts(**backend, drawn, with_reset, seconds);
  fmt::print("parts, shuffled\n");
  print_parts(**backend, mixed, without, seconds);

  namespace files = std::filesystem;
  const files::path lockstep_binary = GMC_FUZZ_LOCKSTEP;
  if (!files::exists(lockstep_binary)) {
    fmt::print("under libFuzzer: not measured, this build has no engine\n");
    return 0;
  }
  const files::path folder = files::temp_directory_path() / fmt::format("gmc_fuzzing_bench.{}", getpid());
  files::create_directories(folder);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kEngineInputs; ++i) {
    const Input& input = drawn[i * (kInputs / kEngineInputs)];
    names.push_back((folder / fmt::format("{}", i)).string());
    GMC_CHECK(write_file(names.back(), {reinterpret_cast<const char*>(input.data()), input.size()}).has_value(), names.back());
  }
  fmt::print("under libFuzzer\n");
  print_engine("lockstep, inputs as they are", lockstep_binary, names, kEngineRounds, kEngineInputs);
  print_engine("bare, inputs as they are", GMC_FUZZ_BARE, names, kEngineRounds, kEngineInputs);
  print_engine("lockstep, mutating", lockstep_binary, {"-max_len=4096", folder.string()}, 100000, 1);
  files::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace gmc

int main(int argc, char** argv) { return gmc::bench(argc > 1 ? std::max(std::atof(argv[1]), 0.1) : 2); }
