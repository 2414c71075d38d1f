// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in references, arrays and lists of slices: GM-SLICE-003 to -005 and GM-XR-005.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

struct RefersByGpa : MutantPolicy {
  static bool may_refer(const std::byte*, std::uint64_t gpa, std::uint64_t size) { return gpa % size == 0; }
};
struct RefersToFour : MutantPolicy {
  static bool may_refer(const std::byte* at, std::uint64_t gpa, std::uint64_t size) {
    return MutantPolicy::may_refer(at, gpa, std::min<std::uint64_t>(size, 4));
  }
};
struct ArrayWraps : MutantPolicy {
  static std::optional<std::uint64_t> array_bytes(std::uint64_t elements, std::uint64_t size) { return elements * size; }
  // Nothing of what wraps, as that would end the process now and then.
  static std::uint64_t moved_elements(std::uint64_t array, std::uint64_t buffer) {
    return array > UINT64_MAX / 128 ? 0 : MutantPolicy::moved_elements(array, buffer);
  }
};
struct ArrayAsksToRead : MutantPolicy {
  static std::uint64_t permitted_by_pages(const mapped::Region& region, std::uint64_t position, std::uint64_t size, std::uint32_t rights,
                                          Path path) {
    return MutantPolicy::permitted_by_pages(region, position, size, path == Path::kWriteArray ? GMC_RIGHT_READ : rights, path);
  }
};
struct ArrayUntracked : MutantPolicy {
  static bool marks(Path path, bool failed, bool is_sharing) {
    return path != Path::kWriteArray && MutantPolicy::marks(path, failed, is_sharing);
  }
};
struct ArrayLacksLast : MutantPolicy {
  static std::uint64_t moved_elements(std::uint64_t array, std::uint64_t buffer) {
    const std::uint64_t both = MutantPolicy::moved_elements(array, buffer);
    return both > 4 ? both - 1 : both;
  }
};
struct ArrayCountsBytes : MutantPolicy {
  static std::uint64_t told_elements(std::uint64_t moved, std::uint64_t size) { return moved * size; }
};
struct SlicesOverlap : MutantPolicy {
  static GmcPiece listed(const GmcPiece& piece, std::uint64_t done) {
    return done == 0 ? piece : GmcPiece{piece.address - 1, piece.size + 1};
  }
};
struct SlicesOfOneRegion : MutantPolicy {
  static bool is_listed(std::uint64_t done, std::uint64_t size) { return done > 0 || MutantPolicy::is_listed(done, size); }
};

}  // namespace

const GmcPlugin* refers_by_gpa() { return by_policy<RefersByGpa>(); }
const GmcPlugin* refers_to_four() { return by_policy<RefersToFour>(); }
const GmcPlugin* array_wraps() { return by_policy<ArrayWraps>(); }
const GmcPlugin* array_asks_to_read() { return by_policy<ArrayAsksToRead>(); }
const GmcPlugin* array_untracked() { return by_policy<ArrayUntracked>(); }
const GmcPlugin* array_lacks_last() { return by_policy<ArrayLacksLast>(); }
const GmcPlugin* array_counts_bytes() { return by_policy<ArrayCountsBytes>(); }
const GmcPlugin* slices_overlap() { return by_policy<SlicesOverlap>(); }
const GmcPlugin* slices_of_one_region() { return by_policy<SlicesOfOneRegion>(); }

}  // namespace gmc::mutants
