// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs from one seed.
#ifndef GMCHECK_HARNESS_GENERATE_GENERATOR_H
#define GMCHECK_HARNESS_GENERATE_GENERATOR_H

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "harness/base/random.h"
#include "harness/generate/claims.h"
#include "harness/generate/settings.h"
#include "harness/generate/swarm.h"
#include "harness/generate/terrain.h"
#include "harness/program/profile.h"
#include "harness/program/program.h"

namespace gmc {

// Draws programs in batches. The programs of a batch share their layouts and knobs, so that one memory serves them all through reset.
// Program number n of a batch depends on (profile, settings, seed, n) and on nothing else. Every program is valid. Not thread-safe; a
// value.
class Generator {
 public:
  Generator(const Profile& profile, const GeneratorSettings& settings);

  // Starts the batch `seed`, at program number `first`. May allocate.
  void begin(std::uint64_t seed, std::uint64_t first = 0);

  // The next program of the batch, into a reused object: no allocation once the object has held a program of the batch.
  void next(Program& program);

  [[nodiscard]] const Swarm& swarm() const { return swarm_; }
  [[nodiscard]] const std::vector<Layout>& layouts() const { return layouts_; }  // of this batch; what its programs have
  [[nodiscard]] std::uint64_t next_number() const { return number_; }            // of the program that next() draws

 private:
  static constexpr std::uint32_t kKindTable = 4096;
  static constexpr std::uint32_t kLengthTable = 1024;
  static constexpr std::uint32_t kSpotTable = 64;
  static constexpr std::uint32_t kTargetTable = 64;
  static constexpr std::uint32_t kHotCount = 4;
  static constexpr std::uint32_t kMarks = 32;  // of one place
  static constexpr std::uint8_t kNowhere = 0xff;
  static constexpr std::uint32_t kAdditionsMax = 2;
  static constexpr std::uint32_t kOpenSpaces = 6;
  static constexpr std::uint32_t kElsewhereOneIn = 8;  // what only some spaces claim is tried in others so often

  // Where an access is aimed: a region, as seen from the root (slot 0) or from another space.
  struct Target {
    std::uint8_t place;
    std::uint8_t slot;
  };
  // What a slot's space shows of a place: bytes [first, end) of it.
  struct Window {
    std::uint8_t place = kNowhere;  // kNowhere: a slot that is closed, or whose opening names no region
    std::uint64_t first = 0;
    std::uint64_t end = 0;
    std::uint8_t parent = 0;             // slot of the space that it was opened on
    GmcSpaceKind kind = GMC_SPACE_ROOT;  // of the space; a root's: another memory's
    std::uint8_t addition = kNowhere;    // of which it is a space; then it shows no place
    bool is_beside = false;              // of another memory
  };
  // A layout of one region, which `add` takes.
  struct Addition {
    std::uint8_t layout;
    std::uint64_t base;
    std::uint64_t size;
  };
  // A byte of a place; `offset` may be its size.
  struct Mark {
    std::uint64_t offset;
    std::uint8_t place;
  };

  void draw_layouts(Random& random);
  [[nodiscard]] std::array<std::uint32_t, kOpKindCount> profile_weights() const;
  void build_tables();
  void build_lengths(Random& random);
  void build_marks(Random& random);

  void start_program(Program& program, Random& random);
  void emit(Op& op, OpKind kind, Random& random);
  [[nodiscard]] OpKind draw_kind(std::uint32_t left, Random& random);
  static constexpr OpKind kReturn[] = {OpKind::kRead, OpKind::kInsert, OpKind::kRemove, OpKind::kWrite};  // the last first
  [[nodiscard]] OpKind replace_impossible(OpKind kind, Random& random) const;

  void emit_bytes(Op& op, Random& random);
  void emit_copy(Op& op, Random& random);
  void find_gaps();
  void stretch(Op& op, Random& random) const;
  void emit_array(Op& op, Random& random);
  void emit_reference(Op& op, Random& random);
  void emit_slices(Op& op, Random& random);
  void emit_typed(Op& op, Random& random);
  void emit_atomic(Op& op, Random& random);
  void align(Op& op) const;
  void emit_range(Op& op, Random& random);
  void emit_dump(Op& op, Random& random);
  void emit_stream(Op& op, Random& random);  // streams.cc
  void emit_find(Op& op, Random& random);
  void emit_offset(Op& op, Random& random);
  void emit_harvest(Op& op, Random& random);
  void emit_arm(Op& op, Random& random);
  void emit_open(Op& op, Random& random);
  void emit_open_range(Op& op, Random& random);
  void emit_view_over_holes(Op& op, std::uint8_t chosen, Random& random);
  [[nodiscard]] std::uint8_t take_slot(Op& op);
  [[nodiscard]] bool is_parent(std::uint8_t slot) const;
  void emit_close(Op& op, Random& random);
  void emit_overlap(Op& op, Random& random);

  // changes.cc
  [[nodiscard]] bool offers_changes() const;
  void draw_additions(Random& random);
  void draw_positional_addition(std::vector<Region>& coming, Random& random) const;
  void start_changes(Random& random);
  void start_protecting(Random& random);
  [[nodiscard]] bool offers_protect() const;
  void emit_protect(Op& op, Random& random);
  void emit_change(Op& op, Random& random);
  void emit_whole_change(Op& op, Random& random);
  void emit_add(Op& op, Random& random);
  void emit_remove(Op& op, Random& random);
  void emit_insert(Op& op, Random& random);
  void emit_replace(Op& op, Random& random);
  [[nodiscard]] bool begin_return(std::uint32_t left, Random& random);
  void emit_return(Op& op, Random& random);
  void emit_snapshot(Op& op, Random& random);

  // pointers.cc
  [[nodiscard]] bool owes() const { return debts_.mark || debts_.pointer || debts_.change; }
  [[nodiscard]] std::optional<OpKind> pay_debt(Random& random);
  [[nodiscard]] bool may_owe(OpKind kind) const { return is_on(kind) && claims_.by(GMC_SPACE_ROOT, kind); }
  [[nodiscard]] bool is_on(OpKind kind) const { return swarm_.weights[static_cast<std::size_t>(kind)] != 0; }  // in this batch
  [[nodiscard]] bool has_pointers_of_snapshots() const;
  [[nodiscard]] bool reports_pointer(Op& op, Random& random);
  void aim_pointer(Op& op, Random& random);
  void note_pointer(const Op& op, Random& random);

  // sharing.cc
  [[nodiscard]] bool offers_sharing() const { return profile_.root().backing.has(Backings::kSpace); }
  [[nodiscard]] bool has_weight(OpKind kind) const { return settings_.weights[static_cast<std::size_t>(kind)] != 0; }
  void start_sharing(Random& random);
  [[nodiscard]] std::uint8_t shareable_slot() const;
  [[nodiscard]] bool ends_now(std::uint32_t left) const;
  [[nodiscard]] bool shares_now(Random& random) const;
  [[nodiscard]] OpKind draw_last_kind(Random& random) const;
  void emit_open_memory(Op& op, Random& random);
  void emit_destroy();
  void take_handle(Op& op, const Window& window, Random& random);
  [[nodiscard]] bool aims_at_addition(const Op& op, Random& random) const;
  void aim_at_addition(Op& op, bool keeps_size, Random& random) const;

  // For that operation. Where only some spaces claim it, it is seldom aimed elsewhere.
  [[nodiscard]] Target draw_target(OpKind kind, bool writes, Random& random);
  // An open slot whose space claims the operation, and shows a place; 0 where there is none.
  [[nodiscard]] std::uint8_t slot_that_claims(OpKind kind, Random& random) const;
  // The space of an operation that has no address.
  [[nodiscard]] std::uint8_t draw_space(OpKind kind, Random& random) const;
  [[nodiscard]] std::uint64_t draw_length(Random& random) const;
  [[nodiscard]] const Place& place_of(Target target) const { return terrain_.places()[target.place]; }
  // The part of the place, and of what touches it, that one access through the target may cover.
  [[nodiscard]] Window window_of(Target target) const;
  // Sets space and address, and cuts the size where the access is to succeed and would not.
  void aim(Op& op, Target target, bool keeps_size, Random& random);
  void aim_inside(Op& op, Target target, bool keeps_size, Random& random);
  void aim_at_spot(Op& op, Target target, Random& random);
  void draw_payload(Op& op, Random& random);
  [[nodiscard]] std::uint8_t draw_open_slot(Random& random) const { return open_slots_[random.below(open_count_)]; }

  Profile profile_;
  GeneratorSettings settings_;
  Claims claims_;
  std::uint64_t conditional_kinds_;  // bit n: operation n may not be possible at every point of a program
  bool adopts_;

  // Of the batch.
  std::uint64_t seed_ = 0;
  std::uint64_t number_ = 0;
  Swarm swarm_;
  std::vector<Layout> layouts_;
  Terrain terrain_;
  std::vector<std::uint8_t> writable_;  // indices of places that may be written
  std::array<OpKind, kKindTable> kinds_{};
  std::array<OpKind, kKindTable> kinds_in_submit_{};
  std::array<std::uint32_t, kLengthTable> lengths_{};
  std::array<std::array<std::uint8_t, kTargetTable>, 2> targets_{};  // indices of places, for reads and for writes
  std::vector<std::uint8_t> gaps_;  // indices of places behind which there is a hole that one access may cross
  std::vector<Mark> marks_;         // kMarks for every place
  std::array<SpotKind, kSpotTable> spots_{};
  std::array<std::uint8_t, 64> typed_sizes_{};
  std::array<std::uint8_t, 64> atomic_sizes_{};
  bool dense_only_ = false;
  std::vector<Addition> additions_;

  // Of the program.
  std::array<Mark, kHotCount> hot_{};
  std::array<Window, kSlotsMax> slots_{};
  std::array<std::uint8_t, kSlotsMax> open_slots_{};
  std::uint32_t open_count_ = 0;
  std::uint32_t submit_left_ = 0;  // operations before the closing bracket, and it
  bool in_submit_ = false;
  bool may_change_ = false;  // the map
  bool may_protect_ = false;
  struct Protected {
    Address at;
    std::uint64_t size = 0;
  } protected_;  // whose rights were changed last; of size 0 none were
  struct Pointed {
    Address at;
    std::uint64_t size = 0;
  } pointed_;                  // what a pointer for writing was asked for last; of size 0 none was
  Pointed written_;            // through the root, last
  bool is_reporting_ = false;  // the next mark is of `pointed_`
  struct Debts {
    bool mark = false;     // of what is written behind a pointer
    bool pointer = false;  // through a snapshot that was opened
    bool change = false;   // of the map, which such a pointer outlives
  } debts_;                // what is to follow soon
  bool is_replaced_ = false;
  bool has_shared_ = false;
  bool may_share_ = false;  // another memory is made
  std::uint32_t tail_ = 0;  // so many operations before the end, and this memory goes; 0: it stays
  bool is_destroyed_ = false;
  // A region that goes and comes back: what is written to it, removed, inserted by `slot`, and read again; the step that is next.
  struct Return {
    std::uint8_t left = 0;
    std::uint8_t place = 0;
    std::uint8_t slot = 0;  // 0: the one that the removal opens
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  } return_;
  // A change that a fault ends is tried again: which, and what it was drawn from.
  std::optional<std::pair<OpKind, Random>> again_;
  std::uint64_t removed_ = 0;  // bit n: place n was removed, if the backend did it
  std::uint32_t added_ = 0;    // bit n: addition n was added
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_GENERATOR_H
