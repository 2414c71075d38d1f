// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck as a user runs it: a process, with what it printed and how it ended.
#ifndef GMCHECK_HARNESS_CLI_TEST_GMCHECK_PROCESS_H
#define GMCHECK_HARNESS_CLI_TEST_GMCHECK_PROCESS_H

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gmc {

struct Ran {
  int code = -1;  // 256 + the signal where one ended it
  std::string out;
  std::string err;

  // Standard output and error, for failure messages.
  [[nodiscard]] std::string all() const { return "exit " + std::to_string(code) + "\n" + out + err; }
};

// A folder of its own for each test, gone at the end; gmcheck runs in it.
class GmcheckTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // `environment`: NAME=value, added to this process's own without its GoogleTest variables. `streams`: where its standard input comes from
  // and its standard output goes to; without an output it is read into Ran::out.
  struct Streams {
    std::string input;
    std::string output;
    std::string binary;  // instead of the one that was built
  };
  [[nodiscard]] Ran gmcheck(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {},
                            const Streams& streams = {"/dev/null", "", ""}) const;
  [[nodiscard]] std::filesystem::path folder() const { return folder_; }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path folder_;
};

// A whole file; "" where it cannot be read.
[[nodiscard]] std::string text_of_file(const std::filesystem::path& path);

// The path of a plugin that the build made: "flat", "example_c".
[[nodiscard]] std::string plugin(const std::string& name);

// True where `text` is one line, with its newline.
[[nodiscard]] bool is_one_line(const std::string& text);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_TEST_GMCHECK_PROCESS_H
