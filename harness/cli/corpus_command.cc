// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck corpus: care for inputs that are kept: the least that reaches as much, what all of them reach, what one of them is.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/base/check.h"
#include "harness/base/counted.h"
#include "harness/cli/commands.h"
#include "harness/cli/corpus_folder.h"
#include "harness/cli/corpus_runner.h"
#include "harness/cli/kept_programs.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/program/byte_form.h"
#include "harness/program/text.h"
#include "harness/reference/coverage_cell.h"
#include "harness/report/clause_text.h"
#include "harness/report/folder.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

namespace files = std::filesystem;

struct Options {
  std::string input;  // a folder, or a file to be explained
  std::string backend;
  std::string output;
};

ExitCode refuse(const Error& error, ExitCode code) {
  complain(error);
  return code;
}

// What an input has that another one may have as well: cells, and behind them clauses.
using Feature = std::uint64_t;
constexpr Feature kClauses = Feature{1} << 32;

std::vector<Feature> features_of(const InputReach& reached) {
  std::vector<Feature> features(reached.cells.begin(), reached.cells.end());
  for (const Clause clause : reached.clauses) features.push_back(kClauses + static_cast<Feature>(clause));
  return features;
}

// On the backend that was named, or the one that each program names.
Result<std::vector<InputReach>> reach_all(const std::vector<CorpusInput>& inputs, const std::string& backend, ExitCode& code) {
  code = ExitCode::kUnusable;
  std::map<std::string, std::vector<std::size_t>> by_backend;
  for (std::size_t i = 0; i < inputs.size(); ++i) by_backend[backend.empty() ? backend_of(inputs[i].document) : backend].push_back(i);
  std::vector<InputReach> all(inputs.size());
  for (const auto& [name, indices] : by_backend) {
    // In a worker first, whose end says more.
    if (const auto supervisor = start_backend(name, 1); !supervisor) {
      code = report_cannot_start(supervisor.error());
      return std::unexpected(Error{});
    }
    std::vector<const Program*> programs;
    for (const std::size_t i : indices) programs.push_back(&inputs[i].document.program);
    GMC_TRY(reached, reach(name, programs));
    for (std::size_t i = 0; i < indices.size(); ++i) all[indices[i]] = std::move(reached[i]);
  }
  return all;
}

// Prints each trouble, and answers 1 where an input goes wrong.
ExitCode tell_troubles(const std::vector<CorpusInput>& inputs, const std::vector<InputReach>& reached) {
  ExitCode code = ExitCode::kPassed;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (reached[i].trouble.empty()) continue;
    say("  {}: {}\n", printable_line(inputs[i].name), printable_line(reached[i].trouble));
    if (reached[i].goes_wrong) code = ExitCode::kFailed;
  }
  return code;
}

struct Sum {
  std::set<std::uint32_t> cells;
  std::set<Clause> clauses;
  RunStatistics statistics;
  std::uint64_t size = 0;  // bytes

  void add(const CorpusInput& input, const InputReach& reached) {
    cells.insert(reached.cells.begin(), reached.cells.end());
    clauses.insert(reached.clauses.begin(), reached.clauses.end());
    statistics.add(reached.statistics);
    size += input.text.size();
  }
};

std::string list_of(const std::vector<std::string>& names) { return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")); }

void print_sum(const Sum& sum) {
  std::vector<std::string> missing;
  std::size_t checked = 0;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    if (info(clause).state != ClauseState::kChecked) continue;
    ++checked;
    if (!sum.clauses.contains(clause)) missing.push_back(id(clause));
  }
  say("  {} in {} bytes, {} inside memory\n", counted(sum.statistics.operations, "operation"), sum.size, sum.statistics.inside);
  say("  {} reached\n", counted(sum.cells.size(), "cell"));
  say_text(wrapped(fmt::format("{} of {} clauses decided; not decided: {}", checked - missing.size(), checked, list_of(missing)), 120, 2));
  std::vector<std::string> ran;
  std::vector<std::string> never;
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const OpInfo& row = info(static_cast<OpKind>(i));
    if (sum.statistics.by_kind[i] > 0) {
      ran.push_back(fmt::format("{} {}", row.text, sum.statistics.by_kind[i]));
    } else if (row.weight > 0) {
      never.emplace_back(row.text);
    }
  }
  say_text(wrapped("operations: " + list_of(ran), 120, 2));
  say_text(wrapped("never: " + list_of(never), 120, 2));
}

// An empty corpus, or one that cannot be read or run, has been told of.
struct Looked {
  Corpus corpus;
  std::vector<InputReach> reached;
};

std::expected<Looked, ExitCode> look_at(const Options& options) {
  auto corpus = read_corpus(options.input);
  if (!corpus) return std::unexpected(refuse(corpus.error(), ExitCode::kUsage));
  if (corpus->inputs.empty()) return std::unexpected(refuse({options.input, "there is no input"}, ExitCode::kNothing));
  ExitCode code = ExitCode::kUnusable;
  auto reached = reach_all(corpus->inputs, options.backend, code);
  if (!reached) {
    if (!reached.error().text().empty()) complain(reached.error());
    return std::unexpected(code);
  }
  return Looked{*std::move(corpus), *std::move(reached)};
}

ExitCode stat(const Options& options) {
  const auto looked = look_at(options);
  if (!looked) return looked.error();
  Sum sum;
  for (std::size_t i = 0; i < looked->reached.size(); ++i) sum.add(looked->corpus.inputs[i], looked->reached[i]);
  say("{}: {}, {}\n", printable_line(options.input), counted(looked->corpus.inputs.size(), "input"),
      looked->corpus.is_bytes ? "bytes" : "text");
  print_sum(sum);
  return tell_troubles(looked->corpus.inputs, looked->reached);
}

// Small inputs first, each that has something which none before it has; then the large ones go whose features all others have too. What
// goes wrong or could not run here always stays.
std::vector<bool> choose(const std::vector<CorpusInput>& inputs, const std::vector<InputReach>& reached) {
  std::vector<std::size_t> order(inputs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return std::pair(inputs[a].text.size(), std::string_view(inputs[a].name)) <
           std::pair(inputs[b].text.size(), std::string_view(inputs[b].name));
  });
  std::vector<bool> stays(inputs.size());
  std::map<Feature, std::size_t> times;
  for (const std::size_t i : order) {
    const std::vector<Feature> features = features_of(reached[i]);
    stays[i] = !reached[i].trouble.empty() || std::ranges::any_of(features, [&](Feature feature) { return !times.contains(feature); });
    if (!stays[i]) continue;
    for (const Feature feature : features) ++times[feature];
  }
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    const std::vector<Feature> features = features_of(reached[*i]);
    if (!stays[*i] || !reached[*i].trouble.empty() || std::ranges::any_of(features, [&](Feature feature) { return times[feature] == 1; }))
      continue;
    stays[*i] = false;
    for (const Feature feature : features) --times[feature];
  }
  return stays;
}

// A new folder of the same kind, which `gmcheck fuzz` takes up where the old one was its.
Result<void> write_corpus(const Options& options, const Corpus& corpus, const std::vector<bool>& stays) {
  GMC_TRY(folder, ReportFolder::open(options.output));
  if (corpus.is_bytes) GMC_TRY_VOID(folder.write("form", byte_form_name() + "\n"));
  for (std::size_t i = 0; i < corpus.inputs.size(); ++i) {
    if (!stays[i]) continue;
    const CorpusInput& input = corpus.inputs[i];
    const std::string target = folder.file(corpus.is_bytes ? "corpus/" + files::path(input.name).filename().string() : input.name);
    std::error_code error;
    files::create_directories(files::path(target).parent_path(), error);
    if (error) return fail(target, "cannot be written: " + error.message());
    GMC_TRY_VOID(write_file(target, input.text));
  }
  return {};
}

ExitCode shrink(const Options& options) {
  std::error_code error;
  if (files::exists(options.output, error) && !files::is_empty(options.output, error)) {
    return refuse({options.output, "is there already, and not an empty folder"}, ExitCode::kUsage);
  }
  const auto looked = look_at(options);
  if (!looked) return looked.error();
  const auto& [corpus, reached] = *looked;
  const std::vector<bool> stays = choose(corpus.inputs, reached);
  Sum before;
  Sum after;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    before.add(corpus.inputs[i], reached[i]);
    if (stays[i]) after.add(corpus.inputs[i], reached[i]);
  }
  GMC_CHECK(before.cells == after.cells && before.clauses == after.clauses);
  if (const auto written = write_corpus(options, corpus, stays); !written) return refuse(written.error(), ExitCode::kUnusable);
  say("{}: {} of {}, {} of {} bytes; {} and {} as before\n", printable_line(options.output), std::ranges::count(stays, true),
      counted(corpus.inputs.size(), "input"), after.size, before.size, counted(after.cells.size(), "cell"),
      counted(after.clauses.size(), "clause"));
  return tell_troubles(corpus.inputs, reached);
}

ExitCode explain(const Options& options) {
  auto input = read_input(options.input);
  if (!input) return refuse(input.error(), ExitCode::kUsage);
  const std::vector<CorpusInput> inputs = {*std::move(input)};
  ExitCode code = ExitCode::kUnusable;
  const auto all = reach_all(inputs, options.backend, code);
  if (!all) {
    if (!all.error().text().empty()) complain(all.error());
    return code;
  }
  const InputReach& reached = all->front();
  say_text(print(inputs.front().document));
  std::vector<std::string> clauses;
  for (const Clause clause : reached.clauses) clauses.push_back(id(clause));
  say("# {} decided: {}\n# {} reached:\n", counted(clauses.size(), "clause"), list_of(clauses), counted(reached.cells.size(), "cell"));
  for (const std::uint32_t cell : reached.cells) say("#   {}\n", text_of(cell_of_number(cell)));
  return tell_troubles(inputs, *all);
}

using Work = ExitCode (*)(const Options& options);

CLI::App* add_work(CLI::App& corpus, Action& action, std::string_view name, std::string_view what, std::string_view input,
                   std::string_view input_is, Work work) {
  auto options = std::make_shared<Options>();
  CLI::App* command = corpus.add_subcommand(std::string(name), std::string(what));
  command->add_option(std::string(input), options->input, std::string(input_is))->required();
  command->add_option("--backend", options->backend, "What they run on; without it mmap, or the backend that a program names")
      ->type_name("B");
  if (work == shrink) command->add_option("-o,--output", options->output, "The new folder")->required()->type_name("NEW");
  command->callback([options, work, &action] { action = [options, work] { return work(*options); }; });
  return command;
}

}  // namespace

void add_corpus(CLI::App& app, Action& action) {
  CLI::App* corpus = app.add_subcommand("corpus", "Care for inputs that are kept");
  corpus->require_subcommand(1);
  const std::string_view folder_is = "A folder of gmcheck fuzz, or one of programs (.gmp)";
  add_work(*corpus, action, "min", "Copies to a new folder the inputs without which a cell or a clause would not be reached", "DIR",
           folder_is, shrink);
  add_work(*corpus, action, "stat", "How many there are, and which cells, clauses and operations they reach", "DIR", folder_is, stat);
  add_work(*corpus, action, "explain", "One input as text, and what it reaches", "FILE", "Bytes, or a program (.gmp)", explain);
}

}  // namespace gmc
