// SPDX-License-Identifier: Apache-2.0 OR MIT
// Words for fuzzing engines that know nothing of programs: pieces of the byte form, of the text form and of profiles, made from the tables
// of operations and switches, so that they are never of another version.
#ifndef GMCHECK_HARNESS_PROGRAM_DICTIONARY_H
#define GMCHECK_HARNESS_PROGRAM_DICTIONARY_H

#include <optional>
#include <string>
#include <vector>

#include "harness/program/program.h"

namespace gmc {

struct DictionaryWord {
  std::string name;   // letters, digits and '_'; of one dictionary no two are the same
  std::string bytes;  // at most kDictionaryWordMax
};
inline constexpr std::size_t kDictionaryWordMax = 64;  // what libFuzzer takes

// Whole records: one of each operation that runs, `op_NAME`, one of each kind of an entry of a layout, `entry_KIND`, and the beginning of a
// layout; coded numbers, `number_VALUE` and `extent_VALUE`.
[[nodiscard]] std::vector<DictionaryWord> dictionary_of_bytes();
// Lines of a program, `op_NAME` and `op_NAME_WORD`, what stands in front of operations, and addresses at edges, `at_N`.
[[nodiscard]] std::vector<DictionaryWord> dictionary_of_text();
// Lines of a profile, `SWITCH_VALUE`.
[[nodiscard]] std::vector<DictionaryWord> dictionary_of_profiles();

// As libFuzzer and AFL++ read it: name="bytes", a line each.
[[nodiscard]] std::string print_dictionary(const std::vector<DictionaryWord>& words);

// A program with one operation of that kind, and in front of it what it needs: it is the last one, but for the end of a scope. None for
// kinds that this version does not run.
[[nodiscard]] std::optional<Program> example_of(OpKind kind);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_DICTIONARY_H
