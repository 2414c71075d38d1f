// SPDX-License-Identifier: Apache-2.0 OR MIT
// The cells that are said to be reachable are those that there are: nothing that a program meets, whatever the backend and its profile,
// lies outside of them.
#include "harness/reference/reachable_cells.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "harness/adapters/reference/reference_plugin.h"
#include "harness/backends/mmap/mmap.h"
#include "harness/backends/variants/variants.h"
#include "harness/campaign/power/hunt.h"
#include "harness/generate/generator.h"
#include "harness/generate/profiles_for_test.h"
#include "harness/program/text.h"
#include "harness/reference/coverage_cell.h"
#include "harness/runner/executor.h"
#include "harness/runner/memory.h"

namespace gmc {
namespace {

// Keeps what is met, and where a cell was met first.
class Cells : public Observer {
 public:
  void on_run(const Program& program, const Reference& reference) override {
    program_ = &program;
    reference_ = &reference;
  }
  void on_operation(std::uint32_t index, const Expectation& expectation, const Answer& answer, const Judgement& judgement) override {
    if (judgement.violation) return;
    const std::uint32_t cell = number_of(coverage_cell_of(*reference_, expectation, answer.outcome));
    if (std::ranges::binary_search(reachable_, cell) || !met_.insert(cell).second) {
      met_inside_.insert(cell);
      return;
    }
    if (met_.size() > 8) return;
    Program until = *program_;
    until.ops.resize(index + 1);
    ADD_FAILURE() << text_of(cell_of_number(cell)) << "\nis said to be out of reach, and was met by the last operation of\n"
                  << print(until);
  }
  void on_skipped(std::uint32_t) override {}

  explicit Cells(const std::vector<std::uint32_t>& reachable) : reachable_(reachable) {}
  [[nodiscard]] std::size_t met() const { return met_inside_.size(); }
  [[nodiscard]] std::size_t outside() const { return met_.size(); }

 private:
  const std::vector<std::uint32_t>& reachable_;
  std::unordered_set<std::uint32_t> met_;  // and not reachable
  std::unordered_set<std::uint32_t> met_inside_;
  const Program* program_ = nullptr;
  const Reference* reference_ = nullptr;
};

void expect_only_reachable(const std::string& name, const std::string& config, const GmcPlugin* table) {
  const auto backend = Backend::open(BackendSpec{.name = name, .config = config}, table);
  ASSERT_TRUE(backend.has_value()) << backend.error().text();
  GeneratorSettings settings;
  std::optional<Layout> adopted;
  if ((*backend)->profile().root().layout == LayoutSource::kOwn) {
    auto own = adopted_layout(**backend);
    ASSERT_TRUE(own.has_value()) << own.error().text();
    adopted = settings.adopted = *own;
  }
  const std::clock_t begin = std::clock();
  const std::vector<std::uint32_t> reachable = reachable_cells((*backend)->profile(), (*backend)->offers(), adopted);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  Cells cells(reachable);
  Executor executor(**backend);
  executor.set_observer(&cells);
  Generator generator((*backend)->profile(), settings);
  Program program;
  const std::uint64_t programs = 500 * power_scale();
  for (std::uint64_t n = 0; n < programs; ++n) {
    if (n % 32 == 0) generator.begin(mix(power_seed() + n / 32));
    generator.next(program);
    static_cast<void>(executor.run(program, Compare::kTouched));
  }
  EXPECT_GT(cells.met(), 100u);
  fmt::print("{}:{} {} of {} cells, in {:.2f} s\n", name, config.substr(0, 40), cells.met(), reachable.size(), seconds);
}

// Where windows answer there are thousands of places more, which take seconds: the nightly run has those too.
std::vector<NamedProfile> telling_profiles() {
  std::vector<NamedProfile> profiles = test_profiles();
  if (power_scale() == 1)
    std::erase_if(profiles, [](const NamedProfile& p) { return p.profile.root().hole_kind != HoleKind::kOob && p.name != "window"; });
  return profiles;
}

class Profiles : public testing::TestWithParam<NamedProfile> {};

// The reference's own answers, with what it can serve of the profile.
TEST_P(Profiles, MeetOnlyWhatIsReachable) {
  std::string config;
  const std::string text = GetParam().profile.print();
  for (std::size_t at = 0; at < text.size();) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    at += line.size() + 1;
    // It has no operating system, and the text of a configuration no plus.
    if (line.starts_with("backing") || line.starts_with("file_facts") || line.starts_with("fd_") || line.starts_with("reserved")) continue;
    config += (config.empty() ? "" : ",") + line;
  }
  expect_only_reachable("reference", config, gmc_reference_plugin());
}

INSTANTIATE_TEST_SUITE_P(, Profiles, testing::ValuesIn(telling_profiles()), [](const auto& test) { return test.param.name; });

class MmapCells : public testing::TestWithParam<const char*> {};

TEST_P(MmapCells, AreReachable) { expect_only_reachable("mmap", GetParam(), gmc_mmap_plugin()); }

// Those whose profiles leave what is unusual; the nightly run takes all of them.
std::vector<Variant> telling_variants() {
  std::vector<Variant> chosen;
  for (const Variant& variant : variant_table()) {
    const auto is_named = [&](std::string_view name) { return variant.name == name; };
    constexpr std::string_view kTelling[] = {"pages_only", "windows_in_a_row", "compares_contents", "maps_by_naive"};
    if (power_scale() > 1 || std::ranges::any_of(kTelling, is_named)) chosen.push_back(variant);
  }
  return chosen;
}

// Likewise of configurations.
std::vector<const char*> telling_configurations() {
  if (power_scale() == 1) return {""};
  return {"",
          "own=memfd,fail=nothing,dirty=explicit,origin=region,granule=512",
          "ranges=views,pointers=whole",
          "map=in_place,stale=denied",
          "map=addonly",
          "rights=region",
          "rights=type",
          "rights=guest",
          "layout=own"};
}

INSTANTIATE_TEST_SUITE_P(, MmapCells, testing::ValuesIn(telling_configurations()));

class VariantCells : public testing::TestWithParam<Variant> {};

TEST_P(VariantCells, AreReachable) {
  expect_only_reachable("variant:" + std::string(GetParam().name), std::string(GetParam().config), GetParam().table());
}

INSTANTIATE_TEST_SUITE_P(, VariantCells, testing::ValuesIn(telling_variants()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace gmc
