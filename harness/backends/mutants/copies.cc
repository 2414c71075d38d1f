// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in copies between ranges: GM-RW-012.
#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

using mapped::Path;
using mapped::Region;

struct CopyGoesUp : MutantPolicy {
  static void move(std::byte* target, const std::byte* source, std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i) target[i] = source[i];
  }
};
struct CopyPiecesGoUp : MutantPolicy {
  static bool goes_backwards(std::uint64_t, std::uint64_t) { return false; }
};
struct CopyKeepsPrefix : MutantPolicy {
  static std::uint64_t copied_in_failure(std::uint64_t reached) { return reached; }
};
struct CopyAsksToRead : MutantPolicy {
  static std::uint64_t permitted_by_pages(const Region& region, std::uint64_t position, std::uint64_t size, std::uint32_t rights,
                                          Path path) {
    return region.pages.permitted(position, size, path == Path::kCopyTarget ? GMC_RIGHT_READ : rights);
  }
};
struct CopyUntracked : MutantPolicy {
  static bool marks(Path path, bool failed, bool is_sharing) {
    return path != Path::kCopyTarget && MutantPolicy::marks(path, failed, is_sharing);
  }
};

}  // namespace

const GmcPlugin* copy_goes_up() { return by_policy<CopyGoesUp>(); }
const GmcPlugin* copy_pieces_go_up() { return by_policy<CopyPiecesGoUp>(); }
const GmcPlugin* copy_keeps_prefix() { return by_policy<CopyKeepsPrefix>(); }
const GmcPlugin* copy_asks_to_read() { return by_policy<CopyAsksToRead>(); }
const GmcPlugin* copy_untracked() { return by_policy<CopyUntracked>(); }

}  // namespace gmc::mutants
