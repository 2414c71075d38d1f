// SPDX-License-Identifier: Apache-2.0 OR MIT
// The clauses that a user names. A term is
//
//   GM-RW-007              an id
//   RW, GM-RW              a group
//   GM-XR-*, GM-RW-00?     a glob over ids; * is any number of characters, ? is one
//   core, checked, ...     a tag; known_tags() lists them
//
// with - or ! before one that leaves out what it names. What is left out is so wherever the term stands; where nothing is named, all is
// meant.
#ifndef GMCHECK_PROPERTIES_SELECTION_H
#define GMCHECK_PROPERTIES_SELECTION_H

#include <expected>
#include <string>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/clause.h"

namespace gmc {

// core; switch:NAME for each switch that a clause hangs on; group:NAME; checked, unspecified, declaration, later, as this version treats
// the clause; witness, where the check rests on more than answers.
[[nodiscard]] std::vector<std::string> tags_of(Clause clause);
[[nodiscard]] std::vector<std::string> known_tags();

struct BadSelection {
  Error error;
  bool is_empty = false;  // well-formed, but a glob, or all of it, names no clause
};

// In the contract's order, each once; never empty.
[[nodiscard]] std::expected<std::vector<Clause>, BadSelection> select_clauses(const std::vector<std::string>& terms);

}  // namespace gmc

#endif  // GMCHECK_PROPERTIES_SELECTION_H
