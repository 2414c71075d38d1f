// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/generator.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "harness/base/check.h"
#include "harness/base/page.h"
#include "harness/generate/draw.h"
#include "harness/generate/layouts.h"

namespace gmc {
namespace {

constexpr std::uint64_t kCheapWhole = 48 << 10;  // bytes; so much memory may be zeroed or dumped in any batch
constexpr std::uint64_t kWholeBatches = 24;      // of larger memories one batch in so many may
constexpr std::uint64_t kWholeSalt = 0x77686f6c65;
constexpr std::uint32_t kWeightScale = 48;  // a weight of ops.def for what the profile claims; 1 for what it does not
constexpr std::uint32_t kSubmitOps = 8;
constexpr std::uint64_t kBatchSalt = 0x5a3c96d2;  // so that a batch and its first program draw different numbers
constexpr std::uint64_t kProgramSalt = 0x1db7f08e;

std::size_t index_of(OpKind kind) { return static_cast<std::size_t>(kind); }

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

// A bit for every operation that may not be possible at one point of a program.
constexpr std::uint64_t bit(OpKind kind) { return std::uint64_t{1} << static_cast<unsigned>(kind); }
constexpr std::uint64_t kConditionalKinds =
    bit(OpKind::kOpenRegion) | bit(OpKind::kOpenRange) | bit(OpKind::kClose) | bit(OpKind::kFdsOverlap) | bit(OpKind::kHarvest) |
    bit(OpKind::kFacts) | bit(OpKind::kSubmitBegin) | bit(OpKind::kAdd) | bit(OpKind::kInsert) | bit(OpKind::kRemove) |
    bit(OpKind::kReplace) | bit(OpKind::kOpenSnapshot) | bit(OpKind::kProtect) | bit(OpKind::kOpenMemory);

}  // namespace

Generator::Generator(const Profile& profile, const GeneratorSettings& settings)
    : profile_(profile),
      settings_(settings),
      claims_(profile),
      conditional_kinds_(kConditionalKinds | claims_.beneath()),
      adopts_(profile.root().layout == LayoutSource::kOwn) {
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
  find_gaps();
  draw_additions(random);
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
  const std::uint32_t candidates =
      offers_changes() ? std::min(settings_.candidates, kLayoutsMax - 1 - kAdditionsMax) : settings_.candidates;
  for (std::uint32_t i = 0; i < candidates; ++i) {
    const std::vector<CandidateKind>& kinds = (i == 0 && !legal.empty()) || illegal.empty() ? legal : illegal;
    if (kinds.empty()) break;
    layouts_.push_back(draw_candidate(kinds[random.below(static_cast<std::uint32_t>(kinds.size()))], profile_, random));
  }
}

std::array<std::uint32_t, kOpKindCount> Generator::profile_weights() const {
  const Switches& switches = profile_.root();
  std::array<std::uint32_t, kOpKindCount> weights{};
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const bool claimed = claims_.anywhere(static_cast<OpKind>(i));
    weights[i] = settings_.weights[i] * (claimed ? kWeightScale : settings_.unclaimed ? 1 : 0);
  }
  // What the executor could not do, or the contract forbids to call, where it is not claimed.
  const auto forbid = [&](OpKind kind) { weights[index_of(kind)] = 0; };
  if (switches.dirty_source != DirtySource::kNone && switches.dirty_enable == DirtyEnable::kAlways) forbid(OpKind::kTrack);
  if (layouts_.size() < 2) forbid(OpKind::kCreate), forbid(OpKind::kReplace);
  if (adopts_) forbid(OpKind::kCreate);
  if (additions_.empty()) forbid(OpKind::kAdd);
  if (terrain_.has_huge()) forbid(OpKind::kZeroAll);
  // What moves all of memory costs as much as hundreds of other operations: where there is much of it, it is drawn in few batches.
  std::uint64_t mapped = 0;
  for (const auto& place : terrain_.places()) mapped += std::min(place.size, kCheapWhole);
  if (mix(seed_ ^ kWholeSalt) % kWholeBatches != 0) {
    if (mapped >= kCheapWhole) forbid(OpKind::kZeroAll);
    if (terrain_.last_mapped() >= kCheapWhole) forbid(OpKind::kDump);
  }
  if (terrain_.last_mapped() >= kTransferMax && claims_.by(GMC_SPACE_ROOT, OpKind::kDump)) forbid(OpKind::kDump);
  // Few memories of such granules are small enough to be dumped: those that are have to make up for the others.
  constexpr std::uint32_t kDumpsOfTheFew = 3;
  if (switches.dirty_source != DirtySource::kNone && switches.dirty_granule > kTransferMax)
    weights[index_of(OpKind::kDump)] *= kDumpsOfTheFew;
  // These come in their own places.
  forbid(OpKind::kSubmitBegin);
  forbid(OpKind::kSubmitEnd);
  forbid(OpKind::kDestroy);
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

// Long copies go block by block: half of the long lengths are whole blocks, or one more or less.
std::uint64_t draw_long_length(std::uint64_t first, std::uint32_t count, Random& random) {
  constexpr std::uint64_t kBlock = 64;
  const std::uint64_t length = first + random.below(count);
  if (random.percent(50)) return length;
  return length / kBlock * kBlock + static_cast<std::uint64_t>(random.between(-1, 1));
}

std::uint64_t draw_coded_length(std::uint16_t code, std::uint64_t granule, Random& random) {
  switch (code) {
    case kUpTo32:
      return 1 + random.below(32);
    case kUpTo256:
      return 1 + random.below(256);
    case kUpTo1024:
      return 257 + random.below(768);
    case kUpTo4096:
      return draw_long_length(1025, 3072, random);
    case kAroundPage:
      return kPage - 1 + random.below(3);
    case kAroundGranule:
      return std::min<std::uint64_t>(granule, 2 * kPage) - 1 + random.below(3);
    case kUpTo16Pages:
      return draw_long_length(kPage + 1, random.percent(50) ? 3 * kPage : 15 * kPage, random);
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
  static constexpr std::uint8_t kUnusual[] = {0, 3, 5, 6, 7, 12, 16, 32, 63};
  const std::uint8_t unusual = kUnusual[mix(seed_) % std::size(kUnusual)];
  const auto take_turns = [&](SizeSet offered, std::array<std::uint8_t, 64>& table) {
    std::array<std::uint8_t, 64> sizes{};
    std::size_t count = 0;
    for (std::uint8_t size = 1; size < 64; ++size) {
      if (offered.has(size)) sizes[count++] = size;
    }
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = count > 0 ? sizes[i % count] : 8;
    if (offered.has(0)) table[0] = table[21] = table[42] = 0;
    if (settings_.unclaimed && !offered.has(unusual)) table[63] = unusual;
  };
  take_turns(profile_.root().typed_sizes, typed_sizes_);
  take_turns(profile_.root().atomic_sizes, atomic_sizes_);
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
    if (i == 0 && count > 1 && claims_.by(GMC_SPACE_ROOT, OpKind::kTrack) && random.percent(swarm_.track_percent)) {
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
  slots_.fill(Window{});
  pointed_ = written_ = {};
  debts_ = {};
  is_reporting_ = false;
  submit_left_ = 0;
  in_submit_ = false;
  start_changes(random);
  start_protecting(random);
  start_sharing(random);
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
    return (bit(inner) & conditional_kinds_) == 0 ? inner : replace_impossible(inner, random);
  }
  if (return_.left > 0) [[unlikely]]
    return kReturn[return_.left - 1];
  if (again_) [[unlikely]]
    return again_->first;
  if (is_destroyed_) [[unlikely]]
    return draw_last_kind(random);
  if (tail_ != 0 && ends_now(left)) [[unlikely]]
    return OpKind::kDestroy;
  if (owes()) [[unlikely]] {
    if (const auto due = pay_debt(random)) return *due;
  }
  if (may_share_ && !has_shared_ && shares_now(random)) [[unlikely]]
    return replace_impossible(OpKind::kOpenMemory, random);
  const OpKind kind = kinds_[random.below(kKindTable)];
  if ((bit(kind) & conditional_kinds_) == 0) return kind;
  if (kind == OpKind::kInsert && begin_return(left, random)) return kReturn[return_.left - 1];
  if (kind != OpKind::kSubmitBegin) return replace_impossible(kind, random);
  if (left < 3) return replace_impossible(kinds_in_submit_[random.below(kKindTable)], random);
  submit_left_ = 1 + random.below(std::min(left - 2, kSubmitOps));
  return kind;
}

// What needs a space that is not open opens one instead.
OpKind Generator::replace_impossible(OpKind kind, Random& random) const {
  const bool may_open = !in_submit_ && settings_.weights[index_of(OpKind::kOpenRegion)] != 0;
  const OpKind instead = may_open ? OpKind::kOpenRegion : OpKind::kRead;
  if (claims_.only_beneath(kind) && !in_submit_ && open_count_ < kOpenSpaces && slot_that_claims(kind, random) == 0) [[unlikely]] {
    const OpKind opening = claims_.by(GMC_SPACE_REGION, kind) ? OpKind::kOpenRegion : OpKind::kOpenRange;
    if (has_weight(opening) && !random.one_in(kElsewhereOneIn)) return opening;
  }
  switch (kind) {
    case OpKind::kAdd:
    case OpKind::kRemove:
    case OpKind::kReplace:
      return may_change_ || !offers_changes() ? kind : OpKind::kRead;
    case OpKind::kOpenMemory:
      if (!may_share_ && offers_sharing()) return OpKind::kRead;
      return shareable_slot() != 0 && open_count_ < kOpenSpaces ? kind : open_count_ < kOpenSpaces ? instead : OpKind::kRead;
    case OpKind::kProtect:
      return may_protect_ || !offers_protect() ? kind : OpKind::kRead;
    case OpKind::kInsert:
      if (!may_change_ && offers_changes()) return OpKind::kRead;
      return open_count_ > 0 ? kind : instead;
    case OpKind::kOpenSnapshot:
      return may_change_ && open_count_ < kOpenSpaces ? kind : OpKind::kRead;
    case OpKind::kOpenRegion:
    case OpKind::kOpenRange:
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
  if (return_.left > 0) [[unlikely]]
    return emit_return(op, random);
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
    case OpKind::kAtomicLoad:
    case OpKind::kAtomicStore:
    case OpKind::kCompareExchange:
    case OpKind::kExchange:
    case OpKind::kFetchAdd:
    case OpKind::kFetchSub:
    case OpKind::kFetchAnd:
    case OpKind::kFetchOr:
    case OpKind::kFetchXor:
      return emit_atomic(op, random);
    case OpKind::kCheckRange:
    case OpKind::kMark:
    case OpKind::kHostAddress:
      return emit_range(op, random);
    case OpKind::kZeroAll:
    case OpKind::kFacts:
    case OpKind::kLastAddress:
    case OpKind::kTotalSize:
      op.space = draw_space(kind, random);
      return;
    case OpKind::kCopy:
      return emit_copy(op, random);
    case OpKind::kReadArray:
    case OpKind::kWriteArray:
      return emit_array(op, random);
    case OpKind::kReference:
      return emit_reference(op, random);
    case OpKind::kSlices:
      return emit_slices(op, random);
    case OpKind::kDump:
      return emit_dump(op, random);
    case OpKind::kReadFrom:
    case OpKind::kReadFromPartial:
    case OpKind::kWriteTo:
    case OpKind::kWriteToPartial:
      return emit_stream(op, random);
    case OpKind::kCheckedOffset:
      return emit_offset(op, random);
    case OpKind::kFind:
    case OpKind::kIova:
      return emit_find(op, random);
    case OpKind::kFdsOverlap:
      return emit_overlap(op, random);
    case OpKind::kTrack:
      op.on = random.percent(75);
      return;
    case OpKind::kHarvest:
      return emit_harvest(op, random);
    case OpKind::kArm:
      return emit_arm(op, random);
    case OpKind::kReset:
      open_count_ = 0;
      return;
    case OpKind::kCreate:
      op.layout = static_cast<std::uint8_t>(1 + random.below(static_cast<std::uint32_t>(layouts_.size() - 1)));
      return;
    case OpKind::kAdd:
    case OpKind::kInsert:
    case OpKind::kRemove:
    case OpKind::kReplace:
    case OpKind::kOpenSnapshot:
    case OpKind::kProtect:
      return emit_change(op, random);
    case OpKind::kOpenMemory:
      return emit_open_memory(op, random);
    case OpKind::kDestroy:
      return emit_destroy();
    case OpKind::kOpenRegion:
      return emit_open(op, random);
    case OpKind::kOpenRange:
      return emit_open_range(op, random);
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

}  // namespace gmc
