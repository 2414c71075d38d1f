// SPDX-License-Identifier: Apache-2.0 OR MIT
// @NAME@ as a backend of gmcheck. <gmcheck/backend.h> says which methods it finds; what each answer has to be stands in CONTRACT.md.
//
// This works as it is: a guest memory of up to 16 regions, each a block from calloc. Put your own in three places:
//  1. class Memory: your memory, or calls of it.
//  2. kProfile: what your memory is like, where it differs from the defaults in CONTRACT.md ("Profile").
//  3. further methods of Memory (atomic_load, harvest_dense, reset, ...): what more you offer. A method that is not there is "not offered",
//     and the clauses that need it do not apply.
#include <gmcheck/backend.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace {

// 2. One `name = value` a line. What is declared is held against what is done, in both directions.
constexpr std::string_view kProfile =
    "regions_max = 16\n"
    "region_ends_at_2_64 = accept\n"
    "region_api = list\n"
    "iteration_order = as_given\n";

struct Lane;  // no lanes are opened here: every access comes with a null one

// 1. What is behind a handle. An exception that leaves a method is answered `broken`, which is always a violation.
class Memory {
 public:
  explicit Memory(gmc::Host host) : host_(host) {}

  gmc::Host host() const { return host_; }

  // Adds a region, or says why it cannot be one. Ranges are compared by their last bytes: base + size may be 2^64.
  GmcStatus add_region(const GmcEntry& entry) {
    if (entry.kind != GMC_ENTRY_REGION || entry.size == 0) return GMC_INVALID_ARGUMENT;
    if (entry.backing != GMC_BACKING_OWN) return GMC_UNSUPPORTED;
    if (entry.size - 1 > UINT64_MAX - entry.base) return GMC_OUT_OF_RANGE;
    for (const Region& other : regions_) {
      if (entry.base <= other.base + (other.size - 1) && other.base <= entry.base + (entry.size - 1)) return GMC_OVERLAP;
    }
    if (regions_.size() == kRegionsMax) return GMC_NO_MEMORY;
    Bytes bytes(static_cast<unsigned char*>(std::calloc(entry.size, 1)));
    if (bytes == nullptr) return GMC_NO_MEMORY;
    regions_.push_back({entry.base, entry.size, std::move(bytes)});
    return GMC_OK;
  }

  GmcOutcome regions(Lane*, GmcRegionInfo* infos, std::uint64_t room) {
    if (room < regions_.size()) return gmc_outcome(GMC_INVALID_ARGUMENT);
    for (const Region& region : regions_) *infos++ = {region.base, region.size, GMC_RIGHT_READ | GMC_RIGHT_WRITE, 0};
    return gmc_ok_count(regions_.size());
  }

  // All bytes move or none does (range_fail_effect).
  GmcOutcome read(Lane*, std::uint64_t address, void* buffer, std::uint64_t size) {
    if (size == 0) return gmc_ok();
    const unsigned char* bytes = find(address, size);
    if (bytes == nullptr) return gmc_outcome(GMC_OUT_OF_RANGE);
    std::memcpy(buffer, bytes, size);
    return gmc_ok();
  }
  GmcOutcome write(Lane*, std::uint64_t address, const void* buffer, std::uint64_t size) {
    if (size == 0) return gmc_ok();
    unsigned char* bytes = find(address, size);
    if (bytes == nullptr) return gmc_outcome(GMC_OUT_OF_RANGE);
    std::memcpy(bytes, buffer, size);
    return gmc_ok();
  }

  // One object, in the host's byte order, at any alignment.
  template <class T>
  GmcOutcome load(Lane* lane, std::uint64_t address) {
    T value = 0;
    const GmcOutcome outcome = read(lane, address, &value, sizeof value);
    return outcome.status == GMC_OK ? gmc_ok_value(value) : outcome;
  }
  template <class T>
  GmcOutcome store(Lane* lane, std::uint64_t address, T value) {
    return write(lane, address, &value, sizeof value);
  }

 private:
  static constexpr std::size_t kRegionsMax = 16;
  struct Free {
    void operator()(unsigned char* bytes) const { std::free(bytes); }
  };
  using Bytes = std::unique_ptr<unsigned char, Free>;
  struct Region {
    std::uint64_t base;
    std::uint64_t size;
    Bytes bytes;
  };

  // Where `size` bytes at `address` lie, or null. One region has to hold them all (cross_region).
  unsigned char* find(std::uint64_t address, std::uint64_t size) {
    for (const Region& region : regions_) {
      const std::uint64_t offset = address - region.base;  // below the base it wraps around, and is larger than any size
      if (offset < region.size && size <= region.size - offset) return region.bytes.get() + offset;
    }
    return nullptr;
  }

  gmc::Host host_;
  std::vector<Region> regions_;
};

// What belongs to no single memory.
class Backend {
 public:
  static constexpr const char* kName = "@NAME@";
  static constexpr const char* kVersion = "0.1";
  using Space = Memory;
  using Lane = ::Lane;

  explicit Backend(gmc::Host host) : host_(host) {}

  static GmcOutcome open(gmc::Host host, std::string_view config, std::unique_ptr<Backend>& made) {
    if (!config.empty()) return gmc_outcome(GMC_INVALID_ARGUMENT);
    made = std::make_unique<Backend>(host);
    return gmc_ok();
  }

  gmc::Host host() const { return host_; }

  GmcOutcome describe(const Memory* memory, gmc::Text& text) {
    if (memory == nullptr) text.lines(kProfile);
    return gmc_ok();
  }

  // A layout is accepted wholly or not at all: the root is handed out at the end.
  GmcOutcome create(Lane*, const GmcLayout* layout, std::unique_ptr<Memory>& root) {
    auto memory = std::make_unique<Memory>(host_);
    for (std::uint64_t i = 0; i < layout->count; ++i) {
      const GmcStatus status = memory->add_region(layout->entries[i]);
      if (status != GMC_OK) return gmc_outcome(status);
    }
    root = std::move(memory);
    return gmc_ok();
  }

 private:
  gmc::Host host_;
};

}  // namespace

GMC_EXPORT_BACKEND(Backend)
