// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where the clause tests have their evidence from: a run under way, or reports of earlier ones.
#ifndef GMCHECK_PROPERTIES_CLAUSE_SOURCE_H
#define GMCHECK_PROPERTIES_CLAUSE_SOURCE_H

#include <vector>

#include "harness/program/clause.h"
#include "harness/report/report.h"

namespace gmc {

class ClauseSource {
 public:
  virtual ~ClauseSource() = default;

  // Sees to it that result(clause) can be had; `chosen` are all clauses that will be asked for.
  virtual void decide(Clause clause, const std::vector<Clause>& chosen) = 0;
  [[nodiscard]] virtual ClauseResult result(Clause clause) const = 0;
  [[nodiscard]] virtual const Report& report() const = 0;

  [[nodiscard]] std::vector<const ReportedFinding*> findings(Clause clause) const { return report().findings_of(clause); }
};

// A report that is there already.
class FinishedRun : public ClauseSource {
 public:
  explicit FinishedRun(const Report& report) : report_(report) {}  // outlives this

  void decide(Clause, const std::vector<Clause>&) override {}
  [[nodiscard]] ClauseResult result(Clause clause) const override {
    for (const ClauseResult& result : report_.clauses) {
      if (result.clause == clause) return result;
    }
    return {.clause = clause, .state = State::kNotReached};
  }
  [[nodiscard]] const Report& report() const override { return report_; }

 private:
  const Report& report_;
};

}  // namespace gmc

#endif  // GMCHECK_PROPERTIES_CLAUSE_SOURCE_H
