// SPDX-License-Identifier: Apache-2.0 OR MIT
// The fields of one record of the byte form, written and read by the same calls in the same order. Internal to program.
#ifndef GMCHECK_HARNESS_PROGRAM_BYTE_RECORD_H
#define GMCHECK_HARNESS_PROGRAM_BYTE_RECORD_H

#include <cstddef>
#include <cstdint>
#include <span>

#include "harness/base/check.h"
#include "harness/program/byte_form.h"

namespace gmc {

// Numbers have a byte that says how many of the eight behind it count: half of all bytes say one, an eighth says eight.
inline constexpr std::uint8_t kTwoBytes = 0x80, kFourBytes = 0xc0, kEightBytes = 0xe0;
// What is rare has a byte before it that says whether it is there.
inline constexpr std::uint8_t kIsThere = 0xe0;
inline constexpr std::uint64_t kExtentUnit = 4096;  // most sizes and gaps of regions are so many bytes, or 0 to 31 times that
inline constexpr std::uint64_t kShortExtents = 32;

class RecordWriter {
 public:
  explicit RecordWriter(std::span<std::uint8_t, kByteRecordSize> record) : record_(record) {}

  void byte(std::uint8_t value) {
    GMC_CHECK(used_ < kByteRecordSize);
    record_[used_++] = value;
  }
  // One of `count`, 0 < count.
  void choice(std::uint8_t value, std::uint8_t count) {
    GMC_CHECK(value < count, value, count);
    byte(value);
  }
  // One of `count`, and now and then a number that is none of them.
  void open_choice(std::uint8_t value, std::uint8_t count) {
    byte(value < count ? value : kIsThere);
    byte(value < count ? 0 : value);
  }
  void rare(std::uint8_t value) {
    byte(value != 0 ? kIsThere : 0);
    byte(value);
  }
  void number(std::uint64_t value) {
    byte(value < 1u << 8 ? 0 : value < 1u << 16 ? kTwoBytes : value <= UINT32_MAX ? kFourBytes : kEightBytes);
    raw(value);
  }
  void distance(std::int64_t value) {
    const bool is_short = value >= INT8_MIN && value <= INT8_MAX;
    const bool is_middle = value >= INT16_MIN && value <= INT16_MAX;
    byte(is_short ? 0 : is_middle ? kTwoBytes : kEightBytes);
    raw(is_short ? static_cast<std::uint8_t>(value) : is_middle ? static_cast<std::uint16_t>(value) : static_cast<std::uint64_t>(value));
  }
  void extent(std::uint64_t value) {
    const bool is_short = value % kExtentUnit == 0 && value / kExtentUnit < kShortExtents;
    byte(is_short ? 0 : value < 1u << 16 ? kFourBytes : kEightBytes);
    raw(is_short ? value / kExtentUnit : value);
  }
  // Of a typed access.
  void width(std::uint64_t value) {
    GMC_CHECK(value <= kTypedSizeMax, value);
    byte(static_cast<std::uint8_t>(value));
  }

 private:
  void raw(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
  }

  std::span<std::uint8_t, kByteRecordSize> record_;
  std::size_t used_ = 0;
};

// The same calls, which set what they are handed. Whatever the bytes are, the values are in range.
class RecordReader {
 public:
  explicit RecordReader(std::span<const std::uint8_t, kByteRecordSize> record) : record_(record) {}

  void byte(std::uint8_t& value) { value = next(); }
  void choice(std::uint8_t& value, std::uint8_t count) { value = static_cast<std::uint8_t>(next() % count); }
  void open_choice(std::uint8_t& value, std::uint8_t count) {
    const std::uint8_t listed = next(), other = next();
    value = listed >= kIsThere ? other : static_cast<std::uint8_t>(listed % count);
  }
  void rare(std::uint8_t& value) {
    const bool is_there = next() >= kIsThere;
    value = next();
    if (!is_there) value = 0;
  }
  void number(std::uint64_t& value) {
    const std::uint8_t kind = next();
    value = raw();
    if (kind < kEightBytes) value &= kind < kTwoBytes ? 0xff : kind < kFourBytes ? 0xffff : UINT32_MAX;
  }
  void distance(std::int64_t& value) {
    const std::uint8_t kind = next();
    const std::uint64_t bits = raw();
    value = kind < kTwoBytes     ? static_cast<std::int8_t>(bits)
            : kind < kEightBytes ? static_cast<std::int16_t>(bits)
                                 : static_cast<std::int64_t>(bits);
  }
  void extent(std::uint64_t& value) {
    const std::uint8_t kind = next();
    value = raw();
    if (kind < kEightBytes) value = kind < kFourBytes ? value % kShortExtents * kExtentUnit : value & 0xffff;
  }
  // Below 64 as it is, else one that most memories offer.
  void width(std::uint64_t& value) {
    value = next();
    if (value >= 64) value = std::uint64_t{1} << (value & 3);
  }

 private:
  std::uint8_t next() {
    GMC_CHECK(used_ < kByteRecordSize);
    return record_[used_++];
  }
  std::uint64_t raw() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value |= std::uint64_t{next()} << (8 * i);
    return value;
  }

  std::span<const std::uint8_t, kByteRecordSize> record_;
  std::size_t used_ = 0;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_BYTE_RECORD_H
