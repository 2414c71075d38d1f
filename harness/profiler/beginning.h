// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a backend is looked at with of which nothing is known: a profile that claims as little as can be.
#ifndef GMCHECK_HARNESS_PROFILER_BEGINNING_H
#define GMCHECK_HARNESS_PROFILER_BEGINNING_H

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/campaign/supervisor.h"
#include "harness/program/layout.h"
#include "harness/program/profile.h"

namespace gmc {

// A profile to begin with. No conforming backend lacks what it claims, as far as nothing is observed yet.
struct Beginning {
  std::string_view name;
  std::string_view lines;  // of its profile
  bool is_at_zero;         // its region begins at address 0; else there is a memory elsewhere
};

// The one that claims least first; the others in case there is no memory under that.
[[nodiscard]] std::span<const Beginning> beginnings();
[[nodiscard]] Profile profile_to_begin_with(const Beginning& beginning);

// A backend under a profile that is as good as none, and a memory that it has there.
struct Begun {
  std::unique_ptr<Supervisor> supervisor;
  const Beginning* beginning = nullptr;
  std::optional<Layout> plain;      // none where the backend has a layout of its own
  std::vector<std::string> failed;  // "NAME: cause", of the beginnings before it
};

using StartSupervisor = std::function<std::expected<std::unique_ptr<Supervisor>, CannotStart>(const Profile& profile)>;

// Opens the backend and has one plain memory after another made, written and read, until one is as it should be. The error names each
// beginning that was tried, with its cause; a backend that dies when it is opened is not opened again.
[[nodiscard]] std::expected<Begun, CannotStart> begin_from_nothing(const StartSupervisor& start);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROFILER_BEGINNING_H
