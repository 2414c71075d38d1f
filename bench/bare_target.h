// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a fuzz target costs that has no oracle: bytes become the same program, whose plain accesses are made on mapped memory and on a plain
// array beside it, and compared. The figure that the lockstep loop is measured against.
#ifndef GMCHECK_BENCH_BARE_TARGET_H
#define GMCHECK_BENCH_BARE_TARGET_H

#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "harness/base/check.h"
#include "harness/program/address_map.h"
#include "harness/program/byte_form.h"

namespace gmc {

class BareTarget {
 public:
  ~BareTarget() { unmap(); }

  void run(std::span<const std::uint8_t> bytes) {
    decode_bytes(bytes, program_);
    take(program_.layouts.front());
    for (std::uint32_t i = 0; i < program_.ops.size(); ++i) access(program_.ops[i], i);
    for (const auto& [memory, at, size] : written_) {
      std::memset(memory->mapped + at, 0, size);
      std::memset(memory->plain.data() + at, 0, size);
    }
    written_.clear();
  }

  [[nodiscard]] std::uint64_t accesses() const { return accesses_; }
  [[nodiscard]] std::uint64_t operations() const { return operations_; }

 private:
  struct Memory {
    std::uint64_t base = 0;
    std::uint64_t size = 0;
    std::uint8_t* mapped = nullptr;
    std::vector<std::uint8_t> plain{};
  };
  struct Written {
    Memory* memory;
    std::uint64_t at;
    std::uint64_t size;
  };
  static constexpr std::uint64_t kRegionMax = 64u << 20;  // bytes; larger ones are left out

  void unmap() {
    for (Memory& memory : memories_) munmap(memory.mapped, memory.size);
    memories_.clear();
  }

  // Memories are kept as long as the layout is the same.
  void take(const Layout& layout) {
    if (layout == layout_ && !memories_.empty()) return;
    unmap();
    layout_ = layout;
    addresses_.assign(layout, {});
    memories_.reserve(layout.regions.size());
    for (const Region& region : layout.regions) {
      if (region.is_window || region.size == 0 || region.size > kRegionMax) continue;
      void* const mapped = mmap(nullptr, region.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      GMC_CHECK(mapped != MAP_FAILED, region.size);
      memories_.push_back({.base = region.base, .size = region.size, .mapped = static_cast<std::uint8_t*>(mapped)});
      memories_.back().plain.resize(region.size);
    }
  }

  void access(const Op& op, std::uint32_t index) {
    ++operations_;
    const Touches kind = touches(op.kind);
    if ((kind != Touches::kReads && kind != Touches::kWrites) || op.size == 0 || op.size > kTransferMax || is_array(op.kind)) return;
    const std::uint64_t gpa = addresses_.resolve(op.at).raw;
    for (Memory& memory : memories_) {
      if (gpa < memory.base || gpa - memory.base >= memory.size || op.size > memory.size - (gpa - memory.base)) continue;
      ++accesses_;
      const std::uint64_t at = gpa - memory.base;
      buffer_.resize(std::max<std::size_t>(buffer_.size(), op.size));
      if (kind == Touches::kReads) {
        std::memcpy(buffer_.data(), memory.mapped + at, op.size);
        if (std::memcmp(buffer_.data(), memory.plain.data() + at, op.size) != 0) std::abort();
        return;
      }
      fill_pattern(op.data, program_.seed, index, {}, std::span(buffer_).first(op.data.kind == PatternKind::kSame ? 0 : op.size));
      std::memcpy(memory.mapped + at, buffer_.data(), op.size);
      std::memcpy(memory.plain.data() + at, buffer_.data(), op.size);
      written_.push_back({&memory, at, op.size});
      return;
    }
  }

  Program program_;
  Layout layout_;
  AddressMap addresses_;
  std::vector<Memory> memories_;
  std::vector<Written> written_;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t accesses_ = 0;
  std::uint64_t operations_ = 0;
};

}  // namespace gmc

#endif  // GMCHECK_BENCH_BARE_TARGET_H
