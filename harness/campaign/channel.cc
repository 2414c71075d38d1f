// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/channel.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <array>
#include <cerrno>

namespace gmc {

namespace {

constexpr std::size_t kHeaderSize = 4;

}  // namespace

std::string frame(const Json& message) {
  std::string text(kHeaderSize, '\0');
  text += message.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::size_t size = text.size() - kHeaderSize;
  for (std::size_t i = 0; i < kHeaderSize; ++i, size >>= 8) text[i] = static_cast<char>(size & 0xff);
  return text;
}

std::optional<Json> FrameReader::next() {
  if (is_broken_ || pending_.size() < kHeaderSize) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = kHeaderSize; i-- > 0;) size = size << 8 | static_cast<unsigned char>(pending_[i]);
  if (size > kFrameMax) {
    is_broken_ = true;
    return Json();
  }
  if (pending_.size() < kHeaderSize + size) return std::nullopt;
  const char* text = pending_.data() + kHeaderSize;
  Json message = Json::parse(text, text + size, nullptr, false);
  pending_.erase(0, kHeaderSize + size);
  if (!message.is_discarded()) return message;
  is_broken_ = true;
  return Json();
}

bool send_message(int socket, const Json& message) {
  const std::string bytes = frame(message);
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

std::optional<Json> receive_message(int socket, FrameReader& reader) {
  std::array<char, 65536> piece;
  while (true) {
    if (auto message = reader.next()) return message;
    const ssize_t n = recv(socket, piece.data(), piece.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    reader.add(piece.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace gmc
