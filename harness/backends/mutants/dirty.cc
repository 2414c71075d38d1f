// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in dirty tracking and in what reset makes of it: groups GM-DIRTY and GM-INV.
#include <algorithm>

#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

struct FillUntracked : MutantPolicy {
  static bool marks(Path path, bool failed, bool is_sharing) {
    return path != Path::kFill && MutantPolicy::marks(path, failed, is_sharing);
  }
};
struct FailedUntracked : MutantPolicy {
  static bool marks(Path path, bool failed, bool is_sharing) { return !failed && MutantPolicy::marks(path, failed, is_sharing); }
};
struct LastPageUnmarked : MutantPolicy {
  static std::uint64_t last_position(std::uint64_t position, std::uint64_t) { return position; }
};
struct LongWriteUnmarked : MutantPolicy {
  static std::uint64_t last_position(std::uint64_t position, std::uint64_t size) {
    return MutantPolicy::last_position(position, (position & 4095) + size > 256 * 1024 ? size - 4096 : size);
  }
};
struct EndInclusive : MutantPolicy {
  static ByteSpan marked(const Placed& placed, std::uint64_t offset, std::uint64_t moved, std::uint64_t) {
    return {offset, std::min(moved + 1, placed.size - offset)};
  }
};
struct MarkStopsBelowTop : MutantPolicy {
  static ByteSpan marked_by_hand(const Placed& placed, std::uint64_t address, std::uint64_t size) {
    if (size > ~std::uint64_t{0} - address) return {};
    return MutantPolicy::marked_by_hand(placed, address, size);
  }
};
struct GranulesFromRegion : MutantPolicy {
  static std::uint64_t first_granule_number(const mapped::Region&, unsigned) { return 0; }
};
struct AWordTooMany : MutantPolicy {
  static std::uint64_t word_count(std::uint64_t granules) {
    return granules % 128 == 0 ? granules / 64 + 1 : MutantPolicy::word_count(granules);
  }
};
struct HarvestOverRoom : MutantPolicy {
  static bool harvest_fits(std::uint64_t needed, std::uint64_t room) { return needed <= room + 1; }
};
struct DeclinedHarvestClears : MutantPolicy {
  static bool clears_declined() { return true; }
};
struct LastBitStays : MutantPolicy {
  static std::uint64_t cleared(std::uint64_t bits, std::uint32_t flags) {
    return MutantPolicy::cleared(bits, flags) & (~std::uint64_t{0} >> 1);
  }
};
struct ReadingClears : MutantPolicy {
  static std::uint64_t cleared(std::uint64_t bits, std::uint32_t flags) { return flags != 0 ? bits : 0; }
};
struct HarvestsWhileOff : MutantPolicy {
  static bool can_harvest(bool) { return true; }
};
struct OnAgainForgets : MutantPolicy {
  static bool begins_anew(bool) { return true; }
};
struct OffKeepsDirty : MutantPolicy {
  static bool begins_anew(bool) { return false; }
};
struct MarksBeforeRelease : MutantPolicy {
  static bool waits(GmcSpaceKind kind, const Options& options) { return kind != GMC_SPACE_RANGE && MutantPolicy::waits(kind, options); }
};
struct ReleaseMarksNothing : MutantPolicy {
  static std::size_t marked_of_held(std::size_t) { return 0; }
};
struct ReleaseForgetsLast : MutantPolicy {
  static std::size_t marked_of_held(std::size_t held) { return held > 1 ? held - 1 : held; }
};
struct HarvestForgetsLast : MutantPolicy {
  static std::size_t marked_of_held(std::size_t held) { return held > 4 ? held - 1 : held; }
};
struct MarkWaits : MutantPolicy {
  static bool waits_by_hand() { return true; }
};
struct ResetKeepsDirty : MutantPolicy {
  static bool resets_dirty() { return false; }
};

}  // namespace

const GmcPlugin* fill_untracked() { return by_policy<FillUntracked>(); }
const GmcPlugin* failed_untracked() { return by_policy<FailedUntracked>(); }
const GmcPlugin* last_page_unmarked() { return by_policy<LastPageUnmarked>(); }
const GmcPlugin* long_write_unmarked() { return by_policy<LongWriteUnmarked>(); }
const GmcPlugin* end_inclusive() { return by_policy<EndInclusive>(); }
const GmcPlugin* mark_stops_below_top() { return by_policy<MarkStopsBelowTop>(); }
const GmcPlugin* granules_from_region() { return by_policy<GranulesFromRegion>(); }
const GmcPlugin* a_word_too_many() { return by_policy<AWordTooMany>(); }
const GmcPlugin* harvest_over_room() { return by_policy<HarvestOverRoom>(); }
const GmcPlugin* declined_harvest_clears() { return by_policy<DeclinedHarvestClears>(); }
const GmcPlugin* last_bit_stays() { return by_policy<LastBitStays>(); }
const GmcPlugin* reading_clears() { return by_policy<ReadingClears>(); }
const GmcPlugin* harvests_while_off() { return by_policy<HarvestsWhileOff>(); }
const GmcPlugin* on_again_forgets() { return by_policy<OnAgainForgets>(); }
const GmcPlugin* off_keeps_dirty() { return by_policy<OffKeepsDirty>(); }
const GmcPlugin* marks_before_release() { return by_policy<MarksBeforeRelease>(); }
const GmcPlugin* release_marks_nothing() { return by_policy<ReleaseMarksNothing>(); }
const GmcPlugin* harvest_forgets_last() { return by_policy<HarvestForgetsLast>(); }
const GmcPlugin* release_forgets_last() { return by_policy<ReleaseForgetsLast>(); }
const GmcPlugin* mark_waits() { return by_policy<MarkWaits>(); }
const GmcPlugin* reset_keeps_dirty() { return by_policy<ResetKeepsDirty>(); }

}  // namespace gmc::mutants
