// SPDX-License-Identifier: Apache-2.0 OR MIT
// Supervisors for the tests beside this file.
#ifndef GMCHECK_HARNESS_CAMPAIGN_TEST_SESSION_H
#define GMCHECK_HARNESS_CAMPAIGN_TEST_SESSION_H

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "harness/base/sanitizer.h"
#include "harness/campaign/supervisor.h"

namespace gmc {

inline std::string test_path(const char* variable) {
  const char* path = std::getenv(variable);
  return path != nullptr ? path : std::string("not set: ") + variable;
}

inline SupervisorOptions options_for(const std::string& backend) {
  SupervisorOptions options;
  options.worker.worker_path = test_path("GMC_TEST_WORKER");
  options.worker.backend = *BackendSpec::parse(backend);
  options.worker.limits.hang_ms = is_sanitized() ? 3000 : 500;
  options.worker.limits.open_ms = options.worker.limits.hang_ms;
  options.worker.limits.resident_bytes = std::uint64_t{512} << 20;
  return options;
}

// The plugin of hostile.cc, doing `act@place`.
inline SupervisorOptions hostile(const std::string& what) { return options_for(test_path("GMC_TEST_HOSTILE") + ":" + what); }

inline std::unique_ptr<Supervisor> started(SupervisorOptions options) {
  auto supervisor = Supervisor::start(std::move(options));
  if (!supervisor) {
    ADD_FAILURE() << supervisor.error().error.text();
    return nullptr;
  }
  return *std::move(supervisor);
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_TEST_SESSION_H
