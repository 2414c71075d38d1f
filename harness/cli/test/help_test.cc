// SPDX-License-Identifier: Apache-2.0 OR MIT
// What --help promises is tested: every option of every sub-command stands in some test.
#include <filesystem>
#include <regex>
#include <set>

#include "harness/cli/test/gmcheck_process.h"

namespace gmc {
namespace {

namespace files = std::filesystem;

// The texts of all tests that run gmcheck, but for this one.
std::string texts_of_tests() {
  std::string text;
  for (const char* folder : {GMC_SOURCE_DIR "/harness/cli/test", GMC_SOURCE_DIR "/ci/tests"}) {
    for (const auto& entry : files::directory_iterator(folder)) {
      const files::path& path = entry.path();
      if ((path.extension() == ".cc" || path.extension() == ".h" || path.extension() == ".py") && path.filename() != "help_test.cc")
        text += text_of_file(path);
    }
  }
  return text;
}

std::set<std::string> matches_of(const std::string& text, const char* pattern) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex); match != std::sregex_iterator{}; ++match) found.insert((*match)[1]);
  return found;
}

// The left column of a help text: what begins a line behind two blanks.
std::set<std::string> options_of(const std::string& help) {
  std::set<std::string> options;
  for (const std::string& names : matches_of(help, "\n  ((?:-[^ \n]+)+)")) options.merge(matches_of(names, "(--[a-z][a-z-]*)"));
  return options;
}

class Help : public GmcheckTest {
 protected:
  [[nodiscard]] std::set<std::string> subcommands() const {
    const std::string help = gmcheck({"--help"}).out;
    return matches_of(help.substr(help.find("Subcommands:")), "\n  ([a-z]+) ");
  }
};

TEST_F(Help, ListsTheSubcommands) {
  EXPECT_EQ(subcommands(),
            (std::set<std::string>{"backends", "conformance", "diff", "explain", "merge", "minimize", "new", "power", "profile", "run"}));
}

TEST_F(Help, EveryOptionStandsInATest) {
  const std::string tests = texts_of_tests();
  const auto is_named = [&](const std::string& option) { return std::regex_search(tests, std::regex(option + "(?![a-z-])")); };
  ASSERT_FALSE(is_named("--such-an-option-is-nowhere"));
  std::set<std::string> options = options_of(gmcheck({"--help"}).out);
  EXPECT_TRUE(options.contains("--version"));
  for (const std::string& command : subcommands()) {
    const Ran ran = gmcheck({command, "--help"});
    EXPECT_EQ(ran.code, 0) << ran.all();
    options.merge(options_of(ran.out));
  }
  EXPECT_TRUE(options.contains("--report-dir"));
  EXPECT_TRUE(options.contains("--no-github")) << "of a flag that can be taken back both names are options";
  EXPECT_GT(options.size(), 18u);
  for (const std::string& option : options) EXPECT_TRUE(is_named(option)) << option << " is in a --help and in no test";
}

}  // namespace
}  // namespace gmc
