// SPDX-License-Identifier: Apache-2.0 OR MIT
// What system calls on one descriptor do, whoever in this process makes them.
//
// The functions of the C library that read and write descriptors are defined here once more (scripted_calls.cc). The dynamic linker takes
// those of the executable first, so that plugins, too, come here, as long as they call the library and not the kernel. While no script is
// armed, and for every other descriptor, they make the system call and nothing else.
#ifndef GMCHECK_HARNESS_STREAMS_SCRIPTED_CALLS_H
#define GMCHECK_HARNESS_STREAMS_SCRIPTED_CALLS_H

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace gmc {

struct CallScript {
  int descriptor = -1;
  dev_t device = 0;  // of its file: a duplicate of the descriptor is recognised by it
  ino_t file = 0;
  bool is_source = false;  // it is read and not written
  // Of a sink that is a pipe or a socket: its other end, which is emptied into `arrived` after every call, so that it is never full.
  int drain = -1;
  std::vector<std::uint8_t>* arrived = nullptr;

  std::uint64_t limit = UINT64_MAX;  // bytes; behind them a call answers 0, or fails with `error`
  int error = 0;                     // 0: it does not fail
  std::uint64_t at_most = 0;         // bytes of one call; 0: any
  std::uint64_t interrupted = 0;     // the number of the call that fails with EINTR; 0: none

  // What was seen.
  std::uint64_t calls = 0;
  std::uint64_t moved = 0;  // bytes
  std::uint64_t moved_before_going_on = 0;
  bool was_short = false;  // a call moved less than it asked for, and something
  bool went_on = false;    // another one came after that
  bool was_interrupted = false;
};

// From now on `script` holds; null: none does. One at a time; it stays where it is until then.
void arm(CallScript* script);

// Takes all that can be had of a non-blocking descriptor, by system calls that no script sees. True where more may come: nobody has shut
// the other end.
bool drain(int descriptor, std::vector<std::uint8_t>& bytes);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_STREAMS_SCRIPTED_CALLS_H
