// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/runner/memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/check.h"

namespace gmc {

namespace {

// An illegal layout that `create` tries may ask for more than the harness brings: its file is then this large, and the backend has to
// notice.
constexpr std::uint64_t kStandInSize = 16u << 20;

}  // namespace

// GM-REG-004: where sizes are rounded up, the bytes of the rounded region are needed.
std::uint64_t Memory::backed_size(const Region& region) const {
  const Switches& switches = backend_.profile().root();
  if (region.size > kBackingMax || region.file_offset > kBackingMax) return kStandInSize;
  const std::uint64_t over = switches.region_rounding == RegionRounding::kUp ? region.size % switches.region_align_size : 0;
  return over == 0 ? region.size : std::min(region.size + (switches.region_align_size - over), 2 * kBackingMax);
}

// Files as long as these regions and those before need.
Result<void> Memory::make_files(std::span<const Region> regions) {
  std::array<std::uint64_t, kFilesMax> sizes{};
  for (const Region& region : regions) {
    if (region.backing != Backing::kFile) continue;
    const std::uint64_t end = std::min(region.file_offset, kBackingMax) + backed_size(region);
    sizes[region.file] = std::max(sizes[region.file], end);
  }
  for (std::size_t i = 0; i < kFilesMax; ++i) {
    if (sizes[i] == 0) continue;
    if (files_[i] == nullptr) {
      GMC_TRY(file, WitnessFile::make(WitnessFile::Kind::kFile, sizes[i]));
      files_[i] = std::move(file);
    } else {
      GMC_TRY_VOID(files_[i]->grow(sizes[i]));
    }
  }
  // A file that has grown is seen elsewhere.
  for (std::size_t i = 0; i < layout_.regions.size(); ++i) {
    if (layout_.regions[i].backing == Backing::kFile) witnesses_[i] = file_witness(layout_.regions[i]);
  }
  return {};
}

std::span<std::uint8_t> Memory::file_witness(const Region& region) const {
  if (files_[region.file] == nullptr) return {};
  const auto bytes = files_[region.file]->bytes();
  if (region.file_offset > bytes.size()) return {};
  return bytes.subspan(region.file_offset, std::min<std::uint64_t>(backed_size(region), bytes.size() - region.file_offset));
}

// One entry more, behind the others, with what the harness brings for it.
Result<void> Memory::make_backing(const Region& region) {
  std::unique_ptr<WitnessFile> host;
  std::span<std::uint8_t> witness;
  if (region.backing == Backing::kHost && !region.is_window) {
    GMC_TRY(memory, WitnessFile::make(WitnessFile::Kind::kMemory, backed_size(region)));
    host = std::move(memory);
    witness = host->bytes().first(backed_size(region));
  } else if (region.backing == Backing::kFile) {
    witness = file_witness(region);
  }
  layout_.regions.push_back(region);
  host_.push_back(std::move(host));
  witnesses_.push_back(witness);
  return {};
}

void Memory::forget_entries(std::size_t count) {
  layout_.regions.resize(count);
  host_.resize(count);
  witnesses_.resize(count);
}

GmcEntry Memory::entry(std::size_t index) const {
  const Region& region = layout_.regions[index];
  GmcEntry entry{};
  entry.kind = region.is_window ? GMC_ENTRY_WINDOW : GMC_ENTRY_REGION;
  entry.rights = region.is_read_only ? GMC_RIGHT_READ : GMC_RIGHT_READ | GMC_RIGHT_WRITE;
  entry.base = region.base;
  entry.size = region.size;
  entry.fd = -1;
  if (region.backing == Backing::kFile) {
    entry.backing = GMC_BACKING_FD;
    entry.fd = files_[region.file] != nullptr ? files_[region.file]->descriptor() : -1;
    entry.fd_offset = region.file_offset;
  } else if (region.backing == Backing::kHost && !region.is_window) {
    entry.backing = GMC_BACKING_HOST;
    entry.host = host_[index]->bytes().data();
  }
  return entry;
}

Result<std::unique_ptr<Memory>> Memory::create(const Backend& backend, const Layout& layout, bool adopts) {
  std::unique_ptr<Memory> memory(new Memory(backend));
  GMC_TRY_VOID(memory->make_files(layout.regions));
  std::vector<GmcEntry> entries;
  for (const Region& region : layout.regions) {
    GMC_TRY_VOID(memory->make_backing(region));
    entries.push_back(memory->entry(entries.size()));
  }
  memory->created_ = entries.size();
  const GmcLayout given{.entries = entries.data(), .count = entries.size()};
  memory->outcome_ = backend.memory().create(backend.handle(), nullptr, adopts ? nullptr : &given, &memory->slots_[0]);
  if (memory->outcome_.status != GMC_OK) {
    memory->slots_[0] = nullptr;
  } else if (memory->slots_[0] == nullptr) {
    backend.log().add(GMC_LOG_ERROR, "create answered ok and no space");
    memory->outcome_.status = GMC_BROKEN;
  }
  return memory;
}

Memory::~Memory() {
  close_spaces();
  destroy();
}

GmcOutcome Memory::open(std::uint8_t slot, std::uint8_t parent, const Opening& opening) {
  const GmcSpaceGroup& group = backend_.space();
  if (!can_open()) return gmc_outcome(GMC_UNSUPPORTED);
  GmcSpaceRequest request{};
  request.kind = opening.kind;
  request.flags = GMC_SPACE_WRITABLE;
  request.address = opening.address;
  request.size = opening.size;
  GmcSpace* opened = nullptr;
  const GmcOutcome answered = group.open(nullptr, slots_[parent], &request, &opened);
  const GmcOutcome outcome = take(slot, answered, opened, "open");
  if (outcome.status == GMC_OK) is_beside_[slot] = is_beside_[parent];
  return outcome;
}

// An opening that is not ok has opened nothing, whatever it left.
GmcOutcome Memory::take(std::uint8_t slot, GmcOutcome outcome, GmcSpace* opened, const char* entry) {
  if (outcome.status == GMC_OK && opened == nullptr) {
    backend_.log().add(GMC_LOG_ERROR, fmt::format("{} answered ok and no space", entry));
    outcome.status = GMC_BROKEN;
  }
  if (outcome.status != GMC_OK) return outcome;
  GMC_CHECK(slots_[slot] == nullptr, slot);
  slots_[slot] = opened;
  opened_.push_back(slot);
  return outcome;
}

GmcOutcome Memory::close(std::uint8_t slot) {
  GmcSpace* space = std::exchange(slots_[slot], nullptr);
  if (space == nullptr) return gmc_ok();
  std::erase(opened_, slot);
  is_beside_[slot] = false;
  return std::exchange(is_root_[slot], false) ? backend_.memory().destroy(nullptr, space) : backend_.space().close(nullptr, space);
}

GmcOutcome Memory::close_spaces() {
  GmcOutcome first = gmc_ok();
  while (!opened_.empty()) {
    const GmcOutcome closed = close(opened_.back());
    if (first.status == GMC_OK) first = closed;
  }
  return first;
}

Result<GmcOutcome> Memory::add(const Region& region, std::uint8_t opens) {
  if (backend_.memory().add == nullptr) return gmc_outcome(GMC_UNSUPPORTED);
  GMC_TRY_VOID(make_files(std::span(&region, 1)));
  GMC_TRY_VOID(make_backing(region));
  const GmcEntry added = entry(layout_.regions.size() - 1);
  GmcSpace* opened = nullptr;
  const bool asks = opens != 0 && region.size > 0 && can_open();
  const GmcOutcome outcome = backend_.memory().add(nullptr, slots_[0], &added, asks ? &opened : nullptr);
  if (outcome.status != GMC_OK) forget_entries(layout_.regions.size() - 1);
  return asks ? take(opens, outcome, opened, "add") : outcome;
}

GmcEntry Memory::shared_entry(std::uint8_t slot, std::uint64_t base, std::uint64_t size, bool is_read_only) const {
  GmcEntry entry{};
  entry.kind = GMC_ENTRY_REGION;
  entry.rights = is_read_only ? GMC_RIGHT_READ : GMC_RIGHT_READ | GMC_RIGHT_WRITE;
  entry.base = base;
  entry.size = size;
  entry.backing = GMC_BACKING_SPACE;
  entry.fd = -1;
  entry.space = slots_[slot];
  return entry;
}

GmcOutcome Memory::open_memory(std::uint8_t slot, std::uint8_t shared, std::uint64_t base, std::uint64_t size, bool is_read_only) {
  const GmcEntry entry = shared_entry(shared, base, size, is_read_only);
  const GmcLayout given{.entries = &entry, .count = 1};
  GmcSpace* opened = nullptr;
  const GmcOutcome created = backend_.memory().create(backend_.handle(), nullptr, &given, &opened);
  const GmcOutcome outcome = take(slot, created, opened, "create");
  if (outcome.status == GMC_OK) is_root_[slot] = is_beside_[slot] = true;
  return outcome;
}

GmcOutcome Memory::leave_to_others() {
  const std::vector<std::uint8_t> opened(opened_.rbegin(), opened_.rend());
  GmcOutcome first = gmc_ok();
  for (const std::uint8_t slot : opened) {
    if (is_beside_[slot]) continue;
    const GmcOutcome closed = close(slot);
    if (first.status == GMC_OK) first = closed;
  }
  const GmcOutcome destroyed = backend_.memory().destroy(nullptr, std::exchange(slots_[0], nullptr));
  return first.status == GMC_OK ? destroyed : first;
}

GmcOutcome Memory::insert(std::uint8_t slot, std::uint64_t base, std::uint64_t size, bool is_read_only, std::uint8_t opens) {
  if (backend_.memory().add == nullptr) return gmc_outcome(GMC_UNSUPPORTED);
  const GmcEntry back = shared_entry(slot, base, size, is_read_only);
  GmcSpace* opened = nullptr;
  const bool asks = opens != 0 && can_open();
  const GmcOutcome outcome = backend_.memory().add(nullptr, slots_[0], &back, asks ? &opened : nullptr);
  return asks ? take(opens, outcome, opened, "add") : outcome;
}

GmcOutcome Memory::remove(std::uint64_t base, std::uint64_t size, std::uint8_t opens) {
  if (backend_.memory().remove == nullptr) return gmc_outcome(GMC_UNSUPPORTED);
  GmcSpace* opened = nullptr;
  const bool asks = opens != 0 && can_open();
  const GmcOutcome outcome = backend_.memory().remove(nullptr, slots_[0], base, size, asks ? &opened : nullptr);
  return asks ? take(opens, outcome, opened, "remove") : outcome;
}

Result<GmcOutcome> Memory::replace(const Layout& layout) {
  if (backend_.memory().replace == nullptr) return gmc_outcome(GMC_UNSUPPORTED);
  GMC_TRY_VOID(make_files(layout.regions));
  const std::size_t before = layout_.regions.size();
  std::vector<GmcEntry> entries;
  for (const Region& region : layout.regions) {
    GMC_TRY_VOID(make_backing(region));
    entries.push_back(entry(layout_.regions.size() - 1));
  }
  const GmcLayout given{.entries = entries.data(), .count = entries.size()};
  const GmcOutcome outcome = backend_.memory().replace(nullptr, slots_[0], &given);
  if (outcome.status != GMC_OK) forget_entries(before);
  return outcome;
}

// What was added is the backend's until the reset has returned.
GmcOutcome Memory::reset() {
  const GmcOutcome closed = close_spaces();
  if (closed.status != GMC_OK) return closed;
  const GmcOutcome outcome =
      backend_.memory().reset == nullptr ? gmc_outcome(GMC_UNSUPPORTED) : backend_.memory().reset(nullptr, slots_[0]);
  if (outcome.status == GMC_OK) forget_entries(created_);
  return outcome;
}

GmcOutcome Memory::destroy() {
  if (!is_alive()) return gmc_ok();
  return backend_.memory().destroy(nullptr, std::exchange(slots_[0], nullptr));
}

void Memory::restore(std::uint32_t entry, std::uint64_t offset, std::uint64_t size) const {
  const Region& region = layout_.regions[entry];
  if (region.backing == Backing::kHost) host_[entry]->restore(offset, size);
  if (region.backing == Backing::kFile) files_[region.file]->restore(region.file_offset + offset, size);
}

Result<Layout> adopted_layout(const Backend& backend) {
  GMC_TRY(memory, Memory::create(backend, Layout{}, true));
  if (!memory->is_alive())
    return fail(backend.name(), fmt::format("does not hand out its own layout: {}", status_name(memory->outcome().status)));
  if (backend.memory().regions == nullptr) return fail(backend.name(), "has a layout of its own and cannot list its regions");
  std::vector<GmcRegionInfo> regions(kRegionsMax);
  const GmcOutcome listed = backend.memory().regions(nullptr, memory->space(0), regions.data(), regions.size());
  if (listed.status != GMC_OK || listed.count > regions.size()) {
    return fail(backend.name(), fmt::format("does not list its regions: {}, count {}", status_name(listed.status), listed.count));
  }
  Layout layout;
  for (std::uint64_t i = 0; i < listed.count; ++i) {
    layout.regions.push_back(
        {.base = regions[i].base, .size = regions[i].size, .is_read_only = (regions[i].rights & GMC_RIGHT_WRITE) == 0});
  }
  return layout;
}

}  // namespace gmc
