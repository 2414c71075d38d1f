// SPDX-License-Identifier: Apache-2.0 OR MIT
// The reference and the naive memory, operation by operation. Smaller than the real executor, and with no line in common with it.
#ifndef GMCHECK_HARNESS_REFERENCE_TEST_LOCKSTEP_H
#define GMCHECK_HARNESS_REFERENCE_TEST_LOCKSTEP_H

#include <gmcheck.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/backends/naive/naive.h"
#include "harness/program/program.h"
#include "harness/reference/reference.h"
#include "harness/streams/scripted_stream.h"

namespace gmc::testing {

// The harness's side of a layout: files and host memory over their background. Not copyable.
class Backings {
 public:
  // `size_unit`: sizes are rounded up to it, as the region is that stands on them.
  // Files are long enough for the regions of `later` too.
  Backings(const Layout& layout, std::uint64_t size_unit, std::span<const Layout> later = {});
  ~Backings();
  Backings(const Backings&) = delete;
  Backings& operator=(const Backings&) = delete;

  [[nodiscard]] const std::vector<GmcEntry>& entries() const { return entries_; }
  // One entry more, and then fewer again: the first `count`, or those of creation.
  const GmcEntry& add(const Region& region);
  void forget(std::size_t count);
  void forget_added() { forget(created_); }
  // The entry of a region that is the backend's own.
  [[nodiscard]] static GmcEntry own_entry(const Region& region);
  void restore();
  // What stands behind entry `index`; empty where the bytes are the backend's own.
  [[nodiscard]] std::span<const std::uint8_t> witness(std::uint32_t index) const { return witnesses_[index]; }

 private:
  struct File {
    int descriptor = -1;
    std::span<std::uint8_t> bytes;
  };
  [[nodiscard]] static File make_file(std::uint64_t size);
  static void close(const File& file);

  std::uint64_t size_unit_;
  std::size_t created_ = 0;  // entries of creation
  std::vector<GmcEntry> entries_;
  std::array<File, kFilesMax> files_;
  std::vector<File> host_;
  std::vector<std::span<const std::uint8_t>> witnesses_;
};

// The naive backend, opened under a profile.
class Naive {
 public:
  explicit Naive(const Profile& profile);
  ~Naive();
  Naive(const Naive&) = delete;
  Naive& operator=(const Naive&) = delete;

  GmcBackend* handle = nullptr;
  const GmcMemoryGroup* memory = nullptr;
  const GmcSpaceGroup* space = nullptr;
  const GmcAccessGroup* access = nullptr;
  const GmcDirtyGroup* dirty = nullptr;
  const GmcControlGroup* control = nullptr;
  [[nodiscard]] std::string facts(GmcSpace* space) const;
};

// Both of them at one moment. A copy is independent where the layout has no backings of the harness's.
struct Pair {
  static constexpr int kClosed = -2;

  Reference reference;
  naive::Memory memory;
  std::array<int, kSlotsMax> slots;  // of the naive memory: kClosed, or what it calls a place

  void reset_slots() {
    slots.fill(kClosed);
    slots[0] = naive::kRoot;
  }
};

// Runs operations on pairs. Reused, so that a run does not allocate.
class Lockstep {
 public:
  explicit Lockstep(const Profile& profile);

  // A new pair with `layout`, which has to be legal; or what the naive memory answered instead, in one line.
  [[nodiscard]] std::optional<std::string> create(const Layout& layout, const Backings* backings, std::optional<Pair>& pair);

  // Predicts, calls, judges, commits. Not a word where they agree, else the disagreement in one line.
  [[nodiscard]] std::optional<std::string> step(const Program& program, std::uint32_t index, Backings* backings, Pair& pair);

  // Compares memory, and what a harvest would say; `pair` is not to be used for anything else afterwards.
  [[nodiscard]] std::optional<std::string> compare(const Backings* backings, Pair& pair);

  [[nodiscard]] const Evidence& evidence() const { return evidence_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::uint64_t moved() const { return moved_; }  // of the steps: transfers that succeeded inside memory

 private:
  void call(const Program& program, const Op& op, std::uint32_t index, Backings* backings, Pair& pair);
  void call_record(const Program& program, const Op& op, std::uint32_t index, Pair& pair);
  void call_stream(const Program& program, const Op& op, std::uint32_t index, Pair& pair);
  void call_atomic(const Program& program, const Op& op, std::uint32_t index, Pair& pair, GmcCall& call);
  void change(const Program& program, const Op& op, std::uint64_t address, Backings* backings, Pair& pair);
  void harvest(const Op& op, Pair& pair);
  void try_layout(const Layout& layout);
  [[nodiscard]] std::string text(const Program& program, const Op& op, const Violation& violation) const;
  [[nodiscard]] std::optional<std::string> compare_dirty(Pair& pair);

  Profile profile_;
  Naive naive_;
  Expectation expectation_;
  Answer answer_;
  Evidence evidence_;
  std::uint64_t steps_ = 0;
  std::uint64_t moved_ = 0;
  std::vector<std::uint8_t> buffer_;
  std::vector<std::uint8_t> current_;
  std::vector<GmcPiece> pieces_;
  std::vector<GmcRegionInfo> regions_;
  std::vector<std::uint64_t> dense_;
  std::vector<GmcDirtyWord> sparse_;
  std::string facts_;
  ScriptedStream stream_;
  std::vector<std::uint8_t> content_;
};

// The program, an operation a line: for whoever looks at a disagreement.
[[nodiscard]] std::string describe(const Program& program);

}  // namespace gmc::testing

#endif  // GMCHECK_HARNESS_REFERENCE_TEST_LOCKSTEP_H
