// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where the time of a run goes, part by part. For benchmarks: reading the clock costs some 10 ns at every change of part.
#ifndef GMCHECK_HARNESS_RUNNER_PART_CLOCK_H
#define GMCHECK_HARNESS_RUNNER_PART_CLOCK_H

#include <array>
#include <chrono>
#include <cstdint>

namespace gmc {

enum class RunPart : std::uint8_t { kOther, kReset, kPredict, kBuffers, kBackend, kJudge, kCommit, kCompare };
inline constexpr std::size_t kRunPartCount = 8;
inline constexpr std::array<const char*, kRunPartCount> kRunPartNames = {"other",   "reset", "predict", "buffers",
                                                                         "backend", "judge", "commit",  "compare"};

class PartClock {
 public:
  // From now on time belongs to `part`.
  void enter(RunPart part) {
    const std::uint64_t now = ticks();
    spent_[static_cast<std::size_t>(part_)] += now - since_;
    part_ = part;
    since_ = now;
  }
  // In ticks of the clock; only their shares mean something.
  [[nodiscard]] const std::array<std::uint64_t, kRunPartCount>& spent() const { return spent_; }

 private:
  static std::uint64_t ticks() {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
  }

  std::array<std::uint64_t, kRunPartCount> spent_{};
  RunPart part_ = RunPart::kOther;
  std::uint64_t since_ = ticks();
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_RUNNER_PART_CLOCK_H
