// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/bytes.h"

#include <algorithm>
#include <cstring>

#include "harness/base/check.h"
#include "harness/program/program.h"

namespace gmc {

namespace {

// Calls visit(block number, offset in the block, offset in the range, length) for every piece of [position, position + size).
template <typename Visit>
void for_each_piece(std::uint64_t position, std::uint64_t size, Visit visit) {
  std::uint64_t done = 0;
  while (done < size) {
    const std::uint64_t at = position + done;
    const std::uint64_t offset = at % Bytes::kBlockSize;
    const std::uint64_t length = std::min(Bytes::kBlockSize - offset, size - done);
    visit(at / Bytes::kBlockSize, offset, done, length);
    done += length;
  }
}

}  // namespace

void Bytes::clear() {
  index_.clear();
  open_.clear();
}

void Bytes::fill_with_background(std::uint64_t position, std::span<std::uint8_t> out) const {
  if (background_ == Background::kZero) {
    std::fill(out.begin(), out.end(), std::uint8_t{0});
  } else {
    fill_background(position, out);
  }
}

Bytes::Block& Bytes::block(std::uint64_t number, bool keeps_bytes) {
  const auto next = lower_bound(number);
  if (next != index_.end() && next->number == number) return pool_[next->slot];
  const std::size_t slot = index_.size();
  if (slot == pool_.size()) pool_.emplace_back();
  index_.insert(next, Entry{.number = number, .slot = slot});
  Block& block = pool_[slot];
  block.is_written = false;
  if (keeps_bytes) fill_with_background(number * kBlockSize, block.bytes);
  return block;
}

void Bytes::read(std::uint64_t position, std::span<std::uint8_t> out) const {
  for_each_piece(position, out.size(), [&](std::uint64_t number, std::uint64_t offset, std::uint64_t done, std::uint64_t length) {
    if (const Block* found = find(number)) {
      std::memcpy(out.data() + done, found->bytes.data() + offset, length);
    } else {
      fill_with_background(position + done, out.subspan(done, length));
    }
  });
}

void Bytes::write(std::uint64_t position, std::span<const std::uint8_t> bytes) {
  close(position, bytes.size());
  for_each_piece(position, bytes.size(), [&](std::uint64_t number, std::uint64_t offset, std::uint64_t done, std::uint64_t length) {
    Block& target = block(number, length < kBlockSize);
    std::memcpy(target.bytes.data() + offset, bytes.data() + done, length);
    target.is_written = true;
  });
}

void Bytes::write_maybe(std::uint64_t position, std::span<const std::uint8_t> bytes) {
  for (std::uint64_t i = 0; i < bytes.size(); ++i) {
    const std::uint64_t at = position + i;
    Block& target = block(at / kBlockSize);
    std::uint8_t& byte = target.bytes[at % kBlockSize];
    // A byte that was already one of two may now be a third: then it is any.
    Open open{.is_any = open_.contains(at), .other = byte};
    byte = bytes[i];
    open_[at] = open;
    target.is_written = true;
  }
}

void Bytes::zero(std::uint64_t position, std::uint64_t size) {
  close(position, size);
  if (background_ == Background::kZero) {
    // What was never touched is zero already; a region of many GiB must not be written out.
    for_each_touched(position, size, [&](std::uint64_t first, std::uint64_t length) {
      for_each_piece(first, length, [&](std::uint64_t number, std::uint64_t offset, std::uint64_t, std::uint64_t piece) {
        std::memset(block(number).bytes.data() + offset, 0, piece);
      });
    });
    return;
  }
  static constexpr std::array<std::uint8_t, kBlockSize> kZeros{};
  for_each_piece(position, size, [&](std::uint64_t, std::uint64_t, std::uint64_t done, std::uint64_t length) {
    write(position + done, std::span(kZeros).first(length));
  });
}

void Bytes::touch(std::uint64_t position, std::uint64_t size) {
  for_each_piece(position, size, [&](std::uint64_t number, std::uint64_t, std::uint64_t, std::uint64_t) { block(number); });
}

std::optional<Bytes::Mismatch> Bytes::compare(std::uint64_t position, std::span<const std::uint8_t> got) const {
  auto next = lower_bound(position / kBlockSize);
  for (std::uint64_t done = 0; done < got.size();) {
    const std::uint64_t at = position + done;
    const std::uint64_t length = std::min<std::uint64_t>(kBlockSize - at % kBlockSize, got.size() - done);
    const auto piece = got.subspan(done, length);
    const bool is_touched = next != index_.end() && next->number == at / kBlockSize;
    std::array<std::uint8_t, kBlockSize> background;
    const std::uint8_t* expected = background.data();
    if (is_touched) {
      expected = pool_[next->slot].bytes.data() + at % kBlockSize;
    } else {
      fill_with_background(at, std::span(background).first(length));
    }
    if (std::memcmp(piece.data(), expected, length) != 0) {
      if (auto mismatch = first_mismatch(at, {expected, length}, piece, is_touched && pool_[next->slot].is_written)) return mismatch;
    }
    if (is_touched) ++next;
    done += length;
  }
  return std::nullopt;
}

// The bytes differ; where they differ in open ones only, nothing is wrong.
std::optional<Bytes::Mismatch> Bytes::first_mismatch(std::uint64_t position, std::span<const std::uint8_t> expected,
                                                     std::span<const std::uint8_t> got, bool was_written) const {
  for (std::uint64_t i = 0; i < got.size(); ++i) {
    if (got[i] == expected[i]) continue;
    const auto open = open_.find(position + i);
    if (open != open_.end() && (open->second.is_any || open->second.other == got[i])) continue;
    return Mismatch{.position = position + i, .expected = expected[i], .got = got[i], .was_written = was_written};
  }
  return std::nullopt;
}

void Bytes::pin(std::uint64_t position, std::span<const std::uint8_t> seen) {
  if (open_.empty()) return;
  auto it = open_.lower_bound(position);
  while (it != open_.end() && it->first - position < seen.size()) {
    block(it->first / kBlockSize).bytes[it->first % kBlockSize] = seen[it->first - position];
    it = open_.erase(it);
  }
}

bool Bytes::was_written(std::uint64_t position) const {
  const Block* found = find(position / kBlockSize);
  return found != nullptr && found->is_written;
}

bool Bytes::is_open(std::uint64_t position, std::uint64_t size) const {
  const auto next = open_.lower_bound(position);
  return next != open_.end() && next->first - position < size;
}

void Bytes::close(std::uint64_t position, std::uint64_t size) {
  if (open_.empty() || size == 0) return;
  open_.erase(open_.lower_bound(position), open_.upper_bound(position + size - 1));
}

bool Bytes::operator==(const Bytes& other) const {
  const auto covers = [](const Bytes& a, const Bytes& b) {
    return std::all_of(a.index_.begin(), a.index_.end(), [&](const Entry& entry) {
      std::array<std::uint8_t, kBlockSize> theirs{};
      b.read(entry.number * kBlockSize, theirs);
      return theirs == a.pool_[entry.slot].bytes;
    });
  };
  return background_ == other.background_ && open_ == other.open_ && covers(*this, other) && covers(other, *this);
}

}  // namespace gmc
