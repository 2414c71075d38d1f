// SPDX-License-Identifier: Apache-2.0 OR MIT
// fuzz_lockstep: any backend, held against the reference by any engine that knows LLVMFuzzerTestOneInput.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "fuzz/lockstep_target.h"
#include "fuzz/settings.h"

// libFuzzer's and nobody else's: other engines mutate bytes in their own way.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

// Opened once, in the process that runs, and never closed: an engine ends without leaving main().
gmc::LockstepTarget& target() {
  static gmc::LockstepTarget* const opened_target = [] {
    auto opened = gmc::LockstepTarget::open(gmc::settings_from_environment());
    if (opened) {
      std::atexit([] { target().write_status(); });
      return opened->release();
    }
    std::fputs(fmt::format("gmcheck: {}\n", opened.error().text()).c_str(), stderr);
    std::exit(3);
  }();
  return *opened_target;
}

// Whoever started this to watch it is to be outlived by nothing.
void die_with_parent() {
  const char* const parent = std::getenv("GMC_FUZZ_PARENT");
  if (parent == nullptr) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != static_cast<pid_t>(std::strtol(parent, nullptr, 10))) std::_Exit(3);
}

}  // namespace

// Here and not at the first input, so that a plugin's own counters are there when libFuzzer counts them.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  die_with_parent();
  static_cast<void>(target());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target().run({data, size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (const auto changed = target().mutate({data, max_size}, size, seed)) return *changed;
  return LLVMFuzzerMutate != nullptr ? LLVMFuzzerMutate(data, size, max_size) : size;
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data1, std::size_t size1, const std::uint8_t* data2, std::size_t size2,
                                                 std::uint8_t* out, std::size_t max_out_size, unsigned seed) {
  return target().cross({data1, size1}, {data2, size2}, {out, max_out_size}, seed);
}
