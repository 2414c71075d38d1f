// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck profile as a user runs it, and --profile with what it wrote.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/cli/test/gmcheck_process.h"

namespace gmc {
namespace {

namespace files = std::filesystem;

std::vector<std::string> lines_of(const std::string& text, const std::string& beginning) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(beginning)) lines.push_back(line);
  }
  return lines;
}

class ProfileCommand : public GmcheckTest {
 protected:
  [[nodiscard]] static std::string fills() { return plugin("flat") + ":fills"; }
  [[nodiscard]] Ran conform(const std::string& backend, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"conformance", "--backend", backend, "--programs", "1280", "--seed", "7", "--select", "RW"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return gmcheck(arguments);
  }
  // Exit code and one line of standard error that contains all of `parts`.
  void expect_refusal(const Ran& ran, int code, const std::vector<std::string>& parts) const {
    EXPECT_EQ(ran.code, code) << ran.all();
    EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
    for (const std::string& part : parts) EXPECT_NE(ran.err.find(part), std::string::npos) << part << "\n" << ran.all();
  }
};

TEST_F(ProfileCommand, BackendThatDoesAsItSaysPasses) {
  const Ran ran = gmcheck({"profile", "--backend", "mmap"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(lines_of(ran.out, "!"), std::vector<std::string>{});
  EXPECT_EQ(lines_of(ran.out, "  cross_region = span"), std::vector<std::string>{"  cross_region = span"});
  EXPECT_EQ(lines_of(ran.out, "- concurrency: not observed: this version drives one thread (declared: single_thread)").size(), 1u)
      << ran.out;
  EXPECT_NE(ran.out.find("; 0 differ from what is declared\n"), std::string::npos) << ran.out;
}

TEST_F(ProfileCommand, TheSameBackendIsTheSameText) {
  const std::vector<std::string> arguments = {"profile", "--backend", fills()};
  const Ran ran = gmcheck(arguments);
  EXPECT_GT(ran.out.size(), 1000u);
  EXPECT_EQ(ran.out, gmcheck(arguments).out);
}

TEST_F(ProfileCommand, WhatIsDeniedAndThereDiffers) {
  const Ran ran = gmcheck({"profile", "--backend", fills()});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_EQ(lines_of(ran.out, "!"), std::vector<std::string>{"! has_fill = yes (declared: no)"}) << ran.out;
  EXPECT_EQ(lines_of(ran.out, "    as declared: GM-RW-010 fill: expected unsupported, got ok").size(), 1u) << ran.out;
}

TEST_F(ProfileCommand, WhatWasWrittenIsAProfileToConformTo) {
  EXPECT_EQ(conform(fills(), {}).code, 1);
  EXPECT_EQ(gmcheck({"profile", "--backend", fills(), "--write", "observed"}).code, 1);
  const std::string text = text_of_file(file("observed"));
  EXPECT_NE(text.find("\nhas_fill = yes\n"), std::string::npos) << text;
  const Ran ran = conform(fills(), {"--profile", "observed"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(gmcheck({"profile", "--backend", fills(), "--profile", "observed"}).code, 0);
}

TEST_F(ProfileCommand, ReplaysAreUnderTheSameProfile) {
  write("lie", "typed_sizes = none\nregions_max = 8\nhas_fill = no\n");
  const Ran ran = conform(fills(), {"--profile", "lie"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  const auto replays = lines_of(ran.out, "  replay: gmcheck run ");
  ASSERT_FALSE(replays.empty()) << ran.out;
  EXPECT_TRUE(replays.front().ends_with(" --profile lie")) << replays.front();
  write("p.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nfill m r0.start 8 0x1\n");
  EXPECT_EQ(gmcheck({"run", "p.gmp", "--backend", fills()}).code, 1);
  write("truth", "typed_sizes = none\nregions_max = 8\nhas_fill = yes\n");
  const Ran true_run = gmcheck({"run", "p.gmp", "--backend", fills(), "--profile", "truth"});
  EXPECT_EQ(true_run.code, 0) << true_run.all();
}

TEST_F(ProfileCommand, BackendWithoutAUsableProfileIsGivenOne) {
  const std::string backend = plugin("malformed_unknown_switch");
  expect_refusal(gmcheck({"profile", "--backend", backend}), 3, {"profile:3: ", "did you mean 'cross_region'"});
  write("own", "typed_sizes = none\n");
  const Ran ran = gmcheck({"profile", "--backend", backend, "--profile", "own", "--switch", "has_fill,cross_region"});
  EXPECT_LE(ran.code, 1) << ran.all();
  EXPECT_EQ(lines_of(ran.out, "#").size(), 2u) << ran.all();
}

TEST_F(ProfileCommand, SomeSwitchesAreObservedAlone) {
  const Ran ran = gmcheck({"profile", "--backend", "mmap", "--switch", "has_fill,cross_region"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_EQ(lines_of(ran.out, "  "), (std::vector<std::string>{"  cross_region = span", "  has_fill = yes"}));
  expect_refusal(gmcheck({"profile", "--backend", "mmap", "--switch", "has_fil"}), 2, {"--switch: ", "has_fil", "did you mean 'has_fill'"});
}

TEST_F(ProfileCommand, JsonHasTheSameFacts) {
  const Ran ran = gmcheck({"profile", "--backend", fills(), "--switch", "has_fill,partial,kvm", "--json"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  const auto json = nlohmann::json::parse(ran.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << ran.out;
  const auto& switches = json.at("switches");
  ASSERT_EQ(switches.size(), 3u);
  EXPECT_EQ(switches[1].at("switch"), "has_fill");
  EXPECT_EQ(switches[1].at("declared"), "no");
  EXPECT_EQ(switches[1].at("observed"), nlohmann::json::array({"yes"}));
  EXPECT_EQ(switches[1].at("differs"), true);
  EXPECT_EQ(switches[0].at("differs"), false);
  EXPECT_TRUE(switches[2].contains("not_observed"));
}

TEST_F(ProfileCommand, FromNothingNeedsNoProfileOfTheBackend) {
  const Ran ran =
      gmcheck({"profile", "--backend", plugin("malformed_unknown_switch"), "--from-nothing", "--switch", "has_fill,cross_region"});
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
  // The same of one that can be used: nothing is declared, and so nothing differs.
  const Ran flat = gmcheck({"profile", "--backend", fills(), "--from-nothing", "--switch", "has_fill,kvm", "--write", "observed"});
  EXPECT_EQ(flat.code, 0) << flat.all();
  EXPECT_EQ(lines_of(flat.out, "# begun with the least profile").size(), 1u) << flat.out;
  EXPECT_EQ(lines_of(flat.out, "  has_fill = yes"), std::vector<std::string>{"  has_fill = yes"}) << flat.out;
  EXPECT_EQ(lines_of(flat.out, "- kvm: not observed: KVM is not checked by this version (taken: no)").size(), 1u) << flat.out;
  EXPECT_EQ(lines_of(flat.out, "!").size(), 0u) << flat.out;
  const std::string text = text_of_file(file("observed"));
  EXPECT_NE(text.find("\n# Observed:\n#   has_fill\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nhas_fill = yes\n"), std::string::npos) << text;
}

TEST_F(ProfileCommand, FromNothingTriesOtherMemoriesWhereThereIsNone) {
  const Ran files = gmcheck({"profile", "--backend", "naive:backing=fd", "--from-nothing", "--switch", "backing"});
  EXPECT_EQ(files.code, 0) << files.all();
  EXPECT_EQ(lines_of(files.out, "# begun with regions of files").size(), 1u) << files.out;
  EXPECT_EQ(lines_of(files.out, "# not with the least profile: create answered unsupported").size(), 1u) << files.out;
  EXPECT_EQ(lines_of(files.out, "  backing = fd").size(), 1u) << files.out;
  expect_refusal(gmcheck({"profile", "--backend", "naive:last_address=0xfff", "--from-nothing"}), 3,
                 {"no memory can be made, written and read",
                  "the least profile: ", "regions of files: ", "one region from address 0: ", "a layout of its own: "});
  expect_refusal(gmcheck({"profile", "--backend", plugin("flat") + ":closed", "--from-nothing"}), 3, {"no such device here"});
  EXPECT_EQ(gmcheck({"profile", "--backend", plugin("flat") + ":dies", "--from-nothing"}).code, 1);
  write("declared", "has_fill = yes\n");
  EXPECT_EQ(gmcheck({"profile", "--backend", "mmap", "--from-nothing", "--profile", "declared"}).code, 2);
}

TEST_F(ProfileCommand, BackendThatDiesIsObservedAllTheSame) {
  const Ran ran = gmcheck({"profile", "--backend", plugin("flat") + ":crash"});
  EXPECT_LE(ran.code, 1) << ran.all();
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(lines_of(ran.out, "  has_fill = no").size(), 1u) << ran.out;
}

TEST_F(ProfileCommand, BadInputIsRefusedInOneLine) {
  EXPECT_EQ(gmcheck({"profile"}).code, 2);
  expect_refusal(gmcheck({"profile", "--backend", "nmap"}), 3, {"nmap: "});
  expect_refusal(gmcheck({"profile", "--backend", plugin("flat") + ":closed"}), 3, {"no such device here"});
  for (const std::string command : {"profile", "conformance", "run"}) {
    write("p.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nread m r0.start 8\n");
    std::vector<std::string> arguments = {command, "--backend", "mmap", "--profile", "declared"};
    if (command == "run") arguments.emplace_back("p.gmp");
    files::remove(file("declared"));
    expect_refusal(gmcheck(arguments), 2, {"declared: ", "No such file"});
    write("declared", "has_fill = yes\nhas_fil = yes\n");
    expect_refusal(gmcheck(arguments), 2, {"declared:2: ", "did you mean 'has_fill'"});
    write("declared", "dirty_bitmap_api = yes\n");
    expect_refusal(gmcheck(arguments), 2, {"declared:1: ", "marking where nothing is tracked"});
  }
  // What is claimed there has to be in the table.
  write("declared", "reset = yes\n");
  expect_refusal(gmcheck({"profile", "--backend", plugin("flat"), "--profile", "declared"}), 3,
                 {"'reset = yes', and the entry 'reset' is null"});
}

TEST_F(ProfileCommand, FileThatCannotBeWrittenIsAnErrorAndLeavesNothing) {
  const std::vector<std::string> some = {"profile", "--backend", "mmap", "--switch", "has_fill", "--write"};
  const auto with = [&](const std::string& output) {
    std::vector<std::string> arguments = some;
    arguments.push_back(output);
    return gmcheck(arguments);
  };
  expect_refusal(with("nowhere/observed"), 3, {"nowhere/observed: "});
  files::create_directory(file("folder"));
  expect_refusal(with("folder"), 3, {"folder: "});
  expect_refusal(with("/dev/full"), 3, {"/dev/full: ", "No space left on device"});
  EXPECT_EQ(std::distance(files::directory_iterator(folder()), files::directory_iterator()), 1) << "something was left behind";
}

}  // namespace
}  // namespace gmc
