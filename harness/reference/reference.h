// SPDX-License-Identifier: Apache-2.0 OR MIT
// The reference guest memory: what the contract says, executable. Complete, boring, sequential; no operating system, no cache, no code
// shared with any backend. One operation goes through three steps: predict() says what may be answered, judge() finds the alternative that
// matches, or the clause that none satisfies, and commit() moves the state to what was observed.
#ifndef GMCHECK_HARNESS_REFERENCE_REFERENCE_H
#define GMCHECK_HARNESS_REFERENCE_REFERENCE_H

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/program/address_map.h"
#include "harness/program/profile.h"
#include "harness/program/program.h"
#include "harness/reference/bytes.h"
#include "harness/reference/dirty_log.h"
#include "harness/reference/expectation.h"
#include "harness/reference/memory_map.h"

namespace gmc {

// Which functions of the optional groups are there. What the profile does not claim may be missing; then the answer is `unsupported`.
struct Offers {
  bool space_open = true;
  bool harvest_dense = true;
  bool harvest_sparse = true;
  bool submit_only = true;  // operations that have no entry of their own
  bool add = true;
  bool remove = true;
  bool replace = true;
  bool protect = true;
  bool arm = true;

  bool operator==(const Offers&) const = default;
};

// A value: copies are independent, equal states compare equal.
class Reference {
 public:
  explicit Reference(const Profile& profile, const Offers& offers = {});

  // A new memory with `layout`, which has to be legal: see faults_of(). Where the profile says `layout = own`, it is the backend's, and
  // nobody knows what stands in it.
  void create(const Layout& layout);
  // As at creation. The harness's backings hold their background again.
  void reset();

  // False where the operation uses a slot that is not open, closes a space that others were opened on and have to be closed before (switch
  // spaces_outlive), or asks what the contract leaves undecided after a map change: it is left out, here and in the backend.
  [[nodiscard]] bool runs(const Op& op) const;
  // The address to pass to the backend, in the addresses of the operation's space.
  [[nodiscard]] std::uint64_t address_of(const Op& op) const;
  // What memory holds at the operation's range, zeros where it holds nothing; for payloads that repeat it.
  void current(const Op& op, std::span<std::uint8_t> out) const;

  void predict(const Program& program, const Op& op, Expectation& expectation) const;
  // Of a transfer: narrows what may be answered to what fits with what was seen of its stream. Nothing for other operations. Comes between
  // the call and judge().
  void settle(Expectation& expectation, const Answer& answer) const;
  [[nodiscard]] Judgement judge(const Expectation& expectation, const Answer& answer) const;
  // `judgement` holds no violation. Counts what the operation decided; the caller keeps that only if the comparison at the end agrees as
  // well.
  void commit(const Program& program, const Expectation& expectation, const Judgement& judgement, const Answer& answer, Evidence& evidence);

  // Whether a fault may be met by what comes, and that none may any more.
  [[nodiscard]] bool is_armed() const { return is_armed_; }
  void disarm();
  // By site: which use from now on fails at the latest; 0 where none is armed. And as if that had been armed just now.
  [[nodiscard]] std::array<std::uint64_t, GMC_FAULT_COUNT> armed_uses() const;
  void arm(std::uint32_t site, std::uint64_t nth);

  // Where the fact `full_mapping` leads, and for how many bytes; none where it does not say so, or cannot be true of this map.
  [[nodiscard]] std::optional<std::pair<std::uint64_t, std::uint64_t>> full_mapping(std::string_view facts) const;

  // The pieces of a range as far as it is mapped, one for each region.
  [[nodiscard]] std::vector<GmcPiece> slices_of(const Op& op) const;

  // Whether the mark that was predicted covers all of a range of a backing that no other region shows.
  [[nodiscard]] bool covers(const Expectation& expectation, std::uint32_t store, const ByteRange& range) const;
  // The same range holds `bytes` now, which were written past the backend: nothing but that mark reports them.
  void write_behind(Expectation& expectation, std::uint32_t store, std::uint64_t position, std::span<const std::uint8_t> bytes);

  // The first bytes of a region of own memory of a layout that was adopted. Nobody else says what they are; from now on they are known.
  void adopt(std::uint32_t region, std::span<const std::uint8_t> bytes);

  // Puts a part of a backing on the list of what the comparison looks at.
  void touch(std::uint32_t store, const ByteRange& range) { stores_[store].touch(range.base, range.size); }

  // The comparison of memory itself: bytes of region `region` (index into map().regions()) from `offset` on, as seen by a witness or by a
  // read.
  [[nodiscard]] std::optional<Bytes::Mismatch> compare(std::uint32_t region, std::uint64_t offset,
                                                       std::span<const std::uint8_t> seen) const;
  // The clause that `expectation`'s operation breaks if afterwards the byte at that position of that backing is wrong; its answer matched
  // that alternative.
  [[nodiscard]] static Clause blame_memory(const Expectation& expectation, std::size_t alternative, std::uint32_t store,
                                           std::uint64_t position);
  // Whether the operation was to change the map, and did not.
  [[nodiscard]] static bool declined_change(const Expectation& expectation, const GmcOutcome& outcome);
  // Judges a harvest that is not an operation: the peek of the comparison. `dense` belongs to region `region`.
  [[nodiscard]] std::optional<Violation> judge_dense(std::uint32_t region, std::span<const std::uint64_t> dense) const {
    return judge_dense(granules_[region], dense);
  }
  [[nodiscard]] std::optional<Violation> judge_sparse(std::span<const GmcDirtyWord> sparse) const {
    return judge_sparse(granules_, sparse);
  }
  // A granule of a region whose base is not a multiple of the granule has no number in the memory's own addresses.
  [[nodiscard]] bool sparse_is_possible() const;
  // Bits of a dense harvest of that region.
  [[nodiscard]] std::uint64_t granule_count(std::uint32_t region) const { return granules_[region].count(); }
  // The same of the space in slot `slot`; none where it does not lie inside one region, or has no byte.
  [[nodiscard]] std::optional<std::uint64_t> dense_granule_count(std::uint8_t slot) const;

  [[nodiscard]] const Layout& created() const { return created_; }  // the layout of creation, which a reset brings back
  // That of creation and behind it what was added since; what was removed keeps its place.
  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] const MemoryMap& map() const { return map_; }
  [[nodiscard]] const Bytes& store(std::uint32_t index) const { return stores_[index]; }
  [[nodiscard]] const Profile& profile() const { return profile_; }
  [[nodiscard]] bool is_tracking() const { return is_tracking_; }
  [[nodiscard]] const DirtyLog& dirty() const { return dirty_; }
  // Of the granule that holds the byte at `gpa`, which is in the region; null where it is clean.
  [[nodiscard]] const DirtyLog::Mark* mark_at(const MappedRegion& region, std::uint64_t gpa) const;
  [[nodiscard]] GmcSpaceKind kind_of(std::uint8_t slot) const { return slots_[slot].kind; }
  // The region that slot `slot` is a space of; null for the root, for ranges and for closed slots.
  [[nodiscard]] const MappedRegion* region_of(std::uint8_t slot) const;
  [[nodiscard]] bool is_open(std::uint8_t slot) const { return slots_[slot].is_open; }
  // The root of another memory that has a region of this one.
  [[nodiscard]] bool is_other_memory(std::uint8_t slot) const { return slots_[slot].is_beside && slots_[slot].kind == GMC_SPACE_ROOT; }
  [[nodiscard]] const Extent& extent_of(std::uint8_t slot) const { return slots_[slot].extent; }
  // The open snapshot that the space in slot `slot` is, or was opened on; 0 where there is none.
  [[nodiscard]] std::uint8_t snapshot_of(std::uint8_t slot) const;
  // What the space in slot `slot` shows: the root's map, or that of the moment from which on the space does not follow the root.
  [[nodiscard]] const MemoryMap& map_of(std::uint8_t slot) const { return map_of(slots_[slot]); }

  bool operator==(const Reference& other) const;

 private:
  // What was written through a space and marks when that is closed (dirty_when = release).
  struct Waiting {
    Granule first;
    Granule last;
    std::uint32_t entry = 0;  // of the region
    std::uint64_t base = 0;   // where that lay
    ByteRange bytes{};        // by offset in it
    DirtyLog::State state = DirtyLog::State::kMaybe;
    Clause why{};
    bool operator==(const Waiting&) const = default;
  };

  struct Slot {
    bool is_open = false;
    GmcSpaceKind kind = GMC_SPACE_ROOT;
    std::uint32_t region = 0;
    Extent extent{};           // the addresses of the space
    std::uint8_t parent = 0;   // slot of the space that it was opened on
    bool is_orphan = false;    // that one is closed
    bool is_bound = false;     // it does not follow the root's map when that changes: it has its own region, or a snapshot below it
    bool in_snapshot = false;  // it is a snapshot, or was opened on one
    bool is_stale = false;     // its region was removed
    bool was_handed = false;   // a map change gave it
    bool is_beside = false;    // it is another memory with a region of this one, or was opened on one
    std::shared_ptr<const MemoryMap> map{};  // what a bound space shows, once the root's map is another
    std::vector<Waiting> waiting{};          // in the order in which it was written
    bool operator==(const Slot& other) const;
  };

  // The granules of a region.
  struct Granules {
    Granule first;
    Granule last;
    std::uint64_t absolute = 0;  // the first one's number in the memory's own addresses, as sparse harvests report it

    [[nodiscard]] std::uint64_t count() const { return last.number - first.number + 1; }
  };

  [[nodiscard]] const Switches& switches(const Op& op) const { return profile_.of(slots_[op.space].kind); }
  [[nodiscard]] const Extent& extent(const Op& op) const { return slots_[op.space].extent; }
  [[nodiscard]] const MemoryMap& map_of(const Slot& slot) const { return slot.map == nullptr ? map_ : *slot.map; }
  [[nodiscard]] const MemoryMap& map_of(const Op& op) const { return map_of(slots_[op.space]); }

  // predict.cc
  [[nodiscard]] bool is_decided(const Op& op) const;
  void predict_op(const Program& program, const Op& op, Expectation& e) const;
  // False where the operation is none of these.
  [[nodiscard]] bool predict_access(const Op& op, Expectation& e) const;
  void predict_refusal(const Op& op, Expectation& e) const;
  void predict_other(const Program& program, const Op& op, Expectation& e) const;

  // reference.cc
  // GM-REG-007: the backend's own bytes, but for those of a layout of its own.
  [[nodiscard]] bool starts_as_zero(std::uint32_t store) const {
    return map_.store_is_own(store) && profile_.root().layout == LayoutSource::kGiven;
  }
  [[nodiscard]] Bytes::Background background_of(std::uint32_t store) const;
  static void part_alternatives(Expectation& e);
  void fold_statuses(Expectation& e) const;

  // predict_access.cc
  void predict_range(const Op& op, Effect effect, Expectation& e) const;
  void predict_zero_length(const Op& op, ZeroLength rule, Clause clause, Expectation& e) const;
  void predict_failure(const Op& op, Expectation& e) const;
  void predict_range_failure(const Op& op, Expectation& e) const;
  void name_failed_byte(const Op& op, const Expectation& e, Alternative& failure) const;
  Alternative& allow_failure(const Op& op, Stop why, Expectation& e) const;
  [[nodiscard]] Stop other_reason(const Op& op, const Expectation& e) const;
  void demand_success(const Op& op, Expectation& e) const;
  void demand_failure(const Op& op, Expectation& e) const;
  [[nodiscard]] bool was_given_read_only(const Expectation& e) const;
  void predict_zero_all(const Op& op, Expectation& e) const;
  void predict_dump(const Op& op, Expectation& e) const;
  [[nodiscard]] bool offers(const Op& op) const;
  [[nodiscard]] bool is_within(const MemoryMap& map, const Extent& extent, std::uint64_t address, ZeroLength rule) const;
  void demand_of_range(const Op& op, Expectation& e) const;

  // predict_atomic.cc
  void predict_atomic(const Op& op, Expectation& e) const;
  [[nodiscard]] StatusMask reasons_against(const Op& op, Expectation& e) const;
  [[nodiscard]] bool is_unaligned_atomic(const Op& op, const Expectation& e) const;
  [[nodiscard]] std::optional<Violation> judge_atomic(const Expectation& e, const Answer& answer) const;
  void commit_atomic(const Expectation& e, const Answer& answer);

  // predict_stream.cc
  void predict_stream(const Op& op, Expectation& e) const;
  void predict_empty_stream(const Op& op, Expectation& e) const;
  void demand_stream_failure(const Op& op, Expectation& e) const;
  void attribute_stream(const StreamSeen& seen, bool met_end, Expectation& e) const;
  void allow_stream_failure(std::uint64_t moved, Expectation& e) const;
  void allow_failure_to_begin(Expectation& e) const;
  void allow_range_failure(std::uint64_t moved, Expectation& e) const;
  void fold_settled(Expectation& e) const;
  [[nodiscard]] std::optional<Violation> judge_arrived(const Expectation& e, const Answer& answer) const;
  // predict_copy.cc
  [[nodiscard]] bool is_decided_copy(const Op& op) const;
  [[nodiscard]] StatusMask reasons_against_end(const Op& end, Expectation& e) const;
  void predict_copy(const Op& op, Expectation& e) const;
  void go_to_target(const Op& op, Expectation& e) const;
  void commit_copy(const Expectation& e, const Alternative& alternative);

  // predict_slices.cc
  void predict_reference(const Op& op, Expectation& e) const;
  void predict_array(const Op& op, Effect effect, Expectation& e) const;
  void predict_slices(const Op& op, Expectation& e) const;
  [[nodiscard]] std::optional<Violation> judge_slices(const Expectation& e, const Answer& answer) const;

  // predict_query.cc
  // To write is more than to read.
  static Right right_asked(const Op& op) { return (op.rights & GMC_RIGHT_WRITE) != 0 ? Right::kWrite : Right::kRead; }
  void predict_check_range(const Op& op, Expectation& e) const;
  void predict_checked_offset(const Op& op, Expectation& e) const;
  void predict_find(Expectation& e) const;
  void predict_iova(const Op& op, Expectation& e) const;
  [[nodiscard]] std::optional<Violation> judge_full_mapping(const Expectation& e, const Answer& answer) const;
  void predict_last_address(const Op& op, Expectation& e) const;
  void predict_fds_overlap(const Op& op, Expectation& e) const;
  void predict_create(const Program& program, const Op& op, Expectation& e) const;
  void predict_host_address(const Op& op, Expectation& e) const;
  [[nodiscard]] std::optional<Violation> judge_pointed(const Expectation& e, const Answer& answer) const;
  void predict_open(const Op& op, Expectation& e) const;
  void predict_open_range(const Op& op, Expectation& e) const;
  void predict_open_slice(const Op& op, Expectation& e) const;
  [[nodiscard]] std::optional<Violation> judge_regions(const Expectation& e, const Answer& answer) const;
  [[nodiscard]] std::optional<Violation> judge_facts(const Expectation& e, const Answer& answer) const;

  // predict_change.cc
  [[nodiscard]] bool offers_change(OpKind kind) const;
  void predict_change(const Program& program, const Op& op, Expectation& e) const;
  void predict_add(const Region& added, Expectation& e) const;
  void predict_insert(const Op& op, Expectation& e) const;
  void predict_remove(const Op& op, Expectation& e) const;
  void predict_stale(const Op& op, Expectation& e) const;
  void predict_total_size(const Op& op, Expectation& e) const;
  [[nodiscard]] bool straddles_window(const Region& region) const;
  [[nodiscard]] Layout mapped_layout() const;
  [[nodiscard]] bool was_added(std::uint32_t entry) const { return entry >= created_.regions.size() || is_inserted_[entry]; }
  void attribute_to_change(const Expectation& e, Violation& violation) const;
  void decide_changes(const Expectation& e, const Alternative& alternative, Evidence& evidence) const;
  void commit_change(const Program& program, const Expectation& e);
  [[nodiscard]] std::vector<std::uint32_t> change_entries(const Program& program, const Expectation& e);
  void bind_spaces();
  void hand_out(std::uint8_t slot, const MappedRegion* region);
  void follow_change();
  void mark_what_came(OpKind kind, std::span<const std::uint32_t> come);
  void map_anew();
  void forget_granules_of(const MappedRegion& region);

  // predict_sharing.cc
  [[nodiscard]] bool is_decided_beside(const Op& op) const;
  [[nodiscard]] bool is_decided_sharing(const Op& op) const;
  [[nodiscard]] bool has_other_memory() const;
  [[nodiscard]] bool marks_are_open(std::uint8_t slot) const;
  void demand_of_two_maps(const Op& op, Expectation& e) const;
  void predict_open_memory(const Op& op, Expectation& e) const;
  void commit_open_memory(const Expectation& e);
  void commit_destroy();
  void mark_in_memory(std::uint8_t slot, const MappedRegion& written, std::uint64_t first, std::uint64_t last);

  // predict_rights.cc
  [[nodiscard]] bool is_decided_protect(const Op& op) const;
  void predict_protect(const Op& op, Expectation& e) const;
  void commit_protect(const Expectation& e);
  [[nodiscard]] std::shared_ptr<const MemoryMap> with_rights(const MemoryMap& map, const PageRights::Run& run) const;
  void demand_of_pages(Expectation& e) const;

  // predict_fault.cc
  // A fault of one site.
  struct Armed {
    std::uint64_t left = 0;  // uses up to and with the one that fails, at most; 0: none is armed
    bool is_sure = true;     // it has not failed yet
    bool is_exact = true;    // so many uses are left: nothing came in between that may use the site once or several times
    bool operator==(const Armed&) const = default;
  };
  [[nodiscard]] bool offers_fault(std::uint32_t site) const;
  void predict_arm(const Op& op, Expectation& e) const;
  [[nodiscard]] Armed armed_for(const Op& op) const;
  void predict_fault(const Op& op, Expectation& e) const;
  void commit_arm(const Op& op);
  void commit_fault(const Expectation& e, const Alternative& alternative, const Answer& answer);
  void keep_dirty(const Op& op);

  // predict_dirty.cc
  void predict_track(const Op& op, Expectation& e) const;
  void predict_mark(const Op& op, Expectation& e) const;
  void predict_harvest(const Op& op, Expectation& e) const;
  [[nodiscard]] std::optional<Violation> judge_harvest(const Expectation& e, const Answer& answer) const;
  [[nodiscard]] std::optional<Violation> judge_mark(const DirtyLog::Mark& mark, bool is_reported) const;
  [[nodiscard]] std::optional<Violation> judge_reported(Granule granule) const;
  [[nodiscard]] static std::uint64_t bits_of(const Granules& granules, std::uint64_t index);
  void commit_harvest(const Op& op, const Answer& answer, Evidence& evidence);
  // The range of a backing that the predicted mark covers, in the memory's own addresses: in the region that shows it.
  [[nodiscard]] const MappedRegion* covered_by(const Expectation& e, std::uint32_t store, const ByteRange& range) const;
  void commit_mark(const Expectation& e, Evidence& evidence);
  void commit_dirty(const Expectation& e, const Alternative& alternative, Evidence& evidence);
  void mark_gpas(const MappedRegion& region, std::uint64_t first, std::uint64_t last, DirtyLog::State state, Clause why);
  bool settle(DirtyLog::Mark& mark, bool is_reported, HarvestMode mode);
  void start_tracking(DirtyStart start);
  void log_write(const MappedRegion& region, std::uint64_t first, std::uint64_t last, DirtyLog::State state, Clause why);
  template <typename Visit>
  void for_each_alias(const MappedRegion& region, std::uint64_t first, std::uint64_t last, Visit visit) const;
  void save_before_write(const MappedRegion& region, std::uint64_t first, std::uint64_t last);
  void save_granules(const MappedRegion& region, std::uint64_t first, std::uint64_t last);
  void forget_saved(Granule granule);
  [[nodiscard]] ByteRange bytes_of(const MappedRegion& region, Granule granule) const;
  [[nodiscard]] bool has_changed(const DirtyLog::Mark& mark) const;
  [[nodiscard]] Granule granule_of(const MappedRegion& region, std::uint64_t gpa) const;
  // Of the bytes from `first` to `last` of a region.
  [[nodiscard]] Granules granules_of(const MappedRegion& region, std::uint64_t first, std::uint64_t last) const;
  [[nodiscard]] std::vector<Granules> granules_in(const Slot& slot) const;
  [[nodiscard]] std::optional<Violation> judge_dense(const Granules& granules, std::span<const std::uint64_t> dense) const;
  [[nodiscard]] std::optional<Violation> extra_in_dense(const Granules& granules, std::span<const std::uint64_t> dense) const;
  [[nodiscard]] std::optional<Violation> judge_sparse(std::span<const Granules> parts, std::span<const GmcDirtyWord> sparse) const;
  [[nodiscard]] std::optional<Violation> malformed_sparse(std::span<const Granules> parts, std::span<const GmcDirtyWord> sparse) const;
  [[nodiscard]] std::optional<Violation> extra_in_sparse(std::span<const Granules> parts, std::span<const GmcDirtyWord> sparse) const;
  [[nodiscard]] std::optional<Violation> extra_in_harvest(const Op& op, std::span<const Granules> parts, const Answer& answer) const;

  // predict_release.cc
  [[nodiscard]] bool waits_for_release(std::uint8_t slot) const;
  void let_wait(std::uint8_t slot, const MappedRegion& region, std::uint64_t first, std::uint64_t last, DirtyLog::State state, Clause why);
  void log_write_through(std::uint8_t slot, const MappedRegion& region, std::uint64_t first, std::uint64_t last, DirtyLog::State state,
                         Clause why);
  void release(Slot& slot);
  void doubt_what_waits();
  [[nodiscard]] bool is_awaited(Granule granule) const;

  // reference.cc
  static void pin(Bytes& store, std::uint64_t position, const Expectation& e, const Answer& answer, std::uint64_t done, std::uint64_t size);
  void commit_bytes(const Expectation& e, const Alternative& alternative, const Answer& answer, Evidence& evidence);
  void close_slots();
  void commit_open(const Op& op, const Expectation& e);
  void commit_close(std::uint8_t slot);
  [[nodiscard]] std::optional<Violation> judge_bytes(const Expectation& e, const Alternative& alternative, const Answer& answer) const;

  Profile profile_;
  bool folds_statuses_ = false;  // some statuses cannot be told apart
  unsigned granule_shift_ = 0;   // a granule is a power of two
  Offers offers_;
  Layout created_;
  Layout layout_;
  // By entry of layout_; all false where nothing has changed since creation.
  std::vector<bool> is_removed_;
  std::vector<bool> is_inserted_;  // it was removed, and came back
  WindowRow row_;                  // of the last whole layout
  bool has_changed_ = false;
  bool was_retracked_ = false;  // tracking was turned on or off since
  bool was_protected_ = false;  // rights of pages have been changed
  AddressMap addresses_;
  MemoryMap map_;
  std::vector<Granules> granules_;  // of each region, in their order
  std::vector<Bytes> stores_;
  DirtyLog dirty_;
  // dirty_source = content_diff: what the bytes of a granule that a region has held when it was last clean; by granule and region. Under it
  // the map does not change.
  std::map<std::pair<Granule, std::uint32_t>, std::vector<std::uint8_t>> saved_;
  bool is_tracking_ = false;
  bool is_armed_ = false;  // some fault is
  std::array<Armed, GMC_FAULT_COUNT> armed_;
  std::array<Slot, kSlotsMax> slots_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_REFERENCE_H
