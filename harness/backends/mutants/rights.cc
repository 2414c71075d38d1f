// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in the rights of pages: GM-PERM-006 and -009.
#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

using mapped::kPageShift;
using mapped::Path;
using mapped::Region;

struct LastPageKeepsRights : MutantPolicy {
  static std::uint64_t last_protected(std::uint64_t first, std::uint64_t last) { return last > first ? last - 1 : last; }
};
struct ReadingIsNotTaken : MutantPolicy {
  static std::uint32_t page_rights(std::uint32_t asked) { return asked | GMC_RIGHT_READ; }
};
struct WritingIsNotGivenBack : MutantPolicy {
  static std::uint32_t page_rights(std::uint32_t asked) { return asked & ~GMC_RIGHT_WRITE; }
};
struct OpenSpacesKeepRights : MutantPolicy {
  static bool hears_of_rights(GmcSpaceKind kind) { return kind == GMC_SPACE_ROOT; }
};
struct GuestRightsBindHost : MutantPolicy {
  static std::uint32_t rights(std::uint32_t asked, const Options&) { return asked | GMC_RIGHT_READ; }
};
struct SnapshotsKeepRights : MutantPolicy {
  static bool hears_of_rights(GmcSpaceKind kind) { return kind != GMC_SPACE_SNAPSHOT; }
};
struct LooksAtTheFirstPage : MutantPolicy {
  static std::uint64_t permitted_by_pages(const Region& region, std::uint64_t position, std::uint64_t size, std::uint32_t rights, Path) {
    return region.pages.permitted(position, 1, rights) == 0 ? 0 : size;
  }
};
struct ExchangeAsksToRead : MutantPolicy {
  static std::uint64_t permitted_by_pages(const Region& region, std::uint64_t position, std::uint64_t size, std::uint32_t rights,
                                          Path path) {
    const bool forgets = path == Path::kExchange || path == Path::kCompareExchange;
    return region.pages.permitted(position, size, forgets ? GMC_RIGHT_READ : rights);
  }
};
struct HolesAreProtected : MutantPolicy {
  static bool covers(std::uint64_t covered, std::uint64_t) { return covered > 0; }
};
struct ResetKeepsRights : MutantPolicy {
  static bool resets_rights() { return false; }
};

}  // namespace

const GmcPlugin* last_page_keeps_rights() { return by_policy<LastPageKeepsRights>(); }
const GmcPlugin* reading_is_not_taken() { return by_policy<ReadingIsNotTaken>(); }
const GmcPlugin* writing_is_not_given_back() { return by_policy<WritingIsNotGivenBack>(); }
const GmcPlugin* open_spaces_keep_rights() { return by_policy<OpenSpacesKeepRights>(); }
const GmcPlugin* guest_rights_bind_host() { return by_policy<GuestRightsBindHost>(); }
const GmcPlugin* snapshots_keep_rights() { return by_policy<SnapshotsKeepRights>(); }
const GmcPlugin* looks_at_the_first_page() { return by_policy<LooksAtTheFirstPage>(); }
const GmcPlugin* exchange_asks_to_read() { return by_policy<ExchangeAsksToRead>(); }
const GmcPlugin* holes_are_protected() { return by_policy<HolesAreProtected>(); }
const GmcPlugin* reset_keeps_rights() { return by_policy<ResetKeepsRights>(); }

}  // namespace gmc::mutants
