// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/fuzz_engine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "harness/campaign/processes.h"
#include "harness/program/byte_form.h"
#include "harness/report/folder.h"

namespace gmc {

namespace {

namespace files = std::filesystem;

constexpr std::chrono::milliseconds kPatience{3000};  // for a process that was asked to end
constexpr std::size_t kLastWords = 600;               // bytes

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  files::create_directories(path, error);
  if (error) return fail(path, error.message());
  if (access(path.c_str(), R_OK | W_OK | X_OK) != 0) return fail(path, std::strerror(errno));
  return {};
}

}  // namespace

Result<FuzzFolder> open_fuzz_folder(const std::string& path) {
  FuzzFolder folder{path};
  for (const std::string& part : {folder.path, folder.corpus(), folder.findings(), folder.seen(), folder.artifacts()})
    GMC_TRY_VOID(make_folder(part));
  std::error_code error;
  if (!files::exists(folder.form(), error)) {
    if (!names_in(folder.corpus()).empty())
      return fail(folder.form(), "is missing, so that nobody knows what the bytes of the corpus mean");
    GMC_TRY_VOID(write_file(folder.form(), byte_form_name() + "\n"));
    return folder;
  }
  GMC_TRY(form, read_file(folder.form()));
  while (form.ends_with('\n')) form.pop_back();
  if (form != byte_form_name()) {
    return fail(folder.form(),
                fmt::format("the corpus is of another version ({}; this gmcheck's is {})", form.substr(0, 60), byte_form_name()));
  }
  return folder;
}

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (auto at = files::directory_iterator(folder, error); !error && at != files::directory_iterator(); at.increment(error)) {
    names.insert(at->path().filename().string());
  }
  return names;
}

Result<std::string> find_engine() {
  std::error_code error;
  const files::path self = files::read_symlink("/proc/self/exe", error);
  if (error) return fail("/proc/self/exe", error.message());
  const files::path folder = self.parent_path();
  for (const files::path& engine : {folder / "fuzz_lockstep", folder.parent_path() / GMC_LIBEXEC / "gmcheck/fuzz_lockstep"}) {
    if (files::exists(engine, error)) return engine.string();
  }
  return fail((folder / "fuzz_lockstep").string(),
              "the engine is not installed: it is built where clang has libFuzzer (libclang-rt-19-dev on Debian)");
}

std::optional<FuzzStatus> read_status(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  FuzzStatus status;
  const auto number = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
  };
  status.programs = number("programs");
  status.operations = number("operations");
  status.inside = number("inside");
  if (const auto cells = json.find("cells"); cells != json.end() && cells->is_array()) {
    for (const auto& cell : *cells) {
      if (cell.is_number_unsigned()) status.cells.push_back(cell.get<std::uint32_t>());
    }
  }
  return status;
}

FuzzJob::FuzzJob(const FuzzFolder& folder, unsigned number, FuzzJobOptions options)
    : folder_(folder), number_(number), options_(std::move(options)) {}

Result<void> FuzzJob::start() {
  const std::string log = folder_.log(number_);
  const Descriptor output(open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!output.is_open()) return fail(log, std::strerror(errno));
  std::error_code error;
  files::remove(folder_.status(number_), error);
  const auto set = [](const char* name, const std::string& value) { setenv(name, value.c_str(), 1); };
  set("GMC_FUZZ_BACKEND", options_.backend);
  set("GMC_FUZZ_PROFILE", options_.profile_file);
  set("GMC_FUZZ_FINDINGS", folder_.seen());
  set("GMC_FUZZ_KEEP_GOING", options_.keeps_going ? "1" : "0");
  set("GMC_FUZZ_STATUS", folder_.status(number_));
  set("GMC_FUZZ_PARENT", fmt::to_string(getpid()));
  Launch what{.path = options_.engine,
              .arguments = {folder_.corpus()},
              .marker = "",
              .output = output.get(),
              .channel = output.get(),
              .recorder = output.get()};
  const auto flag = [&](std::string_view name, const std::string& value) { what.arguments.push_back(fmt::format("-{}={}", name, value)); };
  flag("artifact_prefix", folder_.artifacts() + "/");
  flag("seed", fmt::to_string(options_.seed + number_ + 1000 * starts_));
  flag("reload", "1");
  flag("timeout", "10");
  flag("print_final_stats", "0");
  // Words of the byte form, for the mutations that are the engine's own.
  if (const std::string dictionary = options_.engine + ".dict"; files::exists(dictionary, error)) flag("dict", dictionary);
  if (options_.seconds != 0) flag("max_total_time", fmt::to_string(options_.seconds));
  GMC_TRY(pid, launch(what));
  pid_ = pid;
  ++starts_;
  return {};
}

std::optional<int> FuzzJob::poll() {
  int status = 0;
  if (pid_ == 0 || waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  kill_descendants(pid_, "");
  pid_ = 0;
  return status;
}

void FuzzJob::stop() {
  if (pid_ == 0) return;
  kill(pid_, SIGINT);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (poll()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  kill_descendants(pid_, "");
  pid_ = 0;
}

std::string FuzzJob::last_words() const {
  const auto text = read_file(folder_.log(number_));
  if (!text) return "";
  std::string_view words = *text;
  while (words.ends_with('\n')) words.remove_suffix(1);
  return std::string(words.substr(words.size() - std::min(words.size(), kLastWords)));
}

}  // namespace gmc
