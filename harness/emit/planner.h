// SPDX-License-Identifier: Apache-2.0 OR MIT
// Walks through a program with the reference and writes a row of the table for each of its operations.
#ifndef GMCHECK_HARNESS_EMIT_PLANNER_H
#define GMCHECK_HARNESS_EMIT_PLANNER_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/adapters/reference/answering.h"
#include "harness/emit/c_text.h"
#include "harness/emit/emit.h"

namespace gmc {

class Planner {
 public:
  explicit Planner(const EmitRequest& request);

  // The rows, one text each: an initialiser, or a comment.
  [[nodiscard]] Result<std::vector<std::string>> rows();

 private:
  // What an operation hands over.
  struct Payload {
    std::vector<std::uint8_t> bytes;     // written, or in the stream
    std::vector<std::uint8_t> expected;  // of a compare-exchange
  };
  // What follows an operation that somebody may run.
  enum class After : std::uint8_t { kGoesOn, kIsOpen };

  // planner.cc
  void begin_row(Initialiser& row, std::string_view text) const;
  void end_row(const Initialiser& row);
  [[nodiscard]] Result<After> walk();
  [[nodiscard]] Result<After> walk_list(std::uint32_t& index);
  [[nodiscard]] bool is_left_out(const Op& op) const;
  [[nodiscard]] std::optional<Error> why_not(const Op& op, std::uint32_t index) const;
  void remark(std::string_view text) { rows_.push_back("  " + c_comment(text)); }
  [[nodiscard]] Payload payload_of(const Op& op, std::uint32_t index) const;
  [[nodiscard]] After perform(const Op& op, std::uint32_t index, std::string_view text, Payload payload);
  void add_call(const Op& op, std::uint32_t index, const Payload& payload, Initialiser& row) const;
  void add_record(const Op& op, std::uint32_t index, const Payload& payload, Initialiser& row) const;
  [[nodiscard]] After move_on(const Op& op, const Answered& answered);
  void count_words();

  // planner_answers.cc
  [[nodiscard]] std::string answers_of(const Op& op, const Answered& answered, bool is_open) const;
  void add_brought(const Op& op, const Alternative& a, const Answered& answered, bool is_open, Initialiser& answer) const;
  [[nodiscard]] std::string walked(const Alternative& a, std::uint64_t moved) const;
  void add_listed(const Op& op, const Answered& answered, Initialiser& row);
  void add_declined(const Op& op, Initialiser& row) const;
  void add_facts(const Op& op, Initialiser& row) const;
  [[nodiscard]] std::string granules_of(const Op& op, const Answered& answered, bool& is_settled) const;
  [[nodiscard]] bool depends_on_open_bytes(const Op& op) const;

  // planner_compare.cc
  void compare_memory(bool looks_at_all);
  void compare_piece(std::uint32_t region, std::uint64_t position, std::uint64_t size);
  void add_comparison(std::uint32_t region, std::uint64_t position, std::uint64_t size, bool reads);
  void compare_other_memories();
  void compare_dirty();
  void compare_regions();
  void look_behind_destroyed();

  const EmitRequest& request_;
  const Document& document_;
  const Program& program_;
  Reference reference_;
  AnswerRoom room_;
  std::vector<std::uint8_t> bytes_;  // of the operation
  std::vector<std::uint8_t> found_;
  std::vector<std::string> rows_;
  std::uint32_t line_ = 0;          // of the program's text
  std::uint64_t sparse_words_ = 0;  // of the largest sparse harvest
  bool has_inserted_ = false;
  bool granules_settled_ = true;  // by the harvest that is under way
  bool is_transfer_open_ = false;
  bool is_in_list_ = false;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_EMIT_PLANNER_H
