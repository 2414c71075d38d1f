// SPDX-License-Identifier: Apache-2.0 OR MIT
// A program's text, cut into lines of words. Internal to program.
#ifndef GMCHECK_HARNESS_PROGRAM_TEXT_LINE_H
#define GMCHECK_HARNESS_PROGRAM_TEXT_LINE_H

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gmc {

// Both count from 1; a column is a byte.
struct TextPlace {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  bool operator==(const TextPlace&) const = default;
};

struct TextError {
  TextPlace place;
  std::string cause;
};

template <typename T>
using TextResult = std::expected<T, TextError>;

struct Word {
  std::string_view text;
  TextPlace place;
};

struct TextLine {
  std::vector<Word> words;
  std::optional<std::string_view> comment;  // without `#`, one blank after it, and blanks at the end
  TextPlace comment_place;
  TextPlace end;  // behind the last word

  [[nodiscard]] bool is_blank() const { return words.empty() && !comment; }
};

// Words are separated by blanks; a line ends with '\n'; from `#` on it is a comment, in which bytes from 0x80 are allowed.
[[nodiscard]] TextResult<std::vector<TextLine>> split_lines(std::string_view text);

// The words of one line from the left to the right.
class WordCursor {
 public:
  explicit WordCursor(const TextLine& line) : line_(line) {}

  [[nodiscard]] bool at_end() const { return next_ == line_.words.size(); }
  [[nodiscard]] std::string_view peek() const { return at_end() ? std::string_view{} : line_.words[next_].text; }
  [[nodiscard]] TextPlace place() const { return at_end() ? line_.end : line_.words[next_].place; }
  std::string_view take() { return line_.words[next_++].text; }

  // Takes the next word where it is `word`.
  bool take_if(std::string_view word) {
    if (peek() != word || at_end()) return false;
    ++next_;
    return true;
  }

  // "expected a size, got 'r0'", at the next word; `suffix` follows.
  [[nodiscard]] std::unexpected<TextError> expected(std::string_view what, std::string_view suffix = {}) const;
  [[nodiscard]] std::unexpected<TextError> error(std::string cause) const;

 private:
  const TextLine& line_;
  std::size_t next_ = 0;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_TEXT_LINE_H
