// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck merge: shards are run one by one, and what is joined is what one run would have said.
#include <filesystem>

#include "harness/cli/test/conformance_run.h"

namespace gmc {
namespace {

class Shards : public ConformanceRun {
 protected:
  // Runs `count` shards, whose reports lie in shard0, shard1, ...
  void run_shards(const std::string& backend, unsigned count, const std::vector<std::string>& more = {}) {
    for (unsigned i = 0; i < count; ++i) {
      const Ran ran = conform(backend, more, {"GTEST_TOTAL_SHARDS=" + std::to_string(count), "GTEST_SHARD_INDEX=" + std::to_string(i)});
      EXPECT_LT(ran.code, 2) << ran.all();
      std::filesystem::rename(folder() / "report", folder() / ("shard" + std::to_string(i)));
    }
  }
  [[nodiscard]] Json report_in(const std::string& name) const {
    return Json::parse(text_of_file(folder() / name / "report.json"), nullptr, false);
  }
};

std::map<std::string, std::string> states_in(const Json& report) {
  std::map<std::string, std::string> states;
  for (const Json& clause : report.at("clauses")) states[clause.at("clause")] = clause.at("state");
  return states;
}

TEST_F(Shards, JoinedTheySayWhatOneRunSays) {
  const std::vector<std::string> select = {"--select", "GM-RW-*,GM-XR-*,REG,-GM-RW-012"};
  ASSERT_EQ(conform(flat("read_three,overlaps"), select).code, 1);
  std::filesystem::rename(folder() / "report", folder() / "one");
  run_shards(flat("read_three,overlaps"), 3, select);
  const Ran ran = gmcheck({"merge", "shard0", "shard1/report.json", "shard2", "--report-dir", "all"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_EQ(states_in(report_in("all")), states_in(report_in("one"))) << ran.all();
  EXPECT_EQ(report_in("all").at("exit_code"), 1);
  EXPECT_EQ(count_of(ran.out, "GM-REG-001 violated"), 1u) << ran.all();
  // JUnit is of the same tests.
  const auto cases = [&](const std::string& name) { return count_of(text_of_file(folder() / name / "junit.xml"), "<testcase "); };
  EXPECT_EQ(cases("all"), cases("one"));
  EXPECT_GE(count_of(text_of_file(folder() / "all/junit.xml"), "<failure "), 2u);
  // The programs are beside the joined report, and show what they showed.
  for (const Json& finding : report_in("all").at("findings")) {
    EXPECT_TRUE(finding.at("file").get<std::string>().starts_with("all/")) << finding.dump(2);
    EXPECT_EQ(gmcheck({"run", finding.at("file"), "--backend", flat("read_three,overlaps")}).code, 1);
  }
  // What was joined can be joined and compared again.
  EXPECT_EQ(gmcheck({"merge", "all"}).code, 1);
  EXPECT_EQ(conform(flat("read_three,overlaps"), {"--baseline", "all/report.json", "--select", "REG,RW"}).code, 0);
}

TEST_F(Shards, ClauseThatNoneBroughtIsNamedAndIsNoPass) {
  run_shards(plugin("example_c"), 2, {"--select", "GM-RW-001,GM-RW-002,GM-XR-002"});
  EXPECT_EQ(gmcheck({"merge", "shard0", "shard1"}).code, 0);
  const Ran ran = gmcheck({"merge", "shard0", "--report-dir", "all"});
  EXPECT_EQ(ran.code, 4) << ran.all();
  EXPECT_NE(ran.out.find("no report brought GM-RW-002\n"), std::string::npos) << ran.all();
  EXPECT_EQ(report_in("all").at("missing"), Json::array({"GM-RW-002"}));
}

TEST_F(Shards, OfDifferentRunsAreRefusedInOneLine) {
  ASSERT_EQ(conform(plugin("example_c"), {"--select", "GM-RW-001"}).code, 0);
  std::filesystem::rename(folder() / "report", folder() / "a");
  const auto refused = [&](const std::string& other, const std::string& why) {
    const Ran ran = gmcheck({"merge", "a", other, "--report-dir", "all"});
    EXPECT_EQ(ran.code, 2) << ran.all();
    EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
    EXPECT_NE(ran.err.find(why), std::string::npos) << ran.all();
    EXPECT_FALSE(std::filesystem::exists(folder() / "all"));
  };
  ASSERT_EQ(conform(plugin("example_c"), {"--select", "GM-RW-001", "--seed", "8"}).code, 0);
  refused("report", "report/report.json: has the seed '0x8', not '0x7'");
  ASSERT_EQ(conform(plugin("flat"), {"--select", "GM-RW-001"}).code, 0);
  refused("report", "report/report.json: is on the backend ");
  Json old = report();
  old["version"] = 1;
  write("old.json", old.dump());
  refused("old.json", "old.json: /version: ");
  refused("nowhere", "nowhere: cannot be read: No such file or directory");
  EXPECT_EQ(gmcheck({"merge"}).code, 2);
}

TEST_F(Shards, WhatWouldCountTwiceIsRefusedInOneLine) {
  run_shards(plugin("example_c"), 2, {"--select", "GM-RW-001,GM-RW-002"});
  ASSERT_EQ(conform(plugin("example_c"), {"--select", "GM-RW-001"}).code, 0);
  std::filesystem::rename(folder() / "report", folder() / "whole");
  std::filesystem::copy(folder() / "whole", folder() / "copy");
  const auto refused = [&](const std::string& one, const std::string& other, const std::string& error) {
    const Ran ran = gmcheck({"merge", one, other, "--report-dir", "all"});
    EXPECT_EQ(ran.code, 2) << ran.all();
    EXPECT_EQ(ran.err, "gmcheck: " + error + "\n");
    EXPECT_EQ(ran.out, "");
    EXPECT_FALSE(std::filesystem::exists(folder() / "all"));
  };
  refused("whole", "whole", "whole/report.json: is given twice");
  refused("whole", "whole/../whole/report.json",
          "whole/../whole/report.json: is on GM-RW-001, as whole/report.json is, and neither is a shard");
  refused("whole", "copy", "copy/report.json: is on GM-RW-001, as whole/report.json is, and neither is a shard");
  refused("shard1", "shard1", "shard1/report.json: is given twice");
  std::filesystem::copy(folder() / "shard0", folder() / "shard2");
  refused("shard0", "shard2", "shard2/report.json: is shard 0 of 2, as shard0/report.json is");
  refused("shard0", "whole", "whole/report.json: has the number of shards '1', not '2' as of shard0/report.json");
  // Runs of different clauses are parts of one as shards are.
  ASSERT_EQ(conform(plugin("example_c"), {"--select", "GM-RW-002"}).code, 0);
  EXPECT_EQ(gmcheck({"merge", "whole", "report"}).code, 0);
}

TEST_F(Shards, JoinedReportThatCannotBeWrittenIsAnError) {
  ASSERT_EQ(conform(plugin("example_c"), {"--select", "GM-RW-001"}).code, 0);
  write("file", "");
  const Ran ran = gmcheck({"merge", "report", "--report-dir", "file"});
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
}

}  // namespace
}  // namespace gmc
