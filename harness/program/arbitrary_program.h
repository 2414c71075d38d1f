// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs for laws on values: anything that is valid, however little sense it makes. For tests alone; campaigns have the generator.
#ifndef GMCHECK_HARNESS_PROGRAM_ARBITRARY_PROGRAM_H
#define GMCHECK_HARNESS_PROGRAM_ARBITRARY_PROGRAM_H

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "harness/program/program.h"

namespace gmc {

// Passes validate().
rc::Gen<Program> arbitrary_program();

// Every operation that the text knows, also those which this version does not run: well-formed, and hardly ever valid.
rc::Gen<Program> arbitrary_text_program();

// Legal for some backend or for none.
rc::Gen<Layout> arbitrary_layout();

rc::Gen<Address> arbitrary_address();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_ARBITRARY_PROGRAM_H
