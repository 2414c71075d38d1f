// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fuzz/settings.h"

#include <cstdlib>
#include <string_view>

namespace gmc {

FuzzSettings settings_from_environment() {
  FuzzSettings settings;
  const auto text = [](const char* name, std::string& value) {
    if (const char* const set = std::getenv(name); set != nullptr && *set != '\0') value = set;
  };
  const auto is = [](const char* name, std::string_view value) {
    const char* const set = std::getenv(name);
    return set != nullptr && set == value;
  };
  text("GMC_FUZZ_BACKEND", settings.backend);
  text("GMC_FUZZ_SECOND_BACKEND", settings.second_backend);
  text("GMC_FUZZ_PROFILE", settings.profile_file);
  text("GMC_FUZZ_FINDINGS", settings.findings);
  text("GMC_FUZZ_STATUS", settings.status);
  settings.keeps_going = is("GMC_FUZZ_KEEP_GOING", "1");
  settings.is_guided = !is("GMC_FUZZ_GUIDANCE", "0");
  return settings;
}

}  // namespace gmc
