// SPDX-License-Identifier: Apache-2.0 OR MIT
// Memory of the harness's that a backend is given to put regions on, and that the harness sees past the backend: the witness.
#ifndef GMCHECK_HARNESS_RUNNER_FILES_H
#define GMCHECK_HARNESS_RUNNER_FILES_H

#include <cstdint>
#include <memory>
#include <span>

#include "harness/base/error.h"

namespace gmc {

// A mapping between two pages that nobody may touch, over a background that is a pattern of the position. With a descriptor it is a file
// that the backend maps as well; without one it is memory that the backend is given a pointer to.
class WitnessFile {
 public:
  enum class Kind : std::uint8_t { kFile, kMemory };

  // `size` in bytes, rounded up to pages.
  [[nodiscard]] static Result<std::unique_ptr<WitnessFile>> make(Kind kind, std::uint64_t size);
  ~WitnessFile();
  // Makes a file at least that long, with the background in what is new. bytes() is elsewhere then.
  [[nodiscard]] Result<void> grow(std::uint64_t size);
  WitnessFile(const WitnessFile&) = delete;
  WitnessFile& operator=(const WitnessFile&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }  // -1 for memory
  [[nodiscard]] std::span<std::uint8_t> bytes() const { return bytes_; }
  // Writes the background over `size` bytes from `position`.
  void restore(std::uint64_t position, std::uint64_t size) const;

 private:
  WitnessFile() = default;
  // Maps `size` bytes, whole pages, anew.
  [[nodiscard]] Result<void> map(std::uint64_t size);

  int descriptor_ = -1;
  void* mapping_ = nullptr;  // with the guard pages
  std::uint64_t mapping_size_ = 0;
  std::span<std::uint8_t> bytes_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_RUNNER_FILES_H
