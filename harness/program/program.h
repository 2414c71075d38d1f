// SPDX-License-Identifier: Apache-2.0 OR MIT
// A program: operations on a guest memory, as a value. Suites generate programs, corpora hold them, a counterexample is one.
#ifndef GMCHECK_HARNESS_PROGRAM_PROGRAM_H
#define GMCHECK_HARNESS_PROGRAM_PROGRAM_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/layout.h"
#include "harness/program/op.h"

namespace gmc {

struct Program {
  std::uint64_t seed = 0;       // of the payload patterns
  bool adopts = false;          // the memory is the backend's own: create() without a layout; layouts[0] is empty then
  std::vector<Layout> layouts;  // [0] is the memory's; the others are what `create` tries
  std::vector<Op> ops;

  bool operator==(const Program&) const = default;
};

inline constexpr std::uint32_t kLayoutsMax = 8;
inline constexpr std::uint32_t kOpsMax = 8192;

// Holds for every program that runs: slots, layouts and sizes in range, fields that an operation does not use at their initial values,
// scopes closed and not nested, no handle used before it is opened. The error's place is `op N` or `layout N`.
[[nodiscard]] Result<void> validate(const Program& program);

// The same with the place as a value, for whoever knows where operation `index` stands in a file.
struct Invalidity {
  enum class Where : std::uint8_t { kProgram, kLayout, kOp };
  Where where = Where::kProgram;
  std::uint32_t index = 0;  // of the layout or the operation
  std::string cause;
};
[[nodiscard]] std::optional<Invalidity> find_invalidity(const Program& program);

// Fills `bytes` with what `pattern` means for operation number `op_index`. `current` is what the memory holds there, for kSame.
void fill_pattern(const Pattern& pattern, std::uint64_t seed, std::uint32_t op_index, std::span<const std::uint8_t> current,
                  std::span<std::uint8_t> bytes);

// What the harness writes into a file or into memory of its own before a program: a byte for every position, never 0, so that a wrong
// translation is seen in memory that nobody has written.
[[nodiscard]] std::uint8_t background_byte(std::uint64_t position);

// The bytes at `position` and after it.
void fill_background(std::uint64_t position, std::span<std::uint8_t> bytes);

// The same without a copy: kBackgroundPiece bytes stand there, for ever.
inline constexpr std::size_t kBackgroundPiece = 4096;
[[nodiscard]] const std::uint8_t* background_at(std::uint64_t position);

// Byte `position` of the pattern kUnique.
[[nodiscard]] std::uint8_t unique_byte(std::uint64_t seed, std::uint32_t op_index, std::uint64_t position);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_PROGRAM_H
