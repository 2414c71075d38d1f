// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/streams/scripted_stream.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gmc {

namespace {

std::unexpected<Error> no_stream(const char* what) { return fail("a stream", std::string(what) + ": " + std::strerror(errno)); }

}  // namespace

std::uint64_t held_by(const Stream& stream, std::uint64_t size) {
  if (stream.cannot_move()) return 0;
  return stream.end == StreamEnd::kNone ? size + kStreamBeyond : stream.limit;
}

Stream without_script(const Stream& stream, bool is_source) {
  Stream plain{.kind = stream.kind};
  if (!is_source || stream.end == StreamEnd::kNone) return plain;
  plain.end = StreamEnd::kEnds;
  plain.limit = stream.limit;
  return plain;
}

ScriptedStream::~ScriptedStream() {
  arm(nullptr);
  close(ends_);
  for (auto& kinds : spare_) {
    for (Ends& ends : kinds) close(ends);
  }
}

Result<void> ScriptedStream::open(const Stream& stream, bool is_source, std::span<const std::uint8_t> content) {
  close(ends_);
  arrived_.clear();
  kind_ = stream.kind;
  held_ = content.size();
  Ends& spare = spare_[is_source ? 1 : 0][static_cast<std::size_t>(kind_)];
  const bool is_closed_to_end = is_source && stream.end != StreamEnd::kNone && (kind_ == StreamKind::kPipe || kind_ == StreamKind::kSocket);
  if (spare.end >= 0 && !is_closed_to_end) {
    ends_ = std::exchange(spare, Ends{});
  } else {
    GMC_TRY(made, make(kind_, is_source));
    ends_ = made;
  }
  if (is_source) GMC_TRY_VOID(fill(content, is_closed_to_end));
  script_ = CallScript{};
  script_.descriptor = ends_.end;
  script_.device = ends_.device;
  script_.file = ends_.file;
  script_.is_source = is_source;
  script_.drain = is_source ? -1 : ends_.other;
  script_.arrived = &arrived_;
  script_.at_most = stream.at_most;
  script_.interrupted = stream.interrupted;
  if (stream.end != StreamEnd::kNone) script_.limit = stream.limit;
  if (stream.end == StreamEnd::kFails) script_.error = is_source ? EIO : ENOSPC;
  arm(&script_);
  return {};
}

Result<ScriptedStream::Ends> ScriptedStream::make(StreamKind kind, bool is_source) {
  Ends made;
  int ends[2] = {-1, -1};
  switch (kind) {
    case StreamKind::kFile:
      made.end = ::memfd_create("stream", MFD_CLOEXEC);
      if (made.end < 0) return no_stream("no file in memory can be made");
      break;
    case StreamKind::kPipe:
      if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return no_stream("no pipe can be made");
      made.end = ends[is_source ? 0 : 1];
      made.other = ends[is_source ? 1 : 0];
      break;
    case StreamKind::kSocket:
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return no_stream("no sockets can be made");
      made.end = ends[0];
      made.other = ends[1];
      break;
    case StreamKind::kDirectory:
      made.end = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (made.end < 0) return no_stream("no directory can be opened");
      break;
  }
  struct stat status = {};
  if (::fstat(made.end, &status) != 0) {
    const auto why = no_stream("its file cannot be looked at");
    close(made);
    return why;
  }
  made.device = status.st_dev;
  made.file = status.st_ino;
  return made;
}

// Puts `content` into a source; `ends`: and nothing comes after it.
Result<void> ScriptedStream::fill(std::span<const std::uint8_t> content, bool ends) {
  const bool is_file = kind_ == StreamKind::kFile;
  if (!content.empty()) {
    const long written = is_file ? ::pwrite(ends_.end, content.data(), content.size(), 0)
                                 : ::syscall(SYS_write, ends_.other, content.data(), content.size());
    if (written != static_cast<long>(content.size())) {
      if (written >= 0) errno = ENOSPC;
      return no_stream("it does not hold its content");
    }
  }
  if (is_file && ends_.size > content.size() && ::ftruncate(ends_.end, static_cast<off_t>(content.size())) != 0)
    return no_stream("it cannot be cut to its content");
  if (is_file) ends_.size = content.size();
  if (ends) ::close(std::exchange(ends_.other, -1));
  return {};
}

// Each of these counts what has moved, and tells whether the stream is as it was made: nothing on its way, at its beginning, and open on
// both sides.

// `size`: bytes that the file has now.
bool ScriptedStream::look_at_file(std::uint64_t size) {
  if (script_.is_source) {
    moved_ = static_cast<std::uint64_t>(std::max<off_t>(0, ::lseek(ends_.end, 0, SEEK_CUR)));
    return size == ends_.size && (moved_ == 0 || ::lseek(ends_.end, 0, SEEK_SET) == 0);
  }
  // A backend may have made it as long as it likes; what is far too much needs no end.
  arrived_.resize(std::min<std::uint64_t>(size, 4 * kStreamMax));
  const ssize_t read = ::pread(ends_.end, arrived_.data(), arrived_.size(), 0);
  arrived_.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read)));
  moved_ = arrived_.size();
  return (size == 0 || ::ftruncate(ends_.end, 0) == 0) && ::lseek(ends_.end, 0, SEEK_SET) == 0;
}

// Bytes that are no longer there to be read.
bool ScriptedStream::look_at_source() {
  int left = 0;
  if (::ioctl(ends_.end, FIONREAD, &left) != 0) return false;
  moved_ = held_ - std::min<std::uint64_t>(held_, static_cast<std::uint64_t>(std::max(0, left)));
  if (ends_.other < 0) return false;
  // No more than is there, as the backend may have made its end one that waits.
  std::uint8_t rest[256];
  while (left > 0) {
    const long taken = ::syscall(SYS_read, ends_.end, rest, std::min<std::size_t>(sizeof rest, static_cast<std::size_t>(left)));
    if (taken <= 0) return false;
    left -= static_cast<int>(taken);
  }
  // What was shut for reading says so once nothing is left, and writing to it would end the process.
  return kind_ != StreamKind::kSocket ||
         (::syscall(SYS_recvfrom, ends_.end, rest, sizeof rest, MSG_DONTWAIT, nullptr, nullptr) < 0 && errno == EAGAIN);
}

bool ScriptedStream::look_at_sink() {
  const bool is_open = drain(ends_.other, arrived_);
  moved_ = arrived_.size();
  return is_open;
}

ScriptedStream::Seen ScriptedStream::finish() {
  arm(nullptr);
  moved_ = 0;
  Seen seen;
  struct stat status = {};
  const bool is_there = ::fstat(ends_.end, &status) == 0 && status.st_dev == ends_.device && status.st_ino == ends_.file;
  bool is_as_made = is_there;
  if (!is_there) {
    moved_ = UINT64_MAX;
    ends_.end = -1;  // the backend has closed it: the number may be somebody else's now
  } else if (kind_ == StreamKind::kFile) {
    is_as_made = look_at_file(static_cast<std::uint64_t>(status.st_size));
  } else if (kind_ != StreamKind::kDirectory) {
    is_as_made = script_.is_source ? look_at_source() : look_at_sink();
  }
  seen.moved = moved_;
  seen.is_scripted = script_.calls > 0 && seen.moved == script_.moved;
  seen.script = script_;
  // Who goes past the C library may do more to a descriptor than can be seen here.
  if (is_as_made && (seen.is_scripted || seen.moved == 0)) {
    spare_[script_.is_source ? 1 : 0][static_cast<std::size_t>(kind_)] = std::exchange(ends_, Ends{});
  } else {
    close(ends_);
  }
  return seen;
}

void ScriptedStream::close(Ends& ends) {
  for (const int descriptor : {ends.end, ends.other}) {
    if (descriptor >= 0) ::close(descriptor);
  }
  ends = Ends{};
}

}  // namespace gmc
