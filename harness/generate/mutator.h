// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs from programs: what a fuzzing engine calls instead of flipping bytes.
#ifndef GMCHECK_HARNESS_GENERATE_MUTATOR_H
#define GMCHECK_HARNESS_GENERATE_MUTATOR_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/base/random.h"
#include "harness/generate/settings.h"
#include "harness/program/profile.h"
#include "harness/program/program.h"

namespace gmc {

// What one step does to a program.
enum class Mutation : std::uint8_t {
  kInsert,     // some operations of a drawn program
  kDelete,     // a run of operations
  kDuplicate,  // a run of operations, at another place
  kSplice,     // the end is that of a drawn program
  kRetarget,   // an access goes to an edge: of a region, a hole, a page, the address space
  kResize,     // a length crosses a boundary, or just does not
  kRefill,     // what an operation says beside its place: as a drawn one of its kind has it
  kRelayout,   // the memory, or one of its regions, is that of a drawn program
};
inline constexpr std::size_t kMutationCount = 8;

// Draws from a stock of programs that the generator made for the profile, so that what comes in is what the backend claims and reaches
// memory. Every result is valid, and depends on the arguments, the profile and the settings alone. Not thread-safe: it keeps storage.
class Mutator {
 public:
  // Fills the stock: some milliseconds.
  Mutator(const Profile& profile, const GeneratorSettings& settings);

  // Changes a valid program by one to four steps; it has `ops_max` operations at most then, 1 .. kOpsMax, brackets of a scope in it not
  // counted.
  void mutate(Program& program, std::uint64_t seed, std::size_t ops_max);
  // One step, for tests.
  void mutate(Program& program, Mutation mutation, std::uint64_t seed, std::size_t ops_max);

  // A part of `first` and a part of `second`, in the memory of `first`.
  void cross(const Program& first, const Program& second, std::uint64_t seed, std::size_t ops_max, Program& result);

 private:
  void apply(Program& program, Mutation mutation, Random& random);
  void insert(Program& program, Random& random);
  void duplicate(Program& program, Random& random);
  void splice(Program& program, Random& random) const;
  void refill(Op& op, Random& random) const;
  void relayout(Program& program, Random& random) const;
  void settle(Program& program, std::size_t ops_max);
  [[nodiscard]] const Program& draw_donor(Random& random) const { return stock_[random.below(static_cast<std::uint32_t>(stock_.size()))]; }

  bool adopts_;
  Layout adopted_;
  std::vector<Program> stock_;
  std::vector<Op> room_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_MUTATOR_H
