// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a conformance run found out, as a value: clause by clause, and the findings behind the clauses that failed.
#ifndef GMCHECK_HARNESS_REPORT_REPORT_H
#define GMCHECK_HARNESS_REPORT_REPORT_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/campaign/supervisor.h"
#include "harness/program/clause.h"
#include "harness/program/contract_version.h"
#include "harness/program/op.h"
#include "harness/program/program.h"
#include "harness/program/verdict.h"
#include "harness/report/waiver.h"

namespace gmc {

enum class State : std::uint8_t {
  kPass,
  kFail,
  kNotApplicable,  // the profile says so
  kNotReached,     // fewer decisive checks than a pass needs
  kNotChecked,     // by this version
  kRefused,        // the adapter declined because the implementation would abort
  kWaived,         // it has findings, and a waiver for each of them
  kKnown,          // it has findings, each of them waived or in the baseline, and one in the baseline alone
};

inline constexpr std::size_t kStateCount = static_cast<std::size_t>(State::kKnown) + 1;

[[nodiscard]] std::string_view name(State state);  // "pass", "not reached"
[[nodiscard]] std::optional<State> find_state(std::string_view name);

struct ClauseResult {
  Clause clause = Clause::kADDR1;
  State state = State::kNotChecked;
  std::uint64_t checks = 0;  // decisive ones
  std::string reason{};      // of kNotApplicable: "partial = no"; of kNotChecked: "threads"
  std::string witness{};     // what the checks rested on beside the answers; "" where the answers are all that the clause is about
  std::string suite{};       // whose campaign decides it; "" where none does
};

// "pass (1234 checks)", "n/a (partial = no)"
[[nodiscard]] std::string text_of(const ClauseResult& result);

// Why a finding does not fail the run.
enum class Excuse : std::uint8_t { kNone, kWaiver, kBaseline };

struct ReportedFinding {
  Finding finding{};  // as the program shows it
  Program program{};  // minimised where `is_minimised`
  bool is_minimised = false;
  std::vector<Program> before{};   // with Verdict::kHistory: what has to run first
  std::vector<TraceLine> trace{};  // of the program, operation by operation
  std::uint32_t shown = 0;         // in a new worker; of `runs`
  std::uint32_t runs = 0;          // 0: it was not looked at again
  std::string suite{};             // that met it first
  std::uint64_t programs = 0;      // into its campaign
  double seconds = 0;              // into its campaign
  std::uint64_t count = 0;         // how often it was met, at least
  std::uint64_t ops_before = 0;    // operations of the program before it was minimised
  std::string remark{};            // what else is to be said, one line
  std::string file{};              // where its program lies, as a path to type; "" where it could not be written
  Excuse excuse = Excuse::kNone;
  std::optional<Waiver> waiver{};  // with Excuse::kWaiver
};

// A waiver that is meant for this backend, after the run.
struct WaiverUse {
  Waiver waiver{};
  bool was_met = false;      // by a finding
  bool is_needless = false;  // by none, though its clause was decided, or is one that nothing decides under this profile
  bool is_expired = false;
};

// What was compared with an older report.
struct Comparison {
  std::string file{};              // the older report
  std::vector<FindingKey> gone{};  // in it, not here, though the clause was decided here
};

// Of GoogleTest's sharding variables.
struct Shard {
  unsigned index = 0;
  unsigned total = 1;
};

struct SuiteRun {
  std::string suite{};
  std::uint64_t programs = 0;
  std::uint64_t operations = 0;
  std::uint64_t inside = 0;                           // of those: succeeded inside memory
  std::array<std::uint64_t, kOpKindCount> by_kind{};  // the operations by their row of ops.def
  std::uint64_t skipped_programs = 0;
  double seconds = 0;
  std::string remark{};  // why it ended before its time, or what was left out; "" where nothing is to be said
};

// How far a run had come after some time.
struct Reached {
  double seconds = 0;
  std::size_t decided = 0;  // clauses with their floor of checks, or a finding
  std::size_t wanted = 0;   // selected clauses that campaigns decide
};

struct Report {
  int contract = kContractVersion;
  std::string backend{};                // as it was named
  std::string implementation{};         // its name and version, as it says
  std::string profile{};                // canonical text
  std::string profile_file{};           // as --profile named it; "" where the profile is the backend's own
  std::string seed{};                   // as given to --seed to get this run again
  std::string budget{};                 // "60 s", "1280 programs a suite"
  std::string sanitizer{};              // of the worker; "" for none
  std::vector<ClauseResult> clauses{};  // all of the contract, in its order
  std::vector<ReportedFinding> findings{};
  std::vector<SuiteRun> suites{};
  std::vector<Reached> reached{};  // by time; the last one at the end
  double seconds = 0;              // of the campaigns
  std::vector<Clause> selected{};  // what was asked for, of all shards
  std::vector<Clause> missing{};   // of a merged report: selected, and in none of its parts
  Shard shard{};
  bool allows_unreached = false;
  int exit_code = 0;  // of a report that was read: what its run ended with
  std::vector<WaiverUse> waivers{};
  std::optional<Comparison> comparison{};

  [[nodiscard]] std::size_t count(State state) const;
  [[nodiscard]] std::vector<const ReportedFinding*> findings_of(Clause clause) const;
};

// What the findings of one clause make of it; there is at least one.
[[nodiscard]] State state_of(std::span<const ReportedFinding* const> findings);

// "waived until 2027-01-31: reason (link)", "known (baseline)", "" without an excuse. One line.
[[nodiscard]] std::string excuse_of(const ReportedFinding& finding);

// What became of the clause, in one word: "violated", "refused", "crashed".
[[nodiscard]] std::string_view word_of(const Finding& finding);

// One word of a command line, quoted where a shell would take it for something else.
[[nodiscard]] std::string shell_word(std::string_view word);

// `gmcheck run FILE --backend B [--profile PROFILE]`, quoted for a shell.
[[nodiscard]] std::string replay_command(std::string_view file, std::string_view backend, std::string_view profile_file = "");

// The line that shows a finding again: its program's replay, or the whole run where one program does not show it.
[[nodiscard]] std::string again_command(const ReportedFinding& finding, const Report& report);

// "GM-RW-007-3f2a91c4.gmp": by clause and content, so that the same program has the same name in every run.
[[nodiscard]] std::string file_name(const ReportedFinding& finding);

// The program of a finding with what it is about in comments: what `gmcheck run` takes.
[[nodiscard]] std::string document_of(const ReportedFinding& finding, const Report& report);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_REPORT_H
