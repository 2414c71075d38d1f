// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck vectors: programs and what is demanded of a memory that runs them, for readers that have nothing of gmcheck's.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/counted.h"
#include "harness/cli/built_ins.h"
#include "harness/cli/commands.h"
#include "harness/cli/kept_programs.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/cli/vectors.h"
#include "harness/report/folder.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

struct Options {
  std::vector<std::string> programs;
  std::string backend;
  std::string output;
};

ExitCode refuse(const Error& error, ExitCode code) {
  complain(error);
  return code;
}

// The memories that gmcheck brings along alone: they run in this process, which nothing of somebody else's is loaded into.
Result<std::unique_ptr<Backend>> open_built_in(const std::string& backend) {
  GMC_TRY(spec, BackendSpec::parse(backend));
  if (std::ranges::find(built_ins(), spec.name, &BuiltIn::name) == built_ins().end())
    return fail(backend, "vectors are made on what is built in");
  GMC_TRY(table, load_plugin(spec, built_ins()));
  return Backend::open(spec, table);
}

ExitCode write_vectors(const Options& options) {
  std::vector<KeptProgram> programs;
  for (const std::string& path : options.programs) {
    auto read = read_programs(path);
    if (!read) return refuse(read.error(), ExitCode::kUsage);
    programs.insert(programs.end(), read->begin(), read->end());
  }
  std::optional<ReportFolder> folder;
  if (!options.output.empty()) {
    auto opened = ReportFolder::open(options.output);
    if (!opened) return refuse(opened.error(), ExitCode::kUnusable);
    folder = *std::move(opened);
  }
  std::size_t written = 0;
  for (const KeptProgram& program : programs) {
    const auto backend = open_built_in(options.backend.empty() ? backend_of(program.document) : options.backend);
    if (!backend) return refuse(backend.error(), ExitCode::kUsage);
    const auto vector = vector_of(program, **backend);
    if (!vector) return refuse(vector.error(), ExitCode::kFailed);
    if (vector->json.empty()) {
      complain(Error{program.path, "no vector: " + printable_line(vector->why_not)});
      continue;
    }
    ++written;
    if (!folder) {
      say_text(vector->json);
    } else if (const auto done = folder->write(program.name + ".json", vector->json); !done) {
      return refuse(done.error(), ExitCode::kUnusable);
    }
  }
  if (folder) say("{} of {}\n", counted(written, "vector"), counted(programs.size(), "program"));
  return written > 0 ? ExitCode::kPassed : ExitCode::kNothing;
}

}  // namespace

void add_vectors(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("vectors", "Writes programs and what they demand of any memory as JSON");
  command->add_option("PROGRAM", options->programs, "Programs (.gmp), or folders of them")->required();
  command->add_option("--backend", options->backend, "The built-in backend whose profile counts, instead of what each program names")
      ->type_name("B");
  command->add_option("-o,--output", options->output, "The folder that they go to, a file for each; without it to standard output")
      ->type_name("DIR");
  command->callback([options, &action] { action = [options] { return write_vectors(*options); }; });
}

}  // namespace gmc
