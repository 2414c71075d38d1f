// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/naive/naive.h"

#include <cstring>
#include <string_view>

#include "harness/abi/cpp/backend.h"

namespace gmc {
namespace naive {

namespace {

struct Naive {
  static constexpr const char* kName = "naive";
  static constexpr const char* kVersion = "1";
  using Space = naive::Space;
  using Lane = naive::Space::Lane;

  static GmcOutcome open(Host host, std::string_view config, std::unique_ptr<Naive>& opened) {
    auto made = std::make_unique<Naive>(host);
    const std::string cause = parse(config, made->profile);
    if (!cause.empty()) {
      host.error(cause);
      return gmc_outcome(GMC_INVALID_ARGUMENT);
    }
    opened = std::move(made);
    return gmc_ok();
  }

  explicit Naive(Host host) : host_(host) {}
  Host host() const { return host_; }

  GmcOutcome describe(const Space* space, Text& text) {
    if (space != nullptr) {
      space->describe(text);
    } else {
      for (const auto& [name, value] : profile.lines) text.line(name, value);
    }
    return gmc_ok();
  }

  GmcOutcome create(Lane*, const GmcLayout* layout, std::unique_ptr<Space>& root) {
    auto memory = std::make_shared<Memory>(profile);
    const bool is_sharing = layout != nullptr && layout->count == 1 && layout->entries->backing == GMC_BACKING_SPACE;
    if (is_sharing && layout->entries->space != nullptr) return Space::of(layout->entries->space).share(*layout->entries, root);
    if (layout == nullptr) return memory->fail(kRoot, GMC_UNSUPPORTED);
    const GmcOutcome outcome = memory->create(layout);
    if (outcome.status == GMC_OK) root = std::make_unique<Space>(host_, std::move(memory));
    return outcome;
  }

  Profile profile;

 private:
  Host host_;
};

bool is_width(std::uint64_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

}  // namespace

void Space::describe(Text& text) const {
  if (!is_region(place_)) return;
  const Region& region = memory_->regions()[static_cast<std::size_t>(place_)];
  const std::uint32_t facts = memory_->settings(place_).file_facts;
  const bool is_file = region.fd != -1;
  if ((facts & kProtection) != 0) text.line("protection", memory_->is_read_only(region) ? std::uint64_t{1} : std::uint64_t{3});
  if ((facts & kFlags) != 0) text.line("flags", is_file ? std::uint64_t{1} : std::uint64_t{2});
  if ((facts & kFileOffset) != 0 && is_file) text.line("file_offset", region.fd_offset);
  if ((facts & kHugetlbfs) != 0 && is_file) text.line("hugetlbfs", "unknown");
}

GmcOutcome Space::reset(Lane*) { return place_ == kRoot ? memory_->reset() : memory_->fail(place_, GMC_INVALID_ARGUMENT); }

GmcOutcome Space::regions(Lane*, GmcRegionInfo* infos, std::uint64_t room) { return memory_->list(place_, infos, room); }

GmcOutcome Space::add(Lane*, const GmcEntry* entry, std::unique_ptr<Space>& region) {
  if (place_ != kRoot) return memory_->fail(place_, GMC_INVALID_ARGUMENT);
  const bool comes_back = entry->backing == GMC_BACKING_SPACE && entry->space != nullptr;
  const GmcOutcome outcome = memory_->add(*entry, comes_back ? of(entry->space).place() : kRoot);
  if (outcome.status != GMC_OK) return outcome;
  const int index = memory_->region_at(kRoot, entry->base);
  if (index != kRoot) region = std::make_unique<Space>(*this, index);
  return outcome;
}

GmcOutcome Space::remove(Lane*, std::uint64_t base, std::uint64_t size, std::unique_ptr<Space>& region) {
  if (place_ != kRoot) return memory_->fail(place_, GMC_INVALID_ARGUMENT);
  const int index = memory_->region_at(kRoot, base);
  const GmcOutcome outcome = memory_->remove(base, size);
  if (outcome.status == GMC_OK) region = std::make_unique<Space>(*this, index);
  return outcome;
}

GmcOutcome Space::share(const GmcEntry& entry, std::unique_ptr<Space>& root) {
  int other = kRoot;
  const GmcOutcome outcome = memory_->share(place_, entry.base, entry.size, other);
  if (outcome.status == GMC_OK) root = std::make_unique<Space>(*this, other);
  return outcome;
}

GmcOutcome Space::replace(Lane*, const GmcLayout* layout) {
  return place_ == kRoot ? memory_->replace(*layout) : memory_->fail(place_, GMC_INVALID_ARGUMENT);
}

GmcOutcome Space::protect(Lane*, std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
  return place_ == kRoot ? memory_->protect(address, size, rights) : memory_->fail(place_, GMC_INVALID_ARGUMENT);
}

GmcOutcome Space::open(Lane*, const GmcSpaceRequest* request, std::unique_ptr<Space>& opened) {
  if (request->kind == GMC_SPACE_RANGE) {
    int range = kRoot;
    const GmcOutcome outcome = memory_->open_range(place_, request->address, request->size, range);
    if (outcome.status == GMC_OK) opened = std::make_unique<Space>(*this, range);
    return outcome;
  }
  if (request->kind == GMC_SPACE_SNAPSHOT) {
    int snapshot = kRoot;
    const GmcOutcome outcome = memory_->open_snapshot(place_, snapshot);
    if (outcome.status == GMC_OK) opened = std::make_unique<Space>(*this, snapshot);
    return outcome;
  }
  if (request->kind != GMC_SPACE_REGION) return memory_->fail(place_, GMC_UNSUPPORTED);
  if (place_ != kRoot) return memory_->fail(place_, GMC_INVALID_ARGUMENT);
  const int index = memory_->region_at(place_, request->address);
  if (index == kRoot) return memory_->fail(place_, GMC_NOT_FOUND);
  opened = std::make_unique<Space>(*this, index);
  return gmc_ok();
}

GmcOutcome Space::read(Lane*, std::uint64_t address, void* buffer, std::uint64_t size) {
  return memory_->transfer({.space = place_, .address = address, .size = size, .into = static_cast<std::uint8_t*>(buffer)});
}

GmcOutcome Space::write(Lane*, std::uint64_t address, const void* buffer, std::uint64_t size) {
  memory_->write_through(place_, holder_);
  return memory_->transfer(
      {.space = place_, .address = address, .size = size, .from = static_cast<const std::uint8_t*>(buffer), .is_write = true});
}

GmcOutcome Space::load_value(Lane* lane, std::uint64_t address, std::uint64_t size) {
  GmcCall call{};
  call.op = GMC_CALL_LOAD;
  call.address = address;
  call.size = size;
  return call_typed(lane, call);
}

GmcOutcome Space::store_value(Lane* lane, std::uint64_t address, std::uint64_t size, std::uint64_t value) {
  GmcCall call{};
  call.op = GMC_CALL_STORE;
  call.address = address;
  call.size = size;
  call.value = value;
  return call_typed(lane, call);
}

// Objects of 1, 2, 4 and 8 bytes come and go as values, the others in the buffer.
GmcOutcome Space::call_typed(Lane*, const GmcCall& call) {
  memory_->write_through(place_, holder_);
  const bool is_offered = call.size < 64 && (memory_->settings(place_).typed_sizes >> call.size & 1) != 0;
  if (!is_offered) return memory_->fail(place_, GMC_UNSUPPORTED);
  Memory::Transfer transfer{.space = place_, .address = call.address, .size = call.size, .is_typed = true};
  if (call.op == GMC_CALL_STORE) {
    // A prefix of the host's own representation is what a store that stops half-way leaves.
    std::uint8_t object[8];
    if (call.size == 1) object[0] = static_cast<std::uint8_t>(call.value);
    if (call.size == 2) {
      const auto value = static_cast<std::uint16_t>(call.value);
      std::memcpy(object, &value, sizeof value);
    }
    if (call.size == 4) {
      const auto value = static_cast<std::uint32_t>(call.value);
      std::memcpy(object, &value, sizeof value);
    }
    if (call.size == 8) std::memcpy(object, &call.value, sizeof call.value);
    transfer.from = is_width(call.size) ? object : static_cast<const std::uint8_t*>(call.buffer);
    transfer.is_write = true;
    return memory_->transfer(transfer);
  }
  if (!is_width(call.size)) {
    transfer.into = static_cast<std::uint8_t*>(call.buffer);
    return memory_->transfer(transfer);
  }
  std::uint8_t object[8] = {};
  transfer.into = object;
  GmcOutcome outcome = memory_->transfer(transfer);
  if (outcome.status != GMC_OK) return outcome;
  if (call.size == 1) outcome.value = object[0];
  if (call.size == 2) {
    std::uint16_t value;
    std::memcpy(&value, object, sizeof value);
    outcome.value = value;
  }
  if (call.size == 4) {
    std::uint32_t value;
    std::memcpy(&value, object, sizeof value);
    outcome.value = value;
  }
  if (call.size == 8) std::memcpy(&outcome.value, object, sizeof outcome.value);
  return outcome;
}

GmcOutcome Space::call_bytes(const GmcCall& call) {
  const Settings& s = memory_->settings(place_);
  Memory::Transfer transfer{.space = place_, .address = call.address, .size = call.size};
  bool is_offered = true;
  bool is_read = false;
  switch (call.op) {
    case GMC_CALL_READ_PARTIAL:
    case GMC_CALL_WRITE_PARTIAL:
      is_offered = s.partial;
      transfer.is_partial = true;
      is_read = call.op == GMC_CALL_READ_PARTIAL;
      break;
    case GMC_CALL_READ_ATOMICS:
    case GMC_CALL_WRITE_ATOMICS:
      is_offered = s.atomic_buffers;
      is_read = call.op == GMC_CALL_READ_ATOMICS;
      break;
    case GMC_CALL_FILL:
      is_offered = s.has_fill;
      break;
    default:
      is_read = call.op == GMC_CALL_READ;
      break;
  }
  if (!is_offered) return memory_->fail(place_, GMC_UNSUPPORTED);
  transfer.is_write = !is_read;
  if (call.op == GMC_CALL_FILL) {
    transfer.byte = static_cast<std::uint8_t>(call.value);
  } else if (is_read) {
    transfer.into = static_cast<std::uint8_t*>(call.buffer);
  } else {
    transfer.from = static_cast<const std::uint8_t*>(call.buffer);
  }
  return memory_->transfer(transfer);
}

GmcOutcome Space::call(Lane* lane, const GmcCall& call) {
  memory_->write_through(place_, holder_);
  switch (call.op) {
    case GMC_CALL_LOAD:
    case GMC_CALL_STORE:
      return call_typed(lane, call);
    case GMC_CALL_READ:
    case GMC_CALL_WRITE:
    case GMC_CALL_READ_PARTIAL:
    case GMC_CALL_WRITE_PARTIAL:
    case GMC_CALL_FILL:
    case GMC_CALL_READ_ATOMICS:
    case GMC_CALL_WRITE_ATOMICS:
      return call_bytes(call);
    case GMC_CALL_ATOMIC_LOAD:
    case GMC_CALL_ATOMIC_STORE:
    case GMC_CALL_COMPARE_EXCHANGE:
    case GMC_CALL_EXCHANGE:
    case GMC_CALL_FETCH_ADD:
    case GMC_CALL_FETCH_SUB:
    case GMC_CALL_FETCH_AND:
    case GMC_CALL_FETCH_OR:
    case GMC_CALL_FETCH_XOR:
      return memory_->atomic(place_, call);
    case GMC_CALL_READ_FROM:
    case GMC_CALL_READ_FROM_PARTIAL:
    case GMC_CALL_WRITE_TO:
    case GMC_CALL_WRITE_TO_PARTIAL:
      return memory_->transfer_stream(place_, call);
    case GMC_CALL_COPY:
      if (call.other == nullptr) return memory_->fail(place_, GMC_INVALID_ARGUMENT);
      memory_->write_through(of(call.other).place(), of(call.other).holder_);
      return memory_->copy(place_, call.address, of(call.other).place(), call.other_address, call.size);
    case GMC_CALL_ZERO_ALL:
      return memory_->zero_all(place_);
    case GMC_CALL_DUMP:
      return memory_->dump(place_, static_cast<std::uint8_t*>(call.buffer), call.size);
    case GMC_CALL_CHECK_RANGE:
      return memory_->check_range(place_, call.address, call.size, call.rights);
    case GMC_CALL_CHECKED_OFFSET:
      return memory_->checked_offset(place_, call.address, call.size);
    case GMC_CALL_LAST_ADDRESS:
      return memory_->last_address(place_);
    case GMC_CALL_TOTAL_SIZE:
      return memory_->total_size(place_);
    case GMC_CALL_ALIGNED_REFERENCE:
    case GMC_CALL_ATOMIC_REFERENCE:
      return memory_->reference(place_, call);
    case GMC_CALL_READ_ARRAY:
    case GMC_CALL_WRITE_ARRAY:
      return memory_->array(place_, call);
    case GMC_CALL_SLICES:
      return memory_->slices(place_, call);
    case GMC_CALL_IOVA:
      return memory_->iova(place_, call.address);
    case GMC_CALL_FIND:
      return memory_->find(place_, call.address);
    case GMC_CALL_FDS_OVERLAP:
      return call.other == nullptr ? memory_->fail(place_, GMC_INVALID_ARGUMENT) : memory_->fds_overlap(place_, of(call.other).place());
    default:
      return memory_->fail(place_, GMC_UNSUPPORTED);
  }
}

GmcOutcome Space::arm(Lane*, std::uint32_t fault, std::uint64_t nth) { return memory_->arm(place_, fault, nth); }
GmcOutcome Space::track(Lane*, std::uint32_t on) { return memory_->track(place_, on); }
GmcOutcome Space::mark(Lane*, std::uint64_t address, std::uint64_t size) { return memory_->mark(place_, address, size); }
GmcOutcome Space::harvest_dense(Lane*, std::uint32_t flags, std::uint64_t* words, std::uint64_t room) {
  return memory_->harvest_dense(place_, flags, words, room);
}
GmcOutcome Space::harvest_sparse(Lane*, std::uint32_t flags, GmcDirtyWord* words, std::uint64_t room) {
  return memory_->harvest_sparse(place_, flags, words, room);
}

}  // namespace naive

const GmcPlugin* gmc_naive_plugin() { return Plugin<naive::Naive>::table(); }

}  // namespace gmc
