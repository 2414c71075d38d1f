// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/profile_rules.h"

#include <bit>

namespace gmc {
namespace {

// The sizes of atomic accesses that machines have: 1, 2, 4, 8 and 16 bytes.
constexpr std::uint64_t kAtomicSizes = 0x10116;

using S = const Switches&;

bool has_permissions(S s) { return s.permissions != Permissions::kNone && s.permissions != Permissions::kGuestOnly; }
bool has_dirty(S s) { return s.dirty_source != DirtySource::kNone; }
bool has_file(S s) { return s.backing.has(Backings::kFd); }
bool has_exclusivity(S s) { return s.exclusivity != Exclusivity::kNone; }

constexpr ProfileRule kRules[] = {
    // Numbers that no backend can have.
    {{"dirty_granule"}, [](S s) { return !std::has_single_bit(s.dirty_granule); }, nullptr, "a granule is a power of two"},
    {{"region_align_base"}, [](S s) { return !std::has_single_bit(s.region_align_base); }, nullptr, "an alignment is a power of two"},
    {{"region_align_size"}, [](S s) { return !std::has_single_bit(s.region_align_size); }, nullptr, "an alignment is a power of two"},
    {{"view_align"}, [](S s) { return !std::has_single_bit(s.view_align); }, nullptr, "an alignment is a power of two"},
    {{"regions_max"}, [](S s) { return s.regions_max == 0; }, nullptr, "a backend without regions has no memory"},
    {{"discard_value"}, [](S s) { return s.discard_value > 0xff; }, nullptr, "a discarding hole reads as one byte, 0 to 0xff"},

    // Regions.
    {{"layout", "backing"},
     [](S s) { return s.layout == LayoutSource::kGiven && s.backing.empty(); },
     nullptr,
     "a region of a given layout needs a backing"},
    {{"region_ends_at_2_64", "last_address"},
     [](S s) { return s.region_ends_at_2_64 == RegionTop::kAccept && s.last_address != UINT64_MAX; },
     nullptr,
     "a region that ends at 2^64 has addresses beyond this last one"},
    {{"iteration_order", "region_api"},
     [](S s) { return s.iteration_order != IterationOrder::kAny; },
     [](S s) { return s.region_api.has(RegionApi::kList); },
     "an order of regions that nothing lists"},
    {{"size_counts_added", "region_api"},
     [](S s) { return s.size_counts_added; },
     [](S s) { return s.region_api.has(RegionApi::kTotalSize); },
     "what a total counts that is not offered"},
    {{"layout", "region_api"},
     [](S s) { return s.layout == LayoutSource::kOwn && !s.region_api.has(RegionApi::kList); },
     nullptr,
     "the regions of a layout of its own have to be listed"},
    {{"file_facts", "backing"}, [](S s) { return !s.file_facts.empty(); }, has_file, "facts of files where none can back a region"},
    {{"eof_policy", "backing"},
     [](S s) { return s.eof_policy != EofPolicy::kReject; },
     has_file,
     "the end of files where none can back a region"},
    {{"eof_policy", "fault_model"},
     [](S s) { return s.eof_policy == EofPolicy::kAcceptSigbus && s.fault_model == FaultModel::kRecover; },
     nullptr,
     "a backend that recovers from faults is not killed by SIGBUS"},
    {{"guard_pages", "backing"},
     [](S s) { return s.guard_pages > 0 && !s.backing.has(Backings::kOwn) && !s.backing.has(Backings::kFd); },
     nullptr,
     "memory that the backend does not map itself has no guard pages of its"},

    // Accesses.
    {{"discard_value", "hole_kind"},
     [](S s) { return s.discard_value != 0; },
     [](S s) { return s.hole_kind == HoleKind::kDiscard; },
     "what holes read as where none discards"},
    {{"reports_count", "range_fail_effect", "perm_fail_effect"},
     [](S s) { return s.reports_count; },
     [](S s) { return s.range_fail_effect == FailEffect::kPrefix || s.perm_fail_effect == PermFailEffect::kPrefix; },
     "how much a failed access kept where none keeps anything"},
    {{"typed_atomic_sizes", "typed_sizes"},
     [](S s) { return (s.typed_atomic_sizes.mask & ~s.typed_sizes.mask) != 0; },
     nullptr,
     "an atomic typed size is a typed size"},
    {{"typed_atomic_sizes"},
     [](S s) { return (s.typed_atomic_sizes.mask & ~kAtomicSizes) != 0; },
     nullptr,
     "accesses of 1, 2, 4, 8 and 16 bytes can be atomic"},
    {{"atomic_sizes"},
     [](S s) { return (s.atomic_sizes.mask & ~kAtomicSizes) != 0; },
     nullptr,
     "accesses of 1, 2, 4, 8 and 16 bytes can be atomic"},
    {{"atomics", "atomic_sizes"},
     [](S s) { return !s.atomics.empty() && s.atomic_sizes.mask == 0; },
     nullptr,
     "an atomic operation has a size"},
    {{"atomic_unaligned", "atomics"},
     [](S s) { return s.atomic_unaligned != AtomicUnaligned::kError; },
     [](S s) { return !s.atomics.empty(); },
     "how atomics are aligned where there are none"},
    {{"atomic_order", "atomics"},
     [](S s) { return s.atomic_order != AtomicOrder::kRequested; },
     [](S s) { return !s.atomics.empty(); },
     "how atomics are ordered where there are none"},

    // Dirty tracking.
    {{"dirty_source", "harvest"}, [](S s) { return has_dirty(s) && s.harvest.empty(); }, nullptr, "a dirty log that cannot be harvested"},
    {{"dirty_bitmap_api", "dirty_source"}, [](S s) { return s.dirty_bitmap_api; }, has_dirty, "marking where nothing is tracked"},
    {{"dirty_enable", "dirty_source"},
     [](S s) { return s.dirty_enable != DirtyEnable::kAlways; },
     has_dirty,
     "tracking to be enabled where nothing is tracked"},
    {{"dirty_start", "dirty_source"},
     [](S s) { return s.dirty_start != DirtyStart::kClean; },
     has_dirty,
     "a first state of tracking where nothing is tracked"},
    {{"dirty_when", "dirty_source"},
     [](S s) { return s.dirty_when != DirtyWhen::kReturn; },
     has_dirty,
     "a moment of marking where nothing is tracked"},
    {{"dirty_when", "dirty_source"},
     [](S s) { return s.dirty_when == DirtyWhen::kRelease && s.dirty_source == DirtySource::kContentDiff; },
     nullptr,
     "bytes that are compared wait for no release"},
    {{"dirty_precision", "dirty_source"},
     [](S s) { return s.dirty_precision != DirtyPrecision::kExact; },
     has_dirty,
     "a precision of tracking where nothing is tracked"},
    {{"dirty_origin", "dirty_source"},
     [](S s) { return s.dirty_origin != DirtyOrigin::kGpa; },
     has_dirty,
     "an origin of granules where nothing is tracked"},
    {{"dirty_space", "iommu"},
     [](S s) { return s.dirty_space == DirtySpace::kIova; },
     [](S s) { return s.iommu != Iommu::kNone; },
     "dirty I/O addresses without an IOMMU"},

    // Pointers and views.
    {{"pointer_lifetime", "host_pointer", "slices"},
     [](S s) { return s.pointer_lifetime != PointerLifetime::kMap; },
     [](S s) { return s.host_pointer != HostPointer::kNone || s.slices; },
     "a lifetime of pointers where there are none"},
    {{"host_pointer", "lock"},
     [](S s) { return s.host_pointer == HostPointer::kLocked && !s.lock; },
     nullptr,
     "pointers to locked pages where none can be locked"},
    {{"pointer_lifetime", "lock"},
     [](S s) { return s.pointer_lifetime == PointerLifetime::kLockGuard && !s.lock; },
     nullptr,
     "pointers that live as long as a lock where nothing can be locked"},
    {{"iova_base", "iova"}, [](S s) { return s.iova_base != 0; }, [](S s) { return s.iova; }, "a base of I/O addresses that nothing tells"},
    {{"view_align", "views"},
     [](S s) { return s.view_align != 1; },
     [](S s) { return s.views; },
     "an alignment of views where there are none"},

    // Permissions and exclusivity.
    {{"perm_fail_effect", "permissions"},
     [](S s) { return s.perm_fail_effect != PermFailEffect::kNothing; },
     has_permissions,
     "what a denied access keeps where none is denied"},
    {{"permissions", "iommu"},
     [](S s) { return s.permissions == Permissions::kIommu && s.iommu == Iommu::kNone; },
     nullptr,
     "permissions of an IOMMU without an IOMMU"},
    {{"exclusive_failure", "exclusivity"},
     [](S s) { return s.exclusive_failure != ExclusiveFailure::kUsable; },
     has_exclusivity,
     "how exclusive sections fail where there are none"},
    {{"exclusive_excludes_guest", "exclusivity"},
     [](S s) { return s.exclusive_excludes_guest; },
     has_exclusivity,
     "whom exclusive sections exclude where there are none"},

    // Descriptors and hypervisors.
    {{"fd_short_read", "fd_io"},
     [](S s) { return s.fd_short_read != FdShortRead::kStop; },
     [](S s) { return s.fd_io; },
     "short reads of descriptors where none is read"},
    {{"fd_exact_loops", "fd_io"},
     [](S s) { return s.fd_exact_loops; },
     [](S s) { return s.fd_io; },
     "exact transfers of descriptors where there are none"},
    {{"fault_sites", "dirty_source"},
     [](S s) { return s.fault_sites.has(FaultSites::kHarvest); },
     has_dirty,
     "faults of harvests where nothing is tracked"},
    {{"xen", "host_pointer"},
     [](S s) { return s.xen == Xen::kGrantOnDemand && s.host_pointer != HostPointer::kNone; },
     nullptr,
     "a grant on demand is mapped for the length of an access and has no pointer (GM-XEN-006)"},
    {{"xen", "atomics"},
     [](S s) { return s.xen == Xen::kGrantOnDemand && !s.atomics.empty(); },
     nullptr,
     "a grant on demand has no atomics (GM-XEN-006)"},
    {{"xen", "has_copy"},
     [](S s) { return s.xen == Xen::kGrantOnDemand && s.has_copy; },
     nullptr,
     "a grant on demand has no copies between ranges (GM-XEN-006)"},
};

}  // namespace

std::span<const ProfileRule> profile_rules() { return kRules; }

}  // namespace gmc
