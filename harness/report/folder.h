// SPDX-License-Identifier: Apache-2.0 OR MIT
// The folder of --report-dir. Every file is written under a temporary name, completely, and then renamed: whoever reads the folder finds a
// file whole or not at all.
#ifndef GMCHECK_HARNESS_REPORT_FOLDER_H
#define GMCHECK_HARNESS_REPORT_FOLDER_H

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/error.h"

namespace gmc {

// Writes `path`, which is replaced if it is there. The error names the file and the system's reason; then `path` is as it was.
[[nodiscard]] Result<void> write_file(const std::string& path, std::string_view text);

// What files may have, in bytes: programs, profiles and waivers are written by people or are of a few thousand lines; a report has the
// programs of all findings.
inline constexpr std::uint64_t kTextSizeMax = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kReportSizeMax = std::uint64_t{256} << 20;

// The whole file, which may be a pipe. The error names it: it cannot be read, or has more than `size_max` bytes, whole MiB.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::uint64_t size_max = kTextSizeMax);

class ReportFolder {
 public:
  // Makes the folder, with those above it, and tries whether a file can be made there: better before a run of a minute than after it.
  [[nodiscard]] static Result<ReportFolder> open(std::string path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  [[nodiscard]] Result<void> write(std::string_view name, std::string_view text) const { return write_file(file(name), text); }

 private:
  explicit ReportFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_FOLDER_H
