// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck profile: what a backend does at every switch, beside what it declares.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <expected>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/profiler/beginning.h"
#include "harness/profiler/observer.h"
#include "harness/profiler/profile_file.h"
#include "harness/program/contract_version.h"
#include "harness/report/folder.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

// For each value that is tried: where everything has to be found out, everything is looked at several times.
constexpr std::uint32_t kProgramsFromNothing = 64;

struct Options {
  std::string backend;
  std::string profile;
  std::string output;
  std::vector<std::string> switches;
  bool from_nothing = false;
  bool json = false;
};

// What is looked at, and what one begins with.
struct Subject {
  std::unique_ptr<Supervisor> supervisor;
  std::optional<Begun> begun;  // with --from-nothing; its supervisor is the one above
};

ExitCode refuse(const Error& error, ExitCode code) {
  complain(error);
  return code;
}

// One line a switch, and below one that differs an answer that shows it. From nothing there is no other profile that it could differ from.
std::string text_of(const ObservedSwitch& one, bool from_nothing) {
  const std::string stands = fmt::format(" ({}: {})", from_nothing ? "taken" : "declared", from_nothing ? one.written : one.declared);
  if (!one.why_not.empty()) return fmt::format("- {}: not observed: {}{}\n", one.name, one.why_not, stands);
  const std::string observed = one.values.empty() ? "none of its values" : fmt::format("{}", fmt::join(one.values, " or "));
  const bool differs = one.differs && !from_nothing;
  std::string text = fmt::format("{} {} = {}", differs ? '!' : ' ', one.name, observed);
  if (observed != (from_nothing ? one.written : one.declared)) text += stands;
  if (!one.untold.empty()) text += fmt::format(" (not observed: {})", fmt::join(one.untold, " "));
  if (differs && !one.evidence.empty()) text += fmt::format("\n    as declared: {}", printable_line(one.evidence));
  return text + "\n";
}

// Without times and seeds: what two releases print differs where they do.
void print_text(const ObservedProfile& observed, const Subject& subject) {
  const Supervisor& supervisor = *subject.supervisor;
  say("# {}, version {}\n", printable_line(supervisor.options().worker.backend.text()), printable_line(supervisor.opened().version));
  const bool from_nothing = subject.begun.has_value();
  if (from_nothing) {
    say("# begun with {}\n", subject.begun->beginning->name);
    for (const std::string& failed : subject.begun->failed) say("# not with {}\n", printable_line(failed));
  }
  for (const ObservedSwitch& one : observed.switches) say_text(text_of(one, from_nothing));
  const auto unseen = std::ranges::count_if(observed.switches, [](const ObservedSwitch& one) { return !one.why_not.empty(); });
  const auto differing = std::ranges::count(observed.switches, true, &ObservedSwitch::differs);
  say("# {} observed, {} not", std::ssize(observed.switches) - unseen, unseen);
  if (!from_nothing) say("; {} {} from what is declared", differing, differing == 1 ? "differs" : "differ");
  say("\n");
}

void print_json(const ObservedProfile& observed, const Subject& subject) {
  using Ordered = nlohmann::ordered_json;
  const Supervisor& supervisor = *subject.supervisor;
  Ordered json = {{"version", 1},
                  {"contract", kContractVersion},
                  {"backend", printable_line(supervisor.options().worker.backend.text())},
                  {"implementation", fmt::format("version {}", printable_line(supervisor.opened().version))}};
  if (subject.begun) {
    json["begun_with"] = subject.begun->beginning->name;
    json["not_begun_with"] = Ordered::array();
    for (const std::string& failed : subject.begun->failed) json["not_begun_with"].push_back(printable_line(failed));
  }
  json["switches"] = Ordered::array();
  for (const ObservedSwitch& one : observed.switches) {
    Ordered row = {
        {"switch", one.name}, {"declared", one.declared}, {"observed", one.values}, {"written", one.written}, {"differs", one.differs}};
    if (subject.begun) row.erase("declared"), row.erase("differs");
    if (!one.why_not.empty()) row["not_observed"] = one.why_not;
    if (!one.untold.empty()) row["members_not_observed"] = one.untold;
    if (one.differs && !subject.begun) row["evidence"] = printable_line(one.evidence);
    json["switches"].push_back(std::move(row));
  }
  json["profile"] = observed.profile.print();
  say("{}\n", json.dump(2));
}

// Without a profile to begin with, the one that claims least under which there is a memory.
std::expected<Subject, CannotStart> start(const Options& options, const Profile* declared) {
  if (options.from_nothing) {
    auto begun = begin_from_nothing([&](const Profile& least) { return start_backend(options.backend, 1, &least); });
    if (!begun) return std::unexpected(std::move(begun.error()));
    auto supervisor = std::move(begun->supervisor);
    return Subject{.supervisor = std::move(supervisor), .begun = *std::move(begun)};
  }
  auto supervisor = start_backend(options.backend, 1, declared);
  if (!supervisor) return std::unexpected(std::move(supervisor.error()));
  return Subject{.supervisor = *std::move(supervisor), .begun = std::nullopt};
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
  const auto subject = start(options, declared ? &*declared : nullptr);
  if (!subject) return report_cannot_start(subject.error());
  ProgressLine progress;
  ObserverOptions how{.only = options.switches, .from_nothing = options.from_nothing};
  if (subject->begun) {
    how.plain = subject->begun->plain;
    how.programs = kProgramsFromNothing;
  }
  how.on_progress = [&](std::string_view line) { progress.show(line); };
  const ObservedProfile observed = observe(*subject->supervisor, how);
  progress.clear();
  if (options.json) {
    print_json(observed, *subject);
  } else {
    print_text(observed, *subject);
  }
  if (!options.output.empty()) {
    const auto written = write_file(options.output, profile_file(observed, printable_line(options.backend)));
    if (!written) return refuse(written.error(), ExitCode::kUnusable);
  }
  return observed.differs() && !options.from_nothing ? ExitCode::kFailed : ExitCode::kPassed;
}

}  // namespace

void add_profile(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("profile", "What a backend does at every switch, beside what it declares");
  command->add_option("--backend", options->backend, "The backend to observe")->required()->type_name("B");
  command->add_option("--profile", options->profile, "What to compare with, instead of what the backend declares")->type_name("FILE");
  command
      ->add_flag("--from-nothing", options->from_nothing,
                 "For a backend that declares nothing, or nothing usable: begins with a profile that claims least")
      ->excludes("--profile");
  command->add_option("--switch", options->switches, "Some switches alone")->delimiter(',')->type_name("NAME");
  command->add_option("--write", options->output, "Where a profile goes that says what was observed, for --profile")->type_name("FILE");
  command->add_flag("--json", options->json, "Prints JSON");
  command->footer("Exit codes: 0 where all that was observed is as declared, 1 for a difference, 2 usage, 3 backend unusable.");
  command->callback([options, &action] { action = [options] { return profile(*options); }; });
}

}  // namespace gmc
