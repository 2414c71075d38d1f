// SPDX-License-Identifier: Apache-2.0 OR MIT
// The descriptor that a transfer is handed, made as the program says: a file in memory, a pipe, one end of a pair of sockets, or a
// directory.
#ifndef GMCHECK_HARNESS_STREAMS_SCRIPTED_STREAM_H
#define GMCHECK_HARNESS_STREAMS_SCRIPTED_STREAM_H

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
class ScriptedStream {
 public:
  struct Seen {
    std::uint64_t moved = 0;   // bytes that left the source, or arrived in the sink; UINT64_MAX where the descriptor is gone
    bool is_scripted = false;  // the script saw all that moved
    CallScript script{};       // and what it saw
  };

  ScriptedStream() = default;
  ~ScriptedStream() { close_all(); }
  ScriptedStream(const ScriptedStream&) = delete;
  ScriptedStream& operator=(const ScriptedStream&) = delete;

  // Makes the descriptor and arms its script. `content`: what a source holds. Fails where the system has no descriptor, or no room.
  [[nodiscard]] Result<void> open(const Stream& stream, bool is_source, std::span<const std::uint8_t> content);
  [[nodiscard]] int descriptor() const { return end_; }
  // Disarms it, looks what has become of the stream, and closes it.
  [[nodiscard]] Seen finish();
  // What arrived in a sink, after finish().
  [[nodiscard]] std::span<const std::uint8_t> arrived() const { return arrived_; }

 private:
  [[nodiscard]] Result<void> make_pipe(bool is_source, std::span<const std::uint8_t> content);
  [[nodiscard]] Result<void> make_socket(bool is_source, std::span<const std::uint8_t> content);
  [[nodiscard]] Result<void> make_file(std::span<const std::uint8_t> content);
  [[nodiscard]] Result<void> pour(int into, std::span<const std::uint8_t> content);
  [[nodiscard]] std::uint64_t count_taken() const;
  [[nodiscard]] std::uint64_t count_arrived();
  void close_all();

  StreamKind kind_ = StreamKind::kFile;
  std::uint64_t held_ = 0;
  int end_ = -1;    // the backend's
  int other_ = -1;  // of a sink: where what arrives comes out
  CallScript script_;
  std::vector<std::uint8_t> arrived_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_STREAMS_SCRIPTED_STREAM_H
