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

// Where the bytes of one region are. A value; what it names belongs to a Reservation or to the harness.
struct Mapping {
  std::byte* data = nullptr;
  std::uint64_t length = 0;    // bytes mapped, whole pages; 0 for memory of the harness's
  std::uint64_t raw_size = 0;  // with the guard pages on both sides; 0 for memory of the harness's
  int flags = 0;               // MAP_*
};

// Owns a range of host addresses with room for all mappings of a memory, one system call to take and one to give back. In front of the
// first mapping, between them and behind the last one stands a page without access, so that a host overrun faults instead of reaching the
// next region; a size that is no multiple of a page leaves room at its end that cannot be guarded.
class Reservation {
 public:
  Reservation() = default;  // of no mapping
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation();

  // Room for `count` mappings of `length` bytes together, each of whole pages. Own memory is of `kind`. GMC_NO_MEMORY where it fails.
  [[nodiscard]] static std::expected<Reservation, GmcStatus> make(std::uint64_t length, std::uint64_t count, OwnMemory kind);

  // The next mapping: new zeroed memory, which takes nothing before it is touched. GMC_NO_MEMORY where it fails.
  [[nodiscard]] std::expected<Mapping, GmcStatus> place_own(std::uint64_t length);
  // The next mapping: `fd` from `offset` on, shared. GMC_IO where the system declines.
  [[nodiscard]] std::expected<Mapping, GmcStatus> place_file(int fd, std::uint64_t offset, std::uint64_t length, bool is_writable);

  // Gives all pages of own memory back to the system, so that they read as zero again. False where it declines.
  [[nodiscard]] bool discard(const Mapping& own);

 private:
  // The next `length` bytes, with the guard behind them left as it is.
  [[nodiscard]] Mapping take(std::uint64_t length, int flags);

  std::byte* raw_ = nullptr;
  std::uint64_t size_ = 0;
  std::uint64_t next_ = 0;  // offset of the guard in front of the next mapping
  OwnMemory kind_ = OwnMemory::kAnonymous;
  int memfd_ = -1;  // behind own memory of that kind, at the same offsets; opened when the first is placed
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_MAPPING_H
