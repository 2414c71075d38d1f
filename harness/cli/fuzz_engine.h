// SPDX-License-Identifier: Apache-2.0 OR MIT
// Processes that fuzz: the targets of fuzz/, linked with an engine. They are started, watched and ended from here; what they find lies in a
// folder.
#ifndef GMCHECK_HARNESS_CLI_FUZZ_ENGINE_H
#define GMCHECK_HARNESS_CLI_FUZZ_ENGINE_H

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/base/error.h"

namespace gmc {

// Everything of one fuzzing work, so that it can be taken up again.
struct FuzzFolder {
  std::string path;

  [[nodiscard]] std::string corpus() const { return path + "/corpus"; }        // what the engine keeps: programs as bytes
  [[nodiscard]] std::string findings() const { return path + "/findings"; }    // programs as text
  [[nodiscard]] std::string seen() const { return path + "/seen"; }            // what the engine's processes saw, as it was
  [[nodiscard]] std::string artifacts() const { return path + "/artifacts"; }  // bytes on which a process died
  [[nodiscard]] std::string coverage() const { return path + "/coverage.json"; }
  [[nodiscard]] std::string form() const { return path + "/form"; }  // what the bytes mean
  [[nodiscard]] std::string log(unsigned job) const { return path + "/job-" + std::to_string(job) + ".log"; }
  [[nodiscard]] std::string status(unsigned job) const { return path + "/job-" + std::to_string(job) + ".status"; }
};

// Makes what is missing. The error: it cannot be made, or its bytes have another form, which is not to be taken for this one.
[[nodiscard]] Result<FuzzFolder> open_fuzz_folder(const std::string& path);

// The names of the files of a folder, sorted; empty where it cannot be read.
[[nodiscard]] std::set<std::string> names_in(const std::string& folder);

// The executable, beside this one or where an installation has it.
[[nodiscard]] Result<std::string> find_engine();

// What a process last said of itself.
struct FuzzStatus {
  std::uint64_t programs = 0;
  std::uint64_t operations = 0;
  std::uint64_t inside = 0;  // of those: succeeded inside memory
  std::vector<std::uint32_t> cells{};
};
[[nodiscard]] std::optional<FuzzStatus> read_status(const std::string& file);

struct FuzzJobOptions {
  std::string engine;
  std::string backend;
  std::string profile_file{};
  bool keeps_going = false;
  std::uint32_t seed = 0;
  std::uint64_t seconds = 0;  // 0: without end
};

// One process. Not thread-safe: it hands over its settings in the environment of this process.
class FuzzJob {
 public:
  FuzzJob(const FuzzFolder& folder, unsigned number, FuzzJobOptions options);
  ~FuzzJob() { stop(); }
  FuzzJob(const FuzzJob&) = delete;
  FuzzJob& operator=(const FuzzJob&) = delete;

  [[nodiscard]] Result<void> start();
  // The process's wait status, once.
  [[nodiscard]] std::optional<int> poll();
  // Lets it write its status, and kills it where it does not end.
  void stop();
  [[nodiscard]] bool is_running() const { return pid_ != 0; }
  [[nodiscard]] unsigned starts() const { return starts_; }
  [[nodiscard]] std::optional<FuzzStatus> status() const { return read_status(folder_.status(number_)); }
  // The last lines of what it wrote.
  [[nodiscard]] std::string last_words() const;

 private:
  FuzzFolder folder_;
  unsigned number_;
  FuzzJobOptions options_;
  pid_t pid_ = 0;
  unsigned starts_ = 0;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_FUZZ_ENGINE_H
