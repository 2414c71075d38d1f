// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/streams/scripted_calls.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <span>

namespace gmc {
namespace {

std::atomic<CallScript*> armed = nullptr;

// The script of a call on `descriptor`, or null.
CallScript* script_of(int descriptor, bool reads) {
  CallScript* const script = armed.load(std::memory_order_acquire);
  if (script == nullptr || script->is_source != reads || descriptor < 0) return nullptr;
  if (descriptor == script->descriptor) return script;
  const int before = errno;
  struct stat status = {};
  const bool is_known = ::fstat(descriptor, &status) == 0;
  errno = before;
  return is_known && status.st_dev == script->device && status.st_ino == script->file ? script : nullptr;
}

ssize_t fail_with(int error) {
  errno = error;
  return -1;
}

// A call that asks for `asked` bytes; `call(n)` makes it for n of them.
template <class Call>
ssize_t play(CallScript& script, std::size_t asked, const Call& call) {
  ++script.calls;
  if (script.was_short && !script.went_on) {
    script.went_on = true;
    script.moved_before_going_on = script.moved;
  }
  if (script.calls == script.interrupted) {
    script.was_interrupted = true;
    return fail_with(EINTR);
  }
  const std::uint64_t left = script.limit - std::min(script.limit, script.moved);
  if (asked > 0 && left == 0) return script.error != 0 ? fail_with(script.error) : 0;
  std::uint64_t allowed = std::min<std::uint64_t>(asked, left);
  if (script.at_most != 0) allowed = std::min(allowed, script.at_most);
  const ssize_t moved = call(static_cast<std::size_t>(allowed));
  if (moved <= 0) return moved;
  script.moved += static_cast<std::uint64_t>(moved);
  if (static_cast<std::size_t>(moved) < asked) script.was_short = true;
  if (script.drain >= 0) static_cast<void>(drain(script.drain, *script.arrived));
  return moved;
}

constexpr std::size_t kPiecesMax = 64;  // of one call; those behind them are left to the next one

std::size_t size_of(const struct iovec* pieces, std::size_t count) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) size += pieces[i].iov_len;
  return size;
}

// The first `size` bytes of the pieces, in `cut`.
std::size_t cut_to(const struct iovec* pieces, std::size_t count, std::size_t size, std::array<struct iovec, kPiecesMax>& cut) {
  std::size_t used = 0;
  for (; used < std::min(count, kPiecesMax) && size > 0; ++used) {
    cut[used] = pieces[used];
    cut[used].iov_len = std::min(cut[used].iov_len, size);
    size -= cut[used].iov_len;
  }
  return used;
}

ssize_t play_pieces(long number, int descriptor, const struct iovec* pieces, int count, bool reads) {
  CallScript* const script = count > 0 ? script_of(descriptor, reads) : nullptr;
  if (script == nullptr) return ::syscall(number, descriptor, pieces, count);
  return play(*script, size_of(pieces, static_cast<std::size_t>(count)), [&](std::size_t size) {
    std::array<struct iovec, kPiecesMax> cut;
    const std::size_t used = cut_to(pieces, static_cast<std::size_t>(count), size, cut);
    return static_cast<ssize_t>(::syscall(number, descriptor, cut.data(), static_cast<int>(used)));
  });
}

// `finish` is given the message that the system had, with what it left there.
template <typename Finish>
ssize_t play_message(long number, int descriptor, const struct msghdr* message, int flags, bool reads, Finish finish) {
  CallScript* const script = (flags & MSG_PEEK) != 0 ? nullptr : script_of(descriptor, reads);
  if (script == nullptr) return ::syscall(number, descriptor, message, flags);
  return play(*script, size_of(message->msg_iov, message->msg_iovlen), [&](std::size_t size) {
    std::array<struct iovec, kPiecesMax> cut;
    struct msghdr shorter = *message;
    shorter.msg_iov = cut.data();
    shorter.msg_iovlen = cut_to(message->msg_iov, message->msg_iovlen, size, cut);
    const auto moved = static_cast<ssize_t>(::syscall(number, descriptor, &shorter, flags));
    if (moved >= 0) finish(shorter);
    return moved;
  });
}

ssize_t play_read(int descriptor, void* buffer, std::size_t size) {
  const auto call = [&](std::size_t n) { return static_cast<ssize_t>(::syscall(SYS_read, descriptor, buffer, n)); };
  CallScript* const script = script_of(descriptor, true);
  return script == nullptr ? call(size) : play(*script, size, call);
}

ssize_t play_receive(int descriptor, void* buffer, std::size_t size, int flags, struct sockaddr* from, socklen_t* length) {
  const auto call = [&](std::size_t n) {
    return static_cast<ssize_t>(::syscall(SYS_recvfrom, descriptor, buffer, n, flags, from, length));
  };
  CallScript* const script = (flags & MSG_PEEK) != 0 ? nullptr : script_of(descriptor, true);
  return script == nullptr ? call(size) : play(*script, size, call);
}

}  // namespace

void arm(CallScript* script) { armed.store(script, std::memory_order_release); }

bool drain(int descriptor, std::vector<std::uint8_t>& bytes) {
  constexpr std::size_t kPiece = 4096;
  const int before = errno;
  long read = 0;
  do {
    const std::size_t had = bytes.size();
    bytes.resize(had + kPiece);
    read = ::syscall(SYS_read, descriptor, bytes.data() + had, kPiece);
    bytes.resize(had + static_cast<std::size_t>(std::max(0L, read)));
  } while (read > 0);
  const bool is_open = read < 0 && errno == EAGAIN;
  errno = before;
  return is_open;
}

}  // namespace gmc

// ------------------------------------------------------------------------------------------------- The functions of the C library

#define GMC_LIBRARY_CALL extern "C" __attribute__((visibility("default")))

// Those that glibc calls in their place where buffers are checked have no declaration to follow.
extern "C" ssize_t __read_chk(int descriptor, void* buffer, std::size_t size, std::size_t room);
extern "C" ssize_t __recv_chk(int descriptor, void* buffer, std::size_t size, std::size_t room, int flags);
extern "C" ssize_t __recvfrom_chk(int descriptor, void* buffer, std::size_t size, std::size_t room, int flags, struct sockaddr* from,
                                  socklen_t* length);

GMC_LIBRARY_CALL ssize_t read(int descriptor, void* buffer, std::size_t size) { return gmc::play_read(descriptor, buffer, size); }
GMC_LIBRARY_CALL ssize_t __read_chk(int descriptor, void* buffer, std::size_t size, std::size_t room) {
  if (size > room) __builtin_trap();
  return gmc::play_read(descriptor, buffer, size);
}
GMC_LIBRARY_CALL ssize_t readv(int descriptor, const struct iovec* pieces, int count) {
  return gmc::play_pieces(SYS_readv, descriptor, pieces, count, true);
}
GMC_LIBRARY_CALL ssize_t recv(int descriptor, void* buffer, std::size_t size, int flags) {
  return gmc::play_receive(descriptor, buffer, size, flags, nullptr, nullptr);
}
GMC_LIBRARY_CALL ssize_t __recv_chk(int descriptor, void* buffer, std::size_t size, std::size_t room, int flags) {
  if (size > room) __builtin_trap();
  return gmc::play_receive(descriptor, buffer, size, flags, nullptr, nullptr);
}
GMC_LIBRARY_CALL ssize_t recvfrom(int descriptor, void* buffer, std::size_t size, int flags, struct sockaddr* from, socklen_t* length) {
  return gmc::play_receive(descriptor, buffer, size, flags, from, length);
}
GMC_LIBRARY_CALL ssize_t __recvfrom_chk(int descriptor, void* buffer, std::size_t size, std::size_t room, int flags, struct sockaddr* from,
                                        socklen_t* length) {
  if (size > room) __builtin_trap();
  return gmc::play_receive(descriptor, buffer, size, flags, from, length);
}
GMC_LIBRARY_CALL ssize_t recvmsg(int descriptor, struct msghdr* message, int flags) {
  // What else a message brings (a name, rights, flags) is the caller's to see: it is the system's own call, but for the pieces.
  return gmc::play_message(SYS_recvmsg, descriptor, message, flags, true, [&](const struct msghdr& received) {
    message->msg_namelen = received.msg_namelen;
    message->msg_controllen = received.msg_controllen;
    message->msg_flags = received.msg_flags;
  });
}
GMC_LIBRARY_CALL ssize_t write(int descriptor, const void* buffer, std::size_t size) {
  const auto call = [&](std::size_t n) { return static_cast<ssize_t>(::syscall(SYS_write, descriptor, buffer, n)); };
  gmc::CallScript* const script = gmc::script_of(descriptor, false);
  return script == nullptr ? call(size) : gmc::play(*script, size, call);
}
GMC_LIBRARY_CALL ssize_t writev(int descriptor, const struct iovec* pieces, int count) {
  return gmc::play_pieces(SYS_writev, descriptor, pieces, count, false);
}
GMC_LIBRARY_CALL ssize_t sendto(int descriptor, const void* buffer, std::size_t size, int flags, const struct sockaddr* to,
                                socklen_t length) {
  const auto call = [&](std::size_t n) { return static_cast<ssize_t>(::syscall(SYS_sendto, descriptor, buffer, n, flags, to, length)); };
  gmc::CallScript* const script = gmc::script_of(descriptor, false);
  return script == nullptr ? call(size) : gmc::play(*script, size, call);
}
GMC_LIBRARY_CALL ssize_t send(int descriptor, const void* buffer, std::size_t size, int flags) {
  return ::sendto(descriptor, buffer, size, flags, nullptr, 0);
}
GMC_LIBRARY_CALL ssize_t sendmsg(int descriptor, const struct msghdr* message, int flags) {
  return gmc::play_message(SYS_sendmsg, descriptor, message, flags, false, [](const struct msghdr&) {});
}
