// SPDX-License-Identifier: Apache-2.0 OR MIT
// The handler runs in a process that is broken, on a stack of its own. It allocates nothing and waits for nothing: what it needs of the
// loader (dladdr takes a lock that a crashed thread may hold) is cut short by an alarm, and a second signal while it is at work ends the
// process at once. In each case the process dies of the signal that it got first, as if there were no handler.
#include "harness/campaign/crash_handler.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "harness/base/sanitizer.h"

namespace gmc {

namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
constexpr suseconds_t kMicroseconds = 200000;   // for all of it
constexpr std::size_t kStackSize = 128u << 10;  // bytes; the unwinder takes some ten thousand
constexpr int kAddressesMax = 64;               // with those of the handler itself

FlightRecord* the_record = nullptr;
pid_t the_process = 0;
std::atomic<int> first_signal = 0;
alignas(16) std::array<std::byte, kStackSize> signal_stack;

void take(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(signal, &action, nullptr);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
}

void end_by(int signal) {
  take(signal, SIG_DFL);
  raise(signal);
}

void on_alarm(int) { end_by(first_signal.load(std::memory_order_relaxed)); }

void limit_time() {
  take(SIGALRM, on_alarm);
  // A system call and no more; below the time after which a worker counts as hung.
  const itimerval once{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = kMicroseconds}};
  setitimer(ITIMER_REAL, &once, nullptr);
}

std::uintptr_t failing_instruction(void* context) {
  const auto* const at = static_cast<const ucontext_t*>(context);
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(at->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(at->uc_mcontext.pc);
#else
  static_cast<void>(at);
  return 0;
#endif
}

// Without the library's functions, of which few may be called here.
template <std::size_t size>
void copy(const char* text, std::array<char, size>& into) {
  std::size_t i = 0;
  for (; text != nullptr && i + 1 < size && text[i] != '\0'; ++i) into[i] = text[i];
  into[i] = '\0';
}

const char* base_name(const char* path) {
  const char* name = path;
  for (const char* at = path; at != nullptr && *at != '\0'; ++at) {
    if (*at == '/') name = at + 1;
  }
  return name;
}

// `is_return`: the address is the one behind a call, which may be the last instruction of its function.
void note(std::uintptr_t address, bool is_return) {
  const std::uint32_t count = the_record->frame_count.load(std::memory_order_relaxed);
  if (count >= FlightRecord::kFramesMax) return;
  FlightRecord::Frame& frame = the_record->frames[count];
  frame.offset = address;
  frame.symbol_offset = 0;
  copy(nullptr, frame.module);
  copy(nullptr, frame.symbol);
  // The address alone is kept should the rest never come back.
  the_record->frame_count.store(count + 1, std::memory_order_release);
  Dl_info found{};
  const std::uintptr_t asked = is_return && address > 0 ? address - 1 : address;
  if (dladdr(reinterpret_cast<void*>(asked), &found) == 0) return;  // NOLINT: an address of code
  copy(base_name(found.dli_fname), frame.module);
  frame.offset = address - reinterpret_cast<std::uintptr_t>(found.dli_fbase);
  if (found.dli_sname == nullptr) return;
  copy(found.dli_sname, frame.symbol);
  frame.symbol_offset = address - reinterpret_cast<std::uintptr_t>(found.dli_saddr);
}

void leave_back_trace(std::uintptr_t at) {
  note(at, false);
  std::array<void*, kAddressesMax> addresses;
  const int count = std::max(0, backtrace(addresses.data(), kAddressesMax));
  // What is above the failing instruction is this handler. Where it is not among them, as after a jump to nowhere, those above are two.
  int next = 0;
  while (next < count && reinterpret_cast<std::uintptr_t>(addresses[static_cast<std::size_t>(next)]) != at) ++next;
  for (next = next < count ? next + 1 : 2; next < count; ++next) {
    note(reinterpret_cast<std::uintptr_t>(addresses[static_cast<std::size_t>(next)]), true);
  }
}

void on_crash(int signal, siginfo_t*, void* context) {
  // A child of a plugin's is not the worker, though it inherits this.
  if (getpid() != the_process) return end_by(signal);
  int none = 0;
  if (!first_signal.compare_exchange_strong(none, signal)) return end_by(none);
  limit_time();
  leave_back_trace(failing_instruction(context));
  end_by(signal);
}

}  // namespace

void record_crashes(FlightRecord& record) {
  if (is_sanitized()) return;
  the_record = &record;
  the_process = getpid();
  // The first call loads the unwinder, which nobody may do in a handler.
  void* loaded = nullptr;
  static_cast<void>(backtrace(&loaded, 1));
  const stack_t stack{.ss_sp = signal_stack.data(), .ss_flags = 0, .ss_size = signal_stack.size()};
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  // Not blocked while it is handled, so that a crash in the handler is seen by it.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  for (const int signal : kSignals) sigaction(signal, &action, nullptr);
}

}  // namespace gmc
