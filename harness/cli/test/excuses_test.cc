// SPDX-License-Identifier: Apache-2.0 OR MIT
// Waivers, baselines and the pinned contract, from one end to the other. The plugin's fault `refuses` makes four findings: the clauses
// GM-INV-001 and GM-ADDR-001, each by a read and by a write.
#include <filesystem>
#include <regex>

#include "harness/cli/test/conformance_run.h"
#include "harness/program/contract_version.h"

namespace gmc {
namespace {

class Excused : public ConformanceRun {
 protected:
  // Waivers of these findings, until 2027-01-31.
  [[nodiscard]] static std::string waivers_of(const std::vector<std::string>& findings, const std::string& backend = "*") {
    std::string text;
    for (const std::string& finding : findings) {
      text += "[" + finding + "]\nbackend = " + backend +
              "\nreason = known to <everyone>\nlink = https://example.org/12\nexpires = 2027-01-31\n";
    }
    return text;
  }
  Ran waive(const std::string& backend, const std::string& waivers, const std::string& today = "2026-11-21") {
    write("waivers.txt", waivers);
    // Steering round what is refused leaves some clauses out of reach.
    return conform(backend, {"--programs", "2560", "--waivers", "waivers.txt", "--allow-unreached"}, {"GMCHECK_TODAY=" + today});
  }
  const std::vector<std::string> refusals_ = {"GM-INV-001 read status", "GM-INV-001 write status", "GM-ADDR-001 read status",
                                              "GM-ADDR-001 write status"};
};

TEST_F(Excused, WaivedFindingsDoNotFailTheRun) {
  const Ran ran = waive(flat("refuses"), waivers_of(refusals_));
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(clauses_in("waived"), (std::set<std::string>{"GM-ADDR-001", "GM-INV-001"})) << ran.all();
  EXPECT_EQ(clauses_in("refused"), std::set<std::string>{});
  EXPECT_NE(ran.out.find("GM-INV-001 read status: waived until 2027-01-31: known to <everyone> (https://example.org/12)"),
            std::string::npos)
      << ran.all();
  EXPECT_NE(ran.out.find(" 2 waived"), std::string::npos) << ran.all();
  for (const Json& finding : report().at("findings")) EXPECT_EQ(finding.at("excuse"), "waiver") << finding.dump(2);
  for (const Json& waiver : report().at("waivers")) EXPECT_EQ(waiver.at("was_met"), true) << waiver.dump(2);
  // For JUnit it is a skipped test with its reason, and no failure.
  EXPECT_EQ(count_of(junit(), "<failure "), 0u) << junit();
  EXPECT_NE(junit().find("waived until 2027-01-31: known to &lt;everyone&gt;"), std::string::npos) << junit();
}

TEST_F(Excused, WaiverOfTheReadmeWorks) {
  const std::string readme = text_of_file(GMC_SOURCE_DIR "/README.md");
  const std::size_t begin = readme.find("  [GM-RW-001 read bytes]");
  ASSERT_NE(begin, std::string::npos);
  const std::string waiver = readme.substr(begin, readme.find("  ```", begin) - begin);
  const Ran ran = waive(flat("read_three"), std::regex_replace(waiver, std::regex("libmine"), "libflat"));
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(clauses_in("waived"), std::set<std::string>{"GM-RW-001"}) << ran.all();
}

TEST_F(Excused, OneOfTwoFindingsLeavesTheOther) {
  const Ran ran = waive(flat("refuses"), waivers_of({refusals_[0], refusals_[2], refusals_[3]}));
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_EQ(clauses_in("refused"), std::set<std::string>{"GM-INV-001"}) << ran.all();
  EXPECT_EQ(clauses_in("waived"), std::set<std::string>{"GM-ADDR-001"}) << ran.all();
  EXPECT_EQ(count_of(junit(), "<failure "), 1u) << junit();
  // The one that is left is what the report shows whole: it was looked at again, the waived one was not.
  for (const Json& finding : report().at("findings")) {
    if (finding.at("clause") != "GM-INV-001") continue;
    EXPECT_EQ(finding.at("is_minimised"), !finding.contains("excuse")) << finding.dump(2);
  }
}

TEST_F(Excused, WaiverForAnotherBackendIsNone) {
  EXPECT_EQ(waive(flat("refuses"), waivers_of(refusals_, "mmap")).code, 1);
  EXPECT_TRUE(report().at("waivers").empty());
  EXPECT_EQ(waive(flat("refuses"), waivers_of(refusals_, "libflat.so")).code, 0);
  EXPECT_EQ(waive(flat("refuses"), waivers_of(refusals_, flat("refuses"))).code, 0);
}

TEST_F(Excused, ExpiredWaiverEndsTheRunWithACodeOfItsOwn) {
  EXPECT_EQ(waive(flat("refuses"), waivers_of(refusals_), "2027-01-31").code, 0) << "the last day counts";
  const Ran ran = waive(flat("refuses"), waivers_of(refusals_), "2027-02-01");
  EXPECT_EQ(ran.code, 5) << ran.all();
  EXPECT_EQ(count_of(ran.err, "\n"), refusals_.size()) << ran.all();
  EXPECT_NE(ran.err.find("gmcheck: waivers.txt:1: the waiver of GM-INV-001 read status has expired on 2027-01-31\n"), std::string::npos)
      << ran.all();
  EXPECT_EQ(report().at("exit_code"), 5);
}

TEST_F(Excused, NeedlessWaiverEndsTheRunWithACodeOfItsOwn) {
  std::vector<std::string> findings = refusals_;
  findings.push_back("GM-RW-002 write memory");
  // A clause that does not apply here says nothing of a waiver for all backends.
  findings.push_back("GM-RW-010 fill memory");
  const Ran ran = waive(flat("refuses"), waivers_of(findings));
  EXPECT_EQ(ran.code, 5) << ran.all();
  EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
  EXPECT_NE(ran.err.find("waivers.txt:21: the waiver of GM-RW-002 write memory is needless"), std::string::npos) << ran.all();
  // A finding without a waiver weighs more.
  EXPECT_EQ(waive(flat("refuses,read_three"), waivers_of(findings)).code, 1);
}

TEST_F(Excused, WaiverOfAClauseThatWasNotSelectedIsNotNeedless) {
  write("waivers.txt", waivers_of({"GM-RW-002 write memory"}));
  EXPECT_EQ(conform(plugin("flat"), {"--waivers", "waivers.txt", "--select", "GM-RW-001"}, {"GMCHECK_TODAY=2026-01-01"}).code, 0);
}

TEST_F(Excused, WaiverOfAClauseThatIsNeverDecidedIsNeedless) {
  std::vector<std::string> findings = refusals_;
  findings.push_back("GM-RW-013 read bytes");
  findings.push_back("GM-RW-010 fill memory");
  const Ran shared = waive(flat("refuses"), waivers_of(findings));
  EXPECT_EQ(shared.code, 5) << shared.all();
  EXPECT_EQ(shared.err,
            "gmcheck: waivers.txt:21: the waiver of GM-RW-013 read bytes is needless: its clause is n/a (every answer that it lists is "
            "accepted)\n");
  // Of this backend alone it is known that the other one does not apply either.
  const Ran own = waive(flat("refuses"), waivers_of(findings, flat("refuses")));
  EXPECT_EQ(own.code, 5) << own.all();
  EXPECT_EQ(count_of(own.err, "\n"), 2u) << own.all();
  EXPECT_NE(own.err.find("waivers.txt:26: the waiver of GM-RW-010 fill memory is needless: its clause is n/a (has_fill = no)\n"),
            std::string::npos)
      << own.all();
}

TEST_F(Excused, WaiverForABackendThatThereIsNotIsAnError) {
  const std::string waiver = waivers_of({"GM-RW-001 read bytes"}, "mmap"), misspelt = waivers_of({"GM-RW-002 read bytes"}, "libflaat.so");
  const auto refused = [&](const std::string& text) {
    write("waivers.txt", text);
    return gmcheck({"conformance", "--backend", flat("refuses"), "--waivers", "waivers.txt", "--report-dir", "none"});
  };
  const Ran ran = refused(waiver + misspelt);
  EXPECT_EQ(ran.code, 2) << ran.all();
  EXPECT_EQ(
      ran.err,
      "gmcheck: waivers.txt:6: the waiver of GM-RW-002 read bytes is for 'libflaat.so' (did you mean 'libflat.so'?), which is neither "
      "this run's backend, nor built in, nor in a line 'backends = ...' before the first waiver\n");
  EXPECT_EQ(ran.out, "");
  EXPECT_FALSE(std::filesystem::exists(folder() / "none"));
  EXPECT_EQ(refused("backends = libother.so\n" + misspelt).code, 2);
  EXPECT_NE(refused(waivers_of({"GM-RW-002 read bytes"}, "nmap")).err.find("(did you mean 'mmap'?)"), std::string::npos);
  // Shared with another library, with built-in ones and with other configs of this one: all of them are known.
  const std::string others = waivers_of({"GM-RW-002 read bytes"}, "./some/where/libother.so:a=b") +
                             waivers_of({"GM-RW-002 read bytes"}, "mmap:granule=64") +
                             waivers_of({"GM-RW-002 read bytes"}, "libflat.so:else");
  EXPECT_EQ(waive(flat("refuses"), "backends = libother.so libthird.so\n" + waivers_of(refusals_) + others).code, 0);
  EXPECT_EQ(report().at("waivers").size(), refusals_.size());
}

TEST_F(Excused, BackendThatDiesWhenOpenedCanBeWaived) {
  ASSERT_EQ(conform(flat("dies")).code, 1);
  ASSERT_EQ(report().at("findings").size(), 1u);
  const Json finding = report().at("findings").at(0);
  const std::string key = finding.at("clause").get<std::string>() + " " + finding.at("operation").get<std::string>() + " " +
                          finding.at("part").get<std::string>();
  const Ran ran = waive(flat("dies"), waivers_of({key}));
  EXPECT_EQ(clauses_in("waived"), std::set<std::string>{"GM-INV-001"}) << ran.all();
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(conform(flat("dies"), {"--waivers", "waivers.txt"}).code, 4) << "nothing else was reached";
}

TEST_F(Excused, MalformedWaiversEndTheRunBeforeItBegins) {
  write("waivers.txt", waivers_of({"GM-RW-001 read bytes"}) + "[GM-RW-001 raed bytes]\n");
  const Ran ran = gmcheck({"conformance", "--backend", "mmap", "--waivers", "waivers.txt", "--report-dir", "report"});
  EXPECT_EQ(ran.code, 2) << ran.all();
  EXPECT_EQ(ran.err, "gmcheck: waivers.txt:6:12: 'raed' is no operation (did you mean 'read'?)\n");
  EXPECT_EQ(ran.out, "");
  EXPECT_FALSE(std::filesystem::exists(folder() / "report"));
  const Ran missing = gmcheck({"conformance", "--backend", "mmap", "--waivers", "nowhere"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_EQ(missing.err, "gmcheck: nowhere: cannot be read: No such file or directory\n");
  EXPECT_EQ(gmcheck({"conformance", "--backend", "mmap"}, {"GMCHECK_TODAY=today"}).code, 2);
}

// ------------------------------------------------------------------------------------------------------------------------ Baselines

class Baselines : public ConformanceRun {
 protected:
  // Keeps the last report under another name, with one value changed where `pointer` names one.
  void keep(const std::string& name, const std::string& pointer = "", const Json& value = {}) {
    Json kept = report();
    if (!pointer.empty()) kept[Json::json_pointer(pointer)] = value;
    write(name, kept.dump(2));
  }
};

TEST_F(Baselines, WhatIsKnownFailsNoRunAndWhatIsNewDoes) {
  ASSERT_EQ(conform(flat("read_three")).code, 1);
  keep("old.json", "/backend", flat("read_three,overlaps"));
  const Ran ran = conform(flat("read_three,overlaps"), {"--baseline", "old.json"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_EQ(clauses_in("fail"), std::set<std::string>{"GM-REG-001"}) << ran.all();
  EXPECT_EQ(clauses_in("known (baseline)"), std::set<std::string>{"GM-RW-001"}) << ran.all();
  EXPECT_NE(ran.out.find("GM-RW-001     known (baseline)"), std::string::npos) << ran.all();
  // A report that was made with a baseline is a baseline as well.
  keep("both.json");
  const Ran again = conform(flat("read_three,overlaps"), {"--baseline", "both.json"});
  EXPECT_EQ(again.code, 0) << again.all();
  EXPECT_EQ(clauses_in("known (baseline)"), (std::set<std::string>{"GM-REG-001", "GM-RW-001"})) << again.all();
}

TEST_F(Baselines, WhatIsGoneIsListed) {
  ASSERT_EQ(conform(flat("read_three,overlaps")).code, 1);
  keep("old.json", "/backend", plugin("flat"));
  const Ran ran = conform(plugin("flat"), {"--baseline", "old.json"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_NE(ran.out.find("gone since old.json: GM-RW-001 read bytes\n"), std::string::npos) << ran.all();
  EXPECT_EQ(report().at("baseline").at("gone").size(), 2u) << ran.all();
}

TEST_F(Baselines, OfSomethingElseIsRefusedInOneLine) {
  ASSERT_EQ(conform(flat("read_three")).code, 1);
  const auto refused = [&](const std::string& why) {
    const Ran ran = gmcheck({"conformance", "--backend", flat("read_three"), "--baseline", "old.json"});
    EXPECT_EQ(ran.code, 2) << ran.all();
    EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
    EXPECT_NE(ran.err.find(why), std::string::npos) << ran.all();
    EXPECT_EQ(ran.out, "");
  };
  keep("old.json", "/backend", "mmap");
  refused("a report on mmap is no baseline for ");
  keep("old.json", "/contract", 99);
  refused("a report on version 99 of the contract is no baseline for version " + std::to_string(kContractVersion));
  keep("old.json", "/version", 1);
  refused("old.json: /version: a report of version 1; this gmcheck reads version 2");
  keep("old.json", "/findings/0/part", "byte");
  refused("old.json: /findings/0/part: 'byte' is no part of an answer");
  keep("old.json", "/findings/0/op_index", -1);
  refused("old.json: /findings/0/op_index: is no number from 0 on");
  write("old.json", "{\n  \"version\": 2,\n}");
  refused("old.json:3:1: no JSON");
  write("old.json", "[]");
  refused("old.json: this report is no object");
  std::filesystem::remove(folder() / "old.json");
  refused("old.json: cannot be read: No such file or directory");
}

// ------------------------------------------------------------------------------------------------------------------------- Versions

TEST_F(GmcheckTest, VersionNamesTheContractToo) {
  const Ran ran = gmcheck({"--version"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(std::regex_match(ran.out, std::regex("gmcheck [0-9.]+, contract [0-9]+, report [0-9]+, ABI [0-9]+\n"))) << ran.all();
}

TEST_F(ConformanceRun, PinnedContractIsHeldToIt) {
  EXPECT_EQ(conform(plugin("flat"), {"--contract-version", std::to_string(kContractVersion)}).code, 0);
  EXPECT_EQ(report().at("contract"), kContractVersion);
  const Ran other = gmcheck({"conformance", "--backend", plugin("flat"), "--contract-version", "1"});
  EXPECT_EQ(other.code, 2) << other.all();
  EXPECT_EQ(other.err,
            "gmcheck: --contract-version: this gmcheck checks version " + std::to_string(kContractVersion) + " of the contract, not 1\n");
}

}  // namespace
}  // namespace gmc
