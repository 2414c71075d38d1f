// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck emit: a program as C that stands alone.
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "harness/cli/commands.h"
#include "harness/cli/reproducer.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/program/text.h"
#include "harness/report/folder.h"

namespace gmc {

namespace {

struct Options {
  std::string file;
  std::string backend = "mmap";
  std::string profile;
  std::string output;
};

ExitCode refuse(const Error& error, ExitCode code) {
  complain(error);
  return code;
}

ExitCode emit(const Options& options) {
  const auto text = read_file(options.file);
  if (!text) return refuse(text.error(), ExitCode::kUsage);
  if (const auto valid = read_program(*text, options.file); !valid) return refuse(valid.error(), ExitCode::kUsage);
  const auto parsed = parse_text(*text, options.file);
  if (!parsed) return refuse(parsed.error(), ExitCode::kUsage);
  std::optional<Profile> profile;
  if (!options.profile.empty()) {
    const auto loaded = load_profile(options.profile);
    if (!loaded) return refuse(loaded.error(), ExitCode::kUsage);
    profile = *loaded;
  }
  auto supervisor = start_backend(options.backend, 1, profile ? &*profile : nullptr);
  if (!supervisor) return report_cannot_start(supervisor.error());
  const auto trace = (*supervisor)->replay(parsed->document.program);
  if (!trace) return refuse(trace.error(), ExitCode::kUnusable);
  if (!trace->skip_reason.empty()) return refuse({options.file, trace->skip_reason}, ExitCode::kNothing);
  const auto source = reproducer_of(options.file, *parsed, options.backend, **supervisor, *trace);
  if (!source) return refuse(source.error(), ExitCode::kNothing);
  if (options.output.empty()) {
    say_text(*source);
  } else if (const auto written = write_file(options.output, *source); !written) {
    return refuse(written.error(), ExitCode::kUnusable);
  }
  return ExitCode::kPassed;
}

}  // namespace

void add_emit(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("emit", "Writes a program as C11 that needs gmcheck.h alone: its calls, and what each may answer");
  command->add_option("FILE", options->file, "A program (.gmp)")->required();
  command->add_option("--backend", options->backend, "Whose profile says what may be answered, and whose choices are followed")
      ->type_name("B")
      ->capture_default_str();
  command->add_option("--profile", options->profile, "A profile that counts instead of the backend's own")->type_name("FILE");
  command->add_option("-o,--out", options->output, "Where it goes; without it to standard output")->type_name("FILE.c");
  command->callback([options, &action] { action = [options] { return emit(*options); }; });
}

}  // namespace gmc
