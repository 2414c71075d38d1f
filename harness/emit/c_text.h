// SPDX-License-Identifier: Apache-2.0 OR MIT
// Pieces of the emitted source: numbers, strings, bytes, initialisers.
#ifndef GMCHECK_HARNESS_EMIT_C_TEXT_H
#define GMCHECK_HARNESS_EMIT_C_TEXT_H

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/program/layout.h"
#include "harness/program/profile.h"
#include "harness/reference/bytes.h"

namespace gmc {

[[nodiscard]] std::string c_number(std::uint64_t number);    // below 4096 decimal, else hexadecimal
[[nodiscard]] std::string c_string(std::string_view text);   // with its quotes
[[nodiscard]] std::string c_comment(std::string_view text);  // one line, with what begins and ends it
[[nodiscard]] std::string c_statuses(StatusMask statuses);   // "BIT(GMC_OK) | BIT(GMC_SHORT)", "0"
[[nodiscard]] std::string c_status(std::uint16_t status);    // "GMC_OK"

// `{.name = value, ...}` of the fields that were added.
class Initialiser {
 public:
  void add(std::string_view name, std::string_view value) {
    // What is long stands on a line of its own.
    const bool is_long = name == "in" || name == "answers" || name == "granules" || name == "listed" || name == "layout";
    text_ += text_.empty() ? "." : is_long ? ",\n   ." : ", .";
    text_.append(name).append(" = ").append(value);
  }
  void add(std::string_view name, std::uint64_t number) { add(name, c_number(number)); }
  // Nothing where it is 0, which an initialiser need not say.
  void add_unless_0(std::string_view name, std::uint64_t number) {
    if (number != 0) add(name, number);
  }
  [[nodiscard]] std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

// The pieces of a buffer, in the order of their places.
class PieceList {
 public:
  // What stands in a backing from `position` on; where a byte is open, anything.
  void add_memory(std::uint64_t at, std::uint64_t size, const Bytes& store, std::uint64_t position);
  // Those bytes; `position` is the one of the background that they may be.
  void add_bytes(std::uint64_t at, std::span<const std::uint8_t> bytes, std::uint64_t position = 0);
  void add_each(std::uint64_t at, std::uint64_t size, std::uint8_t byte);
  void add_open(std::uint64_t at, std::uint64_t size);
  void add_payload(std::uint64_t size, std::uint64_t seed, std::uint32_t op_index);
  [[nodiscard]] bool has_open() const { return has_open_; }
  [[nodiscard]] std::string text() const;  // "PIECES(...)", or "NOTHING"

 private:
  void add(std::uint64_t at, std::uint64_t size, std::string_view of, std::uint64_t value);
  void add_listed(std::uint64_t at, std::span<const std::uint8_t> bytes);

  std::vector<std::string> pieces_;
  bool has_open_ = false;
};

// "LISTED_REGIONS(...)" of a layout, with what is brought for each of its regions under that profile.
[[nodiscard]] std::string c_layout(std::span<const Region> regions, const Profile& profile);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_EMIT_C_TEXT_H
