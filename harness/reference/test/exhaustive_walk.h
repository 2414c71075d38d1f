// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every program of up to so many operations from an alphabet: the reference against the naive memory. Programs share their prefixes: the
// tree of all of them is walked depth first, on copies of the state.
#ifndef GMCHECK_HARNESS_REFERENCE_TEST_EXHAUSTIVE_WALK_H
#define GMCHECK_HARNESS_REFERENCE_TEST_EXHAUSTIVE_WALK_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/reference/test/lockstep.h"

namespace gmc::testing {

class ExhaustiveWalk {
 public:
  // Of the programs of `depth` operations only one in `share` is run, by its first operation.
  ExhaustiveWalk(const Profile& profile, std::vector<Layout> layouts, std::vector<Op> alphabet, std::size_t depth, std::uint64_t share)
      : lockstep_(profile), depth_(depth), share_(share), alphabet_(std::move(alphabet)), states_(depth) {
    program_.layouts = std::move(layouts);
    program_.ops.resize(depth);
    wrong_ = lockstep_.create(program_.layouts.front(), nullptr, start_);
  }

  // Shorter programs first: what they show is easier to read.
  void run() {
    for (std::size_t depth = 1; depth <= depth_ && !wrong_; ++depth) extend(*start_, 0, depth);
  }

  [[nodiscard]] std::uint64_t programs() const { return programs_; }
  [[nodiscard]] std::size_t letters() const { return alphabet_.size(); }
  [[nodiscard]] const Evidence& evidence() const { return lockstep_.evidence(); }
  [[nodiscard]] const std::optional<std::string>& wrong() const { return wrong_; }
  [[nodiscard]] std::string program() const { return describe(program_); }

 private:
  // Runs every program of `depth` operations that begins with those before `index`, which led to `state`.
  void extend(const Pair& state, std::size_t index, std::size_t depth) {
    for (std::size_t i = 0; i < alphabet_.size() && !wrong_; ++i) {
      if (depth == depth_ && index == 0 && i % share_ != 0) continue;
      program_.ops[index] = alphabet_[i];
      if (!state.reference.runs(alphabet_[i])) continue;
      std::optional<Pair>& next = states_[index];
      if (next) {
        *next = state;
      } else {
        next = state;
      }
      wrong_ = lockstep_.step(program_, static_cast<std::uint32_t>(index), nullptr, *next);
      if (!wrong_ && index + 1 < depth) {
        extend(*next, index + 1, depth);
        continue;
      }
      ++programs_;
      if (!wrong_) wrong_ = lockstep_.compare(nullptr, *next);
      if (wrong_) program_.ops.resize(index + 1);
    }
  }

  Lockstep lockstep_;
  std::size_t depth_;
  std::uint64_t share_;
  std::vector<Op> alphabet_;
  Program program_;
  std::optional<Pair> start_;
  std::vector<std::optional<Pair>> states_;
  std::uint64_t programs_ = 0;
  std::optional<std::string> wrong_;
};

}  // namespace gmc::testing

#endif  // GMCHECK_HARNESS_REFERENCE_TEST_EXHAUSTIVE_WALK_H
