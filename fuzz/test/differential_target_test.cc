// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fuzz/differential_target.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "harness/program/byte_form.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

namespace files = std::filesystem;

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  const auto document = read_program(text, "test");
  EXPECT_TRUE(document.has_value()) << document.error().text();
  std::vector<std::uint8_t> bytes;
  encode_bytes(document->program, bytes);
  return bytes;
}

std::unique_ptr<DifferentialTarget> open(const FuzzSettings& settings) {
  auto target = DifferentialTarget::open(settings);
  EXPECT_TRUE(target.has_value()) << target.error().text();
  return std::move(*target);
}

constexpr std::string_view kWritten =
    "gmp 1\nmemory {\n  region 0x1000 0x2000 own\n}\nwrite m 0x1000 9 unique\nread m 0x1000 9\nzero_all m\n";

TEST(DifferentialTarget, MutatedProgramsAgreeOnTheProductAndOnTheNaiveMemory) {
  const auto target = open({});
  std::vector<std::vector<std::uint8_t>> corpus = {{}};
  Random random(11);
  for (int i = 0; i < 600; ++i) {
    std::vector<std::uint8_t> data = corpus[random.below(static_cast<std::uint32_t>(corpus.size()))];
    const std::size_t size = data.size();
    data.resize(4096);
    const auto changed = target->mutate(data, size, random.next());
    if (!changed) continue;
    data.resize(*changed);
    target->run(data);
    corpus.push_back(data);
  }
  EXPECT_GT(target->compared(), 200u);
}

using DifferentialDeathTest = testing::Test;

// Right in every answer, and in every run another one.
TEST(DifferentialDeathTest, DifferenceThatOneProfileDoesNotExplainIsFound) {
  const files::path folder = files::temp_directory_path() / fmt::format("gmc_differential_test.{}", getpid());
  files::create_directory(folder);
  const FuzzSettings settings{
      .backend = "mutant:count_of_the_run", .second_backend = "mutant:count_of_the_run", .findings = folder.string()};
  const auto bytes = bytes_of(kWritten);
  EXPECT_DEATH(open(settings)->run(bytes), "GM-INV-003 violated: the count of zero_all m");
  std::size_t saved = 0;
  for (const auto& entry : files::directory_iterator(folder)) {
    std::ifstream in(entry.path());
    const std::string text(std::istreambuf_iterator<char>(in), {});
    EXPECT_TRUE(read_program(text, "saved").has_value()) << text;
    ++saved;
  }
  EXPECT_EQ(saved, 1u);
  files::remove_all(folder);
}

TEST(DifferentialDeathTest, WhoeverBreaksTheContractIsNamed) {
  const auto bytes = bytes_of(kWritten);
  EXPECT_DEATH(open({.backend = "mmap", .second_backend = "mutant:canary"})->run(bytes), "GM-RW-001 violated by mutant:canary");
  EXPECT_DEATH(open({.backend = "mutant:canary", .second_backend = "mmap"})->run(bytes), "GM-RW-001 violated by mutant:canary");
}

TEST(DifferentialTarget, BackendsThatHaveNothingInCommonAreAnError) {
  const auto target = DifferentialTarget::open({.backend = "mmap", .second_backend = "mmap:layout=own"});
  ASSERT_FALSE(target.has_value());
  EXPECT_NE(target.error().text().find("mmap and mmap:layout=own: "), std::string::npos) << target.error().text();
  EXPECT_FALSE(DifferentialTarget::open({.second_backend = "nmap"}).has_value());
}

TEST(DifferentialTarget, TakesTheSecondBackendFromTheEnvironment) {
  setenv("GMC_FUZZ_SECOND_BACKEND", "mmap:fail=nothing", 1);
  EXPECT_EQ(settings_from_environment().second_backend, "mmap:fail=nothing");
  unsetenv("GMC_FUZZ_SECOND_BACKEND");
  EXPECT_EQ(settings_from_environment().second_backend, "naive");
}

}  // namespace
}  // namespace gmc
