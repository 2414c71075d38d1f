// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in how far an access comes and what it finds there: groups GM-ADDR and GM-XR.
#include <algorithm>

#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

constexpr std::uint64_t kTop = ~std::uint64_t{0};

struct WrapsToZero : MutantPolicy {
  static const Placed* next(const RegionMap& map, const Placed& placed) {
    const bool ends_at_top = placed.start + placed.size == 0;
    return ends_at_top && map.begin()->start == 0 ? map.begin() : MutantPolicy::next(map, placed);
  }
};
struct LastByteUnmapped : MutantPolicy {
  static bool contains(const Placed& placed, std::uint64_t address) { return placed.size != 0 && address - placed.start < placed.size - 1; }
};
struct LookupAmongEight : MutantPolicy {
  static std::size_t search(const std::uint64_t* starts, std::size_t count, std::uint64_t address) {
    return MutantPolicy::search(starts, std::min<std::size_t>(count, 8), address);
  }
};
bool is_mapped(const RegionMap& map, std::uint64_t address) {
  return std::any_of(map.begin(), map.end(), [&](const Placed& placed) { return MutantPolicy::contains(placed, address); });
}
bool is_last_mapped(const RegionMap& map, std::uint64_t address, std::uint64_t size) {
  return size - 1 <= kTop - address && is_mapped(map, address + (size - 1));
}
struct ChecksTheEnvelope : MutantPolicy {
  static bool range_is_ok(const RegionMap& map, std::uint64_t address, std::uint64_t size, const Reach& reach) {
    if (reach.stop != GMC_OUT_OF_RANGE) return reach.stop == GMC_OK;
    return is_mapped(map, address) && is_last_mapped(map, address, size);
  }
};
struct ChecksTheStart : MutantPolicy {
  static bool range_is_ok(const RegionMap&, std::uint64_t, std::uint64_t, const Reach& reach) { return reach.done > 0; }
};
struct HoleSwallowed : MutantPolicy {
  static bool is_done(const RegionMap& map, std::uint64_t address, std::uint64_t size, const Reach& reach) {
    return reach.stop == GMC_OK || (reach.stop == GMC_OUT_OF_RANGE && reach.done > 0 && is_last_mapped(map, address, size));
  }
};
struct OffsetIn32Bits : MutantPolicy {
  static std::uint64_t offset(const Placed& placed, std::uint64_t address) { return static_cast<std::uint32_t>(address - placed.start); }
};
struct SeamRefused : MutantPolicy {
  static const Placed* next(const RegionMap&, const Placed&) { return nullptr; }
};
struct CursorIn15Bits : MutantPolicy {
  static std::uint64_t cursor(std::uint64_t done) { return done & 0x7fff; }
};
struct CursorRestarts : MutantPolicy {
  static std::uint64_t cursor(std::uint64_t) { return 0; }
};
struct LoadNeedsWrite : MutantPolicy {
  static bool permits(std::uint32_t rights, std::uint32_t needed, Path path) {
    return MutantPolicy::permits(rights, path == Path::kLoad ? needed | GMC_RIGHT_WRITE : needed, path);
  }
};

}  // namespace

const GmcPlugin* wraps_to_zero() { return by_policy<WrapsToZero>(); }
const GmcPlugin* last_byte_unmapped() { return by_policy<LastByteUnmapped>(); }
const GmcPlugin* lookup_among_eight() { return by_policy<LookupAmongEight>(); }
const GmcPlugin* checks_the_envelope() { return by_policy<ChecksTheEnvelope>(); }
const GmcPlugin* checks_the_start() { return by_policy<ChecksTheStart>(); }
const GmcPlugin* hole_swallowed() { return by_policy<HoleSwallowed>(); }
const GmcPlugin* offset_in_32_bits() { return by_policy<OffsetIn32Bits>(); }
const GmcPlugin* seam_refused() { return by_policy<SeamRefused>(); }
const GmcPlugin* cursor_in_15_bits() { return by_policy<CursorIn15Bits>(); }
const GmcPlugin* cursor_restarts() { return by_policy<CursorRestarts>(); }
const GmcPlugin* load_needs_write() { return by_policy<LoadNeedsWrite>(); }

}  // namespace gmc::mutants
