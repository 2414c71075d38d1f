// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mapped/firmware.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace gmc::mapped {
namespace {

constexpr std::uint64_t kVectorsSize = 1024;

GmcEntry entry(std::uint64_t base, std::uint64_t size, std::uint32_t rights) {
  GmcEntry entry{};
  entry.kind = GMC_ENTRY_REGION;
  entry.backing = GMC_BACKING_OWN;
  entry.rights = rights;
  entry.base = base;
  entry.size = size;
  entry.fd = -1;
  return entry;
}

constexpr std::uint32_t kReadWrite = GMC_RIGHT_READ | GMC_RIGHT_WRITE;

}  // namespace

std::span<const GmcEntry> own_layout() {
  static const std::array kLayout = {
      entry(0, 0x20000, kReadWrite),
      entry(0x20000, 0x8000, kReadWrite),
      entry(0xa0000, 0x4000, kReadWrite),
      entry(0xfc000, 0x4000, GMC_RIGHT_READ),
  };
  return kLayout;
}

void write_firmware(Region& region) {
  const bool is_firmware = (region.entry.rights & GMC_RIGHT_WRITE) == 0;
  const std::uint64_t size = is_firmware ? region.size : region.base == 0 ? std::min(region.size, kVectorsSize) : 0;
  if (size == 0) return;
  for (std::uint64_t i = 0; i < size; ++i) region.data[i] = static_cast<std::byte>((i ^ i >> 8) * 29 + 1);
  region.touched.add_range(0, (size - 1) >> kTouchedShift);
}

}  // namespace gmc::mapped
