// SPDX-License-Identifier: Apache-2.0 OR MIT
// The faults that were planted at operators, and what is known of those that nothing finds. That the others are found is tested by workers
// (cli/test/power_test.cc): many of them crash.
#include "harness/backends/operators/operators.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "harness/campaign/power/hunt.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

std::unique_ptr<Backend> open(std::string_view name, std::string_view config) {
  const std::string text = fmt::format("{}{}{}", name, config.empty() ? "" : ",", config);
  auto opened = Backend::open(BackendSpec{.name = "operator", .config = text}, gmc_operators_plugin());
  EXPECT_TRUE(opened.has_value()) << opened.error().text();
  return opened ? std::move(*opened) : nullptr;
}

// What is wrong with it, or nothing.
std::string found(std::string_view name, std::string_view config, std::uint64_t programs, std::uint64_t seed = power_seed()) {
  const auto backend = open(name, config);
  if (backend == nullptr) return "cannot be opened";
  const Hunted hunted = hunt(*backend, std::nullopt, {.seed = seed, .programs_max = programs});
  EXPECT_EQ(hunted.skipped, 0u) << name << " " << config;
  if (!hunted.first) return "";
  return fmt::format("{} under `{}`: {}: expected {}, got {}", name, config, id(hunted.first->clause), hunted.first->expected,
                     hunted.first->got);
}

TEST(OperatorFaults, TheCopyWithoutOneIsRight) {
  for (const std::string_view config : operator_configs()) EXPECT_EQ(found("none", config, 20'000 * power_scale()), "");
}

TEST(OperatorFaults, ThereAreSomeInEveryFileOfTheCore) {
  std::set<std::string_view> names, files;
  for (const OperatorFault& fault : operator_faults()) {
    EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
    files.insert(fault.name.substr(0, fault.name.find('-')));
  }
  for (const char* file :
       {"access", "bitset", "dirty_log", "layout", "mapping", "memory", "page_rights", "policy", "region", "space", "walk"}) {
    EXPECT_TRUE(files.contains(file)) << file;
  }
  EXPECT_GT(names.size(), 500u);
  EXPECT_FALSE(operators_left_alone().empty());
}

TEST(OperatorTriage, EveryRowIsOfAFaultAndHasAReason) {
  for (const std::string_view name : stale_triage()) ADD_FAILURE() << name << " is in triage.def, and there is no such fault";
  for (const OperatorFault& fault : operator_faults()) EXPECT_EQ(fault.triage == Triage::kNone, fault.reason.empty()) << fault.name;
}

// A little of each here, and always the same: a new seed may find one that has survived so far, which is no fault of the commit that it
// came from. `gmcheck power --operators` runs more, with the seed of the night.
TEST(OperatorTriage, NothingIsFoundThatItCallsUnfound) {
  for (const OperatorFault& fault : operator_faults()) {
    if (has_to_be_found(fault.triage)) continue;
    for (const std::string_view config : operator_configs())
      EXPECT_EQ(found(fault.name, config, 200 * power_scale(), kPowerSeed), "") << fault.what;
  }
}

TEST(OperatorPlugin, OneFaultCanBeOpenAtATime) {
  const auto first = open("none", "");
  ASSERT_NE(first, nullptr);
  EXPECT_NE(open("none", "own=memfd"), nullptr);
  const std::string other(operator_faults().front().name);
  const auto second = Backend::open(BackendSpec{.name = "operator", .config = other}, gmc_operators_plugin());
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().text().find("another operator is wrong in this process"), std::string::npos) << second.error().text();
}

TEST(OperatorPlugin, AnUnknownNameIsRefused) {
  const auto unknown = Backend::open(BackendSpec{.name = "operator", .config = "walk-next-lt"}, gmc_operators_plugin());
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().text().find("`walk-next-lt` is no operator"), std::string::npos) << unknown.error().text();
}

}  // namespace
}  // namespace gmc
