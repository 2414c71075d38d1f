// SPDX-License-Identifier: Apache-2.0 OR MIT
// The buffers that are handed to a backend, each between two red zones.
#ifndef GMCHECK_HARNESS_RUNNER_BUFFERS_H
#define GMCHECK_HARNESS_RUNNER_BUFFERS_H

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "harness/base/check.h"
#include "harness/program/op.h"

namespace gmc {

class Buffers {
 public:
  static constexpr std::size_t kZone = 64;                       // bytes on either side
  static constexpr std::size_t kRoom = 2 * kTransferMax + 4096;  // of all buffers of one submission, and of what is kept of them

  // `room`: bytes for all buffers that live at once, their red zones included.
  explicit Buffers(std::size_t room = kRoom) : room_(room), bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(room)) {}

  // Forgets all buffers.
  void clear() { used_ = 0; }
  // True where `size` more bytes fit.
  [[nodiscard]] bool fits(std::uint64_t size) const { return used_ + size + 2 * kZone + 16 <= room_; }

  // `misalignment` (0 to 15) is the buffer's address modulo 16: implementations copy differently by it.
  std::span<std::uint8_t> take(std::uint64_t size, unsigned misalignment) {
    GMC_CHECK(fits(size), size, used_);
    std::uint8_t* start = bytes_.get() + used_ + kZone;
    start += (16 + misalignment - reinterpret_cast<std::uintptr_t>(start) % 16) % 16;
    const std::span<std::uint8_t> buffer(start, size);
    make_zones(buffer);
    used_ = static_cast<std::size_t>(buffer.data() + size + kZone - bytes_.get());
    return buffer;
  }

  // A copy of what a buffer holds before a call, for whoever has to know it afterwards.
  [[nodiscard]] std::span<const std::uint8_t> keep(std::span<const std::uint8_t> bytes) {
    GMC_CHECK(used_ + bytes.size() <= room_, bytes.size(), used_);
    std::uint8_t* const copy = bytes_.get() + used_;
    if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
    used_ += bytes.size();
    return {copy, bytes.size()};
  }

  // Whoever has `buffer` has room for a zone on either side of it.
  static void make_zones(std::span<std::uint8_t> buffer) {
    std::memset(buffer.data() - kZone, kRed, kZone);
    std::memset(buffer.data() + buffer.size(), kRed, kZone);
  }

  // True where both red zones of a buffer are as they were.
  [[nodiscard]] static bool is_intact(std::span<const std::uint8_t> buffer) {
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < kZone; i += sizeof(std::uint64_t)) {
      difference |= red_difference(buffer.data() - kZone + i) | red_difference(buffer.data() + buffer.size() + i);
    }
    return difference == 0;
  }

 private:
  static constexpr std::uint8_t kRed = 0xc7;

  // Eight bytes of a zone, 0 where they are as they were: two zones of every operation are looked at, which calls would make dear.
  static std::uint64_t red_difference(const std::uint8_t* bytes) {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word ^ (kRed * (~std::uint64_t{0} / 0xff));
  }

  std::size_t room_;
  // Not filled: whoever takes a buffer writes it, and of the room an executor that lives for a batch touches a few pages.
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t used_ = 0;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_RUNNER_BUFFERS_H
