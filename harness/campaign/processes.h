// SPDX-License-Identifier: Apache-2.0 OR MIT
// Other processes: starting one, looking at it, and leaving nothing of it behind.
#ifndef GMCHECK_HARNESS_CAMPAIGN_PROCESSES_H
#define GMCHECK_HARNESS_CAMPAIGN_PROCESSES_H

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/error.h"

namespace gmc {

// An open descriptor, closed at the end.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  int release();
  void reset();

 private:
  int number_ = -1;
};

// From /proc/PID/stat and statm.
struct ProcessState {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t session = 0;
  char state = '?';          // of the main thread: R, S, D, Z, ...
  std::uint64_t cpu_ms = 0;  // of all threads
};

[[nodiscard]] std::optional<ProcessState> process_state(pid_t pid);
[[nodiscard]] std::uint64_t resident_bytes(pid_t pid);  // 0 where it is gone
[[nodiscard]] std::vector<ProcessState> all_processes();

// What a process is started with. Everything else that this process has open is closed in it.
struct Launch {
  std::string path;
  std::vector<std::string> arguments;  // without the path
  std::string marker;                  // put into its environment as GMCHECK_WORKER, so that its descendants are known
  int output = -1;                     // becomes its standard output and error
  int channel = -1;                    // becomes descriptor kChannelDescriptor
  int recorder = -1;                   // becomes descriptor kRecorderDescriptor
};
inline constexpr int kChannelDescriptor = 3;
inline constexpr int kRecorderDescriptor = 4;

// Starts it in a session of its own, with an empty standard input and no signal blocked or ignored. It is spawned and not forked: whoever
// calls this may have threads.
[[nodiscard]] Result<pid_t> launch(const Launch& launch);

// From now on, orphans among this process's descendants become its children. For the whole process, and for good.
void adopt_orphans();

// Kills what is left of the descendants of `leader`: its session, and children of this process that carry `marker`. Answers how many were
// alive. `leader` itself is not touched.
std::uint64_t kill_descendants(pid_t leader, const std::string& marker);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_PROCESSES_H
