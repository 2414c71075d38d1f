// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck conformance as a user runs it, with the report that it leaves.
#ifndef GMCHECK_HARNESS_CLI_TEST_CONFORMANCE_RUN_H
#define GMCHECK_HARNESS_CLI_TEST_CONFORMANCE_RUN_H

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "harness/cli/test/gmcheck_process.h"

namespace gmc {

using Json = nlohmann::json;

class ConformanceRun : public GmcheckTest {
 protected:
  // A run of few programs, always the same, with its report.
  Ran conform(const std::string& backend, std::vector<std::string> more = {}, const std::vector<std::string>& environment = {}) {
    std::vector<std::string> arguments = {"conformance", "--backend", backend, "--report-dir", "report"};
    for (const auto& [option, value] : {std::pair{"--seed", "7"}, {"--programs", "1280"}}) {
      if (std::ranges::find(more, option) == more.end()) arguments.insert(arguments.end(), {option, value});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = gmcheck(arguments, environment);
    report_ = Json::parse(text_of_file(folder() / "report/report.json"), nullptr, false);
    EXPECT_TRUE(report_.is_object()) << ran.all();
    return ran;
  }
  [[nodiscard]] std::map<std::string, std::string> states() const {
    std::map<std::string, std::string> states;
    for (const Json& clause : report_.at("clauses")) states[clause.at("clause")] = clause.at("state");
    return states;
  }
  [[nodiscard]] std::set<std::string> clauses_in(const std::string& state) const {
    std::set<std::string> clauses;
    for (const auto& [clause, is] : states()) {
      if (is == state) clauses.insert(clause);
    }
    return clauses;
  }
  [[nodiscard]] const Json& report() const { return report_; }
  [[nodiscard]] std::string junit() const { return text_of_file(folder() / "report/junit.xml"); }

 private:
  Json report_;
};

// The plugin that is wrong in the ways that its config names (plugins/flat.c).
[[nodiscard]] inline std::string flat(const std::string& faults) { return plugin("flat") + ":" + faults; }

[[nodiscard]] inline std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_TEST_CONFORMANCE_RUN_H
