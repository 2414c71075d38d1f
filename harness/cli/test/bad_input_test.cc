// SPDX-License-Identifier: Apache-2.0 OR MIT
// What users and machines get wrong: one clear line with cause and place, the documented exit code, and no half-written file.
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <thread>

#include "harness/cli/test/gmcheck_process.h"

namespace gmc {
namespace {

namespace files = std::filesystem;

// ------------------------------------------------------------------------------------------------------------------------- Plugins

struct BadPlugin {
  const char* name;   // of the plugin, or a path where it has a slash
  const char* place;  // what the line says
  const char* cause;
};

void PrintTo(const BadPlugin& bad, std::ostream* out) { *out << bad.name; }

class BadPlugins : public GmcheckTest, public testing::WithParamInterface<BadPlugin> {};

TEST_P(BadPlugins, AreRefusedInOneLine) {
  const std::string name = GetParam().name;
  const Ran ran = gmcheck({"conformance", "--backend", name.contains('/') ? name : plugin(name), "--programs", "64"});
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
  EXPECT_NE(ran.err.find(GetParam().place), std::string::npos) << ran.all();
  EXPECT_NE(ran.err.find(GetParam().cause), std::string::npos) << ran.all();
  EXPECT_TRUE(files::is_empty(folder()));
}

INSTANTIATE_TEST_SUITE_P(Plugins, BadPlugins,
                         testing::Values(BadPlugin{"./nowhere.so", "nowhere.so: ", "there is no such file"},
                                         BadPlugin{"/proc/version", "/proc/version: ", "cannot be loaded"},
                                         BadPlugin{"malformed_no_entry", "malformed_no_entry.so: ", "does not export gmc_plugin"},
                                         BadPlugin{"malformed_null_table", "malformed_null_table.so: ", "answered null"},
                                         BadPlugin{"malformed_wrong_version", "malformed_wrong_version.so: ", "ABI version"},
                                         BadPlugin{"malformed_short_table", "malformed_short_table.so: ", "bytes; version"},
                                         BadPlugin{"malformed_short_group", "malformed_short_group.so: ", "the table of group 'memory'"},
                                         BadPlugin{"malformed_null_claimed",
                                                   "malformed_null_claimed.so: ", "'reset = yes', and the entry 'reset' is null"},
                                         BadPlugin{"malformed_no_destroy", "malformed_no_destroy.so: ", "'destroy'"},
                                         BadPlugin{"malformed_bad_line", "profile:2: ", "this line says nothing"},
                                         BadPlugin{"malformed_unknown_switch", "profile:3: ", "did you mean 'cross_region'"},
                                         BadPlugin{"malformed_contradiction", "profile:2: ", "dirty_bitmap_api = yes"}),
                         [](const auto& tested) {
                           std::string name = tested.param.name;
                           std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
                           return name;
                         });

class BadInput : public GmcheckTest {
 protected:
  // Exit code and one line of standard error that contains all of `parts`.
  void expect_refusal(const Ran& ran, int code, const std::vector<std::string>& parts) const {
    EXPECT_EQ(ran.code, code) << ran.all();
    EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
    for (const std::string& part : parts) EXPECT_NE(ran.err.find(part), std::string::npos) << part << "\n" << ran.all();
  }
};

TEST_F(BadInput, UnknownBuiltInIsRefusedWithTheNamesThatThereAre) {
  expect_refusal(gmcheck({"conformance", "--backend", "nmap"}), 3, {"nmap: ", "mmap, mutant, naive"});
}

TEST_F(BadInput, ConfigThatABackendDoesNotKnowIsRefused) {
  expect_refusal(gmcheck({"run", "--backend", "mmap:granule=3", "p.gmp"}), 2, {"p.gmp: "});
  write("p.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nread m r0.start 8\n");
  expect_refusal(gmcheck({"run", "--backend", "mmap:granule=3", "p.gmp"}), 3, {"mmap:granule=3: ", "granule"});
}

TEST_F(BadInput, BackendThatCannotServeHereSaysWhy) {
  expect_refusal(gmcheck({"conformance", "--backend", plugin("flat") + ":closed"}), 3,
                 {"flat.so:closed: ", "unsupported", "no such device here"});
  const Ran shown = gmcheck({"backends", plugin("flat") + ":closed"});
  EXPECT_EQ(shown.code, 3) << shown.all();
  EXPECT_NE(shown.out.find("not available: "), std::string::npos) << shown.all();
  EXPECT_NE(shown.out.find("no such device here"), std::string::npos) << shown.all();
}

TEST_F(BadInput, BackendThatDiesWhenOpenedHasFailed) {
  const Ran ran = gmcheck({"conformance", "--backend", plugin("flat") + ":dies", "--report-dir", "report"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
  EXPECT_NE(ran.err.find("crashed when it was opened"), std::string::npos) << ran.all();
  EXPECT_NE(text_of_file(folder() / "report/report.json").find("\"verdict\": \"crashed\""), std::string::npos);
}

TEST_F(BadInput, BackendThatAnswersNoStatusWhenOpenedHasFailed) {
  const Ran ran = gmcheck({"conformance", "--backend", plugin("flat") + ":babbles", "--report-dir", "report"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_TRUE(is_one_line(ran.err)) << ran.all();
  EXPECT_NE(ran.err.find("flat.so:babbles: the backend violated GM-INV-001 when it was opened: cannot be opened (status 99, which"),
            std::string::npos)
      << ran.all();
  EXPECT_NE(text_of_file(folder() / "report/report.json").find("\"verdict\": \"violation\""), std::string::npos);
}

// ------------------------------------------------------------------------------------------------------------------------ Programs

TEST_F(BadInput, EveryMalformedProgramIsRefusedWithItsPlace) {
  std::size_t count = 0;
  for (const auto& entry : files::directory_iterator(GMC_SOURCE_DIR "/corpora/malformed")) {
    if (entry.path().extension() != ".gmp") continue;
    ++count;
    expect_refusal(gmcheck({"run", entry.path().string(), "--backend", "naive"}), 2, {"gmcheck: " + entry.path().string() + ":"});
  }
  EXPECT_GT(count, 50u);
}

TEST_F(BadInput, MissingProgramIsRefused) {
  expect_refusal(gmcheck({"run", "missing.gmp", "--backend", "naive"}), 2, {"missing.gmp: ", "No such file"});
  expect_refusal(gmcheck({"minimize", "missing.gmp", "--backend", "naive"}), 2, {"missing.gmp: ", "No such file"});
  expect_refusal(gmcheck({"run", ".", "--backend", "naive"}), 2, {".: ", "Is a directory"});
}

TEST_F(BadInput, FileWithoutEndIsRefused) {
  const std::string more = "/dev/zero: cannot be read: it has more than ";
  expect_refusal(gmcheck({"run", "/dev/zero", "--backend", "naive"}), 2, {more + "64 MiB"});
  expect_refusal(gmcheck({"conformance", "--backend", "naive", "--waivers", "/dev/zero"}), 2, {more + "64 MiB"});
  expect_refusal(gmcheck({"conformance", "--backend", "naive", "--profile", "/dev/zero"}), 2, {more + "64 MiB"});
  expect_refusal(gmcheck({"conformance", "--backend", "naive", "--baseline", "/dev/zero"}), 2, {more + "256 MiB"});
  for (const char* option : {"--waivers", "--profile", "--baseline"})
    expect_refusal(gmcheck({"conformance", "--backend", "naive", option, "."}), 2, {".: cannot be read: Is a directory"});
}

TEST_F(BadInput, FileThatIsAPipeIsRead) {
  write("p.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nread m r0.start 8\n");
  EXPECT_EQ(gmcheck({"run", "/dev/stdin", "--backend", "naive"}, {}, {.input = file("p.gmp"), .output = "", .binary = ""}).code, 0);
  const std::string pipe = file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe) << text_of_file(file("p.gmp")); });
  const Ran ran = gmcheck({"run", pipe, "--backend", "naive"});
  writer.join();
  EXPECT_EQ(ran.code, 0) << ran.all();
}

TEST_F(BadInput, NothingIsRunWhereOneOfSeveralProgramsIsMalformed) {
  write("good.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nread m r0.start 8\n");
  write("bad.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nread m r0.start\n");
  const Ran ran = gmcheck({"run", "good.gmp", "bad.gmp", "--backend", "naive"});
  expect_refusal(ran, 2, {"bad.gmp:5:"});
  EXPECT_EQ(ran.out, "");
}

// --------------------------------------------------------------------------------------------------------------------- Command line

TEST_F(BadInput, CommandLineThatMakesNoSenseEndsAtOnce) {
  EXPECT_EQ(gmcheck({}).code, 2);
  EXPECT_EQ(gmcheck({"nonsense"}).code, 2);
  EXPECT_EQ(gmcheck({"conformance"}).code, 2);
  EXPECT_EQ(gmcheck({"conformance", "--backend", "mmap", "--jobs", "0"}).code, 2);
  EXPECT_EQ(gmcheck({"conformance", "--backend", "mmap", "--programs", "10", "--budget", "3"}).code, 2);
  EXPECT_EQ(gmcheck({"--help"}).code, 0);
  expect_refusal(gmcheck({"conformance", "--backend", "mmap", "--sed=1"}), 2, {"--sed=1", "no such option"});
  expect_refusal(gmcheck({"conformance", "--backend", "mmap", "--seed", "soon"}), 2, {"--seed: 'soon'"});
  expect_refusal(gmcheck({"conformance", "--backend", "mmap"}, {"GMCHECK_SEED=soon"}), 2, {"GMCHECK_SEED: 'soon'"});
  expect_refusal(gmcheck({"conformance", "--backend", "mmap"}, {"GTEST_TOTAL_SHARDS=2", "GTEST_SHARD_INDEX=2"}), 2,
                 {"GTEST_SHARD_INDEX", "'2'"});
  expect_refusal(gmcheck({"conformance", "--backend", "mmap", "--select", ","}), 2, {"gmcheck: --select: "});
  expect_refusal(gmcheck({"conformance"}), 2, {"gmcheck: --backend is required"});
  expect_refusal(gmcheck({"run", "p.gmp", "--backend", "mmap", "--sed=1"}), 2, {"gmcheck: ", "--sed=1"});
  expect_refusal(gmcheck({"explain", "GM-RW-999"}), 2, {"'GM-RW-999' is no clause"});
}

TEST_F(BadInput, UnknownCommandIsAnsweredWithTheNearestAndTheList) {
  // All that --help lists, by name.
  const std::string help = gmcheck({"--help"}).out;
  const std::string commands = help.substr(help.find("Subcommands:"));
  const std::regex command("\n  ([a-z]+) ");
  std::set<std::string> names;
  for (std::sregex_iterator match(commands.begin(), commands.end(), command); match != std::sregex_iterator{}; ++match)
    names.insert((*match)[1]);
  EXPECT_GE(names.size(), 10u) << help;
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "; there are " : ", ") + name;
  list += "\n";
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--backend", "mmap"}, {"--help"}}) {
    std::vector<std::string> arguments = {"nonsense"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = gmcheck(arguments);
    EXPECT_EQ(ran.code, 2) << ran.all();
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, "gmcheck: unknown command 'nonsense'" + list);
  }
  EXPECT_EQ(gmcheck({"conformence"}).err, "gmcheck: unknown command 'conformence' (did you mean 'conformance'?)" + list);
  EXPECT_EQ(gmcheck({""}).err, "gmcheck: unknown command ''" + list);
  EXPECT_EQ(gmcheck({"--nonsense"}).err, "gmcheck: --nonsense: no such option before a command; --help says more\n");
  expect_refusal(gmcheck({}), 2, {"A subcommand is required"});
}

TEST_F(BadInput, EmptySelectionIsNoPass) {
  expect_refusal(gmcheck({"conformance", "--backend", "mmap", "--select", "GM-RW-9*"}), 4, {"--select: 'GM-RW-9*' names no clause"});
  expect_refusal(gmcheck({"conformance", "--backend", "mmap", "--gtest_filter=*GM-ADDR-001*"}), 4, {"--gtest_filter: selects no clause"});
  expect_refusal(gmcheck({"conformance", "--backend", "mmap"}, {"GTEST_FILTER=nothing"}), 4, {"--gtest_filter: selects no clause"});
  expect_refusal(gmcheck({"conformance", "--backend", "mmap", "--select", "XR,-group:XR"}), 4, {"--select: leaves out every clause"});
  // A clause that does not apply is selected, and nothing is decided all the same.
  EXPECT_EQ(gmcheck({"conformance", "--backend", "mmap", "--select", "GM-KVM-*"}).code, 4);
}

TEST_F(BadInput, UnknownClauseOrTagIsAnsweredWithTheNearest) {
  expect_refusal(gmcheck({"conformance", "--backend", "mmap", "--select", "RW,GM-RW-0077"}), 2,
                 {"'GM-RW-0077'", "the nearest is 'GM-RW-007'"});
  expect_refusal(gmcheck({"conformance", "--backend", "mmap", "--select=-swich:partial"}), 2,
                 {"'swich:partial'", "the nearest is 'switch:partial'"});
}

TEST_F(BadInput, EmptyShardOfASelectionThatIsNotEmptyPasses) {
  const std::vector<std::string> arguments = {"conformance", "--backend", "naive", "--select", "GM-ADDR-004", "--programs", "640"};
  EXPECT_EQ(gmcheck(arguments, {"GTEST_TOTAL_SHARDS=2", "GTEST_SHARD_INDEX=0"}).code, 0);
  const Ran empty = gmcheck(arguments, {"GTEST_TOTAL_SHARDS=2", "GTEST_SHARD_INDEX=1"});
  EXPECT_EQ(empty.code, 0) << empty.all();
  EXPECT_EQ(empty.out.find("GM-ADDR-004"), std::string::npos) << empty.all();
}

TEST_F(BadInput, ClauseThatIsNotReachedIsNoPass) {
  // One batch is not enough for what needs a region, a hole and a region in one access.
  std::vector<std::string> arguments = {"conformance", "--backend", "naive", "--select", "GM-XR-003", "--programs", "1", "--seed", "1"};
  const Ran ran = gmcheck(arguments);
  EXPECT_EQ(ran.code, 4) << ran.all();
  EXPECT_NE(ran.out.find("not reached"), std::string::npos) << ran.all();
  arguments.push_back("--allow-unreached");
  EXPECT_EQ(gmcheck(arguments).code, 0);
}

// -------------------------------------------------------------------------------------------------------------------------- Reports

TEST_F(BadInput, ReportFolderThatCannotBeWrittenIsRefusedBeforeTheRun) {
  write("file", "");
  for (const std::string folder : {"file", "file/below", "/proc/gmcheck"}) {
    const Ran ran = gmcheck({"conformance", "--backend", "mmap", "--report-dir", folder});
    expect_refusal(ran, 3, {folder + ": "});
    EXPECT_EQ(ran.out.find("GM-"), std::string::npos) << "it ran all the same\n" << ran.all();
  }
}

TEST_F(BadInput, OutputOnAFullDiskIsAnError) {
  write("p.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nwrite m r0.start 8 imm ff\nread m r0.start 3\n");
  expect_refusal(gmcheck({"minimize", "p.gmp", "--backend", plugin("flat") + ":read_three", "-o", "/dev/full"}), 3,
                 {"/dev/full: ", "No space left on device"});
}

TEST_F(BadInput, StandardOutputOnAFullDiskIsAnErrorWhateverTheCommandSays) {
  write("p.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nwrite m r0.start 8 imm ff\nread m r0.start 3\n");
  const std::string flat = plugin("flat") + ":read_three";
  const std::vector<std::vector<std::string>> commands = {
      {"run", "p.gmp", "--backend", "naive"},
      {"run", "p.gmp", "--backend", flat},
      {"minimize", "p.gmp", "--backend", flat},
      {"explain", "GM-RW-001"},
      {"explain", "GM-*"},  // more than what stdio holds back
      {"backends"},
      {"profile", "--backend", "naive"},
      {"conformance", "--backend", "naive", "--select", "GM-ADDR-004", "--programs", "640"},
      {"conformance", "--backend", "naive", "--gtest_list_tests"},
      {"diff", "p.gmp", "--backend", "naive", "--backend", "mmap"},
      {"--help"},
      {"--version"},
  };
  for (const auto& command : commands) {
    SCOPED_TRACE(testing::PrintToString(command));
    const Ran ran = gmcheck(command, {}, {.input = "/dev/null", .output = "/dev/full", .binary = ""});
    EXPECT_EQ(ran.code, 3) << ran.all();
    EXPECT_TRUE(ran.err.ends_with("gmcheck: standard output cannot be written: No space left on device\n")) << ran.all();
  }
}

TEST_F(BadInput, ReportsAreLeftWhereStandardOutputIsLost) {
  const Ran ran =
      gmcheck({"conformance", "--backend", "naive", "--programs", "64", "--seed", "1", "--allow-unreached", "--report-dir", "report"}, {},
              {.input = "/dev/null", .output = "/dev/full", .binary = ""});
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_NE(text_of_file(folder() / "report/report.json").find("\"exit_code\": 0"), std::string::npos) << ran.all();
}

// /dev/stdout is a link: a file that is renamed over it would be there for everybody.
TEST_F(BadInput, LinkToStandardOutputIsWrittenAndStays) {
  write("p.gmp", "gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nwrite m r0.start 8 imm ff\nread m r0.start 3\n");
  const std::string flat = plugin("flat") + ":read_three", link = "/proc/self/fd/1";
  const Ran ran = gmcheck({"minimize", "p.gmp", "--backend", flat}, {}, {.input = "/dev/null", .output = "", .binary = ""});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_NE(ran.out.find("\ngmp 1\n"), std::string::npos) << ran.all();
  const Ran linked = gmcheck({"minimize", "p.gmp", "--backend", flat, "-o", link}, {}, {.input = "/dev/null", .output = "", .binary = ""});
  EXPECT_EQ(linked.code, 0) << linked.all();
  EXPECT_EQ(linked.out, ran.out);
}

TEST_F(BadInput, FullDiskLeavesNoHalfReport) {
  const std::string disk = file("disk");
  files::create_directory(disk);
  // Two pages: the probe of the folder fits, and no report does.
  if (::mount("none", disk.c_str(), "tmpfs", 0, "size=8k") != 0)
    GTEST_SKIP() << "a full disk is a small tmpfs, and mounting one is not permitted here";
  const Ran ran = gmcheck({"conformance", "--backend", "naive", "--programs", "64", "--report-dir", disk, "--format", "all"});
  std::vector<std::string> left;
  for (const auto& entry : files::directory_iterator(disk)) left.push_back(entry.path().filename().string());
  ::umount(disk.c_str());
  EXPECT_EQ(ran.code, 3) << ran.all();
  EXPECT_NE(ran.err.find("disk/junit.xml: cannot be written: No space left on device"), std::string::npos) << ran.all();
  for (const char* name : {"report.tap", "report.sarif", "report.html", "report.json"})
    EXPECT_NE(ran.err.find(std::string("disk/") + name + ": cannot be written: No space left on device"), std::string::npos) << ran.all();
  EXPECT_EQ(left, std::vector<std::string>{}) << ran.all();
}

}  // namespace
}  // namespace gmc
