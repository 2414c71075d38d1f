// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a run leaves behind, and how it ends: the same for one that has been and for shards that are joined.
#ifndef GMCHECK_HARNESS_CLI_REPORT_FILES_H
#define GMCHECK_HARNESS_CLI_REPORT_FILES_H

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/cli/exit_code.h"
#include "harness/cli/googletest_face.h"
#include "harness/report/folder.h"
#include "harness/report/report.h"

namespace CLI {
class App;
}

namespace gmc {

// Beside junit.xml and report.json, which are always there.
enum class ReportFormat : std::uint8_t { kTap, kSarif, kHtml };

struct ReportOptions {
  std::string folder;                // of --report-dir; "" for none
  std::vector<std::string> formats;  // "tap", "sarif", "html", "all"
  bool github = false;
};

// --report-dir, --format and --github, which is on by itself inside of GitHub Actions.
void add_report_options(CLI::App& command, ReportOptions& options);

// Where reports go, tried before the run.
struct ReportFiles {
  std::optional<ReportFolder> folder{};
  std::set<ReportFormat> formats{};
  bool github = false;
  std::string step_summary{};  // the environment's GITHUB_STEP_SUMMARY; "" where there is none

  struct Refusal {
    Error error;
    ExitCode code;
  };
  [[nodiscard]] static std::expected<ReportFiles, Refusal> open(const ReportOptions& options);
};

// Writes a text under a name and answers the file's path: into `folder`, or where there is none into `default_folder`, which is made when
// it is first needed. What cannot be written is complained of; then the answer is empty and `could_keep` false.
[[nodiscard]] std::function<std::string(const std::string& name, const std::string& text)> keeper(std::optional<ReportFolder> folder,
                                                                                                  const char* default_folder,
                                                                                                  bool& could_keep);

// The exit code of the run that the report is of, or of the runs whose shards it joins.
[[nodiscard]] ExitCode judge(const Report& report);

// Prints the report, what is to be said of waivers, and GitHub's annotations.
void print_report(const ReportFiles& files, const Report& report);

// Writes all files but the programs. `code` is the run's so far; the answer is worse where a file could not be written, which is complained
// of, and report.json, the last one, says so too.
[[nodiscard]] ExitCode leave_reports(const ReportFiles& files, const Report& report, const XmlCatcher& xml, ExitCode code);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_REPORT_FILES_H
