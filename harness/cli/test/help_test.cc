// SPDX-License-Identifier: Apache-2.0 OR MIT
// What --help promises is tested: every option of every subcommand stands in some test of that subcommand.
#include <algorithm>
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
  EXPECT_EQ(subcommands(), (std::set<std::string>{"backends", "conformance", "corpus", "diff", "emit", "explain", "fuzz", "merge",
                                                  "minimize", "new", "power", "profile", "run", "vectors"}));
}

// Whether some test has the option not far behind the subcommand's name, or a helper's that begins like it.
bool is_tested(const std::string& tests, const std::string& command, const std::string& option) {
  constexpr std::size_t kNear = 400;  // bytes
  constexpr std::size_t kBegins = 7;  // `conform` runs conformance
  for (std::size_t at = tests.find(option); at != std::string::npos; at = tests.find(option, at + 1)) {
    const char next = tests[at + option.size()];
    if (next == '-' || (next >= 'a' && next <= 'z')) continue;
    const std::string before = tests.substr(at - std::min(at, kNear), std::min(at, kNear));
    if (std::regex_search(before, std::regex("\\b" + command.substr(0, kBegins)))) return true;
  }
  return false;
}

TEST_F(Help, EveryOptionStandsInATestOfItsSubcommand) {
  const std::string tests = texts_of_tests();
  EXPECT_FALSE(is_tested(tests, "conformance", "--such-an-option-is-nowhere"));
  EXPECT_FALSE(is_tested("x({\"profile\", \"--budgets\"}) ", "profile", "--budget"));
  EXPECT_FALSE(is_tested("x({\"minimize\", \"--budget\"}) ", "profile", "--budget"));
  EXPECT_TRUE(options_of(gmcheck({"--help"}).out).contains("--version"));
  std::size_t count = 0;
  for (const std::string& command : subcommands()) {
    const Ran ran = gmcheck({command, "--help"});
    EXPECT_EQ(ran.code, 0) << ran.all();
    std::set<std::string> options = options_of(ran.out);
    EXPECT_EQ(options.erase("--help"), 1u) << command;
    count += options.size();
    for (const std::string& option : options)
      EXPECT_TRUE(is_tested(tests, command, option)) << command << " --help has " << option << ", and no test";
    if (command == "merge") {
      EXPECT_TRUE(options.contains("--no-github")) << "of a flag that can be taken back both names are options";
    }
  }
  EXPECT_GT(count, 40u);
}

}  // namespace
}  // namespace gmc
