// SPDX-License-Identifier: Apache-2.0 OR MIT
// What one backing holds: the bytes of a region's own memory, or of one file that several regions may use.
#ifndef GMCHECK_HARNESS_REFERENCE_BYTES_H
#define GMCHECK_HARNESS_REFERENCE_BYTES_H

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace gmc {

// Sparse: a byte that no operation came near is the background, all zero, background_byte(position), or any. A byte is known, or one of two
// values, or any: then it is open, and the first answer that shows it pins it.
class Bytes {
 public:
  static constexpr std::uint64_t kBlockSize = 256;  // what an operation came near is remembered in blocks
  static constexpr std::uint64_t kPageSize = 4096;  // and the bytes of touched blocks are kept in pages

  enum class Background : std::uint8_t { kZero, kPattern, kAny };

  struct Mismatch {
    std::uint64_t position;  // in the backing
    std::uint8_t expected;
    std::uint8_t got;
    bool was_written;  // its block, by an operation; false: it is the background that is wrong
  };

  explicit Bytes(Background background) : background_(background) {}

  // Forgets every write. Keeps the storage, so that a run of programs does not allocate.
  void clear();
  // The same, for another backing.
  void assign(Background background) {
    background_ = background;
    image_.clear();
    clear();
  }
  // Of a background that may be any: what stands in its first bytes, now and after each clear().
  void adopt(std::span<const std::uint8_t> image);

  void read(std::uint64_t position, std::span<std::uint8_t> out) const;
  void write(std::uint64_t position, std::span<const std::uint8_t> bytes);
  // As write, but each byte keeps its old value as the other possibility.
  void write_maybe(std::uint64_t position, std::span<const std::uint8_t> bytes);
  void zero(std::uint64_t position, std::uint64_t size);
  // A byte that may be another one than read() says.
  struct Doubt {
    std::uint64_t at = 0;  // as the caller counts
    bool is_any = false;
    std::uint8_t other = 0;
  };
  // Adds the bytes of [position, position + size) that are open; the first of the range is counted as `first`.
  void add_doubts(std::uint64_t position, std::uint64_t size, std::uint64_t first, std::vector<Doubt>& doubts) const;
  // The byte at `position`, which was just written, may be another one in the same way.
  void doubt(std::uint64_t position, const Doubt& doubt);
  // Remembers that an operation came near, so that the comparison at the end looks there.
  void touch(std::uint64_t position, std::uint64_t size);

  // The first byte of `got` that cannot be what stands at `position`.
  [[nodiscard]] std::optional<Mismatch> compare(std::uint64_t position, std::span<const std::uint8_t> got) const;
  // Pins the open bytes in the range to what was seen; compare() held before.
  void pin(std::uint64_t position, std::span<const std::uint8_t> seen);
  [[nodiscard]] bool was_written(std::uint64_t position) const;
  [[nodiscard]] bool has_open_bytes() const { return !open_.empty() || background_ == Background::kAny; }
  // True where one of the `size` > 0 bytes from `position` on is open.
  [[nodiscard]] bool is_open(std::uint64_t position, std::uint64_t size) const;

  // Calls visit(position, size) for every run of touched blocks in [position, position + size), ascending, at most kRunMax bytes at a time.
  template <typename Visit>
  void for_each_touched(std::uint64_t position, std::uint64_t size, Visit visit) const {
    if (size == 0) return;
    const std::uint64_t last = position + (size - 1);
    std::uint64_t begin = 0;  // the run that may still grow: blocks from `begin` to before `end`
    std::uint64_t end = 0;
    const auto finish_run = [&] {
      if (begin == end) return;
      const std::uint64_t first = std::max(position, begin * kBlockSize);
      visit(first, std::min(last, end * kBlockSize - 1) - first + 1);
    };
    for (auto page = lower_bound(position / kPageSize); page != index_.end() && page->number <= last / kPageSize; ++page) {
      const std::uint64_t page_start = page->number * kPageSize;
      const std::uint64_t from = std::max(position, page_start) - page_start;
      const std::uint64_t to = std::min(last, page_start + (kPageSize - 1)) - page_start;
      for (std::uint32_t blocks = page->touched & blocks_of(from, to - from + 1); blocks != 0;) {
        const auto skipped = static_cast<unsigned>(std::countr_zero(blocks));
        const auto count = static_cast<unsigned>(std::countr_one(blocks >> skipped));
        blocks &= ~std::uint32_t{0} << (skipped + count);
        const std::uint64_t next = page->number * kPageBlocks + skipped;
        if (next != end || end + count - begin > kRunMax / kBlockSize) {
          finish_run();
          begin = next;
        }
        end = next + count;
      }
    }
    finish_run();
  }
  static constexpr std::uint64_t kRunMax = 4096;

  bool operator==(const Bytes& other) const;

 private:
  static constexpr std::uint64_t kPageBlocks = kPageSize / kBlockSize;
  using PageBytes = std::array<std::uint8_t, kPageSize>;

  // Page `number` (position / kPageSize). Bit i of a mask is its block i; the bytes of blocks that are not touched mean nothing.
  struct Page {
    std::uint64_t number;
    std::uint32_t slot;  // in pool_
    std::uint16_t touched = 0;
    std::uint16_t written = 0;  // by an operation, any byte of the block
  };
  struct Open {
    bool is_any = false;
    std::uint8_t other = 0;
    bool operator==(const Open&) const = default;
  };

  // The blocks of a page that hold one of `size` > 0 bytes from `offset` on.
  [[nodiscard]] static std::uint16_t blocks_of(std::uint64_t offset, std::uint64_t size) {
    const std::uint64_t last = (offset + (size - 1)) / kBlockSize;
    return static_cast<std::uint16_t>((2u << last) - (1u << offset / kBlockSize));
  }
  [[nodiscard]] std::vector<Page>::const_iterator lower_bound(std::uint64_t number) const {
    return std::lower_bound(index_.begin(), index_.end(), number, [](const Page& page, std::uint64_t n) { return page.number < n; });
  }
  [[nodiscard]] const Page* find(std::uint64_t number) const {
    const auto page = lower_bound(number);
    return page != index_.end() && page->number == number ? &*page : nullptr;
  }
  [[nodiscard]] std::uint8_t* bytes_of(const Page& page) { return pool_[page.slot].data(); }
  [[nodiscard]] const std::uint8_t* bytes_of(const Page& page) const { return pool_[page.slot].data(); }
  // The page of that number, made where it is not there yet. The reference holds until the next page is made.
  Page& page(std::uint64_t number);
  // Makes `blocks` of a page touched: those that were not are the background until somebody writes there.
  void touch_blocks(Page& page, std::uint16_t blocks);
  // The touched byte at `position`, to be changed.
  std::uint8_t& byte(std::uint64_t position);
  // kPageSize bytes of the background.
  [[nodiscard]] const std::uint8_t* background_of(std::uint64_t position) const;
  [[nodiscard]] std::optional<Mismatch> first_mismatch(std::uint64_t position, const std::uint8_t* expected,
                                                       std::span<const std::uint8_t> got) const;
  void close(std::uint64_t position, std::uint64_t size);
  // With Background::kAny:
  [[nodiscard]] bool is_known(std::uint64_t page) const { return background_ != Background::kAny || page < image_.size() / kPageSize; }
  void learn(std::uint64_t position, std::span<const std::uint8_t> seen);
  void forget_unseen(std::uint64_t position, std::uint64_t size);
  [[nodiscard]] bool is_unseen(std::uint64_t position) const;
  // Calls visit(position) for the unseen bytes of [position, position + size), until it answers false.
  template <typename Visit>
  void for_each_unseen(std::uint64_t position, std::uint64_t size, Visit visit) const;

  Background background_;
  // An ordered vector and not a map: programs touch some twenty pages, and clear() must not give the storage back.
  std::vector<Page> index_;      // ascending by number
  std::vector<PageBytes> pool_;  // the first index_.size() are in use
  std::map<std::uint64_t, Open> open_;
  // With Background::kAny: the bytes of touched blocks, by slot, that are as they were and that nobody has seen. They are open, and any.
  using PageMask = std::array<std::uint64_t, kPageSize / 64>;
  std::vector<PageMask> unseen_;
  std::vector<std::uint8_t> image_;  // whole pages; what is behind its end nobody asks for
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_BYTES_H
