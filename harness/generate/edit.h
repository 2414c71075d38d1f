// SPDX-License-Identifier: Apache-2.0 OR MIT
// Edits of programs that keep what is left meaningful. Pure: they read one program and fill another, whose storage they reuse.
#ifndef GMCHECK_HARNESS_GENERATE_EDIT_H
#define GMCHECK_HARNESS_GENERATE_EDIT_H

#include <cstdint>

#include "harness/program/program.h"

namespace gmc {

// `program` without the operations [first, first + count). What stood on them goes with them: the other bracket of a scope, operations
// through a space that is open no more, a scope that holds nothing. A space that would be opened twice is opened once.
void without_ops(const Program& program, std::uint32_t first, std::uint32_t count, Program& result);

// `program` without layout `index`, which is not 0 and which no operation names.
void without_layout(const Program& program, std::uint32_t index, Program& result);

// `program` without one entry of one layout. Addresses that name the entry go on naming the same byte by another name. Of the others, those
// that name another entry keep it; with `keeps_bytes` the rest (holes, the last mapped address) keep their bytes and not their names.
void without_region(const Program& program, std::uint32_t layout, std::uint32_t region, bool keeps_bytes, Program& result);

// Equal programs have equal hashes; unequal ones hardly ever.
[[nodiscard]] std::uint64_t hash(const Program& program);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_EDIT_H
