// SPDX-License-Identifier: Apache-2.0 OR MIT
// fuzz_minimiser: every candidate of every program is valid, and what is left still fails, with no more operations than before.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "harness/base/check.h"
#include "harness/generate/shrink.h"
#include "harness/program/byte_form.h"
#include "harness/program/text.h"

namespace {

// Stands for a fault: an operation of the last one's kind that moves as many bytes or more.
bool fails(const gmc::Program& program, const gmc::Op& culprit) {
  return std::ranges::any_of(program.ops, [&](const gmc::Op& op) { return op.kind == culprit.kind && op.size * 2 > culprit.size; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gmc::Program program;
  gmc::decode_bytes({data, std::min<std::size_t>(size, 4096)}, program);
  if (program.ops.empty()) return 0;
  const gmc::Op culprit = program.ops.back();
  if (!fails(program, culprit)) return 0;
  const auto last = static_cast<std::uint32_t>(program.ops.size()) - 1;
  const auto still_fails = [&](const gmc::Program& candidate) {
    GMC_CHECK(gmc::validate(candidate).has_value(), gmc::print(program), gmc::print(candidate));
    return fails(candidate, culprit);
  };
  const gmc::Shrunk shrunk = gmc::minimize(program, last, still_fails, {.runs = 3000, .is_spent = {}});
  GMC_CHECK(fails(shrunk.program, culprit), gmc::print(shrunk.program));
  GMC_CHECK(shrunk.program.ops.size() <= program.ops.size());
  return 0;
}
