// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/bytes.h"

#include <algorithm>
#include <cstring>

#include "harness/base/check.h"
#include "harness/program/program.h"

namespace gmc {

namespace {

static_assert(Bytes::kPageSize <= kBackgroundPiece);

constexpr std::array<std::uint8_t, Bytes::kPageSize> kZeros{};

// Calls visit(page number, offset in the page, offset in the range, length) for every piece of [position, position + size).
template <typename Visit>
void for_each_piece(std::uint64_t position, std::uint64_t size, Visit visit) {
  std::uint64_t done = 0;
  while (done < size) {
    const std::uint64_t at = position + done;
    const std::uint64_t offset = at % Bytes::kPageSize;
    const std::uint64_t length = std::min(Bytes::kPageSize - offset, size - done);
    visit(at / Bytes::kPageSize, offset, done, length);
    done += length;
  }
}

// Calls visit(offset, length, is_touched) for every part of `length` bytes of a page, from `offset` on, whose blocks are all touched or all
// not.
template <typename Visit>
void for_each_part(std::uint16_t touched, std::uint64_t offset, std::uint64_t length, Visit visit) {
  const std::uint64_t end = offset + length;
  while (offset < end) {
    const std::uint32_t from_here = std::uint32_t{touched} >> (offset / Bytes::kBlockSize);
    const bool is_touched = (from_here & 1) != 0;
    const auto alike = static_cast<std::uint64_t>(is_touched ? std::countr_one(from_here) : std::countr_zero(from_here));
    const std::uint64_t part_end = std::min(end, (offset / Bytes::kBlockSize + alike) * Bytes::kBlockSize);
    visit(offset, part_end - offset, is_touched);
    offset = part_end;
  }
}

// Calls visit(word, bits) for every word of 64 bits that has some of [offset, offset + length).
template <typename Visit>
void for_each_word(std::uint64_t offset, std::uint64_t length, Visit visit) {
  for (std::uint64_t at = offset; at < offset + length;) {
    const std::uint64_t first = at % 64;
    const std::uint64_t count = std::min(64 - first, offset + length - at);
    visit(at / 64, ~std::uint64_t{0} >> (64 - count) << first);
    at += count;
  }
}

}  // namespace

void Bytes::clear() {
  index_.clear();
  open_.clear();
}

void Bytes::adopt(std::span<const std::uint8_t> image) {
  image_.assign(image.begin(), image.end());
  image_.resize((image_.size() + (kPageSize - 1)) / kPageSize * kPageSize);
}

const std::uint8_t* Bytes::background_of(std::uint64_t position) const {
  if (background_ == Background::kAny && is_known(position / kPageSize)) return image_.data() + position;
  return background_ == Background::kPattern ? background_at(position) : kZeros.data();
}

Bytes::Page& Bytes::page(std::uint64_t number) {
  const auto next = lower_bound(number);
  const auto at = index_.begin() + (next - index_.cbegin());
  if (at != index_.end() && at->number == number) return *at;
  const std::size_t slot = index_.size();
  if (slot == pool_.size()) pool_.emplace_back();
  if (background_ == Background::kAny) unseen_.resize(pool_.size());
  return *index_.insert(at, Page{.number = number, .slot = static_cast<std::uint32_t>(slot)});
}

void Bytes::touch_blocks(Page& page, std::uint16_t blocks) {
  std::uint32_t missing = blocks & ~std::uint32_t{page.touched};
  page.touched |= blocks;
  for (; missing != 0; missing &= missing - 1) {
    const std::uint64_t offset = static_cast<std::uint64_t>(std::countr_zero(missing)) * kBlockSize;
    std::memcpy(bytes_of(page) + offset, background_of(page.number * kPageSize + offset), kBlockSize);
    if (!is_known(page.number))
      std::fill_n(unseen_[page.slot].begin() + static_cast<std::ptrdiff_t>(offset / 64), kBlockSize / 64, ~std::uint64_t{0});
  }
}

std::uint8_t& Bytes::byte(std::uint64_t position) {
  Page& target = page(position / kPageSize);
  touch_blocks(target, blocks_of(position % kPageSize, 1));
  return bytes_of(target)[position % kPageSize];
}

void Bytes::read(std::uint64_t position, std::span<std::uint8_t> out) const {
  for_each_piece(position, out.size(), [&](std::uint64_t number, std::uint64_t offset, std::uint64_t done, std::uint64_t length) {
    const Page* found = find(number);
    for_each_part(found == nullptr ? std::uint16_t{0} : found->touched, offset, length,
                  [&](std::uint64_t from, std::uint64_t size, bool is_touched) {
                    const std::uint8_t* bytes = is_touched ? bytes_of(*found) + from : background_of(number * kPageSize + from);
                    std::memcpy(out.data() + done + (from - offset), bytes, size);
                  });
  });
}

void Bytes::write(std::uint64_t position, std::span<const std::uint8_t> bytes) {
  for_each_piece(position, bytes.size(), [&](std::uint64_t number, std::uint64_t offset, std::uint64_t done, std::uint64_t length) {
    Page& target = page(number);
    const std::uint16_t blocks = blocks_of(offset, length);
    touch_blocks(target, blocks);
    std::memcpy(bytes_of(target) + offset, bytes.data() + done, length);
    target.written |= blocks;
  });
  close(position, bytes.size());
}

void Bytes::write_maybe(std::uint64_t position, std::span<const std::uint8_t> bytes) {
  for (std::uint64_t i = 0; i < bytes.size(); ++i) {
    const std::uint64_t at = position + i;
    std::uint8_t& known = byte(at);
    // A byte that was already one of two may now be a third: then it is any.
    Open open{.is_any = open_.contains(at) || is_unseen(at), .other = known};
    known = bytes[i];
    forget_unseen(at, 1);
    open_[at] = open;
    page(at / kPageSize).written |= blocks_of(at % kPageSize, 1);
  }
}

void Bytes::add_doubts(std::uint64_t position, std::uint64_t size, std::uint64_t first, std::vector<Doubt>& doubts) const {
  for_each_unseen(position, size, [&](std::uint64_t at) {
    doubts.push_back({.at = first + (at - position), .is_any = true});
    return true;
  });
  for (auto it = open_.lower_bound(position); it != open_.end() && it->first - position < size; ++it) {
    doubts.push_back({.at = first + (it->first - position), .is_any = it->second.is_any, .other = it->second.other});
  }
}

void Bytes::doubt(std::uint64_t position, const Doubt& doubt) { open_[position] = Open{.is_any = doubt.is_any, .other = doubt.other}; }

void Bytes::zero(std::uint64_t position, std::uint64_t size) {
  close(position, size);
  if (background_ == Background::kZero) {
    // What was never touched is zero already; a region of many GiB must not be written out.
    for_each_touched(position, size, [&](std::uint64_t first, std::uint64_t length) {
      for_each_piece(first, length, [&](std::uint64_t number, std::uint64_t offset, std::uint64_t, std::uint64_t piece) {
        std::memset(bytes_of(page(number)) + offset, 0, piece);
      });
    });
    return;
  }
  for_each_piece(position, size, [&](std::uint64_t, std::uint64_t, std::uint64_t done, std::uint64_t length) {
    write(position + done, std::span(kZeros).first(length));
  });
}

void Bytes::touch(std::uint64_t position, std::uint64_t size) {
  for_each_piece(position, size, [&](std::uint64_t number, std::uint64_t offset, std::uint64_t, std::uint64_t length) {
    if (!is_known(number)) return;  // where nobody knows what stands there is nothing to look at
    touch_blocks(page(number), blocks_of(offset, length));
  });
}

std::optional<Bytes::Mismatch> Bytes::compare(std::uint64_t position, std::span<const std::uint8_t> got) const {
  std::optional<Mismatch> mismatch;
  auto next = lower_bound(position / kPageSize);
  for_each_piece(position, got.size(), [&](std::uint64_t number, std::uint64_t offset, std::uint64_t done, std::uint64_t length) {
    const bool is_there = next != index_.end() && next->number == number;
    for_each_part(is_there ? next->touched : std::uint16_t{0}, offset, length,
                  [&](std::uint64_t from, std::uint64_t size, bool is_touched) {
                    if (!is_touched && !is_known(number)) return;
                    const std::uint64_t at = number * kPageSize + from;
                    const std::uint8_t* expected = is_touched ? bytes_of(*next) + from : background_of(at);
                    const auto piece = got.subspan(done + (from - offset), size);
                    if (std::memcmp(piece.data(), expected, size) == 0 || mismatch) return;
                    mismatch = first_mismatch(at, expected, piece);
                  });
    if (is_there) ++next;
  });
  return mismatch;
}

// The bytes differ; where they differ in open ones only, nothing is wrong.
std::optional<Bytes::Mismatch> Bytes::first_mismatch(std::uint64_t position, const std::uint8_t* expected,
                                                     std::span<const std::uint8_t> got) const {
  for (std::uint64_t i = 0; i < got.size(); ++i) {
    if (got[i] == expected[i]) continue;
    const std::uint64_t at = position + i;
    const auto open = open_.find(at);
    if (is_unseen(at) || (open != open_.end() && (open->second.is_any || open->second.other == got[i]))) continue;
    return Mismatch{.position = at, .expected = expected[i], .got = got[i], .was_written = was_written(at)};
  }
  return std::nullopt;
}

void Bytes::pin(std::uint64_t position, std::span<const std::uint8_t> seen) {
  if (background_ == Background::kAny) learn(position, seen);
  auto it = open_.lower_bound(position);
  while (it != open_.end() && it->first - position < seen.size()) {
    byte(it->first) = seen[it->first - position];
    it = open_.erase(it);
  }
}

// Bytes that nobody had seen are what was seen now.
void Bytes::learn(std::uint64_t position, std::span<const std::uint8_t> seen) {
  std::uint64_t done = 0;
  while (done < seen.size()) {
    const std::uint64_t at = position + done;
    const auto piece = seen.subspan(done, std::min(kBlockSize - at % kBlockSize, seen.size() - done));
    done += piece.size();
    Page& target = page(at / kPageSize);
    touch_blocks(target, blocks_of(at % kPageSize, 1));
    std::uint8_t* const bytes = bytes_of(target);
    for_each_unseen(at, piece.size(), [&](std::uint64_t unseen) {
      bytes[unseen % kPageSize] = piece[unseen - at];
      return true;
    });
    forget_unseen(at, piece.size());
  }
}

void Bytes::forget_unseen(std::uint64_t position, std::uint64_t size) {
  if (background_ != Background::kAny) return;
  for_each_piece(position, size, [&](std::uint64_t number, std::uint64_t offset, std::uint64_t, std::uint64_t length) {
    const Page* const found = find(number);
    if (found == nullptr) return;
    for_each_word(offset, length, [&](std::size_t word, std::uint64_t bits) { unseen_[found->slot][word] &= ~bits; });
  });
}

template <typename Visit>
void Bytes::for_each_unseen(std::uint64_t position, std::uint64_t size, Visit visit) const {
  if (background_ != Background::kAny) return;
  bool goes_on = true;
  for_each_piece(position, size, [&](std::uint64_t number, std::uint64_t offset, std::uint64_t, std::uint64_t length) {
    const Page* const found = find(number);
    for_each_word(offset, length, [&](std::size_t word, std::uint64_t bits) {
      const bool is_touched = found != nullptr && (found->touched & blocks_of(word * 64, 1)) != 0;
      const std::uint64_t unseen = is_touched ? unseen_[found->slot][word] : is_known(number) ? 0 : ~std::uint64_t{0};
      for (std::uint64_t left = bits & unseen; left != 0 && goes_on; left &= left - 1) {
        goes_on = visit(number * kPageSize + word * 64 + static_cast<std::uint64_t>(std::countr_zero(left)));
      }
    });
  });
}

bool Bytes::is_unseen(std::uint64_t position) const {
  bool is = false;
  for_each_unseen(position, 1, [&](std::uint64_t) { return is = true; });
  return is;
}

bool Bytes::was_written(std::uint64_t position) const {
  const Page* found = find(position / kPageSize);
  return found != nullptr && (found->written & blocks_of(position % kPageSize, 1)) != 0;
}

bool Bytes::is_open(std::uint64_t position, std::uint64_t size) const {
  bool is_unseen = false;
  for_each_unseen(position, size, [&](std::uint64_t) { return !(is_unseen = true); });
  if (is_unseen) return true;
  const auto next = open_.lower_bound(position);
  return next != open_.end() && next->first - position < size;
}

void Bytes::close(std::uint64_t position, std::uint64_t size) {
  if (size == 0) return;
  forget_unseen(position, size);
  if (open_.empty()) return;
  open_.erase(open_.lower_bound(position), open_.upper_bound(position + size - 1));
}

bool Bytes::operator==(const Bytes& other) const {
  const auto covers = [](const Bytes& a, const Bytes& b) {
    return std::all_of(a.index_.begin(), a.index_.end(), [&](const Page& page) {
      PageBytes ours{};
      PageBytes theirs{};
      a.read(page.number * kPageSize, ours);
      b.read(page.number * kPageSize, theirs);
      if (ours != theirs) return false;
      if (a.background_ != Background::kAny) return true;
      for (std::uint64_t at = page.number * kPageSize; at < (page.number + 1) * kPageSize; ++at) {
        if (a.is_unseen(at) != b.is_unseen(at)) return false;
      }
      return true;
    });
  };
  return background_ == other.background_ && open_ == other.open_ && image_ == other.image_ && covers(*this, other) && covers(other, *this);
}

}  // namespace gmc
