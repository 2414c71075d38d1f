// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/runner/files.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "harness/base/counted.h"
#include "harness/program/program.h"

namespace gmc {

namespace {

std::unexpected<Error> failed(const char* what, std::uint64_t size) {
  return fail("witness", fmt::format("{} of {} failed: {}", what, counted(size, "byte"), std::strerror(errno)));
}

std::uint64_t page_size() { return static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)); }

std::uint64_t in_pages(std::uint64_t size) { return (size + page_size() - 1) / page_size() * page_size(); }

}  // namespace

Result<std::unique_ptr<WitnessFile>> WitnessFile::make(Kind kind, std::uint64_t size) {
  std::unique_ptr<WitnessFile> file(new WitnessFile);
  const std::uint64_t rounded = in_pages(size);
  if (kind == Kind::kFile) {
    file->descriptor_ = memfd_create("gmcheck-witness", MFD_CLOEXEC);
    if (file->descriptor_ < 0) return failed("memfd_create", rounded);
    if (ftruncate(file->descriptor_, static_cast<off_t>(rounded)) != 0) return failed("ftruncate", rounded);
  }
  GMC_TRY_VOID(file->map(rounded));
  file->restore(0, rounded);
  return file;
}

Result<void> WitnessFile::grow(std::uint64_t size) {
  const std::uint64_t before = bytes_.size();
  const std::uint64_t rounded = in_pages(size);
  if (rounded <= before) return {};
  if (ftruncate(descriptor_, static_cast<off_t>(rounded)) != 0) return failed("ftruncate", rounded);
  GMC_TRY_VOID(map(rounded));
  restore(before, rounded - before);
  return {};
}

Result<void> WitnessFile::map(std::uint64_t size) {
  const std::uint64_t page = page_size();
  void* mapping = mmap(nullptr, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) return failed("mmap", size);
  auto* inside = static_cast<std::uint8_t*>(mapping) + page;
  // Every page is written after this, and faults one at a time cost more than all of them at once.
  const int backing = MAP_POPULATE | (descriptor_ >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);
  if (size > 0 && mmap(inside, size, PROT_READ | PROT_WRITE, backing | MAP_FIXED, descriptor_, 0) == MAP_FAILED) {
    const auto why = failed("mmap", size);
    munmap(mapping, size + 2 * page);
    return why;
  }
  if (mapping_ != nullptr) munmap(mapping_, mapping_size_);
  mapping_ = mapping;
  mapping_size_ = size + 2 * page;
  bytes_ = {inside, size};
  return {};
}

WitnessFile::~WitnessFile() {
  if (mapping_ != nullptr) munmap(mapping_, mapping_size_);
  if (descriptor_ >= 0) close(descriptor_);
}

void WitnessFile::restore(std::uint64_t position, std::uint64_t size) const { fill_background(position, bytes_.subspan(position, size)); }

}  // namespace gmc
