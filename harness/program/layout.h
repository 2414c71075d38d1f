// SPDX-License-Identifier: Apache-2.0 OR MIT
// A layout: the regions that a memory is created with, as a value.
#ifndef GMCHECK_HARNESS_PROGRAM_LAYOUT_H
#define GMCHECK_HARNESS_PROGRAM_LAYOUT_H

#include <cstdint>
#include <vector>

#include "harness/program/address.h"

namespace gmc {

enum class Backing : std::uint8_t {
  kOwn,   // own: the backend's
  kFile,  // file fN@OFFSET: a file that the harness made; several regions may use one
  kHost,  // host: memory of the harness's
};

struct Region {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  Backing backing = Backing::kOwn;
  std::uint8_t file = 0;   // with kFile: which file; files are made as large as their regions need
  bool is_window = false;  // a window in which holes behave as the switch hole_kind says; it has no bytes of its own
  bool is_read_only = false;
  std::uint64_t file_offset = 0;  // with kFile, bytes; a multiple of kFileUnit

  bool operator==(const Region&) const = default;
};

// As given, in that order; a layout may be illegal, as `create` is there to check its rejection.
struct Layout {
  std::vector<Region> regions;

  bool operator==(const Layout&) const = default;
};

// The byte of the root that `address` names in `layout`. Builds an AddressMap (address_map.h): hold one where many
// addresses are resolved.
[[nodiscard]] Gpa resolve(const Address& address, const Layout& layout);

// The inverse for readers: the address in the shortest symbolic form.
[[nodiscard]] Address symbolic(Gpa gpa, const Layout& layout);

inline constexpr std::uint32_t kRegionsMax = 64;        // entries of one layout in a program
inline constexpr std::uint32_t kFilesMax = 4;           // files of one program
inline constexpr std::uint64_t kFileUnit = 4096;        // bytes; where in a file regions may begin: at pages, as nothing else can be mapped
inline constexpr std::uint64_t kBackingMax = 1u << 30;  // bytes; what the harness itself brings for one region: end in the file, or size

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_LAYOUT_H
