// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in what an access answers and keeps: groups GM-RW and GM-TYPE.
#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

struct EmptyWriteDenied : MutantPolicy {
  static bool empty_needs_right(Path) { return true; }
};
struct DeniedKeepsPrefix : MutantPolicy {
  static std::uint64_t kept(const Reach& reach, const Options& options, Path path) {
    Reach out_of_range = reach;
    if (reach.stop == GMC_DENIED) out_of_range.stop = GMC_OUT_OF_RANGE;
    return MutantPolicy::kept(out_of_range, options, path);
  }
};

struct PrefixOfWords : MutantPolicy {
  static std::uint64_t kept(const Reach& reach, const Options& options, Path path) {
    const std::uint64_t bytes = MutantPolicy::kept(reach, options, path);
    return bytes > 8 ? bytes & ~std::uint64_t{7} : bytes;
  }
};
struct AtomicsKeepNothing : MutantPolicy {
  static std::uint64_t kept(const Reach& reach, const Options& options, Path path) {
    const bool is_long_array = (path == Path::kReadAtomics || path == Path::kWriteAtomics) && reach.done > 256;
    return is_long_array ? 0 : MutantPolicy::kept(reach, options, path);
  }
};
struct StoreKeepsNothing : MutantPolicy {
  static std::uint64_t kept(const Reach& reach, const Options& options, Path path) {
    return path == Path::kLoad || path == Path::kStore ? 0 : MutantPolicy::kept(reach, options, path);
  }
};
struct CrossingKeepsPrefix : MutantPolicy {
  static std::uint64_t kept(const Reach& reach, const Options& options, Path path) {
    return reach.crossing ? reach.done : MutantPolicy::kept(reach, options, path);
  }
};
struct AddressInRegion : MutantPolicy {
  static std::uint64_t reported_address(std::uint64_t, std::uint64_t at) { return at; }
};

}  // namespace

const GmcPlugin* empty_write_denied() { return by_policy<EmptyWriteDenied>(); }
const GmcPlugin* denied_keeps_prefix() { return by_policy<DeniedKeepsPrefix>(); }
const GmcPlugin* prefix_of_words() { return by_policy<PrefixOfWords>(); }
const GmcPlugin* atomics_keep_nothing() { return by_policy<AtomicsKeepNothing>(); }
const GmcPlugin* store_keeps_nothing() { return by_policy<StoreKeepsNothing>(); }
const GmcPlugin* crossing_keeps_prefix() { return by_policy<CrossingKeepsPrefix>(); }
const GmcPlugin* address_in_region() { return by_policy<AddressInRegion>(); }

}  // namespace gmc::mutants
