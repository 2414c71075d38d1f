// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/adapters/reference/reference_plugin.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/abi/cpp/backend.h"
#include "harness/abi/cpp/host.h"
#include "harness/adapters/reference/answering.h"

namespace gmc {

namespace {

// One memory: the reference, and the program that its operations belong to, which has nothing but its layout.
struct ReferenceMemory {
  ReferenceMemory(const Profile& profile, const Layout& layout) : reference(profile) {
    program.layouts.push_back(layout);
    reference.create(layout);
  }

  Reference reference;
  Program program;
  AnswerRoom room;
};

Layout layout_of(const GmcLayout& given) {
  Layout layout;
  for (std::uint64_t i = 0; i < given.count; ++i) {
    const GmcEntry& entry = given.entries[i];
    Region region{.base = entry.base, .size = entry.size};
    region.is_window = entry.kind == GMC_ENTRY_WINDOW;
    region.is_read_only = !region.is_window && (entry.rights & GMC_RIGHT_WRITE) == 0;
    layout.regions.push_back(region);
  }
  return layout;
}

Op op_of(OpKind kind, std::uint8_t slot) { return Op{.kind = kind, .space = slot}; }

class ReferenceSpace {
 public:
  struct Lane;  // there is only the null lane

  ReferenceSpace(Host host, std::shared_ptr<ReferenceMemory> memory, std::uint8_t slot)
      : host_(host), memory_(std::move(memory)), slot_(slot) {}
  ~ReferenceSpace() {
    const Op end = op_of(slot_ == 0 ? OpKind::kDestroy : OpKind::kClose, slot_);
    if (memory_->reference.is_open(slot_) && memory_->reference.runs(end)) run(end);
  }
  ReferenceSpace(const ReferenceSpace&) = delete;
  ReferenceSpace& operator=(const ReferenceSpace&) = delete;

  Host host() const { return host_; }

  void describe(Text& text) const {
    const MappedRegion* const region = memory_->reference.region_of(slot_);
    if (region == nullptr || !memory_->reference.profile().of(GMC_SPACE_REGION).file_facts.has(FileFacts::kProtection)) return;
    text.line("protection", region->is_read_only ? std::uint64_t{1} : std::uint64_t{3});
  }

  GmcOutcome reset(Lane*) { return slot_ == 0 ? run(op_of(OpKind::kReset, 0)) : gmc_outcome(GMC_INVALID_ARGUMENT); }

  GmcOutcome regions(Lane*, GmcRegionInfo* infos, std::uint64_t room) {
    if (room < memory_->reference.map().regions().size()) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const GmcOutcome outcome = run(op_of(OpKind::kRegions, slot_));
    if (outcome.status == GMC_OK) std::copy(memory_->room.regions.begin(), memory_->room.regions.end(), infos);
    return outcome;
  }

  GmcOutcome add(Lane*, const GmcEntry* entry, std::unique_ptr<ReferenceSpace>& region) {
    if (slot_ != 0) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const std::uint8_t slot = free_slot();
    const GmcOutcome outcome = entry->backing == GMC_BACKING_SPACE ? insert(*entry, slot) : change_by(OpKind::kAdd, {entry, 1}, slot);
    take(slot, region);
    return outcome;
  }
  GmcOutcome remove(Lane*, std::uint64_t base, std::uint64_t size, std::unique_ptr<ReferenceSpace>& region) {
    if (slot_ != 0) return gmc_outcome(GMC_INVALID_ARGUMENT);
    Op op = at(OpKind::kRemove, base, size);
    op.opens = free_slot();
    const GmcOutcome outcome = run(op);
    take(op.opens, region);
    return outcome;
  }
  GmcOutcome replace(Lane*, const GmcLayout* layout) {
    return slot_ == 0 ? change_by(OpKind::kReplace, *layout, 0) : gmc_outcome(GMC_INVALID_ARGUMENT);
  }

  // Another memory with the region that this is a space of.
  GmcOutcome share(const GmcEntry& entry, std::unique_ptr<ReferenceSpace>& root) {
    Op op = op_of(OpKind::kOpenMemory, 0);
    op.at = Address{.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(entry.base)};
    op.size = entry.size;
    op.other = slot_;
    op.opens = free_slot();
    if (op.opens == 0) return gmc_outcome(GMC_NO_MEMORY);
    const GmcOutcome outcome = run(op);
    take(op.opens, root);
    return outcome;
  }

  GmcOutcome protect(Lane*, std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
    if (slot_ != 0 || rights > (GMC_RIGHT_READ | GMC_RIGHT_WRITE)) return gmc_outcome(GMC_INVALID_ARGUMENT);
    Op op = at(OpKind::kProtect, address, size);
    op.rights = static_cast<std::uint8_t>(rights);
    return run(op);
  }

  GmcOutcome arm(Lane*, std::uint32_t fault, std::uint64_t nth) {
    if (slot_ != 0 || fault >= GMC_FAULT_COUNT) return gmc_outcome(GMC_INVALID_ARGUMENT);
    Op op = op_of(OpKind::kArm, slot_);
    op.fault = static_cast<std::uint8_t>(fault);
    op.count = nth;
    return run(op);
  }

  GmcOutcome open(Lane*, const GmcSpaceRequest* request, std::unique_ptr<ReferenceSpace>& opened) {
    switch (request->kind) {
      case GMC_SPACE_REGION:
        return open_at(OpKind::kOpenRegion, request->address, 0, opened);
      case GMC_SPACE_RANGE:
        return open_at(OpKind::kOpenRange, request->address, request->size, opened);
      case GMC_SPACE_SNAPSHOT:
        return open_at(OpKind::kOpenSnapshot, std::nullopt, 0, opened);
      default:
        return gmc_outcome(GMC_UNSUPPORTED);
    }
  }

  GmcOutcome read(Lane*, std::uint64_t address, void* buffer, std::uint64_t size) {
    return transfer(at(OpKind::kRead, address, size), buffer);
  }
  GmcOutcome write(Lane*, std::uint64_t address, const void* buffer, std::uint64_t size) {
    return transfer(at(OpKind::kWrite, address, size), buffer);
  }
  template <typename T>
  GmcOutcome load(Lane*, std::uint64_t address) {
    return transfer(at(OpKind::kLoad, address, sizeof(T)), nullptr);
  }
  template <typename T>
  GmcOutcome store(Lane*, std::uint64_t address, T value) {
    return transfer(at(OpKind::kStore, address, sizeof(T)), &value);
  }

  GmcOutcome call(Lane*, const GmcCall& call);

  GmcOutcome track(Lane*, std::uint32_t on) {
    Op op = op_of(OpKind::kTrack, slot_);
    op.on = on != 0;
    return run(op);
  }
  GmcOutcome mark(Lane*, std::uint64_t address, std::uint64_t size) { return run(at(OpKind::kMark, address, size)); }

  GmcOutcome harvest_dense(Lane*, std::uint32_t flags, std::uint64_t* words, std::uint64_t room) {
    const auto granules = memory_->reference.dense_granule_count(slot_);
    const bool reads = (flags & GMC_HARVEST_READ) != 0;
    if (reads && granules && room < (*granules + 63) / 64) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const GmcOutcome outcome = harvest(HarvestForm::kDense, flags);
    if (outcome.status == GMC_OK && reads) std::copy(memory_->room.dense.begin(), memory_->room.dense.end(), words);
    return outcome;
  }
  GmcOutcome harvest_sparse(Lane*, std::uint32_t flags, GmcDirtyWord* words, std::uint64_t room) {
    const bool reads = (flags & GMC_HARVEST_READ) != 0;
    if (reads && room < sparse_words(memory_->reference, slot_).size()) return gmc_outcome(GMC_INVALID_ARGUMENT);
    const GmcOutcome outcome = harvest(HarvestForm::kSparse, flags);
    if (outcome.status == GMC_OK && reads) std::copy(memory_->room.sparse.begin(), memory_->room.sparse.end(), words);
    return outcome;
  }

 private:
  // The reference's operations name the byte of the root.
  Op at(OpKind kind, std::uint64_t address, std::uint64_t size) const {
    Op op = op_of(kind, slot_);
    const std::uint64_t base = memory_->reference.extent_of(slot_).first;
    op.at = Address{.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(base + address)};
    op.size = size;
    return op;
  }

  // What the contract says nothing about has no answer here.
  GmcOutcome run(const Op& op) {
    if (!memory_->reference.runs(op)) return gmc_outcome(GMC_UNSUPPORTED);
    return answer(memory_->reference, memory_->program, op, memory_->room);
  }

  // 0 where there is none.
  [[nodiscard]] std::uint8_t free_slot() const {
    std::uint8_t slot = 1;
    while (slot < kSlotsMax && memory_->reference.is_open(slot)) ++slot;
    return slot == kSlotsMax ? std::uint8_t{0} : slot;
  }
  // The space that a change has opened there, if it has.
  void take(std::uint8_t slot, std::unique_ptr<ReferenceSpace>& opened) const {
    if (slot != 0 && memory_->reference.is_open(slot)) opened = std::make_unique<ReferenceSpace>(host_, memory_, slot);
  }

  // Without an address where the operation takes none.
  GmcOutcome open_at(OpKind kind, std::optional<std::uint64_t> address, std::uint64_t size, std::unique_ptr<ReferenceSpace>& opened) {
    const std::uint8_t slot = free_slot();
    if (slot == 0) return gmc_outcome(GMC_NO_MEMORY);
    Op op = address ? at(kind, *address, size) : op_of(kind, slot_);
    op.opens = slot;
    const GmcOutcome outcome = run(op);
    if (outcome.status == GMC_OK) opened = std::make_unique<ReferenceSpace>(host_, memory_, slot);
    return outcome;
  }

  GmcOutcome change_by(OpKind kind, const GmcLayout& layout, std::uint8_t opens) {
    for (const GmcEntry& entry : std::span(layout.entries, layout.count)) {
      if (entry.kind == GMC_ENTRY_REGION && entry.backing != GMC_BACKING_OWN) return gmc_outcome(GMC_UNSUPPORTED);
    }
    if (kind == OpKind::kAdd && layout.entries->kind != GMC_ENTRY_REGION) return gmc_outcome(GMC_INVALID_ARGUMENT);
    // The reference has its own copy of what earlier ones brought.
    memory_->program.layouts.resize(1);
    memory_->program.layouts.push_back(layout_of(layout));
    Op op = op_of(kind, slot_);
    op.layout = 1;
    op.opens = opens;
    return run(op);
  }
  GmcOutcome insert(const GmcEntry& entry, std::uint8_t opens) {
    if (entry.space == nullptr) return gmc_outcome(GMC_INVALID_ARGUMENT);
    Op op = at(OpKind::kInsert, entry.base, entry.size);
    op.other = reinterpret_cast<const ReferenceSpace*>(entry.space)->slot_;
    op.opens = opens;
    return run(op);
  }

  // The reference does not write through the pointer of a write.
  GmcOutcome transfer(const Op& op, const void* buffer) {
    auto* const bytes = const_cast<std::uint8_t*>(static_cast<const std::uint8_t*>(buffer));
    memory_->room.bytes = std::span(bytes, bytes == nullptr ? 0 : op.size);
    return run(op);
  }

  GmcOutcome harvest(HarvestForm form, std::uint32_t flags) {
    if (flags < GMC_HARVEST_READ || flags > (GMC_HARVEST_READ | GMC_HARVEST_CLEAR)) return gmc_outcome(GMC_INVALID_ARGUMENT);
    Op op = op_of(OpKind::kHarvest, slot_);
    op.form = form;
    op.mode = static_cast<HarvestMode>(flags);
    return run(op);
  }

  GmcOutcome call_typed(const GmcCall& call);
  GmcOutcome call_atomic(OpKind kind, const GmcCall& call);

  Host host_;
  std::shared_ptr<ReferenceMemory> memory_;
  std::uint8_t slot_;
};

GmcOutcome ReferenceSpace::call_typed(const GmcCall& call) {
  if (call.op == GMC_CALL_LOAD) return transfer(at(OpKind::kLoad, call.address, call.size), call.buffer);
  const Op op = at(OpKind::kStore, call.address, call.size);
  switch (call.size) {
    case 1: {
      const auto value = static_cast<std::uint8_t>(call.value);
      return transfer(op, &value);
    }
    case 2: {
      const auto value = static_cast<std::uint16_t>(call.value);
      return transfer(op, &value);
    }
    case 4: {
      const auto value = static_cast<std::uint32_t>(call.value);
      return transfer(op, &value);
    }
    case 8:
      return transfer(op, &call.value);
    default:
      return transfer(op, call.buffer);
  }
}

// The operands of 16 bytes come in the buffer, the others in the record.
GmcOutcome ReferenceSpace::call_atomic(OpKind kind, const GmcCall& call) {
  Op op = at(kind, call.address, std::min(call.size, kTypedSizeMax + 1));
  // What is no order is one number as good as any other.
  op.order = static_cast<std::uint8_t>(std::min(call.order, std::uint32_t{UINT8_MAX}));
  op.failure_order = static_cast<std::uint8_t>(std::min(call.failure_order, std::uint32_t{UINT8_MAX}));
  std::array<std::uint8_t, 2 * (kTypedSizeMax + 1)> operands{};
  std::memcpy(operands.data(), &call.expected, sizeof call.expected);
  std::memcpy(operands.data() + op.size, &call.value, sizeof call.value);
  auto* const buffer = static_cast<std::uint8_t*>(call.buffer);
  const bool is_wide = kind == OpKind::kCompareExchange && op.size == 16 && buffer != nullptr;
  memory_->room.expected = is_wide ? std::span(buffer, op.size) : std::span(operands).first(op.size);
  memory_->room.bytes = is_wide ? std::span(buffer + op.size, op.size) : std::span(operands).subspan(op.size, op.size);
  memory_->room.found = is_wide ? std::span(buffer + 2 * op.size, op.size) : std::span<std::uint8_t>{};
  return run(op);
}

GmcOutcome ReferenceSpace::call(Lane*, const GmcCall& call) {
  const auto ranged = [&](OpKind kind) { return transfer(at(kind, call.address, call.size), call.buffer); };
  switch (call.op) {
    case GMC_CALL_READ:
      return ranged(OpKind::kRead);
    case GMC_CALL_WRITE:
      return ranged(OpKind::kWrite);
    case GMC_CALL_LOAD:
    case GMC_CALL_STORE:
      return call_typed(call);
    case GMC_CALL_READ_PARTIAL:
      return ranged(OpKind::kReadPartial);
    case GMC_CALL_WRITE_PARTIAL:
      return ranged(OpKind::kWritePartial);
    case GMC_CALL_READ_ATOMICS:
      return ranged(OpKind::kReadAtomics);
    case GMC_CALL_WRITE_ATOMICS:
      return ranged(OpKind::kWriteAtomics);
    case GMC_CALL_ATOMIC_LOAD:
      return call_atomic(OpKind::kAtomicLoad, call);
    case GMC_CALL_ATOMIC_STORE:
      return call_atomic(OpKind::kAtomicStore, call);
    case GMC_CALL_COMPARE_EXCHANGE:
      return call_atomic(OpKind::kCompareExchange, call);
    case GMC_CALL_EXCHANGE:
      return call_atomic(OpKind::kExchange, call);
    case GMC_CALL_FETCH_ADD:
      return call_atomic(OpKind::kFetchAdd, call);
    case GMC_CALL_FETCH_SUB:
      return call_atomic(OpKind::kFetchSub, call);
    case GMC_CALL_FETCH_AND:
      return call_atomic(OpKind::kFetchAnd, call);
    case GMC_CALL_FETCH_OR:
      return call_atomic(OpKind::kFetchOr, call);
    case GMC_CALL_FETCH_XOR:
      return call_atomic(OpKind::kFetchXor, call);
    case GMC_CALL_DUMP: {
      Op op = op_of(OpKind::kDump, slot_);
      op.size = call.size;
      return transfer(op, call.buffer);
    }
    case GMC_CALL_FILL: {
      Op op = at(OpKind::kFill, call.address, call.size);
      op.data = {.kind = PatternKind::kByte, .byte = static_cast<std::uint8_t>(call.value), .immediate_size = 0, .immediate = {}};
      return run(op);
    }
    case GMC_CALL_COPY: {
      if (call.other == nullptr) return gmc_outcome(GMC_INVALID_ARGUMENT);
      Op op = at(OpKind::kCopy, call.address, call.size);
      const auto& target = *reinterpret_cast<const ReferenceSpace*>(call.other);
      op.other = target.slot_;
      op.at2 = target.at(OpKind::kCopy, call.other_address, 0).at;
      return run(op);
    }
    case GMC_CALL_ZERO_ALL:
      return run(op_of(OpKind::kZeroAll, slot_));
    case GMC_CALL_CHECK_RANGE: {
      Op op = at(OpKind::kCheckRange, call.address, call.size);
      op.rights = static_cast<std::uint8_t>(call.rights);
      return run(op);
    }
    case GMC_CALL_CHECKED_OFFSET:
      return run(at(OpKind::kCheckedOffset, call.address, call.size));
    case GMC_CALL_LAST_ADDRESS:
      return run(op_of(OpKind::kLastAddress, slot_));
    case GMC_CALL_TOTAL_SIZE:
      return run(op_of(OpKind::kTotalSize, slot_));
    case GMC_CALL_FIND:
      return run(at(OpKind::kFind, call.address, 0));
    case GMC_CALL_ALIGNED_REFERENCE:
    case GMC_CALL_ATOMIC_REFERENCE: {
      Op op = at(OpKind::kReference, call.address, call.size);
      op.rights = static_cast<std::uint8_t>(call.rights);
      op.use = call.op == GMC_CALL_ATOMIC_REFERENCE ? 1 : 0;
      return run(op);
    }
    case GMC_CALL_READ_ARRAY:
    case GMC_CALL_WRITE_ARRAY: {
      if (call.size == 0 || call.size > kTypedSizeMax) return gmc_outcome(GMC_INVALID_ARGUMENT);
      Op op = at(call.op == GMC_CALL_READ_ARRAY ? OpKind::kReadArray : OpKind::kWriteArray, call.address, call.size);
      op.count = call.value;
      op.room = call.expected;
      memory_->room.bytes = std::span(static_cast<std::uint8_t*>(call.buffer), buffer_size(op));
      return run(op);
    }
    case GMC_CALL_SLICES: {
      const GmcOutcome outcome = run(at(OpKind::kSlices, call.address, call.size));
      const std::vector<GmcPiece>& pieces = memory_->room.pieces;
      if (outcome.status == GMC_UNSUPPORTED) return outcome;
      if (pieces.size() > call.expected) return gmc_outcome(GMC_INVALID_ARGUMENT);
      std::copy(pieces.begin(), pieces.end(), static_cast<GmcPiece*>(call.buffer));
      return outcome;
    }
    case GMC_CALL_IOVA:
      return run(at(OpKind::kIova, call.address, 0));
    case GMC_CALL_FDS_OVERLAP: {
      if (call.other == nullptr) return gmc_outcome(GMC_INVALID_ARGUMENT);
      Op op = op_of(OpKind::kFdsOverlap, slot_);
      op.other = reinterpret_cast<const ReferenceSpace*>(call.other)->slot_;
      return run(op);
    }
    default:
      return gmc_outcome(GMC_UNSUPPORTED);
  }
}

struct ReferenceBackend {
  static constexpr const char* kName = "reference";
  static constexpr const char* kVersion = "1";
  using Space = ReferenceSpace;
  using Lane = ReferenceSpace::Lane;

  static GmcOutcome open(Host host, std::string_view config, std::unique_ptr<ReferenceBackend>& opened) {
    std::string text(config);
    std::replace(text.begin(), text.end(), ',', '\n');
    std::replace(text.begin(), text.end(), '+', ' ');
    const auto profile = Profile::parse(text, "reference");
    if (!profile) {
      host.error(profile.error().text());
      return gmc_outcome(GMC_INVALID_ARGUMENT);
    }
    const Switches& switches = profile->root();
    if (switches.fd_io) {
      host.error("reference: it has no operating system and makes no transfers");
      return gmc_outcome(GMC_INVALID_ARGUMENT);
    }
    const SetOf<Backings> own_or_shared(Backings::kOwn, Backings::kSpace);
    if (!switches.backing.has(Backings::kOwn) || (switches.backing.mask & ~own_or_shared.mask) != 0 ||
        switches.layout != LayoutSource::kGiven) {
      host.error("reference: it has no operating system and serves the backend's own bytes only");
      return gmc_outcome(GMC_INVALID_ARGUMENT);
    }
    opened = std::make_unique<ReferenceBackend>(host, *profile);
    return gmc_ok();
  }

  ReferenceBackend(Host host, const Profile& profile) : host_(host), profile_(profile) {}
  Host host() const { return host_; }

  GmcOutcome describe(const Space* space, Text& text) {
    if (space != nullptr) {
      space->describe(text);
      return gmc_ok();
    }
    const std::string printed = profile_.print();
    for (std::string_view rest = printed; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      const std::size_t equals = line.find(" = ");
      text.line(line.substr(0, equals), line.substr(equals + 3));
    }
    return gmc_ok();
  }

  GmcOutcome create(Lane*, const GmcLayout* given, std::unique_ptr<Space>& root) {
    if (given == nullptr) return gmc_outcome(GMC_UNSUPPORTED);
    if (given->count == 1 && given->entries->backing == GMC_BACKING_SPACE && given->entries->space != nullptr) {
      return reinterpret_cast<Space*>(given->entries->space)->share(*given->entries, root);
    }
    for (std::uint64_t i = 0; i < given->count; ++i) {
      if (given->entries[i].kind == GMC_ENTRY_REGION && given->entries[i].backing != GMC_BACKING_OWN) return gmc_outcome(GMC_UNSUPPORTED);
    }
    const Layout layout = layout_of(*given);
    const auto faults = faults_of(layout, profile_);
    if (!faults.empty()) return gmc_outcome(static_cast<GmcStatus>(std::countr_zero(faults.front().statuses)));
    root = std::make_unique<Space>(host_, std::make_shared<ReferenceMemory>(profile_, layout), std::uint8_t{0});
    return gmc_ok();
  }

 private:
  Host host_;
  Profile profile_;
};

}  // namespace

const GmcPlugin* gmc_reference_plugin() { return Plugin<ReferenceBackend>::table(); }

}  // namespace gmc
