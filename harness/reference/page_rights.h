// SPDX-License-Identifier: Apache-2.0 OR MIT
// What `protect` left: the pages whose rights are no longer those of their region (GM-PERM-006, -009).
#ifndef GMCHECK_HARNESS_REFERENCE_PAGE_RIGHTS_H
#define GMCHECK_HARNESS_REFERENCE_PAGE_RIGHTS_H

#include <cstdint>
#include <vector>

namespace gmc {

inline constexpr std::uint64_t kProtectedPage = 4096;  // bytes; pages are counted from address 0

enum class Right : std::uint8_t { kNone, kRead, kWrite };  // kNone: whatever the rights are

class PageRights {
 public:
  // Pages from `first` to `last`, which are guest addresses of their first and their last byte.
  struct Run {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool may_read = false;
    bool may_write = false;

    [[nodiscard]] bool permits(Right right) const { return right == Right::kWrite ? may_write : right == Right::kNone || may_read; }
    bool operator==(const Run&) const = default;
  };

  [[nodiscard]] bool empty() const { return runs_.empty(); }
  [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }  // ascending, disjoint
  void clear() { runs_.clear(); }
  // Instead of whatever its pages had.
  void set(const Run& run);
  // The run that holds `gpa`, or null.
  [[nodiscard]] const Run* find(std::uint64_t gpa) const;
  // The last address from `gpa` on, up to `last`, that is in the same run as `gpa`, or like it in none.
  [[nodiscard]] std::uint64_t last_alike(std::uint64_t gpa, std::uint64_t last) const;

  bool operator==(const PageRights&) const = default;

 private:
  std::vector<Run> runs_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_PAGE_RIGHTS_H
