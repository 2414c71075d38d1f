// SPDX-License-Identifier: Apache-2.0 OR MIT
// Who should have written a wrong byte, and whose byte it is: kept while a program runs, and told in lines.
#ifndef GMCHECK_HARNESS_CAMPAIGN_BYTE_DIFF_H
#define GMCHECK_HARNESS_CAMPAIGN_BYTE_DIFF_H

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/program/program.h"
#include "harness/runner/wrong_bytes.h"

namespace gmc {

// Which operation wrote each byte of each backing last, by the reference.
class Writers {
 public:
  struct Piece {
    std::uint32_t op = 0;
    std::uint64_t done = 0;    // bytes of the operation before the first of these
    std::uint64_t before = 0;  // where in saved() what stood there begins; kNotSaved: nobody knows any more
    std::uint64_t end = 0;     // of the piece, in the backing
  };
  static constexpr std::uint64_t kNotSaved = UINT64_MAX;

  void clear();
  // `before` is what the bytes hold until now; empty where nobody looked.
  void write(std::uint32_t store, std::uint64_t position, std::uint64_t size, std::uint32_t op, std::uint64_t done,
             std::span<const std::uint8_t> before);
  // What was written last to that byte, as a piece that begins there; none where no operation wrote it.
  [[nodiscard]] std::optional<Piece> at(std::uint32_t store, std::uint64_t position) const;
  [[nodiscard]] const std::vector<std::uint8_t>& saved() const { return saved_; }

  static constexpr std::size_t kSavedMax = 8u << 20;  // bytes

 private:
  using Key = std::pair<std::uint32_t, std::uint64_t>;  // a backing, and a position in it
  void cut(Key at);

  std::map<Key, Piece> pieces_;
  std::vector<std::uint8_t> saved_;
};

// What a comparison of bytes found, in lines of text: the rows that differ, and for each run of wrong bytes who wrote them last and what
// they are equal to.
struct ByteDiff {
  std::vector<std::string> lines{};
  std::set<std::uint32_t> mentioned{};  // operations
};
// `what` names what was looked at: "memory". Operations before `end` can have written something.
[[nodiscard]] ByteDiff tell_difference(const WrongBytes& wrong, const Writers& writers, const Program& program, std::uint32_t end,
                                       std::string_view what);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_BYTE_DIFF_H
