// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck run --trace: the map as it was, the bytes that are wrong, and whose they are.
#include <regex>
#include <string>

#include "harness/base/sanitizer.h"
#include "harness/cli/test/conformance_run.h"
#include "harness/cli/test/gmcheck_process.h"

namespace gmc {
namespace {

// Two regions that touch; an access over their seam.
constexpr const char* kSeam =
    "gmp 1\nseed 0x5eed\nmemory {\n  region 0x10000 0x2000 own\n  region 0x12000 0x1000 own\n}\n"
    "write m r1.start+64 32 unique\nwrite m r0.end-8 16 unique\nread m r0.start 4\n";

class RunTrace : public GmcheckTest {
 protected:
  // `text` as p.gmp, traced on `backend`.
  Ran trace(const std::string& text, const std::string& backend) {
    write("p.gmp", text);
    return gmcheck({"run", "p.gmp", "--backend", backend, "--trace"});
  }
};

bool shows(const Ran& ran, const std::string& pattern) { return std::regex_search(ran.out, std::regex(pattern)); }

TEST_F(RunTrace, NumbersOperationsAndSaysWhereTheyGo) {
  const Ran ran = trace(
      "gmp 1\nmemory {\n  region 0x10000 0x2000 own\n}\nwrite m r0.end-4 4 unique\nopen_range s1 m r0.start+16 32\nread s1 r0.start+20 "
      "4\nread m h0 4\n",
      "mmap");
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_TRUE(shows(ran, "\n +op +at +expected +got\n")) << ran.all();
  EXPECT_TRUE(shows(ran, "\n +0  write m r0\\.end-4 4 unique +0x11ffc +ok.* +ok")) << ran.all();
  EXPECT_TRUE(shows(ran, "\n +2  read s1 r0\\.start\\+20 4 +0x4 \\(of the memory: 0x10014\\) +ok.* +ok")) << ran.all();
  EXPECT_TRUE(shows(ran, "\n +3  read m h0 4 +0x12000 +out_of_range.* +out_of_range")) << ran.all();
  EXPECT_EQ(count_of(ran.out, "+--"), 0u) << "nothing went wrong, so there is nothing to draw: " << ran.all();
  EXPECT_NE(ran.out.find("backend and reference agree"), std::string::npos);
  const Ran plain = gmcheck({"run", "p.gmp", "--backend", "mmap"});
  EXPECT_EQ(plain.out.find("of the memory"), std::string::npos) << plain.all();
}

TEST_F(RunTrace, DrawsTheMapAndSaysWhoseTheWrongBytesOfMemoryAre) {
  const Ran ran = trace(kSeam, "mutant:cursor_restarts");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_NE(ran.out.find("\n  memory when op 1 ran\n"), std::string::npos) << ran.all();
  EXPECT_TRUE(shows(ran, "\\| r0  0x2000 bytes, own, writable +\\|  <== op 1 at 0x11ff8, bytes 0 to 7\n")) << ran.all();
  EXPECT_TRUE(shows(ran, "\\| r1  0x1000 bytes, own, writable +\\|  <== op 1 at 0x12000, bytes 8 to 15\n")) << ran.all();
  EXPECT_TRUE(shows(ran, "\n  0x0000000000012000 ( [0-9a-f]{2}){16} (>[0-9a-f]{2}){8}( 00){8}\n")) << ran.all();
  EXPECT_NE(ran.out.find("0x12000 to 0x12007 (8 bytes): op 1 (write m r0.end-8 16 unique) wrote there last, its bytes 8 to 15; what stands "
                         "there is the data of op 1 (write m r0.end-8 16 unique), its bytes 0 to 7\n"),
            std::string::npos)
      << ran.all();
  EXPECT_NE(ran.out.find("GM-XR-001 violated"), std::string::npos) << ran.all();
  EXPECT_NE(ran.out.find("\n  in a waiver: [GM-XR-001 write memory]\n"), std::string::npos) << ran.all();
}

// What op 0 wrote is lost, since op 1 zeroes what stands behind what it writes.
TEST_F(RunTrace, NamesTheWriterOfAByteThatALaterOperationSpoiled) {
  const Ran ran = trace("gmp 1\nmemory {\n  region 0x10000 0x2000 own\n}\nwrite m r0.start 32 unique\nwrite m r0.start+3 5 unique\n",
                        "mutant:terminates_writes");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_NE(ran.out.find("0x10008 to 0x10008 (1 byte): op 0 (write m r0.start 32 unique) wrote there last, its byte 8"), std::string::npos)
      << ran.all();
}

TEST_F(RunTrace, ShowsWhatAReadBrought) {
  const Ran ran =
      trace("gmp 1\nmemory {\n  region 0x10000 0x2000 own\n}\nwrite m r0.start 32 unique\nread m r0.start+16 3\n", "mutant:canary");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_TRUE(shows(ran, "\n  what was read +expected")) << ran.all();
  EXPECT_TRUE(shows(ran, "\n  0x0000000000010010 ( [0-9a-f]{2}){3} {40}( [0-9a-f]{2}){2}>[0-9a-f]{2}")) << ran.all();
  EXPECT_NE(ran.out.find("0x10012 to 0x10012 (1 byte): op 0 (write m r0.start 32 unique) wrote there last, its byte 18"), std::string::npos)
      << ran.all();
}

TEST_F(RunTrace, SaysWhoCameAndWhoWent) {
  const Ran ran = trace(
      "gmp 1\nmemory {\n  region 0x10000 0x1000 own\n  region 0x20000 0x1000 own\n}\nlayout 1 {\n  region 0x30000 0x1000 own\n}\n"
      "remove r0.start 0x1000\nadd layout 1\nread m r1.start 3\n",
      "mutant:canary,map=in_place");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_NE(ran.out.find("removed: r0, 0x10000 to 0x10fff, by op 0"), std::string::npos) << ran.all();
  EXPECT_TRUE(shows(ran, "\\| r2  0x1000 bytes, own, writable, added by op 1 ")) << ran.all();
}

// The worker is gone; what was before is looked at in another one.
TEST_F(RunTrace, OfACrashTheMapBeforeIsDrawn) {
  const Ran ran = trace(
      "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n  region 0x3000 0x1000 own\n}\nwrite m r0.start 8 unique\nread m r0.end+8 4\nread m "
      "r0.start 4\n",
      flat("crash"));
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_TRUE(shows(ran, "\n +0  write m r0\\.start 8 unique +0x1000 ")) << ran.all();
  EXPECT_TRUE(shows(ran, "\n--> +1  read m r0\\.end\\+8 4 ")) << ran.all();
  EXPECT_NE(ran.out.find("memory when op 1 ran"), std::string::npos) << ran.all();
  EXPECT_TRUE(shows(ran, ": hole  0x1000 bytes +:  <== op 1 at 0x2008, bytes 0 to 3\n")) << ran.all();
  EXPECT_NE(ran.out.find("killed by SIGABRT"), std::string::npos) << ran.all();
  EXPECT_TRUE(is_sanitized() || shows(ran, "\n  crash: #[0-9]+ +libflat\\.so\\+0x[0-9a-f]+")) << ran.all();
}

TEST_F(RunTrace, OfALongProgramWhatMattersIsShown) {
  std::string text = "gmp 1\nmemory {\n  region 0x10000 0x2000 own\n}\nread m r0.start 4\nread m r0.start 4\n";
  for (int i = 2; i < 8190; ++i) text += i == 4000 ? "write m r0.start+0x100 64 unique\n" : "read m r0.start 4\n";
  text += "read m r0.start+0x110 3\nread m r0.start 4\n";
  const Ran ran = trace(text, "mutant:canary");
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_LT(count_of(ran.out, "\n"), 120u) << "of 8192 operations";
  for (const char* row : {"\n +0  read m", "\n +4000  write m r0\\.start\\+256 64 unique", "\n--> 8190  read m", "\n +8191  read m"})
    EXPECT_TRUE(shows(ran, row)) << row << ran.all();
  EXPECT_TRUE(shows(ran, "\n    \\.\\.\\. operations 8 to 3999 left out\n")) << ran.all();
}

}  // namespace
}  // namespace gmc
