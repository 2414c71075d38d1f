// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "harness/report/printable.h"

namespace gmc {

namespace {

Result<std::string> find_worker() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail("/proc/self/exe", error.message());
  const std::filesystem::path worker = self.parent_path() / "gmcheck-worker";
  if (!std::filesystem::exists(worker, error))
    return fail(worker.string(), "gmcheck needs its worker beside it, and there is no such file");
  return worker.string();
}

}  // namespace

std::expected<std::unique_ptr<Supervisor>, CannotStart> start_backend(std::string_view backend, unsigned workers) {
  const auto no = [](const Error& error) { return std::unexpected(CannotStart{.error = error, .finding = std::nullopt}); };
  auto spec = BackendSpec::parse(backend);
  if (!spec) return no(spec.error());
  auto worker = find_worker();
  if (!worker) return no(worker.error());
  SupervisorOptions options;
  options.worker.worker_path = *worker;
  options.worker.backend = *spec;
  options.workers = workers;
  return Supervisor::start(std::move(options));
}

ExitCode report_cannot_start(const CannotStart& why) {
  if (!why.finding) {
    complain(why.error);
    return ExitCode::kUnusable;
  }
  complain(fmt::format("{}: the backend {} when it was opened: {}", why.error.place, name(why.finding->verdict), why.error.cause));
  return ExitCode::kFailed;
}

void complain(std::string_view cause) { fmt::print(stderr, "gmcheck: {}\n", printable_line(cause)); }

ProgressLine::ProgressLine() : is_terminal_(::isatty(STDERR_FILENO) != 0) {}

void ProgressLine::show(std::string_view line) {
  if (!is_terminal_) return;
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
  is_shown_ = true;
}

void ProgressLine::clear() {
  if (!std::exchange(is_shown_, false)) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

bool wants_colours() { return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

}  // namespace gmc
