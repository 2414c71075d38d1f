// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fuzz/guidance.h"

#include <array>

namespace {

// libFuzzer clears the section before each execution and looks at it behind: at most 8 KiB, or that costs more than what it looks at.
#if defined(__linux__)
__attribute__((section("__libfuzzer_extra_counters")))
#endif
std::array<std::uint8_t, 8192>
    counters{};

}  // namespace

// AFL++'s runtime, where it is linked: a guard is a place of its map. Weak, as libFuzzer's has the first and nobody else either.
extern "C" __attribute__((weak)) void __sanitizer_cov_trace_pc_guard(std::uint32_t* guard);
extern "C" __attribute__((weak)) void __sanitizer_cov_trace_pc_guard_init(std::uint32_t* start, std::uint32_t* stop);
extern "C" __attribute__((weak)) std::uint8_t* __afl_area_ptr;

namespace gmc {

namespace {

std::array<std::uint32_t, kAxisPairs> guards{};

// True where AFL++ is the engine.
bool has_map() { return &__afl_area_ptr != nullptr && __sanitizer_cov_trace_pc_guard_init != nullptr; }

// Before any constructor: AFL++ counts the guards in one of its own, and refuses those that come later.
void number_guards() {
  if (has_map()) __sanitizer_cov_trace_pc_guard_init(guards.data(), guards.data() + guards.size());
}
__attribute__((section(".preinit_array"), used)) void (*const number_guards_first)() = number_guards;

}  // namespace

void Guidance::on_run(const Program&, const Reference& reference) { reference_ = &reference; }
void Guidance::on_skipped(std::uint32_t) {}

void Guidance::on_operation(std::uint32_t, const Expectation& expectation, const Answer& answer, const Judgement& judgement) {
  if (judgement.violation) return;  // no cell of the contract's
  const CoverageCell cell = coverage_cell_of(*reference_, expectation, answer.outcome);
  const std::uint32_t number = number_of(cell);
  std::uint32_t& recent = recent_[number % recent_.size()];
  if (recent != number) {
    recent = number;
    cells_.insert(number);
  }
  if (!is_on_) return;
  if (has_map()) {
    for_each_pair(cell, [](std::uint32_t pair) { __sanitizer_cov_trace_pc_guard(&guards[pair]); });
  } else {
    for_each_pair(cell, [](std::uint32_t pair) { ++counters[pair]; });
  }
}

}  // namespace gmc
