// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace gmc {

namespace {

std::unexpected<Error> cannot(const std::string& path, const char* what, int error) {
  return fail(path, fmt::format("cannot be {}: {}", what, std::strerror(error)));
}

// What is written as it is, as a rename would put a file in its place: a device, a pipe, and a link like /dev/stdout, whatever it leads to.
bool is_no_ordinary_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return false;
  if (!S_ISREG(status.st_mode)) return true;
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode) && (path.starts_with("/dev/") || path.starts_with("/proc/"));
}

// 0, or errno.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

Result<void> write_file(const std::string& path, std::string_view text) {
  const bool is_special = is_no_ordinary_file(path);
  const std::string temporary = is_special ? path : fmt::format("{}.tmp-{}", path, ::getpid());
  // Behind /dev/stdout may be a file that has something already.
  const int file = ::open(temporary.c_str(), O_WRONLY | (is_special ? O_APPEND : O_CREAT | O_TRUNC) | O_CLOEXEC, 0666);
  if (file < 0) return cannot(path, "written", errno);
  int error = write_all(file, text);
  if (::close(file) != 0 && error == 0) error = errno;  // a full disk or quota may show here
  if (error == 0 && !is_special && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  if (!is_special) ::unlink(temporary.c_str());
  return cannot(path, "written", error);
}

Result<std::string> read_file(const std::string& path, std::uint64_t size_max) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return cannot(path, "read", errno);
  std::string text;
  char piece[16384];
  ssize_t size = 0;
  int error = 0;
  do {
    size = ::read(file, piece, sizeof piece);
    error = size < 0 ? errno : 0;
    if (size > 0) text.append(piece, static_cast<std::size_t>(size));
  } while ((size > 0 && text.size() <= size_max) || error == EINTR);
  ::close(file);
  if (error != 0) return cannot(path, "read", error);
  // What is no ordinary file has a size only when it has been read: a pipe, or /dev/zero, which has no end.
  if (text.size() > size_max) return fail(path, fmt::format("cannot be read: it has more than {} MiB", size_max >> 20));
  return text;
}

Result<ReportFolder> ReportFolder::open(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error && !std::filesystem::is_directory(path)) return cannot(path, "made", error.value());
  ReportFolder folder(std::move(path));
  const std::string probe = folder.file(fmt::format(".probe-{}", ::getpid()));
  // A byte, since a full disk lets empty files be made.
  if (const auto probed = write_file(probe, "x"); !probed)
    return fail(folder.path(), "no file can be written there (" + probed.error().cause + ")");
  ::unlink(probe.c_str());
  return folder;
}

}  // namespace gmc
