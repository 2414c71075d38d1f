// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mapped/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <limits>
#include <utility>

namespace gmc::mapped {

std::uint64_t page_size() {
  static const auto kSize = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return kSize;
}

std::expected<FileInfo, GmcStatus> file_info(int fd) {
  struct stat status = {};
  const int mode = ::fcntl(fd, F_GETFL);
  if (mode < 0 || ::fstat(fd, &status) != 0) return std::unexpected(GMC_IO);
  FileInfo info;
  info.has_size = S_ISREG(status.st_mode);
  info.size = info.has_size ? static_cast<std::uint64_t>(status.st_size) : 0;
  info.is_writable = (mode & O_ACCMODE) == O_RDWR;
  return info;
}

Reservation::Reservation(Reservation&& other) noexcept { *this = std::move(other); }

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  std::swap(raw_, other.raw_);
  std::swap(size_, other.size_);
  std::swap(next_, other.next_);
  std::swap(kind_, other.kind_);
  std::swap(memfd_, other.memfd_);
  return *this;
}

Reservation::~Reservation() {
  if (raw_ != nullptr) ::munmap(raw_, size_);
  if (memfd_ >= 0) ::close(memfd_);
}

std::expected<Reservation, GmcStatus> Reservation::make(std::uint64_t length, std::uint64_t count, OwnMemory kind) {
  const std::uint64_t guards = (count + 1) * page_size();
  if (length > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()) - guards) return std::unexpected(GMC_NO_MEMORY);
  Reservation made;
  made.kind_ = kind;
  if (count == 0) return made;
  // Swap is not set aside: a region may be larger than the machine as long as few of its pages are touched.
  void* const raw = ::mmap(nullptr, length + guards, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED) return std::unexpected(GMC_NO_MEMORY);
  made.raw_ = static_cast<std::byte*>(raw);
  made.size_ = length + guards;
  return made;
}

Mapping Reservation::take(std::uint64_t length, int flags) {
  const std::uint64_t guard = page_size();
  const Mapping mapping = {raw_ + next_ + guard, length, length + 2 * guard, flags};
  next_ += guard + length;
  return mapping;
}

std::expected<Mapping, GmcStatus> Reservation::place_own(std::uint64_t length) {
  constexpr int kRights = PROT_READ | PROT_WRITE;
  if (kind_ == OwnMemory::kAnonymous) {
    // The reservation is such memory already; it only lacks the rights.
    const Mapping mapping = take(length, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
    if (::mprotect(mapping.data, length, kRights) != 0) return std::unexpected(GMC_NO_MEMORY);
    return mapping;
  }
  if (memfd_ < 0) {
    memfd_ = ::memfd_create("gmcheck-own", MFD_CLOEXEC);
    if (memfd_ < 0 || ::ftruncate(memfd_, static_cast<off_t>(size_)) != 0) return std::unexpected(GMC_NO_MEMORY);
  }
  const Mapping mapping = take(length, MAP_SHARED | MAP_NORESERVE);
  const off_t offset = mapping.data - raw_;
  if (::mmap(mapping.data, length, kRights, mapping.flags | MAP_FIXED, memfd_, offset) == MAP_FAILED) return std::unexpected(GMC_NO_MEMORY);
  return mapping;
}

std::expected<Mapping, GmcStatus> Reservation::place_file(int fd, std::uint64_t offset, std::uint64_t length, bool is_writable) {
  const Mapping mapping = take(length, MAP_SHARED | MAP_NORESERVE);
  const int rights = is_writable ? PROT_READ | PROT_WRITE : PROT_READ;
  if (::mmap(mapping.data, length, rights, mapping.flags | MAP_FIXED, fd, static_cast<off_t>(offset)) == MAP_FAILED) {
    return std::unexpected(GMC_IO);
  }
  return mapping;
}

bool Reservation::discard(const Mapping& own) {
  if (memfd_ < 0) return ::madvise(own.data, own.length, MADV_DONTNEED) == 0;
  return ::fallocate(memfd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, own.data - raw_, static_cast<off_t>(own.length)) == 0;
}

}  // namespace gmc::mapped
