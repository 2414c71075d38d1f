// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in how bytes are moved: groups GM-RW and GM-TYPE.
#include <bit>
#include <cstring>

#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

// Bytes from `memory` to the end of its page.
std::uint64_t left_in_page(const std::byte* memory) { return 4096 - (reinterpret_cast<std::uintptr_t>(memory) & 4095); }

struct LongCopyLosesTail : MutantPolicy {
  static void copy_in(std::byte* memory, const void* buffer, std::uint64_t size) {
    std::memcpy(memory, buffer, size > 4096 && size % 128 == 127 ? size - 1 : size);
  }
};
struct TerminatesWrites : MutantPolicy {
  static void copy_in(std::byte* memory, const void* buffer, std::uint64_t size) {
    std::memcpy(memory, buffer, size);
    if (size == 5 && left_in_page(memory) > 5) memory[5] = std::byte{0};
  }
};
struct StoreStopsAtPage : MutantPolicy {
  template <class T>
  static void store(std::byte* memory, T value) {
    std::memcpy(memory, &value, left_in_page(memory) < sizeof value ? left_in_page(memory) : sizeof value);
  }
};
struct StoreSwapped : MutantPolicy {
  template <class T>
  static void store(std::byte* memory, T value) {
    if constexpr (sizeof value == 4) {
      if (reinterpret_cast<std::uintptr_t>(memory) % 4 != 0) value = std::byteswap(value);
    }
    std::memcpy(memory, &value, sizeof value);
  }
};
struct ZeroAllButLast : MutantPolicy {
  static bool zeroes(const RegionMap& map, const Placed& placed) { return map.count() == 1 || &placed + 1 != map.end(); }
};
struct DumpDrifts : MutantPolicy {
  static std::uint64_t dump_position(const Placed& placed, std::uint64_t packed) { return packed + ((placed.start - packed) & 0xffff); }
};

}  // namespace

const GmcPlugin* long_copy_loses_tail() { return by_policy<LongCopyLosesTail>(); }
const GmcPlugin* terminates_writes() { return by_policy<TerminatesWrites>(); }
const GmcPlugin* store_stops_at_page() { return by_policy<StoreStopsAtPage>(); }
const GmcPlugin* store_swapped() { return by_policy<StoreSwapped>(); }
const GmcPlugin* zero_all_but_last() { return by_policy<ZeroAllButLast>(); }
const GmcPlugin* dump_drifts() { return by_policy<DumpDrifts>(); }

}  // namespace gmc::mutants
