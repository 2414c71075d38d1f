// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fuzz/lockstep_target.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
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

std::unique_ptr<LockstepTarget> open(const FuzzSettings& settings) {
  auto target = LockstepTarget::open(settings);
  EXPECT_TRUE(target.has_value()) << target.error().text();
  return std::move(*target);
}

// As an engine without coverage would drive it: a corpus that grows, mutations of its members.
TEST(LockstepTarget, MutatedProgramsActInsideMemory) {
  const auto target = open({});
  std::vector<std::vector<std::uint8_t>> corpus = {{}};
  Random random(7);
  for (int i = 0; i < 6000; ++i) {
    std::vector<std::uint8_t> data = corpus[random.below(static_cast<std::uint32_t>(corpus.size()))];
    const std::size_t size = data.size();
    data.resize(4096);
    const auto changed = target->mutate(data, size, random.next());
    if (!changed) continue;
    data.resize(*changed);
    target->run(data);
    if (corpus.size() < 200) {
      corpus.push_back(data);
    } else {
      corpus[random.below(200)] = data;
    }
  }
  const RunStatistics& statistics = target->statistics();
  const double share = static_cast<double>(statistics.inside) / static_cast<double>(statistics.operations);
  RecordProperty("inside", fmt::format("{:.3f} of {}", share, statistics.operations));
  EXPECT_GT(statistics.operations, 50000u);
  EXPECT_GE(share, 0.60);
}

// What is new is not to be one operation among thirty old ones.
TEST(LockstepTarget, EveryOtherChildBeginsAnew) {
  const auto target = open({});
  const auto parent = bytes_of(
      "gmp 1\nmemory {\n  region 0x1000 0x4000 own\n}\nfill m 0x1234 77 0x5b\nfill m 0x1234 77 0x5b\nfill m 0x1234 77 0x5b\n"
      "fill m 0x1234 77 0x5b\nfill m 0x1234 77 0x5b\nfill m 0x1234 77 0x5b\n");
  int children = 0;
  int with_parents_operations = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    std::vector<std::uint8_t> data = parent;
    data.resize(4096);
    const auto changed = target->mutate(data, parent.size(), mix(seed));
    if (!changed) continue;
    Program program;
    decode_bytes(std::span(data).first(*changed), program);
    ++children;
    with_parents_operations += std::ranges::any_of(program.ops, [](const Op& op) { return op.size == 77 && op.data.byte == 0x5b; }) ? 1 : 0;
  }
  EXPECT_GT(children, 300);
  EXPECT_GT(with_parents_operations * 3, children);
  EXPECT_LT(with_parents_operations * 3, children * 2);
}

// The last byte of a read of an odd number of bytes is wrong.
constexpr const char* kMutant = "mutant:canary";
constexpr std::string_view kShows = R"(gmp 1
memory {
  region 0x1000 0x2000 own
}
write m 0x1000 9 unique
read m 0x1000 9
)";

class Findings : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = files::temp_directory_path() / fmt::format("gmc_fuzz_test.{}", getpid());
    files::create_directory(folder_);
  }
  void TearDown() override { files::remove_all(folder_); }
  [[nodiscard]] std::vector<std::string> saved() const {
    std::vector<std::string> texts;
    for (const auto& entry : files::directory_iterator(folder_)) {
      std::ifstream in(entry.path());
      texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return texts;
  }

  files::path folder_;
};

using FindingsDeathTest = Findings;

TEST_F(FindingsDeathTest, IsSavedBeforeTheProcessEnds) {
  const auto bytes = bytes_of(kShows);
  const FuzzSettings settings{.backend = kMutant, .findings = folder_.string()};
  EXPECT_DEATH(open(settings)->run(bytes), "GM-RW-001 violated by mutant");
  const auto texts = saved();
  ASSERT_EQ(texts.size(), 1u);
  EXPECT_NE(texts[0].find("GM-RW-001"), std::string::npos) << texts[0];
  EXPECT_TRUE(read_program(texts[0], "saved").has_value()) << texts[0];
}

TEST_F(Findings, EndsNothingWhereItIsToGoOn) {
  const auto bytes = bytes_of(kShows);
  const auto target = open({.backend = kMutant, .findings = folder_.string(), .keeps_going = true});
  target->run(bytes);
  EXPECT_EQ(saved().size(), 1u);
  const std::uint64_t skipped = target->statistics().skipped;
  target->run(bytes);
  EXPECT_GT(target->statistics().skipped, skipped) << "the cell of a finding is steered round";
}

TEST(LockstepTarget, BackendThatThereIsNotIsAnErrorWithItsName) {
  const auto target = LockstepTarget::open({.backend = "nmap"});
  ASSERT_FALSE(target.has_value());
  EXPECT_NE(target.error().text().find("nmap"), std::string::npos) << target.error().text();
}

TEST(LockstepTarget, ProfileThatCannotBeReadIsAnError) { EXPECT_FALSE(LockstepTarget::open({.profile_file = "/nowhere"}).has_value()); }

TEST(Settings, ComeFromTheEnvironment) {
  setenv("GMC_FUZZ_BACKEND", "naive", 1);
  setenv("GMC_FUZZ_KEEP_GOING", "1", 1);
  setenv("GMC_FUZZ_GUIDANCE", "0", 1);
  const FuzzSettings settings = settings_from_environment();
  EXPECT_EQ(settings.backend, "naive");
  EXPECT_TRUE(settings.keeps_going);
  EXPECT_FALSE(settings.is_guided);
  for (const char* name : {"GMC_FUZZ_BACKEND", "GMC_FUZZ_KEEP_GOING", "GMC_FUZZ_GUIDANCE"}) unsetenv(name);
  EXPECT_EQ(settings_from_environment().backend, "mmap");
  EXPECT_TRUE(settings_from_environment().is_guided);
}

}  // namespace
}  // namespace gmc
