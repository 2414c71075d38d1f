// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck explain: one clause, with what gmcheck knows of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "harness/backends/mutants/mutants.h"
#include "harness/base/counted.h"
#include "harness/cli/commands.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/program/profile.h"
#include "harness/program/public_bugs.h"
#include "harness/program/text.h"
#include "harness/report/clause_text.h"
#include "harness/report/folder.h"
#include "properties/selection.h"

namespace gmc {

namespace {

namespace files = std::filesystem;

// The corpora stand in the source tree: below this folder, or above the folder that the binary was built in.
std::optional<files::path> find_corpora() {
  std::error_code error;
  for (const files::path& start : {files::current_path(error), files::read_symlink("/proc/self/exe", error).parent_path()}) {
    for (files::path folder = start; !folder.empty(); folder = folder.parent_path()) {
      if (files::is_directory(folder / "corpora", error) && files::exists(folder / kContractPath, error)) return folder / "corpora";
      if (folder == folder.parent_path()) break;
    }
  }
  return std::nullopt;
}

struct Example {
  std::string path;
  std::string text;
};

// The shortest program whose comments name the clause.
std::optional<Example> smallest_program(Clause clause) {
  const auto corpora = find_corpora();
  if (!corpora) return std::nullopt;
  std::optional<Example> smallest;
  std::error_code error;
  for (const auto& entry : files::recursive_directory_iterator(*corpora, error)) {
    if (entry.path().extension() != ".gmp" || entry.path().string().contains("/malformed/")) continue;
    const auto text = read_file(entry.path().string());
    if (!text || !text->contains(id(clause)) || !read_program(*text, "")) continue;
    if (!smallest || text->size() < smallest->text.size())
      smallest = Example{files::relative(entry.path(), corpora->parent_path()).string(), *text};
  }
  return smallest;
}

void print_switch(std::string_view wanted) {
  const auto& table = switch_table();
  const auto row = std::ranges::find(table, wanted, &SwitchInfo::name);
  if (row == table.end()) return;
  say("  switch {}: ", row->name);
  for (const std::string_view value : row->values) say("{} ", value);
  say("{}default {}\n", row->values.empty() ? "" : "; ", row->default_text);
}

void print_state(Clause clause) {
  const ClauseInfo& row = info(clause);
  switch (row.state) {
    case ClauseState::kChecked:
      say("  checked; a pass needs {}\n", counted(row.floor, "decisive check"));
      break;
    case ClauseState::kUnspecified:
      say("  every answer that it lists is accepted\n");
      break;
    case ClauseState::kDeclaration:
      say("  a declaration of the profile; probed\n");
      break;
    case ClauseState::kCompared:
      say("  checked by gmcheck diff, for it takes two backends\n");
      break;
    case ClauseState::kLater:
      say("  not checked by this version, for want of {}\n", row.why);
  }
}

// What breaks it: planted faults, and the public bugs that some of them are made after.
void print_mutants(Clause clause) {
  for (const Mutant& mutant : mutant_table()) {
    if (mutant.clause != id(clause)) continue;
    say("  broken by mutant:{}: {}{}\n", mutant.name, mutant.what, mutant.bug.empty() ? "" : fmt::format("; {}", mutant.bug));
  }
}

void print_public_bugs(Clause clause) {
  const auto bugs = public_bugs_of(clause);
  if (bugs.empty()) {
    say("  no public bug that broke it is known to us\n");
    return;
  }
  say("  Seen in the wild:\n");
  for (const PublicBug& bug : bugs) say("{}      {}\n", wrapped(fmt::format("{}: {}", bug.name, bug.what), 100, 4), bug.link);
}

ExitCode explain(const std::string& wanted) {
  const auto clauses = select_clauses({wanted});
  if (!clauses) {
    complain(fmt::format("'{}' is no clause; clauses are GM-RW-007, RW, GM-XR-*", wanted));
    return ExitCode::kUsage;
  }
  for (const Clause clause : *clauses) {
    const ClauseText& text = clause_text(clause);
    say("{} ({})\n{}", id(clause), text.kind, wrapped(text.text, 100, 2));
    print_state(clause);
    print_switch(info(clause).switch_name);
    say("  {}:{}\n", kContractPath, text.line);
    print_mutants(clause);
    print_public_bugs(clause);
    if (const auto example = smallest_program(clause)) say("  {}\n{}", example->path, example->text);
  }
  return ExitCode::kPassed;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto clause = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("explain", "What a clause says, what breaks it, and public bugs that did");
  command->add_option("CLAUSE", *clause, "GM-RW-007, or a group, RW, a glob, GM-XR-*, or a tag, core")->required();
  command->callback([clause, &action] { action = [clause] { return explain(*clause); }; });
}

}  // namespace gmc
