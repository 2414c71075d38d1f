// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/test/gmcheck_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>

namespace gmc {

namespace {

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    // What steers this test must not steer what it starts.
    const std::string_view text = *variable;
    if (!text.starts_with("GTEST_") && !text.starts_with("GMCHECK_") && !text.starts_with("GITHUB_")) variables.emplace_back(text);
  }
  variables.insert(variables.end(), added.begin(), added.end());
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

void GmcheckTest::SetUp() {
  std::string pattern = (std::filesystem::temp_directory_path() / "gmcheck-test-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
}

void GmcheckTest::TearDown() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Ran GmcheckTest::gmcheck(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                         const Streams& streams) const {
  const std::filesystem::path kept = std::filesystem::path(folder_.string() + "-streams");
  std::filesystem::create_directories(kept);
  const std::string out = streams.output.empty() ? (kept / "out").string() : streams.output, err = (kept / "err").string();
  std::vector<std::string> words = {streams.binary.empty() ? GMC_BINARY : streams.binary};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment_with(environment);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, streams.input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addchdir_np(&actions, folder_.c_str());
  pid_t pid = 0;
  Ran ran;
  const int error = posix_spawn(&pid, words.front().c_str(), &actions, nullptr, pointers(words).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(error, 0) << words.front();
  int status = 0;
  if (error == 0 && ::waitpid(pid, &status, 0) == pid) ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
  if (streams.output.empty()) ran.out = text_of_file(out);
  ran.err = text_of_file(err);
  std::filesystem::remove_all(kept);
  return ran;
}

void GmcheckTest::write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name, std::ios::binary) << text; }

std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string plugin(const std::string& name) { return GMC_PLUGINS "/lib" + name + ".so"; }

bool is_one_line(const std::string& text) { return std::ranges::count(text, '\n') == 1 && text.ends_with('\n'); }

}  // namespace gmc
