// SPDX-License-Identifier: Apache-2.0 OR MIT
// Host memory behind a region: mapped by us between two guard pages, or the harness's own, which is left as it is.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_MAPPING_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_MAPPING_H

#include <gmcheck.h>

#include <cstddef>
#include <cstdint>
#include <expected>

#include "harness/backends/mapped/options.h"

namespace gmc::mapped {

[[nodiscard]] std::uint64_t page_size();

// What is known of a descriptor before it is mapped.
struct FileInfo {
  bool has_size = false;   // a regular file; a device has no size to hold a mapping against
  std::uint64_t size = 0;  // bytes
  bool is_writable = false;
};
// GMC_IO where there is no such descriptor.
[[nodiscard]] std::expected<FileInfo, GmcStatus> file_info(int fd);

// Owns the host mapping of one region. Everything around its bytes is a page without access, so that a host overrun faults instead of
// reaching the next region; a length that is no multiple of a page leaves room at its end that cannot be guarded.
class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  // New zeroed memory of `length` bytes, a multiple of the page size. Takes no memory before it is touched. GMC_NO_MEMORY where it fails.
  [[nodiscard]] static std::expected<Mapping, GmcStatus> own(std::uint64_t length, OwnMemory kind);
  // `length` bytes, a multiple of the page size, of `fd` from `offset` on, shared. GMC_IO where the system declines.
  [[nodiscard]] static std::expected<Mapping, GmcStatus> file(int fd, std::uint64_t offset, std::uint64_t length, bool is_writable);
  // Memory of the harness's: not guarded, never unmapped.
  [[nodiscard]] static Mapping host(void* data);

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::uint64_t raw_size() const { return raw_size_; }                  // with the guards; 0 for memory of the harness's
  [[nodiscard]] std::uint32_t guard_pages() const { return raw_size_ == 0 ? 0 : 1; }  // on each side
  [[nodiscard]] int map_flags() const { return map_flags_; }                          // MAP_*, as the system saw them

  // Own memory only: gives all pages back to the system, so that they read as zero again.
  [[nodiscard]] bool discard();

 private:
  // Reserves guards and room, and maps `length` bytes of `fd` (or anonymous memory where it is -1) into the room.
  [[nodiscard]] static std::expected<Mapping, GmcStatus> place(std::uint64_t length, int protection, int flags, int fd,
                                                               std::uint64_t offset, GmcStatus failure);
  void release();

  std::byte* data_ = nullptr;
  std::byte* raw_ = nullptr;
  std::uint64_t raw_size_ = 0;
  std::uint64_t length_ = 0;
  int map_flags_ = 0;
  int memfd_ = -1;  // behind own memory of that kind
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_MAPPING_H
