// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the commands have in common: a backend in a worker, messages, a progress line.
#ifndef GMCHECK_HARNESS_CLI_SESSION_H
#define GMCHECK_HARNESS_CLI_SESSION_H

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "harness/campaign/supervisor.h"
#include "harness/cli/exit_code.h"

namespace gmc {

// The file of a --profile. The error is the user's: `file:line` and what is wrong there.
[[nodiscard]] Result<Profile> load_profile(const std::string& file);

// Starts gmcheck-worker, or this binary as a worker where backends were linked into it, for the backend that `backend` names. `profile`:
// not null where it counts instead of the backend's own.
[[nodiscard]] std::expected<std::unique_ptr<Supervisor>, CannotStart> start_backend(std::string_view backend, unsigned workers,
                                                                                    const Profile* profile = nullptr);

// What the backend did, "crashed when it was opened: SIGSEGV", or why it cannot be opened here.
[[nodiscard]] std::string text_of(const CannotStart& why);

// Prints why there is no supervisor, and answers the exit code: what has a verdict is the backend's failure, everything else is unusable.
[[nodiscard]] ExitCode report_cannot_start(const CannotStart& why);

// One line on standard error: "gmcheck: cause".
void complain(std::string_view cause);
inline void complain(const Error& error) { complain(error.text()); }

// A line on standard error that is overwritten by the next one; nothing where that is no terminal.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::string_view line);
  void clear();

 private:
  bool is_terminal_;
  bool is_shown_ = false;
};

// True where standard output shows colours: a terminal, and NO_COLOR is not set.
[[nodiscard]] bool wants_colours();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_SESSION_H
