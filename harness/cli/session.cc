// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "harness/cli/built_ins.h"
#include "harness/report/folder.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

namespace files = std::filesystem;

struct WorkerCommand {
  std::string path;
  std::vector<std::string> first_arguments;
};

// Beside this binary, as the build leaves it; or where an installation has it, from the binary's folder. The installed tree may be moved.
Result<WorkerCommand> find_worker() {
  std::error_code error;
  const files::path self = files::read_symlink("/proc/self/exe", error);
  if (error) return fail("/proc/self/exe", error.message());
  if (has_linked_built_ins()) return WorkerCommand{self.string(), {GMC_WORKER_ARGUMENT}};
  const files::path folder = self.parent_path();
  for (const files::path& worker : {folder / "gmcheck-worker", folder.parent_path() / GMC_LIBEXEC / "gmcheck/gmcheck-worker"}) {
    if (files::exists(worker, error)) return WorkerCommand{worker.string(), {}};
  }
  return fail((folder / "gmcheck-worker").string(),
              "gmcheck needs its worker beside it or in ../" GMC_LIBEXEC "/gmcheck, and there is no such file");
}

}  // namespace

Result<Profile> load_profile(const std::string& file) {
  GMC_TRY(text, read_file(file));
  return Profile::parse(text, file);
}

std::expected<std::unique_ptr<Supervisor>, CannotStart> start_backend(std::string_view backend, unsigned workers, const Profile* profile) {
  const auto no = [](const Error& error) { return std::unexpected(CannotStart{.error = error, .finding = std::nullopt}); };
  auto spec = BackendSpec::parse(backend);
  if (!spec) return no(spec.error());
  auto worker = find_worker();
  if (!worker) return no(worker.error());
  SupervisorOptions options;
  options.worker.worker_path = worker->path;
  options.worker.first_arguments = worker->first_arguments;
  options.worker.backend = *spec;
  if (profile != nullptr) options.worker.profile_text = profile->print();
  options.workers = workers;
  return Supervisor::start(std::move(options));
}

std::string text_of(const CannotStart& why) {
  if (!why.finding) return why.error.cause;
  const std::string deed =
      why.finding->verdict == Verdict::kViolation ? "violated " + id(why.finding->clause) : std::string(name(why.finding->verdict));
  return fmt::format("{} when it was opened: {}", deed, why.error.cause);
}

ExitCode report_cannot_start(const CannotStart& why) {
  if (!why.finding) {
    complain(why.error);
    return ExitCode::kUnusable;
  }
  complain(fmt::format("{}: the backend {}", why.error.place, text_of(why)));
  return ExitCode::kFailed;
}

// Where standard error cannot be written there is nowhere to say so: the exit code has to do.
void complain(std::string_view cause) { std::fputs(fmt::format("gmcheck: {}\n", printable_line(cause)).c_str(), stderr); }

ProgressLine::ProgressLine() : is_terminal_(::isatty(STDERR_FILENO) != 0) {}

void ProgressLine::show(std::string_view line) {
  if (!is_terminal_) return;
  std::fputs(fmt::format("\r\033[K{}", line).c_str(), stderr);
  std::fflush(stderr);
  is_shown_ = true;
}

void ProgressLine::clear() {
  if (!std::exchange(is_shown_, false)) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

bool wants_colours() { return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

}  // namespace gmc
