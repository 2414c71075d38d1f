// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck backends: what is there, what it says of itself, and why something is not available.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/counted.h"
#include "harness/cli/built_ins.h"
#include "harness/cli/commands.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/report/printable.h"
#include "properties/suite.h"

namespace gmc {

namespace {

// "52 clauses apply, 4 do not, 3 of its 40 switches differ from the defaults" is what a list has room for.
std::string summary(const Profile& profile) {
  std::size_t applying = 0, others = 0;
  for (const Suite& suite : suites()) {
    for (const Clause clause : clauses_of(suite)) {
      if (info(clause).state != ClauseState::kChecked) continue;
      ++(why_not(suite, profile, clause) ? others : applying);
    }
  }
  const std::string text = profile.print();
  return fmt::format("{}, {} not; {} of profile", counted(applying, "clause applies", "clauses apply"), counted(others, "does", "do"),
                     counted(std::count(text.begin(), text.end(), '\n'), "line"));
}

void print_whole(const Profile& profile) {
  const std::string lines = profile.print();
  for (std::string_view text = lines; !text.empty();) {
    const std::size_t end = text.find('\n');
    say("    {}\n", text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

// False where it cannot be had.
bool show(std::string_view backend, std::string_view what, bool whole) {
  auto supervisor = start_backend(backend, 1);
  say("{}{}{}\n", printable_line(backend), what.empty() ? "" : ": ", what);
  if (!supervisor) {
    say("  not available: {}\n", printable_line(text_of(supervisor.error())));
    return false;
  }
  const Supervisor& opened = **supervisor;
  say("  {} {}; {}\n", printable_line(opened.opened().name), printable_line(opened.opened().version), summary(opened.profile()));
  if (whole) print_whole(opened.profile());
  return true;
}

ExitCode list(const std::vector<std::string>& wanted) {
  if (wanted.empty()) {
    for (const BuiltIn& built_in : built_ins()) {
      // A family has no member without a name.
      if (built_in.what.starts_with(std::string(built_in.name) + ":")) {
        say("{}\n", built_in.what);
      } else {
        static_cast<void>(show(built_in.name, built_in.what, false));
      }
    }
    return ExitCode::kPassed;
  }
  ExitCode code = ExitCode::kPassed;
  for (const std::string& backend : wanted) {
    if (!show(backend, "", true)) code = ExitCode::kUnusable;
  }
  return code;
}

}  // namespace

void add_backends(CLI::App& app, Action& action) {
  auto wanted = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("backends", "What is there, with its profile");
  command->add_option("B", *wanted, "Backends to show with their whole profile; without any, all that are built in");
  command->callback([wanted, &action] { action = [wanted] { return list(*wanted); }; });
}

}  // namespace gmc
