// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck emit: what it writes is compiled as a user compiles it, and run on right and on wrong memories.
#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/cli/test/gmcheck_process.h"

namespace gmc {
namespace {

namespace files = std::filesystem;

const std::string kCorpora = GMC_SOURCE_DIR "/corpora/";

class Emit : public GmcheckTest {
 protected:
  // Of a shell's line, in the test's folder, both outputs together.
  [[nodiscard]] Ran shell(const std::string& line) const {
    Ran ran;
    FILE* const pipe = ::popen(fmt::format("cd {} && {{ {}; }} 2>&1", folder().string(), line).c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    char piece[4096];
    for (std::size_t count = 0; (count = std::fread(piece, 1, sizeof piece, pipe)) > 0;) ran.out.append(piece, count);
    const int status = ::pclose(pipe);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
    return ran;
  }
  // An executable `name` from what is emitted of `program`.
  void build(const std::string& program, const std::string& backend, const std::string& name, const std::string& more = "") const {
    const Ran emitted = gmcheck({"emit", program, "--backend", backend, "--out", name + ".c"});
    ASSERT_EQ(emitted.code, 0) << program << "\n" << emitted.all();
    const Ran compiled =
        shell(fmt::format("gcc -std=c11 -Wall -Wextra -Werror -I {}/harness/abi/include {}.c {} -o {}", GMC_SOURCE_DIR, name, more, name));
    ASSERT_EQ(compiled.code, 0) << program << "\n" << compiled.all();
  }
  [[nodiscard]] Ran run(const std::string& name, const std::string& library, const std::string& config = "") const {
    return shell(fmt::format("./{} {} {}", name, plugin(library), config));
  }
  void SetUp() override {
    GmcheckTest::SetUp();
    if (std::system("gcc --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no gcc";
  }
};

TEST_F(Emit, WhatEveryMemoryGetsRightIsRight) {
  for (const char* name : {"bytes", "dirty", "objects", "ranges", "tracking"}) {
    build(kCorpora + "bland/" + name + ".gmp", "mmap", name);
    const Ran ran = run(name, "product");
    EXPECT_EQ(ran.code, 0) << name << "\n" << ran.all();
    EXPECT_NE(ran.out.find("every answer is one that is allowed"), std::string::npos) << ran.all();
  }
}

TEST_F(Emit, MemoryWithALayoutOfItsOwnIsTakenAsItIs) {
  build(kCorpora + "bland/adopted.gmp", "mmap:layout=own", "adopted");
  EXPECT_EQ(run("adopted", "product").code, 0) << "the config is the backend's";
  EXPECT_EQ(run("adopted", "product", "layout=own").code, 0);
}

TEST_F(Emit, FindingsInOtherMemoriesAreNoneHere) {
  const std::string found = kCorpora + "findings/";
  for (const char* name : {"unicorn-2.0.1/remove-of-a-part", "unicorn-2.0.1/read-over-the-last-address",
                           "vm-memory-0.10.0/harvest-behind-an-empty-file", "vm-memory-0.10.0/insert-behind-an-empty-file"}) {
    build(found + name + ".gmp", "mmap", "finding");
    const Ran ran = run("finding", "product");
    EXPECT_EQ(ran.code, 0) << name << "\n" << ran.all();
  }
}

constexpr const char* kHead =
    "gmp 1\nseed 0x5eed\nmemory {\n  region 0x10000 0x2000 own\n  region 0x20000 0x1000 file f0@0x1000\n  region 0x12000 0x1000 own\n}\n";

// One for each way in which an answer can be wrong.
struct Wrong {
  const char* mutant;
  const char* ops;
  const char* shown;  // of what is printed
};

TEST_F(Emit, MutantShowsAndTheProductDoesNot) {
  const Wrong table[] = {
      {"canary", "write m r0.start 9 unique\nread m r0.start 9\n", "prog.gmp:9: read m r0.start 9\n  ok, byte 8: expected 0x"},
      {"seam_refused", "write m r0.end-4 8 unique\n", "prog.gmp:8: write m r0.end-4 8 unique\n  expected ok, got short"},
      {"terminates_writes", "fill m r0.start 16 0xff\nwrite m r0.start 5 unique\n", "the byte at 0x10005, "},
      {"count_of_request", "write_partial m r2.end-4 8 unique\n", "ok, count: expected 0x4, got 0x8"},
      {"over_wide_read", "read m r0.start 1023\n", "ok, and wrote outside of the buffer"},
      {"write_changes_buffer", "write m r0.start 1024 unique\n", "ok, and changed what it was handed"},
      {"tells_sum", "fetch_add m r0.start 8 imm 01 relaxed\n", "ok, value: expected 0x0, got 0x101010101010101"},
      {"last_page_unmarked", "write m r0.start+4092 8 unique\nharvest m sparse read\n", "granules 0 to 63: 0x20000 is missing"},
      {"end_inclusive", "write m r0.start 4096 unique\n", "what is dirty\n  granules 0 to 63: 0x20000 is too many"},
      {"pointer_to_page", "fill m r0.start+0x1008 8 0xff\nhost_address m r0.start+0x1008 8 r\n", "ok, byte 0: expected 0xff, got 0x0"},
      {"slices_of_one_region", "slices m r0.end-8 16\n", "expected pieces of 0x10 bytes, got 0x8"},
      {"end_of_file_is_ok", "read_from m r0.start 32 file ends 16\n", "expected short or io, got ok"},
      {"takes_one_too_many", "read_from m r0.start 32 pipe\n", "bytes that went through the stream: expected 0x20, got 0x21"},
      {"returns_empty", "fill m r2.start 8 0xff\nopen_region s1 m r2.start\nremove r2.start 0x1000\ninsert s1 r2.start 0x1000\n",
       "the byte at 0x12000, read: expected 0xff, got 0x00"},
      {"listed_as_given", "", "the regions\n  region 1: expected 0x1000 bytes at 0x12000, got 0x1000 at 0x20000"},
      {"list_over_room", "", "the regions\n  with room for one element less, expected invalid_argument and nothing written, got "},
      {"harvest_over_room", "write m r0.start 8 unique\nharvest m sparse both\n",
       "with room for one element less, expected invalid_argument"},
      {"declined_harvest_clears", "write m r0.start 8 unique\nharvest m sparse both\n", "expected nothing cleared"},
      {"shared_dies_with_first", "fill m r2.start 8 0xff\nopen_region s1 m r2.start\nopen_memory s2 s1 r2.start 0x1000\ndestroy\n",
       "what another memory holds\n  ok, byte 0: expected 0xff, got 0x0"},
      {"offset_not_kept", "open_region s1 m 0x20000\nfacts s1\n", "file_offset: expected 0x1000, got 0x0"},
      {"scrubs_on_release", "", "the byte at 0x20000, seen past the backend: expected 0x"},
      {"relaxed_refused", "submit {\n  compare_exchange m r0.start 8 current imm 01 relaxed relaxed\n}\n", "expected ok, got "},
  };
  for (const Wrong& wrong : table) {
    write("prog.gmp", std::string(kHead) + wrong.ops);
    build("prog.gmp", std::string("mutant:") + wrong.mutant, wrong.mutant);
    const Ran on_mutant = run(wrong.mutant, "planted", wrong.mutant);
    EXPECT_EQ(on_mutant.code, 1) << wrong.mutant << "\n" << on_mutant.all();
    EXPECT_NE(on_mutant.out.find(wrong.shown), std::string::npos) << wrong.mutant << "\n" << on_mutant.all();
    const Ran on_product = run(wrong.mutant, "product", "''");
    EXPECT_EQ(on_product.code, 0) << wrong.mutant << "\n" << on_product.all();
  }
}

TEST_F(Emit, BackendMayBeLinkedIn) {
  build(kCorpora + "bland/bytes.gmp", plugin("example_c"), "linked",
        fmt::format("-DGMC_LINKED {}/harness/plugins/example_c/example.c", GMC_SOURCE_DIR));
  const Ran ran = shell("./linked");
  EXPECT_EQ(ran.code, 0) << ran.all();
}

TEST_F(Emit, CrashNamesTheCall) {
  write("prog.gmp", "gmp 1\nmemory {\n  region 0x1000 0x2000 own\n}\nread m 0x8000 8\n");
  const Ran replayed = gmcheck({"run", "prog.gmp", "--backend", plugin("flat") + ":crash"});
  ASSERT_NE(replayed.out.find("crashed"), std::string::npos) << replayed.all();
  build("prog.gmp", plugin("flat") + ":crash", "crash");
  const Ran ran = run("crash", "flat", "crash");
  EXPECT_NE(ran.code, 0);
  EXPECT_NE(ran.out.find("prog.gmp: read m 0x8000 8: ends the process"), std::string::npos) << ran.all();
}

TEST_F(Emit, SourceSaysWhatItIsAbout) {
  write("prog.gmp", "# Why */ it matters.\ngmp 1\nmemory {\n  region 0x1000 0x2000 own\n}\n# Here it begins.\nread m 0x1000 8\n");
  const Ran ran = gmcheck({"emit", "prog.gmp"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_NE(ran.out.find(" * Why +/ it matters.\n"), std::string::npos) << ran.out.substr(0, 600);
  EXPECT_NE(ran.out.find("  /* Here it begins. */\n  {.line = 7, .text = \"read m 0x1000 8\""), std::string::npos)
      << ran.out.substr(0, 600);
}

TEST_F(Emit, WhatCannotBeToldIsOneLine) {
  write("cut.gmp", "gmp 1\nmemory {\n  region 0x1000 0x2000 own\n}\nread_from m 0x1000 32 file at_most 7\n");
  const Ran cut = gmcheck({"emit", "cut.gmp"});
  EXPECT_EQ(cut.code, 4) << cut.all();
  EXPECT_TRUE(is_one_line(cut.err)) << cut.all();
  EXPECT_NE(cut.err.find("cut.gmp:5: cannot be told in C alone"), std::string::npos) << cut.all();
  write("other.gmp", "gmp 1\nmemory adopt\nread m 0x1000 8\n");
  const Ran other = gmcheck({"emit", "other.gmp"});
  EXPECT_EQ(other.code, 4) << other.all();
  EXPECT_TRUE(is_one_line(other.err)) << other.all();
  const Ran nowhere = gmcheck({"emit", "nowhere.gmp"});
  EXPECT_EQ(nowhere.code, 2) << nowhere.all();
  write("bad.gmp", "gmp 1\nread m 0x1000 8\n");
  EXPECT_EQ(gmcheck({"emit", "bad.gmp"}).code, 2);
  write("right.gmp", "gmp 1\nmemory {\n  region 0x1000 0x2000 own\n}\n");
  EXPECT_EQ(gmcheck({"emit", "right.gmp", "--out", "no/such/folder.c"}).code, 3);
  write("strict", "no_such_switch = 1\n");
  EXPECT_EQ(gmcheck({"emit", "right.gmp", "--profile", "strict"}).code, 2);
}

TEST_F(Emit, ProfileCountsInsteadOfTheBackendsOwn) {
  write("strict", "typed_sizes = 1 2 3 4 5 8\n");
  write("prog.gmp", "gmp 1\nmemory {\n  region 0x1000 0x2000 own\n}\nload m 0x1000 5\n");
  const Ran emitted = gmcheck({"emit", "prog.gmp", "--backend", plugin("flat"), "--profile", "strict"});
  EXPECT_EQ(emitted.code, 0) << emitted.all();
  EXPECT_NE(emitted.out.find("\"load m 0x1000 5\", .call = GMC_CALL_LOAD, .address = 0x1000, .size = 5, .room = 5"), std::string::npos)
      << emitted.out.substr(emitted.out.find("steps[]"), 1500);
  EXPECT_NE(emitted.out.find(".count = 5, .out = PIECES({.size = 5"), std::string::npos)
      << emitted.out.substr(emitted.out.find("steps[]"), 1500);
}

}  // namespace
}  // namespace gmc
