// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/claims.h"

namespace gmc {

bool is_claimed(OpKind kind, const Switches& switches) {
  switch (kind) {
    case OpKind::kLoad:
    case OpKind::kStore:
      return switches.typed_sizes.mask != 0;
    case OpKind::kReadPartial:
    case OpKind::kWritePartial:
      return switches.partial;
    case OpKind::kFill:
      return switches.has_fill;
    case OpKind::kZeroAll:
      return switches.has_zero_all;
    case OpKind::kCopy:
      return switches.has_copy;
    case OpKind::kReadAtomics:
    case OpKind::kWriteAtomics:
      return switches.atomic_buffers;
    case OpKind::kDump:
      return switches.dump_all != DumpAll::kNone;
    case OpKind::kCheckRange:
      return switches.range_api.has(RangeApi::kCheckRange);
    case OpKind::kCheckedOffset:
      return switches.range_api.has(RangeApi::kCheckedOffset);
    case OpKind::kLastAddress:
      return switches.region_api.has(RegionApi::kLastAddress);
    case OpKind::kTotalSize:
      return switches.region_api.has(RegionApi::kTotalSize);
    case OpKind::kAdd:
    case OpKind::kInsert:
      return switches.map_mutation != MapMutation::kImmutable;
    case OpKind::kRemove:
    case OpKind::kReplace:
      return switches.map_mutation == MapMutation::kCow || switches.map_mutation == MapMutation::kInPlace;
    case OpKind::kOpenSnapshot:
      return switches.map_mutation == MapMutation::kCow;
    case OpKind::kOpenMemory:
    case OpKind::kDestroy:
      return switches.backing.has(Backings::kSpace);
    case OpKind::kProtect:
      return switches.permissions == Permissions::kPageBitmap;
    case OpKind::kFind:
      return switches.region_api.has(RegionApi::kFind);
    case OpKind::kRegions:
      return switches.region_api.has(RegionApi::kList);
    case OpKind::kFacts:
      return !switches.file_facts.empty() || switches.host_pointer == HostPointer::kWhole;
    case OpKind::kIova:
      return switches.iova;
    case OpKind::kReference:
      return !switches.references.empty();
    case OpKind::kReadArray:
    case OpKind::kWriteArray:
      return switches.arrays;
    case OpKind::kSlices:
      return switches.slice_lists;
    case OpKind::kFdsOverlap:
      return switches.file_facts.has(FileFacts::kFdsOverlap);
    case OpKind::kTrack:
      return switches.dirty_source != DirtySource::kNone && switches.dirty_enable == DirtyEnable::kExplicit;
    case OpKind::kMark:
      return switches.dirty_bitmap_api;
    case OpKind::kHarvest:
      return switches.dirty_source != DirtySource::kNone;
    case OpKind::kArm:
      return !switches.fault_sites.empty();
    case OpKind::kReset:
      return switches.reset;
    case OpKind::kReadFrom:
    case OpKind::kReadFromPartial:
    case OpKind::kWriteTo:
    case OpKind::kWriteToPartial:
      return switches.fd_io;
    case OpKind::kCreate:
      return switches.layout == LayoutSource::kGiven;
    case OpKind::kOpenRange:
      return switches.slices || switches.views;
    case OpKind::kHostAddress:
      return switches.host_pointer == HostPointer::kPerAddr || switches.host_pointer == HostPointer::kWhole;
    case OpKind::kAtomicLoad:
      return switches.atomics.has(Atomics::kLoad);
    case OpKind::kAtomicStore:
      return switches.atomics.has(Atomics::kStore);
    case OpKind::kCompareExchange:
      return switches.atomics.has(Atomics::kCompareExchange);
    case OpKind::kExchange:
      return switches.atomics.has(Atomics::kExchange);
    case OpKind::kFetchAdd:
      return switches.atomics.has(Atomics::kAdd);
    case OpKind::kFetchSub:
      return switches.atomics.has(Atomics::kSub);
    case OpKind::kFetchAnd:
      return switches.atomics.has(Atomics::kAnd);
    case OpKind::kFetchOr:
      return switches.atomics.has(Atomics::kOr);
    case OpKind::kFetchXor:
      return switches.atomics.has(Atomics::kXor);
    default:
      return info(kind).runs;
  }
}

Claims::Claims(const Profile& profile) {
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    for (const GmcSpaceKind space : {GMC_SPACE_ROOT, GMC_SPACE_REGION, GMC_SPACE_RANGE, GMC_SPACE_SNAPSHOT}) {
      if (is_claimed(static_cast<OpKind>(i), profile.of(space))) by_space_[static_cast<std::size_t>(space)] |= std::uint64_t{1} << i;
    }
  }
  beneath_ = (by_space_[GMC_SPACE_REGION] | by_space_[GMC_SPACE_RANGE]) & ~by_space_[GMC_SPACE_ROOT];
}

}  // namespace gmc
