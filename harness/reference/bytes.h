// SPDX-License-Identifier: Apache-2.0 OR MIT
// What one backing holds: the bytes of a region's own memory, or of one file that several regions may use.
#ifndef GMCHECK_HARNESS_REFERENCE_BYTES_H
#define GMCHECK_HARNESS_REFERENCE_BYTES_H

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace gmc {

// Sparse: a byte that no operation came near is the background, all zero or background_byte(position). A byte is known, or one of two
// values, or any: then it is open, and the first answer that shows it pins it.
class Bytes {
 public:
  static constexpr std::uint64_t kBlockSize = 256;

  enum class Background : std::uint8_t { kZero, kPattern };

  struct Mismatch {
    std::uint64_t position;  // in the backing
    std::uint8_t expected;
    std::uint8_t got;
    bool was_written;  // its block, by an operation; false: it is the background that is wrong
  };

  explicit Bytes(Background background) : background_(background) {}

  // Forgets every write. Keeps the storage, so that a run of programs does not allocate.
  void clear();

  void read(std::uint64_t position, std::span<std::uint8_t> out) const;
  void write(std::uint64_t position, std::span<const std::uint8_t> bytes);
  // As write, but each byte keeps its old value as the other possibility.
  void write_maybe(std::uint64_t position, std::span<const std::uint8_t> bytes);
  void zero(std::uint64_t position, std::uint64_t size);
  // Remembers that an operation came near, so that the comparison at the end looks there.
  void touch(std::uint64_t position, std::uint64_t size);

  // The first byte of `got` that cannot be what stands at `position`.
  [[nodiscard]] std::optional<Mismatch> compare(std::uint64_t position, std::span<const std::uint8_t> got) const;
  // Pins the open bytes in the range to what was seen; compare() held before.
  void pin(std::uint64_t position, std::span<const std::uint8_t> seen);
  [[nodiscard]] bool was_written(std::uint64_t position) const;
  [[nodiscard]] bool has_open_bytes() const { return !open_.empty(); }
  // True where one of the `size` > 0 bytes from `position` on is open.
  [[nodiscard]] bool is_open(std::uint64_t position, std::uint64_t size) const;

  // Calls visit(position, size) for every run of touched blocks in [position, position + size), ascending, at most kRunMax bytes at a time.
  template <typename Visit>
  void for_each_touched(std::uint64_t position, std::uint64_t size, Visit visit) const {
    if (size == 0) return;
    const std::uint64_t last = position + (size - 1);
    auto it = lower_bound(position / kBlockSize);
    while (it != index_.end() && it->number <= last / kBlockSize) {
      const std::uint64_t begin = it->number;
      std::uint64_t end = begin + 1;
      for (++it; it != index_.end() && it->number == end && end <= last / kBlockSize && end - begin < kRunMax / kBlockSize; ++it) ++end;
      const std::uint64_t first = std::max(position, begin * kBlockSize);
      visit(first, std::min(last, end * kBlockSize - 1) - first + 1);
    }
  }
  static constexpr std::uint64_t kRunMax = 4096;

  bool operator==(const Bytes& other) const;

 private:
  struct Block {
    std::array<std::uint8_t, kBlockSize> bytes;
    bool is_written;  // by an operation, any byte of it
  };
  // Where block `number` (position / kBlockSize) stands in pool_.
  struct Entry {
    std::uint64_t number;
    std::size_t slot;
  };
  struct Open {
    bool is_any = false;
    std::uint8_t other = 0;
    bool operator==(const Open&) const = default;
  };

  [[nodiscard]] std::vector<Entry>::const_iterator lower_bound(std::uint64_t number) const {
    return std::lower_bound(index_.begin(), index_.end(), number, [](const Entry& e, std::uint64_t n) { return e.number < n; });
  }
  [[nodiscard]] const Block* find(std::uint64_t number) const {
    const auto entry = lower_bound(number);
    return entry != index_.end() && entry->number == number ? &pool_[entry->slot] : nullptr;
  }
  // The block of that number, made where it is not there yet; `keeps_bytes` is false for a caller that overwrites all of it. The reference
  // holds until the next block is made.
  Block& block(std::uint64_t number, bool keeps_bytes = true);
  [[nodiscard]] std::optional<Mismatch> first_mismatch(std::uint64_t position, std::span<const std::uint8_t> expected,
                                                       std::span<const std::uint8_t> got, bool was_written) const;
  void fill_with_background(std::uint64_t position, std::span<std::uint8_t> out) const;
  void close(std::uint64_t position, std::uint64_t size);

  Background background_;
  // An ordered vector and not a map: programs touch some forty blocks, and clear() must not give the storage back.
  std::vector<Entry> index_;  // ascending by number
  std::vector<Block> pool_;   // the first index_.size() are in use
  std::map<std::uint64_t, Open> open_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_BYTES_H
