// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck profile --from-nothing on whole memories whose own profile is thrown away: what it writes is one to conform to.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "harness/cli/test/conformance_run.h"
#include "harness/profiler/draft.h"
#include "harness/profiler/values.h"

namespace gmc {
namespace {

using Reasons = std::map<std::string, std::string>;

struct Memory {
  std::string name;
  std::string backend;
  std::string findings;  // the folder of what gmcheck finds in it, in corpora; "" for nothing
  // Lines of which the written profile says something else than the memory declares, and why. All others are the same.
  Reasons others;
};

void PrintTo(const Memory& memory, std::ostream* out) { *out << memory.name; }

const std::string kUnseen = "this version drives nothing that shows it";
const std::string kSilent = "no answer shows it, only that nothing goes wrong";
const std::string kSorted = "only sorted layouts are accepted, so that two values explain the same and the one that asks less is taken";
const std::string kIdle = "what only a root has is neither refuted nor shown in other spaces";

const std::vector<Memory>& memories() {
  static const std::vector<Memory> memories = {
      {"mmap",
       "mmap",
       "",
       {{"spaces_outlive", kSilent},
        {"regions_max", "no layout has as many regions"},
        {"typed_atomic_sizes", kUnseen},
        {"guard_pages", kUnseen}}},
      {"vm_memory",
       plugin("gmcheck_vm_memory"),
       "vm-memory-0.10.0",
       {{"spaces_outlive", kSilent},
        {"concurrency", kUnseen},
        {"pointer_lifetime", kUnseen},
        {"iteration_order", kSorted},
        {"region.region_api", kIdle},
        {"range.region_api", kIdle},
        {"range.error_detail", "the line for all spaces explains it as well"}}},
      {"unicorn", plugin("gmcheck_unicorn"), "unicorn-2.0.1", {{"iteration_order", "it is by base, which is not documented"}}},
  };
  return memories;
}

class FromNothing : public ConformanceRun, public testing::WithParamInterface<Memory> {
 protected:
  void SetUp() override {
    ConformanceRun::SetUp();
    const Memory& memory = GetParam();
    if (memory.backend.contains('/') && !std::filesystem::exists(memory.backend)) GTEST_SKIP() << memory.backend << " is not built";
  }

  [[nodiscard]] Profile declared() const {
    const Ran ran = gmcheck({"backends", GetParam().backend});
    std::istringstream lines(ran.out);
    std::string text;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("    ")) text += line + "\n";
    }
    auto profile = Profile::parse(text, "declared");
    EXPECT_TRUE(profile.has_value()) << ran.all();
    return profile.value_or(Profile{});
  }

  // "GM-FD-002 read_from_partial stream_count", of those that are expected.
  [[nodiscard]] std::set<std::string> expected() const {
    std::set<std::string> signatures;
    if (GetParam().findings.empty()) return signatures;
    const std::filesystem::path folder = std::filesystem::path(GMC_SOURCE_DIR) / "corpora/findings" / GetParam().findings;
    const Json json = Json::parse(text_of_file(folder / "expected.json"), nullptr, false);
    for (const Json& finding : json.at("findings")) signatures.insert(signature_of(finding));
    return signatures;
  }
  [[nodiscard]] static std::string signature_of(const Json& finding) {
    return fmt::format("{} {} {}", finding.at("clause").get<std::string>(), finding.at("operation").get<std::string>(),
                       finding.at("part").get<std::string>());
  }

  // Each line that either has, and each switch, once.
  void expect_floor(const Profile& written) const {
    const Draft own(declared()), now(written);
    std::set<std::string> names;
    for (const SwitchShape& one : switch_shapes()) names.emplace(one.name);
    for (const Draft* draft : {&own, &now}) {
      for (const std::string& line : draft->lines_of_kinds()) names.insert(line);
    }
    Reasons others = GetParam().others;
    for (const std::string& name : names) {
      const bool is_listed = others.erase(name) > 0;
      EXPECT_EQ(own.get(name) != now.get(name), is_listed) << name << ": declared " << own.get(name) << ", written " << now.get(name)
                                                           << (is_listed ? ": it needs no reason any more" : ": nothing says why");
    }
    EXPECT_TRUE(others.empty()) << others.begin()->first << " is no line of either";
  }

  // The comment at the head names each switch, once.
  static void expect_comment(const std::string& text) {
    std::istringstream lines(text);
    std::multiset<std::string> named;
    for (std::string line; std::getline(lines, line) && line.starts_with('#');) {
      if (!line.starts_with("#   ")) continue;
      std::istringstream words(line.substr(1));
      const bool is_list = line.find(" = ") == std::string::npos;
      for (std::string word; words >> word && (named.insert(word), is_list);) {
      }
    }
    for (const SwitchShape& one : switch_shapes()) EXPECT_EQ(named.count(std::string(one.name)), 1u) << one.name << "\n" << text;
  }
};

TEST_P(FromNothing, ProfileThatIsWrittenIsOneToConformTo) {
  const std::string& backend = GetParam().backend;
  const Ran ran = gmcheck({"profile", "--backend", backend, "--from-nothing", "--write", "observed"});
  ASSERT_EQ(ran.code, 0) << ran.all();
  const std::string text = text_of_file(file("observed"));
  const auto written = Profile::parse(text, "observed");
  ASSERT_TRUE(written.has_value()) << written.error().text();
  expect_floor(*written);
  expect_comment(text);

  const Ran conformed = conform(backend, {"--profile", "observed", "--allow-unreached"});
  EXPECT_LE(conformed.code, 1) << conformed.all();
  const std::set<std::string> known = expected();
  for (const Json& finding : report().at("findings")) EXPECT_TRUE(known.contains(signature_of(finding))) << finding.dump(2) << "\n" << text;
  for (const Json& suite : report().at("suites")) EXPECT_EQ(suite.at("skipped_programs"), 0) << suite.dump(2);
}

INSTANTIATE_TEST_SUITE_P(, FromNothing, testing::ValuesIn(memories()), [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace gmc
