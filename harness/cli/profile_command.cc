// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck profile: what a backend does at every switch, beside what it declares.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/profiler/observer.h"
#include "harness/report/folder.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

struct Options {
  std::string backend;
  std::string profile;
  std::string output;
  std::vector<std::string> switches;
  bool json = false;
};

ExitCode refuse(const Error& error, ExitCode code) {
  complain(error);
  return code;
}

// One line a switch, and below one that differs an answer that shows it.
std::string text_of(const ObservedSwitch& one) {
  if (!one.why_not.empty()) return fmt::format("- {}: not observed: {} (declared: {})\n", one.name, one.why_not, one.declared);
  const std::string observed = one.values.empty() ? "none of its values" : fmt::format("{}", fmt::join(one.values, " or "));
  std::string text = fmt::format("{} {} = {}", one.differs ? '!' : ' ', one.name, observed);
  if (observed != one.declared) text += fmt::format(" (declared: {})", one.declared);
  if (!one.untold.empty()) text += fmt::format(" (not observed: {})", fmt::join(one.untold, " "));
  if (one.differs && !one.evidence.empty()) text += fmt::format("\n    as declared: {}", printable_line(one.evidence));
  return text + "\n";
}

// Without times and seeds: what two releases print differs where they do.
void print_text(const ObservedProfile& observed, const Supervisor& supervisor) {
  say("# {}, version {}\n", printable_line(supervisor.options().worker.backend.text()), printable_line(supervisor.opened().version));
  for (const ObservedSwitch& one : observed.switches) say_text(text_of(one));
  const auto unseen = std::ranges::count_if(observed.switches, [](const ObservedSwitch& one) { return !one.why_not.empty(); });
  const auto differing = std::ranges::count(observed.switches, true, &ObservedSwitch::differs);
  say("# {} observed, {} not; {} {} from what is declared\n", std::ssize(observed.switches) - unseen, unseen, differing,
      differing == 1 ? "differs" : "differ");
}

void print_json(const ObservedProfile& observed, const Supervisor& supervisor) {
  using Ordered = nlohmann::ordered_json;
  Ordered json = {{"backend", printable_line(supervisor.options().worker.backend.text())},
                  {"version", printable_line(supervisor.opened().version)},
                  {"switches", Ordered::array()}};
  for (const ObservedSwitch& one : observed.switches) {
    Ordered row = {{"switch", one.name}, {"declared", one.declared}, {"observed", one.values}, {"differs", one.differs}};
    if (!one.why_not.empty()) row["not_observed"] = one.why_not;
    if (!one.untold.empty()) row["members_not_observed"] = one.untold;
    if (one.differs) row["evidence"] = printable_line(one.evidence);
    json["switches"].push_back(std::move(row));
  }
  say("{}\n", json.dump(2));
}

ExitCode profile(const Options& options) {
  Switches any;
  for (const std::string& name : options.switches) {
    // A name alone is no setting; what is wrong with an unknown one is the same.
    const auto table = switch_table();
    if (std::ranges::find(table, name, &SwitchInfo::name) == table.end()) {
      return refuse({"--switch", set_switch(any, name, "").error().cause}, ExitCode::kUsage);
    }
  }
  std::optional<Profile> declared;
  if (!options.profile.empty()) {
    auto loaded = load_profile(options.profile);
    if (!loaded) return refuse(loaded.error(), ExitCode::kUsage);
    declared = *std::move(loaded);
  }
  auto supervisor = start_backend(options.backend, 1, declared ? &*declared : nullptr);
  if (!supervisor) return report_cannot_start(supervisor.error());
  ProgressLine progress;
  const ObservedProfile observed =
      observe(**supervisor, {.only = options.switches, .on_progress = [&](std::string_view line) { progress.show(line); }});
  progress.clear();
  if (options.json) {
    print_json(observed, **supervisor);
  } else {
    print_text(observed, **supervisor);
  }
  if (!options.output.empty()) {
    const std::string head = fmt::format("# {}, as `gmcheck profile` observed it\n", printable_line(options.backend));
    const auto written = write_file(options.output, head + observed.profile.print());
    if (!written) return refuse(written.error(), ExitCode::kUnusable);
  }
  return observed.differs() ? ExitCode::kFailed : ExitCode::kPassed;
}

}  // namespace

void add_profile(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("profile", "What a backend does at every switch, beside what it declares");
  command->add_option("--backend", options->backend, "The backend to observe")->required()->type_name("B");
  command->add_option("--profile", options->profile, "What to compare with, instead of what the backend declares")->type_name("FILE");
  command->add_option("--switch", options->switches, "Some switches alone")->delimiter(',')->type_name("NAME");
  command->add_option("--write", options->output, "Where a profile goes that says what was observed, for --profile")->type_name("FILE");
  command->add_flag("--json", options->json, "Prints JSON");
  command->footer("Exit codes: 0 where all that was observed is as declared, 1 for a difference, 2 usage, 3 backend unusable.");
  command->callback([options, &action] { action = [options] { return profile(*options); }; });
}

}  // namespace gmc
