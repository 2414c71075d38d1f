// SPDX-License-Identifier: Apache-2.0 OR MIT
// One memory of a backend's, with the files of the harness's behind it and the spaces that a program opened.
#ifndef GMCHECK_HARNESS_RUNNER_MEMORY_H
#define GMCHECK_HARNESS_RUNNER_MEMORY_H

#include <gmcheck.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/layout.h"
#include "harness/program/op.h"
#include "harness/runner/backend.h"
#include "harness/runner/files.h"

namespace gmc {

class Memory {
 public:
  // Makes the files that `layout` needs and calls `create`; of a backend that has a layout (`adopts`) it is that one, and is not passed.
  // The error is the machine's; what the backend answers is in outcome().
  [[nodiscard]] static Result<std::unique_ptr<Memory>> create(const Backend& backend, const Layout& layout, bool adopts);
  // Closes and destroys what is left.
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  [[nodiscard]] const GmcOutcome& outcome() const { return outcome_; }
  [[nodiscard]] bool is_alive() const { return slots_[0] != nullptr; }

  [[nodiscard]] GmcSpace* space(std::uint8_t slot) const { return slots_[slot]; }
  // What is opened, in the addresses of the space that it is opened on.
  struct Opening {
    GmcSpaceKind kind;
    std::uint64_t address;
    std::uint64_t size = 0;  // of a range
  };
  GmcOutcome open(std::uint8_t slot, std::uint8_t parent, const Opening& opening);
  GmcOutcome close(std::uint8_t slot);
  // Closes every space but the root, and destroys other memories, the latest first, since a space is closed before the one that it was
  // opened on. The first answer that is not ok.
  GmcOutcome close_spaces();
  // Map changes, through the root. The harness brings what is behind an entry that comes; what has gone stays until reset.
  // The region's space goes into the slot `opens`; 0: none is asked for.
  [[nodiscard]] Result<GmcOutcome> add(const Region& region, std::uint8_t opens);
  // A region that was removed comes back, by the space of it that is open in `slot`.
  GmcOutcome insert(std::uint8_t slot, std::uint64_t base, std::uint64_t size, bool is_read_only, std::uint8_t opens);
  GmcOutcome remove(std::uint64_t base, std::uint64_t size, std::uint8_t opens);
  [[nodiscard]] Result<GmcOutcome> replace(const Layout& layout);
  // Another memory, whose one region is that of the space in slot `shared`; its root goes into `slot`.
  GmcOutcome open_memory(std::uint8_t slot, std::uint8_t shared, std::uint64_t base, std::uint64_t size, bool is_read_only);
  // Destroys this memory alone, and closes its spaces before. What other memories show stays.
  GmcOutcome leave_to_others();
  GmcOutcome reset();
  // With no space open but the root.
  GmcOutcome destroy();

  // What the harness sees of the layout's entry `entry`; empty where the bytes are the backend's own.
  [[nodiscard]] std::span<std::uint8_t> witness(std::uint32_t entry) const { return witnesses_[entry]; }
  // Writes the background over a piece of entry `entry`'s backing; nothing where it is the backend's own.
  void restore(std::uint32_t entry, std::uint64_t offset, std::uint64_t size) const;
  // The file behind number `file` of the layout, or null.
  [[nodiscard]] const WitnessFile* file(std::uint8_t file) const { return files_[file].get(); }

 private:
  explicit Memory(const Backend& backend) : backend_(backend) {}
  [[nodiscard]] Result<void> make_backing(const Region& region);
  [[nodiscard]] std::span<std::uint8_t> file_witness(const Region& region) const;
  [[nodiscard]] Result<void> make_files(std::span<const Region> regions);
  [[nodiscard]] std::uint64_t backed_size(const Region& region) const;
  [[nodiscard]] GmcEntry entry(std::size_t index) const;
  [[nodiscard]] GmcEntry shared_entry(std::uint8_t slot, std::uint64_t base, std::uint64_t size, bool is_read_only) const;
  void forget_entries(std::size_t count);
  // Where `slot` is open from now on, if the outcome is ok.
  [[nodiscard]] GmcOutcome take(std::uint8_t slot, GmcOutcome outcome, GmcSpace* opened, const char* entry);
  [[nodiscard]] bool can_open() const { return backend_.space().open != nullptr && backend_.space().close != nullptr; }

  const Backend& backend_;
  Layout layout_;            // of creation, and behind it what was added since
  std::size_t created_ = 0;  // entries of creation
  GmcOutcome outcome_{};
  std::array<GmcSpace*, kSlotsMax> slots_{};
  std::vector<std::uint8_t> opened_;         // slots, the latest last
  std::array<bool, kSlotsMax> is_root_{};    // of another memory
  std::array<bool, kSlotsMax> is_beside_{};  // it, or what was opened on it
  std::array<std::unique_ptr<WitnessFile>, kFilesMax> files_;
  std::vector<std::unique_ptr<WitnessFile>> host_;  // by entry; null where the backing is another
  std::vector<std::span<std::uint8_t>> witnesses_;  // by entry
};

// The layout that a backend with `layout = own` already has: its regions, as own memory.
[[nodiscard]] Result<Layout> adopted_layout(const Backend& backend);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_RUNNER_MEMORY_H
