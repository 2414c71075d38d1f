// SPDX-License-Identifier: Apache-2.0 OR MIT
// From a program that fails to a small one that fails in the same way. The steps are pure; whether a program still fails is asked of
// whoever runs it.
#ifndef GMCHECK_HARNESS_GENERATE_SHRINK_H
#define GMCHECK_HARNESS_GENERATE_SHRINK_H

#include <cstdint>
#include <functional>
#include <unordered_set>

#include "harness/program/program.h"

namespace gmc {

// Proposes smaller programs, one at a time, in an order that makes big steps first. Every candidate is valid, and none is proposed twice.
//
//   Shrinker shrinker(program, failing_op);
//   while (shrinker.next(candidate)) {
//     if (still_fails(candidate)) shrinker.accept();
//   }
//   // shrinker.current() is one-minimal: no single step from it fails any more.
class Shrinker {
 public:
  // `failing_op`: the index of the operation at which the program failed; what stands behind it goes first. Any number beyond the last
  // operation: not known. GMC_CHECKs that the program is valid.
  Shrinker(Program program, std::uint32_t failing_op);

  // The next candidate, or false when no step is left.
  bool next(Program& candidate);
  // The last candidate fails in the same way: go on from there.
  void accept();

  [[nodiscard]] const Program& current() const { return current_; }

 private:
  enum class Pass : std::uint8_t {
    kTruncate,  // what stands behind the failing operation
    kChunks,    // runs of operations: halves, quarters, ... single ones
    kLayouts,   // layouts that nothing names
    kRegions,   // entries of layouts
    kSpaces,    // the root instead of a region space
    kSizes,
    kElements,
    kFronts,  // sizes, with the end where it was
    kAddresses,
    kTargets,  // second addresses
    kPayloads,
    kOptions,  // modes, forms, rights
    kShapes,   // what the entries of layouts say
    kSeed,
    kDone,
  };

  // Fills `candidate` with the step at the cursor and moves the cursor on. False: the pass has no further step.
  bool propose(Program& candidate);
  bool propose_truncation(Program& candidate);
  bool propose_chunk(Program& candidate);
  bool propose_layout(Program& candidate);
  bool propose_region(Program& candidate);
  bool propose_seed(Program& candidate);
  bool propose_shape(Program& candidate);
  // The passes that change one operation at a time: `edit` makes change number `variant` of `op` or says that there is none.
  using Edit = bool (*)(const Program& program, std::uint32_t variant, Op& op);
  bool propose_edit(Edit edit, Program& candidate);
  void enter(Pass pass);

  Program current_;
  Program proposed_;  // what next() gave last
  std::uint32_t failing_op_;
  std::unordered_set<std::uint64_t> seen_;
  Pass pass_ = Pass::kTruncate;
  bool changed_ = false;       // something was accepted since the passes began anew
  std::uint32_t chunk_ = 0;    // operations of one chunk
  std::uint32_t place_ = 0;    // the cursor: an operation, or behind a chunk, or an entry
  std::uint32_t layout_ = 0;   // the layout of that entry
  std::uint32_t variant_ = 0;  // of the steps at one place
};

using StillFails = std::function<bool(const Program&)>;

struct ShrinkBudget {
  std::uint32_t runs = 200000;     // calls of the predicate, at most
  std::function<bool()> is_spent;  // asked before each call; empty: never
};

struct Shrunk {
  Program program;
  std::uint32_t runs = 0;
  bool is_minimal = false;  // false: the budget was spent before
};

// The loop over a Shrinker. `program` itself is not run: whoever calls knows that it fails.
[[nodiscard]] Shrunk minimize(Program program, std::uint32_t failing_op, const StillFails& still_fails, const ShrinkBudget& budget = {});

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_SHRINK_H
