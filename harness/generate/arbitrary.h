// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs for RapidCheck, from the generator that everything else uses. For laws of values (language, reference, minimiser) and for users'
// own properties. They do not shrink: RapidCheck's shrinking slides to other failures and has no budget; shrink.h does it.
#ifndef GMCHECK_HARNESS_GENERATE_ARBITRARY_H
#define GMCHECK_HARNESS_GENERATE_ARBITRARY_H

#include <rapidcheck.h>

#include <algorithm>
#include <ostream>

#include "harness/generate/generator.h"
#include "harness/program/text.h"

namespace gmc {

// Found by RapidCheck, which prints a counterexample with it.
inline void showValue(const Program& program, std::ostream& out) { out << '\n' << print(program); }

// Each program is number 0 of a batch of its own. Programs grow with RapidCheck's size, up to settings.ops_per_program.
[[nodiscard]] inline rc::Gen<Program> arbitrary_program(const Profile& profile, const GeneratorSettings& settings = {}) {
  return [profile, settings](const rc::Random& source, int size) {
    rc::Random random = source;
    GeneratorSettings sized = settings;
    const auto share = static_cast<std::uint32_t>(std::clamp(size, 1, 100));
    sized.ops_per_program = std::max(1u, settings.ops_per_program * share / 100);
    Generator generator(profile, sized);
    generator.begin(random.next());
    Program program;
    generator.next(program);
    return rc::shrinkable::just(std::move(program));
  };
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_ARBITRARY_H
