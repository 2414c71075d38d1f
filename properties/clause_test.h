// SPDX-License-Identifier: Apache-2.0 OR MIT
// The suites' GoogleTest face: one test a clause, so that filters, shards and JUnit are GoogleTest's own. The campaigns run once, when the
// first test needs them, and every test reads their evidence.
#ifndef GMCHECK_PROPERTIES_CLAUSE_TEST_H
#define GMCHECK_PROPERTIES_CLAUSE_TEST_H

#include <string>
#include <string_view>
#include <vector>

#include "harness/program/clause.h"
#include "properties/clause_source.h"

namespace gmc {

// "libmine_so" for "./libmine.so": tools split names at dots and slashes.
[[nodiscard]] std::string test_suite_name(std::string_view backend);
// "GM_ADDR_001": a '-' begins what a filter leaves out.
[[nodiscard]] std::string test_name(Clause clause);

// Registers a test for every clause, before RUN_ALL_TESTS. `source` outlives that.
void register_clause_tests(ClauseSource& source);

// The clauses whose tests GoogleTest has chosen, by filter and shard; known once RUN_ALL_TESTS has begun.
[[nodiscard]] std::vector<Clause> chosen_clauses();

// The value of --gtest_filter that selects the tests of these clauses.
[[nodiscard]] std::string filter_of(const std::vector<Clause>& clauses);

// The clauses whose tests `filter`, in GoogleTest's form, selects, in whatever shard. An empty shard and an empty selection look the same
// to whoever asks GoogleTest.
[[nodiscard]] std::vector<Clause> clauses_of_filter(std::string_view filter, std::string_view backend);

}  // namespace gmc

#endif  // GMCHECK_PROPERTIES_CLAUSE_TEST_H
