// SPDX-License-Identifier: Apache-2.0 OR MIT
// The arrays that a backend is handed to fill: lists of regions, and harvests.
#ifndef GMCHECK_HARNESS_RUNNER_ROOM_H
#define GMCHECK_HARNESS_RUNNER_ROOM_H

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "harness/runner/buffers.h"

namespace gmc {

// An array between two red zones. Its elements are plain data.
template <typename T>
class Room {
 public:
  // What fills it where the backend has to write, so that what it leaves alone shows.
  static constexpr std::uint8_t kUnwritten = 0xaa;

  // Room for `count` elements; what is in it is left over from before.
  std::span<T> take(std::size_t count) {
    const std::size_t size = count * sizeof(T);
    if (bytes_.size() < size + 2 * Buffers::kZone) bytes_.resize(size + 2 * Buffers::kZone);
    taken_ = std::span(bytes_).subspan(Buffers::kZone, size);
    Buffers::make_zones(taken_);
    return {reinterpret_cast<T*>(taken_.data()), count};
  }
  std::span<T> take_unwritten(std::size_t count) {
    const std::span<T> room = take(count);
    if (count > 0) std::memset(taken_.data(), kUnwritten, taken_.size());
    return room;
  }

  // Of what was taken last: true where nothing was written in front of it or behind it.
  [[nodiscard]] bool is_intact() const { return Buffers::is_intact(taken_); }
  [[nodiscard]] bool is_unwritten() const {
    return std::ranges::all_of(taken_, [](std::uint8_t byte) { return byte == kUnwritten; });
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::span<std::uint8_t> taken_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_RUNNER_ROOM_H
