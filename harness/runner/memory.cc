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

Result<void> Memory::make_files() {
  std::array<std::uint64_t, kFilesMax> sizes{};
  for (const Region& region : layout_.regions) {
    if (region.backing != Backing::kFile) continue;
    const std::uint64_t end = std::min(region.file_offset, kBackingMax) + backed_size(region);
    sizes[region.file] = std::max(sizes[region.file], end);
  }
  for (std::size_t i = 0; i < kFilesMax; ++i) {
    if (sizes[i] == 0) continue;
    GMC_TRY(file, WitnessFile::make(WitnessFile::Kind::kFile, sizes[i]));
    files_[i] = std::move(file);
  }
  host_.resize(layout_.regions.size());
  witnesses_.resize(layout_.regions.size());
  for (std::size_t i = 0; i < layout_.regions.size(); ++i) {
    const Region& region = layout_.regions[i];
    if (region.backing == Backing::kHost && !region.is_window) {
      GMC_TRY(memory, WitnessFile::make(WitnessFile::Kind::kMemory, backed_size(region)));
      host_[i] = std::move(memory);
      witnesses_[i] = host_[i]->bytes().first(backed_size(region));
    } else if (region.backing == Backing::kFile && files_[region.file] != nullptr) {
      const auto bytes = files_[region.file]->bytes();
      if (region.file_offset <= bytes.size()) {
        witnesses_[i] = bytes.subspan(region.file_offset, std::min<std::uint64_t>(backed_size(region), bytes.size() - region.file_offset));
      }
    }
  }
  return {};
}

std::vector<GmcEntry> Memory::entries() const {
  std::vector<GmcEntry> entries;
  for (std::size_t i = 0; i < layout_.regions.size(); ++i) {
    const Region& region = layout_.regions[i];
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
      entry.host = host_[i]->bytes().data();
    }
    entries.push_back(entry);
  }
  return entries;
}

Result<std::unique_ptr<Memory>> Memory::create(const Backend& backend, const Layout& layout, bool adopts) {
  std::unique_ptr<Memory> memory(new Memory(backend, layout));
  GMC_TRY_VOID(memory->make_files());
  const std::vector<GmcEntry> entries = memory->entries();
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

Memory::~Memory() { destroy(); }

GmcOutcome Memory::open(std::uint8_t slot, std::uint8_t parent, const Opening& opening) {
  const GmcSpaceGroup& group = backend_.space();
  if (group.open == nullptr || group.close == nullptr) return gmc_outcome(GMC_UNSUPPORTED);
  GmcSpaceRequest request{};
  request.kind = opening.kind;
  request.flags = GMC_SPACE_WRITABLE;
  request.address = opening.address;
  request.size = opening.size;
  GmcSpace* opened = nullptr;
  GmcOutcome outcome = group.open(nullptr, slots_[parent], &request, &opened);
  if (outcome.status == GMC_OK && opened == nullptr) {
    backend_.log().add(GMC_LOG_ERROR, "open answered ok and no space");
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
  return backend_.space().close(nullptr, space);
}

void Memory::close_spaces() {
  while (!opened_.empty()) close(opened_.back());
}

GmcOutcome Memory::reset() {
  close_spaces();
  return backend_.memory().reset == nullptr ? gmc_outcome(GMC_UNSUPPORTED) : backend_.memory().reset(nullptr, slots_[0]);
}

GmcOutcome Memory::destroy() {
  if (!is_alive()) return gmc_ok();
  close_spaces();
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
