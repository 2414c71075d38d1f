// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck corpus, as a user runs it.
#include <sys/mount.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/cli/test/gmcheck_process.h"
#include "harness/program/byte_form.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

namespace files = std::filesystem;

constexpr const char* kSeeds = GMC_SOURCE_DIR "/corpora/seeds";

std::string program_of(const std::string& ops) { return "gmp 1\nmemory {\n  region 0x1000 0x2000 own\n}\n" + ops; }

class CorpusCommand : public GmcheckTest {
 protected:
  // A folder as `gmcheck fuzz` leaves it.
  void write_bytes(const std::string& name, const std::string& program) const {
    files::create_directories(folder() / "work/corpus");
    write("work/form", byte_form_name() + "\n");
    std::vector<std::uint8_t> bytes;
    encode_bytes(read_program(program, name)->program, bytes);
    write("work/corpus/" + name, std::string(bytes.begin(), bytes.end()));
  }
  void expect_refusal(const std::vector<std::string>& arguments, int code, const std::string& why) const {
    const Ran ran = gmcheck(arguments);
    EXPECT_EQ(ran.code, code) << ran.all();
    EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
    EXPECT_NE(ran.err.find(why), std::string::npos) << ran.all();
  }
  [[nodiscard]] std::size_t count(const std::string& part) const {
    std::size_t number = 0;
    for (const auto& entry : files::recursive_directory_iterator(folder() / part)) number += entry.is_regular_file() ? 1 : 0;
    return number;
  }
};

// "343 cells reached" and "113 of 113 clauses decided" of what stat says.
std::string reach_of(const Ran& stat) {
  std::string reach;
  for (const char* what : {"reached", "clauses decided"}) {
    const std::size_t end = stat.out.find(what);
    if (end == std::string::npos) return stat.all();
    const std::size_t begin = stat.out.rfind('\n', end) + 1;
    reach += stat.out.substr(begin, end - begin);
  }
  return reach;
}

TEST_F(CorpusCommand, StatSaysWhatTheSeedsReach) {
  const Ran ran = gmcheck({"corpus", "stat", kSeeds});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_NE(ran.out.find("113 of 113 clauses decided; not decided: none\n"), std::string::npos) << ran.all();
  EXPECT_NE(ran.out.find("never: none\n"), std::string::npos) << ran.all();
  // On one backend some are out of reach, and named.
  const Ran one = gmcheck({"corpus", "stat", kSeeds, "--backend", "mmap"});
  EXPECT_EQ(one.code, 0) << one.all();
  EXPECT_NE(one.out.find("not decided: GM-ADDR-005, "), std::string::npos) << one.all();
}

TEST_F(CorpusCommand, MinLosesNothingAndLeavesNothingThatCanGo) {
  const Ran before = gmcheck({"corpus", "stat", kSeeds});
  const Ran ran = gmcheck({"corpus", "min", kSeeds, "--output", "least"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_LT(count("least"), 113u) << ran.all();
  EXPECT_EQ(reach_of(gmcheck({"corpus", "stat", "least"})), reach_of(before));
  const Ran again = gmcheck({"corpus", "min", "least", "-o", "again"});
  EXPECT_EQ(count("again"), count("least")) << again.all();
  files::remove(files::directory_iterator(folder() / "least")->path());
  EXPECT_NE(reach_of(gmcheck({"corpus", "stat", "least"})), reach_of(before));
}

TEST_F(CorpusCommand, OfBytesTheSmallestOfThoseThatReachTheSameStays) {
  write_bytes("small", program_of("read m 0x1000 8\n"));
  write_bytes("large", program_of("read m 0x1000 8\nread m 0x1000 8\n"));
  write_bytes("other", program_of("write m 0x1000 8 unique\n"));
  for (const std::string named : {"work", "work/corpus", "work/corpus/"}) {
    const std::string target = "least" + std::to_string(named.size());
    const Ran ran = gmcheck({"corpus", "min", named, "--output", target});
    EXPECT_EQ(ran.code, 0) << ran.all();
    EXPECT_TRUE(files::exists(folder() / target / "corpus/small")) << ran.all();
    EXPECT_FALSE(files::exists(folder() / target / "corpus/large")) << ran.all();
    EXPECT_TRUE(files::exists(folder() / target / "corpus/other")) << ran.all();
    EXPECT_EQ(text_of_file(folder() / target / "form"), byte_form_name() + "\n");
    EXPECT_EQ(text_of_file(folder() / target / "corpus/small"), text_of_file(folder() / "work/corpus/small"));
  }
  files::create_directories(folder() / "work/findings");
  write("work/findings/one.gmp", program_of("read m 0x1000 8\n"));
  EXPECT_NE(gmcheck({"corpus", "stat", "work/findings"}).out.find("1 input, text\n"), std::string::npos) << "findings are text";
}

TEST_F(CorpusCommand, WhatGoesWrongStaysAndIsAFinding) {
  files::create_directories(folder() / "texts/below");
  write("texts/a.gmp", program_of("read m 0x1000 8\n"));
  write("texts/b.gmp", program_of("read m 0x0 8\n"));  // ends the process
  write("texts/below/c.gmp", program_of("write m 0x1000 8 unique\n"));
  const std::string backend = plugin("flat") + ":crash";
  const Ran stat = gmcheck({"corpus", "stat", "texts", "--backend", backend});
  EXPECT_EQ(stat.code, 1) << stat.all();
  EXPECT_NE(stat.out.find("b.gmp: the process died of it: Aborted\n"), std::string::npos) << stat.all();
  EXPECT_NE(stat.out.find("write 1"), std::string::npos) << "what stands behind it runs all the same: " << stat.all();
  const Ran least = gmcheck({"corpus", "min", "texts", "--backend", backend, "-o", "least"});
  EXPECT_EQ(least.code, 1) << least.all();
  EXPECT_TRUE(files::exists(folder() / "least/b.gmp")) << least.all();
  EXPECT_TRUE(files::exists(folder() / "least/below/c.gmp")) << least.all();
  const Ran wrong = gmcheck({"corpus", "explain", kSeeds + std::string("/GM-RW-007.gmp"), "--backend", "mutant:short_is_ok"});
  EXPECT_EQ(wrong.code, 1) << wrong.all();
  EXPECT_NE(wrong.out.find("GM-RW-007: expected short"), std::string::npos) << wrong.all();
}

TEST_F(CorpusCommand, ExplainSaysWhatBytesAre) {
  const std::string program = program_of("write m r0.end-4 8 unique\n");
  write_bytes("one", program);
  write("one.gmp", program);
  const Ran text = gmcheck({"corpus", "explain", "one.gmp"});
  const Ran bytes = gmcheck({"corpus", "explain", "work/corpus/one"});
  EXPECT_EQ(text.code, 0) << text.all();
  EXPECT_EQ(bytes.out, text.out);
  EXPECT_NE(text.out.find("\nwrite m r0.end-4 8 unique\n# "), std::string::npos) << text.all();
  EXPECT_NE(text.out.find("GM-RW-007"), std::string::npos) << text.all();
  EXPECT_NE(text.out.find("#   write width=8 "), std::string::npos) << text.all();
}

TEST_F(CorpusCommand, BadInputIsOneLine) {
  write_bytes("one", program_of("read m 0x1000 8\n"));
  expect_refusal({"corpus", "stat", "nowhere"}, 2, "nowhere: ");
  expect_refusal({"corpus", "stat", "work/form"}, 2, "work/form: is no folder");
  expect_refusal({"corpus", "stat", "work", "--backend", "./nothing.so"}, 3, "nothing.so");
  expect_refusal({"corpus", "min", "work", "-o", "work"}, 2, "work: is there already");
  expect_refusal({"corpus", "min", "work", "-o", "/dev/null/new"}, 3, "/dev/null/new: ");
  expect_refusal({"corpus", "explain", "nowhere.gmp"}, 2, "nowhere.gmp: cannot be read");
  expect_refusal({"corpus"}, 2, "");
  files::create_directories(folder() / "empty");
  expect_refusal({"corpus", "stat", "empty"}, 4, "empty: there is no input");
  write("work/form", "gmcheck-bytes-0\n");
  for (const char* what : {"stat", "explain"}) {
    expect_refusal({"corpus", what, what == std::string("stat") ? "work" : "work/corpus/one"}, 2,
                   "form: the corpus is of another version (gmcheck-bytes-0; ");
  }
  files::remove(folder() / "work/form");
  expect_refusal({"corpus", "stat", "work"}, 2, "work/form: is missing");
  write("empty/bad.gmp", "gmp 1\nread m\n");
  expect_refusal({"corpus", "stat", "empty"}, 2, "bad.gmp:2:");
}

TEST_F(CorpusCommand, FolderThatMayNotBeReadIsNamed) {
  if (::geteuid() == 0) GTEST_SKIP() << "whoever is root may read every folder";
  write_bytes("one", program_of("read m 0x1000 8\n"));
  files::permissions(folder() / "work/corpus", files::perms::none);
  expect_refusal({"corpus", "stat", "work"}, 2, "Permission denied");
  files::permissions(folder() / "work/corpus", files::perms::all);
}

TEST_F(CorpusCommand, FullDiskIsSaid) {
  files::create_directory(folder() / "disk");
  if (::mount("none", file("disk").c_str(), "tmpfs", 0, "size=16k") != 0) {
    GTEST_SKIP() << "a full disk is a small tmpfs, and mounting one is not permitted here";
  }
  const Ran ran = gmcheck({"corpus", "min", kSeeds, "-o", "disk"});
  ::umount(file("disk").c_str());
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
  EXPECT_NE(ran.err.find("cannot be written: No space left on device"), std::string::npos) << ran.all();
}

}  // namespace
}  // namespace gmc
