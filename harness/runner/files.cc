// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/runner/files.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "harness/program/program.h"

namespace gmc {

Result<std::unique_ptr<WitnessFile>> WitnessFile::make(Kind kind, std::uint64_t size) {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::uint64_t rounded = (size + page - 1) / page * page;
  const auto failed = [&](const char* what) {
    return fail("witness", fmt::format("{} of {} bytes failed: {}", what, rounded, std::strerror(errno)));
  };
  std::unique_ptr<WitnessFile> file(new WitnessFile);
  if (kind == Kind::kFile) {
    file->descriptor_ = memfd_create("gmcheck-witness", MFD_CLOEXEC);
    if (file->descriptor_ < 0) return failed("memfd_create");
    if (ftruncate(file->descriptor_, static_cast<off_t>(rounded)) != 0) return failed("ftruncate");
  }
  void* mapping = mmap(nullptr, rounded + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) return failed("mmap");
  file->mapping_ = mapping;
  file->mapping_size_ = rounded + 2 * page;
  auto* inside = static_cast<std::uint8_t*>(mapping) + page;
  // Every page is written below, and faults one at a time cost more than all of them at once.
  const int backing = MAP_POPULATE | (kind == Kind::kFile ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);
  if (rounded > 0 && mmap(inside, rounded, PROT_READ | PROT_WRITE, backing | MAP_FIXED, file->descriptor_, 0) == MAP_FAILED)
    return failed("mmap");
  file->bytes_ = {inside, rounded};
  file->restore(0, rounded);
  return file;
}

WitnessFile::~WitnessFile() {
  if (mapping_ != nullptr) munmap(mapping_, mapping_size_);
  if (descriptor_ >= 0) close(descriptor_);
}

void WitnessFile::restore(std::uint64_t position, std::uint64_t size) const { fill_background(position, bytes_.subspan(position, size)); }

}  // namespace gmc
