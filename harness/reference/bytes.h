// SPDX-License-Identifier: Apache-2.0 OR MIT
// What one backing holds: the bytes of a region's own memory, or of one file that several regions may use.
#ifndef GMCHECK_HARNESS_REFERENCE_BYTES_H
#define GMCHECK_HARNESS_REFERENCE_BYTES_H

#include <array>
#include <bitset>
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

  struct Block {
    std::array<std::uint8_t, kBlockSize> bytes;
    std::bitset<kBlockSize> written;
  };

  struct Mismatch {
    std::uint64_t position;  // in the backing
    std::uint8_t expected;
    std::uint8_t got;
    bool was_written;  // by an operation; false: it is the background that is wrong
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

  // The blocks that were touched, by their number: position / kBlockSize.
  [[nodiscard]] const std::map<std::uint64_t, Block>& blocks() const { return blocks_; }

  bool operator==(const Bytes& other) const;

 private:
  struct Open {
    bool is_any = false;
    std::uint8_t other = 0;
    bool operator==(const Open&) const = default;
  };

  // The block of that number, made where it is not there yet; `keeps_bytes` is false for a caller that overwrites all of it.
  Block& block(std::uint64_t number, bool keeps_bytes = true);
  void fill_with_background(std::uint64_t position, std::span<std::uint8_t> out) const;
  void close(std::uint64_t position, std::uint64_t size);

  Background background_;
  std::map<std::uint64_t, Block> blocks_;
  std::map<std::uint64_t, Open> open_;
  std::vector<std::map<std::uint64_t, Block>::node_type> spare_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_BYTES_H
