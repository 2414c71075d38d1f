// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two backends on the same programs, each in lockstep with a reference of its own: what one of them gets wrong, and where their answers
// part though one profile leaves nothing open (GM-INV-003).
#ifndef GMCHECK_FUZZ_DIFFERENTIAL_TARGET_H
#define GMCHECK_FUZZ_DIFFERENTIAL_TARGET_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fuzz/guidance.h"
#include "fuzz/settings.h"
#include "harness/base/error.h"
#include "harness/campaign/answers.h"
#include "harness/diff/difference.h"
#include "harness/generate/mutator.h"
#include "harness/runner/executor.h"

namespace gmc {

class DifferentialTarget {
 public:
  // Opens both backends that the settings name. The error is the user's: what cannot be opened, or that nothing can be asked of both.
  [[nodiscard]] static Result<std::unique_ptr<DifferentialTarget>> open(const FuzzSettings& settings);

  // Decodes, runs on both and compares. A finding of either, and a difference that breaks the contract, is printed and, where the settings
  // name a folder, saved; then the process aborts.
  void run(std::span<const std::uint8_t> bytes);

  [[nodiscard]] std::optional<std::size_t> mutate(std::span<std::uint8_t> data, std::size_t size, std::uint64_t seed);
  [[nodiscard]] std::size_t cross(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second, std::span<std::uint8_t> result,
                                  std::uint64_t seed);

  [[nodiscard]] std::uint64_t compared() const { return compared_; }    // programs that both ran to their end
  [[nodiscard]] std::uint64_t left_open() const { return left_open_; }  // of those: in which answers differ that may

 private:
  // One of the two.
  struct Side {
    std::string name;
    std::unique_ptr<Backend> backend;
    std::unique_ptr<Executor> executor;
    AnswerRecorder recorder;
  };

  DifferentialTarget(FuzzSettings settings, const Profile& shared, const GeneratorSettings& drawing, std::array<Side, 2> sides);
  [[nodiscard]] std::optional<ProgramAnswers> ask(Side& side, const Program& program);
  [[noreturn]] void report(const Side& side, const Blamed& blamed);
  [[noreturn]] void report(const Program& program, const Difference& difference);
  [[noreturn]] void tell(const Program& program, const std::string& file, const std::string& headline, const std::string& command);

  FuzzSettings settings_;
  std::array<Side, 2> sides_;
  bool has_one_profile_;
  Guidance guidance_;
  Mutator mutator_;
  Program program_;
  Program other_;
  Program result_;
  std::vector<std::uint8_t> bytes_;
  std::uint64_t compared_ = 0;
  std::uint64_t left_open_ = 0;
};

}  // namespace gmc

#endif  // GMCHECK_FUZZ_DIFFERENTIAL_TARGET_H
