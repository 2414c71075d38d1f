// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck run: replays programs, expected beside got.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "harness/base/counted.h"
#include "harness/cli/commands.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/program/text.h"
#include "harness/report/clause_text.h"
#include "harness/report/folder.h"
#include "harness/report/line_up.h"
#include "harness/report/printable.h"
#include "harness/report/report.h"
#include "harness/report/waiver.h"

namespace gmc {

namespace {

struct Options {
  std::vector<std::string> files;
  std::string backend;
  std::string profile;
  bool trace = false;
};

struct Named {
  std::string file;
  Document document;
};

Result<Named> load(const std::string& file) {
  GMC_TRY(text, read_file(file));
  GMC_TRY(document, read_program(text, file));
  return Named{file, document};
}

std::set<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::set<std::string> words;
  for (std::string word; stream >> word;) words.insert(word);
  return words;
}

// Why the program is not for this profile, or "": a line `# requires: SWITCH = VALUE` that does not hold. Of a set, its members have to be
// among those that the profile has.
std::string unmet(const Document& document, const Profile& profile) {
  for (const std::string_view line : document.headers("requires")) {
    const std::size_t equals = line.find('=');
    const auto name = words_of(line.substr(0, equals));
    if (equals == std::string_view::npos || name.size() != 1) continue;
    const std::string has = switch_text(profile.root(), *name.begin());
    const std::set<std::string> there = words_of(has);
    for (const std::string& word : words_of(line.substr(equals + 1))) {
      if (!there.contains(word)) return fmt::format("it requires {}, and the backend has {} = {}", line, *name.begin(), has);
    }
  }
  return "";
}

bool holds(const ExpectedOutcome& expected, const GmcOutcome& outcome) {
  const auto is = [](const std::optional<std::uint64_t>& field, bool has, std::uint64_t value) {
    return !field || (has && *field == value);
  };
  return expected.status == outcome.status && is(expected.count, (outcome.flags & GMC_HAS_COUNT) != 0, outcome.count) &&
         is(expected.address, (outcome.flags & GMC_HAS_ADDRESS) != 0, outcome.address) && is(expected.value, true, outcome.value);
}

// The outcomes that the file gives and that did not come, by operation.
std::map<std::uint32_t, std::string> missed_outcomes(const Document& document, const Trace& trace) {
  std::map<std::uint32_t, std::string> missed;
  for (const TraceLine& line : trace.lines) {
    if (line.index >= document.outcomes.size() || !document.outcomes[line.index]) continue;
    const ExpectedOutcome& expected = *document.outcomes[line.index];
    if (line.was_skipped || !holds(expected, line.outcome)) missed[line.index] = "the file says " + print_outcome(expected);
  }
  return missed;
}

ExitCode replay(const Named& named, Supervisor& supervisor, bool in_detail) {
  const std::string file = printable_line(named.file);
  if (const std::string why = unmet(named.document, supervisor.profile()); !why.empty()) {
    say("{}: skipped: {}\n", file, why);
    return ExitCode::kNothing;
  }
  const auto trace = supervisor.replay(named.document.program, in_detail);
  if (!trace) {
    complain(trace.error());
    return ExitCode::kUnusable;
  }
  const auto missed = missed_outcomes(named.document, *trace);
  const std::vector<std::uint32_t> mentioned = trace->detail ? trace->detail->mentioned : std::vector<std::uint32_t>{};
  say("{}\n{}", file,
      in_detail ? line_up_in_detail(named.document, trace->lines, trace->finding, mentioned, missed)
                : line_up(named.document, trace->lines, trace->finding, missed));
  if (!trace->skip_reason.empty()) {
    say("  skipped: {}\n", printable_line(trace->skip_reason));
    return ExitCode::kNothing;
  }
  if (trace->detail) say_text(text_of(*trace->detail));
  if (trace->finding) {
    const Finding& f = *trace->finding;
    say("  {} {}: expected {}, got {}\n{}", id(f.clause), word_of(f), printable_line(f.expected), printable_line(f.got),
        wrapped(clause_text(f.clause).text, 120, 2));
    say("  in a waiver: [{}]\n", text_of(key_of(f)));
    if (!f.note.empty()) say("  backend: {}\n", printable_line(f.note));
    say_text(back_trace_text(f));
  } else {
    say("  backend and reference agree{}\n",
        missed.empty() ? "" : fmt::format(", and {} not the file's", counted(missed.size(), "outcome is", "outcomes are")));
  }
  return trace->finding || !missed.empty() ? ExitCode::kFailed : ExitCode::kPassed;
}

ExitCode run(const Options& options) {
  // All of them are read before the first is run.
  std::vector<Named> programs;
  for (const std::string& file : options.files) {
    auto named = load(file);
    if (!named) {
      complain(named.error());
      return ExitCode::kUsage;
    }
    programs.push_back(*std::move(named));
  }
  std::optional<Profile> profile;
  if (!options.profile.empty()) {
    auto loaded = load_profile(options.profile);
    if (!loaded) {
      complain(loaded.error());
      return ExitCode::kUsage;
    }
    profile = *std::move(loaded);
  }
  auto supervisor = start_backend(options.backend, 1, profile ? &*profile : nullptr);
  if (!supervisor) return report_cannot_start(supervisor.error());
  // Programs that are not for this backend do not matter beside others that are.
  ExitCode code = ExitCode::kNothing;
  bool ran_any = false;
  for (const Named& named : programs) {
    const ExitCode one = replay(named, **supervisor, options.trace);
    if (one != ExitCode::kNothing && !ran_any) code = ExitCode::kPassed;
    ran_any = ran_any || one != ExitCode::kNothing;
    if (one != ExitCode::kNothing) code = worse(code, one);
  }
  return code;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run", "Replays programs, expected beside got");
  command->add_option("FILE", options->files, "Programs (.gmp)")->required();
  command->add_option("--backend", options->backend, "The backend to run them on")->required()->type_name("B");
  command->add_option("--profile", options->profile, "A profile that counts instead of the backend's own")->type_name("FILE");
  command->add_flag("--trace", options->trace,
                    "Shows where each operation goes, and of a finding the map as it was, the bytes that are wrong, and who wrote them");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace gmc
