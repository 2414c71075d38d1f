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

Mapping::Mapping(Mapping&& other) noexcept { *this = std::move(other); }

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this == &other) return *this;
  release();
  data_ = std::exchange(other.data_, nullptr);
  raw_ = std::exchange(other.raw_, nullptr);
  raw_size_ = std::exchange(other.raw_size_, 0);
  length_ = std::exchange(other.length_, 0);
  map_flags_ = std::exchange(other.map_flags_, 0);
  memfd_ = std::exchange(other.memfd_, -1);
  return *this;
}

Mapping::~Mapping() { release(); }

void Mapping::release() {
  if (raw_ != nullptr) ::munmap(raw_, raw_size_);
  if (memfd_ >= 0) ::close(memfd_);
}

std::expected<Mapping, GmcStatus> Mapping::own(std::uint64_t length, OwnMemory kind) {
  constexpr int kRights = PROT_READ | PROT_WRITE;
  // Swap is not set aside: a region may be larger than the machine as long as few of its pages are touched.
  if (kind == OwnMemory::kAnonymous) return place(length, kRights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0, GMC_NO_MEMORY);
  if (length > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) return std::unexpected(GMC_NO_MEMORY);
  const int fd = ::memfd_create("gmcheck-own", MFD_CLOEXEC);
  if (fd < 0) return std::unexpected(GMC_NO_MEMORY);
  if (::ftruncate(fd, static_cast<off_t>(length)) != 0) {
    ::close(fd);
    return std::unexpected(GMC_NO_MEMORY);
  }
  auto mapping = place(length, kRights, MAP_SHARED | MAP_NORESERVE, fd, 0, GMC_NO_MEMORY);
  if (mapping) {
    mapping->memfd_ = fd;
  } else {
    ::close(fd);
  }
  return mapping;
}

std::expected<Mapping, GmcStatus> Mapping::file(int fd, std::uint64_t offset, std::uint64_t length, bool is_writable) {
  return place(length, is_writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, offset, GMC_IO);
}

Mapping Mapping::host(void* data) {
  Mapping mapping;
  mapping.data_ = static_cast<std::byte*>(data);
  return mapping;
}

std::expected<Mapping, GmcStatus> Mapping::place(std::uint64_t length, int protection, int flags, int fd, std::uint64_t offset,
                                                 GmcStatus failure) {
  const std::uint64_t guard = page_size();
  if (length > std::numeric_limits<std::uint64_t>::max() / 2 - 2 * guard) return std::unexpected(GMC_NO_MEMORY);
  Mapping mapping;
  const std::uint64_t raw_size = length + 2 * guard;
  void* const raw = ::mmap(nullptr, raw_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED) return std::unexpected(GMC_NO_MEMORY);
  mapping.raw_ = static_cast<std::byte*>(raw);
  mapping.raw_size_ = raw_size;
  mapping.length_ = length;
  mapping.map_flags_ = flags;
  mapping.data_ = mapping.raw_ + guard;
  if (length != 0 && ::mmap(mapping.data_, length, protection, flags | MAP_FIXED, fd, static_cast<off_t>(offset)) == MAP_FAILED) {
    return std::unexpected(failure);
  }
  return mapping;
}

bool Mapping::discard() {
  if (memfd_ >= 0) return ::fallocate(memfd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(length_)) == 0;
  return ::madvise(data_, length_, MADV_DONTNEED) == 0;
}

}  // namespace gmc::mapped
