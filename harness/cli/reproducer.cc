// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/reproducer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include "harness/campaign/processes.h"
#include "harness/emit/emit.h"
#include "harness/report/folder.h"
#include "harness/report/printable.h"
#include "harness/report/report.h"
#include "harness/runner/plugin.h"

namespace gmc {

namespace {

namespace files = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kCompileMax{60};
constexpr std::chrono::seconds kRunMax{10};

// $CC, or of the usual names the first that stands in $PATH.
std::optional<std::string> find_compiler() {
  std::vector<std::string> names = {"cc", "gcc", "clang", "clang-19"};
  if (const char* const chosen = std::getenv("CC"); chosen != nullptr && *chosen != '\0') names = {chosen};
  const char* const path = std::getenv("PATH");
  for (const std::string& name : names) {
    if (name.contains('/')) {
      if (::access(name.c_str(), X_OK) == 0) return name;
      continue;
    }
    std::istringstream folders(path == nullptr ? "" : path);
    for (std::string folder; std::getline(folders, folder, ':');) {
      const std::string file = folder + "/" + name;
      if (::access(file.c_str(), X_OK) == 0) return file;
    }
  }
  return std::nullopt;
}

// Where gmcheck.h is: as installed, or where the build keeps it.
std::optional<std::string> find_header() {
  std::error_code error;
  const files::path above = files::read_symlink("/proc/self/exe", error).parent_path().parent_path();
  for (const files::path& prefix : {above, above / "package"}) {
    if (files::exists(prefix / GMC_INCLUDEDIR / "gmcheck.h", error)) return (prefix / GMC_INCLUDEDIR).string();
  }
  return std::nullopt;
}

// Its wait status; what it prints goes to `output`. None: it cannot be started, or is ended since its time is up.
std::optional<int> run_for(const std::string& path, std::vector<std::string> arguments, const std::string& output,
                           std::chrono::seconds most) {
  const Descriptor file(::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.is_open()) return std::nullopt;
  const auto pid = launch(
      {.path = path, .arguments = std::move(arguments), .marker = "", .output = file.get(), .channel = file.get(), .recorder = file.get()});
  if (!pid) return std::nullopt;
  const auto deadline = Clock::now() + most;
  int status = 0;
  bool has_ended = false;
  while (!has_ended && Clock::now() < deadline) {
    has_ended = ::waitpid(*pid, &status, WNOHANG) == *pid;
    if (!has_ended) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (!has_ended) {
    ::kill(*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
  }
  kill_descendants(*pid, "");
  return has_ended ? std::optional(status) : std::nullopt;
}

// What stands on the lines of `output` that a reproducer wrote itself, in one line.
std::string said(const std::string& output) {
  const auto text = read_file(output);
  std::vector<std::string> lines;
  std::istringstream stream(text ? *text : "");
  for (std::string line; std::getline(stream, line) && lines.size() < 3;) {
    if (line.starts_with("  backend: ")) continue;
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin != std::string::npos) lines.push_back(line.substr(begin));
  }
  return printable_line(fmt::format("{}", fmt::join(lines, ", ")));
}

}  // namespace

Result<std::string> reproducer_of(const std::string& file, const ParsedText& parsed, const std::string& backend,
                                  const Supervisor& supervisor, const Trace& trace) {
  GMC_TRY(spec, BackendSpec::parse(backend));
  EmitRequest request{.file = file,
                      .parsed = parsed,
                      .backend = backend,
                      .config = spec.config,
                      .profile = supervisor.profile(),
                      .offers = supervisor.opened().offers,
                      .adopted = supervisor.opened().adopted,
                      .seen = {}};
  request.seen.resize(parsed.document.program.ops.size());
  for (const TraceLine& line : trace.lines) {
    if (line.index < request.seen.size() && !line.was_skipped) request.seen[line.index] = line.outcome.status;
  }
  return emit_c(request);
}

std::string try_reproducer(const std::string& file, const std::string& backend) {
  const auto not_tried = [&](std::string_view why) { return fmt::format("in C: {} (not tried: {})", file, why); };
  const auto spec = BackendSpec::parse(backend);
  if (!spec) return not_tried(spec.error().text());
  if (!spec->name.contains('/') && !spec->name.ends_with(".so")) return not_tried(spec->name + " is built in, and no library");
  const auto compiler = find_compiler();
  if (!compiler) return not_tried("there is no C compiler");
  const auto header = find_header();
  if (!header) return not_tried("gmcheck.h is not installed here");
  std::error_code error;
  const std::string program = files::absolute(file + ".run", error).string();
  const std::string output = file + ".out";
  const std::string library = files::absolute(spec->name, error).string();
  const auto compiled = run_for(*compiler, {"-std=c11", "-g", "-I", *header, file, "-o", program}, output, kCompileMax);
  std::string line;
  if (!compiled || !WIFEXITED(*compiled) || WEXITSTATUS(*compiled) != 0) {
    line = not_tried("it does not compile: " + said(output));
  } else {
    const auto ran = run_for(program, {library, spec->config}, output, kRunMax);
    const std::string words = said(output);
    constexpr int kNoBackend = 2;
    const bool agrees = ran && WIFEXITED(*ran) && WEXITSTATUS(*ran) != 1;
    if (agrees && WEXITSTATUS(*ran) == kNoBackend) {
      line = not_tried(words);
    } else {
      line = fmt::format("in C: {}, {}: {}", file, agrees ? "which does not show it here" : "which shows it",
                         !ran                ? "it does not end"
                         : WIFSIGNALED(*ran) ? fmt::format("{} (signal {})", words, WTERMSIG(*ran))
                                             : words);
    }
    line += fmt::format("\n  cc -std=c11 -g -I {} {} -o reproducer && ./reproducer {}{}", shell_word(*header), shell_word(file),
                        shell_word(library), spec->config.empty() ? "" : " " + shell_word(spec->config));
  }
  files::remove(program, error);
  files::remove(output, error);
  return line;
}

}  // namespace gmc
