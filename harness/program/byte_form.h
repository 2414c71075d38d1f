// SPDX-License-Identifier: Apache-2.0 OR MIT
// The byte form of programs: what a fuzzing engine mutates. Any bytes are a program, and every valid program has bytes.
//
// A header of kByteHeaderSize bytes (flags, seed), then records of kByteRecordSize bytes: a layout's begin, an entry of a layout, or an
// operation. What a record does not use is zero. Fields are coded so that arbitrary bytes give small numbers, whole pages and things that
// exist: engines that know nothing of the form reach memory too.
//
// Laws: decode(encode(p)) == p for every valid p; encode(decode(b)) is a fixed point; decode(b) is valid for all b.
#ifndef GMCHECK_HARNESS_PROGRAM_BYTE_FORM_H
#define GMCHECK_HARNESS_PROGRAM_BYTE_FORM_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/program/program.h"

namespace gmc {

inline constexpr std::size_t kByteHeaderSize = 9;
inline constexpr std::size_t kByteRecordSize = 56;

// Total. What would not be valid where it stands is mended (mend.h) or left out; missing bytes are zero, and what exceeds the limits of a
// program is not looked at. Where nothing is said of the memory it has one region of four pages. Storage
// of `program` is reused.
void decode_bytes(std::span<const std::uint8_t> bytes, Program& program);

// Replaces `bytes`. GMC_CHECKs that the program is valid.
void encode_bytes(const Program& program, std::vector<std::uint8_t>& bytes);

// Names what the bytes mean: the version of the form and a hash of the table of operations, whose order it depends on. Bytes that were
// written under another name mean something else. Letters, digits and '-'.
[[nodiscard]] const std::string& byte_form_name();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_BYTE_FORM_H
