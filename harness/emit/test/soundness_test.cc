// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is emitted of generated programs, compiled and run on the product: nothing that it answers may be called wrong. To compile takes a
// third of a second a program, so ci/nightly runs it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "harness/backends/mmap/mmap.h"
#include "harness/base/random.h"
#include "harness/emit/emit.h"
#include "harness/generate/generator.h"
#include "harness/program/text.h"
#include "harness/runner/backend.h"
#include "harness/runner/memory.h"
#include "harness/streams/scripted_stream.h"

namespace gmc {
namespace {

namespace files = std::filesystem;

constexpr int kPrograms = 24;  // of each configuration

std::uint64_t seed_of_run() {
  const char* const set = std::getenv("GMCHECK_SEED");
  return set == nullptr ? 1 : std::strtoull(set, nullptr, 16);
}

// Its exit code; 256 and more: a signal ended it.
int run(const std::string& line) {
  const int status = std::system(line.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

class Soundness : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (run("gcc --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no gcc";
    std::string pattern = (files::temp_directory_path() / "gmcheck-emit-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    if (!folder_.empty()) files::remove_all(folder_);
  }
  // What the emitted program says of the product.
  [[nodiscard]] int verdict(const Backend& backend, const Layout& adopted, const Program& program) const {
    const auto parsed = parse_text(print(program), "program");
    EXPECT_TRUE(parsed.has_value());
    const auto source = emit_c({.file = "program",
                                .parsed = *parsed,
                                .backend = backend.name(),
                                .config = GetParam(),
                                .profile = backend.profile(),
                                .offers = backend.offers(),
                                .adopted = adopted,
                                .seen = {}});
    EXPECT_TRUE(source.has_value()) << source.error().text();
    std::ofstream(folder_ / "program.c") << *source;
    const std::string here = folder_.string();
    EXPECT_EQ(run(fmt::format("gcc -std=c11 -O0 -Wall -Wextra -Werror -I {}/harness/abi/include {}/program.c -o {}/program", GMC_SOURCE_DIR,
                              here, here)),
              0);
    return run(fmt::format("{}/program {}/libproduct.so >{}/said 2>&1", here, GMC_PLUGINS, here));
  }
  [[nodiscard]] std::string said() const {
    std::ifstream in(folder_ / "said");
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  files::path folder_;
};

TEST_P(Soundness, NothingThatTheProductAnswersIsCalledWrong) {
  const auto backend = Backend::open(BackendSpec{"mmap", GetParam()}, gmc_mmap_plugin());
  ASSERT_TRUE(backend.has_value()) << backend.error().text();
  GeneratorSettings settings;
  if ((*backend)->profile().root().layout == LayoutSource::kOwn) {
    const auto adopted = adopted_layout(**backend);
    ASSERT_TRUE(adopted.has_value()) << adopted.error().text();
    settings.adopted = *adopted;
  }
  Generator generator((*backend)->profile(), settings);
  Program program;
  int decided = 0;
  for (int i = 0; i < kPrograms; ++i) {
    generator.begin(mix(seed_of_run() + static_cast<std::uint64_t>(i)));
    generator.next(program);
    for (Op& op : program.ops) {
      if (has_stream(op.kind)) op.stream = without_script(op.stream, takes_from_stream(op.kind));
    }
    const int code = verdict(**backend, settings.adopted, program);
    // 4: it has chosen another answer than this source goes on from.
    EXPECT_TRUE(code == 0 || code == 4) << code << "\n" << said() << print(program);
    if (code == 0) ++decided;
  }
  EXPECT_GE(decided, kPrograms / 2);
}

INSTANTIATE_TEST_SUITE_P(Configurations, Soundness,
                         testing::Values("", "own=memfd,fail=nothing,origin=region", "dirty=explicit,ranges=views", "layout=own,faults=all",
                                         "dirty=explicit,granule=64,rights=page,map=cow", "iova=65536,pointers=whole,fd=stop"));

}  // namespace
}  // namespace gmc
