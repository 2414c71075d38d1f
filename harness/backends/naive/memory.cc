// SPDX-License-Identifier: Apache-2.0 OR MIT
// Contents, the layout, addresses and accesses.
#include "harness/backends/naive/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace gmc::naive {

namespace {

constexpr std::uint64_t kPage = 4096;  // of rights; a number of its own, as it shares nothing with the reference

}  // namespace

// -------------------------------------------------------------------------------------------------------------------------- Bytes

Bytes::Bytes(std::uint64_t size) : size_(size) {
  if (size <= kArrayMax) array_.resize(size);
}

Bytes::Bytes(std::uint64_t size, std::uint8_t* foreign, std::shared_ptr<void> mapping)
    : size_(size), foreign_(foreign), mapping_(std::move(mapping)) {}

std::uint8_t Bytes::get(std::uint64_t position) const {
  if (foreign_ != nullptr) return foreign_[position];
  if (size_ <= kArrayMax) return array_[position];
  const auto found = sparse_.find(position);
  return found == sparse_.end() ? std::uint8_t{0} : found->second;
}

void Bytes::put(std::uint64_t position, std::uint8_t byte) {
  if (foreign_ != nullptr) {
    foreign_[position] = byte;
  } else if (size_ <= kArrayMax) {
    array_[position] = byte;
  } else {
    sparse_[position] = byte;
  }
}

void Bytes::forget() {
  std::fill(array_.begin(), array_.end(), std::uint8_t{0});
  sparse_.clear();
}

Bytes Bytes::snapshot() const {
  if (foreign_ == nullptr) return *this;
  Bytes copy(size_);
  for (std::uint64_t i = 0; i < size_; ++i) copy.put(i, foreign_[i]);
  return copy;
}

std::vector<std::uint64_t> Bytes::differences(const Bytes& other) const {
  std::set<std::uint64_t> positions;
  if (foreign_ == nullptr && size_ > kArrayMax) {
    for (const auto& [position, byte] : sparse_) positions.insert(position);
    for (const auto& [position, byte] : other.sparse_) positions.insert(position);
    std::erase_if(positions, [&](std::uint64_t position) { return get(position) == other.get(position); });
    return {positions.begin(), positions.end()};
  }
  std::vector<std::uint64_t> found;
  const std::uint8_t* const ours = all();
  const std::uint8_t* const theirs = other.all();
  // Hardly anything differs, so that most of it need not be looked at byte by byte.
  constexpr std::uint64_t kPiece = 4096;
  for (std::uint64_t piece = 0; piece < size_; piece += kPiece) {
    const std::uint64_t end = std::min(size_, piece + kPiece);
    if (ours != nullptr && theirs != nullptr && std::memcmp(ours + piece, theirs + piece, end - piece) == 0) continue;
    for (std::uint64_t i = piece; i < end; ++i) {
      if (get(i) != other.get(i)) found.push_back(i);
    }
  }
  return found;
}

// ------------------------------------------------------------------------------------------------------------------------- Layout

GmcOutcome Memory::create(const GmcLayout* layout) {
  const GmcStatus status = place(*layout);
  if (status != GMC_OK) return fail(kRoot, status);
  created_ = regions_.size();
  first_ = now_;
  first_window_ = window_;
  if (settings(kRoot).dirty_enable == kAlways) start_tracking(false);
  return gmc_ok();
}

GmcStatus Memory::place(const GmcLayout& layout) {
  if (!is_in_order(layout)) return GMC_INVALID_ARGUMENT;
  for (std::uint64_t i = 0; i < layout.count; ++i) {
    const GmcStatus status = place_region(layout.entries[i]);
    if (status != GMC_OK) return status;
  }
  std::vector<std::uint64_t> bases;
  for (std::uint64_t i = 0; i < layout.count; ++i) {
    if (layout.entries[i].kind == GMC_ENTRY_REGION) bases.push_back(layout.entries[i].base);
  }
  window_ = bases.size() > 1 ? bases[1] : 0;
  return now_.regions.size() > settings(kRoot).regions_max ? GMC_NO_MEMORY : GMC_OK;
}

std::uint64_t Memory::rounded(std::uint64_t size) const {
  const std::uint64_t unit = settings(kRoot).region_align_size;
  const std::uint64_t over = size % unit;
  return over == 0 || settings(kRoot).region_rounding == kReject ? size : size + (unit - over);
}

// GM-REG-006. Windows have no place in the order.
bool Memory::is_in_order(const GmcLayout& layout) const {
  const int order = settings(kRoot).region_order;
  std::vector<GmcEntry> entries;
  for (std::uint64_t i = 0; i < layout.count; ++i) {
    if (layout.entries[i].kind == GMC_ENTRY_REGION) entries.push_back(layout.entries[i]);
  }
  if (order == kSorted) {
    for (std::size_t i = 1; i < entries.size(); ++i) {
      if (entries[i].base < entries[i - 1].base) return false;
    }
  }
  if (order == kPositional && entries.size() > 1) {
    const auto fits = [&](std::uint64_t window) {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].base != i * window || (i > 0 && entries[i].base / i != window) || entries[i].size >= window ||
            rounded(entries[i].size) >= window) {
          return false;
        }
      }
      return true;
    };
    for (unsigned bit = 12; bit < 64; ++bit) {
      if (fits(std::uint64_t{1} << bit)) return true;
    }
    return false;
  }
  return order != kPositional || entries.empty() || (entries[0].base == 0 && rounded(entries[0].size) < (std::uint64_t{1} << 63));
}

// GM-REG-001 to -005, GM-ADDR-005
GmcStatus Memory::place_region(const GmcEntry& entry) {
  const Settings& s = settings(kRoot);
  const bool is_window = entry.kind == GMC_ENTRY_WINDOW;
  if (!is_window) {
    const bool is_offered = (entry.backing == GMC_BACKING_OWN && (s.backing & kOwn) != 0) ||
                            (entry.backing == GMC_BACKING_FD && (s.backing & kFd) != 0) ||
                            (entry.backing == GMC_BACKING_HOST && (s.backing & kHostPointer) != 0) || entry.backing == GMC_BACKING_SPACE;
    if (!is_offered) return GMC_UNSUPPORTED;
  }
  if (entry.size == 0) return s.region_zero == kAccept ? GMC_OK : GMC_INVALID_ARGUMENT;
  if (entry.base % s.region_align_base != 0) return GMC_INVALID_ARGUMENT;
  std::uint64_t size = entry.size;
  const std::uint64_t over = size % s.region_align_size;
  if (over != 0) {
    if (s.region_rounding == kReject) return GMC_INVALID_ARGUMENT;
    const std::uint64_t missing = s.region_align_size - over;
    if (missing > UINT64_MAX - size) return GMC_OUT_OF_RANGE;
    size += missing;
  }
  if (size - 1 > UINT64_MAX - entry.base) return GMC_OUT_OF_RANGE;
  const std::uint64_t last = entry.base + (size - 1);
  if (last == UINT64_MAX && s.region_ends_at_2_64 == kReject) return GMC_OUT_OF_RANGE;
  if (last > s.last_address) return GMC_OUT_OF_RANGE;
  if (is_window) {
    now_.windows.push_back({entry.base, entry.size});
    return GMC_OK;
  }
  for (const int index : now_.regions) {
    const Region& other = region(index);
    if (entry.base <= other.base + (other.size - 1) && other.base <= last) return GMC_OVERLAP;
  }
  if (entry.backing == GMC_BACKING_SPACE) return GMC_OK;  // the caller has the region
  Region region{
      .base = entry.base, .size = size, .rights = entry.rights, .fd = -1, .fd_offset = 0, .changes = {}, .bytes = {}, .clean = {}};
  const GmcStatus status = back(entry, region);
  if (status != GMC_OK) return status;
  now_.regions.push_back(static_cast<int>(regions_.size()));
  regions_.push_back(std::move(region));
  return GMC_OK;
}

GmcStatus Memory::back(const GmcEntry& entry, Region& region) const {
  if (entry.backing == GMC_BACKING_HOST) {
    region.bytes = Bytes(region.size, static_cast<std::uint8_t*>(entry.host), nullptr);
    return GMC_OK;
  }
  if (entry.backing == GMC_BACKING_OWN) {
    region.bytes = Bytes(region.size);
    return GMC_OK;
  }
  // A file is mapped from a page's first byte on.
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::uint64_t before = entry.fd_offset % page;
  const std::size_t length = region.size + before;
  void* const start = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, entry.fd, static_cast<off_t>(entry.fd_offset - before));
  if (start == MAP_FAILED) return GMC_IO;
  const std::shared_ptr<void> mapping(start, [length](void* mapped) { munmap(mapped, length); });
  region.fd = entry.fd;
  region.fd_offset = entry.fd_offset;
  region.bytes = Bytes(region.size, static_cast<std::uint8_t*>(start) + before, mapping);
  return GMC_OK;
}

GmcOutcome Memory::reset() {
  if (!settings(kRoot).reset) return fail(kRoot, GMC_UNSUPPORTED);
  regions_.resize(created_);
  now_ = first_;
  window_ = first_window_;
  snapshots_.clear();
  others_.clear();
  for (Region& region : regions_) {
    region.bytes.forget();
    region.changes.clear();
  }
  armed_.clear();
  is_tracking_ = false;
  marked_.clear();
  waiting_.clear();
  if (settings(kRoot).dirty_enable == kAlways) start_tracking(false);
  return gmc_ok();
}

bool Memory::is_read_only(const Region& region) const {
  const int kind = settings(kRoot).permissions;
  if (kind == kNoPermissions || kind == kGuestOnly) return false;
  return (region.rights & GMC_RIGHT_WRITE) == 0;
}

bool Memory::may(Need need, const Region& region, std::uint64_t position) const {
  if (need == Need::kNothing) return true;
  const std::uint64_t page = (region.base + position) / kPage;
  for (auto change = region.changes.rbegin(); change != region.changes.rend(); ++change) {
    if (page < change->first_page || page > change->last_page) continue;
    return (change->rights & (need == Need::kWrite ? GMC_RIGHT_WRITE : GMC_RIGHT_READ)) != 0;
  }
  return need == Need::kRead || !is_read_only(region);
}

std::uint64_t Memory::alike(const Region& region, std::uint64_t position, std::uint64_t most) {
  const std::uint64_t page = (region.base + position) / kPage;
  for (const Region::Change& change : region.changes) {
    for (const std::uint64_t border : {change.first_page, change.last_page + 1}) {
      // A border further away than that is none of these bytes', and its distance may be 2^64.
      if (border > page && border - page <= most / kPage + 1)
        most = std::min(most, (border - page) * kPage - (region.base + position) % kPage);
    }
  }
  return most;
}

GmcOutcome Memory::protect(std::uint64_t address, std::uint64_t size, std::uint32_t rights) {
  if (settings(kRoot).permissions != kPageBitmap) return fail(kRoot, GMC_UNSUPPORTED);
  if (rights > (GMC_RIGHT_READ | GMC_RIGHT_WRITE)) return fail(kRoot, GMC_INVALID_ARGUMENT);
  if (size == 0) return gmc_ok();
  if (fails(GMC_FAULT_CHANGE)) return fail(kRoot, GMC_FAULT);
  for (std::uint64_t done = 0; done < size;) {
    const Spot here = spot(kRoot, address + done);
    if (address + done < address || here.ground != Ground::kMapped) return fail(kRoot, GMC_OUT_OF_RANGE);
    done += std::min(here.alike, size - done);
  }
  for (const int index : now_.regions) {
    regions_[static_cast<std::size_t>(index)].changes.push_back({address / kPage, (address + (size - 1)) / kPage, rights});
  }
  return gmc_ok();
}

// ------------------------------------------------------------------------------------------------------------------------- Regions

int Memory::region_at(int space, std::uint64_t gpa) const {
  for (const int index : map(space).regions) {
    if (gpa >= region(index).base && gpa - region(index).base < region(index).size) return index;
  }
  return kRoot;
}

bool Memory::is_mapped(int index) const { return std::find(now_.regions.begin(), now_.regions.end(), index) != now_.regions.end(); }

bool Memory::is_dead(int space) const {
  if (settings(kRoot).stale_handle != kDeniedWhenStale) return false;
  while (is_range(space)) space = range(space).parent;
  return is_region(space) && !is_mapped(space);
}

// ---------------------------------------------------------------------------------------------------------------------- Addresses

std::uint64_t Memory::origin(int space) const {
  if (is_range(space)) return origin(range(space).parent) + range(space).start;
  return is_region(space) ? region(space).base : 0;
}

std::vector<Memory::Piece> Memory::pieces(int space) const {
  std::vector<Piece> pieces;
  if (is_range(space)) {
    const Range& r = range(space);
    for (const Piece& whole : this->pieces(r.parent)) {
      // What of it lies in [start, start + size), counted so that nothing wraps.
      const std::uint64_t skipped = r.start > whole.address ? r.start - whole.address : 0;
      if (skipped >= whole.size) continue;
      const std::uint64_t address = whole.address + skipped - r.start;
      if (address >= r.size) continue;
      pieces.push_back({whole.region, whole.position + skipped, address, std::min(whole.size - skipped, r.size - address)});
    }
    return pieces;
  }
  if (is_region(space)) return {{space, 0, 0, region(space).size}};
  for (const int index : map(space).regions) pieces.push_back({index, 0, region(index).base, region(index).size});
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.address < b.address; });
  return pieces;
}

// GM-SLICE-001, -002, GM-SUB-001, -003, -005
GmcOutcome Memory::open_range(int parent, std::uint64_t start, std::uint64_t size, int& opened) {
  __extension__ using Wide = unsigned __int128;
  const Settings& s = settings(parent);
  if (!s.slices && !s.views) return fail(parent, GMC_UNSUPPORTED);
  bool fits = false;
  if (s.views) {
    if (start % s.view_align != 0 || size % s.view_align != 0) return fail(parent, GMC_INVALID_ARGUMENT);
    Wide end = Wide{s.last_address} + 1;
    if (is_range(parent)) end = range(parent).size;
    if (is_region(parent)) end = region(parent).size;
    fits = Wide{start} + size <= end;
  } else if (size == 0) {
    fits = lets_pass(s.zero_length_slice, parent, start);
  } else {
    for (const Piece& piece : pieces(parent)) {
      fits = fits || (start >= piece.address && Wide{start} + size <= Wide{piece.address} + piece.size);
    }
  }
  if (!fits) return fail(parent, GMC_OUT_OF_RANGE);
  // A slice of the root, or of a view on it, is of its region, which may be removed; a view is of its parent.
  int base = parent;
  while (is_range(base)) base = range(base).parent;
  if (!s.views && size > 0 && base == kRoot) {
    const Spot there = spot(parent, start);
    parent = there.region;
    start = there.position;
  }
  ranges_.push_back({parent, start, size});
  opened = kFirstRange + static_cast<int>(ranges_.size() - 1);
  return gmc_ok();
}

Memory::Spot Memory::spot(int space, std::uint64_t address) const {
  if (is_range(space)) {
    const Range& r = range(space);
    if (address >= r.size) return {.ground = Ground::kNothing, .region = kRoot, .position = 0, .alike = UINT64_MAX - address};
    Spot there = spot(r.parent, r.start + address);
    there.alike = std::min(there.alike, r.size - address);
    return there;
  }
  if (is_region(space)) {
    const std::uint64_t size = region(space).size;
    if (address >= size) return {.ground = Ground::kNothing, .region = kRoot, .position = 0, .alike = UINT64_MAX - address};
    return {.ground = Ground::kMapped, .region = space, .position = address, .alike = size - address};
  }
  Spot spot;
  // The ground changes where a region or a window begins or ends, and nowhere else.
  spot.alike = UINT64_MAX - address;
  const auto changes_at = [&](std::uint64_t border) {
    if (border > address) spot.alike = std::min(spot.alike, border - address);
  };
  if (spot.alike == 0) spot.alike = 1;
  for (const int index : map(space).regions) {
    changes_at(region(index).base);
    changes_at(region(index).base + region(index).size);
  }
  bool in_window = false;
  for (const Window& window : map(space).windows) {
    changes_at(window.base);
    changes_at(window.base + window.size);
    if (address >= window.base && address - window.base < window.size) in_window = true;
  }
  const int found = region_at(space, address);
  if (found != kRoot) {
    spot.ground = Ground::kMapped;
    spot.region = found;
    spot.position = address - region(found).base;
  } else if (in_window && settings(kRoot).hole_kind == kFault) {
    spot.ground = Ground::kFaults;
  } else if (in_window && settings(kRoot).hole_kind == kDiscard) {
    spot.ground = Ground::kDiscards;
  }
  return spot;
}

Memory::Reach Memory::reach(int space, std::uint64_t address, std::uint64_t size, Need need) const {
  const Settings& s = settings(space);
  Reach reach;
  int previous = kRoot;
  while (reach.size < size) {
    // GM-ADDR-002: behind 2^64-1 there is nothing.
    if (reach.size > 0 && address + reach.size < address) return {reach.size, GMC_OUT_OF_RANGE, false};
    Spot here = spot(space, address + reach.size);
    if (here.ground == Ground::kNothing) return {reach.size, GMC_OUT_OF_RANGE, false};
    if (here.ground == Ground::kFaults) return {reach.size, GMC_FAULT, false};
    if (here.ground == Ground::kMapped) {
      if (!may(need, region(here.region), here.position)) return {reach.size, GMC_DENIED, false};
      here.alike = alike(region(here.region), here.position, here.alike);
      // GM-XR-002: one region touches the other; a hole between them is another matter.
      if (previous != kRoot && previous != here.region && s.cross_region == kRejectCross) return {reach.size, GMC_OUT_OF_RANGE, true};
    }
    previous = here.region;
    reach.size += std::min(here.alike, size - reach.size);
  }
  return reach;
}

bool Memory::lets_pass(int rule, int space, std::uint64_t address) const {
  if (rule == kOkAnywhere) return true;
  if (spot(space, address).ground == Ground::kMapped) return true;
  if (rule == kInBoundsInclEnd && is_range(space) && range(space).size == 0) return address == 0;
  return rule == kInBoundsInclEnd && address > 0 && spot(space, address - 1).ground == Ground::kMapped;
}

GmcOutcome Memory::fail(int space, GmcStatus status) const {
  for (const std::vector<std::uint16_t>& same : settings(space).error_detail) {
    if (std::find(same.begin(), same.end(), status) != same.end()) return gmc_outcome(static_cast<GmcStatus>(same.back()));
  }
  return gmc_outcome(status);
}

GmcOutcome Memory::stopped_at(int space, GmcStatus status, std::uint64_t address) const {
  GmcOutcome outcome = fail(space, status);
  const std::uint64_t base = origin(space);
  if (address > UINT64_MAX - base) return outcome;  // GM-RW-016: there is no such address
  outcome.flags = GMC_HAS_ADDRESS;
  outcome.address = base + address;
  return outcome;
}

// ----------------------------------------------------------------------------------------------------------------------- Accesses

GmcOutcome Memory::transfer(const Transfer& t) {
  const Settings& s = settings(t.space);
  if (is_dead(t.space)) return fail(t.space, GMC_DENIED);
  if (t.size == 0) {
    const int rule = t.is_typed ? s.zero_length_typed : s.zero_length_bytes;
    return lets_pass(rule, t.space, t.address) ? gmc_ok_count(0) : fail(t.space, GMC_OUT_OF_RANGE);
  }
  if (fails(GMC_FAULT_ACCESS)) return fail(t.space, GMC_FAULT);
  const Reach reached = reach(t.space, t.address, t.size, t.is_write ? Need::kWrite : Need::kRead);
  if (reached.size < t.size && !(t.is_partial && reached.size > 0)) return stopped(t, reached);
  move(t, reached.size, 1);
  return gmc_ok_count(reached.size);
}

// An exact access that cannot be done wholly, or a partial one that cannot even begin.
GmcOutcome Memory::stopped(const Transfer& t, const Reach& reached) {
  const Settings& s = settings(t.space);
  const bool wraps = reached.size > 0 && t.address + reached.size < t.address;
  const auto answer = [&](GmcStatus status) {
    return wraps ? fail(t.space, status) : stopped_at(t.space, status, t.address + reached.size);
  };
  if (reached.size == 0 || reached.is_seam) return answer(reached.why);
  if (reached.why == GMC_FAULT) {
    // Each byte may have been moved or not: here it is every other one.
    move(t, reached.size, 2);
    return answer(GMC_FAULT);
  }
  const int effect = reached.why == GMC_DENIED ? s.perm_fail_effect : s.range_fail_effect;
  if (effect == kNothing) return answer(reached.why);
  move(t, reached.size, 1);
  GmcOutcome outcome = answer(GMC_SHORT);
  if (s.reports_count) {
    outcome.flags |= GMC_HAS_COUNT;
    outcome.count = reached.size;
  }
  return outcome;
}

// Moves every `step`th of the first `count` bytes, and keeps the log.
void Memory::move(const Transfer& t, std::uint64_t count, std::uint64_t step) {
  const int source = settings(kRoot).dirty_source;
  const bool is_logged = t.is_write && is_tracking_ && (source == kHostApi || source == kHostAndGuest);
  const bool logs_more = is_logged && settings(kRoot).dirty_precision == kOverApprox;
  bool has_written = false;
  for (std::uint64_t i = 0; i < count;) {
    const Spot here = spot(t.space, t.address + i);
    const std::uint64_t end = i + std::min(here.alike, count - i);
    if (here.ground != Ground::kMapped) {
      for (; i < end && t.into != nullptr; i += step) t.into[i] = static_cast<std::uint8_t>(settings(kRoot).discard_value);
      i = std::max(i, end);
      continue;
    }
    Bytes& bytes = regions_[static_cast<std::size_t>(here.region)].bytes;
    for (std::uint64_t position = here.position; i < end; i += step, position += step) {
      if (t.into != nullptr) {
        t.into[i] = bytes.get(position);
      } else {
        bytes.put(position, t.from != nullptr ? t.from[i] : t.byte);
        has_written = true;
        if (is_logged) make_dirty(written(), here.region, position, position);
      }
    }
  }
  if (logs_more && has_written) make_dirty_all(written(), t.space, t.address, t.size);
}

GmcOutcome Memory::zero_all(int space) {
  if (!settings(space).has_zero_all) return fail(space, GMC_UNSUPPORTED);
  if (is_dead(space)) return fail(space, GMC_DENIED);
  for (const Piece& piece : pieces(space)) {
    for (std::uint64_t done = 0, size = 0; done < piece.size; done += size) {
      const std::uint64_t position = piece.position + done;
      size = alike(region(piece.region), position, piece.size - done);
      if (!may(Need::kWrite, region(piece.region), position)) continue;
      move({.space = piece.region, .address = position, .size = size, .byte = 0, .is_write = true}, size, 1);
    }
  }
  return gmc_ok();
}

GmcOutcome Memory::dump(int space, std::uint8_t* buffer, std::uint64_t size) const {
  const int kind = settings(space).dump_all;
  if (kind == kNoDump) return fail(space, GMC_UNSUPPORTED);
  if (is_dead(space)) return fail(space, GMC_DENIED);
  std::uint64_t needed = 0;
  for (const Piece& piece : pieces(space)) {
    needed = piece.address + piece.size;
    if (needed == 0) return fail(space, GMC_INVALID_ARGUMENT);  // 2^64 bytes: no size is enough
  }
  if (size < needed || (kind == kExactLength && size > needed)) return fail(space, GMC_INVALID_ARGUMENT);
  for (const Piece& piece : pieces(space)) {
    const Bytes& bytes = regions_[static_cast<std::size_t>(piece.region)].bytes;
    for (std::uint64_t i = 0; i < piece.size; ++i) buffer[piece.address + i] = bytes.get(piece.position + i);
  }
  return gmc_ok();
}

}  // namespace gmc::naive
