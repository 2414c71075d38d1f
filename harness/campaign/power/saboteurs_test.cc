// SPDX-License-Identifier: Apache-2.0 OR MIT
// The supervisor outlives every saboteur and gives the verdict that saboteurs.def says.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <string>
#include <string_view>

#include "harness/base/sanitizer.h"
#include "harness/campaign/processes.h"
#include "harness/campaign/supervisor.h"

namespace gmc {
namespace {

struct Saboteur {
  std::string_view act;
  std::string_view place;
  std::string_view verdict;
  std::string_view clause;
};

void PrintTo(const Saboteur& saboteur, std::ostream* out) { *out << saboteur.act << "@" << saboteur.place; }

constexpr Saboteur kSaboteurs[] = {
#define GMC_SABOTEUR(act, place, verdict, clause) {#act, #place, #verdict, clause},
#include "harness/backends/mutants/saboteur/saboteurs.def"
};

std::string path_in(const char* variable) {
  const char* const path = std::getenv(variable);
  return path != nullptr ? path : std::string("./not_set_") + variable;
}

SupervisorOptions options_for(const Saboteur& saboteur) {
  SupervisorOptions options;
  options.worker.worker_path = path_in("GMC_TEST_WORKER");
  options.worker.backend.name = path_in("GMC_TEST_SABOTEUR");
  options.worker.backend.config = std::string(saboteur.act) + "@" + std::string(saboteur.place);
  options.worker.limits.hang_ms = is_sanitized() ? 3000 : 500;
  options.worker.limits.open_ms = options.worker.limits.hang_ms;
  options.worker.limits.resident_bytes = std::uint64_t{384} << 20;
  options.workers = 1;
  return options;
}

// Children of this process that are still there.
std::ptrdiff_t children() {
  return std::ranges::count_if(all_processes(), [](const ProcessState& process) { return process.parent == getpid(); });
}

class Saboteurs : public testing::TestWithParam<Saboteur> {
 protected:
  void SetUp() override { children_before_ = children(); }
  void TearDown() override { EXPECT_EQ(children(), children_before_) << "somebody was left behind"; }

 private:
  std::ptrdiff_t children_before_ = 0;
};

std::string text_of(const Finding& finding) { return std::string(name(finding.verdict)) + " " + id(finding.clause) + ": " + finding.got; }

TEST_P(Saboteurs, GetTheirVerdict) {
  const Saboteur& saboteur = GetParam();
  const auto supervisor = Supervisor::start(options_for(saboteur));
  const auto is_expected = [&](const Finding& finding) {
    return name(finding.verdict) == saboteur.verdict && id(finding.clause) == saboteur.clause;
  };
  if (!supervisor) {
    const CannotStart& why = supervisor.error();
    EXPECT_EQ(saboteur.place, "open") << why.error.text();
    EXPECT_EQ(why.error.text().find('\n'), std::string::npos) << why.error.text();
    ASSERT_TRUE(why.finding.has_value()) << why.error.text();
    EXPECT_TRUE(is_expected(*why.finding)) << text_of(*why.finding);
    return;
  }
  // Up to the finding: what threads do comes after a while, and what stays behind is seen at the end.
  std::string seen;
  const CampaignOrder order = {.settings = {}, .seed = 1, .batch_count = saboteur.place == "thread" ? 400u : 12u};
  const CampaignResult result = (*supervisor)->run(order);
  for (const CampaignFinding& finding : result.findings) seen += text_of(finding.found.blamed.finding) + "\n";
  EXPECT_TRUE(std::ranges::any_of(result.findings, [&](const CampaignFinding& f) { return is_expected(f.found.blamed.finding); })) << seen;
}

INSTANTIATE_TEST_SUITE_P(, Saboteurs, testing::ValuesIn(kSaboteurs),
                         [](const auto& test) { return std::string(test.param.act) + "_" + std::string(test.param.place); });

}  // namespace
}  // namespace gmc
