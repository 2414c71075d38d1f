// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/program.h"

#include <fmt/format.h>
#include <gmcheck.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "harness/program/validator.h"

namespace gmc {

std::optional<Invalidity> find_invalidity(const Program& program) { return Validator(program).run(); }

Result<void> validate(const Program& program) {
  const auto invalidity = find_invalidity(program);
  if (!invalidity) return {};
  switch (invalidity->where) {
    case Invalidity::Where::kLayout:
      return fail(fmt::format("layout {}", invalidity->index), invalidity->cause);
    case Invalidity::Where::kOp:
      return fail(fmt::format("op {}", invalidity->index), invalidity->cause);
    case Invalidity::Where::kProgram:
      break;
  }
  return fail("program", invalidity->cause);
}

}  // namespace gmc
