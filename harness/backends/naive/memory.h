// SPDX-License-Identifier: Apache-2.0 OR MIT
// The simplest guest memory that keeps the contract: a loop over bytes wherever one will do, nothing remembered that can be computed. It is
// written from CONTRACT.md and shares neither code nor ideas with the reference, so that a mistake in either shows as a disagreement.
#ifndef GMCHECK_HARNESS_BACKENDS_NAIVE_MEMORY_H
#define GMCHECK_HARNESS_BACKENDS_NAIVE_MEMORY_H

#include <gmcheck.h>

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "harness/backends/naive/settings.h"

namespace gmc::naive {

// Which space an address belongs to: the root, the region with that index, or a range, snapshot or other memory, by what open_range(),
// open_snapshot() and share() answered.
inline constexpr int kRoot = -1;
inline constexpr int kFirstRange = 1 << 16;     // above every index of a region
inline constexpr int kFirstSnapshot = 1 << 24;  // above every range
inline constexpr int kFirstOther = 1 << 28;     // above every snapshot: roots of other memories, which have one region of this one

[[nodiscard]] inline bool is_region(int space) { return space != kRoot && space < kFirstRange; }
[[nodiscard]] inline bool is_range(int space) { return space >= kFirstRange && space < kFirstSnapshot; }

// The bytes of one region: an array, a map from position to byte where the region is large, or somebody else's memory.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::uint64_t size);
  Bytes(std::uint64_t size, std::uint8_t* foreign, std::shared_ptr<void> mapping);

  [[nodiscard]] std::uint8_t get(std::uint64_t position) const;
  void put(std::uint64_t position, std::uint8_t byte);
  // All zero again; somebody else's memory is left alone.
  void forget();
  // What stands there now, in memory of its own.
  [[nodiscard]] Bytes snapshot() const;
  // The positions at which `other` holds another byte.
  [[nodiscard]] std::vector<std::uint64_t> differences(const Bytes& other) const;

 private:
  static constexpr std::uint64_t kArrayMax = std::uint64_t{8} << 20;
  // All of them in a row, or null.
  [[nodiscard]] const std::uint8_t* all() const { return foreign_ != nullptr ? foreign_ : size_ <= kArrayMax ? array_.data() : nullptr; }

  std::uint64_t size_ = 0;
  std::vector<std::uint8_t> array_;
  std::map<std::uint64_t, std::uint8_t> sparse_;
  std::uint8_t* foreign_ = nullptr;
  std::shared_ptr<void> mapping_;  // keeps `foreign_` mapped where the naive memory mapped it
};

struct Region {
  std::uint64_t base = 0;
  std::uint64_t size = 0;  // never 0
  std::uint32_t rights = 0;
  int fd = -1;
  std::uint64_t fd_offset = 0;
  // What `protect` made of pages, the latest last.
  struct Change {
    std::uint64_t first_page = 0;  // counted from address 0
    std::uint64_t last_page = 0;
    std::uint32_t rights = 0;
  };
  std::vector<Change> changes;
  Bytes bytes;
  Bytes clean;  // dirty_source = content_diff: what stood there when it was last clean
};

// Part of another space, whose address `start` is its own address 0.
struct Range {
  int parent = kRoot;
  std::uint64_t start = 0;
  std::uint64_t size = 0;
};

struct Window {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
};

// What is mapped: regions by index, in the order in which they came, and windows.
struct Map {
  std::vector<int> regions;
  std::vector<Window> windows;
};

// A granule; the table is kRoot where granules are counted from address 0, else the region they are counted from.
struct Granule {
  int table = kRoot;
  std::uint64_t number = 0;
  auto operator<=>(const Granule&) const = default;
};

// Copies are independent, but for the bytes of files and of host memory.
class Memory {
 public:
  explicit Memory(const Profile& profile) : profile_(&profile) {}

  GmcOutcome create(const GmcLayout* layout);
  GmcOutcome reset();

  // Map changes. What is inserted is region `back`, which was removed; kRoot where the entry brings a new one.
  GmcOutcome add(const GmcEntry& entry, int back);
  GmcOutcome remove(std::uint64_t base, std::uint64_t size);
  GmcOutcome replace(const GmcLayout& layout);
  GmcOutcome protect(std::uint64_t address, std::uint64_t size, std::uint32_t rights);
  // With ok, `snapshot` is the new space.
  GmcOutcome open_snapshot(int space, int& snapshot);
  // Another memory with that region, whose bytes and marks stay this one's. With ok, `root` is its root.
  GmcOutcome share(int region, std::uint64_t base, std::uint64_t size, int& root);

  // A read where `into` is set, else a write of `from`, or of `byte` where that is null too.
  struct Transfer {
    int space = kRoot;
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::uint8_t* into = nullptr;
    const std::uint8_t* from = nullptr;
    std::uint8_t byte = 0;
    bool is_write = false;
    bool is_partial = false;
    bool is_typed = false;
  };
  GmcOutcome transfer(const Transfer& transfer);
  // The operation of the record, one of the atomic ones.
  GmcOutcome atomic(int space, const GmcCall& call);
  // The operation of the record, one of those with a descriptor.
  GmcOutcome transfer_stream(int space, const GmcCall& call);
  // Of `size` bytes, from `address` of the space `from` to `to_address` of `to`.
  GmcOutcome copy(int from, std::uint64_t address, int to, std::uint64_t to_address, std::uint64_t size);
  // The record's own fields say the rest.
  GmcOutcome array(int space, const GmcCall& call);
  GmcOutcome reference(int space, const GmcCall& call) const;
  GmcOutcome slices(int space, const GmcCall& call) const;
  GmcOutcome zero_all(int space);
  GmcOutcome dump(int space, std::uint8_t* buffer, std::uint64_t size) const;

  GmcOutcome check_range(int space, std::uint64_t address, std::uint64_t size, std::uint32_t rights) const;
  GmcOutcome checked_offset(int space, std::uint64_t address, std::uint64_t offset) const;
  GmcOutcome last_address(int space) const;
  GmcOutcome find(int space, std::uint64_t address) const;
  GmcOutcome iova(int space, std::uint64_t address) const;
  GmcOutcome total_size(int space) const;
  GmcOutcome list(int space, GmcRegionInfo* regions, std::uint64_t room) const;
  GmcOutcome fds_overlap(int space, int other) const;

  // Fault 0 disarms all; each call uses its site once.
  GmcOutcome arm(int space, std::uint32_t fault, std::uint64_t nth);

  // Opens [start, start + size) of a space; with ok, `range` is the new one. None is ever closed: its number lives as long as the memory.
  GmcOutcome open_range(int parent, std::uint64_t start, std::uint64_t size, int& range);

  // dirty_when = release: what is written from now on goes through `space`, which `holder` holds, a number of the caller's own; and that
  // one lets go of it.
  void write_through(int space, std::uint64_t holder);
  void release(std::uint64_t holder);
  [[nodiscard]] std::uint64_t new_holder() { return ++last_holder_; }

  GmcOutcome track(int space, std::uint32_t on);
  GmcOutcome mark(int space, std::uint64_t address, std::uint64_t size);
  GmcOutcome harvest_dense(int space, std::uint32_t flags, std::uint64_t* words, std::uint64_t room);
  GmcOutcome harvest_sparse(int space, std::uint32_t flags, GmcDirtyWord* words, std::uint64_t room);

  // The index of the region that holds `gpa` in the root or in a snapshot, or kRoot.
  [[nodiscard]] int region_at(int space, std::uint64_t gpa) const;
  [[nodiscard]] const std::vector<Region>& regions() const { return regions_; }  // all there have been, in the order in which they came
  [[nodiscard]] bool is_read_only(const Region& region) const;
  [[nodiscard]] const Settings& settings(int space) const {
    if (space >= kFirstOther) return profile_->root;
    if (space >= kFirstSnapshot) return profile_->snapshot;
    if (space >= kFirstRange) return profile_->range;
    return space == kRoot ? profile_->root : profile_->region;
  }
  // A failure as this backend tells it: statuses that it cannot tell apart are one.
  [[nodiscard]] GmcOutcome fail(int space, GmcStatus status) const;

 private:
  // What is the case for one byte of a space.
  enum class Ground { kMapped, kDiscards, kFaults, kNothing };
  struct Spot {
    Ground ground = Ground::kNothing;
    int region = kRoot;
    std::uint64_t position = 0;  // in the region
    std::uint64_t alike = 1;     // bytes from here on that stand on the same ground
  };
  // How far an exact access gets, and what stops it.
  struct Reach {
    std::uint64_t size = 0;
    GmcStatus why = GMC_OK;
    bool is_seam = false;
  };

  // What the root or a snapshot shows.
  [[nodiscard]] const Map& map(int space) const {
    if (space >= kFirstOther) return others_[static_cast<std::size_t>(space - kFirstOther)];
    return space >= kFirstSnapshot ? snapshots_[static_cast<std::size_t>(space - kFirstSnapshot)] : now_;
  }
  // What the memory shows that a space is of.
  [[nodiscard]] const Map& memory_of(int space) const {
    while (space >= kFirstRange && space < kFirstSnapshot) space = range(space).parent;
    return space >= kFirstOther ? map(space) : now_;
  }
  [[nodiscard]] const Region& region(int index) const { return regions_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] bool is_mapped(int index) const;
  // Whether every access has to be denied, since the region below is gone.
  [[nodiscard]] bool is_dead(int space) const;
  [[nodiscard]] bool may_change(bool takes_away) const;
  void forget_marks();

  GmcStatus place(const GmcLayout& layout);
  GmcStatus place_region(const GmcEntry& entry);
  [[nodiscard]] bool is_in_order(const GmcLayout& layout) const;
  [[nodiscard]] std::uint64_t rounded(std::uint64_t size) const;
  GmcStatus back(const GmcEntry& entry, Region& region) const;

  [[nodiscard]] Spot spot(int space, std::uint64_t address) const;
  // The memory that a space shows, in ascending order: `size` bytes from `position` of a region, at `address` of the space.
  struct Piece {
    int region = kRoot;
    std::uint64_t position = 0;
    std::uint64_t address = 0;
    std::uint64_t size = 0;
  };
  [[nodiscard]] std::vector<Piece> pieces(int space) const;
  [[nodiscard]] const Range& range(int space) const { return ranges_[static_cast<std::size_t>(space - kFirstRange)]; }
  // The memory's own address of the space's address 0.
  [[nodiscard]] std::uint64_t origin(int space) const;
  enum class Need { kNothing, kRead, kWrite };
  // Whether the byte at `position` of the region has the right.
  [[nodiscard]] bool may(Need need, const Region& region, std::uint64_t position) const;
  [[nodiscard]] Reach reach(int space, std::uint64_t address, std::uint64_t size, Need need) const;
  [[nodiscard]] bool lie_together(int space, std::uint64_t address, std::uint64_t size) const;
  // Bytes from `position` of the region on that have the same rights, `most` at most.
  [[nodiscard]] static std::uint64_t alike(const Region& region, std::uint64_t position, std::uint64_t most);
  [[nodiscard]] bool lets_pass(int rule, int space, std::uint64_t address) const;
  void move(const Transfer& transfer, std::uint64_t count, std::uint64_t step);
  [[nodiscard]] GmcStatus atomic_fault(int space, const GmcCall& call) const;
  GmcOutcome stopped(const Transfer& transfer, const Reach& reach);
  // What a descriptor gave or took.
  struct Stream {
    std::uint64_t done = 0;
    bool has_failed = false;  // and did not just end
  };
  static Stream stream_bytes(const GmcCall& call, bool takes, bool goes_on, std::vector<std::uint8_t>& bytes);
  [[nodiscard]] GmcOutcome stopped_at(int space, GmcStatus status, std::uint64_t address) const;

  [[nodiscard]] Granule granule(int region, std::uint64_t position) const;
  void start_tracking(bool is_all_dirty);
  // Where what is written is noted.
  [[nodiscard]] std::set<Granule>& written() { return holder_ == 0 ? marked_ : waiting_[holder_]; }
  void make_dirty(std::set<Granule>& log, int region, std::uint64_t first, std::uint64_t last);
  void make_dirty_all(std::set<Granule>& log, int space, std::uint64_t address, std::uint64_t size);
  [[nodiscard]] std::set<Granule> dirty(int space) const;
  void make_clean(const std::set<Granule>& granules);
  [[nodiscard]] bool is_offered(int space, std::uint32_t flags) const;
  // Counts one use of a site: whether it is the one that fails.
  bool fails(std::uint32_t fault);

  const Profile* profile_;
  std::vector<Region> regions_;
  std::size_t created_ = 0;  // how many of them were there at creation
  Map first_;                // the map of creation
  Map now_;
  std::vector<Map> snapshots_;
  std::vector<Map> others_;
  std::vector<Range> ranges_;
  std::uint64_t window_ = 0;        // of region_order = positional, by the last layout; 0: it does not say
  std::uint64_t first_window_ = 0;  // by that of creation
  bool is_tracking_ = false;
  std::set<Granule> marked_;
  std::uint64_t last_holder_ = 0;
  std::uint64_t holder_ = 0;                            // whose space is written through; 0: nobody's who would let go of it
  std::map<std::uint64_t, std::set<Granule>> waiting_;  // by holder: what is marked when that lets go
  std::map<std::uint32_t, std::uint64_t> armed_;        // by site: how many uses are left, with the one that fails
};

}  // namespace gmc::naive

#endif  // GMCHECK_HARNESS_BACKENDS_NAIVE_MEMORY_H
