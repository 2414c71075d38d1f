// SPDX-License-Identifier: Apache-2.0 OR MIT
// The built-in backend `naive`: the simplest memory that keeps the contract, under any profile. Its config text is the profile that it
// shall follow: `naive:cross_region=span,range_fail_effect=prefix,region.typed_sizes=1+2+4`. What is not named has the contract's default.
#ifndef GMCHECK_HARNESS_BACKENDS_NAIVE_NAIVE_H
#define GMCHECK_HARNESS_BACKENDS_NAIVE_NAIVE_H

#include <gmcheck.h>

#include <memory>

#include "harness/abi/cpp/host.h"
#include "harness/backends/naive/memory.h"

namespace gmc {

// Never null; the table lives as long as the program.
[[nodiscard]] const GmcPlugin* gmc_naive_plugin();

namespace naive {

// What a GmcSpace of this backend stands for: the root, which owns its memory, or a region. Whoever drives the table on copies of a memory
// makes such spaces over the copies.
class Space {
 public:
  Space(Host host, std::shared_ptr<Memory> memory) : host_(host), owned_(std::move(memory)), memory_(owned_.get()), place_(kRoot) {}
  // `holder`: who says to the memory when it is let go.
  Space(Host host, Memory& memory, int place, std::uint64_t holder = 0) : host_(host), memory_(&memory), place_(place), holder_(holder) {}
  // A part of what another one shows, which keeps the memory alive as that does.
  Space(const Space& other, int place)
      : host_(other.host_), owned_(other.owned_), memory_(other.memory_), place_(place), holder_(memory_->new_holder()) {}

  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;
  // What is armed goes with the memory's own root, where others have its regions and go on; what waits for this space comes.
  ~Space() {
    if (owned_ == nullptr) return;
    if (place_ == kRoot) memory_->arm(kRoot, GMC_FAULT_NONE, 0);
    memory_->release(holder_);
  }

  [[nodiscard]] GmcSpace* handle() { return reinterpret_cast<GmcSpace*>(this); }
  [[nodiscard]] static Space& of(GmcSpace* handle) { return *reinterpret_cast<Space*>(handle); }
  [[nodiscard]] Memory& memory() { return *memory_; }
  [[nodiscard]] int place() const { return place_; }
  [[nodiscard]] Host host() const { return host_; }

  struct Lane;  // there is only the null lane
  void describe(Text& text) const;
  GmcOutcome reset(Lane*);
  GmcOutcome regions(Lane*, GmcRegionInfo* regions, std::uint64_t room);
  GmcOutcome add(Lane*, const GmcEntry* entry, std::unique_ptr<Space>& region);
  GmcOutcome remove(Lane*, std::uint64_t base, std::uint64_t size, std::unique_ptr<Space>& region);
  // Another memory with the region that this is a space of.
  GmcOutcome share(const GmcEntry& entry, std::unique_ptr<Space>& root);
  GmcOutcome replace(Lane*, const GmcLayout* layout);
  GmcOutcome protect(Lane*, std::uint64_t address, std::uint64_t size, std::uint32_t rights);
  GmcOutcome open(Lane*, const GmcSpaceRequest* request, std::unique_ptr<Space>& opened);
  GmcOutcome read(Lane*, std::uint64_t address, void* buffer, std::uint64_t size);
  GmcOutcome write(Lane*, std::uint64_t address, const void* buffer, std::uint64_t size);
  template <typename T>
  GmcOutcome load(Lane* lane, std::uint64_t address) {
    return load_value(lane, address, sizeof(T));
  }
  template <typename T>
  GmcOutcome store(Lane* lane, std::uint64_t address, T value) {
    return store_value(lane, address, sizeof(T), value);
  }
  GmcOutcome call(Lane*, const GmcCall& call);
  GmcOutcome arm(Lane*, std::uint32_t fault, std::uint64_t nth);
  GmcOutcome track(Lane*, std::uint32_t on);
  GmcOutcome mark(Lane*, std::uint64_t address, std::uint64_t size);
  GmcOutcome harvest_dense(Lane*, std::uint32_t flags, std::uint64_t* words, std::uint64_t room);
  GmcOutcome harvest_sparse(Lane*, std::uint32_t flags, GmcDirtyWord* words, std::uint64_t room);

 private:
  GmcOutcome load_value(Lane*, std::uint64_t address, std::uint64_t size);
  GmcOutcome store_value(Lane*, std::uint64_t address, std::uint64_t size, std::uint64_t value);
  GmcOutcome call_typed(Lane* lane, const GmcCall& call);
  GmcOutcome call_bytes(const GmcCall& call);

  Host host_;
  std::shared_ptr<Memory> owned_;
  Memory* memory_;
  int place_;
  std::uint64_t holder_ = 0;
};

}  // namespace naive
}  // namespace gmc

#endif  // GMCHECK_HARNESS_BACKENDS_NAIVE_NAIVE_H
