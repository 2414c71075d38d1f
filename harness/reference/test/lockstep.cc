// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/test/lockstep.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "harness/base/check.h"

namespace gmc::testing {

namespace {

constexpr std::uint64_t kFileSizeMax = std::uint64_t{1} << 20;  // an illegal layout may ask for any size
constexpr std::uint64_t kRed = 8;                               // bytes behind a buffer that nobody may touch

const GmcHost kHost = {.size = sizeof(GmcHost), .abi_version = GMC_ABI_VERSION, .reserved = 0, .log = nullptr, .yield = nullptr};

std::uint64_t rounded(std::uint64_t size, std::uint64_t unit) {
  const std::uint64_t most = std::min(size, kFileSizeMax);
  return (most + unit - 1) / unit * unit;
}

struct StringSink {
  GmcSink sink;
  std::string text;

  StringSink() : sink{&write} {}
  static void write(GmcSink* sink, const char* piece, std::uint64_t size) { reinterpret_cast<StringSink*>(sink)->text.append(piece, size); }
};

}  // namespace

// ----------------------------------------------------------------------------------------------------------------------- Backings

Backings::File Backings::make_file(std::uint64_t size) {
  const int descriptor = memfd_create("witness", MFD_CLOEXEC);
  GMC_CHECK(descriptor >= 0);
  GMC_CHECK(ftruncate(descriptor, static_cast<off_t>(size)) == 0, size);
  void* const start = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  GMC_CHECK(start != MAP_FAILED, size);
  return {.descriptor = descriptor, .bytes = {static_cast<std::uint8_t*>(start), size}};
}

Backings::Backings(const Layout& layout, std::uint64_t size_unit, std::span<const Layout> later) : size_unit_(size_unit) {
  std::array<std::uint64_t, kFilesMax> sizes{};
  const auto count = [&](const Layout& counted) {
    for (const Region& region : counted.regions) {
      if (region.backing != Backing::kFile) continue;
      sizes[region.file] = std::max(sizes[region.file], std::min(region.file_offset, kFileSizeMax) + rounded(region.size, size_unit));
    }
  };
  count(layout);
  std::ranges::for_each(later, count);
  for (std::size_t i = 0; i < kFilesMax; ++i) {
    if (sizes[i] > 0) files_[i] = make_file(sizes[i]);
  }
  for (const Region& region : layout.regions) add(region);
  created_ = entries_.size();
  restore();
}

const GmcEntry& Backings::add(const Region& region) {
  GmcEntry entry = own_entry(region);
  std::span<const std::uint8_t> witness;
  host_.emplace_back();
  if (region.backing == Backing::kFile) {
    entry.backing = GMC_BACKING_FD;
    entry.fd = files_[region.file].descriptor;
    entry.fd_offset = region.file_offset;
    if (region.file_offset < files_[region.file].bytes.size()) witness = files_[region.file].bytes.subspan(region.file_offset);
  } else if (region.backing == Backing::kHost && !region.is_window) {
    host_.back() = make_file(std::max<std::uint64_t>(rounded(region.size, size_unit_), 1));
    fill_background(0, host_.back().bytes);
    entry.backing = GMC_BACKING_HOST;
    entry.host = host_.back().bytes.data();
    witness = host_.back().bytes;
  }
  witnesses_.push_back(witness);
  entries_.push_back(entry);
  return entries_.back();
}

void Backings::forget(std::size_t count) {
  for (std::size_t i = count; i < host_.size(); ++i) close(host_[i]);
  host_.resize(count);
  witnesses_.resize(count);
  entries_.resize(count);
}

GmcEntry Backings::own_entry(const Region& region) {
  GmcEntry entry{};
  entry.kind = region.is_window ? GMC_ENTRY_WINDOW : GMC_ENTRY_REGION;
  entry.rights = region.is_read_only ? GMC_RIGHT_READ : GMC_RIGHT_READ | GMC_RIGHT_WRITE;
  entry.base = region.base;
  entry.size = region.size;
  entry.fd = -1;
  return entry;
}

void Backings::close(const File& file) {
  if (file.descriptor < 0) return;
  munmap(file.bytes.data(), file.bytes.size());
  ::close(file.descriptor);
}

Backings::~Backings() {
  std::ranges::for_each(files_, close);
  std::ranges::for_each(host_, close);
}

void Backings::restore() {
  for (const File& file : files_) fill_background(0, file.bytes);
  for (const File& file : host_) fill_background(0, file.bytes);
}

// -------------------------------------------------------------------------------------------------------------------------- Naive

Naive::Naive(const Profile& profile) {
  const GmcPlugin* const table = gmc_naive_plugin();
  const std::string config = profile.print();
  const GmcOutcome opened = table->open(&kHost, config.c_str(), &handle);
  GMC_CHECK(opened.status == GMC_OK, config);
  memory = static_cast<const GmcMemoryGroup*>(table->group(handle, GMC_GROUP_MEMORY));
  space = static_cast<const GmcSpaceGroup*>(table->group(handle, GMC_GROUP_SPACE));
  access = static_cast<const GmcAccessGroup*>(table->group(handle, GMC_GROUP_ACCESS));
  dirty = static_cast<const GmcDirtyGroup*>(table->group(handle, GMC_GROUP_DIRTY));
  control = static_cast<const GmcControlGroup*>(table->group(handle, GMC_GROUP_CONTROL));
}

Naive::~Naive() { gmc_naive_plugin()->close(handle); }

std::string Naive::facts(GmcSpace* of) const {
  StringSink sink;
  gmc_naive_plugin()->describe(handle, of, &sink.sink);
  return sink.text;
}

// ----------------------------------------------------------------------------------------------------------------------- Lockstep

Lockstep::Lockstep(const Profile& profile) : profile_(profile), naive_(profile), regions_(kRegionsMax) {}

std::optional<std::string> Lockstep::create(const Layout& layout, const Backings* backings, std::optional<Pair>& pair) {
  std::vector<GmcEntry> own;
  if (backings == nullptr) own = Backings(layout, 1).entries();
  const std::vector<GmcEntry>& entries = backings != nullptr ? backings->entries() : own;
  const GmcLayout given{.entries = entries.data(), .count = entries.size()};
  GmcSpace* root = nullptr;
  const GmcOutcome outcome = naive_.memory->create(naive_.handle, nullptr, &given, &root);
  if (outcome.status != GMC_OK) return fmt::format("create of a legal layout answered {}", status_name(outcome.status));
  pair.emplace(Pair{Reference(profile_), naive::Space::of(root).memory(), {}});
  pair->reference.create(layout);
  pair->reset_slots();
  naive_.memory->destroy(nullptr, root);
  return std::nullopt;
}

void Lockstep::try_layout(const Layout& layout) {
  const Backings backings(layout, profile_.root().region_align_size);
  const GmcLayout given{.entries = backings.entries().data(), .count = backings.entries().size()};
  GmcSpace* root = nullptr;
  answer_.outcome = naive_.memory->create(naive_.handle, nullptr, &given, &root);
  if (answer_.outcome.status == GMC_OK) naive_.memory->destroy(nullptr, root);
}

void Lockstep::harvest(const Op& op, Pair& pair) {
  naive::Space space(Host(&kHost), pair.memory, pair.slots[op.space]);
  const auto flags = static_cast<std::uint32_t>(op.mode);
  const bool reads = op.mode != HarvestMode::kClear;
  if (op.form == HarvestForm::kDense) {
    const std::uint64_t needed = (pair.reference.dense_granule_count(op.space).value_or(1) + 63) / 64;
    dense_.assign(needed, 0xaaaaaaaaaaaaaaaa);
    answer_.outcome = naive_.dirty->harvest_dense(nullptr, space.handle(), flags, dense_.data(), reads ? needed : 0);
    answer_.dense = dense_;
    return;
  }
  std::uint64_t worst = 0;
  for (const MappedRegion& region : pair.reference.map_of(op.space).regions()) worst += region.size() / profile_.root().dirty_granule + 2;
  sparse_.assign(worst, {});
  answer_.outcome = naive_.dirty->harvest_sparse(nullptr, space.handle(), flags, sparse_.data(), reads ? worst : 0);
  if (answer_.outcome.status == GMC_OK && reads) answer_.sparse = std::span(sparse_).first(std::min(worst, answer_.outcome.count));
}

void Lockstep::call_atomic(const Program& program, const Op& op, std::uint32_t index, Pair& pair, GmcCall& call) {
  static constexpr GmcCallOp kOps[] = {GMC_CALL_ATOMIC_LOAD, GMC_CALL_ATOMIC_STORE, GMC_CALL_COMPARE_EXCHANGE,
                                       GMC_CALL_EXCHANGE,    GMC_CALL_FETCH_ADD,    GMC_CALL_FETCH_SUB,
                                       GMC_CALL_FETCH_AND,   GMC_CALL_FETCH_OR,     GMC_CALL_FETCH_XOR};
  const std::uint64_t size = op.size;
  call.op = kOps[static_cast<std::size_t>(op.kind) - static_cast<std::size_t>(OpKind::kAtomicLoad)];
  call.order = op.order;
  call.failure_order = op.failure_order;
  current_.assign(size, 0);
  pair.reference.current(op, current_);
  buffer_.assign(3 * size + kRed, static_cast<std::uint8_t>(0xa5 + index));
  fill_pattern(op.expected, program.seed, index, current_, std::span(buffer_).first(size));
  fill_pattern(op.data, program.seed, index, current_, std::span(buffer_).subspan(size, size));
  answer_.expected = std::span(buffer_).first(size);
  answer_.bytes = std::span(buffer_).subspan(size, size);
  call.buffer = nullptr;
  if (size <= 8) {
    std::memcpy(&call.expected, buffer_.data(), size);
    std::memcpy(&call.value, buffer_.data() + size, size);
  } else {
    call.buffer = buffer_.data();
    answer_.found = std::span(buffer_).subspan(2 * size, size);
  }
  naive_.access->submit(nullptr, &call, 1, &answer_.outcome);
}

void Lockstep::call_stream(const Program& program, const Op& op, std::uint32_t index, Pair& pair) {
  static constexpr GmcCallOp kOps[] = {GMC_CALL_READ_FROM, GMC_CALL_READ_FROM_PARTIAL, GMC_CALL_WRITE_TO, GMC_CALL_WRITE_TO_PARTIAL};
  naive::Space space(Host(&kHost), pair.memory, pair.slots[op.space], op.space);
  const bool takes = takes_from_stream(op.kind);
  content_.resize(takes ? held_by(op.stream, op.size) : 0);
  fill_pattern(Pattern{}, program.seed, index, {}, content_);
  const auto opened = stream_.open(op.stream, takes, content_);
  GMC_CHECK(opened.has_value(), opened.error().text());
  GmcCall call{};
  call.op = kOps[static_cast<std::size_t>(op.kind) - static_cast<std::size_t>(OpKind::kReadFrom)];
  call.space = space.handle();
  call.address = pair.reference.address_of(op);
  call.size = op.size;
  call.fd = stream_.descriptor();
  naive_.access->submit(nullptr, &call, 1, &answer_.outcome);
  const ScriptedStream::Seen seen = stream_.finish();
  GMC_CHECK(seen.is_scripted || seen.script.calls == 0, seen.moved);
  answer_.bytes = takes ? std::span<const std::uint8_t>(content_) : stream_.arrived();
  answer_.stream = {.moved = seen.moved,
                    .moved_before_going_on = seen.script.moved_before_going_on,
                    .was_short = seen.script.was_short,
                    .went_on = seen.script.went_on,
                    .was_interrupted = seen.script.was_interrupted};
}

// What goes through the access group: the entry where there is one, else a record.
void Lockstep::call_record(const Program& program, const Op& op, std::uint32_t index, Pair& pair) {
  naive::Space space(Host(&kHost), pair.memory, pair.slots[op.space], op.space);
  naive::Space other(Host(&kHost), pair.memory, pair.slots[op.other], op.other);
  GmcSpace* const handle = space.handle();
  const std::uint64_t address = pair.reference.address_of(op);
  const Touches touches = info(op.kind).touches;
  const bool has_buffer = (touches == Touches::kReads || touches == Touches::kWrites) && op.kind != OpKind::kFill &&
                          op.kind != OpKind::kZeroAll && op.kind != OpKind::kCopy;
  std::span<std::uint8_t> buffer;
  if (has_buffer) {
    buffer_.assign(buffer_size(op) + kRed, static_cast<std::uint8_t>(0xa5 + index));
    buffer = std::span(buffer_).first(buffer_size(op));
    answer_.poison = static_cast<std::uint8_t>(0xa5 + index);
    answer_.bytes = buffer;
  }
  if (touches == Touches::kWrites && has_buffer) {
    current_.resize(buffer_size(op));
    if (op.data.kind == PatternKind::kSame) pair.reference.current(op, current_);
    fill_pattern(op.data, program.seed, index, current_, buffer);
  }
  std::uint64_t value = 0;
  const bool is_width = op.size == 1 || op.size == 2 || op.size == 4 || op.size == 8;
  if (op.kind == OpKind::kStore && is_width) std::memcpy(&value, buffer.data(), op.size);
  const GmcAccessGroup& access = *naive_.access;
  GmcCall call{};
  call.space = handle;
  call.address = address;
  call.size = op.size;
  call.fd = -1;
  call.buffer = buffer.data();
  if (is_atomic(op.kind)) return call_atomic(program, op, index, pair, call);
  switch (op.kind) {
    case OpKind::kRead:
      answer_.outcome = access.read(nullptr, handle, address, buffer.data(), op.size);
      return;
    case OpKind::kWrite:
      answer_.outcome = access.write(nullptr, handle, address, buffer.data(), op.size);
      return;
    case OpKind::kLoad:
      call.op = GMC_CALL_LOAD;
      if (op.size == 1) answer_.outcome = access.load8(nullptr, handle, address);
      if (op.size == 2) answer_.outcome = access.load16(nullptr, handle, address);
      if (op.size == 4) answer_.outcome = access.load32(nullptr, handle, address);
      if (op.size == 8) answer_.outcome = access.load64(nullptr, handle, address);
      if (is_width) return;
      break;
    case OpKind::kStore:
      call.op = GMC_CALL_STORE;
      if (op.size == 1) answer_.outcome = access.store8(nullptr, handle, address, static_cast<std::uint8_t>(value));
      if (op.size == 2) answer_.outcome = access.store16(nullptr, handle, address, static_cast<std::uint16_t>(value));
      if (op.size == 4) answer_.outcome = access.store32(nullptr, handle, address, static_cast<std::uint32_t>(value));
      if (op.size == 8) answer_.outcome = access.store64(nullptr, handle, address, value);
      if (is_width) return;
      break;
    case OpKind::kReadPartial:
      call.op = GMC_CALL_READ_PARTIAL;
      break;
    case OpKind::kWritePartial:
      call.op = GMC_CALL_WRITE_PARTIAL;
      break;
    case OpKind::kReadAtomics:
      call.op = GMC_CALL_READ_ATOMICS;
      break;
    case OpKind::kWriteAtomics:
      call.op = GMC_CALL_WRITE_ATOMICS;
      break;
    case OpKind::kFill:
      call.op = GMC_CALL_FILL;
      call.value = op.data.byte;
      break;
    case OpKind::kZeroAll:
      call.op = GMC_CALL_ZERO_ALL;
      break;
    case OpKind::kCopy:
      call.op = GMC_CALL_COPY;
      call.address = expectation_.source.address;
      call.other = other.handle();
      call.other_address = expectation_.address;
      break;
    case OpKind::kDump:
      call.op = GMC_CALL_DUMP;
      break;
    case OpKind::kCheckRange:
      call.op = GMC_CALL_CHECK_RANGE;
      call.rights = op.rights;
      break;
    case OpKind::kHostAddress:
      call.op = GMC_CALL_HOST_ADDRESS;
      call.rights = op.rights;
      break;
    case OpKind::kCheckedOffset:
      call.op = GMC_CALL_CHECKED_OFFSET;
      break;
    case OpKind::kLastAddress:
      call.op = GMC_CALL_LAST_ADDRESS;
      break;
    case OpKind::kTotalSize:
      call.op = GMC_CALL_TOTAL_SIZE;
      break;
    case OpKind::kFind:
      call.op = GMC_CALL_FIND;
      break;
    case OpKind::kIova:
      call.op = GMC_CALL_IOVA;
      break;
    case OpKind::kReadArray:
    case OpKind::kWriteArray:
      call.op = op.kind == OpKind::kReadArray ? GMC_CALL_READ_ARRAY : GMC_CALL_WRITE_ARRAY;
      call.value = op.count;
      call.expected = op.room;
      break;
    case OpKind::kReference:
      call.op = op.use == 0 ? GMC_CALL_ALIGNED_REFERENCE : GMC_CALL_ATOMIC_REFERENCE;
      call.rights = op.rights;
      break;
    case OpKind::kSlices:
      call.op = GMC_CALL_SLICES;
      pieces_.assign(kPiecesMax, {});
      call.buffer = pieces_.data();
      call.expected = kPiecesMax;
      answer_.pieces = pieces_;
      break;
    case OpKind::kFdsOverlap:
      call.op = GMC_CALL_FDS_OVERLAP;
      call.other = other.handle();
      break;
    default:
      GMC_CHECK(false, info(op.kind).text);
  }
  access.submit(nullptr, &call, 1, &answer_.outcome);
}

void Lockstep::change(const Program& program, const Op& op, std::uint64_t address, Backings* backings, Pair& pair) {
  naive::Space root(Host(&kHost), pair.memory, naive::kRoot);
  naive::Space back(Host(&kHost), pair.memory, pair.slots[op.other]);
  const std::size_t before = backings == nullptr ? 0 : backings->entries().size();
  const auto entry_of = [&](const Region& region) { return backings == nullptr ? Backings::own_entry(region) : backings->add(region); };
  GmcSpace* opened = nullptr;
  GmcSpace** const place = op.opens == 0 ? nullptr : &opened;
  const auto take = [&] {
    if (opened == nullptr) return;
    pair.slots[op.opens] = naive::Space::of(opened).place();
    naive_.space->close(nullptr, opened);
  };
  if (op.kind == OpKind::kRemove) {
    answer_.outcome = naive_.memory->remove(nullptr, root.handle(), address, op.size, place);
    return take();
  }
  if (op.kind == OpKind::kReplace) {
    std::vector<GmcEntry> entries;
    for (const Region& region : program.layouts[op.layout].regions) entries.push_back(entry_of(region));
    const GmcLayout layout{.entries = entries.data(), .count = entries.size()};
    answer_.outcome = naive_.memory->replace(nullptr, root.handle(), &layout);
  } else {
    GmcEntry entry{};
    if (op.kind == OpKind::kAdd) {
      entry = entry_of(program.layouts[op.layout].regions.front());
    } else {
      const MappedRegion* const region = pair.reference.region_of(op.other);
      entry = Backings::own_entry({.base = address, .size = op.size});
      if (region != nullptr && pair.reference.layout().regions[region->entry].is_read_only) entry.rights = GMC_RIGHT_READ;
      entry.backing = GMC_BACKING_SPACE;
      entry.space = back.handle();
    }
    answer_.outcome = naive_.memory->add(nullptr, root.handle(), &entry, place);
    take();
  }
  if (answer_.outcome.status != GMC_OK && backings != nullptr) backings->forget(before);
}

void Lockstep::call(const Program& program, const Op& op, std::uint32_t index, Backings* backings, Pair& pair) {
  answer_ = Answer{};
  naive::Space space(Host(&kHost), pair.memory, pair.slots[op.space]);
  GmcSpace* const handle = space.handle();
  const std::uint64_t address = pair.reference.address_of(op);
  switch (op.kind) {
    case OpKind::kRegions:
      answer_.outcome = naive_.memory->regions(nullptr, handle, regions_.data(), regions_.size());
      answer_.regions = std::span(regions_).first(std::min<std::uint64_t>(answer_.outcome.count, regions_.size()));
      return;
    case OpKind::kFacts:
      facts_ = naive_.facts(handle);
      answer_.facts = facts_;
      return;
    case OpKind::kTrack:
      answer_.outcome = naive_.dirty->track(nullptr, handle, op.on ? 1 : 0);
      return;
    case OpKind::kMark:
      answer_.outcome = naive_.dirty->mark(nullptr, handle, address, op.size);
      return;
    case OpKind::kHarvest:
      return harvest(op, pair);
    case OpKind::kReset:
      for (std::uint64_t slot = 1; slot < kSlotsMax; ++slot) pair.memory.release(slot);
      if (backings != nullptr && profile_.root().reset) backings->restore();
      answer_.outcome = naive_.memory->reset(nullptr, handle);
      if (answer_.outcome.status == GMC_OK) pair.reset_slots();
      if (answer_.outcome.status == GMC_OK && backings != nullptr) backings->forget_added();
      return;
    case OpKind::kCreate:
      return try_layout(program.layouts[op.layout]);
    case OpKind::kAdd:
    case OpKind::kInsert:
    case OpKind::kRemove:
    case OpKind::kReplace:
      return change(program, op, address, backings, pair);
    case OpKind::kOpenMemory: {
      naive::Space shared(Host(&kHost), pair.memory, pair.slots[op.other]);
      GmcEntry entry = Backings::own_entry({.base = address, .size = op.size});
      entry.backing = GMC_BACKING_SPACE;
      entry.space = shared.handle();
      const GmcLayout layout{.entries = &entry, .count = 1};
      GmcSpace* opened = nullptr;
      answer_.outcome = naive_.memory->create(naive_.handle, nullptr, &layout, &opened);
      if (answer_.outcome.status != GMC_OK) return;
      pair.slots[op.opens] = naive::Space::of(opened).place();
      naive_.memory->destroy(nullptr, opened);
      return;
    }
    case OpKind::kDestroy:
      // The copy that stands for the memory stays, as others have its regions; what was armed in it goes.
      if (naive_.control->arm != nullptr) naive_.control->arm(nullptr, handle, GMC_FAULT_NONE, 0);
      return;
    case OpKind::kProtect:
      answer_.outcome = naive_.memory->protect(nullptr, handle, address, op.size, op.rights);
      return;
    case OpKind::kArm:
      answer_.outcome = naive_.control->arm(nullptr, handle, op.fault, op.count);
      return;
    case OpKind::kOpenSnapshot:
    case OpKind::kOpenRegion:
    case OpKind::kOpenRange: {
      GmcSpaceRequest request{};
      request.kind = op.kind == OpKind::kOpenRange      ? GMC_SPACE_RANGE
                     : op.kind == OpKind::kOpenSnapshot ? GMC_SPACE_SNAPSHOT
                                                        : GMC_SPACE_REGION;
      request.address = address;
      request.size = op.size;
      GmcSpace* opened = nullptr;
      answer_.outcome = naive_.space->open(nullptr, handle, &request, &opened);
      if (answer_.outcome.status != GMC_OK) return;
      pair.slots[op.opens] = naive::Space::of(opened).place();
      naive_.space->close(nullptr, opened);
      return;
    }
    case OpKind::kClose:
      pair.memory.release(op.space);
      pair.slots[op.space] = Pair::kClosed;
      return;
    case OpKind::kReadFrom:
    case OpKind::kReadFromPartial:
    case OpKind::kWriteTo:
    case OpKind::kWriteToPartial:
      return call_stream(program, op, index, pair);
    default:
      return call_record(program, op, index, pair);
  }
}

std::optional<std::string> Lockstep::step(const Program& program, std::uint32_t index, Backings* backings, Pair& pair) {
  const Op& op = program.ops[index];
  if (!pair.reference.runs(op)) return std::nullopt;
  ++steps_;
  pair.reference.predict(program, op, expectation_);
  if (op.fail_nth != 0) pair.memory.arm(naive::kRoot, fault_site(op.kind), op.fail_nth);
  call(program, op, index, backings, pair);
  if (op.fail_nth != 0) pair.memory.arm(naive::kRoot, GMC_FAULT_NONE, 0);
  if ((!answer_.bytes.empty() && !has_stream(op.kind)) || op.kind == OpKind::kRead) {
    for (std::uint64_t i = 0; i < kRed; ++i) {
      if (buffer_[buffer_.size() - kRed + i] != static_cast<std::uint8_t>(0xa5 + index)) return "the naive memory wrote behind a buffer";
    }
  }
  pair.reference.settle(expectation_, answer_);
  const Judgement judgement = pair.reference.judge(expectation_, answer_);
  if (judgement.violation) return fmt::format("op {}: {}", index, text(program, op, *judgement.violation));
  if (answer_.outcome.status == GMC_OK && expectation_.walk.reached > 0) ++moved_;
  pair.reference.commit(program, expectation_, judgement, answer_, evidence_);
  return std::nullopt;
}

std::optional<std::string> Lockstep::compare(const Backings* backings, Pair& pair) {
  pair.memory.arm(naive::kRoot, GMC_FAULT_NONE, 0);
  for (std::uint32_t r = 0; r < pair.reference.map().regions().size(); ++r) {
    const MappedRegion& region = pair.reference.map().regions()[r];
    naive::Space space(Host(&kHost), pair.memory, pair.memory.region_at(naive::kRoot, region.base));
    const auto wrong = [&](std::string_view who, const Bytes::Mismatch& mismatch) {
      return fmt::format("region {} at {:#x}: the reference has {:#04x}, {} {:#04x}", r, mismatch.position, mismatch.expected, who,
                         mismatch.got);
    };
    Extent whole;
    whole.first = region.base;
    whole.last = region.last;
    whole.only_region = r;
    std::optional<std::string> error;
    pair.reference.map().for_each_permitted(whole, Right::kRead, [&](std::uint32_t, std::uint64_t first, std::uint64_t last) {
      if (error) return;
      buffer_.resize(last - first + 1);
      const GmcOutcome read = naive_.access->read(nullptr, space.handle(), first - region.base, buffer_.data(), buffer_.size());
      if (read.status != GMC_OK) {
        error = fmt::format("region {} reads {} from {:#x} on", r, status_name(read.status), first);
      } else if (const auto mismatch = pair.reference.compare(r, first - region.base, buffer_)) {
        error = wrong("the naive memory", *mismatch);
      }
    });
    if (error) return error;
    if (backings == nullptr || backings->witness(region.entry).empty()) continue;
    const auto witness = backings->witness(region.entry);
    if (const auto mismatch = pair.reference.compare(r, 0, witness.first(std::min<std::uint64_t>(region.size(), witness.size())))) {
      return wrong("the witness", *mismatch);
    }
  }
  return compare_dirty(pair);
}

std::optional<std::string> Lockstep::compare_dirty(Pair& pair) {
  const Switches& s = profile_.root();
  if (!pair.reference.is_open(0) || !pair.reference.is_tracking() || s.dirty_source == DirtySource::kNone) return std::nullopt;
  if (!s.harvest.has(HarvestModes::kRead) && !s.harvest.has(HarvestModes::kBoth)) return std::nullopt;
  const std::uint32_t flags = s.harvest.has(HarvestModes::kRead) ? GMC_HARVEST_READ : GMC_HARVEST_READ | GMC_HARVEST_CLEAR;
  const auto& regions = pair.reference.map().regions();
  const auto wrong = [&](const Violation& violation) {
    return fmt::format("{}: granule {} at the end: expected {}, got {}", id(violation.clause), violation.at, violation.expected,
                       violation.got);
  };
  // One form or the other, as a harvest that clears leaves nothing for the second.
  if (pair.reference.sparse_is_possible()) {
    naive::Space root(Host(&kHost), pair.memory, naive::kRoot);
    std::uint64_t worst = 1;
    for (std::uint32_t r = 0; r < regions.size(); ++r) worst += pair.reference.granule_count(r);
    sparse_.assign(worst, {});
    const GmcOutcome outcome = naive_.dirty->harvest_sparse(nullptr, root.handle(), flags, sparse_.data(), worst);
    if (outcome.status != GMC_OK) return fmt::format("the harvest at the end answered {}", status_name(outcome.status));
    const auto violation = pair.reference.judge_sparse(std::span(sparse_).first(outcome.count));
    return violation ? std::optional(wrong(*violation)) : std::nullopt;
  }
  for (std::uint32_t r = 0; r < regions.size(); ++r) {
    naive::Space space(Host(&kHost), pair.memory, pair.memory.region_at(naive::kRoot, regions[r].base));
    dense_.assign((pair.reference.granule_count(r) + 63) / 64, 0xaaaaaaaaaaaaaaaa);
    const GmcOutcome outcome = naive_.dirty->harvest_dense(nullptr, space.handle(), flags, dense_.data(), dense_.size());
    if (outcome.status != GMC_OK) return fmt::format("the harvest at the end answered {}", status_name(outcome.status));
    if (const auto violation = pair.reference.judge_dense(r, dense_)) return wrong(*violation);
  }
  return std::nullopt;
}

// --------------------------------------------------------------------------------------------------------------------------- Text

std::string Lockstep::text(const Program& program, const Op& op, const Violation& violation) const {
  std::string allowed;
  for (std::size_t i = 0; i < expectation_.alternative_count; ++i) {
    const Alternative& a = expectation_.alternatives[i];
    for (std::uint16_t status = 0; status < GMC_STATUS_COUNT; ++status) {
      if ((a.statuses >> status & 1) != 0) allowed += fmt::format(" {}/{}", status_name(status), a.moved);
    }
  }
  static_cast<void>(program);
  return fmt::format(
      "{} {}: {} at {}: expected {:#x}, got {:#x}; allowed (status/moved):{}; answered {}, flags {}, count {}, address {:#x}",
      info(op.kind).text, id(violation.clause), name(violation.divergence.part), violation.at, violation.expected, violation.got, allowed,
      status_name(answer_.outcome.status), answer_.outcome.flags, answer_.outcome.count, answer_.outcome.address);
}

std::string describe(const Program& program) {
  std::string text;
  for (std::size_t i = 0; i < program.layouts.size(); ++i) {
    text += fmt::format("  layout {}:\n", i);
    for (const Region& region : program.layouts[i].regions) {
      text +=
          fmt::format("    {:#x}+{:#x}{}{} backing {} file {} offset {:#x}\n", region.base, region.size, region.is_window ? " window" : "",
                      region.is_read_only ? " ro" : "", static_cast<int>(region.backing), region.file, region.file_offset);
    }
  }
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    const Op& op = program.ops[i];
    text +=
        fmt::format("  {}: {} s{} at {:#x} size {:#x}", i, info(op.kind).text, op.space, resolve(op.at, program.layouts[0]).raw, op.size);
    if (has_operand(op.kind, Operand::kOpens)) text += fmt::format(" opens s{}", op.opens);
    if (op.kind == OpKind::kTrack) text += op.on ? " on" : " off";
    if (has_stream(op.kind)) {
      text += fmt::format(" stream {} end {} limit {} at_most {} interrupted {}", static_cast<int>(op.stream.kind),
                          static_cast<int>(op.stream.end), op.stream.limit, op.stream.at_most, op.stream.interrupted);
    }
    if (op.kind == OpKind::kCreate) text += fmt::format(" layout {}", op.layout);
    if (op.kind == OpKind::kHarvest) {
      text += fmt::format(" {} mode {}", op.form == HarvestForm::kDense ? "dense" : "sparse", static_cast<int>(op.mode));
    }
    text += '\n';
  }
  return text;
}

}  // namespace gmc::testing
