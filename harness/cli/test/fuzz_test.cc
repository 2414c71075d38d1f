// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck fuzz, as a user runs it. Where the build has no engine (g++, ThreadSanitizer) the command says so, and that is what is tested.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "harness/base/sanitizer.h"
#include "harness/cli/test/gmcheck_process.h"

namespace gmc {
namespace {

namespace files = std::filesystem;

const files::path kBinaries = files::path(GMC_BINARY).parent_path();

class Fuzz : public GmcheckTest {
 protected:
  void SetUp() override {
    GmcheckTest::SetUp();
    if (!files::exists(kBinaries / "fuzz_lockstep")) GTEST_SKIP() << "this build has no engine: it has neither libFuzzer nor another one";
  }
  [[nodiscard]] std::size_t count(const std::string& part, const std::string& extension = "") const {
    std::size_t number = 0;
    for (const auto& entry : files::directory_iterator(folder() / part)) {
      if (extension.empty() || entry.path().extension() == extension) ++number;
    }
    return number;
  }
};

TEST_F(Fuzz, FindingIsMinimisedAndReplaysWithItsLine) {
  const Ran ran = gmcheck({"fuzz", "--backend", "mutant:canary", "--budget", "60", "--folder", "work", "--seed", "7"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_NE(ran.out.find(" violated (core)"), std::string::npos) << ran.all();
  EXPECT_NE(ran.out.find("mutant:canary: 1 findings;"), std::string::npos) << ran.all();
  EXPECT_EQ(count("work/findings"), 1u) << "what was seen before it was minimised lies elsewhere";
  EXPECT_GE(count("work/seen", ".gmp"), 1u);
  const std::string replay = "replay: gmcheck run ";
  const std::size_t at = ran.out.find(replay);
  ASSERT_NE(at, std::string::npos) << ran.all();
  const std::string file = ran.out.substr(at + replay.size(), ran.out.find(' ', at + replay.size()) - at - replay.size());
  EXPECT_EQ(gmcheck({"run", file, "--backend", "mutant:canary"}).code, 1) << file;
  EXPECT_EQ(gmcheck({"run", file, "--backend", "mmap"}).code, 0) << file;
  const std::string text = text_of_file(folder() / file);
  EXPECT_LE(std::ranges::count(text, '\n'), 12) << text;
  EXPECT_NE(ran.out.find("finding.c (not tried: mutant is built in, and no library)\n"), std::string::npos) << ran.all();
}

TEST_F(Fuzz, ReproducerInCIsTriedBeforeItIsShown) {
  if (std::system("cc --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no C compiler";
  const std::string memory = plugin("flat") + ":read_three";
  const Ran ran = gmcheck({"fuzz", "--backend", memory, "--budget", "60", "--folder", "work", "--seed", "7"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  // An executable that no sanitizer knows does not load a library that one does.
  const bool can_load = !is_sanitized();
  EXPECT_NE(ran.out.find("in C: work/findings/GM-RW-001-read-bytes/finding.c"), std::string::npos) << ran.all();
  EXPECT_EQ(ran.out.find("finding.c, which shows it: work/findings/") != std::string::npos, can_load) << ran.all();
  EXPECT_EQ(ran.out.find("ok, byte 2: expected 0x") != std::string::npos, can_load) << ran.all();
  EXPECT_EQ(text_of_file(folder() / "work/findings/GM-RW-001-read-bytes/hits"), "1\n");
  // Taken up again it is counted on, and shown again.
  const Ran again = gmcheck({"fuzz", "--backend", memory, "--budget", "60", "--folder", "work", "--seed", "8"}, {"CC=/nowhere/cc"});
  EXPECT_EQ(again.code, 1) << again.all();
  EXPECT_NE(again.out.find("GM-RW-001-read-bytes: 2 hits\n"), std::string::npos) << again.all();
  EXPECT_NE(again.out.find("finding.c (not tried: there is no C compiler)\n"), std::string::npos) << again.all();
}

TEST_F(Fuzz, MemoryWithALayoutOfItsOwnIsFuzzedToo) {
  const Ran ran = gmcheck({"fuzz", "--backend", "mutant:canary,layout=own", "--budget", "60", "--folder", "work", "--seed", "7"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_NE(ran.out.find("memory adopt\n"), std::string::npos) << ran.all();
}

TEST_F(Fuzz, RightBackendHasNoFindingAndTheFolderIsTakenUpAgain) {
  const Ran first = gmcheck({"fuzz", "--backend", "mmap", "--budget", "2", "--folder", "work", "--jobs", "2"});
  EXPECT_EQ(first.code, 0) << first.all();
  EXPECT_NE(first.out.find("mmap: 0 findings; "), std::string::npos) << first.all();
  EXPECT_EQ(first.out.find(" 0 cells met"), std::string::npos) << first.all();
  EXPECT_NE(first.out.find("coverage: "), std::string::npos) << first.all();
  EXPECT_NE(first.out.find("  not met: "), std::string::npos) << first.all();
  EXPECT_NE(first.out.find("all situations: work/coverage.json"), std::string::npos) << first.all();
  EXPECT_EQ(first.out.find("takes for unreachable"), std::string::npos) << first.all();
  const std::size_t kept = count("work/corpus");
  EXPECT_GT(kept, 10u);
  const Ran second = gmcheck({"fuzz", "--backend", "mmap", "--budget", "2", "--folder", "work"});
  EXPECT_EQ(second.code, 0) << second.all();
  EXPECT_GE(count("work/corpus"), kept);
}

TEST_F(Fuzz, EngineTakesTheWordsOfTheByteForm) {
  const Ran ran = gmcheck({"fuzz", "--backend", "mmap", "--budget", "1", "--folder", "work"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  const std::string log = text_of_file(folder() / "work/job-0.log");
  EXPECT_NE(log.find("Dictionary: "), std::string::npos) << log.substr(0, 1000);
  EXPECT_EQ(log.find("ParseDictionaryFile: error"), std::string::npos) << log.substr(0, 1000);
}

TEST_F(Fuzz, KeepGoingFindsWhatComesBehind) {
  const Ran ran = gmcheck({"fuzz", "--backend", plugin("flat") + ":read_three,fills", "--budget", "6", "--folder", "work", "--keep-going"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_NE(ran.out.find("GM-RW-001 violated"), std::string::npos) << ran.all();
  EXPECT_NE(ran.out.find("GM-RW-010 violated"), std::string::npos) << ran.all();
  EXPECT_GE(count("work/findings"), 2u);
}

TEST_F(Fuzz, CrashIsAVerdictWithItsProgram) {
  const Ran ran = gmcheck({"fuzz", "--backend", plugin("flat") + ":crash", "--budget", "30", "--folder", "work"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_NE(ran.out.find("crashed"), std::string::npos) << ran.all();
}

TEST_F(Fuzz, SeedsComeFirst) {
  files::create_directories(folder() / "seeds");
  write("seeds/one.gmp", "gmp 1\nmemory {\n  region 0x1000 0x2000 own\n}\nread m 0x1000 9\n");
  const Ran ran = gmcheck({"fuzz", "--backend", "mmap", "--budget", "1", "--folder", "work", "--seeds", "seeds"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_TRUE(files::exists(folder() / "work/corpus/one.gmp.bytes"));
}

TEST_F(Fuzz, ProfileCountsInsteadOfTheBackendsOwn) {
  write("strict", "typed_sizes = 1 2 3 4 5 8\n");
  const Ran ran = gmcheck({"fuzz", "--backend", plugin("flat"), "--profile", "strict", "--budget", "30", "--folder", "work"});
  EXPECT_EQ(ran.code, 1) << ran.all();
}

TEST_F(Fuzz, CorpusOfAnotherVersionIsRefused) {
  files::create_directories(folder() / "work/corpus");
  write("work/form", "gmp-bytes-0-0000000000000000\n");
  const Ran other = gmcheck({"fuzz", "--backend", "mmap", "--folder", "work"});
  EXPECT_EQ(other.code, 3) << other.all();
  EXPECT_TRUE(is_one_line(other.err)) << other.all();
  EXPECT_NE(other.err.find("work/form: the corpus is of another version (gmp-bytes-0-"), std::string::npos) << other.all();
  files::remove(folder() / "work/form");
  write("work/corpus/x", "y");
  const Ran unknown = gmcheck({"fuzz", "--backend", "mmap", "--folder", "work"});
  EXPECT_EQ(unknown.code, 3) << unknown.all();
  EXPECT_NE(unknown.err.find("work/form: is missing"), std::string::npos) << unknown.all();
}

TEST_F(Fuzz, WhatCannotBeReadOrMadeIsOneLine) {
  write("file", "");
  const Ran no_folder = gmcheck({"fuzz", "--backend", "mmap", "--folder", "file"});
  EXPECT_EQ(no_folder.code, 3) << no_folder.all();
  EXPECT_TRUE(is_one_line(no_folder.err)) << no_folder.all();
  const Ran no_seeds = gmcheck({"fuzz", "--backend", "mmap", "--folder", "work", "--seeds", "nowhere"});
  EXPECT_EQ(no_seeds.code, 2) << no_seeds.all();
  EXPECT_TRUE(is_one_line(no_seeds.err)) << no_seeds.all();
  const Ran no_backend = gmcheck({"fuzz", "--backend", "nmap", "--folder", "work"});
  EXPECT_EQ(no_backend.code, 3) << no_backend.all();
  EXPECT_TRUE(is_one_line(no_backend.err)) << no_backend.all();
}

using FuzzWithoutEngine = GmcheckTest;

TEST_F(FuzzWithoutEngine, SaysWhatIsMissing) {
  for (const char* name : {"gmcheck", "gmcheck-worker"}) files::copy_file(kBinaries / name, folder() / name);
  const Ran ran = gmcheck({"fuzz", "--backend", "mmap"}, {}, {.input = "/dev/null", .output = "", .binary = file("gmcheck")});
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
  EXPECT_NE(ran.err.find("fuzz_lockstep: the engine is not installed"), std::string::npos) << ran.all();
}

}  // namespace
}  // namespace gmc
