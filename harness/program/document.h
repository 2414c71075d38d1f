// SPDX-License-Identifier: Apache-2.0 OR MIT
// A program with what people and reports write around it: comments, names, and the outcomes that were seen or are expected.
#ifndef GMCHECK_HARNESS_PROGRAM_DOCUMENT_H
#define GMCHECK_HARNESS_PROGRAM_DOCUMENT_H

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/program/program.h"

namespace gmc {

// What stands after `->`. A field that is not given is not compared.
struct ExpectedOutcome {
  std::uint16_t status = 0;  // enum GmcStatus
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> address;
  std::optional<std::uint64_t> value;

  bool operator==(const ExpectedOutcome&) const = default;
};

// A line of the canonical text, by what it says: comments stay with it when the program is printed again.
struct LineKey {
  enum class Kind : std::uint8_t { kVersion, kSeed, kName, kLayout, kEntry, kLayoutEnd, kOp, kEnd };
  Kind kind = Kind::kVersion;
  std::uint32_t index = 0;  // of the layout or the operation; the noun of a name
  std::uint32_t entry = 0;  // of the layout; the index of a name

  auto operator<=>(const LineKey&) const = default;
};

struct Comment {
  LineKey line;
  bool beside = false;  // at the end of that line; else on lines of its own before it
  std::string text;     // one line, without `# `

  bool operator==(const Comment&) const = default;
};

// Names for regions (r0), spaces (s1) and lanes (l1).
class Names {
 public:
  enum class Noun : std::uint8_t { kRegion, kSpace, kLane };

  // False where the name is taken or that thing has one already.
  bool add(Noun noun, std::uint8_t index, std::string_view name);
  [[nodiscard]] std::optional<std::uint8_t> find(Noun noun, std::string_view name) const;
  [[nodiscard]] std::string_view of(Noun noun, std::uint8_t index) const;  // "" where it has none

  [[nodiscard]] const std::map<std::pair<Noun, std::uint8_t>, std::string>& all() const { return names_; }

  bool operator==(const Names&) const = default;

 private:
  std::map<std::pair<Noun, std::uint8_t>, std::string> names_;
};

struct Document {
  Program program;
  std::vector<std::optional<ExpectedOutcome>> outcomes;  // of operation i; may be shorter than the operations
  Names names;
  std::vector<Comment> comments;  // in the order of the text

  bool operator==(const Document&) const = default;

  // Adds comment lines before everything else; `text` is cut at its newlines, and bytes that a text cannot hold become '?'.
  void add_header(std::string_view text);

  // What the lines `# key: ...` before the memory say, in order: headers("requires") is {"cross_region = span"}.
  [[nodiscard]] std::vector<std::string_view> headers(std::string_view key) const;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_DOCUMENT_H
