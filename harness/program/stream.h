// SPDX-License-Identifier: Apache-2.0 OR MIT
// The other end of a transfer: what kind of descriptor it is, how many bytes it has or takes, and what its system calls do.
#ifndef GMCHECK_HARNESS_PROGRAM_STREAM_H
#define GMCHECK_HARNESS_PROGRAM_STREAM_H

#include <algorithm>
#include <cstdint>

namespace gmc {

// A directory stands for every descriptor that can be neither read nor written.
enum class StreamKind : std::uint8_t { kFile, kPipe, kSocket, kDirectory };

enum class StreamEnd : std::uint8_t {
  kNone,   // it has, or takes, more than it is asked for
  kEnds,   // behind `limit` bytes a system call moves nothing and says so: the end of a file
  kFails,  // behind `limit` bytes a system call fails
};

struct Stream {
  StreamKind kind = StreamKind::kFile;
  StreamEnd end = StreamEnd::kNone;
  std::uint8_t interrupted = 0;  // which of its system calls a signal interrupts, counted from 1; 0: none
  std::uint32_t limit = 0;       // bytes; 0 with kNone
  std::uint32_t at_most = 0;     // bytes of one system call; 0: as many as it asks for

  [[nodiscard]] constexpr bool cannot_move() const { return kind == StreamKind::kDirectory; }
  // What it moves of `wanted` bytes before it ends or fails.
  [[nodiscard]] constexpr std::uint64_t room(std::uint64_t wanted) const {
    if (cannot_move()) return 0;
    return end == StreamEnd::kNone ? wanted : std::min<std::uint64_t>(wanted, limit);
  }
  // Whether a system call fails once the room is used up.
  [[nodiscard]] constexpr bool fails() const { return cannot_move() || end == StreamEnd::kFails; }

  bool operator==(const Stream&) const = default;
};

inline constexpr std::uint32_t kStreamMax = 1u << 15;  // bytes; of one transfer, and before an end: so much fits in every pipe and socket
inline constexpr std::uint32_t kStreamBeyond = 16;     // bytes that a source has beyond what it is asked for, so that one too many is seen

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_STREAM_H
