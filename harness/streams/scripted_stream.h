// SPDX-License-Identifier: Apache-2.0 OR MIT
// The descriptor that a transfer is handed, made as the program says: a file in memory, a pipe, one end of a pair of sockets, or a
// directory.
#ifndef GMCHECK_HARNESS_STREAMS_SCRIPTED_STREAM_H
#define GMCHECK_HARNESS_STREAMS_SCRIPTED_STREAM_H

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/op.h"
#include "harness/streams/scripted_calls.h"

namespace gmc {

// What a source of a transfer of `size` bytes holds.
[[nodiscard]] std::uint64_t held_by(const Stream& stream, std::uint64_t size);

// The stream as whoever makes its system calls past the C library sees it: with its end where bytes run out, and without the rest.
[[nodiscard]] Stream without_script(const Stream& stream, bool is_source);

// For one transfer after the other. Not thread-safe; one at a time in a process.
//
// What a transfer has left as it was made serves the next one of its kind: half of a transfer's time went into making descriptors. A pipe
// or a socket that has to end is made anew, as its other end is closed for that.
class ScriptedStream {
 public:
  struct Seen {
    std::uint64_t moved = 0;   // bytes that left the source, or arrived in the sink; UINT64_MAX where the descriptor is gone
    bool is_scripted = false;  // the script saw all that moved
    CallScript script{};       // and what it saw
  };

  ScriptedStream() = default;
  ~ScriptedStream();
  ScriptedStream(const ScriptedStream&) = delete;
  ScriptedStream& operator=(const ScriptedStream&) = delete;

  // Makes the descriptor and arms its script. `content`: what a source holds. Fails where the system has no descriptor, or no room.
  [[nodiscard]] Result<void> open(const Stream& stream, bool is_source, std::span<const std::uint8_t> content);
  [[nodiscard]] int descriptor() const { return ends_.end; }
  // Disarms it, and looks what has become of the stream. The descriptor is not the backend's any more.
  [[nodiscard]] Seen finish();
  // What arrived in a sink, after finish().
  [[nodiscard]] std::span<const std::uint8_t> arrived() const { return arrived_; }

 private:
  struct Ends {
    int end = -1;      // the backend's
    int other = -1;    // of a pipe or a socket: ours; closed where a source is to end
    dev_t device = 0;  // of the backend's end
    ino_t file = 0;
    std::uint64_t size = 0;  // bytes of a file
  };
  static constexpr std::size_t kKinds = 4;

  [[nodiscard]] static Result<Ends> make(StreamKind kind, bool is_source);
  [[nodiscard]] Result<void> fill(std::span<const std::uint8_t> content, bool ends);
  [[nodiscard]] bool look_at_file(std::uint64_t size);
  [[nodiscard]] bool look_at_source();
  [[nodiscard]] bool look_at_sink();
  static void close(Ends& ends);

  StreamKind kind_ = StreamKind::kFile;
  std::uint64_t held_ = 0;
  Ends ends_;                                        // of the transfer that runs
  std::array<std::array<Ends, kKinds>, 2> spare_{};  // [source or not][kind]: as they were made
  std::uint64_t moved_ = 0;
  CallScript script_;
  std::vector<std::uint8_t> arrived_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_STREAMS_SCRIPTED_STREAM_H
