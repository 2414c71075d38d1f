// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the reference is asked by reachable_cells(), and what it allows: every operation at a place, with everything that it says beside.
#ifndef GMCHECK_HARNESS_REFERENCE_REACHABLE_QUESTIONS_H
#define GMCHECK_HARNESS_REFERENCE_REACHABLE_QUESTIONS_H

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/program/profile.h"
#include "harness/program/program.h"
#include "harness/reference/coverage_cell.h"
#include "harness/reference/reference.h"

namespace gmc {

inline constexpr std::uint8_t kReachFreeSlot = kSlotsMax - 1;  // of what is opened to ask what is said to that

[[nodiscard]] inline Address absolute(std::uint64_t gpa) {
  return {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(gpa)};
}

// What may be answered to one operation, wherever that is as it is there.
struct Answered {
  AnswerAxes axes;
  std::uint32_t outcomes = 0;  // bit n: value n of that axis

  bool operator==(const Answered&) const = default;
};

// Keeps storage. What is answered lives until the next question.
class Questions {
 public:
  Questions(const Profile& profile, std::vector<std::uint64_t> sizes) : profile_(profile), sizes_(std::move(sizes)) {}

  // All operations that have an address, and do not change the map; `size` bytes in the space of that slot.
  [[nodiscard]] const std::vector<Answered>& ask_at(const Reference& reference, std::uint8_t slot, std::uint64_t gpa, std::uint64_t size);
  // Those that have none. `marked` is the same memory with other marks; `visit` is told the size that was asked with, 0 for most.
  using Visit = std::function<void(std::uint64_t size, const std::vector<Answered>& answered)>;
  void ask_without_place(const Reference& reference, const std::vector<Reference>& marked, std::uint8_t slot, const Visit& visit);
  // Those that change the map.
  [[nodiscard]] const std::vector<Answered>& ask_about_map(const Reference& reference);

  // Does it, if it may succeed.
  [[nodiscard]] bool perform(Reference& reference, const Op& op);

 private:
  [[nodiscard]] std::vector<Layout> layouts_to_try(const Layout& layout) const;
  void ask_accesses(const Reference& reference, Op op);
  void ask_arrays(const Reference& reference, Op op);
  void ask_streams(const Reference& reference, Op op);
  void ask_copies(const Reference& reference, const Op& op);
  void ask_queries(const Reference& reference, Op op);
  void ask(const Reference& reference, const Op& op);
  void take_answers();

  Profile profile_;
  std::vector<std::uint64_t> sizes_;
  std::vector<Answered> answered_;
  Program program_;
  Expectation expectation_;
  Evidence evidence_;
  std::vector<std::uint8_t> room_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_REACHABLE_QUESTIONS_H
