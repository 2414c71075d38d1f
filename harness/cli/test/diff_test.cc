// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck diff as a user runs it: who is wrong, what the contract leaves open, what the profiles explain.
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "harness/cli/test/conformance_run.h"

namespace gmc {
namespace {

// One region, written and cleared.
constexpr const char* kZeroAll =
    "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nwrite m r0.start 8 imm ff\nzero_all m\nread m r0.start 8\n";

class DiffRunTest : public GmcheckTest {
 protected:
  // Few programs, always the same.
  Ran diff(const std::string& a, const std::string& b, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"diff", "--backend", a, "--backend", b, "--report-dir", "report"};
    if (more.empty()) more = {"--seed", "7", "--programs", "640"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = gmcheck(arguments);
    json_ = Json::parse(text_of_file(folder() / "report/diff.json"), nullptr, false);
    EXPECT_TRUE(json_.is_object()) << ran.all();
    EXPECT_EQ(json_.value("exit_code", -1), ran.code) << ran.all();
    return ran;
  }
  [[nodiscard]] const Json& json() const { return json_; }
  [[nodiscard]] std::vector<Json> differences(const std::string& meaning) const {
    std::vector<Json> found;
    for (const Json& difference : json_.at("differences")) {
      if (difference.at("meaning") == meaning) found.push_back(difference);
    }
    return found;
  }
  // "a GM-XR-001": whose, and which clause.
  [[nodiscard]] std::set<std::string> findings() const {
    std::set<std::string> found;
    for (const Json& f : json_.at("findings")) found.insert(f.at("backend").get<std::string>() + " " + f.at("clause").get<std::string>());
    return found;
  }
  // Runs the line that a report gives, in this test's folder.
  [[nodiscard]] Ran replay(const std::string& command) const {
    std::istringstream stream(command);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    EXPECT_EQ(words.at(0), "gmcheck");
    words.erase(words.begin());
    return gmcheck(words);
  }

 private:
  Json json_;
};

TEST_F(DiffRunTest, OneMemoryOnTwoKindsOfPagesGivesNoDifference) {
  const Ran ran = diff("mmap", "mmap:own=memfd");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(json().at("has_one_profile"), true);
  EXPECT_EQ(json().at("GM-INV-003"), "pass");
  EXPECT_EQ(json().at("programs"), 640);
  EXPECT_GT(json().at("operations"), 12000);
  EXPECT_EQ(json().at("differences"), Json::array()) << ran.all();
  EXPECT_EQ(findings(), std::set<std::string>{}) << ran.all();
  EXPECT_NE(ran.out.find("GM-INV-003: pass"), std::string::npos) << ran.all();
}

TEST_F(DiffRunTest, IndependentMemoriesOfOneProfileDifferWhereTheContractLeavesItOpenAndNowhereElse) {
  ASSERT_EQ(diff("mmap", "mmap", {"--seed", "1", "--programs", "64"}).code, 0);
  // What mmap declares, as far as the other two can follow it: they serve bytes of their own, hand out no pointers and make no transfers.
  std::string config = json().at("a").at("profile");
  config = std::regex_replace(
      config, std::regex("(host_pointer|guard_pages|file_facts|fd_io|fd_short_read|fd_exact_loops|zero_length_fd) = [^\n]*\n"), "");
  config = std::regex_replace(config, std::regex("(own) fd host_pointer"), "$1");
  config = std::regex_replace(config, std::regex(" = "), "=");
  config = std::regex_replace(config, std::regex(" "), "+");
  config = std::regex_replace(config, std::regex("\n(?=.)"), ",");
  while (config.ends_with('\n')) config.pop_back();
  const Ran ran = diff("naive:" + config, "reference:" + config, {"--seed", "7", "--programs", "1280"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(json().at("has_one_profile"), true) << ran.all();
  EXPECT_EQ(json().at("GM-INV-003"), "pass");
  EXPECT_EQ(json().at("programs"), 1280);
  EXPECT_EQ(findings(), std::set<std::string>{}) << ran.all();
  EXPECT_EQ(json().at("differences").size(), differences("left open").size()) << ran.all();
  // Under another profile they are told apart from mmap, and nobody is accused.
  EXPECT_EQ(diff("mmap", "naive:" + config).code, 0);
  EXPECT_EQ(findings(), std::set<std::string>{});
  EXPECT_GT(differences("explained by the profiles").size(), 0u);
}

TEST_F(DiffRunTest, WhoBreaksTheContractIsNamedWithTheClause) {
  const Ran ran = diff("mmap", "mutant:seam_refused");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_TRUE(findings().contains("b GM-XR-001")) << ran.all();
  for (const std::string& finding : findings()) EXPECT_TRUE(finding.starts_with("b ")) << finding;
  EXPECT_EQ(differences("GM-INV-003 violated").size(), 0u) << "the finding says it already\n" << ran.all();
  EXPECT_NE(ran.out.find("mutant:seam_refused breaks the contract"), std::string::npos) << ran.all();
  EXPECT_NE(ran.out.find("GM-XR-001 violated (switch cross_region)"), std::string::npos) << ran.all();
  for (const Json& finding : json().at("findings")) {
    const Ran again = replay(finding.at("replay"));
    EXPECT_EQ(again.code, 1) << again.all();
    EXPECT_NE(again.out.find(finding.at("clause").get<std::string>()), std::string::npos) << again.all();
  }
  // The other way round it is the same one.
  diff("mutant:seam_refused", "mmap");
  EXPECT_TRUE(findings().contains("a GM-XR-001"));
}

TEST_F(DiffRunTest, WhatTheContractLeavesOpenIsCountedAndNoViolation) {
  const Ran ran = diff(plugin("flat"), flat("invalid"));
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(json().at("GM-INV-003"), "pass");
  const auto open = differences("left open");
  std::set<std::string> operations;
  for (const Json& difference : open) {
    operations.insert(difference.at("operation"));
    EXPECT_EQ(difference.at("part"), "status");
    EXPECT_EQ(difference.at("a"), "unsupported");
    EXPECT_EQ(difference.at("b"), "invalid_argument");
    EXPECT_GE(difference.at("count"), 1);
  }
  EXPECT_EQ(operations, (std::set<std::string>{"load", "store"})) << ran.all();
  EXPECT_EQ(json().at("differences").size(), open.size()) << ran.all();
  EXPECT_NE(ran.out.find("left open"), std::string::npos) << ran.all();
}

// Each process of it gives another count, and each count passes every other clause: what differs only between runs.
TEST_F(DiffRunTest, WhatNoClauseLeavesOpenViolatesInv3) {
  write("p.gmp", kZeroAll);
  EXPECT_EQ(gmcheck({"run", "p.gmp", "--backend", flat("zeroes,numbered")}).code, 0) << "alone it is right as far as can be seen";
  const Ran ran = diff(flat("zeroes,numbered"), flat("zeroes,numbered"), {"p.gmp"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_EQ(json().at("GM-INV-003"), "fail");
  EXPECT_EQ(findings(), std::set<std::string>{}) << ran.all();
  const auto violations = differences("GM-INV-003 violated");
  ASSERT_EQ(violations.size(), 1u) << ran.all();
  EXPECT_EQ(violations[0].at("operation"), "zero_all");
  EXPECT_EQ(violations[0].at("part"), "count");
  EXPECT_EQ(violations[0].at("again").at("shown"), violations[0].at("again").at("runs"));
  // Minimised: the other two operations have nothing to do with it.
  const std::string program = violations[0].at("program");
  EXPECT_EQ(program.find("write"), std::string::npos) << program;
  EXPECT_NE(ran.out.find("one of the two is wrong"), std::string::npos) << ran.all();
  EXPECT_EQ(replay(violations[0].at("replay")).code, 1);
  // Those that count bytes agree.
  EXPECT_EQ(diff(flat("zeroes"), flat("zeroes"), {"p.gmp"}).code, 0);
}

TEST_F(DiffRunTest, WhatTheProfilesExplainNamesTheSwitches) {
  const Ran ran = diff("mmap:fail=prefix", "mmap:fail=nothing");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(json().at("has_one_profile"), false);
  EXPECT_EQ(json().at("GM-INV-003"), "n/a");
  std::set<std::string> switches;
  for (const Json& differing : json().at("switches")) switches.insert(differing.at("switch"));
  EXPECT_EQ(switches, (std::set<std::string>{"range_fail_effect", "reports_count", "perm_fail_effect"})) << ran.all();
  EXPECT_EQ(findings(), std::set<std::string>{}) << ran.all();
  bool has_read = false;
  for (const Json& difference : differences("explained by the profiles")) {
    if (difference.at("operation") != "read" || difference.at("part") != "status") continue;
    has_read = true;
    EXPECT_EQ(difference.at("a").get<std::string>().substr(0, 5), "short");
    // Or that a right is missing, where the range meets both.
    const std::string other = difference.at("b");
    EXPECT_TRUE(other.starts_with("out_of_range") || other.starts_with("denied")) << other;
    EXPECT_EQ(difference.at("switches"), Json::array({"range_fail_effect"})) << difference.dump(2);
    EXPECT_TRUE(difference.at("replay").get<std::string>().starts_with("gmcheck diff ")) << difference.dump(2);
  }
  EXPECT_TRUE(has_read) << ran.all();
}

TEST_F(DiffRunTest, TableIsShortAndTheReportHasAllOfIt) {
  const Ran ran = diff(plugin("flat"), "mmap", {"--seed", "11", "--programs", "3200"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  const auto explained = differences("explained by the profiles");
  EXPECT_GT(explained.size(), 30u);
  EXPECT_EQ(count_of(ran.out, "\n  explained by the profiles "), 12u) << ran.all();
  EXPECT_NE(ran.out.find(std::to_string(explained.size() - 12) + " more, met less often"), std::string::npos) << ran.all();
  for (std::size_t i = 1; i < explained.size(); ++i) EXPECT_GE(explained[i - 1].at("count"), explained[i].at("count"));
  for (const Json& difference : explained) EXPECT_TRUE(std::filesystem::exists(folder() / difference.at("file").get<std::string>()));
}

TEST_F(DiffRunTest, WhatMemoryHoldsAtTheEndIsCompared) {
  // The write answers the same status and keeps a prefix on one side alone: nothing reads it.
  write("p.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nwrite m r0.end-4 8 imm ff\n");
  const Ran ran =
      diff("naive:range_fail_effect=prefix,error_detail=short|out_of_range", "naive:error_detail=short|out_of_range", {"p.gmp"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  bool at_the_end = false;
  for (const Json& difference : json().at("differences")) at_the_end = at_the_end || difference.at("is_final") == true;
  EXPECT_TRUE(at_the_end) << ran.all();
}

TEST_F(DiffRunTest, CrashOfOneIsItsVerdictAndTheRunGoesOn) {
  const Ran ran = diff(plugin("flat"), flat("crash"), {"--seed", "2", "--programs", "64"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_EQ(findings(), std::set<std::string>{"b GM-INV-001"}) << ran.all();
  EXPECT_NE(ran.out.find("GM-INV-001 crashed"), std::string::npos) << ran.all();
  EXPECT_GT(json().at("programs"), 0) << ran.all();
}

TEST_F(DiffRunTest, SameSeedGivesTheSameResult) {
  diff("mmap:fail=prefix", "mmap:fail=nothing", {"--seed", "3", "--programs", "128"});
  Json first = json();
  diff("mmap:fail=prefix", "mmap:fail=nothing", {"--seed", "3", "--programs", "128"});
  Json second = json();
  for (Json* one : {&first, &second}) one->erase("seconds");
  EXPECT_EQ(first.at("operations"), second.at("operations"));
  EXPECT_EQ(first.at("programs"), second.at("programs"));
  EXPECT_EQ(first.at("differences").size(), second.at("differences").size());
}

TEST_F(DiffRunTest, OneBackendAloneDoesNotDecideInv3) {
  const Ran ran = gmcheck({"conformance", "--backend", "naive", "--select", "GM-INV-003,GM-INV-001", "--programs", "64", "--seed", "1"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_NE(ran.out.find("GM-INV-003    n/a (checked by gmcheck diff, for it takes two backends)"), std::string::npos) << ran.all();
  const Ran explained = gmcheck({"explain", "GM-INV-003"});
  EXPECT_NE(explained.out.find("checked by gmcheck diff"), std::string::npos) << explained.all();
}

// ---------------------------------------------------------------------------------------------------------------------- Wrong usage

void expect_refusal(const Ran& ran, int code, const std::string& part) {
  EXPECT_EQ(ran.code, code) << ran.all();
  EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
  EXPECT_NE(ran.err.find(part), std::string::npos) << ran.all();
}

TEST_F(DiffRunTest, TwoBackendsAreNeeded) {
  expect_refusal(gmcheck({"diff", "--backend", "mmap"}), 2, "diff compares two backends, and one is given");
  expect_refusal(gmcheck({"diff", "--backend", "mmap", "--backend", "mmap", "--backend", "naive"}), 2,
                 "diff compares two backends, and 3 are given");
  EXPECT_EQ(gmcheck({"diff"}).code, 2);
}

TEST_F(DiffRunTest, WrongInputIsRefusedBeforeAnythingRuns) {
  const std::vector<std::string> two = {"diff", "--backend", "mmap", "--backend", "mmap"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), two.begin(), two.end());
    return gmcheck(more);
  };
  expect_refusal(with({"nowhere.gmp"}), 2, "nowhere.gmp: ");
  write("bad.gmp", "gmp 1\nmemory {\n");
  expect_refusal(with({"bad.gmp"}), 2, "bad.gmp:");
  expect_refusal(with({"--seed", "tea"}), 2, "tea");
  EXPECT_EQ(with({"--programs", "1", "--budget", "1"}).code, 2);
  write("p.gmp", kZeroAll);
  EXPECT_EQ(with({"p.gmp", "--programs", "1"}).code, 2);
  expect_refusal(gmcheck({"diff", "--backend", "mmap", "--backend", "nobody"}), 3, "nobody");
  write("file", "");
  expect_refusal(with({"p.gmp", "--report-dir", "file"}), 3, "file: ");
  EXPECT_FALSE(std::filesystem::exists(folder() / "gmcheck-differences"));
}

TEST_F(DiffRunTest, NothingThatBothTakeIsNoPass) {
  write("p.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 host\n}\nread m r0.start 8\n");
  const Ran ran = diff("mmap", plugin("flat"), {"p.gmp"});
  EXPECT_EQ(ran.code, 4) << ran.all();
  EXPECT_NE(ran.out.find("nothing compared: "), std::string::npos) << ran.all();
  EXPECT_NE(ran.out.find("layout is not legal there"), std::string::npos) << ran.all();
}

}  // namespace
}  // namespace gmc
