// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/leaks.h"

#include <fmt/format.h>

#include <algorithm>

namespace gmc {

namespace {

constexpr std::uint32_t kWarmUpCycles = 2;

bool is_of_the_kernel(Resource resource) { return resource == Resource::kMappings || resource == Resource::kDescriptors; }

Finding leaked(Resource resource, std::string got) {
  Finding finding{.verdict = Verdict::kLeaked};
  finding.clause = is_of_the_kernel(resource) ? Clause::kREG10 : Clause::kINV1;
  finding.divergence = {.part = Part::kProcess, .got_status = static_cast<std::uint16_t>(resource)};
  finding.op = OpKind::kCreate;
  finding.expected = fmt::format("no {} left behind", name(resource));
  finding.got = std::move(got);
  return finding;
}

void run_cycle(Executor& executor, const Program& program) {
  for (int time = 0; time < 2; ++time) static_cast<void>(executor.run(program, Compare::kTouched));
  static_cast<void>(executor.finish());
}

}  // namespace

bool LeakWatch::has_grown(std::uint32_t known) {
  latest_ = Resources::now();
  if (!has_looked_) {
    highest_ = latest_;
    for (const Resource resource : {Resource::kThreads, Resource::kChildren}) {
      highest_.counts[static_cast<std::size_t>(resource)] = baseline_.of(resource);
    }
  }
  has_looked_ = true;
  for (std::size_t i = 0; i < kResourceCount; ++i) {
    if ((known >> i & 1) == 0 && latest_.counts[i] > highest_.counts[i] + tolerance_[i]) return true;
  }
  return false;
}

std::uint64_t LeakWatch::living() const {
  std::uint64_t living = 0;
  for (const Resource resource : {Resource::kThreads, Resource::kChildren}) {
    living += latest_.of(resource) - std::min(latest_.of(resource), baseline_.of(resource));
  }
  return living;
}

void LeakWatch::dismiss() {
  latest_ = Resources::now();
  for (std::size_t i = 0; i < kResourceCount; ++i) {
    if (latest_.counts[i] <= highest_.counts[i] + tolerance_[i]) continue;
    highest_.counts[i] = latest_.counts[i];
    tolerance_[i] = tolerance_[i] * 2 + 1;
  }
}

std::uint32_t leaked_resource(const Finding& finding) {
  return finding.verdict == Verdict::kLeaked && finding.divergence.got_status < kResourceCount ? 1u << finding.divergence.got_status : 0;
}

// What `cycles` more of them leave.
static std::optional<Finding> leak_of(Executor& executor, const Program& program, std::uint32_t cycles) {
  const Resources before = Resources::now();
  Resources middle = before;
  for (std::uint32_t i = 0; i < cycles; ++i) {
    if (i == cycles / 2) middle = Resources::now();
    run_cycle(executor, program);
    // Enough is known, and each further process would cost milliseconds.
    if (has_children() && Resources::now().of(Resource::kChildren) >= before.of(Resource::kChildren) + cycles) break;
  }
  const Resources after = Resources::settled(before);
  // The gravest first: a child holds mappings and descriptors of its own, but not of this process.
  for (const Resource resource : {Resource::kChildren, Resource::kThreads, Resource::kDescriptors, Resource::kMappings}) {
    const std::uint64_t growth = after.of(resource) - std::min(after.of(resource), before.of(resource));
    if (growth * 2 < cycles || growth == 0) continue;
    // An allocator's growth dies down; a leak's does not. Nobody keeps a pool of processes.
    const std::uint64_t lately = after.of(resource) - std::min(after.of(resource), middle.of(resource));
    if (resource != Resource::kChildren && lately * 4 < cycles) continue;
    return leaked(resource,
                  fmt::format("{} more {} after {} cycles of create, run, reset, run and destroy", growth, name(resource), cycles));
  }
  return std::nullopt;
}

std::optional<Finding> find_leak(Executor& executor, const Program& program, std::uint32_t cycles) {
  static_cast<void>(executor.finish());
  for (std::uint32_t i = 0; i < kWarmUpCycles; ++i) run_cycle(executor, program);
  const auto first = leak_of(executor, program, cycles);
  // Mappings come and go with what a sanitizer's runtime or an allocator does at its own time: of a leak there is as much again.
  if (!first || leaked_resource(*first) != 1u << static_cast<unsigned>(Resource::kMappings)) return first;
  const auto again = leak_of(executor, program, cycles);
  return again && leaked_resource(*again) == leaked_resource(*first) ? first : std::nullopt;
}

std::optional<Finding> find_survivors(const Resources& before, const Resources& after) {
  for (const Resource resource : {Resource::kChildren, Resource::kThreads}) {
    if (after.of(resource) <= before.of(resource)) continue;
    return leaked(resource,
                  fmt::format("{} more {} after close than before open", after.of(resource) - before.of(resource), name(resource)));
  }
  return std::nullopt;
}

}  // namespace gmc
