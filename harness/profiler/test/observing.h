// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the tests of the observer have in common: a supervisor over a backend, and what was seen as a line.
#ifndef GMCHECK_HARNESS_PROFILER_TEST_OBSERVING_H
#define GMCHECK_HARNESS_PROFILER_TEST_OBSERVING_H

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "harness/profiler/observer.h"

namespace gmc {

using Config = std::map<std::string, std::string>;

// Null after a failure that the test reports. `profile`: instead of the backend's own.
inline std::unique_ptr<Supervisor> started(const std::string& backend, const std::optional<Profile>& profile = {}) {
  SupervisorOptions options;
  options.worker.worker_path = std::getenv("GMC_TEST_WORKER");
  options.worker.backend = *BackendSpec::parse(backend);
  if (profile) options.worker.profile_text = profile->print();
  options.workers = 1;
  auto supervisor = Supervisor::start(std::move(options));
  if (!supervisor) {
    ADD_FAILURE() << backend << ": " << supervisor.error().error.text();
    return nullptr;
  }
  return *std::move(supervisor);
}

inline std::string text_of(const ObservedSwitch& one) {
  std::string text = fmt::format("{}{} (declared: {})", one.differs ? "! " : "", one.name, one.declared);
  for (const std::string& value : one.values) text += fmt::format(" [{}]", value);
  if (!one.why_not.empty()) text += " not observed: " + one.why_not;
  for (const std::string& member : one.untold) text += fmt::format(" ({} untold)", member);
  return text + (one.evidence.empty() ? "" : "; " + one.evidence);
}

// What the memory says of itself: the contract's own names, as its config has them.
inline Profile profile_of(const Config& config) {
  std::string text;
  for (const auto& [name, value] : config) text += fmt::format("{} = {}\n", name, value);
  auto profile = Profile::parse(text, "test");
  EXPECT_TRUE(profile.has_value()) << profile.error().text();
  return profile.value_or(Profile{});
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROFILER_TEST_OBSERVING_H
