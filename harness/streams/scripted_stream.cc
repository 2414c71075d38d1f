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

bool is_still(int descriptor, const CallScript& script) {
  struct stat status = {};
  return ::fstat(descriptor, &status) == 0 && status.st_dev == script.device && status.st_ino == script.file;
}

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

Result<void> ScriptedStream::open(const Stream& stream, bool is_source, std::span<const std::uint8_t> content) {
  close_all();
  arrived_.clear();
  kind_ = stream.kind;
  held_ = content.size();
  switch (kind_) {
    case StreamKind::kFile:
      GMC_TRY_VOID(make_file(content));
      break;
    case StreamKind::kPipe:
      GMC_TRY_VOID(make_pipe(is_source, content));
      break;
    case StreamKind::kSocket:
      GMC_TRY_VOID(make_socket(is_source, content));
      break;
    case StreamKind::kDirectory:
      end_ = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (end_ < 0) return no_stream("no directory can be opened");
      break;
  }
  struct stat status = {};
  if (::fstat(end_, &status) != 0) return no_stream("its file cannot be looked at");
  script_ = CallScript{};
  script_.descriptor = end_;
  script_.device = status.st_dev;
  script_.file = status.st_ino;
  script_.is_source = is_source;
  script_.drain = other_;
  script_.arrived = &arrived_;
  script_.at_most = stream.at_most;
  script_.interrupted = stream.interrupted;
  if (stream.end != StreamEnd::kNone) script_.limit = stream.limit;
  if (stream.end == StreamEnd::kFails) script_.error = is_source ? EIO : ENOSPC;
  arm(&script_);
  return {};
}

Result<void> ScriptedStream::pour(int into, std::span<const std::uint8_t> content) {
  if (content.empty()) return {};
  const long written = ::syscall(SYS_write, into, content.data(), content.size());
  if (written == static_cast<long>(content.size())) return {};
  if (written >= 0) errno = ENOSPC;
  return no_stream("it does not hold its content");
}

Result<void> ScriptedStream::make_file(std::span<const std::uint8_t> content) {
  end_ = ::memfd_create("stream", MFD_CLOEXEC);
  if (end_ < 0) return no_stream("no file in memory can be made");
  GMC_TRY_VOID(pour(end_, content));
  if (::lseek(end_, 0, SEEK_SET) != 0) return no_stream("it cannot be rewound");
  return {};
}

Result<void> ScriptedStream::make_pipe(bool is_source, std::span<const std::uint8_t> content) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return no_stream("no pipe can be made");
  end_ = ends[is_source ? 0 : 1];
  other_ = ends[is_source ? 1 : 0];
  if (!is_source) return {};
  GMC_TRY_VOID(pour(other_, content));
  ::close(std::exchange(other_, -1));
  return {};
}

Result<void> ScriptedStream::make_socket(bool is_source, std::span<const std::uint8_t> content) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return no_stream("no sockets can be made");
  end_ = ends[0];
  other_ = ends[1];
  if (!is_source) return {};
  GMC_TRY_VOID(pour(other_, content));
  ::close(std::exchange(other_, -1));
  return {};
}

// Bytes that are no longer there to be read.
std::uint64_t ScriptedStream::count_taken() const {
  if (kind_ == StreamKind::kDirectory) return 0;
  if (kind_ == StreamKind::kFile) return static_cast<std::uint64_t>(std::max<off_t>(0, ::lseek(end_, 0, SEEK_CUR)));
  int left = 0;
  if (::ioctl(end_, FIONREAD, &left) != 0) return 0;
  return held_ - std::min<std::uint64_t>(held_, static_cast<std::uint64_t>(std::max(0, left)));
}

std::uint64_t ScriptedStream::count_arrived() {
  if (kind_ == StreamKind::kDirectory) return 0;
  if (other_ < 0 && ::lseek(end_, 0, SEEK_SET) != 0) return 0;
  drain(other_ < 0 ? end_ : other_, arrived_);
  return arrived_.size();
}

ScriptedStream::Seen ScriptedStream::finish() {
  arm(nullptr);
  Seen seen;
  if (is_still(end_, script_)) {
    seen.moved = script_.is_source ? count_taken() : count_arrived();
  } else {
    seen.moved = UINT64_MAX;
    end_ = -1;  // the backend has closed it: the number may be somebody else's now
  }
  seen.is_scripted = script_.calls > 0 && seen.moved == script_.moved;
  seen.script = script_;
  close_all();
  return seen;
}

void ScriptedStream::close_all() {
  arm(nullptr);
  for (int* const descriptor : {&end_, &other_}) {
    if (*descriptor >= 0) ::close(*descriptor);
    *descriptor = -1;
  }
}

}  // namespace gmc
