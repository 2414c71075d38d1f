// SPDX-License-Identifier: Apache-2.0 OR MIT
// Frames over a stream socket: four bytes of length, little-endian, then JSON.
#ifndef GMCHECK_HARNESS_CAMPAIGN_CHANNEL_H
#define GMCHECK_HARNESS_CAMPAIGN_CHANNEL_H

#include <cstddef>
#include <optional>
#include <string>

#include "harness/campaign/wire.h"

namespace gmc {

inline constexpr std::size_t kFrameMax = 64u << 20;  // bytes

// The frame of a message. Text that is not UTF-8, as a backend's log may be, is replaced.
[[nodiscard]] std::string frame(const Json& message);

// Puts frames together from pieces as they arrive.
class FrameReader {
 public:
  void add(const char* bytes, std::size_t size) { pending_.append(bytes, size); }

  // The next whole message, or none. What is no frame or no JSON is null, and from then on nothing is read.
  [[nodiscard]] std::optional<Json> next();

 private:
  std::string pending_;
  bool is_broken_ = false;
};

// Both block. False or none: the other side is gone.
[[nodiscard]] bool send_message(int socket, const Json& message);
[[nodiscard]] std::optional<Json> receive_message(int socket, FrameReader& reader);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_CHANNEL_H
