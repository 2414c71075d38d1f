// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/generator.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "harness/base/check.h"
#include "harness/generate/layouts.h"

namespace gmc {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kCheapWhole = 48 << 10;  // bytes; so much memory may be zeroed or dumped in any batch
constexpr std::uint64_t kWholeBatches = 24;      // of larger memories one batch in so many may
constexpr std::uint64_t kWholeSalt = 0x77686f6c65;
constexpr std::uint32_t kWeightScale = 24;       // a weight of ops.def for what the profile claims; 1 for what it does not
constexpr std::uint64_t kSubmitTransfer = 4096;  // bytes of one operation of a list: all buffers of a list live at once
constexpr std::uint32_t kSubmitOps = 8;
constexpr std::uint32_t kOpenSpaces = 6;
constexpr std::uint64_t kBatchSalt = 0x5a3c96d2;  // so that a batch and its first program draw different numbers
constexpr std::uint64_t kProgramSalt = 0x1db7f08e;

std::size_t index_of(OpKind kind) { return static_cast<std::size_t>(kind); }

// Uniform in [0, bound]; one multiplication for the bounds that occur.
std::uint64_t draw_upto(std::uint64_t bound, Random& random) {
  if (bound < UINT32_MAX) [[likely]]
    return random.below(static_cast<std::uint32_t>(bound) + 1);
  return bound == UINT64_MAX ? random.next() : random.next() % (bound + 1);
}

// Codes of the table of lengths: below kFirstCode the length itself.
enum LengthCode : std::uint16_t {
  kFirstCode = 0xf000,
  kUpTo32 = kFirstCode,
  kUpTo256,
  kUpTo1024,
  kUpTo4096,
  kAroundPage,
  kAroundGranule,
  kUpTo16Pages,
  kWholeReach,
};

struct LengthShare {
  std::uint16_t code;
  std::uint32_t weight;
};

// Median 8 and 95th percentile 256 together with the typed accesses of the usual weights.
constexpr LengthShare kUsualLengths[] = {{0, 30},        {1, 85},
                                         {2, 65},        {3, 35},
                                         {4, 100},       {5, 15},
                                         {6, 10},        {7, 35},
                                         {8, 150},       {9, 30},
                                         {15, 15},       {16, 65},
                                         {17, 20},       {kUpTo32, 105},
                                         {31, 8},        {32, 25},
                                         {33, 8},        {63, 18},
                                         {64, 30},       {65, 18},
                                         {127, 5},       {128, 12},
                                         {129, 5},       {kUpTo256, 65},
                                         {255, 12},      {256, 34},
                                         {257, 12},      {kUpTo1024, 22},
                                         {kUpTo4096, 3}, {kAroundPage, 3},
                                         {511, 2},       {512, 2},
                                         {513, 2},       {kAroundGranule, 1}};
constexpr LengthShare kTinyLengths[] = {{0, 40}, {1, 200}, {2, 150}, {3, 60},  {4, 160}, {5, 30}, {6, 30},
                                        {7, 60}, {8, 180}, {9, 40},  {15, 15}, {16, 30}, {17, 15}};
constexpr LengthShare kEdgeLengths[] = {{0, 80},   {1, 80},   {2, 60},  {3, 50},   {4, 60},   {7, 80},           {8, 80},
                                        {9, 80},   {15, 60},  {16, 60}, {17, 60},  {31, 30},  {32, 30},          {33, 30},
                                        {63, 50},  {64, 50},  {65, 50}, {127, 15}, {128, 15}, {129, 15},         {255, 25},
                                        {256, 25}, {257, 25}, {511, 5}, {512, 5},  {513, 5},  {kAroundPage, 10}, {kAroundGranule, 4}};
constexpr LengthShare kLongLengths[] = {{0, 20},          {1, 60},         {8, 150},          {kUpTo32, 100},      {kUpTo256, 290},
                                        {kUpTo1024, 120}, {kUpTo4096, 20}, {kAroundPage, 12}, {kAroundGranule, 5}, {kUpTo16Pages, 3},
                                        {kWholeReach, 1}};

std::span<const LengthShare> shares_of(LengthMix mix) {
  switch (mix) {
    case LengthMix::kUsual:
      return kUsualLengths;
    case LengthMix::kTiny:
      return kTinyLengths;
    case LengthMix::kEdges:
      return kEdgeLengths;
    case LengthMix::kLong:
      return kLongLengths;
  }
  return kUsualLengths;
}

// Lays `weights` out over `table`, so that drawing is one look-up. What has a weight has an entry; rounding goes to the heaviest.
template <typename T, std::size_t N, typename ValueAt>
void spread(std::span<const std::uint32_t> weights, ValueAt value_at, std::array<T, N>& table) {
  std::uint64_t total = 0;
  std::size_t heaviest = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    total += weights[i];
    if (weights[i] > weights[heaviest]) heaviest = i;
  }
  GMC_CHECK(total > 0, weights.size());
  table.fill(value_at(heaviest));
  std::size_t next = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0 || i == heaviest) continue;
    const std::size_t count = std::max<std::size_t>(1, static_cast<std::size_t>(weights[i] * std::uint64_t{N} / total));
    for (std::size_t k = 0; k < count && next < N - 1; ++k) table[next++] = value_at(i);
  }
}

// A bit for every operation that writes, so that asking is not a call.
constexpr std::uint64_t writing_kinds() {
  std::uint64_t kinds = 0;
#define GMC_OP(name, text, operands, touches, weight, state) \
  kinds |= std::uint64_t{Touches::k##touches == Touches::kWrites ? 1u : 0u} << static_cast<unsigned>(OpKind::k##name);
#include "harness/program/ops.def"
  return kinds;
}
static_assert(kOpKindCount <= 64);
bool writes(OpKind kind) { return ((writing_kinds() >> static_cast<unsigned>(kind)) & 1) != 0; }

// The same for those that may not be possible at one point of a program.
constexpr std::uint64_t bit(OpKind kind) { return std::uint64_t{1} << static_cast<unsigned>(kind); }
constexpr std::uint64_t kConditionalKinds = bit(OpKind::kOpenRegion) | bit(OpKind::kClose) | bit(OpKind::kFdsOverlap) |
                                            bit(OpKind::kHarvest) | bit(OpKind::kFacts) | bit(OpKind::kSubmitBegin);

// How far an access lies before the mark that it is aimed at: it begins there, ends there, or lies across it.
enum Shift : std::uint8_t { kBegins, kEnds, kAcross };
constexpr std::uint8_t kShifts[8] = {kBegins, kBegins, kBegins, kBegins, kEnds, kEnds, kAcross, kAcross};
// Off by a little, for one mark in four and for most spots.
constexpr std::int8_t kJitters[64] = {0, 0, 0, 0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0,  0,   0, 0, 0,
                                      0, 0, 0, 0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0,  0,   0, 0, 0,
                                      0, 0, 0, 0, -1, 1, -2, 2, -3, 3, -4, 4, -7, 7, -8, 8, -9, 12, -16, 16};
constexpr std::int8_t kSpotJitters[16] = {0, 0, 0, 0, 0, -1, -1, 1, 1, -2, 2, 3, -8, 8, -33, 64};

}  // namespace

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
    case OpKind::kFind:
      return switches.region_api.has(RegionApi::kFind);
    case OpKind::kRegions:
      return switches.region_api.has(RegionApi::kList);
    case OpKind::kFacts:
      return !switches.file_facts.empty();
    case OpKind::kFdsOverlap:
      return switches.file_facts.has(FileFacts::kFdsOverlap);
    case OpKind::kTrack:
      return switches.dirty_source != DirtySource::kNone && switches.dirty_enable == DirtyEnable::kExplicit;
    case OpKind::kMark:
      return switches.dirty_bitmap_api;
    case OpKind::kHarvest:
      return switches.dirty_source != DirtySource::kNone;
    case OpKind::kReset:
      return switches.reset;
    case OpKind::kCreate:
      return switches.layout == LayoutSource::kGiven;
    default:
      return info(kind).runs;
  }
}

Generator::Generator(const Profile& profile, const GeneratorSettings& settings)
    : profile_(profile), settings_(settings), adopts_(profile.root().layout == LayoutSource::kOwn) {
  GMC_CHECK(settings.ops_per_program > 0 && settings.ops_per_program <= kOpsMax, settings.ops_per_program);
  GMC_CHECK(settings.candidates < kLayoutsMax, settings.candidates);
}

// --------------------------------------------------------------------------------------------------------------------------- Batch

void Generator::begin(std::uint64_t seed, std::uint64_t first) {
  seed_ = seed;
  number_ = first;
  Random random(mix(seed) ^ kBatchSalt);
  draw_layouts(random);
  terrain_.survey(adopts_ ? settings_.adopted : layouts_.front(), profile_, adopts_, random);
  writable_.clear();
  for (std::size_t i = 0; i < terrain_.places().size(); ++i) {
    if (!terrain_.places()[i].is_read_only) writable_.push_back(static_cast<std::uint8_t>(i));
  }
  dense_only_ = profile_.root().dirty_origin == DirtyOrigin::kRegion && !terrain_.is_aligned_to(profile_.root().dirty_granule);
  swarm_ = draw_swarm(profile_weights(), settings_, random);
  build_tables();
  build_lengths(random);
  build_marks(random);
}

void Generator::draw_layouts(Random& random) {
  layouts_.clear();
  if (adopts_) {
    layouts_.emplace_back();
    return;
  }
  layouts_.push_back(draw_layout(profile_, settings_, random));
  // By weight, so that every clause has its share: five kinds stand for overlaps.
  std::vector<CandidateKind> legal;
  std::vector<CandidateKind> illegal;
  for (std::uint32_t i = 0; i < kCandidateKindCount; ++i) {
    const auto kind = static_cast<CandidateKind>(i);
    const bool is_overlap = kind >= CandidateKind::kOverlapInside && kind <= CandidateKind::kOverlapLastPair;
    if (!applies(kind, profile_)) continue;
    std::vector<CandidateKind>& kinds = is_legal(kind) ? legal : illegal;
    kinds.insert(kinds.end(), is_overlap ? 1 : 3, kind);
  }
  // A memory that is made costs much more than one that is refused, so that one of the candidates is legal.
  for (std::uint32_t i = 0; i < settings_.candidates; ++i) {
    const std::vector<CandidateKind>& kinds = (i == 0 && !legal.empty()) || illegal.empty() ? legal : illegal;
    if (kinds.empty()) break;
    layouts_.push_back(draw_candidate(kinds[random.below(static_cast<std::uint32_t>(kinds.size()))], profile_, random));
  }
}

std::array<std::uint32_t, kOpKindCount> Generator::profile_weights() const {
  const Switches& switches = profile_.root();
  std::array<std::uint32_t, kOpKindCount> weights{};
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const bool claimed = is_claimed(static_cast<OpKind>(i), switches);
    weights[i] = settings_.weights[i] * (claimed ? kWeightScale : settings_.unclaimed ? 1 : 0);
  }
  // What the executor could not do, or the contract forbids to call, where it is not claimed.
  const auto forbid = [&](OpKind kind) { weights[index_of(kind)] = 0; };
  if (switches.dirty_source != DirtySource::kNone && switches.dirty_enable == DirtyEnable::kAlways) forbid(OpKind::kTrack);
  if (!switches.reset) forbid(OpKind::kReset);
  if (switches.file_facts.empty()) forbid(OpKind::kFacts);
  if (layouts_.size() < 2) forbid(OpKind::kCreate);
  if (terrain_.has_huge()) forbid(OpKind::kZeroAll);
  // What moves all of memory costs as much as hundreds of other operations: where there is much of it, it is drawn in few batches.
  std::uint64_t mapped = 0;
  for (const auto& place : terrain_.places()) mapped += std::min(place.size, kCheapWhole);
  if (mix(seed_ ^ kWholeSalt) % kWholeBatches != 0) {
    if (mapped >= kCheapWhole) forbid(OpKind::kZeroAll);
    if (terrain_.last_mapped() >= kCheapWhole) forbid(OpKind::kDump);
  }
  if (terrain_.last_mapped() >= kTransferMax && is_claimed(OpKind::kDump, switches)) forbid(OpKind::kDump);
  forbid(OpKind::kSubmitBegin);
  forbid(OpKind::kSubmitEnd);
  return weights;
}

void Generator::build_tables() {
  const auto kind_at = [](std::size_t i) { return static_cast<OpKind>(i); };
  std::array<std::uint32_t, kOpKindCount> weights = swarm_.weights;
  if (std::ranges::all_of(weights, [](std::uint32_t weight) { return weight == 0; })) weights[index_of(OpKind::kRead)] = 1;
  std::array<std::uint32_t, kOpKindCount> in_submit = weights;
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    if (!has_call_record(kind_at(i))) in_submit[i] = 0;
  }
  if (std::ranges::any_of(in_submit, [](std::uint32_t weight) { return weight != 0; })) {
    spread(in_submit, kind_at, kinds_in_submit_);
    const std::uint64_t total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    weights[index_of(OpKind::kSubmitBegin)] = static_cast<std::uint32_t>(total * swarm_.submit_percent / 100);
  }
  spread(weights, kind_at, kinds_);

  std::array<std::uint32_t, kSpotKindCount> spots = swarm_.spots;
  for (std::size_t i = 0; i < spots.size(); ++i) {
    if (!terrain_.has_spots(static_cast<SpotKind>(i))) spots[i] = 0;
  }
  if (std::ranges::all_of(spots, [](std::uint32_t weight) { return weight == 0; })) spots[0] = 1;
  spread(
      spots, [](std::size_t i) { return static_cast<SpotKind>(i); }, spots_);
}

namespace {

std::uint64_t draw_coded_length(std::uint16_t code, std::uint64_t granule, Random& random) {
  switch (code) {
    case kUpTo32:
      return 1 + random.below(32);
    case kUpTo256:
      return 1 + random.below(256);
    case kUpTo1024:
      return 257 + random.below(768);
    case kUpTo4096:
      return 1025 + random.below(3072);
    case kAroundPage:
      return kPage - 1 + random.below(3);
    case kAroundGranule:
      return std::min<std::uint64_t>(granule, 2 * kPage) - 1 + random.below(3);
    case kUpTo16Pages:
      return 1 + random.below(16 * kPage);
    case kWholeReach:  // cut to what there is, where the access is to succeed
      return 64 * kPage;
    default:
      return code;
  }
}

}  // namespace

// Lengths are drawn when a batch begins: so many that a batch is as good as free to have any of them.
void Generator::build_lengths(Random& random) {
  const std::span<const LengthShare> shares = shares_of(swarm_.lengths);
  std::array<std::uint32_t, 64> weights{};
  std::ranges::transform(shares, weights.begin(), &LengthShare::weight);
  std::array<std::uint16_t, kLengthTable> codes{};
  spread(
      std::span(weights).first(shares.size()), [&](std::size_t i) { return shares[i].code; }, codes);
  for (std::size_t i = 0; i < lengths_.size(); ++i) {
    lengths_[i] = static_cast<std::uint32_t>(draw_coded_length(codes[i], profile_.root().dirty_granule, random));
  }

  // Offered sizes in turn; of the unusual ones, and of those that are not offered, one entry.
  const SizeSet offered = profile_.root().typed_sizes;
  std::array<std::uint8_t, 64> sizes{};
  std::size_t count = 0;
  for (std::uint8_t size = 1; size < 64; ++size) {
    if (offered.has(size)) sizes[count++] = size;
  }
  for (std::size_t i = 0; i < typed_sizes_.size(); ++i) typed_sizes_[i] = count > 0 ? sizes[i % count] : 8;
  if (offered.has(0)) typed_sizes_[0] = typed_sizes_[21] = typed_sizes_[42] = 0;
  static constexpr std::uint8_t kUnusual[] = {0, 3, 5, 6, 7, 12, 16, 32, 63};
  const std::uint8_t unusual = kUnusual[mix(seed_) % std::size(kUnusual)];
  if (settings_.unclaimed && !offered.has(unusual)) typed_sizes_[63] = unusual;
}

// The bytes of every place that accesses are aimed at: its ends, first bytes of pages, granules and bitmap words, and any.
void Generator::build_marks(Random& random) {
  const std::vector<Place>& places = terrain_.places();
  marks_.clear();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    for (std::uint32_t k = 0; k < kMarks; ++k) {
      std::uint64_t offset = draw_upto(place.size - 1, random);
      if (k < 3)
        offset = std::min<std::uint64_t>(k, place.size);
      else if (k < 7)
        offset = place.size - std::min<std::uint64_t>(k / 2 - 1, place.size);
      else if (k < 17)
        offset = terrain_.draw_inner(place, random);
      marks_.push_back(Mark{.offset = offset, .place = static_cast<std::uint8_t>(i)});
    }
  }
  for (std::uint32_t k = 0; k < kTargetTable; ++k) {
    const auto any = static_cast<std::uint8_t>(random.below(static_cast<std::uint32_t>(places.size())));
    targets_[0][k] = any;
    // One write in ten finds out whether read-only memory is.
    targets_[1][k] = writable_.empty() || k % 10 == 0 ? any : writable_[random.below(static_cast<std::uint32_t>(writable_.size()))];
  }
}

// ------------------------------------------------------------------------------------------------------------------------- Program

void Generator::next(Program& program) {
  Random random((mix(seed_) ^ kProgramSalt) + number_);
  ++number_;
  start_program(program, random);
  const auto count = static_cast<std::uint32_t>(program.ops.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    Op& op = program.ops[i];
    op = Op{};
    if (i == 0 && count > 1 && is_claimed(OpKind::kTrack, profile_.root()) && random.percent(swarm_.track_percent)) {
      op.kind = OpKind::kTrack;
      op.on = true;
      continue;
    }
    emit(op, draw_kind(count - i, random), random);
  }
}

void Generator::start_program(Program& program, Random& random) {
  program.seed = random.next();
  program.adopts = adopts_;
  if (program.layouts != layouts_) program.layouts = layouts_;
  program.ops.resize(settings_.ops_per_program);
  open_count_ = 0;
  slot_place_.fill(kNowhere);
  submit_left_ = 0;
  in_submit_ = false;
  const std::vector<Place>& places = terrain_.places();
  for (Mark& hot : hot_) {
    hot.place = targets_[1][random.below(kTargetTable)];
    hot.offset =
        random.percent(50) ? marks_[hot.place * kMarks + random.below(kMarks)].offset : draw_upto(places[hot.place].size - 1, random);
  }
}

OpKind Generator::draw_kind(std::uint32_t left, Random& random) {
  if (in_submit_) {
    if (submit_left_ == 0) return OpKind::kSubmitEnd;
    --submit_left_;
    const OpKind inner = kinds_in_submit_[random.below(kKindTable)];
    return (bit(inner) & kConditionalKinds) == 0 ? inner : replace_impossible(inner, random);
  }
  const OpKind kind = kinds_[random.below(kKindTable)];
  if ((bit(kind) & kConditionalKinds) == 0) return kind;
  if (kind != OpKind::kSubmitBegin) return replace_impossible(kind, random);
  if (left < 3) return replace_impossible(kinds_in_submit_[random.below(kKindTable)], random);
  submit_left_ = 1 + random.below(std::min(left - 2, kSubmitOps));
  return kind;
}

// What needs a space that is not open opens one instead.
OpKind Generator::replace_impossible(OpKind kind, Random& random) const {
  const bool may_open = !in_submit_ && settings_.weights[index_of(OpKind::kOpenRegion)] != 0;
  const OpKind instead = may_open ? OpKind::kOpenRegion : OpKind::kRead;
  switch (kind) {
    case OpKind::kOpenRegion:
      return open_count_ < kOpenSpaces ? kind : OpKind::kClose;
    case OpKind::kClose:
      return open_count_ > 0 ? kind : instead;
    case OpKind::kFdsOverlap:
      return open_count_ > 1 ? kind : instead;
    case OpKind::kHarvest:
      return open_count_ > 0 || !dense_only_ ? kind : instead;
    case OpKind::kFacts:
      return open_count_ > 0 || !may_open || random.percent(30) ? kind : instead;
    default:
      return kind;
  }
}

void Generator::emit(Op& op, OpKind kind, Random& random) {
  op.kind = kind;
  switch (kind) {
    case OpKind::kRead:
    case OpKind::kWrite:
    case OpKind::kReadPartial:
    case OpKind::kWritePartial:
    case OpKind::kFill:
    case OpKind::kReadAtomics:
    case OpKind::kWriteAtomics:
      return emit_bytes(op, random);
    case OpKind::kLoad:
    case OpKind::kStore:
      return emit_typed(op, random);
    case OpKind::kCheckRange:
    case OpKind::kMark:
      return emit_range(op, random);
    case OpKind::kZeroAll:
    case OpKind::kFacts:
      if (open_count_ > 0 && random.percent(70)) op.space = draw_open_slot(random);
      return;
    case OpKind::kDump:
      return emit_dump(op, random);
    case OpKind::kCheckedOffset:
      return emit_offset(op, random);
    case OpKind::kFind:
      return emit_find(op, random);
    case OpKind::kFdsOverlap:
      return emit_overlap(op, random);
    case OpKind::kTrack:
      op.on = random.percent(75);
      return;
    case OpKind::kHarvest:
      return emit_harvest(op, random);
    case OpKind::kReset:
      open_count_ = 0;
      return;
    case OpKind::kCreate:
      op.layout = static_cast<std::uint8_t>(1 + random.below(static_cast<std::uint32_t>(layouts_.size() - 1)));
      return;
    case OpKind::kOpenRegion:
      return emit_open(op, random);
    case OpKind::kClose:
      return emit_close(op, random);
    case OpKind::kSubmitBegin:
      in_submit_ = true;
      return;
    case OpKind::kSubmitEnd:
      in_submit_ = false;
      return;
    default:
      return;
  }
}

// ---------------------------------------------------------------------------------------------------------------------- Operations

void Generator::emit_bytes(Op& op, Random& random) {
  const Target target = draw_target(writes(op.kind), random);
  op.size = draw_length(random);
  aim(op, target, false, random);
  if (op.kind == OpKind::kFill) {
    op.data = Pattern{.kind = PatternKind::kByte, .byte = static_cast<std::uint8_t>(random.next()), .immediate_size = 0, .immediate = {}};
    // It brings no buffer, so that its size may be anything; where it would not end for long, it is not.
    const bool is_bounded = !terrain_.has_huge() && profile_.root().hole_kind != HoleKind::kDiscard;
    if (is_bounded && !in_submit_ && random.one_in(128)) op.size = UINT64_MAX >> random.below(3);
  } else if (writes(op.kind)) {
    draw_payload(op, random);
  }
}

void Generator::emit_typed(Op& op, Random& random) {
  const Target target = draw_target(writes(op.kind), random);
  op.size = typed_sizes_[random.below(static_cast<std::uint32_t>(typed_sizes_.size()))];
  aim(op, target, true, random);
  if (op.kind == OpKind::kStore) draw_payload(op, random);
}

void Generator::emit_range(Op& op, Random& random) {
  const bool marks = op.kind == OpKind::kMark;
  const Target target = draw_target(marks, random);
  op.size = draw_length(random);
  aim(op, target, false, random);
  if (!marks)
    op.rights = static_cast<std::uint8_t>(random.percent(60)   ? GMC_RIGHT_READ
                                          : random.percent(60) ? GMC_RIGHT_WRITE
                                                               : GMC_RIGHT_READ | GMC_RIGHT_WRITE);
  // No buffer, and any size is legal. Over a sparse region the marks would be without number.
  if ((marks && terrain_.has_huge()) || !random.one_in(16)) return;
  switch (random.below(4)) {
    case 0:
      op.size = UINT64_MAX - random.below(3);
      break;
    case 1:
      op.size = (std::uint64_t{1} << 63) - 1 + random.below(3);
      break;
    case 2:
      op.size = (std::uint64_t{1} << 32) - 1 + random.below(3);
      break;
    default:
      op.size = UINT64_MAX - draw_upto(kPage * 2, random);
      break;
  }
}

void Generator::emit_dump(Op& op, Random& random) {
  const std::uint64_t needed = terrain_.last_mapped() >= kTransferMax ? kPage : terrain_.last_mapped() + 1;
  switch (random.below(8)) {
    case 0:
      op.size = needed - 1;
      break;
    case 1:
      op.size = needed + 1;
      break;
    case 2:
      op.size = random.percent(50) ? 0 : needed + kPage;
      break;
    default:
      op.size = needed;
      break;
  }
  op.size = std::min(op.size, in_submit_ ? kSubmitTransfer : kTransferMax);
}

void Generator::emit_find(Op& op, Random& random) {
  Target target = draw_target(false, random);
  target.slot = 0;
  op.size = 1;  // for the aim only
  aim(op, target, true, random);
  op.size = 0;
  op.space = 0;
}

// The sum is the point: near regions' edges, whatever lies between, and sometimes beyond 2^64.
void Generator::emit_offset(Op& op, Random& random) {
  const Target target = draw_target(false, random);
  if (random.percent(25)) {
    op.size = draw_length(random);
    aim(op, target, true, random);
    if (random.percent(20)) op.size = UINT64_MAX - random.below(4);
    return;
  }
  const Place& place = place_of(target);
  const std::uint64_t from = draw_upto(place.size - 1, random);
  const std::vector<Place>& places = terrain_.places();
  const Place& to = target.slot != 0 ? place : places[random.below(static_cast<std::uint32_t>(places.size()))];
  std::uint64_t offset = random.percent(50) ? draw_upto(to.size - 1, random) : random.percent(50) ? 0 : to.size;
  offset += static_cast<std::uint64_t>(random.between(-1, 1));
  op.space = target.slot;
  op.at = terrain_.address(place, from);
  op.size = to.base + offset - (place.base + from);
}

void Generator::emit_harvest(Op& op, Random& random) {
  const SetOf<HarvestModes> offered = profile_.root().harvest;
  static constexpr HarvestMode kModes[] = {HarvestMode::kRead, HarvestMode::kClear, HarvestMode::kBoth};
  std::uint32_t choice = random.below(3);
  const bool as_offered = !settings_.unclaimed || !random.one_in(32);
  while (as_offered && !offered.empty() && !offered.has(static_cast<HarvestModes>(choice))) choice = (choice + 1) % 3;
  op.mode = kModes[choice];
  op.form = HarvestForm::kSparse;
  if (open_count_ == 0 || (!dense_only_ && random.percent(40))) return;
  op.space = draw_open_slot(random);
  if (dense_only_ || random.percent(70)) op.form = HarvestForm::kDense;
}

void Generator::emit_open(Op& op, Random& random) {
  std::uint8_t slot = 1;
  while (std::find(open_slots_.begin(), open_slots_.begin() + open_count_, slot) != open_slots_.begin() + open_count_) ++slot;
  op.opens = slot;
  open_slots_[open_count_++] = slot;
  slot_place_[slot] = kNowhere;
  if (random.one_in(40)) {
    op.at = terrain_.draw_spot(terrain_.has_spots(SpotKind::kHole) ? SpotKind::kHole : SpotKind::kTop, random);
    return;
  }
  const std::vector<Place>& places = terrain_.places();
  const auto chosen = random.below(static_cast<std::uint32_t>(places.size()));
  const Place& place = places[chosen];
  const std::uint64_t offset = random.percent(50) ? 0 : random.percent(30) ? place.size - 1 : draw_upto(place.size - 1, random);
  op.at = terrain_.address(place, offset);
  slot_place_[slot] = static_cast<std::uint8_t>(chosen);
}

void Generator::emit_close(Op& op, Random& random) {
  const std::uint32_t chosen = random.below(open_count_);
  op.space = open_slots_[chosen];
  slot_place_[op.space] = kNowhere;
  open_slots_[chosen] = open_slots_[--open_count_];
}

void Generator::emit_overlap(Op& op, Random& random) {
  const std::uint32_t first = random.below(open_count_);
  const std::uint32_t second = (first + 1 + random.below(open_count_ - 1)) % open_count_;
  op.space = open_slots_[first];
  op.other = open_slots_[second];
}

// --------------------------------------------------------------------------------------------------------------------------- Aim

Generator::Target Generator::draw_target(bool writes, Random& random) {
  if (open_count_ > 0 && random.percent(swarm_.space_percent)) {
    const std::uint8_t slot = draw_open_slot(random);
    if (slot_place_[slot] != kNowhere) return Target{.place = slot_place_[slot], .slot = slot};
  }
  return Target{.place = targets_[writes ? 1 : 0][random.below(kTargetTable)], .slot = 0};
}

std::uint64_t Generator::draw_length(Random& random) const {
  const std::uint64_t length = lengths_[random.below(kLengthTable)];
  return in_submit_ ? std::min(length, kSubmitTransfer) : length;
}

void Generator::aim(Op& op, Target target, bool keeps_size, Random& random) {
  op.space = target.slot;
  if (random.percent(swarm_.inside_percent)) return aim_inside(op, target, keeps_size, random);
  aim_at_spot(op, target, random);
}

// One draw and hardly a branch: a mispredicted one costs as much as all the arithmetic.
void Generator::aim_inside(Op& op, Target target, bool keeps_size, Random& random) {
  const std::uint64_t bits = random.next();
  const Mark& hot = hot_[bits & (kHotCount - 1)];
  const bool is_hot = ((bits >> 8) & 127) * 100 < swarm_.hot_percent * 128u && (target.slot == 0 || hot.place == target.place);
  const Mark& mark = is_hot ? hot : marks_[target.place * kMarks + ((bits >> 16) & (kMarks - 1))];
  const Place& place = terrain_.places()[mark.place];
  const std::uint64_t reach = target.slot == 0 ? place.reach : place.size;
  const std::uint64_t size = std::min(op.size, reach);
  if (!keeps_size) op.size = size;
  const std::uint64_t shifts[3] = {0, size, ((bits >> 40) * (size + 1)) >> 24};
  const std::uint64_t shift = std::min(mark.offset, shifts[kShifts[(bits >> 24) & 7]]);
  const std::uint64_t jitter = static_cast<std::uint64_t>(std::int64_t{kJitters[(bits >> 27) & 63]});
  const std::uint64_t offset = mark.offset - shift + jitter;
  // What the jitter took below the first byte is a huge number here, and comes to lie at the end.
  op.at = terrain_.address(place, std::min(offset, reach - size));
}

void Generator::aim_at_spot(Op& op, Target target, Random& random) {
  const std::uint64_t bits = random.next();
  if (target.slot != 0 && (bits & 1) != 0) {
    const Place& place = place_of(target);
    op.at = terrain_.address(place, (bits & 2) != 0 ? 0 : place.size);
  } else {
    op.at = terrain_.draw_spot(spots_[random.below(kSpotTable)], random);
  }
  const std::uint64_t shifts[3] = {0, op.size, ((bits >> 40) * (op.size + 1)) >> 24};
  const std::uint64_t jitter = static_cast<std::uint64_t>(std::int64_t{kSpotJitters[(bits >> 20) & 15]});
  op.at.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) + jitter - shifts[kShifts[(bits >> 24) & 7]]);
}

void Generator::draw_payload(Op& op, Random& random) {
  if (random.percent(swarm_.unique_percent)) return;
  Pattern& data = op.data;
  switch (random.below(4)) {
    case 0:  // what a list's earlier calls leave there is not known before it runs
      data.kind = in_submit_ ? PatternKind::kUnique : PatternKind::kSame;
      return;
    case 1:
      data.kind = PatternKind::kByte;
      return;
    case 2:
      data.kind = PatternKind::kByte;
      data.byte = static_cast<std::uint8_t>(random.next());
      return;
    default:
      break;
  }
  data.kind = PatternKind::kImmediate;
  data.immediate_size = static_cast<std::uint8_t>(1 + random.below(16));
  for (std::uint8_t i = 0; i < data.immediate_size; ++i) data.immediate[i] = static_cast<std::uint8_t>(random.next());
}

}  // namespace gmc
